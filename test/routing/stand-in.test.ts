import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/canonical/errors.ts';
import type { ModelServer, ServedModel } from '../../src/canonical/model.ts';
import { PLAIN_CHAT } from '../../src/canonical/request-needs.ts';
import type { RequestNeeds } from '../../src/canonical/request-needs.ts';
import { PLAIN_FACTS } from '../../src/routing/auto-rules.ts';
import { explainRoute } from '../../src/routing/explain.ts';
import { knownNames } from '../../src/routing/known-names.ts';
import { canAnswer, planRoute } from '../../src/routing/plan.ts';
import type { RoutePlan, RouteTable } from '../../src/routing/route-table.ts';
import { cloudEndpoint, modelServer, routedProvider, routeTable, servedModel } from '../helpers/routes.ts';
import type { TableParts } from '../helpers/routes.ts';

const TOOLS: RequestNeeds = { ...PLAIN_CHAT, tools: true };
const VISION: RequestNeeds = { ...PLAIN_CHAT, vision: true };
const LONG: RequestNeeds = { ...PLAIN_CHAT, contextTokens: 10_000 };
const EMBEDDING: RequestNeeds = { ...PLAIN_CHAT, task: 'embedding' };

const openai = routedProvider(cloudEndpoint('openai'), ['gpt-4o']);
const keyless = routedProvider(cloudEndpoint('anthropic', { credential: null }), [], false);
const MAKERS: Readonly<Record<string, string>> = { gpt: 'openai', claude: 'anthropic', text: 'openai' };

function dev(servers: readonly ModelServer[], more: TableParts = {}): RouteTable {
  return routeTable({
    profile: 'dev',
    allow: 'local',
    standIn: { kind: 'auto' },
    servers,
    providers: [openai, keyless],
    makerOf: (model) => MAKERS[model.split('-')[0] ?? ''] ?? null,
    ...more,
  });
}

const chat = (id: string, more: Partial<ServedModel> = {}): ServedModel =>
  servedModel(id, { capabilities: ['chat', 'completion'], loaded: false, ...more });
const withTools = (id: string, more: Partial<ServedModel> = {}): ServedModel =>
  chat(id, { capabilities: ['chat', 'completion', 'tools'], ...more });

function plan(table: RouteTable, name: string, needs: RequestNeeds = PLAIN_CHAT): RoutePlan {
  return planRoute(table, name, () => needs, PLAIN_FACTS);
}

function chosen(models: readonly ServedModel[], needs: RequestNeeds = PLAIN_CHAT): string[] {
  return plan(dev([modelServer('box', models)]), 'gpt-4o', needs).targets.map((target) => target.model);
}

