import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/canonical/parts.ts';
import type { ResponseStoreRules } from '../../src/ledger/responses/response-store.ts';
import { openResponseStore } from '../../src/ledger/responses/sqlite-response-store.ts';
import { cloudEndpoint, modelServer, routedProvider } from '../helpers/routes.ts';
import { BOUND_KEY, KEY, startTestServer } from '../helpers/test-server.ts';
import type { Answer, TestServer } from '../helpers/test-server.ts';
import { testLogger } from '../helpers/gateway.ts';
import { eventStream, json, startUpstreamServer } from '../helpers/upstream-server.ts';
import type { UpstreamServer } from '../helpers/upstream-server.ts';

let folder: string;
let upstream: UpstreamServer;
let stage: TestServer;
let rules: ResponseStoreRules;
let now: number;

const CALL = { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Oslo"}' } };
const USAGE = { prompt_tokens: 5, completion_tokens: 3, total_tokens: 8 };

/** As a server of OpenAI's chat answers: a call where a tool was offered and not answered, else how much it was told. */
function answerChat(body: JsonObject): JsonObject {
  const messages = body['messages'] as readonly JsonObject[];
  const calls = body['tools'] !== undefined && messages.at(-1)?.['role'] === 'user';
  const message = calls
    ? { role: 'assistant', content: null, tool_calls: [CALL] }
    : { role: 'assistant', content: `heard ${messages.length}` };
  const choice = { index: 0, message, finish_reason: calls ? 'tool_calls' : 'stop' };
  return { id: 'chatcmpl-1', object: 'chat.completion', created: 1, model: 'tiny', choices: [choice], usage: USAGE };
}

function streamed(answer: JsonObject): string {
  const [{ message, finish_reason }] = answer['choices'] as [{ message: JsonObject; finish_reason: string }];
  const calls = (message['tool_calls'] as JsonObject[] | undefined)?.map((call, index) => ({ index, ...call }));
  const text = message['content'] as string | null;
  const deltas: JsonObject[] =
    text === null ? [{ tool_calls: calls }] : (text.match(/.{1,3}/g) ?? []).map((content) => ({ content }));
  const chunk = (choices: readonly JsonObject[], more: JsonObject = {}): string =>
    `data: ${JSON.stringify({ ...answer, object: 'chat.completion.chunk', usage: null, choices, ...more })}\n\n`;
  return [
    ...deltas.map((delta) => chunk([{ index: 0, delta, finish_reason: null }])),
    chunk([{ index: 0, delta: {}, finish_reason }]),
    chunk([], { usage: USAGE }),
    'data: [DONE]\n\n',
  ].join('');
}

const NATIVE = { id: 'resp_of_openai', object: 'response', model: 'gpt-5', status: 'completed', output: [] };

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'llmgw-responses-'));
  rules = { store: 'on', keepMs: 3_600_000, maxBytes: 64 * 1024 * 1024 };
  now = Date.now();
  upstream = await startUpstreamServer((response, { url, body }) => {
    const asked = JSON.parse(body.toString('utf8')) as JsonObject;
    if (url === '/v1/responses') json(response, NATIVE);
    else if (asked['stream'] === true) eventStream(response, streamed(answerChat(asked)));
    else json(response, answerChat(asked));
  });
  const { logger } = testLogger();
  const store = openResponseStore({
    path: join(folder, 'responses.db'),
    rules: () => rules,
    logger,
    now: () => now,
  });
  const apiBase = `${upstream.origin}/v1`;
  const openai = cloudEndpoint('openai', { apiBase, alsoSpeaks: [{ dialect: 'openai-responses', apiBase }] });
  const routes = {
    servers: [modelServer('box', ['tiny'], { origin: upstream.origin })],
    providers: [routedProvider(openai, ['gpt-5'])],
  };
  stage = await startTestServer({}, routes, { responses: store, now: () => now });
  const close = stage.close.bind(stage);
  stage = {
    ...stage,
    close: async () => {
      await close();
      store.close();
    },
  };
});
afterEach(async () => {
  await stage.close();
  await upstream.close();
  rmSync(folder, { recursive: true, force: true });
});

const as = (key: string) => ({ authorization: `Bearer ${key}`, 'content-type': 'application/json' });

