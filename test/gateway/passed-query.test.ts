import { afterEach, beforeEach, expect, it } from 'vitest';
import { cloudEndpoint, routedProvider } from '../helpers/routes.ts';
import { KEY, startTestServer } from '../helpers/test-server.ts';
import type { TestServer } from '../helpers/test-server.ts';
import { json, startUpstreamServer } from '../helpers/upstream-server.ts';
import type { UpstreamServer } from '../helpers/upstream-server.ts';

// Anthropic's SDKs ask with `?beta=true` for what is not general yet, Claude Code for everything.

let upstream: UpstreamServer;
let server: TestServer;
beforeEach(async () => {
  // Only where it is sent matters here.
  upstream = await startUpstreamServer((response) => json(response, { error: { message: 'seen' } }, 400));
  const apiBase = `${upstream.origin}/v1`;
  const pathRule = (): string => '/models/m:rawPredict';
  server = await startTestServer(
    {},
    {
      providers: [
        routedProvider(cloudEndpoint('claude', { dialect: 'anthropic-messages', apiBase }), []),
        routedProvider(cloudEndpoint('vertex', { dialect: 'anthropic-messages', apiBase, pathRule }), []),
        routedProvider(cloudEndpoint('chat', { dialect: 'openai-chat', apiBase }), []),
        routedProvider(cloudEndpoint('google', { dialect: 'gemini', apiBase }), []),
      ],
    },
  );
});
afterEach(async () => {
  await server.close();
  await upstream.close();
});

const SAID = { max_tokens: 16, messages: [{ role: 'user', content: 'Hi' }] };
const CONTENTS = { contents: [{ role: 'user', parts: [{ text: 'Hi' }] }] };

it.each([
  ['/v1/messages?beta=true', 'claude/m', '/v1/messages?beta=true'],
  ['/v1/messages/count_tokens?beta=true', 'claude/m', '/v1/messages/count_tokens?beta=true'],
  ['/messages?beta=true&a=b%26c', 'claude/m', '/v1/messages?beta=true&a=b%26c'],
  [`/v1/messages?key=${KEY}&beta=true&KEY=a&api-version=1`, 'claude/m', '/v1/messages?beta=true'],
  [`/v1/messages?key=${KEY}`, 'claude/m', '/v1/messages'],
  ['/v1/messages?', 'claude/m', '/v1/messages'],
  // Its own way, as Anthropic's SDK for it asks.
  ['/v1/messages?beta=true', 'vertex/m', '/v1/models/m:rawPredict'],
  // Written anew.
  ['/v1/messages?beta=true', 'chat/m', '/v1/chat/completions'],
  ['/v1/chat/completions?beta=true', 'claude/m', '/v1/messages'],
  [`/v1beta/models/google/m:generateContent?key=${KEY}&prettyPrint=false`, null, '/v1/models/m:generateContent'],
])('%s for %s is %s upstream', async (path, model, sent) => {
  const body = model === null ? CONTENTS : { model, ...SAID };
  await server.ask({ method: 'POST', path, headers: { authorization: `Bearer ${KEY}` }, body: JSON.stringify(body) });
  expect(upstream.calls.map(({ url }) => url)).toEqual([sent]);
});
