import { describe, expect, it } from 'vitest';
import { named } from './discover.ts';
import { follow, listOf, start, VLLM } from './following.ts';
import type { Reply } from './serve.ts';

const REFUSAL = { error: { message: 'No key.', type: 'authentication_error', param: null, code: 'invalid_api_key' } };
const asLlmgw = (reply: Reply): Reply => ({ ...reply, headers: { ...reply.headers, 'x-llmgw-version': '1.0.0' } });

describe('another llmgw', () => {
  it.each([
    ['lists', asLlmgw(listOf('m'))],
    ['refuses', asLlmgw({ status: 401, body: REFUSAL })],
  ])('that %s is left alone on a port that is looked at, after one question', async (_, fallback) => {
    const other = await start({}, { fallback });
    const { discovery } = follow([other.port], { intervalMs: 60_000 });
    await discovery.firstRound;
    expect(discovery.servers()).toEqual([]);
    expect(other.requests).toEqual(['GET /v1/models']);
  });

  it('is left alone in the place of a server that listed the same', async () => {
    const server = await start(VLLM);
    const { until } = follow([server.port]);
    await until((servers) => servers.length === 1);
    server.routes = { '/v1/models': asLlmgw(listOf('tiny')) };
    expect(await until((servers) => servers.length === 0)).toEqual([]);
  });

  it('is a gateway where the config names it: cloud unless that says local', async () => {
    const other = await start({ '/v1/models': asLlmgw(listOf('m')) });
    const closed = await start({}, { fallback: asLlmgw({ status: 401, body: REFUSAL }) });
    const { discovery } = follow([], {
      servers: [
        named('far', other.origin),
        named('near', other.origin, { local: true }),
        named('closed', closed.origin),
      ],
    });
    await discovery.firstRound;
    expect(discovery.servers()).toMatchObject([
      { kind: 'openai-compatible', state: 'ready', locality: 'cloud', models: [{ id: 'm', locality: 'cloud' }] },
      { kind: 'openai-compatible', state: 'ready', locality: 'local', models: [{ id: 'm', locality: 'local' }] },
      { kind: 'openai-compatible', state: 'locked', locality: 'cloud', models: [] },
    ]);
  });
});