function create(body: JsonObject, key = KEY): Promise<Answer> {
  const whole = { model: 'tiny', ...body };
  return stage.ask({ method: 'POST', path: '/v1/responses', headers: as(key), body: JSON.stringify(whole) });
}

async function made(body: JsonObject, key = KEY): Promise<JsonObject> {
  const answer = await create(body, key);
  expect(stage.errors).toEqual([]);
  expect(answer.status).toBe(200);
  return body['stream'] === true ? completedIn(answer.text) : (answer.json as JsonObject);
}

/** The response in the last event of a stream. */
function completedIn(text: string): JsonObject {
  const data = /event: response\.completed\ndata: (.*)\n\n$/.exec(text)?.[1] ?? '{}';
  return (JSON.parse(data) as { response: JsonObject }).response;
}

const ask = (method: string, path: string, key = KEY): Promise<Answer> => stage.ask({ method, path, headers: as(key) });
const errorOf = ({ json: body }: Answer): JsonObject => (body as { error: JsonObject }).error;
const sent = (): JsonObject => JSON.parse(upstream.calls.at(-1)?.body.toString('utf8') ?? '{}') as JsonObject;

describe('a conversation that goes on by the id of its last response', () => {
  it.each([false, true])('reaches the model whole (in streams: %s)', async (stream) => {
    const first = await made({ input: 'my name is Ada', instructions: 'be kind', stream });
    const second = await made({ input: 'and I am 36', previous_response_id: first['id'], stream });
    const third = await made({ input: [{ role: 'user', content: 'who am I?' }], previous_response_id: second['id'] });
    // What `instructions` say holds for one response only.
    expect(sent()['messages']).toEqual([
      { role: 'user', content: 'my name is Ada' },
      { role: 'assistant', content: 'heard 2' },
      { role: 'user', content: 'and I am 36' },
      { role: 'assistant', content: 'heard 3' },
      { role: 'user', content: 'who am I?' },
    ]);
    expect(sent()).not.toHaveProperty('previous_response_id');
    expect(third['previous_response_id']).toBe(second['id']);
    expect(upstream.calls.map(({ url }) => url)).toEqual(Array(3).fill('/v1/chat/completions'));
  });

  it.each([false, true])('may call a tool in between (in streams: %s)', async (stream) => {
    const tools = [
      { type: 'function', name: 'weather', parameters: { type: 'object', properties: {} }, strict: false },
    ];
    const first = await made({ input: 'weather in Oslo?', tools, stream });
    const [call] = first['output'] as [JsonObject];
    const output = { type: 'function_call_output', call_id: call['call_id'], output: 'rain' };
    await made({ input: [output], tools, previous_response_id: first['id'], stream });
    expect(sent()['messages']).toMatchObject([
      { role: 'user', content: 'weather in Oslo?' },
      { role: 'assistant', tool_calls: [{ id: call['call_id'], function: CALL.function }] },
      { role: 'tool', tool_call_id: call['call_id'], content: 'rain' },
    ]);
  });

  it('goes on at a provider that has a store itself, which is sent all of it', async () => {
    const first = await made({ input: 'hello' });
    const native = await create({ model: 'gpt-5', input: 'and now', previous_response_id: first['id'] });
    expect(native.status).toBe(200);
    expect(upstream.calls.at(-1)?.url).not.toBe('/v1/responses');
    expect(JSON.stringify(sent())).toContain('heard 1');
  });

  it('is left to a provider that knows the id', async () => {
    const body = `{"model": "gpt-5", "input": "and now",  "previous_response_id": "resp_of_theirs"}`;
    const answer = await stage.ask({ method: 'POST', path: '/v1/responses', headers: as(KEY), body });
    expect(answer.json).toEqual(NATIVE);
    expect(upstream.calls.at(-1)?.body.toString()).toBe(body);
    expect((await ask('GET', '/v1/responses/resp_of_openai')).status).toBe(404);
  });

  it('refers to single items of it', async () => {
    const first = await made({ input: 'hello' });
    const [message] = first['output'] as [JsonObject];
    const items = [
      { role: 'user', content: 'hello' },
      { type: 'item_reference', id: message['id'] },
      { role: 'user', content: 'go on' },
    ];
    const second = await made({ input: items });
    expect(sent()['messages']).toMatchObject([{ content: 'hello' }, { content: 'heard 1' }, { content: 'go on' }]);
    // The next one has the items themselves before it.
    await made({ input: 'more', previous_response_id: second['id'] });
    expect(sent()['messages']).toHaveLength(5);
  });

  it.each([
    ['was never given', () => Promise.resolve('resp_0123456789abcdef0123456789abcdef'), KEY],
    ['is of another key', async () => (await made({ input: 'secret' }))['id'], BOUND_KEY],
    ['was not to be stored', async () => (await made({ input: 'x', store: false }))['id'], KEY],
    [
      'is too old',
      async () => {
        const { id } = await made({ input: 'x' });
        now += rules.keepMs + 1;
        return id;
      },
      KEY,
    ],
    [
      'had its beginning deleted',
      async () => {
        const { id } = await made({ input: 'x' });
        const second = await made({ input: 'y', previous_response_id: id });
        expect((await ask('DELETE', `/v1/responses/${String(id)}`)).status).toBe(200);
        return second['id'];
      },
      KEY,
    ],
  ])('is refused where the id %s', async (_why, idOf, key) => {
    const id = await idOf();
    const calls = upstream.calls.length;
    const answer = await create({ input: 'go on', previous_response_id: id }, key);
    expect(answer.status).toBe(400);
    expect(errorOf(answer)).toMatchObject({
      code: 'previous_response_not_found',
      type: 'invalid_request_error',
      param: 'previous_response_id',
    });
    expect(upstream.calls).toHaveLength(calls);
    await stage.ledger.settled(stage.ledger.rows.length);
    expect(stage.ledger.rows.at(-1)?.settlements[0]?.errorCode).toBe('response_not_found');
  });

  it('is not begun while nothing is kept', async () => {
    rules = { ...rules, store: 'off' };
    const first = await made({ input: 'x' });
    expect((await ask('GET', `/v1/responses/${String(first['id'])}`)).status).toBe(404);
    const next = await create({ input: 'y', previous_response_id: first['id'] });
    expect(next.status).toBe(400);
    expect(errorOf(next)).toMatchObject({ code: 'previous_response_not_found', param: 'previous_response_id' });
    expect(errorOf(next)['message']).toContain('This gateway keeps no responses');
  });

  it.each([false, true])('says of itself whether it is kept (in streams: %s)', async (stream) => {
    expect(await made({ input: 'x', stream })).toMatchObject({ store: true });
    expect(await made({ input: 'x', stream, store: false })).toMatchObject({ store: false });
    rules = { ...rules, store: 'off' };
    expect(await made({ input: 'x', stream, store: true })).toMatchObject({ store: false });
  });

  it('is not gone on with from an answer that was cut off', async () => {
    const whole = streamed(answerChat({ messages: [{ role: 'user' }] }));
    upstream.answer = (response) => eventStream(response, whole.slice(0, whole.indexOf('"stop"') - 200));
    const answer = await create({ input: 'x', stream: true });
    expect(answer.text).toContain('event: response.failed');
    const id = /resp_[0-9a-f]{32}/.exec(answer.text)?.[0] ?? '';
    expect((await ask('GET', `/v1/responses/${id}`)).status).toBe(404);
  });
});

