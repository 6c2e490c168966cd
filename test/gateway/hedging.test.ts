import http from 'node:http';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/canonical/errors.ts';
import type { ModelGroup } from '../../src/canonical/model-group.ts';
import type { GatewayOptions } from '../../src/gateway/dependencies.ts';
import type { PublishedEvent } from '../../src/gateway/feed.ts';
import type { Limits } from '../../src/limits/limits.ts';
import { HealthBook } from '../../src/routing/health-book.ts';
import { COMPLETION, errorOf } from '../helpers/exchange-stage.ts';
import { configured, modelGroup } from '../helpers/model-groups.ts';
import { NO_RETRIES } from '../helpers/no-retries.ts';
import { failing, startProvidersStage } from '../helpers/providers-stage.ts';
import type { ProvidersStage } from '../helpers/providers-stage.ts';
import { KEY } from '../helpers/test-server.ts';
import { eventStream, json } from '../helpers/upstream-server.ts';

let stage: ProvidersStage;
let health: HealthBook;
afterEach(async () => {
  await stage.server.gateway.idle();
  expect([...health.states().values()].map(({ inFlight }) => inFlight).filter((count) => count > 0)).toEqual([]);
  expect(stage.server.errors).toEqual([]);
  await stage.close();
});

const HEDGE_MS = 30;
const deployments = [configured('a/m', { order: 1 }), configured('b/m', { order: 2 })];
const hedged: Partial<ModelGroup> = { hedge: { kind: 'after', ms: HEDGE_MS } };

async function start(
  more: { readonly models?: readonly ModelGroup[]; readonly names?: readonly string[] } = {},
  overrides: Partial<GatewayOptions> = {},
): Promise<void> {
  health = new HealthBook();
  const models = more.models ?? [modelGroup('chat', deployments, hedged)];
  const routes = { models, routing: NO_RETRIES };
  stage = await startProvidersStage(more.names ?? ['a', 'b'], routes, { health, ...overrides });
}

/** Its calls wait for what the test does with them. */
function hold(provider: string): ServerResponse[] {
  const held: ServerResponse[] = [];
  stage.at(provider).answer = (response) => void held.push(response);
  return held;
}

function first(held: readonly ServerResponse[]): ServerResponse {
  const [response] = held;
  if (response === undefined) throw new Error('nothing is held');
  return response;
}

const chunk = (text: string): string =>
  `data: ${JSON.stringify({ id: 'c', model: 'm', choices: [{ delta: { content: text }, finish_reason: null }] })}\n\n`;
const USAGE = '"usage":{"prompt_tokens":10,"completion_tokens":5}';
const END = `data: {"id":"c","choices":[{"delta":{},"finish_reason":"stop"}],${USAGE}}\n\ndata: [DONE]\n\n`;
const streamed = (response: ServerResponse, text: string): void => eventStream(response, chunk(text) + END);

/** Target, outcome, whether it is the end, tokens, and whether they were counted here. */
async function bookings(): Promise<readonly unknown[]> {
  await stage.rows();
  return stage.server.ledger.rows.map(({ opening, settlements: [end] }) => [
    opening.target,
    end?.outcome,
    end?.final,
    end?.usage.inputTokens,
    end?.usage.outputTokens,
    end?.estimated,
  ]);
}

async function beginChat(body: object = {}): Promise<http.ClientRequest> {
  const { port } = stage.server.server;
  const headers = { authorization: `Bearer ${KEY}` };
  const request = http.request({ host: '127.0.0.1', port, method: 'POST', path: '/v1/chat/completions', headers });
  request.on('error', () => undefined);
  request.end(JSON.stringify({ model: 'chat', messages: [{ role: 'user', content: 'hello' }], ...body }));
  await once(request, 'finish');
  return request;
}

