import http from 'node:http';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { HealthBook } from '../../src/routing/health-book.ts';
import { COMPLETION, errorOf } from '../helpers/exchange-stage.ts';
import { configured, modelGroup } from '../helpers/model-groups.ts';
import { failing, startProvidersStage } from '../helpers/providers-stage.ts';
import type { ProvidersStage } from '../helpers/providers-stage.ts';
import { KEY } from '../helpers/test-server.ts';
import { json } from '../helpers/upstream-server.ts';

let stage: ProvidersStage;
let health: HealthBook;
afterEach(async () => {
  await stage.close();
});

/** One deployment that takes one request at a time and answers when it is told. */
async function startNarrow(queue: { max: number; waitMs: number }): Promise<ServerResponse[]> {
  health = new HealthBook();
  const models = [modelGroup('chat', [configured('a/m', { maxParallel: 1 })])];
  stage = await startProvidersStage(['a'], { models, routing: { queue } }, { health });
  const held: ServerResponse[] = [];
  stage.at('a').answer = (response) => void held.push(response);
  return held;
}

function release(held: ServerResponse[]): void {
  const response = held.shift();
  if (response === undefined) throw new Error('nothing is held');
  json(response, COMPLETION);
}

/** A request whose client can leave. */
async function beginChat(): Promise<http.ClientRequest> {
  const { port } = stage.server.server;
  const headers = { authorization: `Bearer ${KEY}` };
  const request = http.request({ host: '127.0.0.1', port, method: 'POST', path: '/v1/chat/completions', headers });
  request.on('error', () => undefined);
  request.end(JSON.stringify({ model: 'chat', messages: [{ role: 'user', content: 'hello' }] }));
  await once(request, 'finish');
  return request;
}

/** Resolves when so many exchanges are in flight. */
async function inFlight(count: number): Promise<void> {
  while (stage.server.gateway.inFlight() !== count) await new Promise((resolve) => setImmediate(resolve));
}

describe('a deployment without room', () => {
  it('is waited for, in the order of coming', async () => {
    const held = await startNarrow({ max: 10, waitMs: 10_000 });
    const answers = [stage.chat({ model: 'chat', user: 'first' })];
    await stage.at('a').called(1);
    for (const user of ['second', 'third']) {
      answers.push(stage.chat({ model: 'chat', user }));
      await inFlight(answers.length);
    }
    expect(health.stateOf('a/m').inFlight).toBe(1);
    for (let count = 2; count <= 3; count++) {
      release(held);
      await stage.at('a').called(count);
    }
    release(held);
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(stage.at('a').calls.map(({ body }) => (JSON.parse(String(body)) as { user: string }).user)).toEqual([
      'first',
      'second',
      'third',
    ]);
    expect(health.stateOf('a/m').inFlight).toBe(0);
  });

  it('is refused when as many wait as may, with the time after which they do no longer', async () => {
    const held = await startNarrow({ max: 0, waitMs: 7_000 });
    const first = stage.chat({ model: 'chat' });
    await stage.at('a').called(1);
    const answer = await stage.chat({ model: 'chat' });
    expect([answer.status, answer.headers['retry-after'], errorOf(answer).code]).toEqual([
      429,
      '7',
      'deployments_busy',
    ]);
    release(held);
    expect((await first).status).toBe(200);
    expect(await stage.rows()).toContainEqual([0, null, 'refused', 'deployments_busy', true]);
  });

  it('is refused when the wait was too long', async () => {
    const held = await startNarrow({ max: 1, waitMs: 50 });
    const first = stage.chat({ model: 'chat' });
    await stage.at('a').called(1);
    const answer = await stage.chat({ model: 'chat' });
    expect([answer.status, errorOf(answer).code]).toEqual([429, 'deployments_busy']);
    release(held);
    expect((await first).status).toBe(200);
  });

  it('is not asked for a client that left meanwhile', async () => {
    const held = await startNarrow({ max: 10, waitMs: 10_000 });
    const first = stage.chat({ model: 'chat' });
    await stage.at('a').called(1);
    const leaving = await beginChat();
    await inFlight(2);
    leaving.destroy();
    await inFlight(1);
    release(held);
    expect((await first).status).toBe(200);
    expect(stage.calls()).toEqual({ a: 1 });
    expect(await stage.rows()).toEqual([
      [1, 'a/m', 'answered', null, true],
      [0, null, 'client_left', null, true],
    ]);
  });

  it('is not waited for when the gateway ends', async () => {
    const held = await startNarrow({ max: 10, waitMs: 10_000 });
    const first = stage.chat({ model: 'chat' });
    await stage.at('a').called(1);
    const second = stage.chat({ model: 'chat' });
    await inFlight(2);
    stage.server.gateway.endWaits();
    const answer = await second;
    expect([answer.status, errorOf(answer).code]).toEqual([503, 'shutting_down']);
    release(held);
    expect((await first).status).toBe(200);
  });
});

describe('a wait before an attempt is made again', () => {
  async function startWaiting(): Promise<void> {
    stage = await startProvidersStage(['a'], { models: [modelGroup('chat', [configured('a/m')])] });
    stage.at('a').answer = failing(503, { 'retry-after': '20' });
  }

  it('ends with the client’s leaving: a row says so', async () => {
    await startWaiting();
    const leaving = await beginChat();
    await stage.server.ledger.settled(1);
    leaving.destroy();
    expect(await stage.rows()).toEqual([
      [1, 'a/m', 'failed', 'upstream_error', false],
      [2, null, 'client_left', null, true],
    ]);
    expect(stage.calls()).toEqual({ a: 1 });
  });

  it('ends with the gateway', async () => {
    await startWaiting();
    const waiting = stage.chat({ model: 'chat' });
    await stage.server.ledger.settled(1);
    stage.server.gateway.endWaits();
    const answer = await waiting;
    expect([answer.status, errorOf(answer).code]).toEqual([503, 'shutting_down']);
    expect(await stage.rows()).toEqual([
      [1, 'a/m', 'failed', 'upstream_error', false],
      [2, null, 'failed', 'shutting_down', true],
    ]);
  });

  it('ends by the deadline', async () => {
    const resilience = { deadlineMs: 300 };
    stage = await startProvidersStage(['a'], { models: [modelGroup('chat', [configured('a/m')], { resilience })] });
    stage.at('a').answer = failing(503);
    expect((await stage.chat({ model: 'chat' })).status).toBe(503);
    expect(stage.calls()).toEqual({ a: 1 });
  });
});
