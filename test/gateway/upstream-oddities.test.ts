import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../src/std/secret.ts';
import { cloudEndpoint, routedProvider } from '../helpers/routes.ts';
import { KEY, startTestServer } from '../helpers/test-server.ts';
import type { Answer, TestServer } from '../helpers/test-server.ts';
import { eventStream, json, startUpstreamServer } from '../helpers/upstream-server.ts';
import type { UpstreamServer } from '../helpers/upstream-server.ts';

const UPSTREAM_KEY = 'sk-upstream-0123456789';
const GATE_KEY = 'Z2F0ZTprZWVwZXI=';
const HEADERS = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };

let upstream: UpstreamServer;
let server: TestServer;
beforeEach(async () => {
  upstream = await startUpstreamServer((response) => json(response, { id: 'c', choices: [] }));
  const apiBase = `${upstream.origin}/v1`;
  const acme = cloudEndpoint('acme', { apiBase, credential: new Secret(UPSTREAM_KEY) });
  const short = cloudEndpoint('short', { apiBase, credential: new Secret('key') });
  const secretHeaders = new Map([['x-gate', new Secret(`Basic ${GATE_KEY}`)]]);
  const gated = { ...cloudEndpoint('gated', { apiBase, credential: new Secret(UPSTREAM_KEY) }), secretHeaders };
  const providers = [acme, short, gated].map((endpoint) => routedProvider(endpoint, []));
  server = await startTestServer({}, { providers });
});
afterEach(async () => {
  await server.close();
  await upstream.close();
});

const bodyOf = (more: object): string => JSON.stringify({ model: 'acme/m', messages: [], ...more });

function chat(more: object = {}): Promise<Answer> {
  return server.ask({ method: 'POST', path: '/v1/chat/completions', headers: HEADERS, body: bodyOf(more) });
}

const choice = (index: number, finish: string | null): string =>
  `data: ${JSON.stringify({ id: 'c', model: 'm', choices: [{ index, delta: {}, finish_reason: finish }] })}\n\n`;
const USAGE = 'data: {"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":5}}\n\n';
const DONE = 'data: [DONE]\n\n';

describe('a stream of several choices', () => {
  it('that breaks when only the first has ended is told as broken', async () => {
    upstream.answer = (response) => eventStream(response, choice(0, 'stop') + choice(1, null));
    const { text } = await chat({ stream: true, n: 2 });
    expect(text).toContain('upstream_stream_truncated');
    expect(text).not.toContain('[DONE]');
  });

  it('is whole when all have', async () => {
    upstream.answer = (response) => eventStream(response, choice(0, 'stop') + choice(1, 'length'));
    expect((await chat({ stream: true, n: 2 })).text).toBe(choice(0, 'stop') + choice(1, 'length') + DONE);
  });
});

describe('an upstream that goes on behind [DONE]', () => {
  it.each([
    ['with its usage known, at once', choice(0, 'stop') + USAGE + DONE, 0, 1_500],
    ['without usage, after a while', choice(0, 'stop') + DONE, 1_500, 5_000],
  ])('ends the exchange, %s, and then the call', async (_when, stream, atLeastMs, atMostMs) => {
    upstream.answer = (response) => response.writeHead(200, { 'content-type': 'text/event-stream' }).write(stream);
    const startedAt = performance.now();
    expect((await chat({ stream: true })).text).toBe(choice(0, 'stop') + DONE);
    await server.gateway.idle();
    const tookMs = performance.now() - startedAt;
    expect(tookMs).toBeGreaterThanOrEqual(atLeastMs);
    expect(tookMs).toBeLessThan(atMostMs);
    await server.ledger.settled(1);
    expect(server.ledger.rows[0]?.settlements[0]?.outcome).toBe('answered');
    await upstream.calls[0]?.gone;
  });

  it('keeps the connection of one that ends soon', async () => {
    let end: () => void = () => undefined;
    upstream.answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(choice(0, 'stop') + USAGE + DONE);
      end = () => response.end();
    };
    await chat({ stream: true });
    end();
    // The end has come when the answer to a question that was asked later has.
    await server.ask({ path: '/health' });
    await chat({ stream: true });
    expect(upstream.calls[0]?.socket === upstream.calls[1]?.socket).toBe(true);
  });
});

describe('an upstream that quotes the key', () => {
  it.each([401, 200])('in an error with status %i does not show it to the client', async (status) => {
    upstream.answer = (response) =>
      json(response, { error: { message: `bad key ${UPSTREAM_KEY}`, code: UPSTREAM_KEY } }, status);
    const { text } = await chat();
    expect(text).toContain('bad key [secret]');
    expect(text).not.toContain(UPSTREAM_KEY);
  });

  it.each([`Basic ${GATE_KEY}`, GATE_KEY])('shows nothing of a header of its account: %s', async (quoted) => {
    upstream.answer = (response) => json(response, { error: { message: `${UPSTREAM_KEY}: no ${quoted}` } }, 403);
    const { text } = await chat({ model: 'gated/m' });
    expect(text).toContain('[secret]: no [secret]');
    expect(text).not.toContain(GATE_KEY);
  });

  it('leaves a text alone that only holds a very short one', async () => {
    upstream.answer = (response) => json(response, { error: { message: 'bad key' } }, 401);
    expect((await chat({ model: 'short/m' })).text).toContain('bad key');
  });
});

describe('ids that are too long for a row', () => {
  it('are cut', async () => {
    const long = 'x'.repeat(5_000);
    upstream.answer = (response) =>
      json(response, { id: long, model: long, choices: [] }, 200, { 'x-request-id': long });
    await chat();
    await server.ledger.settled(1);
    const cut = 'x'.repeat(256);
    expect(server.ledger.rows[0]?.settlements[0]).toMatchObject({
      actualModel: cut,
      upstreamRequestId: cut,
      upstreamResponseId: cut,
    });
  });
});
