import { afterEach, describe, expect, it } from 'vitest';
import { Stickiness } from '../../src/routing/stickiness.ts';
import { configured, modelGroup } from '../helpers/model-groups.ts';
import { failing, startProvidersStage } from '../helpers/providers-stage.ts';
import type { ProvidersStage } from '../helpers/providers-stage.ts';
import { cloudEndpoint, routedProvider } from '../helpers/routes.ts';
import { KEY, startTestServer } from '../helpers/test-server.ts';
import type { Answer, TestServer } from '../helpers/test-server.ts';
import { json, startUpstreamServer } from '../helpers/upstream-server.ts';

let stage: ProvidersStage | null = null;
afterEach(async () => {
  await stage?.close();
  stage = null;
});

const modelOf = ({ headers }: Answer): unknown => headers['x-llmgw-model'];
const said = (...texts: readonly string[]): object[] =>
  texts.map((content, index) => ({ role: index % 2 === 0 ? 'user' : 'assistant', content }));

describe('a conversation', () => {
  const models = [modelGroup('chat', [configured('a/m'), configured('b/m')], { strategy: 'round-robin' })];

  it('stays at the deployment that has it, whatever is said next', async () => {
    stage = await startProvidersStage(['a', 'b'], { models });
    const first = modelOf(await stage.chat({ model: 'chat', messages: said('one') }));
    const next = modelOf(await stage.chat({ model: 'chat', messages: said('one', 'yes', 'two') }));
    const last = modelOf(await stage.chat({ model: 'chat', messages: said('one', 'yes', 'two', 'no', 'three') }));
    expect([next, last]).toEqual([first, first]);
  });

  it('of other words takes the turn of its own', async () => {
    stage = await startProvidersStage(['a', 'b'], { models });
    const first = modelOf(await stage.chat({ model: 'chat', messages: said('one') }));
    expect(modelOf(await stage.chat({ model: 'chat', messages: said('other') }))).not.toBe(first);
  });

  it('begins with an answer: the same first words take turns', async () => {
    stage = await startProvidersStage(['a', 'b'], { models });
    const first = modelOf(await stage.chat({ model: 'chat', messages: said('one') }));
    expect(modelOf(await stage.chat({ model: 'chat', messages: said('one') }))).not.toBe(first);
  });

  it('of other instructions is another one', async () => {
    stage = await startProvidersStage(['a', 'b'], { models });
    const system = (content: string): object => ({ role: 'system', content });
    const first = modelOf(await stage.chat({ model: 'chat', messages: [system('A'), ...said('one')] }));
    expect(modelOf(await stage.chat({ model: 'chat', messages: [system('B'), ...said('one')] }))).not.toBe(first);
  });

  it('goes on elsewhere when its deployment fails, and stays there', async () => {
    stage = await startProvidersStage(['a', 'b'], { models });
    expect(modelOf(await stage.chat({ model: 'chat', messages: said('one') }))).toBe('a/m');
    stage.at('a').answer = failing(429, { 'retry-after': '60' });
    expect(modelOf(await stage.chat({ model: 'chat', messages: said('one', 'yes', 'two') }))).toBe('b/m');
    expect(modelOf(await stage.chat({ model: 'chat', messages: said('one', 'yes', 'three') }))).toBe('b/m');
  });

  it('that is not to stay takes turns', async () => {
    const restless = models.map((group) => ({ ...group, sticky: false }));
    stage = await startProvidersStage(['a', 'b'], { models: restless });
    const first = modelOf(await stage.chat({ model: 'chat', messages: said('one') }));
    expect(modelOf(await stage.chat({ model: 'chat', messages: said('one') }))).not.toBe(first);
  });
});

describe('what only its maker can go on with', () => {
  const ask = (server: TestServer, body: object): Promise<Answer> =>
    server.ask({
      method: 'POST',
      path: '/v1/responses',
      headers: { authorization: `Bearer ${KEY}` },
      body: JSON.stringify({ model: 'chat', ...body }),
    });

  it.each([
    ['a stored response', { input: 'more', previous_response_id: 'resp_of_b' }],
    [
      'encrypted thoughts',
      { input: [...said('one'), { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAAA' }] },
    ],
  ])('is asked there, above any order: %s', async (_what, next) => {
    const upstreams = await Promise.all(
      ['a', 'b'].map((name) =>
        startUpstreamServer((response) =>
          json(response, { id: `resp_of_${name}`, object: 'response', status: 'completed', model: 'm', output: [] }),
        ),
      ),
    );
    const [first, second] = upstreams;
    if (first === undefined || second === undefined) throw new Error('no upstreams');
    const at = (name: string, origin: string) =>
      routedProvider(cloudEndpoint(name, { dialect: 'openai-responses', apiBase: `${origin}/v1` }), []);
    const models = [modelGroup('chat', [configured('a/m', { order: 1 }), configured('b/m', { order: 2 })])];
    const providers = [at('a', first.origin), at('b', second.origin)];
    const server = await startTestServer({}, { providers, models }, { stickiness: new Stickiness() });
    const answer = first.answer;
    // A server error does not cool it down: it comes first again.
    first.answer = failing(500);
    expect(modelOf(await ask(server, { input: said('one') }))).toBe('b/m');
    first.answer = answer;
    expect(modelOf(await ask(server, { input: said('another') }))).toBe('a/m');
    expect(modelOf(await ask(server, next))).toBe('b/m');
    await server.close();
    await Promise.all(upstreams.map((upstream) => upstream.close()));
  });
});
