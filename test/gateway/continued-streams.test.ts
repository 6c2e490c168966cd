import http from 'node:http';
import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { DialectId } from '../../src/canonical/dialect-id.ts';
import type { ModelGroup } from '../../src/canonical/model-group.ts';
import { HealthBook } from '../../src/routing/health-book.ts';
import { configured, modelGroup } from '../helpers/model-groups.ts';
import { NO_RETRIES } from '../helpers/no-retries.ts';
import { failing, startProvidersStage } from '../helpers/providers-stage.ts';
import type { ProvidersStage } from '../helpers/providers-stage.ts';
import { KEY } from '../helpers/test-server.ts';
import type { Answer } from '../helpers/test-server.ts';
import { eventStream, json } from '../helpers/upstream-server.ts';

let stage: ProvidersStage;
let health: HealthBook;
afterEach(async () => {
  await stage.server.gateway.idle();
  expect([...health.states().values()].map(({ inFlight }) => inFlight).filter((count) => count > 0)).toEqual([]);
  expect(stage.server.errors).toEqual([]);
  await stage.close();
});

const SAID = 'The quick br';
const REST = 'own fox.';

async function start(
  more: Partial<ModelGroup> = {},
  names: readonly string[] = ['a', 'b'],
  dialect: DialectId = 'openai-chat',
): Promise<void> {
  health = new HealthBook();
  const deployments = names.map((name, index) => configured(`${name}/m`, { order: index + 1 }));
  const models = [modelGroup('chat', deployments, { continueStreams: true, ...more })];
  stage = await startProvidersStage(names, { models, routing: NO_RETRIES, dialects: { a: dialect } }, { health });
  stage.at('a').answer = breaksOff();
  if (names.includes('b')) stage.at('b').answer = goesOn;
}

const event = (value: object): string => `data: ${JSON.stringify({ id: 'c', model: 'm', ...value })}\n\n`;
const piece = (delta: object): string => event({ choices: [{ index: 0, delta, finish_reason: null }] });
const END = (usage: object): string =>
  event({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }) + event({ choices: [], usage }) + DONE;
const DONE = 'data: [DONE]\n\n';
const USAGE = { prompt_tokens: 100, completion_tokens: 5 };

/** Says this, and is gone. */
const breaksOff =
  (said = piece({ role: 'assistant', content: '' }) + piece({ content: 'The quick ' }) + piece({ content: 'br' })) =>
  (response: ServerResponse): void => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(said, () => response.destroy());
  };

const goesOn = (response: ServerResponse): void =>
  eventStream(response, piece({ role: 'assistant', content: '' }) + piece({ content: REST }) + END(USAGE));

const post = (path: string, body: object): Promise<Answer> => {
  const headers = { authorization: `Bearer ${KEY}`, 'x-api-key': KEY, 'content-type': 'application/json' };
  return stage.server.ask({ method: 'POST', path, headers, body: JSON.stringify(body) });
};

const chat = (more: object = {}): Promise<Answer> =>
  post('/v1/chat/completions', {
    model: 'chat',
    stream: true,
    messages: [{ role: 'user', content: 'hello' }],
    ...more,
  });

type Json = Readonly<Record<string, unknown>>;

/** The objects of a stream, of events or of lines. */
const objectsOf = ({ text }: Answer): readonly Json[] =>
  text
    .split(/\r?\n/)
    .map((line) => line.replace(/^data: /, ''))
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Json);

const asked = (provider: string): { readonly messages: readonly object[]; readonly max_tokens?: number } =>
  JSON.parse(String(stage.at(provider).calls[0]?.body)) as ReturnType<typeof asked>;

const textOf = (answer: Answer): string =>
  objectsOf(answer)
    .map(({ choices }) => (choices as { delta: { content?: string } }[] | undefined)?.[0]?.delta.content ?? '')
    .join('');

