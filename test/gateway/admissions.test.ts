import http from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/canonical/errors.ts';
import type { GatewayOptions } from '../../src/gateway/dependencies.ts';
import type { AdmissionRequest, Limits } from '../../src/limits/limits.ts';
import { startRawServer } from '../helpers/raw-server.ts';
import { NO_RETRIES } from '../helpers/no-retries.ts';
import { cloudEndpoint, modelServer, routedProvider } from '../helpers/routes.ts';
import { ask, KEY, startTestServer } from '../helpers/test-server.ts';
import type { Answer, TestServer } from '../helpers/test-server.ts';
import { eventStream, freePort, json, startUpstreamServer } from '../helpers/upstream-server.ts';
import type { UpstreamServer } from '../helpers/upstream-server.ts';

const COMPLETION = { id: 'c', model: 'm', choices: [], usage: { prompt_tokens: 10, completion_tokens: 5 } };
const DELTA = 'data: {"id":"c","model":"m","choices":[{"delta":{"content":"hi"},"finish_reason":null}]}\n\n';
const FINISH = 'data: {"id":"c","choices":[{"delta":{},"finish_reason":"stop"}]}\n\n';
const HEADERS = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };

/** Remembers what was admitted, and what each admission was settled with; refuses what it is told to. */
class CountingLimits implements Limits {
  readonly asked: AdmissionRequest[] = [];
  /** Of each admission that was given, in order. */
  readonly settled: (number | null)[][] = [];
  refuses: (attempt: AdmissionRequest) => boolean = () => false;

  admit(attempt: AdmissionRequest): { settle: (costPico: number | null) => void } {
    this.asked.push(attempt);
    if (this.refuses(attempt)) throw new GatewayError('budget_exceeded', 'No more of that.');
    const settlements: (number | null)[] = [];
    this.settled.push(settlements);
    return { settle: (costPico) => void settlements.push(costPico) };
  }
}

let upstream: UpstreamServer;
let server: TestServer;
let limits: CountingLimits;

async function start(overrides: Partial<GatewayOptions> = {}, origin = upstream.origin): Promise<void> {
  limits = new CountingLimits();
  server = await startTestServer(
    {},
    {
      providers: [routedProvider(cloudEndpoint('acme', { apiBase: `${origin}/v1` }), [])],
      servers: [modelServer('ollama', ['llama3'], { origin: upstream.origin })],
      routing: NO_RETRIES,
      models: [
        { name: 'either', targets: ['acme/m', 'ollama/llama3'] },
        { name: 'both', targets: ['acme/m', 'acme/n'] },
      ],
    },
    { limits, ...overrides },
  );
}

beforeEach(async () => {
  upstream = await startUpstreamServer((response) => json(response, COMPLETION));
});
afterEach(async () => {
  await server.gateway.idle();
  await server.close();
  await upstream.close();
  expect(limits.settled.filter((settlements) => settlements.length !== 1)).toEqual([]);
});

function chat(model: string, more: object = {}): Promise<Answer> {
  const body = JSON.stringify({ model, messages: [{ role: 'user', content: 'hello' }], ...more });
  return ask(server.server.port, { method: 'POST', path: '/v1/chat/completions', headers: HEADERS, body });
}

const rows = () =>
  server.ledger.rows.map(({ opening, settlements }) => [opening.number, opening.target, settlements[0]?.outcome]);

