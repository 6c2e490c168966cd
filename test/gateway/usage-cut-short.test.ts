import { afterEach, beforeEach, expect, it } from 'vitest';
import { cloudEndpoint, routedProvider } from '../helpers/routes.ts';
import { KEY, startTestServer } from '../helpers/test-server.ts';
import type { TestServer } from '../helpers/test-server.ts';
import { eventStream, startUpstreamServer } from '../helpers/upstream-server.ts';
import type { UpstreamServer } from '../helpers/upstream-server.ts';

// Anthropic tells the input at the beginning of a stream, with a first token of output, and the output at its end
// (platform.claude.com/docs/en/build-with-claude/streaming). One that is cut in between has told no output.

const event = (type: string, more: object = {}): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;
const WORDS = 'It rains in Lyon, and it will rain tomorrow too.';
const USAGE = { input_tokens: 25, cache_read_input_tokens: 100, cache_creation_input_tokens: 0, output_tokens: 1 };
const MESSAGE = { id: 'msg_1', type: 'message', role: 'assistant', content: [], model: 'm', usage: USAGE };
const BEGINNING =
  event('message_start', { message: MESSAGE }) +
  event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }) +
  event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: WORDS } });
const END =
  event('content_block_stop', { index: 0 }) +
  event('message_delta', { delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 15 } }) +
  event('message_stop');

let upstream: UpstreamServer;
let server: TestServer;
let sent: string;
beforeEach(async () => {
  upstream = await startUpstreamServer((response) => eventStream(response, sent));
  const endpoint = cloudEndpoint('acme', { dialect: 'anthropic-messages', apiBase: `${upstream.origin}/v1` });
  server = await startTestServer({}, { providers: [routedProvider(endpoint, ['m'])] });
});
afterEach(async () => {
  await server.close();
  await upstream.close();
});

async function settlementOf(path: string) {
  const body = { model: 'acme/m', max_tokens: 100, stream: true, messages: [{ role: 'user', content: 'Rain?' }] };
  const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
  await server.ask({ method: 'POST', path, headers, body: JSON.stringify(body) });
  await server.ledger.settled(1);
  return server.ledger.rows[0]?.settlements[0];
}

it.each(['/v1/messages', '/v1/chat/completions'])('counts the output of a stream that is cut off: %s', async (path) => {
  sent = BEGINNING;
  // The helper counts a token for each byte, and takes two for one of input and three for one of output.
  expect(await settlementOf(path)).toMatchObject({
    outcome: 'failed',
    usage: { inputTokens: 125, cacheReadTokens: 100, outputTokens: WORDS.length },
    estimated: true,
    costPico: 125 * 2 + WORDS.length * 3,
  });
});

it.each(['/v1/messages', '/v1/chat/completions'])('believes what is told at the end: %s', async (path) => {
  sent = BEGINNING + END;
  expect(await settlementOf(path)).toMatchObject({
    outcome: 'answered',
    usage: { inputTokens: 125, cacheReadTokens: 100, outputTokens: 15 },
    estimated: false,
    costPico: 125 * 2 + 15 * 3,
  });
});
