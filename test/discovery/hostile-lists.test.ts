import { describe, expect, it } from 'vitest';
import type { ServerKind } from '../../src/canonical/model.ts';
import { MAX_MODELS } from '../../src/discovery/usable.ts';
import { named } from './discover.ts';
import { follow, start } from './following.ts';
import type { Routes } from './serve.ts';

/** Ids of which one can be used, twice; `m\u202e` turns the direction of a line around. */
const IDS = ['', 'a\u0007b', 'm\u202e', 'x'.repeat(257), 'good', 'good'];
const LIST = { body: { object: 'list', data: IDS.filter((id) => id !== '').map((id) => ({ id, object: 'model' })) } };
const LOUD = `Q4\u001b[31m${'x'.repeat(5_000)}`;

describe('a hostile server', () => {
  it('that lists 40,000 other ids each round costs no seconds, and one short line in the log', async () => {
    let round = 0;
    const list = () => {
      round += 1;
      const data = Array.from({ length: 40_000 }, (_, index) => ({ id: `r${round}-${index}`, object: 'model' }));
      return { body: { object: 'list', data } };
    };
    const server = await start({ '/v1/models': list });
    const { discovery, logLines } = follow([server.port], { intervalMs: 60_000 });
    await discovery.firstRound;
    const before = process.cpuUsage();
    await discovery.scan();
    const { user } = process.cpuUsage(before);
    expect(discovery.servers()[0]?.models).toHaveLength(MAX_MODELS);
    expect(user / 1000).toBeLessThan(1_500);
    const line = logLines.find((one) => one.includes('changed its models')) ?? '';
    expect(line).toMatch(/ \+r\d+-9 and 9,990 more"/);
    expect(line.length).toBeLessThan(600);
  });

  it.each<[ServerKind, Routes]>([
    ['vllm', { '/v1/models': LIST }],
    ['llama.cpp', { '/v1/models': LIST }],
    ['lmstudio', { '/v1/models': LIST, '/api/v1/models': { body: { models: [] } } }],
    ['ollama', { '/api/tags': { body: { models: IDS.map((model) => ({ model })) } } }],
    ['foundry-local', { '/openai/models': { body: IDS }, '/openai/loadedmodels': { body: IDS } }],
    ['tgi', { '/info': { body: { model_id: 'good' } } }],
  ])('lists no id that cannot be one: %s', async (kind, routes) => {
    const server = await start(routes);
    const { discovery } = follow([], { servers: [named('box', server.origin, { kind })] });
    await discovery.firstRound;
    expect(discovery.servers()).toMatchObject([{ state: 'ready', models: [{ id: 'good' }] }]);
  });

  it('has its texts cut, and no control characters in them', async () => {
    const details = { parameter_size: LOUD, quantization_level: LOUD };
    const vllm = { body: { object: 'list', data: [{ id: 'm', object: 'model', owned_by: 'vllm' }] } };
    const one = await start({ '/v1/models': vllm, '/version': { body: { version: LOUD } } });
    const other = await start({ '/api/tags': { body: { models: [{ model: 'm', details }] } } });
    const { discovery } = follow([one.port], { servers: [named('box', other.origin, { kind: 'ollama' })] });
    await discovery.firstRound;
    const [box, found] = discovery.servers();
    const shown = [found?.version, box?.models[0]?.parameterSize, box?.models[0]?.quantization];
    expect(shown).toEqual(Array.from({ length: 3 }, () => `Q4[31m${'x'.repeat(93)}`));
  });
});
