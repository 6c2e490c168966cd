import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { GatewayOptions } from '../../src/gateway/dependencies.ts';
import { createUpstream } from '../../src/upstream/upstream.ts';
import { NO_RETRIES } from '../helpers/no-retries.ts';
import { modelServer, cloudEndpoint, routedProvider } from '../helpers/routes.ts';
import { ask, KEY, startTestServer } from '../helpers/test-server.ts';
import type { Answer, TestServer } from '../helpers/test-server.ts';
import { eventStream, json, startUpstreamServer } from '../helpers/upstream-server.ts';
import type { UpstreamServer } from '../helpers/upstream-server.ts';

const COMPLETION = { id: 'c', model: 'm', choices: [], usage: { prompt_tokens: 10, completion_tokens: 5 } };
const STREAM = 'data: {"choices":[{"delta":{"content":"hi"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n';

let upstream: UpstreamServer;
let server: TestServer;

async function start(overrides: Partial<GatewayOptions> = {}): Promise<void> {
  server = await startTestServer(
    {},
    {
      providers: [routedProvider(cloudEndpoint('acme', { apiBase: `${upstream.origin}/v1` }), [])],
      servers: [modelServer('ollama', ['llama3'], { origin: upstream.origin })],
      routing: NO_RETRIES,
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
});

function chat(model: string, more: object = {}, headers: Record<string, string> = {}): Promise<Answer> {
  const body = JSON.stringify({ model, messages: [], ...more });
  return ask(server.server.port, {
    method: 'POST',
    path: '/v1/chat/completions',
    headers: { authorization: `Bearer ${KEY}`, ...headers },
    body,
  });
}

/** What is passed back, and what is not: llama-server reflects any Origin, others set cookies. */
const FROM_UPSTREAM = {
  'retry-after': '7',
  'x-request-id': 'req-1',
  'openai-processing-ms': '12',
  'x-ratelimit-remaining-requests': '3',
  'server-timing': 'a;dur=1',
};
const NOT_PASSED = {
  'access-control-allow-origin': '*',
  'access-control-allow-credentials': 'true',
  'set-cookie': 'session=1',
  server: 'llama.cpp',
  'x-powered-by': 'x',
  'strict-transport-security': 'max-age=1',
  'x-llmgw-cost-usd': '99',
  'content-security-policy': 'x',
  'alt-svc': 'h3=":443"',
};

describe('headers of an answer', () => {
  it.each(['whole', 'stream', 'error'])('pass on ids, limits and times, and nothing else (%s)', async (kind) => {
    const headers = { ...FROM_UPSTREAM, ...NOT_PASSED };
    upstream.answer = (response) => {
      if (kind === 'stream') response.writeHead(200, { ...headers, 'content-type': 'text/event-stream' }).end(STREAM);
      else json(response, kind === 'error' ? { error: 'no' } : COMPLETION, kind === 'error' ? 429 : 200, headers);
    };
    const answer = await chat('ollama/llama3', kind === 'stream' ? { stream: true } : {}, {
      origin: 'http://localhost:3000',
    });
    expect(answer.headers).toMatchObject(FROM_UPSTREAM);
    expect(answer.headers['access-control-allow-origin']).toBe('http://localhost:3000');
    for (const name of Object.keys(NOT_PASSED)) {
      expect(answer.headers[name] === NOT_PASSED[name as keyof typeof NOT_PASSED]).toBe(false);
    }
  });

  it('that no header may hold do no harm', async () => {
    upstream.answer = (response) => {
      response.socket?.write(
        Buffer.from(
          'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; x="€"\r\nX-Request-Id: €🙂\r\nX-Ratelimit-A: ok\r\nConnection: close\r\n\r\n',
        ),
      );
      response.socket?.end(STREAM);
    };
    const streamed = await chat('acme/m', { stream: true });
    expect([streamed.status, streamed.text, streamed.headers['x-ratelimit-a']]).toEqual([200, STREAM, 'ok']);
    upstream.answer = (response) => {
      response.socket?.end(
        Buffer.from(
          `HTTP/1.1 200 OK\r\nContent-Type: application/json; x="€"\r\nConnection: close\r\n\r\n${JSON.stringify(COMPLETION)}`,
        ),
      );
    };
    expect(await chat('acme/m')).toMatchObject({ status: 200, json: COMPLETION });
    expect(server.errors).toEqual([]);
  });

  it.each(['modèle 🙂', 'half \ud800 of a pair', 'line\nbreak', 'a%20b'])('hold any model name: %j', async (name) => {
    const answer = await chat(`acme/${name}`);
    expect(answer.status).toBe(200);
    expect(answer.headers['x-llmgw-model']).toMatch(/^acme\/[\x21-\x7e ]+$/);
    expect(server.errors).toEqual([]);
  });
});

describe('what is sent', () => {
  it('is the body of the client with another model, byte for byte', async () => {
    const body =
      '{ "seed" : 12345678901234567890, "model":"acme/m", "messages":[ {"content":"\\u00e9"} ], "top_k":null }';
    await ask(server.server.port, {
      method: 'POST',
      path: '/v1/chat/completions',
      headers: { authorization: `Bearer ${KEY}` },
      body,
    });
    expect(upstream.calls[0]?.body.toString()).toBe(body.replace('acme/m', 'm'));
  });

  it('carries the key of the provider, never that of the gateway', async () => {
    await chat('acme/m', {}, { 'x-api-key': KEY, cookie: 'a=b' });
    await chat('ollama/llama3');
    expect(upstream.calls.map(({ headers }) => headers.authorization)).toEqual(['Bearer key-of-acme', undefined]);
    expect(upstream.calls.map(({ rawHeaders }) => rawHeaders.join()).join()).not.toContain(KEY);
  });
});

describe('a bug of ours', () => {
  it('ends its exchange as a 500 and settles the row; the next one goes well', async () => {
    await server.close();
    let broken = true;
    const real = createUpstream(() => ({ connectMs: 1_000, firstByteMs: 5_000, idleMs: 5_000, totalMs: 5_000 }));
    const failing: GatewayOptions['upstream'] = {
      send: (call, sink) => {
        if (broken) throw new TypeError('a secret of ours');
        return real.send(call, sink);
      },
      close: () => real.close(),
    };
    await start({ upstream: failing });
    const answer = await chat('acme/m');
    expect(answer).toMatchObject({ status: 500, json: { error: { code: 'internal_error' } } });
    expect(answer.text).not.toContain('secret');
    expect(server.errors.join()).toContain('a secret of ours');
    broken = false;
    expect((await chat('acme/m')).status).toBe(200);
    await server.ledger.settled(2);
    expect(
      server.ledger.rows.map(({ settlements }) => settlements.map(({ outcome, errorCode }) => [outcome, errorCode])),
    ).toEqual([[['failed', 'internal_error']], [['answered', null]]]);
    await real.close();
  });

  it('that shows while an answer comes is not blamed on the upstream', async () => {
    await server.close();
    await start({
      prices: () => {
        throw new TypeError('no prices');
      },
    });
    for (const more of [{}, { stream: true }]) {
      upstream.answer = (response) => ('stream' in more ? eventStream(response, STREAM) : json(response, COMPLETION));
      await chat('acme/m', more).catch((error: unknown) => expect(String(error)).toMatch(/aborted|hang up/));
    }
    expect(server.errors.join()).toContain('no prices');
    expect((await server.ask({ path: '/health' })).status).toBe(200);
    expect(server.server.inFlight()).toBe(0);
  });

  it('in counting tokens costs the count, not the row', async () => {
    await server.close();
    await start({ estimateTokens: () => Promise.reject(new Error('the thread died')) });
    upstream.answer = (response) => json(response, { ...COMPLETION, usage: null });
    expect((await chat('acme/m')).status).toBe(200);
    await server.ledger.settled(1);
    expect(server.ledger.rows[0]?.settlements).toMatchObject([
      { outcome: 'answered', estimated: false, unpriced: true, usage: { inputTokens: null } },
    ]);
  });
});

describe('a gateway that is not ready', () => {
  it('holds requests until it is', async () => {
    await server.close();
    let getReady: () => void = () => undefined;
    await start({ ready: new Promise<void>((resolve) => (getReady = resolve)) });
    const answer = chat('acme/m');
    while (server.server.inFlight() === 0) await server.ask({ path: '/health' });
    expect(upstream.calls).toHaveLength(0);
    getReady();
    expect((await answer).status).toBe(200);
  });
});