describe('an answer that breaks off', () => {
  it('is gone on with by another one, as one answer, marked and booked where it was made', async () => {
    await start();
    const answer = await chat({ stream_options: { include_usage: true }, max_tokens: 50 });
    expect(textOf(answer)).toBe(SAID + REST);
    const objects = objectsOf(answer);
    expect(new Set(objects.map(({ id }) => id)).size).toBe(1);
    expect(objects.filter(({ choices }) => JSON.stringify(choices).includes('"role"'))).toHaveLength(1);
    expect(answer.text.match(/\[DONE\]/g)).toHaveLength(1);
    expect(answer.text).not.toContain('error');
    expect(answer.text).toContain(': llmgw: b/m goes on\n\n');
    const { messages, max_tokens: most = 0 } = asked('b');
    expect(messages.slice(0, 2)).toEqual([
      { role: 'user', content: 'hello' },
      { role: 'assistant', content: SAID },
    ]);
    expect(messages[2]).toMatchObject({ role: 'user' });
    expect(most).toBeLessThan(50);
    expect(await stage.rows()).toEqual([
      [1, 'a/m', 'failed', 'upstream_reset', false],
      [2, 'b/m', 'answered', null, true],
    ]);
    const usages = stage.server.ledger.rows.map(({ settlements: [end] }) => end);
    const [first, second] = usages;
    expect([first?.estimated, first?.usage.outputTokens]).toEqual([true, SAID.length]);
    expect([second?.usage.inputTokens, second?.usage.outputTokens]).toEqual([100, 5]);
    const told = objects.at(-1)?.['usage'] as { prompt_tokens: number; completion_tokens: number };
    expect(told.prompt_tokens).toBe(100 + (first?.usage.inputTokens ?? 0));
    expect(told.completion_tokens).toBe(5 + SAID.length);
    expect(health.stateOf('a/m').lastFailure?.kind).toBe('unavailable');
  });

  const turn = { messages: [{ role: 'user', content: 'hello' }], stream: true, model: 'chat' };
  it.each<[string, string, object, (objects: readonly Json[]) => string]>([
    [
      'messages',
      '/v1/messages',
      { ...turn, max_tokens: 100 },
      (objects) => objects.map(({ delta }) => (delta as { text?: string } | undefined)?.text ?? '').join(''),
    ],
    [
      'responses',
      '/v1/responses',
      { model: 'chat', stream: true, input: 'hello' },
      (objects) =>
        objects.map(({ type, delta }) => (type === 'response.output_text.delta' ? String(delta) : '')).join(''),
    ],
    [
      'Gemini',
      '/v1beta/models/chat:streamGenerateContent?alt=sse',
      { contents: [{ role: 'user', parts: [{ text: 'hello' }] }] },
      (objects) =>
        objects
          .flatMap(({ candidates }) => (candidates as { content: { parts: { text?: string }[] } }[])[0]?.content.parts)
          .map((part) => part?.text ?? '')
          .join(''),
    ],
    [
      'Ollama',
      '/api/chat',
      turn,
      (objects) => objects.map(({ message }) => (message as { content: string }).content).join(''),
    ],
  ])('is one answer in the dialect of %s too', async (name, path, body, textIn) => {
    await start();
    const answer = await post(path, body);
    expect(answer.status).toBe(200);
    const objects = objectsOf(answer);
    expect(textIn(objects)).toBe(SAID + REST);
    expect(answer.text).not.toMatch(/"error":[{"]/);
    expect(answer.text.includes(': llmgw: b/m goes on')).toBe(name !== 'Ollama');
    for (const only of ['message_start', 'message_stop', 'content_block_start', 'response.created', '"done":true']) {
      expect(answer.text.split(only).length - 1).toBeLessThanOrEqual(only.startsWith('"') ? 1 : 2);
    }
  });

  it('stands whole in the last event of a response', async () => {
    await start();
    const answer = await post('/v1/responses', { model: 'chat', stream: true, input: 'hello' });
    const last = objectsOf(answer).at(-1) as unknown as {
      type: string;
      response: { output: { content: { text: string }[] }[] };
    };
    expect(last.type).toBe('response.completed');
    expect(last.response.output.map(({ content }) => content.map(({ text }) => text))).toEqual([[SAID + REST]]);
  });

  it('is gone on with by whoever is next, until one of them says something', async () => {
    await start({}, ['a', 'b', 'c']);
    stage.at('b').answer = failing(503);
    stage.at('c').answer = goesOn;
    expect(textOf(await chat())).toBe(SAID + REST);
    expect(await stage.rows()).toEqual([
      [1, 'a/m', 'failed', 'upstream_reset', false],
      [2, 'b/m', 'failed', 'upstream_error', false],
      [3, 'c/m', 'answered', null, true],
    ]);
  });

  it('may come whole from whoever goes on', async () => {
    await start();
    const choices = [{ index: 0, message: { role: 'assistant', content: REST }, finish_reason: 'stop' }];
    stage.at('b').answer = (response) => json(response, { id: 'd', model: 'm', choices, usage: USAGE });
    const answer = await chat();
    expect(textOf(answer)).toBe(SAID + REST);
    expect(answer.text.match(/\[DONE\]/g)).toHaveLength(1);
  });

  it('leaves out what whoever goes on thought', async () => {
    await start();
    stage.at('b').answer = (response) =>
      eventStream(response, piece({ reasoning_content: 'hm' }) + piece({ content: REST }) + END(USAGE));
    const answer = await chat();
    expect(textOf(answer)).toBe(SAID + REST);
    expect(answer.text).not.toContain('hm');
  });

  it('is counted with all that was taken for it, by those too who only thought', async () => {
    await start({}, ['a', 'b', 'c']);
    stage.at('b').answer = breaksOff(piece({ reasoning_content: 'hm' }));
    stage.at('c').answer = goesOn;
    const answer = await chat({ stream_options: { include_usage: true } });
    expect(textOf(answer)).toBe(SAID + REST);
    await stage.rows();
    const booked = stage.server.ledger.rows.map(({ settlements: [end] }) => end?.usage);
    const sumOf = (field: 'inputTokens' | 'outputTokens'): number =>
      booked.reduce((sum, usage) => sum + (usage?.[field] ?? NaN), 0);
    const told = objectsOf(answer).at(-1)?.['usage'];
    expect(told).toMatchObject({ prompt_tokens: sumOf('inputTokens'), completion_tokens: sumOf('outputTokens') });
    expect(booked.map((usage) => usage?.outputTokens)).toEqual([SAID.length, 'hm'.length, 5]);
  });

  it('is not gone on with twice', async () => {
    await start({}, ['a', 'b', 'c']);
    stage.at('b').answer = breaksOff(piece({ content: 'own ' }));
    const answer = await chat();
    expect(textOf(answer)).toBe(`${SAID}own `);
    expect(answer.text).toContain('"error"');
    expect(answer.text).not.toContain('[DONE]');
    expect(stage.calls()).toEqual({ a: 1, b: 1, c: 0 });
    expect((await stage.rows()).at(-1)).toEqual([2, 'b/m', 'failed', 'upstream_reset', true]);
  });

  it('ends with an error in it where nobody goes on', async () => {
    await start();
    stage.at('b').answer = failing(503);
    const answer = await chat();
    expect(textOf(answer)).toBe(SAID);
    expect(answer.text).toContain('"error"');
    expect((await stage.rows()).at(-1)).toEqual([2, 'b/m', 'failed', 'upstream_error', true]);
  });

  it('ends with an error in it where there is nobody else', async () => {
    await start({}, ['a']);
    const answer = await chat();
    expect(textOf(answer)).toBe(SAID);
    expect(answer.text).toContain('"error"');
    expect(await stage.rows()).toEqual([[1, 'a/m', 'failed', 'upstream_reset', true]]);
  });
});

describe('an answer whose bytes would pass through', () => {
  const anthropic = (type: string, more: object): string =>
    `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;
  const message = { id: 'msg_1', type: 'message', role: 'assistant', model: 'm', content: [], stop_reason: null };
  const thought = { type: 'thinking', thinking: '', signature: '' };
  const said =
    anthropic('message_start', { message: { ...message, usage: { input_tokens: 40, output_tokens: 1 } } }) +
    anthropic('content_block_start', { index: 0, content_block: thought }) +
    anthropic('content_block_delta', { index: 0, delta: { type: 'thinking_delta', thinking: 'so' } }) +
    anthropic('content_block_delta', { index: 0, delta: { type: 'signature_delta', signature: 'c2ln' } }) +
    anthropic('content_block_stop', { index: 0 }) +
    anthropic('content_block_start', { index: 1, content_block: { type: 'text', text: '' } }) +
    anthropic('content_block_delta', { index: 1, delta: { type: 'text_delta', text: SAID } });

  it('is gone on with in the block that was open, and counted together', async () => {
    await start({}, ['a', 'b'], 'anthropic-messages');
    stage.at('a').answer = breaksOff(said);
    const turn = { model: 'chat', stream: true, max_tokens: 100, messages: [{ role: 'user', content: 'hello' }] };
    const objects = objectsOf(await post('/v1/messages', turn));
    expect(asked('a')).toEqual({ ...turn, model: 'm' });
    expect(
      objects.map(({ type, index }) => (index === undefined ? type : `${type as string} ${index as number}`)),
    ).toEqual([
      'message_start',
      'content_block_start 0',
      'content_block_delta 0',
      'content_block_delta 0',
      'content_block_stop 0',
      'content_block_start 1',
      'content_block_delta 1',
      'content_block_delta 1',
      'content_block_stop 1',
      'message_delta',
      'message_stop',
    ]);
    const usage = objects.at(-2)?.['usage'] as { input_tokens: number; output_tokens: number };
    // What was thought and said before is counted here, in bytes: the upstream had told its input alone.
    expect(usage).toMatchObject({ input_tokens: 40 + 100, output_tokens: 'so'.length + SAID.length + 5 });
  });
});

describe('an answer that is gone on with', () => {
  it('may be that of a hedge, which is not hedged again', async () => {
    await start({ hedge: { kind: 'after', ms: 30 } }, ['a', 'b', 'c']);
    stage.at('a').answer = () => undefined;
    stage.at('b').answer = breaksOff();
    stage.at('c').answer = (response) => void setTimeout(() => goesOn(response), 120);
    expect(textOf(await chat())).toBe(SAID + REST);
    expect(await stage.rows()).toEqual([
      [1, 'a/m', 'overtaken', null, false],
      [2, 'b/m', 'failed', 'upstream_reset', false],
      [3, 'c/m', 'answered', null, true],
    ]);
  });

  it('may be that of a first one that was late: whoever was asked beside it may go on', async () => {
    await start({ hedge: { kind: 'after', ms: 30 } });
    const late = new Promise<ServerResponse>((resolve) => {
      stage.at('a').answer = resolve;
    });
    stage.at('b').answer = () => undefined;
    const asking = chat();
    await stage.at('b').called(1);
    stage.at('b').answer = goesOn;
    breaksOff()(await late);
    expect(textOf(await asking)).toBe(SAID + REST);
    expect(await stage.rows()).toEqual([
      [1, 'a/m', 'failed', 'upstream_reset', false],
      [2, 'b/m', 'overtaken', null, false],
      [3, 'b/m', 'answered', null, true],
    ]);
    expect(health.stateOf('a/m').lastFailure?.kind).toBe('unavailable');
    expect(health.stateOf('b/m').lastFailure).toBeNull();
  });

  it('is not mixed up with that of a hedge whose row was being written', async () => {
    await start({ hedge: { kind: 'after', ms: 30 } });
    const late = new Promise<ServerResponse>((resolve) => {
      stage.at('a').answer = resolve;
    });
    const asking = chat();
    const first = await late;
    stage.server.ledger.held = true;
    await vi.waitFor(() => expect(health.stateOf('b/m').inFlight).toBe(1));
    breaksOff()(first);
    await vi.waitFor(() => expect(health.stateOf('a/m').lastFailure).not.toBeNull());
    stage.server.ledger.release();
    expect(textOf(await asking)).toBe(SAID + REST);
    expect(asked('b').messages).toHaveLength(3);
    expect(await stage.rows()).toEqual([
      [1, 'a/m', 'failed', 'upstream_reset', false],
      [2, 'b/m', 'overtaken', null, false],
      [3, 'b/m', 'answered', null, true],
    ]);
    expect(stage.calls()).toEqual({ a: 1, b: 1 });
  });

  it('ends with its client', async () => {
    await start();
    const held = new Promise<ServerResponse>((resolve) => {
      stage.at('b').answer = resolve;
    });
    const { port } = stage.server.server;
    const headers = { authorization: `Bearer ${KEY}` };
    const request = http.request({ host: '127.0.0.1', port, method: 'POST', path: '/v1/chat/completions', headers });
    request.on('error', () => undefined);
    request.end(JSON.stringify({ model: 'chat', stream: true, messages: [{ role: 'user', content: 'hello' }] }));
    await held;
    request.destroy();
    await stage.at('b').calls[0]?.gone;
    expect(await stage.rows()).toEqual([
      [1, 'a/m', 'failed', 'upstream_reset', false],
      [2, 'b/m', 'client_left', null, true],
    ]);
  });
});

describe('an answer that breaks off is not gone on with', () => {
  const tools = [{ type: 'function', function: { name: 'look', parameters: { type: 'object' } } }];
  const call = { index: 0, id: 'call_1', type: 'function', function: { name: 'look', arguments: '{"a"' } };

  it.each<[string, object, Partial<ModelGroup>, string | undefined]>([
    ['where the config does not say so', {}, { continueStreams: false }, undefined],
    ['where a tool is being called', { tools }, {}, piece({ content: 'Wait.' }) + piece({ tool_calls: [call] })],
    ['where JSON was asked for', { response_format: { type: 'json_object' } }, {}, undefined],
    ['where several answers were asked for', { n: 2 }, {}, undefined],
    ['where nothing but thoughts were said', {}, {}, piece({ reasoning_content: 'hm' })],
  ])('%s', async (_why, more, group, said) => {
    await start(group);
    if (said !== undefined) stage.at('a').answer = breaksOff(said);
    const answer = await chat(more);
    expect(answer.text).toContain('"error"');
    expect(stage.calls()).toEqual({ a: 1, b: 0 });
  });

  it.each(['"type":"invalid_request_error"', '"code":"content_filter"'])(
    'where its upstream says why: %s',
    async (why) => {
      await start();
      stage.at('a').answer = (response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(piece({ content: 'So' }));
        // In a piece of its own, when the client has the first one.
        setTimeout(() => response.end(`data: {"error":{"message":"no",${why}}}\n\n`), 50);
      };
      const answer = await chat();
      expect(textOf(answer)).toBe('So');
      expect(answer.text).toContain('"error"');
      expect(stage.calls()).toEqual({ a: 1, b: 0 });
    },
  );

  it('where it does not break off: its bytes are those of one answer', async () => {
    await start();
    stage.at('a').answer = goesOn;
    const answer = await chat();
    expect(textOf(answer)).toBe(REST);
    expect(answer.text).not.toContain('goes on');
    expect(await stage.rows()).toEqual([[1, 'a/m', 'answered', null, true]]);
  });
});
