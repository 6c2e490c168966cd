import { describe, expect, it } from 'vitest';
import { ENDPOINT_WORDS } from '../../src/canonical/endpoint-words.ts';
import { GatewayError } from '../../src/canonical/errors.ts';
import { plainDeployment, plainGroup } from '../../src/canonical/model-group.ts';
import { describeModels } from '../../src/daemon/model-names.ts';
import { describeRoute } from '../../src/daemon/describe-route.ts';
import type { RouteToDescribe } from '../../src/daemon/describe-route.ts';
import type { RouteDocument } from '../../src/daemon/status.ts';
import { canAnswerAny, chooseTryModel, hasLocalChatModel } from '../../src/daemon/try-model.ts';
import { compilePriceBook } from '../../src/pricing/compile-price-book.ts';
import { HealthBook } from '../../src/routing/health-book.ts';
import type { RouteTable } from '../../src/routing/route-table.ts';
import { ASKING_FACES } from '../../src/server/face-of.ts';
import { knownModel, knownModels } from '../../src/server/known-models.ts';
import { listedModel, listModels } from '../../src/server/model-list.ts';
import { cloudEndpoint, modelServer, routedProvider, routeTable, servedModel } from '../helpers/routes.ts';
import type { TableParts } from '../helpers/routes.ts';

const prices = compilePriceBook();
const NOW = Date.UTC(2026, 5, 1);

const box = modelServer('box', [
  servedModel('qwen3:8b', { capabilities: ['chat', 'completion', 'tools'], loaded: true, contextLength: 40_960 }),
  servedModel('nomic-embed-text', { capabilities: ['embedding'] }),
  servedModel('big:cloud', { locality: 'cloud', capabilities: ['chat'], contextLength: 7 }),
]);
const input: TableParts = {
  servers: [box],
  providers: [
    routedProvider(cloudEndpoint('openai'), ['gpt-4o', 'gpt-4o-mini']),
    routedProvider(cloudEndpoint('groq'), ['gpt-4o']),
  ],
  models: [
    { name: 'smart', targets: ['openai/gpt-4o', 'box/qwen3:8b'] },
    { name: 'paid', targets: ['openai/gpt-4o'] },
    { name: 'broken', targets: ['gone/x', 'gone/y'] },
    { name: 'gpt-5*', targets: ['openai/gpt-5*'] },
  ],
  demo: true,
  makerOf: (model) => (/^(gpt|text)-/.test(model) ? 'openai' : null),
};
const dev = (more: TableParts = {}): RouteTable =>
  routeTable({ ...input, profile: 'dev', allow: 'local', standIn: { kind: 'auto' }, ...more });
const prod = (): RouteTable => routeTable({ ...input, profile: 'prod' });

const describeIn = (table: RouteTable, model: string, query: Record<string, unknown> = {}): RouteDocument =>
  describeRoute({ table, model, query, prices, refusalOf: () => null, health: new HealthBook(), now: NOW });