describe('an admission is settled once', () => {
  it('with the cost, whole and streamed', async () => {
    await start();
    await chat('acme/m');
    const usage = `data: ${JSON.stringify({ choices: [], usage: COMPLETION.usage })}\n\n`;
    upstream.answer = (response) => eventStream(response, `${DELTA}${FINISH}${usage}data: [DONE]\n\n`);
    await chat('acme/m', { stream: true, max_tokens: 30, n: 2 });
    await server.gateway.idle();
    expect(limits.settled).toEqual([[35], [35]]);
    expect(limits.asked[1]).toMatchObject({ profile: 'default', maxOutputTokens: 60, choiceCount: 2 });
  });

  it('with the cost of tokens that were counted, once they are', async () => {
    let counted: (counts: { inputTokens: number; outputTokens: number }) => void = () => undefined;
    await start({ estimateTokens: () => new Promise((resolve) => (counted = resolve)) });
    upstream.answer = (response) => eventStream(response, `${DELTA}${FINISH}data: [DONE]\n\n`);
    await chat('acme/m', { stream: true });
    expect(limits.settled).toEqual([[]]);
    counted({ inputTokens: 7, outputTokens: 3 });
    await server.gateway.idle();
    expect(limits.settled).toEqual([[23]]);
  });

  it('with nothing when the upstream refused it, before the next target is asked for', async () => {
    await start();
    upstream.answer = (response) => json(response, { error: { message: 'down' } }, 503);
    // One at a time: what the first had set aside must be free again.
    limits.refuses = () => limits.settled.some((settlements) => settlements.length === 0);
    await chat('both');
    await server.gateway.idle();
    expect(limits.settled).toEqual([[0], [0]]);
    expect(rows()).toEqual([
      [1, 'acme/m', 'failed'],
      [2, 'acme/n', 'failed'],
    ]);
  });

  it('with nothing when no connection was made', async () => {
    await start({}, `http://127.0.0.1:${await freePort()}`);
    await chat('acme/m');
    await server.gateway.idle();
    expect(limits.settled).toEqual([[0]]);
  });

  it('when it is sent again on a new connection, each time', async () => {
    const raw = await startRawServer((socket, count) => {
      const body = JSON.stringify(COMPLETION);
      if (count > 1) socket.resetAndDestroy();
      else
        socket.write(
          `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
        );
    });
    await start({}, raw.origin);
    await chat('acme/m');
    expect((await chat('acme/m')).status).toBe(200);
    await server.gateway.idle();
    expect(limits.settled).toEqual([[35], [0], [35]]);
    // Its row says the same: no call whose price nobody knows.
    const stale = server.ledger.rows.find(
      ({ opening, settlements }) => opening.number === 1 && settlements[0]?.outcome === 'failed',
    );
    expect(stale?.settlements[0]).toMatchObject({ costPico: null, unpriced: false });
    raw.close();
  });

  it('as unknown when the client left in the middle of a paid answer', async () => {
    await start();
    upstream.answer = () => undefined;
    const { port } = server.server;
    const request = http.request({
      host: '127.0.0.1',
      port,
      method: 'POST',
      path: '/v1/chat/completions',
      headers: HEADERS,
    });
    request.on('error', () => undefined);
    request.end(JSON.stringify({ model: 'acme/m', messages: [] }));
    await upstream.called(1);
    request.destroy();
    await server.ledger.settled(1);
    expect(limits.settled).toEqual([[null]]);
  });

  it('with nothing when the ledger cannot be written and no paid call is made', async () => {
    await start();
    server.ledger.failure = new Error('disk full');
    expect((await chat('acme/m')).status).toBe(503);
    expect((await chat('llama3')).status).toBe(200);
    await server.gateway.idle();
    expect(limits.settled).toEqual([[0], [0]]);
  });

  it('when the gateway fails while it books', async () => {
    await start({
      prices: () => {
        throw new Error('a bug');
      },
    });
    await chat('acme/m');
    await server.gateway.idle();
    expect(limits.settled).toEqual([[null]]);
    expect(server.errors.length).toBeGreaterThan(0);
    server.ledger.failure = null;
  });
});

describe('a target that the limits refuse', () => {
  it('is passed over for the next one', async () => {
    await start();
    limits.refuses = ({ target }) => target.locality === 'cloud';
    const answer = await chat('either');
    expect([answer.status, answer.headers['x-llmgw-model']]).toEqual([200, 'ollama/llama3']);
    await server.ledger.settled(1);
    expect(rows()).toEqual([[1, 'ollama/llama3', 'answered']]);
  });

  it('refuses the exchange when there is no other: one row, with number 0, and how it was planned', async () => {
    await start();
    limits.refuses = () => true;
    const answer = await chat('both');
    expect([answer.status, answer.json]).toMatchObject([422, { error: { code: 'budget_exceeded' } }]);
    expect(answer.headers['x-llmgw-route']).toEqual(expect.any(String));
    await server.ledger.settled(1);
    expect(rows()).toEqual([[0, null, 'refused']]);
    expect(upstream.calls).toEqual([]);
  });

  it('behind one that failed leaves that failure as the answer, and as the end', async () => {
    await start();
    upstream.answer = (response) => json(response, { error: { message: 'down' } }, 503);
    limits.refuses = ({ target }) => target.name === 'acme/n';
    const answer = await chat('both');
    expect([answer.status, answer.json]).toMatchObject([
      503,
      { error: { message: expect.stringContaining('down') as string } },
    ]);
    await server.ledger.settled(1);
    expect(server.ledger.rows.map(({ settlements }) => settlements[0]?.final)).toEqual([true]);
  });
});