describe.each([
  ['a stream', { stream: true }, (response: ServerResponse) => streamed(response, 'hi')],
  ['a whole answer', {}, (response: ServerResponse) => json(response, COMPLETION)],
])('a hedge of %s', (_what, body, answer) => {
  it('asks a second one where the first is late; who answers is heard, the other is stopped and booked', async () => {
    await start();
    hold('a');
    stage.at('b').answer = answer;
    const told = await stage.chat({ model: 'chat', ...body });
    expect([told.status, told.headers['x-llmgw-model'], told.headers['x-llmgw-attempts']]).toEqual([200, 'b/m', '2']);
    expect(told.text).toContain('hi');
    await stage.at('a').calls[0]?.gone;
    const prompt = stage.at('a').calls[0]?.body.length;
    expect(await bookings()).toEqual([
      ['a/m', 'overtaken', false, prompt, 0, true],
      ['b/m', 'answered', true, 10, 5, false],
    ]);
  });

  it('is over when the first answers after all, and the second is stopped', async () => {
    await start();
    const late = hold('a');
    hold('b');
    const asked = stage.chat({ model: 'chat', ...body });
    await stage.at('b').called(1);
    answer(first(late));
    const told = await asked;
    expect([told.status, told.headers['x-llmgw-model'], told.headers['x-llmgw-attempts']]).toEqual([200, 'a/m', '2']);
    await stage.at('b').calls[0]?.gone;
    expect(await stage.rows()).toEqual([
      [1, 'a/m', 'answered', null, true],
      [2, 'b/m', 'overtaken', null, false],
    ]);
    const { lastFailure, sampleCount } = health.stateOf('b/m');
    expect([lastFailure, sampleCount]).toEqual([null, 0]);
  });

  it('is none where the first is in time', async () => {
    await start();
    stage.at('a').answer = answer;
    expect((await stage.chat({ model: 'chat', ...body })).status).toBe(200);
    expect(await stage.rows()).toEqual([[1, 'a/m', 'answered', null, true]]);
    expect(stage.calls()).toEqual({ a: 1, b: 0 });
  });

  it.each(['a', 'b'])('goes on with the other one where %s fails, which nobody hears of', async (fails) => {
    await start();
    const held = { a: hold('a'), b: hold('b') };
    const asked = stage.chat({ model: 'chat', ...body });
    await stage.at('b').called(1);
    const [bad, good] = fails === 'a' ? [held.a, held.b] : [held.b, held.a];
    failing(500)(first(bad));
    await stage.server.ledger.settled(1);
    answer(first(good));
    const told = await asked;
    const other = fails === 'a' ? 'b' : 'a';
    expect([told.status, told.headers['x-llmgw-model']]).toEqual([200, `${other}/m`]);
    expect(told.text).not.toContain('not now');
    const rows = await stage.rows();
    expect(rows).toContainEqual([fails === 'a' ? 1 : 2, `${fails}/m`, 'failed', 'upstream_error', false]);
    expect(rows).toContainEqual([fails === 'a' ? 2 : 1, `${other}/m`, 'answered', null, true]);
    expect(health.stateOf(`${fails}/m`).lastFailure?.kind).toBe('server_error');
  });

  it.each(['a', 'b'])('asks a third one where both fail, %s first', async (firstToFail) => {
    const three = [...deployments, configured('c/m', { order: 3 })];
    await start({ names: ['a', 'b', 'c'], models: [modelGroup('chat', three, hedged)] });
    const held = { a: hold('a'), b: hold('b') };
    stage.at('c').answer = answer;
    const asked = stage.chat({ model: 'chat', ...body });
    await stage.at('b').called(1);
    const [one, other] = firstToFail === 'a' ? [held.a, held.b] : [held.b, held.a];
    failing(500)(first(one));
    await stage.server.ledger.settled(1);
    expect(stage.calls()).toEqual({ a: 1, b: 1, c: 0 });
    failing(503)(first(other));
    expect((await asked).headers['x-llmgw-model']).toBe('c/m');
    expect(await stage.rows()).toEqual([
      [1, 'a/m', 'failed', 'upstream_error', false],
      [2, 'b/m', 'failed', 'upstream_error', false],
      [3, 'c/m', 'answered', null, true],
    ]);
  });

  it('ends with the client: both are stopped, and one of them is the end', async () => {
    await start();
    hold('a');
    hold('b');
    const leaving = await beginChat(body);
    await stage.at('b').called(1);
    leaving.destroy();
    await Promise.all([stage.at('a').calls[0]?.gone, stage.at('b').calls[0]?.gone]);
    expect(await stage.rows()).toEqual([
      [1, 'a/m', 'client_left', null, true],
      [2, 'b/m', 'client_left', null, false],
    ]);
  });
});