describe('describeRoute', () => {
  it('in dev: the stand-in, and what was passed over, with their prices', () => {
    expect(describeIn(dev(), 'gpt-4o', { tools: 'true' })).toEqual({
      v: 1,
      model: 'gpt-4o',
      profile: 'dev',
      endpoint: 'chat/completions',
      route:
        'dev: gpt-4o -> box/qwen3:8b (stand-in: loaded, tools); passed over openai/gpt-4o (profile allows local only)',
      stands_in_for: 'gpt-4o',
      next: { target: 'box/qwen3:8b', fallback: null },
      candidates: [
        {
          target: 'box/qwen3:8b',
          locality: 'local',
          position: 1,
          reason: 'stand-in: loaded, tools',
          wire: { dialect: 'openai-chat', passes: true },
          doubt: null,
          price: { input_usd: '0', output_usd: '0' },
        },
        {
          target: 'openai/gpt-4o',
          locality: 'cloud',
          position: null,
          reason: 'profile allows local only',
          wire: null,
          doubt: null,
          // OpenAI's published price of gpt-4o.
          price: { input_usd: '2.5', output_usd: '10' },
        },
        {
          target: 'groq/gpt-4o',
          locality: 'cloud',
          position: null,
          reason: 'profile allows local only',
          wire: null,
          doubt: null,
          price: null,
        },
      ],
      group: {
        name: 'gpt-4o',
        strategy: 'in-order',
        rule: null,
        deployments: [
          {
            id: 'box/qwen3:8b',
            target: 'box/qwen3:8b',
            order: 1,
            weight: null,
            tags: [],
            region: null,
            state: 'open',
            in_flight: 0,
            is_next: true,
            left_out: null,
          },
        ],
        fallbacks: { general: [], context_window: null, content_policy: null },
      },
      error: null,
    });
  });

  it('in prod: the maker before resellers', () => {
    const { candidates, stands_in_for: standsInFor } = describeIn(prod(), 'gpt-4o');
    expect(standsInFor).toBeNull();
    expect(candidates.map(({ target, position, reason }) => [target, position, reason])).toEqual([
      ['openai/gpt-4o', 1, 'provider openai has gpt-4o'],
      ['groq/gpt-4o', null, 'the maker comes before those who resell it'],
    ]);
    expect(describeIn(prod(), 'smart').candidates.map(({ position }) => position)).toEqual([1, 2]);
  });

  it('of what is refused: the error, and why each was passed over', () => {
    const document = describeIn(dev(), 'text-embedding-3-small', { endpoint: 'embeddings' });
    expect(document).toMatchObject({ endpoint: 'embeddings', error: { code: 'model_not_found', status: 404 } });
    expect(document.route).toMatch(/^dev: text-embedding-3-small -> nothing/);
    expect(document.candidates).toMatchObject([{ target: 'openai/text-embedding-3-small', position: null }]);
    expect(document.candidates[0]?.price?.input_usd).toBe('0.02');
  });

  it.each(['sing', 'countTokens', 'messages/count_tokens', '__proto__', ['images']])(
    'refuses %j, where no model is asked for anything',
    (endpoint) => {
      expect(() => describeIn(prod(), 'gpt-4o', { endpoint })).toThrow(/Known: chat, completions, responses, .*rerank/);
    },
  );

  it.each([
    ['images', 'images/generations'],
    ['/v1/images/generations', 'images/generations'],
    ['v1/messages', 'messages'],
    ['api/chat', 'api/chat'],
    ['gemini', 'generateContent'],
    ['', 'chat/completions'],
  ])('takes %j for %s', (endpoint, name) => {
    expect(describeIn(prod(), 'gpt-4o', { endpoint }).endpoint).toBe(name);
  });

  it('has a word for every endpoint, and an endpoint for every word', () => {
    const named = Object.values(ENDPOINT_WORDS);
    const older = ['batchEmbedContents', 'api/embeddings'];
    expect(ASKING_FACES.map(({ name }) => name).sort()).toEqual([...named, ...older].sort());
  });

  it('has prices of the demo, and none of what a local server relays', () => {
    expect(describeIn(prod(), 'demo/echo').candidates[0]?.price).toEqual({ input_usd: '1', output_usd: '2' });
    expect(describeIn(prod(), 'big:cloud').candidates[0]?.price).toBeNull();
  });
});

