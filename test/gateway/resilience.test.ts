import { afterEach, describe, expect, it } from 'vitest';
import { NO_TIMEOUTS } from '../../src/canonical/deployment.ts';
import { HealthBook } from '../../src/routing/health-book.ts';
import { COMPLETION, errorOf } from '../helpers/exchange-stage.ts';
import { configured, modelGroup } from '../helpers/model-groups.ts';
import { NO_RETRIES } from '../helpers/no-retries.ts';
import { failing, startProvidersStage } from '../helpers/providers-stage.ts';
import type { ProvidersStage } from '../helpers/providers-stage.ts';
import { json } from '../helpers/upstream-server.ts';
import type { Answerer } from '../helpers/upstream-server.ts';

let stage: ProvidersStage | null = null;
afterEach(async () => {
  await stage?.close();
  stage = null;
});

/** Fails so many times, then answers. */
const after = (count: number, fails: Answerer): Answerer => {
  let left = count;
  return (response, call, index) => {
    if (left-- > 0) fails(response, call, index);
    else json(response, COMPLETION);
  };
};

const two = modelGroup('chat', [configured('a/m', { order: 1 }), configured('b/m', { order: 2 })]);
const modelOf = (answer: { headers: Readonly<Record<string, unknown>> }): unknown => answer.headers['x-llmgw-model'];

describe('retries', () => {
  it('send to the only deployment again, with a row for each', async () => {
    stage = await startProvidersStage(['a'], {});
    stage.at('a').answer = after(1, failing(503));
    const answer = await stage.chat({ model: 'a/m' });
    expect(answer.status).toBe(200);
    expect(await stage.rows()).toEqual([
      [1, 'a/m', 'failed', 'upstream_error', false],
      [2, 'a/m', 'answered', null, true],
    ]);
  });

  it('wait as long as the upstream asks for', async () => {
    stage = await startProvidersStage(['a'], {});
    stage.at('a').answer = after(1, failing(429, { 'retry-after': '1' }));
    const begun = performance.now();
    expect((await stage.chat({ model: 'a/m' })).status).toBe(200);
    expect(performance.now() - begun).toBeGreaterThanOrEqual(990);
  });

  it.each([
    ['a bad request', failing(400)],
    ['a content filter', failing(400, {}, { message: 'no', code: 'content_filter' })],
    ['a wrong key', failing(401)],
    ['no such model', failing(404)],
  ])('are not for %s', async (_what, fails) => {
    stage = await startProvidersStage(['a'], {});
    stage.at('a').answer = fails;
    expect((await stage.chat({ model: 'a/m' })).status).toBeGreaterThanOrEqual(400);
    expect(stage.calls()).toEqual({ a: 1 });
  });

  it('are as many as the request says', async () => {
    stage = await startProvidersStage(['a'], { routing: NO_RETRIES });
    stage.at('a').answer = after(1, failing(503));
    expect((await stage.chat({ model: 'a/m', num_retries: 1 })).status).toBe(200);
    stage.at('a').answer = after(1, failing(503));
    expect((await stage.chat({ model: 'a/m' }, { 'x-litellm-num-retries': '1' })).status).toBe(200);
    stage.at('a').answer = failing(503);
    expect((await stage.chat({ model: 'a/m' })).status).toBe(503);
    expect(stage.calls()).toEqual({ a: 5 });
  });
});

describe('another deployment of the group', () => {
  it('is asked at once', async () => {
    stage = await startProvidersStage(['a', 'b'], { models: [two] });
    stage.at('a').answer = failing(503);
    const begun = performance.now();
    const answer = await stage.chat({ model: 'chat' });
    expect([answer.status, modelOf(answer)]).toEqual([200, 'b/m']);
    // Sooner than the shortest wait.
    expect(performance.now() - begun).toBeLessThan(450);
    expect(await stage.rows()).toEqual([
      [1, 'a/m', 'failed', 'upstream_error', false],
      [2, 'b/m', 'answered', null, true],
    ]);
  });

  it('is asked when the first is too slow by its own limit', async () => {
    const slow = configured('a/m', { order: 1, timeouts: { ...NO_TIMEOUTS, totalMs: 100 } });
    stage = await startProvidersStage(['a', 'b'], {
      models: [modelGroup('chat', [slow, configured('b/m', { order: 2 })])],
    });
    stage.at('a').answer = () => undefined;
    expect(modelOf(await stage.chat({ model: 'chat' }))).toBe('b/m');
  });

  it('is asked when the first is slower than the request allows', async () => {
    stage = await startProvidersStage(['a', 'b'], { models: [two] });
    stage.at('a').answer = () => undefined;
    expect(modelOf(await stage.chat({ model: 'chat', timeout: 0.2 }))).toBe('b/m');
  });

  it('is told with all attempts where none answers, and the most telling status', async () => {
    stage = await startProvidersStage(['a', 'b'], { models: [two], routing: NO_RETRIES });
    stage.at('a').answer = failing(503);
    stage.at('b').answer = failing(429, { 'retry-after': '7' });
    const answer = await stage.chat({ model: 'chat' });
    expect([answer.status, answer.headers['retry-after']]).toEqual([429, '7']);
    expect(errorOf(answer).message).toBe(
      'All 2 attempts failed: a/m: answered 503: not now; b/m: answered 429: not now.',
    );
  });
});

