import { afterEach, beforeEach, expect, it } from 'vitest';
import { cloudEndpoint, routedProvider } from '../helpers/routes.ts';
import { KEY, startTestServer } from '../helpers/test-server.ts';
import type { TestServer } from '../helpers/test-server.ts';
import { eventStream, json, startUpstreamServer } from '../helpers/upstream-server.ts';
import type { UpstreamServer } from '../helpers/upstream-server.ts';

// Some upstreams quote the key that they refuse, also with status 200 and inside of a stream.

let upstream: UpstreamServer;
let server: TestServer;
const QUOTED = 'key-of-acme';
const PROBLEM = { type: 'error', error: { type: 'authentication_error', message: `the key ${QUOTED} is not known` } };
const event = (value: { readonly type: string }): string => `event: ${value.type}\ndata: ${JSON.stringify(value)}\n\n`;
const STREAMED = event(PROBLEM);
const MESSAGE = { id: 'msg_1', type: 'message', role: 'assistant', content: [], model: 'm', usage: {} };
const TEXT = [
  { type: 'message_start', message: MESSAGE },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hi' } },
]
  .map(event)
  .join('');

beforeEach(async () => {
  upstream = await startUpstreamServer((response) => json(response, PROBLEM));
  const endpoint = cloudEndpoint('acme', { dialect: 'anthropic-messages', apiBase: `${upstream.origin}/v1` });
  server = await startTestServer({}, { providers: [routedProvider(endpoint, ['m'])] });
});
afterEach(async () => {
  await server.close();
  await upstream.close();
});

it.each([
  ['a whole answer that is translated', '/v1/chat/completions', false, null],
  ['a whole answer that passes', '/v1/messages', false, null],
  ['a stream that is translated', '/v1/chat/completions', true, STREAMED],
  ['a stream that passes', '/v1/messages', true, STREAMED],
  ['the middle of a stream that is translated', '/v1/chat/completions', true, TEXT + STREAMED],
  ['the middle of a stream that passes', '/v1/messages', true, TEXT + STREAMED],
  ['a stream that nobody asked for', '/v1/chat/completions', false, TEXT + STREAMED],
])('is not told in %s', async (_, path, stream, events) => {
  if (events !== null) upstream.answer = (response) => eventStream(response, events);
  const body = { model: 'acme/m', max_tokens: 9, stream, messages: [{ role: 'user', content: 'Hi' }] };
  const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
  const { text } = await server.ask({ method: 'POST', path, headers, body: JSON.stringify(body) });
  expect(text).toContain('is not known');
  expect(text).not.toContain(QUOTED);
});