describe('describeRoute of other endpoints and formats', () => {
  const claude = cloudEndpoint('anthropic', { dialect: 'anthropic-messages' });
  const openai = cloudEndpoint('openai', {
    alsoSpeaks: [{ dialect: 'openai-responses', apiBase: 'http://127.0.0.1:9/v1' }],
  });
  const facts = { 'tts-1': { capabilities: ['speech' as const] } };
  const table = routeTable({
    profile: 'prod',
    servers: [box],
    providers: [
      routedProvider(claude, ['claude-sonnet-4-5']),
      routedProvider(openai, ['gpt-4o', 'tts-1'], true, facts),
    ],
    models: [{ name: 'either', targets: ['anthropic/claude-sonnet-4-5', 'openai/gpt-4o'] }],
    demo: true,
  });
  const asked = (model: string, endpoint: string) => describeIn(table, model, { endpoint });

  it.each([
    ['openai/gpt-4o', 'chat', 'openai-chat', true],
    ['openai/gpt-4o', 'responses', 'openai-responses', true],
    ['openai/gpt-4o', 'messages', 'openai-chat', false],
    ['openai/gpt-4o', 'ollama-chat', 'openai-chat', false],
    ['anthropic/claude-sonnet-4-5', 'messages', 'anthropic-messages', true],
    ['anthropic/claude-sonnet-4-5', 'gemini', 'anthropic-messages', false],
    ['openai/gpt-4o', 'gemini-embed', 'openai-chat', false],
    ['demo/echo', 'chat', 'openai-chat', true],
    ['demo/echo', 'messages', 'openai-chat', false],
  ])('%s at %s: in %s, passed %s', (model, endpoint, dialect, passes) => {
    expect(asked(model, endpoint).candidates[0]).toMatchObject({ position: 1, wire: { dialect, passes } });
  });

  it.each([
    ['anthropic/claude-sonnet-4-5', 'embeddings', 400],
    ['anthropic/claude-sonnet-4-5', 'images', 400],
    ['anthropic/claude-sonnet-4-5', 'compact', 404],
    ['demo/echo', 'speech', 400],
  ])('what the gateway refuses: %s at %s', (model, endpoint, status) => {
    const { error, candidates } = asked(model, endpoint);
    expect(error).toMatchObject({ code: 'endpoint_not_supported', status });
    expect(candidates).toMatchObject([{ position: null, wire: null }]);
  });

  it('goes on to the next target where one cannot be asked this', () => {
    const { error, candidates } = asked('either', 'embeddings');
    expect(error).toBeNull();
    expect(candidates.map(({ target, position }) => [target, position])).toEqual([
      ['openai/gpt-4o', 1],
      ['anthropic/claude-sonnet-4-5', null],
    ]);
    expect(candidates[1]?.reason).toMatch(/^endpoint_not_supported: /);
  });

  it('doubts what the model is not for', () => {
    expect(asked('openai/tts-1', 'chat').candidates[0]?.doubt).toBe('openai/tts-1 is for speech');
    expect(asked('openai/tts-1', 'speech').candidates[0]?.doubt).toBeNull();
    expect(asked('nomic-embed-text', 'messages').candidates[0]?.doubt).toBe('box/nomic-embed-text is for embedding');
    expect(asked('nomic-embed-text', 'ollama-embed').candidates[0]?.doubt).toBeNull();
    expect(asked('openai/gpt-4o', 'chat').candidates[0]?.doubt).toBeNull();
    expect(asked('openai/gpt-4o', 'images').candidates[0]?.doubt).toMatch(/^nobody says/);
  });

  it('takes a name as the gateway does for clients of Ollama', () => {
    expect(asked('openai/gpt-4o:latest', 'ollama-chat').candidates[0]?.target).toBe('openai/gpt-4o');
  });

  it('has the price of what is free', () => {
    expect(asked('openai/omni-moderation-latest', 'moderations').candidates[0]?.price).toEqual({
      input_usd: '0',
      output_usd: '0',
    });
  });
});

describe('describeRoute says what a request would do now', () => {
  const rate = (pico: bigint) => ({ numerator: pico, denominator: 1n, whole: Number(pico) });
  const priced = (target: string, dollars: bigint, order: number) => {
    const token = rate(dollars * 1_000_000n);
    return {
      ...plainDeployment(target, order),
      price: { input: token, output: token, cachedInput: null, cacheWrite: null },
    };
  };
  const smart = plainGroup('smart', []);
  const deployments = [priced('one/m', 9n, 1), priced('two/m', 1n, 1)];
  const paid = plainGroup('paid', ['one/m']);
  const fallbacks = { ...paid.resilience.fallbacks, general: ['spare'] };
  const table = routeTable({
    servers: [modelServer('one', ['m']), modelServer('two', ['m'])],
    models: [
      { ...smart, strategy: 'cost', deployments },
      { ...paid, deployments: [priced('one/m', 9n, 1)], resilience: { ...paid.resilience, fallbacks } },
      { name: 'spare', targets: ['two/m'] },
    ],
  });
  const health = () => new HealthBook();
  const parts = { table, query: {}, prices, refusalOf: () => null, now: NOW };

  it('goes by the strategy and the price of each deployment', () => {
    const told = describeRoute({ ...parts, model: 'smart', health: health() });
    expect(told.next).toEqual({ target: 'two/m', fallback: null });
    expect(told.route).toBe('default: smart by cost (models: smart)');
    expect(told.candidates.map(({ target, price }) => [target, price?.input_usd])).toEqual([
      ['one/m', '9'],
      ['two/m', '1'],
    ]);
  });

  it('comes to the fallback where the server is down', () => {
    const book = health();
    book.probed('one/m', false);
    const told = describeRoute({ ...parts, model: 'paid', health: book });
    expect(told).toMatchObject({ error: null, next: { target: 'two/m', fallback: 'spare' } });
    expect(told.candidates).toMatchObject([
      { target: 'two/m', position: 1, reason: 'fallback spare' },
      { target: 'one/m', position: null },
    ]);
  });

  it('comes to the fallback where the limits refuse the price that the deployment has', () => {
    const refusalOf: RouteToDescribe['refusalOf'] = (_, billing) =>
      (billing?.price ?? null) === null ? null : new GatewayError('budget_exceeded', 'That is too dear.');
    const told = describeRoute({ ...parts, model: 'paid', health: health(), refusalOf });
    expect(told).toMatchObject({ error: null, next: { target: 'two/m', fallback: 'spare' } });
    expect(told.group?.deployments).toMatchObject([{ id: 'one/m', is_next: false }]);
    expect(told.candidates[1]).toMatchObject({ target: 'one/m', reason: 'budget_exceeded: That is too dear.' });
  });
});