describe('a hedge where both fail', () => {
  it('tells both, with the most telling status', async () => {
    await start();
    const held = [hold('a'), hold('b')];
    const asked = stage.chat({ model: 'chat' });
    await stage.at('b').called(1);
    failing(503)(first(held[0] ?? []));
    await stage.server.ledger.settled(1);
    failing(429, { 'retry-after': '7' })(first(held[1] ?? []));
    const told = await asked;
    expect([told.status, told.headers['retry-after']]).toEqual([429, '7']);
    expect(errorOf(told).message).toBe(
      'All 2 attempts failed: a/m: answered 503: not now; b/m: answered 429: not now.',
    );
    expect(await stage.rows()).toEqual([
      [1, 'a/m', 'failed', 'upstream_error', false],
      [2, 'b/m', 'failed', 'upstream_error', true],
    ]);
  });
});

/** Resolves when so many calls hold room at the deployment. */
async function roomTaken(id: string, count: number): Promise<void> {
  while (health.stateOf(id).inFlight !== count) await new Promise((resolve) => setImmediate(resolve));
}

/** Answers so late that it would have been hedged. */
const lateBy =
  (answer: (response: ServerResponse) => void) =>
  (response: ServerResponse): void => {
    setTimeout(() => answer(response), 4 * HEDGE_MS);
  };