describe('what needs a store that is not here', () => {
  it.each([
    ['background', true],
    ['conversation', 'conv_1'],
    ['prompt', { id: 'pmpt_1' }],
  ])('%s is refused by a model that is spoken to otherwise', async (field, value) => {
    const answer = await create({ input: 'x', [field]: value });
    expect(answer.status).toBe(400);
    expect(errorOf(answer)).toMatchObject({ code: 'unsupported_parameter', param: field });
    expect(errorOf(answer)['message']).toContain(`\`${field}\``);
  });
});

describe('a response that is kept', () => {
  it.each([
    [false, '/v1'],
    [true, '/v1'],
    [false, ''],
  ])('is given again as its client got it (in a stream: %s, below %s/)', async (stream, prefix) => {
    const response = await made({ input: 'hello', stream, metadata: { a: 'b' } });
    const again = await ask('GET', `${prefix}/responses/${String(response['id'])}`);
    expect(again.status).toBe(200);
    expect(again.json).toEqual(response);
    expect(again.headers['x-llmgw-version']).toBe('1.2.3');
  });

  it('lists what it was made from', async () => {
    const first = await made({ input: 'one' });
    const second = await made({ input: 'two', previous_response_id: first['id'] });
    const path = `/v1/responses/${String(second['id'])}/input_items`;
    const whole = (await ask('GET', `${path}?order=asc`)).json as { data: JsonObject[]; has_more: boolean };
    expect(whole.data.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
    expect(whole.data[2]).toMatchObject({ type: 'message', content: [{ type: 'input_text', text: 'two' }] });
    expect((await ask('GET', `${path}?limit=1`)).json).toMatchObject({ data: [{ role: 'user' }], has_more: true });
    expect(errorOf(await ask('GET', `${path}?limit=1000`))).toMatchObject({ param: 'limit' });
  });

  it('is deleted once', async () => {
    const { id } = await made({ input: 'x' });
    const path = `/v1/responses/${String(id)}`;
    expect((await ask('DELETE', path)).json).toEqual({ id, object: 'response', deleted: true });
    expect((await ask('DELETE', path)).status).toBe(404);
    expect((await ask('GET', path)).status).toBe(404);
  });

  it.each(['', '/input_items'])('is there for its key alone (%s)', async (below) => {
    const { id } = await made({ input: 'x' });
    const answer = await ask('GET', `/v1/responses/${String(id)}${below}`, BOUND_KEY);
    expect(answer.status).toBe(404);
    expect(errorOf(answer)).toMatchObject({ code: 'response_not_found', type: 'invalid_request_error' });
    expect((await ask('DELETE', `/v1/responses/${String(id)}`, BOUND_KEY)).status).toBe(404);
    expect((await stage.ask({ path: `/v1/responses/${String(id)}` })).status).toBe(401);
    expect((await ask('GET', `/v1/responses/${String(id)}`)).status).toBe(200);
  });

  it('cannot be cancelled, nor streamed again', async () => {
    const { id } = await made({ input: 'x' });
    const cancelled = await ask('POST', `/v1/responses/${String(id)}/cancel`);
    expect(cancelled.status).toBe(400);
    expect(errorOf(cancelled)['message']).toContain('nothing to cancel');
    expect((await ask('POST', '/v1/responses/resp_x/cancel')).status).toBe(404);
    expect(errorOf(await ask('GET', `/v1/responses/${String(id)}?stream=true`))).toMatchObject({ param: 'stream' });
  });
});

describe('beside the responses', () => {
  it('the tokens of a prompt are counted, with what went before', async () => {
    const count = async (body: JsonObject): Promise<number> => {
      const text = JSON.stringify({ model: 'tiny', ...body });
      const path = '/v1/responses/input_tokens';
      const answer = await stage.ask({ method: 'POST', path, headers: as(KEY), body: text });
      expect(answer.json).toMatchObject({ object: 'response.input_tokens' });
      return (answer.json as { input_tokens: number }).input_tokens;
    };
    const { id } = await made({ input: 'a long beginning of a conversation' });
    const alone = await count({ input: 'hi' });
    expect(alone).toBeGreaterThan(0);
    expect(await count({ input: 'hi', previous_response_id: id })).toBeGreaterThan(alone);
  });

  it('a conversation is summed up by who can', async () => {
    const body = (model: string): string => `{"model":"${model}","input":[{"role":"user","content":"x"}]}`;
    const path = '/v1/responses/compact';
    upstream.answer = (response) => json(response, { id: 'resp_1', object: 'response.compaction', output: [] });
    const done = await stage.ask({ method: 'POST', path, headers: as(KEY), body: body('gpt-5') });
    expect(done.json).toEqual({ id: 'resp_1', object: 'response.compaction', output: [] });
    expect(upstream.calls.at(-1)).toMatchObject({ url: '/v1/responses/compact' });
    const refused = await stage.ask({ method: 'POST', path, headers: as(KEY), body: body('tiny') });
    expect(refused.status).toBe(404);
    expect(errorOf(refused)).toMatchObject({ code: 'endpoint_not_supported', param: 'model' });
  });
});
