import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DialectId } from '../../src/canonical/dialect-id.ts';
import { eventStreamFrame } from '../contract/event-stream-frames.ts';
import { cloudEndpoint, routedProvider } from '../helpers/routes.ts';
import { KEY, startTestServer } from '../helpers/test-server.ts';
import type { Answer, TestServer } from '../helpers/test-server.ts';
import { eventStream, startUpstreamServer } from '../helpers/upstream-server.ts';
import type { UpstreamServer } from '../helpers/upstream-server.ts';

// A stream of status 200 whose first event is an error, also behind what opens an answer: nothing has been said yet, so
// that the next target can be asked.

const events = (...all: readonly object[]): string => all.map((one) => `data: ${JSON.stringify(one)}\n\n`).join('');
const named = (...all: readonly { readonly type: string }[]): string =>
  all.map((one) => `event: ${one.type}\ndata: ${JSON.stringify(one)}\n\n`).join('');

const message = { id: 'msg_1', type: 'message', role: 'assistant', model: 'm', content: [], stop_reason: null };
const begun = { type: 'message_start', message: { ...message, usage: { input_tokens: 3, output_tokens: 1 } } };
const overloaded = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
const response = { id: 'resp_1', object: 'response', status: 'in_progress', model: 'm', output: [] };
const failed = { ...response, status: 'failed', error: { code: 'server_error', message: 'It failed.' } };
const role = { id: 'c', object: 'chat.completion.chunk', choices: [{ index: 0, delta: { role: 'assistant' } }] };
const exception = (type: string): Buffer =>
  eventStreamFrame({ ':message-type': 'exception', ':exception-type': type }, { message: 'Not now.' });

const FIRST: readonly (readonly [string, DialectId, string | Buffer, number])[] = [
  ['an error', 'openai-chat', events({ error: { message: 'busy', type: 'server_error' } }), 502],
  ['an error in OpenRouter’s form', 'openai-chat', events({ error: { message: 'rate limited', code: 429 } }), 429],
  ['an error behind the role', 'openai-chat', events(role, { error: { message: 'overloaded_error' } }), 502],
  ['a failed response', 'openai-responses', named({ type: 'response.failed', ...{ response: failed } }), 502],
  [
    'a response that is made and fails',
    'openai-responses',
    named(
      { type: 'response.created', ...{ response } },
      { type: 'response.in_progress', ...{ response } },
      { type: 'response.failed', ...{ response: failed } },
    ),
    502,
  ],
  ['an error event', 'openai-responses', named({ type: 'error', ...{ code: 'slow_down', message: 'Slower.' } }), 503],
  ['an overload', 'anthropic-messages', named(overloaded), 529],
  [
    'an overload behind message_start and a ping',
    'anthropic-messages',
    named(begun, { type: 'ping' }, overloaded),
    529,
  ],
  ['an error chunk', 'gemini', events({ error: { code: 503, status: 'UNAVAILABLE', message: 'Overloaded' } }), 503],
  ['an error line', 'ollama', '{"error":"server busy, please try again.  maximum pending requests exceeded"}\n', 503],
  ['an error line of a runner that died', 'ollama', '{"error":"model runner has unexpectedly stopped"}\n', 502],
  ['a throttling exception', 'bedrock-converse', exception('throttlingException'), 429],
  ['a model’s error', 'bedrock-converse', exception('modelStreamErrorException'), 424],
];

const CONTENT_TYPES: Partial<Record<DialectId, string>> = {
  ollama: 'application/x-ndjson',
  'bedrock-converse': 'application/vnd.amazon.eventstream',
};
const ask = { model: 'either', stream: true, messages: [{ role: 'user', content: 'Hi' }] };
/** How a client of the upstream's own dialect asks: the bytes pass. */
const OWN: Partial<Record<DialectId, readonly [string, object]>> = {
  'openai-chat': ['/v1/chat/completions', ask],
  'openai-responses': ['/v1/responses', { model: 'either', stream: true, input: 'Hi' }],
  'anthropic-messages': ['/v1/messages', { ...ask, max_tokens: 9 }],
  gemini: ['/v1beta/models/either:streamGenerateContent?alt=sse', { contents: [{ parts: [{ text: 'Hi' }] }] }],
  ollama: ['/api/chat', ask],
};
/** What the second upstream says, in chat completions. */
const SECOND = events(
  { ...role, choices: [{ index: 0, delta: { role: 'assistant', content: 'From the second.' } }] },
  { ...role, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
);

let first: UpstreamServer;
let second: UpstreamServer;
let server: TestServer;

beforeEach(async () => {
  first = await startUpstreamServer(() => undefined);
  second = await startUpstreamServer((answer) => eventStream(answer, `${SECOND}data: [DONE]\n\n`));
});
afterEach(async () => {
  await server.close();
  await first.close();
  await second.close();
});

async function start(dialect: DialectId, bytes: string | Buffer, names: readonly string[]): Promise<void> {
  first.answer = (answer) => {
    answer.writeHead(200, { 'content-type': CONTENT_TYPES[dialect] ?? 'text/event-stream' });
    answer.end(bytes);
  };
  const endpoints = [
    cloudEndpoint('first', { dialect, apiBase: `${first.origin}/v1` }),
    cloudEndpoint('second', { apiBase: `${second.origin}/v1` }),
  ];
  const providers = endpoints.map((endpoint) => routedProvider(endpoint, ['m']));
  server = await startTestServer({}, { providers, models: [{ name: 'either', targets: names }] });
}

function post([path, body]: readonly [string, object]): Promise<Answer> {
  const headers = { authorization: `Bearer ${KEY}` };
  return server.ask({ method: 'POST', path, headers, body: JSON.stringify(body) });
}

const CHAT = ['/v1/chat/completions', ask] as const;

describe.each(FIRST)('%s of %s', (_what, dialect, bytes, status) => {
  it.each([
    ['to a client of chat completions', CHAT],
    ['to a client of its own dialect', OWN[dialect] ?? CHAT],
  ])('is before the answer, %s: the next target answers', async (_client, question) => {
    await start(dialect, bytes, ['first/m', 'second/m']);
    const answer = await post(question);
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('From the second.');
    expect(answer.headers['x-llmgw-model']).toBe('second/m');
    expect([first.calls.length, second.calls.length]).toEqual([1, 1]);
  });

  it('is a status where there is no other', async () => {
    await start(dialect, bytes, ['first/m']);
    const answer = await post(CHAT);
    // 529 is Anthropic's own word.
    expect(answer.status).toBe(status === 529 ? 503 : status);
    expect(answer.json).toHaveProperty('error.message');
  });
});