describe('names that are listed', () => {
  const listed = (table: RouteTable) => listModels(knownModels(table)).data.map(({ id }) => id);
  const described = (table: RouteTable) =>
    Object.fromEntries(describeModels(table).models.map(({ name, targets }) => [name, targets]));

  it('in prod: everything that can be reached', () => {
    expect(listed(prod()).sort()).toEqual(
      ['smart', 'paid', 'qwen3:8b', 'nomic-embed-text', 'big:cloud', 'demo/echo', 'openai/gpt-4o']
        .concat(['openai/gpt-4o-mini', 'groq/gpt-4o'])
        .sort(),
    );
    expect(described(prod())['broken']).toEqual(['gone/x', 'gone/y']);
  });

  it('in dev: nothing beyond the wall, and no name that another model answers for', () => {
    expect(listed(dev()).sort()).toEqual(['demo/echo', 'nomic-embed-text', 'paid', 'qwen3:8b', 'smart']);
    expect(described(dev())).toEqual({
      smart: ['box/qwen3:8b'],
      paid: ['box/qwen3:8b'],
      broken: ['gone/x', 'gone/y'],
      'qwen3:8b': ['box/qwen3:8b'],
      'nomic-embed-text': ['box/nomic-embed-text'],
      'demo/echo': ['demo/echo'],
    });
    expect(listed(dev({ standIn: { kind: 'none' } }))).not.toContain('paid');
    expect(described(dev({ standIn: { kind: 'none' } }))['paid']).toEqual(['openai/gpt-4o']);
  });

  it('clients that look before they ask find the names that are answered, with nothing of another model', () => {
    for (const name of ['gpt-4o', 'openai/gpt-4o', 'big:cloud']) {
      expect(listedModel(knownModel(dev(), name))).toEqual({
        id: name,
        object: 'model',
        created: 0,
        owned_by: 'llmgw',
      });
    }
    expect(listedModel(knownModel(prod(), 'big:cloud'))).toMatchObject({ owned_by: 'box', context_length: 7 });
    expect(listedModel(knownModel(prod(), 'openai/gpt-4o'))).toMatchObject({ owned_by: 'openai' });
    expect(() => listedModel(knownModel(dev(), 'text-embedding-3-small'))).toThrow(/vectors/);
  });
});

describe('the model for a first request', () => {
  it('is one that the profile lets through', () => {
    expect(chooseTryModel(prod(), new HealthBook())).toBe('qwen3:8b');
    expect(chooseTryModel(dev(), new HealthBook())).toBe('smart');
    expect(chooseTryModel(dev({ servers: [], demo: false }), new HealthBook())).toBeNull();
    expect(chooseTryModel(dev({ servers: [] }), new HealthBook())).toBe('demo/echo');
    expect(chooseTryModel(dev({ allow: 'cloud', demo: false }), new HealthBook())).toBe('openai/gpt-4o-mini');
  });

  it('is a name of the config where nobody lists a model, unless its server is down', () => {
    const silent = modelServer('quiet', [], { state: 'down', fromConfig: true, locality: 'cloud' });
    const table = routeTable({ servers: [silent], models: [{ name: 'mine', targets: ['quiet/llama'] }] });
    const health = new HealthBook();
    expect([chooseTryModel(table, health), canAnswerAny(table, health)]).toEqual(['mine', true]);
    health.probed('quiet/llama', false);
    expect([chooseTryModel(table, health), canAnswerAny(table, health)]).toEqual([null, false]);
  });

  it('is looked for among chat models of servers that answer', () => {
    expect(hasLocalChatModel([box])).toBe(true);
    expect(hasLocalChatModel([{ ...box, state: 'down' }])).toBe(false);
    expect(hasLocalChatModel([modelServer('emb', ['nomic-embed-text'])])).toBe(false);
    expect(hasLocalChatModel([modelServer('relay', [servedModel('m', { locality: 'cloud' })])])).toBe(false);
  });
});