describe('a hedge', () => {
  it('takes whoever has room', async () => {
    const [a, , c] = ['a/m', 'b/m', 'c/m'].map((target, index) => configured(target, { order: index + 1 }));
    if (a === undefined || c === undefined) throw new Error('there are three');
    const narrow = configured('b/m', { order: 2, maxParallel: 1 });
    const models = [modelGroup('chat', [a, narrow, c], hedged), modelGroup('busy', [narrow])];
    await start({ names: ['a', 'b', 'c'], models });
    hold('a');
    const taken = hold('b');
    const busy = stage.chat({ model: 'busy' });
    await stage.at('b').called(1);
    expect((await stage.chat({ model: 'chat' })).headers['x-llmgw-model']).toBe('c/m');
    json(first(taken), COMPLETION);
    expect((await busy).status).toBe(200);
    expect(stage.calls()).toEqual({ a: 1, b: 1, c: 1 });
  });

  it('is given back what was set aside for each, once', async () => {
    const settled: unknown[] = [];
    const limits: Limits = {
      admit: ({ target }) => ({ settle: (cost) => void settled.push([target.name, cost]) }),
    };
    await start({}, { limits });
    hold('a');
    expect((await stage.chat({ model: 'chat' })).status).toBe(200);
    await stage.server.gateway.idle();
    // The prices of the tests know no provider `a`: what it cost nobody knows.
    expect(settled.toSorted()).toEqual([
      ['a/m', null],
      ['b/m', null],
    ]);
  });

  it('is not made where the limits refuse it: the first is waited for', async () => {
    const refusal = new GatewayError('budget_exceeded', 'No more than that.');
    const limits: Limits = {
      admit: ({ target }) => {
        if (target.name === 'b/m') throw refusal;
        return { settle: () => undefined };
      },
    };
    await start({}, { limits });
    stage.at('a').answer = lateBy((response) => json(response, COMPLETION));
    const told = await stage.chat({ model: 'chat' });
    expect([told.status, told.headers['x-llmgw-attempts']]).toEqual([200, undefined]);
    expect(await stage.rows()).toEqual([[1, 'a/m', 'answered', null, true]]);
  });

  it('that cannot be asked this is told once, however often its turn comes', async () => {
    const three = [...deployments, configured('c/m', { order: 3 })];
    health = new HealthBook();
    const routes = {
      models: [modelGroup('chat', three, hedged)],
      routing: NO_RETRIES,
      dialects: { b: 'ollama' },
    } as const;
    stage = await startProvidersStage(['a', 'b', 'c'], routes, { health });
    const held = { a: hold('a'), c: hold('c') };
    const sound = { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } };
    const asked = stage.chat({ model: 'chat', messages: [{ role: 'user', content: [sound] }] });
    await stage.at('c').called(1);
    for (const one of [held.a, held.c]) failing(500)(first(one));
    expect((await asked).status).toBe(500);
    const rows = await stage.rows();
    expect(rows).toHaveLength(3);
    expect(rows.filter((row) => (row as unknown[])[4] === true)).toHaveLength(1);
    expect(stage.server.ledger.rows.map(({ opening }) => opening.target)).toEqual(['a/m', 'b/m', 'c/m']);
  });

  it('is held to the deadline, and so is the first', async () => {
    const resilience = { deadlineMs: 5 * HEDGE_MS };
    await start({ models: [modelGroup('chat', deployments, { ...hedged, resilience })] });
    hold('a');
    hold('b');
    expect((await stage.chat({ model: 'chat' })).status).toBe(504);
    const rows = await stage.rows();
    expect(rows).toHaveLength(2);
    expect(rows.filter((row) => (row as unknown[])[3] === 'upstream_first_byte_timeout')).toHaveLength(2);
    expect(rows.filter((row) => (row as unknown[])[4] === true)).toHaveLength(1);
  });

  it('comes at the time that 95 of 100 first tokens took, once there are enough', async () => {
    await start({ models: [modelGroup('chat', deployments, { hedge: { kind: 'p95' } })] });
    stage.at('a').answer = (response) => streamed(response, 'hi');
    for (let count = 0; count < 5; count++) await stage.chat({ model: 'chat', stream: true });
    expect(stage.calls()).toEqual({ a: 5, b: 0 });
    hold('a');
    stage.at('b').answer = (response) => streamed(response, 'there');
    expect((await stage.chat({ model: 'chat', stream: true })).text).toContain('there');
  });

  it('is made of embeddings', async () => {
    await start();
    hold('a');
    const vectors = { object: 'list', data: [{ embedding: [1], index: 0 }], usage: { prompt_tokens: 3 } };
    stage.at('b').answer = (response) => json(response, vectors);
    const headers = { authorization: `Bearer ${KEY}` };
    const body = JSON.stringify({ model: 'chat', input: 'hello' });
    const told = await stage.server.ask({ method: 'POST', path: '/v1/embeddings', headers, body });
    expect([told.status, told.headers['x-llmgw-model']]).toEqual([200, 'b/m']);
    expect(await stage.rows()).toEqual([
      [1, 'a/m', 'overtaken', null, false],
      [2, 'b/m', 'answered', null, true],
    ]);
  });

  it('is never made of pictures', async () => {
    await start();
    stage.at('a').answer = lateBy((response) => json(response, { created: 1, data: [] }));
    const headers = { authorization: `Bearer ${KEY}` };
    const body = JSON.stringify({ model: 'chat', prompt: 'a cat' });
    const told = await stage.server.ask({ method: 'POST', path: '/v1/images/generations', headers, body });
    expect(told.status).toBe(200);
    expect(stage.calls()).toEqual({ a: 1, b: 0 });
  });

  it('is never made of a request that only one deployment can go on with', async () => {
    await start();
    const messages = [{ role: 'user', content: 'hello' }];
    expect((await stage.chat({ model: 'chat', messages })).headers['x-llmgw-model']).toBe('a/m');
    stage.at('a').answer = lateBy((response) => json(response, COMPLETION));
    const thought = { role: 'assistant', content: 'yes', encrypted_content: 'secret' };
    const next = [...messages, thought, { role: 'user', content: 'more' }];
    expect((await stage.chat({ model: 'chat', messages: next })).headers['x-llmgw-model']).toBe('a/m');
    expect(stage.calls()).toEqual({ a: 2, b: 0 });
  });

  it('shows both attempts to those who watch', async () => {
    const published: PublishedEvent[] = [];
    const feed = { watched: true, hasRoom: () => true, publish: (event: PublishedEvent) => void published.push(event) };
    await start({}, { feed });
    const late = hold('a');
    hold('b');
    const asked = stage.chat({ model: 'chat' });
    await stage.at('b').called(1);
    const [{ attempts: underWay } = { attempts: [] }] = stage.server.gateway.exchanges();
    expect(underWay.map(({ number, outcome }) => [number, outcome])).toEqual([
      [1, null],
      [2, null],
    ]);
    json(first(late), COMPLETION);
    await asked;
    await stage.server.gateway.idle();
    // With the second one, and again when it was overtaken.
    const shown = published.flatMap((event) => (event.type === 'exchange.opened' ? [event.exchange.attempts] : []));
    expect(shown.map((all) => all.map(({ outcome }) => outcome))).toEqual([[null], [null, null], [null, 'overtaken']]);
    const [end] = published.flatMap((event) => (event.type === 'exchange.settled' ? event.exchange : []));
    expect(end?.attempts.map(({ number, target, outcome }) => [number, target, outcome])).toEqual([
      [1, 'a/m', 'answered'],
      [2, 'b/m', 'overtaken'],
    ]);
    expect(published.filter(({ type }) => type === 'attempt.failed')).toEqual([]);
  });
});