describe('a cooldown', () => {
  it('keeps a deployment from being asked, and ends with a trial that is answered', async () => {
    let now = Date.now();
    const health = new HealthBook();
    stage = await startProvidersStage(['a', 'b'], { models: [two] }, { health, now: () => now });
    stage.at('a').answer = failing(429, { 'retry-after': '3600' });
    expect(modelOf(await stage.chat({ model: 'chat' }))).toBe('b/m');
    stage.at('a').answer = (response) => json(response, COMPLETION);
    expect(modelOf(await stage.chat({ model: 'chat' }))).toBe('b/m');
    expect(stage.calls()).toEqual({ a: 1, b: 2 });
    now += 3_600_000;
    expect(modelOf(await stage.chat({ model: 'chat' }))).toBe('a/m');
    expect(health.stateOf('a/m').cooledUntilMs).toBeNull();
    await stage.server.gateway.idle();
    expect([...health.states().values()].map(({ inFlight }) => inFlight)).toEqual([0, 0]);
  });
});

describe('fallbacks', () => {
  const fallbacks = { general: ['general'], contextWindow: ['long'], contentPolicy: ['lenient'] };
  const names = ['a', 'b', 'c', 'd'];
  const models = [
    modelGroup('chat', [configured('a/m')], { resilience: { fallbacks } }),
    modelGroup('general', [configured('b/m')]),
    modelGroup('long', [configured('c/m')]),
    modelGroup('lenient', [configured('d/m')]),
  ];
  const routes = { models, routing: NO_RETRIES };

  it.each([
    ['what fails', failing(503), 'b/m'],
    ['a prompt that is too long', failing(400, {}, { message: 'too long', code: 'context_length_exceeded' }), 'c/m'],
    ['refused content', failing(400, {}, { message: 'no', code: 'content_filter' }), 'd/m'],
  ])('of %s', async (_what, fails, model) => {
    stage = await startProvidersStage(names, routes);
    stage.at('a').answer = fails;
    const answer = await stage.chat({ model: 'chat' });
    expect([answer.status, modelOf(answer)]).toEqual([200, model]);
  });

  it('are none where the request says so', async () => {
    stage = await startProvidersStage(names, routes);
    stage.at('a').answer = failing(503);
    expect((await stage.chat({ model: 'chat', disable_fallbacks: true })).status).toBe(503);
    expect(stage.calls()).toEqual({ a: 1, b: 0, c: 0, d: 0 });
    expect(JSON.parse(String(stage.at('a').calls[0]?.body))).not.toHaveProperty('disable_fallbacks');
  });

  it('are those of the request, with messages and parameters of their own', async () => {
    stage = await startProvidersStage(names, routes);
    stage.at('a').answer = failing(503);
    const messages = [{ role: 'user', content: 'shorter' }];
    const answer = await stage.chat({
      model: 'chat',
      seed: 1,
      fallbacks: [{ model: 'c/m', messages, seed: 2 }, 'd/m'],
    });
    expect(modelOf(answer)).toBe('c/m');
    expect(JSON.parse(String(stage.at('c').calls[0]?.body))).toEqual({ model: 'm', messages, seed: 2 });
    expect(JSON.parse(String(stage.at('a').calls[0]?.body))).not.toHaveProperty('fallbacks');
    expect(await stage.rows()).toEqual([
      [1, 'a/m', 'failed', 'upstream_error', false],
      [2, 'c/m', 'answered', null, true],
    ]);
  });
});

describe('tags', () => {
  const models = [
    modelGroup('chat', [configured('a/m', { order: 1 }), configured('b/m', { order: 2, tags: ['pii'] })]),
  ];

  it.each([
    ['the body', { tags: ['pii'] }, {}],
    ['the metadata', { metadata: { tags: ['pii'], team: 'a' } }, {}],
    ['LiteLLM’s header', {}, { 'x-litellm-tags': 'pii' }],
    ['our header', {}, { 'x-llmgw-tags': 'pii' }],
  ])('of %s choose who may answer, and are not sent on', async (_where, body, headers) => {
    stage = await startProvidersStage(['a', 'b'], { models });
    expect(modelOf(await stage.chat({ model: 'chat', ...body }, headers))).toBe('b/m');
    const sent = JSON.parse(String(stage.at('b').calls[0]?.body)) as Record<string, unknown>;
    expect(sent).not.toHaveProperty('tags');
    expect(sent['metadata']).toEqual('metadata' in body ? { team: 'a' } : undefined);
  });

  it('that nobody has are refused, and nothing is sent', async () => {
    stage = await startProvidersStage(['a', 'b'], { models });
    const answer = await stage.chat({ model: 'chat', tags: ['secret'] });
    expect([answer.status, errorOf(answer).code]).toEqual([403, 'no_deployment_allowed']);
    expect(stage.calls()).toEqual({ a: 0, b: 0 });
    expect(await stage.rows()).toEqual([[0, null, 'refused', 'no_deployment_allowed', true]]);
  });

  it('that cannot be read are refused', async () => {
    stage = await startProvidersStage(['a', 'b'], { models });
    const answer = await stage.chat({ model: 'chat', tags: { pii: true } });
    expect([answer.status, errorOf(answer).code]).toEqual([400, 'invalid_body']);
  });
});
