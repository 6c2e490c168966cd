import { EventEmitter, once } from 'node:events';
import http from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TokenCounts } from '../../src/gateway/dependencies.ts';
import { cloudEndpoint, routedProvider } from '../helpers/routes.ts';
import { KEY, startTestServer } from '../helpers/test-server.ts';
import type { TestServer } from '../helpers/test-server.ts';
import { json, startUpstreamServer } from '../helpers/upstream-server.ts';
import type { UpstreamServer } from '../helpers/upstream-server.ts';

// Gemini does not tell the tokens of embeddings, which clients of OpenAI's take for granted: they are counted here.

let upstream: UpstreamServer;
let server: TestServer;
let counts: number;
let counted: (counts: TokenCounts) => void;
const told = new EventEmitter();

beforeEach(async () => {
  counts = 0;
  upstream = await startUpstreamServer((response) => json(response, { embeddings: [{ values: [0.1, 0.2] }] }));
  const endpoint = cloudEndpoint('gemini', {
    dialect: 'gemini',
    apiBase: `${upstream.origin}/v1beta`,
    priceProvider: 'acme',
  });
  const estimateTokens = (): Promise<TokenCounts> => {
    counts++;
    return new Promise((resolve) => {
      counted = resolve;
      told.emit('counting');
    });
  };
  server = await startTestServer({}, { providers: [routedProvider(endpoint, [])] }, { estimateTokens });
});
afterEach(async () => {
  await server.gateway.idle();
  await server.close();
  await upstream.close();
});

const TEXT = 'hello '.repeat(500);
const question = {
  method: 'POST',
  path: '/v1/embeddings',
  headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
  body: JSON.stringify({ model: 'gemini/gemini-embedding-001', input: TEXT }),
};

async function ends(): Promise<readonly object[]> {
  await server.gateway.idle();
  await server.ledger.flush();
  return server.ledger.rows.flatMap(({ settlements }) =>
    settlements.map(({ outcome, usage, costPico, unpriced, estimated, final }) => {
      return { outcome, tokens: usage.inputTokens, costPico, unpriced, estimated, final };
    }),
  );
}

const BOOKED = { tokens: 1_000, costPico: 2_000, unpriced: false, estimated: true, final: true };

describe('an answer whose tokens are counted here', () => {
  it('has them where they are known soon', async () => {
    const counting = once(told, 'counting');
    const answering = server.ask(question);
    await counting;
    counted({ inputTokens: 1_000, outputTokens: 0 });
    expect((await answering).json).toMatchObject({ usage: { prompt_tokens: 1_000 } });
    expect(await ends()).toEqual([{ outcome: 'answered', ...BOOKED }]);
    expect(counts).toBe(1);
  });

  it('has a guess where the count takes long, and its row what was counted', async () => {
    const answer = await server.ask(question);
    expect(answer.status).toBe(200);
    const { usage } = answer.json as { usage: { prompt_tokens: number } };
    expect(usage.prompt_tokens).toBeGreaterThan(TEXT.length / 6);
    expect(usage.prompt_tokens).toBeLessThan(TEXT.length);
    expect(server.ledger.rows.flatMap(({ settlements }) => settlements)).toEqual([]);
    counted({ inputTokens: 1_000, outputTokens: 0 });
    expect(await ends()).toEqual([{ outcome: 'answered', ...BOOKED }]);
    expect(counts).toBe(1);
  });

  it('is booked with them when its client leaves while they are counted', async () => {
    const { method, path, headers, body } = question;
    const request = http.request({ host: '127.0.0.1', port: server.server.port, method, path, headers });
    request.on('error', () => undefined);
    const counting = once(told, 'counting');
    request.end(body);
    await counting;
    request.destroy();
    await expect.poll(() => server.gateway.exchanges()[0]?.attempts[0]?.outcome).toBe('client_left');
    counted({ inputTokens: 1_000, outputTokens: 0 });
    expect(await ends()).toEqual([{ outcome: 'client_left', ...BOOKED }]);
    expect(counts).toBe(1);
  });
});