function refusal(table: RouteTable, name: string, needs: RequestNeeds = PLAIN_CHAT): GatewayError {
  try {
    plan(table, name, needs);
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error(`${name} has a target`);
}

describe('the choice of a stand-in', () => {
  it.each<[string, ServedModel[], RequestNeeds, string]>([
    ['loaded first', [chat('large:70b'), chat('small:1b', { loaded: true })], PLAIN_CHAT, 'small:1b'],
    [
      'loaded before what the server says nothing of',
      [chat('a', { loaded: null }), chat('b', { loaded: true })],
      PLAIN_CHAT,
      'b',
    ],
    ['that before not loaded', [chat('a'), chat('b', { loaded: null })], PLAIN_CHAT, 'b'],
    ['what can call tools before what is loaded and cannot', [chat('a', { loaded: true }), withTools('b')], TOOLS, 'b'],
    ['among those that can, the loaded one', [withTools('a'), withTools('b', { loaded: true })], TOOLS, 'b'],
    [
      'perhaps and loaded before surely and not',
      [withTools('a'), chat('b', { capabilities: null, loaded: true })],
      TOOLS,
      'b',
    ],
    ['surely before perhaps', [chat('a', { capabilities: null }), withTools('b')], TOOLS, 'b'],
    ['perhaps before surely not', [chat('a'), chat('b', { capabilities: null })], TOOLS, 'b'],
    ['what sees images', [chat('a', { loaded: true }), chat('b', { capabilities: ['chat', 'vision'] })], VISION, 'b'],
    [
      'what is long enough',
      [chat('a', { contextLength: 4096, loaded: true }), chat('b', { contextLength: 32_768 })],
      LONG,
      'b',
    ],
    ['of an unknown length before too short', [chat('a', { contextLength: 4096 }), chat('b')], LONG, 'b'],
    [
      'the larger one, by what its server says',
      [chat('a', { parameterSize: '8.2B' }), chat('b', { parameterSize: '32B' })],
      PLAIN_CHAT,
      'b',
    ],
    ['by its name', [chat('qwen3:8b'), chat('qwen3:32b')], PLAIN_CHAT, 'qwen3:32b'],
    ['by its file', [chat('a', { sizeBytes: 1e9 }), chat('b', { sizeBytes: 2e9 })], PLAIN_CHAT, 'b'],
    [
      'millions below billions',
      [chat('a', { parameterSize: '900M' }), chat('b', { parameterSize: '1.5B' })],
      PLAIN_CHAT,
      'b',
    ],
    ['else by id', [chat('b'), chat('a')], PLAIN_CHAT, 'a'],
    ['one that reports no tools, when there is no other', [chat('a')], TOOLS, 'a'],
    [
      'no embedder, loaded or not',
      [chat('e', { capabilities: ['embedding'], loaded: true }), chat('a')],
      PLAIN_CHAT,
      'a',
    ],
    ['no embedder by its name', [servedModel('bge-m3', { loaded: true }), chat('a')], PLAIN_CHAT, 'a'],
    [
      'no cloud model of a local server',
      [chat('x:cloud', { locality: 'cloud', loaded: true }), chat('a')],
      PLAIN_CHAT,
      'a',
    ],
  ])('%s', (_what, models, needs, expected) => {
    expect(chosen(models, needs)[0]).toBe(expected);
    expect(chosen([...models].reverse(), needs)[0]).toBe(expected);
  });

  it('takes completions to what completes', () => {
    const models = [chat('a', { capabilities: ['chat'], loaded: true }), chat('b', { capabilities: ['completion'] })];
    expect(chosen(models, { ...PLAIN_CHAT, task: 'completion' })).toEqual(['b']);
    expect(chosen(models)).toEqual(['a']);
  });

  it('keeps the order of the servers among equals, and has two more to fall back on', () => {
    const servers = ['one', 'two', 'three', 'four'].map((name) => modelServer(name, [chat('m')]));
    const decision = explainRoute(dev(servers), 'gpt-4o', PLAIN_CHAT, PLAIN_FACTS);
    if (decision.kind === 'refused') throw decision.error;
    expect(decision.plan.targets.map(({ name }) => name)).toEqual(['one/m', 'two/m', 'three/m']);
    expect(decision.passedOver.map(({ candidate, why }) => [candidate.target.name, why])).toEqual([
      ['openai/gpt-4o', 'profile allows local only'],
      ['four/m', 'fits less: not loaded'],
    ]);
  });

  it('has nothing to fall back on that cannot do what the best can', () => {
    expect(chosen([withTools('a'), chat('b'), chat('c', { capabilities: null })], TOOLS)).toEqual(['a', 'c']);
    expect(chosen([chat('a'), chat('b')], TOOLS)).toEqual(['a', 'b']);
  });

  it('does not ask servers that are locked or down', () => {
    const away = modelServer('away', [chat('m', { loaded: true })], { state: 'down' });
    expect(plan(dev([away, modelServer('box', [chat('n')])]), 'gpt-4o').targets.map(({ name }) => name)).toEqual([
      'box/n',
    ]);
  });
});

describe('who is stood in for', () => {
  const box = modelServer('box', [withTools('qwen3:8b', { loaded: true }), chat('big:cloud', { locality: 'cloud' })]);
  const table = dev([box]);

  it.each([
    ['a name of the price data', 'claude-sonnet-4-5'],
    ['one whose provider has no key', 'anthropic/claude-sonnet-4-5'],
    ['one with a key', 'openai/gpt-4o'],
    ['one that only its provider knows', 'openai/ft:secret'],
    ['a cloud model of a local server', 'big:cloud'],
    ['the same by its server', 'box/big:cloud'],
    ['with the prefix of ours', 'llmgw/gpt-4o'],
  ])('%s', (_what, name) => {
    const { targets, standsInFor, note } = plan(table, name);
    const plain = name.replace('llmgw/', '');
    expect(targets.map((target) => target.name)).toEqual(['box/qwen3:8b']);
    expect(standsInFor).toBe(plain);
    expect(note.startsWith(`dev: ${plain} -> box/qwen3:8b (stand-in: loaded)`)).toBe(true);
    expect(canAnswer(table, name)).toBe(true);
    expect(knownNames(table)).not.toContain(name);
  });

  it('says in short how it came to it', () => {
    expect(plan(table, 'gpt-4o', TOOLS).note).toBe(
      'dev: gpt-4o -> box/qwen3:8b (stand-in: loaded, tools); passed over openai/gpt-4o (profile allows local only)',
    );
    const long = plan(dev([modelServer('ü'.repeat(300), [chat('m')])]), `openai/\u0000\n${'ä'.repeat(400)}`).note;
    expect(long).toMatch(/^[\x20-\x7e]{20,200}$/);
  });

  it('nobody who mistyped a local name', () => {
    expect(refusal(table, 'qwen3:8bb')).toMatchObject({ code: 'model_not_found' });
    expect(refusal(table, 'qwen3:8bb').message).toContain('Did you mean `qwen3:8b`');
    expect(refusal(table, 'box/gpt-4o').code).toBe('model_not_found');
  });

  it('nobody whose local model is off', () => {
    const off = dev([box], { knownLocalIds: new Set(['gpt-local', 'openai/gpt-oss-20b']) });
    for (const name of ['gpt-local', 'openai/gpt-oss-20b', 'lmstudio/openai/gpt-oss-20b']) {
      expect(refusal(off, name).message).toContain('was on a local server that is not running now');
      // A name that this profile refuses is no advice.
      expect(refusal(off, name).hint).not.toContain('ask for');
    }
    const aliased = dev([box], { aliases: [{ name: 'gpt-4o', targets: ['gone/m'] }] });
    expect(refusal(aliased, 'gpt-4o').message).toContain('gone/m');
  });

  it.each([
    ['text-embedding-3-small', EMBEDDING],
    ['text-embedding-3-small', PLAIN_CHAT],
    ['openai/gpt-4o', EMBEDDING],
  ])('no embedding: %s', (name, needs) => {
    const embedder = modelServer('emb', [servedModel('nomic-embed-text', { capabilities: ['embedding'] })]);
    const error = refusal(dev([box, embedder]), name, needs);
    expect(error).toMatchObject({ code: 'model_not_found', status: 404 });
    expect(error.hint).toContain(`profiles.dev.models: {"${name}": emb/nomic-embed-text}`);
    expect(refusal(table, name, needs).hint).toContain('SERVER/MODEL');
  });

  it('an alias of the profile answers in its place, and it is said for whom', () => {
    const aliased = dev([box], {
      aliases: [
        { name: 'gpt-*', targets: ['box/qwen3:8b'] },
        { name: 'own', targets: ['qwen3:8b'] },
      ],
    });
    expect(plan(aliased, 'gpt-4o').standsInFor).toBe('gpt-4o');
    expect(plan(aliased, 'own').standsInFor).toBeNull();
    expect(plan(aliased, 'qwen3:8b').standsInFor).toBeNull();
  });

  it('whoever has a list of which something is left keeps to it', () => {
    const models = [
      { name: 'smart', targets: ['openai/gpt-4o', 'box/qwen3:8b'] },
      { name: 'paid', targets: ['openai/gpt-4o'] },
    ];
    const listed = dev([box, modelServer('other', [chat('x', { loaded: true, parameterSize: '70B' })])], { models });
    expect(plan(listed, 'smart').targets.map(({ name }) => name)).toEqual(['box/qwen3:8b']);
    expect(plan(listed, 'smart').note).toContain('passed over openai/gpt-4o');
    expect(plan(listed, 'paid').standsInFor).toBe('paid');
  });
});

describe('a stand-in that the profile names', () => {
  const box = modelServer('box', [chat('qwen3:8b'), chat('other', { loaded: true })]);
  const target = (name: string): TableParts => ({ standIn: { kind: 'target', target: name } });

  it('answers, whatever else there is', () => {
    const table = dev([box], target('box/qwen3:8b'));
    expect(plan(table, 'gpt-4o').targets.map(({ name, reason }) => [name, reason])).toEqual([
      ['box/qwen3:8b', 'stand-in of profile dev'],
    ]);
    expect(refusal(table, 'gpt-4o', EMBEDDING).code).toBe('model_not_found');
    // The refusal is the same after the plan was made and remembered.
    expect(plan(table, 'gpt-4o').standsInFor).toBe('gpt-4o');
  });

  it('does not take a request over the wall', () => {
    for (const name of ['openai/gpt-4o', 'gone/m', 'gpt-4o']) {
      expect(refusal(dev([box], target(name)), 'claude-x')).toMatchObject({ code: 'no_local_model', status: 503 });
    }
  });
});

describe('profiles without a stand-in', () => {
  const box = modelServer('box', [chat('qwen3:8b')]);

  it('refuse what is beyond the wall, and say what to do', () => {
    const error = refusal(dev([box], { standIn: { kind: 'none' } }), 'gpt-4o');
    expect(error).toMatchObject({ code: 'profile_wall', status: 403 });
    expect(error.message).toBe(
      'The profile `dev` allows local models only, and `gpt-4o` means `openai/gpt-4o`, in the cloud.',
    );
    expect(error.hint).toContain('llmgw profile use prod');
    expect(error.hint).toContain('x-llmgw-profile: prod');
    const relay = dev([modelServer('relay', [chat('m', { locality: 'cloud' })])], { standIn: { kind: 'none' } });
    expect(refusal(relay, 'relay/m').hint).toContain('local: true');
  });

  it('refuse local models where only the cloud is allowed', () => {
    const cloudOnly = { profile: 'paid', allow: 'cloud', standIn: { kind: 'auto' } } as const;
    const error = refusal(dev([box], cloudOnly), 'qwen3:8b');
    expect(error).toMatchObject({ code: 'profile_wall', status: 403 });
    expect(error.hint).toContain('profile use dev');
    expect(plan(dev([box], cloudOnly), 'gpt-4o').targets.map(({ name }) => name)).toEqual(['openai/gpt-4o']);
    expect(refusal(dev([box], cloudOnly), 'claude-x').code).toBe('no_credential');
  });

  it('let the demo through every wall', () => {
    for (const allow of ['local', 'cloud', 'any'] as const) {
      expect(plan(dev([], { allow, demo: true }), 'demo/echo').targets[0]?.via.kind).toBe('demo');
    }
  });

  it('without any local model: 503, what to start and what to switch to', () => {
    const error = refusal(dev([modelServer('box', [chat('e', { capabilities: ['embedding'] })])]), 'gpt-4o');
    expect(error).toMatchObject({ code: 'no_local_model', status: 503 });
    expect(error.hint).toContain('llmgw profile use prod');
    expect(error.hint).toContain('llmgw scan');
  });

  it('answer without a key by a local model where the profile allows both', () => {
    const both = dev([box], { allow: 'any' });
    expect(plan(both, 'gpt-4o').targets[0]?.name).toBe('openai/gpt-4o');
    expect(plan(both, 'claude-x')).toMatchObject({ standsInFor: 'claude-x' });
    expect(refusal(dev([], { allow: 'any' }), 'claude-x').code).toBe('no_credential');
  });
});
