import http from 'node:http';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { GatewayOptions } from '../../src/gateway/dependencies.ts';
import { startRawServer } from '../helpers/raw-server.ts';
import { NO_RETRIES } from '../helpers/no-retries.ts';
import { cloudEndpoint, modelServer, routedProvider } from '../helpers/routes.ts';
import type { TableParts } from '../helpers/routes.ts';
import { ask, KEY, startTestServer } from '../helpers/test-server.ts';
import type { Answer, TestServer } from '../helpers/test-server.ts';
import { json, startUpstreamServer } from '../helpers/upstream-server.ts';
import type { UpstreamServer } from '../helpers/upstream-server.ts';

const COMPLETION = { id: 'c', model: 'm', choices: [], usage: { prompt_tokens: 10, completion_tokens: 5 } };
const DELTA = 'data: {"id":"c","model":"m","choices":[{"delta":{"content":"hi"},"finish_reason":null}]}\n\n';
const FINISH = 'data: {"id":"c","choices":[{"delta":{},"finish_reason":"stop"}]}\n\n';

let upstream: UpstreamServer;
let server: TestServer;

async function start(routes: TableParts = {}, overrides: Partial<GatewayOptions> = {}): Promise<void> {
  server = await startTestServer(
    {},
    {
      providers: [routedProvider(cloudEndpoint('acme', { apiBase: `${upstream.origin}/v1` }), [])],
      servers: [modelServer('ollama', ['llama3'], { origin: upstream.origin })],
      routing: NO_RETRIES,
      ...routes,
    },
    overrides,
  );
}

beforeEach(async () => {
  upstream = await startUpstreamServer((response) => json(response, COMPLETION));
  await start();
});
afterEach(async () => {
  await server.close();
  await upstream.close();
  await server.ledger.flush();
  expect(server.ledger.rows.filter(({ settlements }) => settlements.length !== 1)).toEqual([]);
  expect(server.server.inFlight()).toBe(0);
});

const bodyOf = (model: string, more: object = {}): string =>
  JSON.stringify({ model, messages: [{ role: 'user', content: 'hello' }], ...more });
const HEADERS = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };

function chat(model: string, more: object = {}): Promise<Answer> {
  return ask(server.server.port, {
    method: 'POST',
    path: '/v1/chat/completions',
    headers: HEADERS,
    body: bodyOf(model, more),
  });
}

/** A request whose client can leave. */
function begin(model: string, more: object = {}): http.ClientRequest {
  const request = http.request({
    host: '127.0.0.1',
    port: server.server.port,
    method: 'POST',
    path: '/v1/chat/completions',
    headers: HEADERS,
  });
  request.on('error', () => undefined);
  request.end(bodyOf(model, more));
  return request;
}

const outcomes = () =>
  server.ledger.rows.flatMap(({ settlements }) =>
    settlements.map(({ outcome, errorCode, final }) => [outcome, errorCode, final]),
  );

describe('a client that leaves', () => {
  it('before the first byte aborts the upstream call', async () => {
    upstream.answer = () => undefined;
    const request = begin('acme/m');
    await upstream.called(1);
    request.destroy();
    await upstream.calls[0]?.gone;
    await server.ledger.settled(1);
    expect(server.ledger.rows[0]?.settlements[0]).toMatchObject({
      outcome: 'client_left',
      status: null,
      costPico: null,
      unpriced: true,
      final: true,
    });
  });

  it('before the first event, when only comments came, aborts it', async () => {
    upstream.answer = (response) =>
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': wait\n\n');
    const request = begin('acme/m', { stream: true });
    await upstream.called(1);
    request.destroy();
    await upstream.calls[0]?.gone;
    await server.ledger.settled(1);
    expect(outcomes()).toEqual([['client_left', null, true]]);
  });

  it('in the middle of a stream aborts it; what came is counted and booked', async () => {
    upstream.answer = (response) => response.writeHead(200, { 'content-type': 'text/event-stream' }).write(DELTA);
    const request = begin('acme/m', { stream: true });
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    await once(response, 'data');
    response.destroy();
    await upstream.calls[0]?.gone;
    await server.ledger.settled(1);
    const settlement = server.ledger.rows[0]?.settlements[0];
    expect(settlement).toMatchObject({
      outcome: 'client_left',
      estimated: true,
      usage: { outputTokens: DELTA.length },
      status: 200,
    });
    expect(settlement?.costPico).toBeGreaterThan(0);
  });

  it('in the middle of a whole answer aborts it', async () => {
    upstream.answer = (response) => response.writeHead(200, { 'content-type': 'application/json' }).write('{"half":');
    const request = begin('ollama/llama3');
    await upstream.called(1);
    request.destroy();
    await upstream.calls[0]?.gone;
    await server.ledger.settled(1);
    expect(outcomes()).toEqual([['client_left', null, true]]);
  });

  it('while its row is being written is not sent to anybody', async () => {
    server.ledger.held = true;
    const request = begin('acme/m');
    while (server.server.inFlight() === 0) await server.ask({ path: '/health' });
    request.destroy();
    // The server has seen the end of that connection when it has answered on others that were made later.
    for (let round = 0; round < 3; round++) await server.ask({ path: '/health' });
    server.ledger.release();
    await server.ledger.settled(1);
    expect(outcomes()).toEqual([['client_left', null, true]]);
    expect(upstream.calls).toHaveLength(0);
    expect(server.ledger.rows[0]?.settlements[0]).toMatchObject({ costPico: null, unpriced: false });
  });
});

