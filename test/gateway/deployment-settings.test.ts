import { afterEach, describe, expect, it } from 'vitest';
import { NO_TIMEOUTS } from '../../src/canonical/deployment.ts';
import { exactRate } from '../../src/pricing/exact-rate.ts';
import { Secret } from '../../src/std/secret.ts';
import { configured, modelGroup } from '../helpers/model-groups.ts';
import { NO_RETRIES } from '../helpers/no-retries.ts';
import { startProvidersStage } from '../helpers/providers-stage.ts';
import type { ProvidersStage } from '../helpers/providers-stage.ts';
import { KEY } from '../helpers/test-server.ts';

let stage: ProvidersStage | null = null;
afterEach(async () => {
  await stage?.close();
  stage = null;
});

async function start(...deployments: readonly ReturnType<typeof configured>[]): Promise<ProvidersStage> {
  stage = await startProvidersStage(['acme', 'other'], {
    models: [modelGroup('chat', deployments)],
    routing: NO_RETRIES,
  });
  return stage;
}

describe('what the config makes of a request', () => {
  it('is sent, with headers that go before all others', async () => {
    const headers = new Map([
      ['x-team', new Secret('blue')],
      ['authorization', new Secret('Bearer of-the-config')],
    ]);
    const given = { params: { temperature: 0.2 }, drop: ['user'], body: { provider_field: 1 }, headers };
    const on = await start({ ...configured('acme/m'), ...given });
    expect((await on.chat({ model: 'chat', user: 'u' }, { 'x-team': 'red' })).status).toBe(200);
    const call = on.at('acme').calls[0];
    const body: unknown = JSON.parse(String(call?.body));
    expect(body).toMatchObject({ model: 'm', temperature: 0.2, provider_field: 1 });
    expect(body).not.toHaveProperty('user');
    expect(call?.headers).toMatchObject({ 'x-team': 'blue', authorization: 'Bearer of-the-config' });
  });

  it('is its price', async () => {
    const price = { input: exactRate(1, 6), output: exactRate(2, 6), cachedInput: null, cacheWrite: null };
    const on = await start({ ...configured('acme/m'), price });
    const answer = await on.chat({ model: 'chat' });
    expect(answer.headers['x-llmgw-cost-usd']).toBe('0.00002');
    await on.rows();
    expect(on.server.ledger.rows[0]?.settlements[0]).toMatchObject({ costPico: 20_000_000, priceVersion: 'config' });
  });
});

describe('an answer in the config', () => {
  const mocked = configured('acme/m', { mock: 'This is canned.' });

  it.each([
    ['/v1/chat/completions', false],
    ['/v1/chat/completions', true],
    ['/v1/messages', false],
    ['/v1/messages', true],
  ])('is given without asking anybody, for nothing (%s, streamed: %s)', async (path, stream) => {
    const on = await start(mocked);
    const body = { model: 'chat', max_tokens: 9, stream, messages: [{ role: 'user', content: 'hello' }] };
    const headers = { authorization: `Bearer ${KEY}` };
    const answer = await on.server.ask({ method: 'POST', path, headers, body: JSON.stringify(body) });
    expect(answer.status).toBe(200);
    for (const word of ['This', 'canned.']) expect(answer.text).toContain(word);
    expect(answer.headers['x-llmgw-model']).toBe('acme/m');
    expect(await on.rows()).toEqual([[1, 'acme/m', 'answered', null, true]]);
    expect(on.server.ledger.rows[0]?.settlements[0]).toMatchObject({ costPico: 0, unpriced: false });
    expect(on.calls()).toEqual({ acme: 0, other: 0 });
  });
});

describe('a deployment that is too slow for its own limits', () => {
  it.each([
    ['until a stream begins, whose head has come', { streamFirstByteMs: 60 }],
    ['between two pieces', { idleMs: 60 }],
    ['in all', { totalMs: 60 }],
  ])('is left for the next one: %s', async (_, limits) => {
    const timeouts = { ...NO_TIMEOUTS, ...limits };
    const on = await start(configured('acme/m', { order: 1, timeouts }), configured('other/m', { order: 2 }));
    on.at('acme').answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.flushHeaders();
    };
    const answer = await on.chat({ model: 'chat', stream: true });
    expect([answer.status, answer.headers['x-llmgw-model']]).toEqual([200, 'other/m']);
    expect((await on.rows())[0]).toMatchObject([1, 'acme/m', 'failed', expect.stringMatching(/timeout/), false]);
  });

  it('is cut off at the deadline of all attempts', async () => {
    stage = await startProvidersStage(['acme'], {
      models: [modelGroup('chat', [configured('acme/m')], { resilience: { deadlineMs: 150 } })],
    });
    stage.at('acme').answer = () => undefined;
    const begun = performance.now();
    const answer = await stage.chat({ model: 'chat' });
    expect(answer.status).toBe(504);
    expect(performance.now() - begun).toBeLessThan(5_000);
    expect(await stage.rows()).toEqual([[1, 'acme/m', 'failed', 'upstream_first_byte_timeout', true]]);
  });
});