describe('a hedge whose row is being written', () => {
  /** The first is under way, and the row of the second waits. */
  async function startHeld(): Promise<{
    readonly late: ServerResponse;
    readonly asked: ReturnType<typeof stage.chat>;
  }> {
    await start();
    const late = hold('a');
    const asked = stage.chat({ model: 'chat' });
    await stage.at('a').called(1);
    stage.server.ledger.held = true;
    await roomTaken('b/m', 1);
    return { late: first(late), asked };
  }

  it('is not sent where the first answers, and costs nothing', async () => {
    const { late, asked } = await startHeld();
    json(late, COMPLETION);
    expect((await asked).headers['x-llmgw-model']).toBe('a/m');
    expect(stage.server.gateway.inFlight()).toBe(1);
    stage.server.ledger.release();
    expect(await bookings()).toEqual([
      ['a/m', 'answered', true, 10, 5, false],
      ['b/m', 'overtaken', false, null, null, false],
    ]);
    expect(stage.calls()).toEqual({ a: 1, b: 0 });
  });

  it('is sent in place of a first one that fails', async () => {
    const { late, asked } = await startHeld();
    failing(500)(late);
    await roomTaken('a/m', 0);
    stage.server.ledger.release();
    expect((await asked).headers['x-llmgw-model']).toBe('b/m');
    expect(await stage.rows()).toEqual([
      [1, 'a/m', 'failed', 'upstream_error', false],
      [2, 'b/m', 'answered', null, true],
    ]);
  });

  it('is not sent where the ledger cannot take it and it costs money', async () => {
    const { late, asked } = await startHeld();
    stage.server.ledger.failure = new Error('disk full');
    stage.server.ledger.release();
    await roomTaken('b/m', 0);
    stage.server.ledger.failure = null;
    json(late, COMPLETION);
    expect((await asked).headers['x-llmgw-model']).toBe('a/m');
    expect(await stage.rows()).toEqual([[1, 'a/m', 'answered', null, true]]);
    expect(stage.calls()).toEqual({ a: 1, b: 0 });
  });

  it('is not sent where the client leaves, nor where the first has failed before', async () => {
    await start();
    const held = hold('a');
    const leaving = await beginChat();
    await stage.at('a').called(1);
    stage.server.ledger.held = true;
    await roomTaken('b/m', 1);
    failing(500)(first(held));
    await roomTaken('a/m', 0);
    const gone = new Promise((resolve) => leaving.once('close', resolve));
    leaving.destroy();
    await gone;
    stage.server.ledger.release();
    const rows = await stage.rows();
    expect(rows[0]).toEqual([1, 'a/m', 'failed', 'upstream_error', false]);
    expect(rows[1]).toEqual([2, 'b/m', 'client_left', null, true]);
  });
});