describe('a client that does not read', () => {
  it('stops the upstream; nothing piles up here', async () => {
    const event = `data: {"choices":[{"delta":{"content":"${'x'.repeat(64 * 1024)}"}}]}\n\n`;
    const total = 100 * 1024 * 1024;
    let written = 0;
    let stopped: () => void = () => undefined;
    const hasStopped = new Promise<void>((resolve) => (stopped = resolve));
    upstream.answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      let quiet: NodeJS.Timeout | undefined;
      const write = (): void => {
        clearTimeout(quiet);
        // Stopped: nothing of what was written has got through for a while.
        quiet = setTimeout(stopped, 300);
        while (written < total && response.write(event)) written += event.length;
        written += event.length;
        if (written < total) response.once('drain', write);
        else response.end(FINISH);
      };
      write();
    };
    const before = process.memoryUsage().arrayBuffers;
    const request = begin('ollama/llama3', { stream: true });
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    response.pause();
    await hasStopped;
    expect(written).toBeLessThan(total / 4);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(total / 4);
    let received = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) received += chunk.length;
    expect(received).toBeGreaterThan(total);
    await server.ledger.settled(1);
    expect(outcomes()).toEqual([['answered', null, true]]);
  });
});

describe('a kept connection that was closed', () => {
  it('is tried once more on a new one, with a row of its own', async () => {
    const requests: number[] = [];
    const raw = await startRawServer((socket, count, connection) => {
      requests.push(connection);
      const body = JSON.stringify(COMPLETION);
      const head = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
      if (count === 1) socket.write(head + body);
      else socket.resetAndDestroy();
    });
    await server.close();
    await start({
      servers: [modelServer('idle', ['m'], { origin: raw.origin })],
    });
    expect((await chat('m')).status).toBe(200);
    expect((await chat('m')).status).toBe(200);
    expect(requests).toEqual([1, 1, 2]);
    await server.ledger.settled(3);
    expect(outcomes()).toEqual([
      ['answered', null, true],
      ['failed', 'upstream_reset', false],
      ['answered', null, true],
    ]);
    const [, second, third] = server.ledger.rows.map(({ opening }) => opening);
    expect([second?.exchangeId === third?.exchangeId, second?.number, third?.number]).toEqual([true, 1, 2]);
    await server.close();
    raw.close();
  });
});

describe('a ledger that cannot be written', () => {
  it('refuses paid calls before anything is sent', async () => {
    server.ledger.failure = new Error('disk full');
    for (const more of [{}, { stream: true }]) {
      const answer = await chat('acme/m', more);
      expect([answer.status, answer.json]).toMatchObject([503, { error: { code: 'ledger_unavailable' } }]);
      expect(answer.text).not.toContain('disk full');
    }
    expect(upstream.calls).toHaveLength(0);
    expect(server.ledger.rows).toHaveLength(0);
  });

  it('lets local ones go on, uncounted', async () => {
    server.ledger.failure = new Error('disk full');
    expect((await chat('ollama/llama3')).status).toBe(200);
    upstream.answer = (response) => json(response, { error: 'no' }, 500);
    expect((await chat('ollama/llama3')).status).toBe(500);
    expect(server.ledger.status().lostRows).toBe(2);
  });

  it('does not let a local call that failed go on to a paid one', async () => {
    await server.close();
    await start({ models: [{ name: 'both', targets: ['ollama/llama3', 'acme/m'] }] });
    upstream.answer = (response) => json(response, { error: 'no' }, 500);
    server.ledger.failure = new Error('disk full');
    expect((await chat('both')).status).toBe(503);
    expect(upstream.calls).toHaveLength(1);
  });
});
