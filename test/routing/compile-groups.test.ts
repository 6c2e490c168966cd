import { performance } from 'node:perf_hooks';
import { describe, expect, it } from 'vitest';
import type { DeploymentTerms } from '../../src/canonical/deployment.ts';
import { plainDeployment, plainGroup } from '../../src/canonical/model-group.ts';
import type { ConfiguredDeployment, ModelGroup } from '../../src/canonical/model-group.ts';
import { PLAIN_CHAT } from '../../src/canonical/request-needs.ts';
import { DEFAULT_RESILIENCE } from '../../src/canonical/resilience.ts';
import type { AutoCondition } from '../../src/canonical/auto-rule.ts';
import { PLAIN_FACTS } from '../../src/routing/auto-rules.ts';
import type { AutoFacts } from '../../src/routing/auto-rules.ts';
import type { Group } from '../../src/routing/group.ts';
import { canAnswer, groupOf, planRoute } from '../../src/routing/plan.ts';
import type { RoutePlan, RouteTable } from '../../src/routing/route-table.ts';
import { knownNames } from '../../src/routing/known-names.ts';
import { cloudEndpoint, modelServer, routedProvider, routeTable, servedModel } from '../helpers/routes.ts';
import type { TableParts } from '../helpers/routes.ts';

const servers = [
  modelServer('box', [servedModel('qwen3:8b', { loaded: true }), 'coder:7b']),
  modelServer('den', [servedModel('qwen3:8b', { loaded: false, contextLength: 4096 })]),
];
const providers = [
  routedProvider(cloudEndpoint('openai'), ['gpt-4o'], true, { 'gpt-4o': { contextLength: 128_000 } }),
  routedProvider(cloudEndpoint('azure'), []),
  routedProvider(cloudEndpoint('mistral'), [], false),
];
const PRICES: Readonly<Record<string, { inputPico: number; outputPico: number }>> = {
  'openai/gpt-4o': { inputPico: 2_500_000, outputPico: 10_000_000 },
};

function tableOf(parts: TableParts): RouteTable {
  return routeTable({
    servers,
    providers,
    makerOf: (model) => (model.startsWith('gpt-') ? 'openai' : null),
    priceOf: (provider, model) => PRICES[`${provider}/${model}`] ?? null,
    ...parts,
  });
}

interface Saying extends Partial<Omit<ConfiguredDeployment, 'terms'>> {
  readonly terms?: Partial<DeploymentTerms>;
}

function at(target: string, more: Saying = {}): ConfiguredDeployment {
  const plain = plainDeployment(target, 1);
  return { ...plain, ...more, terms: { ...plain.terms, ...more.terms } };
}

function group(name: string, deployments: readonly ConfiguredDeployment[], more: Partial<ModelGroup> = {}): ModelGroup {
  return { ...plainGroup(name, []), strategy: null, deployments, ...more };
}

function planOf(table: RouteTable, name: string, facts: AutoFacts = PLAIN_FACTS): RoutePlan {
  return planRoute(table, name, () => PLAIN_CHAT, facts);
}

/** `id@order` of each. */
function places({ deployments }: Group): string[] {
  return deployments.map(({ id, terms }) => `${id}@${terms.order}`);
}

describe('the group of a name', () => {
  it.each<[string, TableParts, string, string, string[]]>([
    ['that nobody configured: one after another', {}, 'qwen3:8b', 'in-order', ['box/qwen3:8b@1', 'den/qwen3:8b@2']],
    [
      'of a plain list: one after another',
      { models: [{ name: 'chat', targets: ['openai/gpt-4o', 'box/coder:7b'] }] },
      'chat',
      'in-order',
      ['openai/gpt-4o@1', 'box/coder:7b@2'],
    ],
    [
      'with deployments: they share the load, by the strategy of all',
      { models: [group('chat', [at('openai/gpt-4o'), at('azure/gpt-4o')])] },
      'chat',
      'shuffle',
      ['openai/gpt-4o@1', 'azure/gpt-4o@1'],
    ],
    [
      'with orders of its own, made to levels',
      { models: [group('chat', [at('openai/gpt-4o', { terms: { order: 30 } }), at('azure/gpt-4o')])] },
      'chat',
      'shuffle',
      ['openai/gpt-4o@2', 'azure/gpt-4o@1'],
    ],
    [
      'with a target that is on two servers: two places of one level',
      { models: [group('chat', [at('qwen3:8b', { id: 'here' })], { strategy: 'warm-first' })] },
      'chat',
      'warm-first',
      ['here@1', 'here#2@1'],
    ],
    [
      'with the same place twice, where more is said of it',
      {
        models: [
          group('chat', [
            at('openai/gpt-4o', { terms: { weight: 1 } }),
            at('openai/gpt-4o', { terms: { weight: 9 }, params: { temperature: 0 } }),
          ]),
        ],
      },
      'chat',
      'shuffle',
      ['openai/gpt-4o@1', 'openai/gpt-4o#2@1'],
    ],
    [
      'with limits of its own: what is sent to the same place for others is not counted there',
      {
        models: [
          group('free', [at('openai/gpt-4o', { terms: { requestsPerMinute: 5 } })]),
          group('paid', [at('openai/gpt-4o', { terms: { tokensPerMinute: 9 } }), at('openai/gpt-4o')]),
          group('both', [at('free'), at('paid', { terms: { maxParallel: 1 } }), at('paid', { id: 'mine' })]),
        ],
      },
      'both',
      'shuffle',
      ['free/openai/gpt-4o@1', 'both/paid/openai/gpt-4o@1', 'both/openai/gpt-4o@1', 'mine@1', 'mine#2@1'],
    ],
    [
      'of a wildcard with limits: each model has them for itself',
      { models: [group('cheap-*', [at('openai/*', { terms: { requestsPerMinute: 5 } })])] },
      'cheap-gpt-4o',
      'shuffle',
      ['cheap-*/openai/gpt-4o@1'],
    ],
    [
      'with groups within: their levels within its levels, and the strategy of the first that has one',
      {
        models: [
          { name: 'all', targets: ['chat', 'box/coder:7b'] },
          group('chat', [at('openai/gpt-4o'), at('azure/gpt-4o', { terms: { order: 2 } })], { strategy: 'latency' }),
        ],
      },
      'all',
      'latency',
      ['openai/gpt-4o@1', 'azure/gpt-4o@2', 'box/coder:7b@3'],
    ],
    [
      'that only is another name',
      {
        models: [plainGroup('gpt-4', ['chat']), group('chat', [at('openai/gpt-4o'), at('azure/gpt-4o')])],
      },
      'gpt-4',
      'shuffle',
      ['openai/gpt-4o@1', 'azure/gpt-4o@1'],
    ],
    [
      'of a profile, which stands for a group',
      {
        aliases: [{ name: 'gpt-4', targets: ['chat'] }],
        models: [group('chat', [at('openai/gpt-4o'), at('azure/gpt-4o')])],
      },
      'gpt-4',
      'shuffle',
      ['openai/gpt-4o@1', 'azure/gpt-4o@1'],
    ],
    [
      'whose own name is a target: the model behind it',
      { models: [group('gpt-4o', [at('gpt-4o'), at('azure/gpt-4o')])] },
      'gpt-4o',
      'shuffle',
      ['openai/gpt-4o@1', 'azure/gpt-4o@1'],
    ],
    [
      'behind the wall: only what it lets through',
      { allow: 'local', models: [group('chat', [at('openai/gpt-4o'), at('box/coder:7b')])] },
      'chat',
      'shuffle',
      ['box/coder:7b@1'],
    ],
    [
      'with one that lacks its credential',
      { models: [group('chat', [at('mistral/large'), at('openai/gpt-4o')])] },
      'chat',
      'shuffle',
      ['openai/gpt-4o@1'],
    ],
    [
      'with one that answers itself: it needs no server, and no wall is before it',
      { allow: 'local', models: [group('chat', [at('mistral/large', { mock: 'hello' })])] },
      'chat',
      'shuffle',
      ['mistral/large@1'],
    ],
    [
      'of a wildcard with several *',
      { models: [group('*/eu/*', [at('*/*'), at('azure/*-*')])] },
      'openai/eu/gpt-4o',
      'shuffle',
      ['openai/gpt-4o@1', 'azure/openai-gpt-4o@1'],
    ],
  ])('%s', (_what, parts, name, strategy, expected) => {
    const { group: found, targets } = planOf(tableOf(parts), name);
    expect(found.strategy).toBe(strategy);
    expect(places(found)).toEqual(expected);
    expect(targets).toHaveLength(expected.length);
  });

  it('divides the weight of a deployment between the places that its target has', () => {
    const table = tableOf({
      models: [group('chat', [at('qwen3:8b', { terms: { weight: 9 } }), at('box/coder:7b', { terms: { weight: 1 } })])],
    });
    expect(planOf(table, 'chat').group.deployments.map(({ terms }) => terms.weight)).toEqual([4.5, 4.5, 1]);
  });

  it('has what the config says of limits and prices before what is found, and what is found before nothing', () => {
    const rate = { numerator: 1n, denominator: 2n, whole: null };
    const price = { input: rate, output: rate, cachedInput: null, cacheWrite: null };
    const table = tableOf({
      models: [
        group('chat', [
          at('openai/gpt-4o'),
          at('azure/mine', { priceAs: 'openai/gpt-4o' }),
          at('azure/dear', { price, limits: { contextTokens: 10, maxOutputTokens: 5 }, capabilities: ['chat'] }),
          at('azure/unknown'),
          at('den/qwen3:8b'),
        ]),
      ],
    });
    const { deployments } = planOf(table, 'chat').group;
    const known = deployments.map(({ target: { limits, capabilities }, price: cost, isWarm }) => [
      limits.contextTokens,
      limits.maxOutputTokens,
      capabilities,
      cost?.inputPico ?? null,
      isWarm,
    ]);
    expect(known).toEqual([
      [128_000, null, null, 2_500_000, null],
      [128_000, null, null, 2_500_000, null],
      [10, 5, ['chat'], 0.5, null],
      [null, null, null, null, null],
      [4096, null, null, 0, false],
    ]);
    expect(deployments.map(({ billing }) => billing)).toEqual([
      null,
      { price: null, priceAs: { provider: 'openai', model: 'gpt-4o' } },
      { price, priceAs: null },
      null,
      null,
    ]);
  });

  it('does otherwise than all others only where it says so, and has the fallbacks that are named for it', () => {
    const table = tableOf({
      models: [
        group('chat', [at('openai/gpt-4o')], {
          hedge: { kind: 'p95' },
          resilience: {
            retry: { retries: 5, byKind: null, minWaitMs: null },
            cooldown: { allowedFails: null, byKind: null, cooldownMs: 0 },
            fallbacks: { general: null, contextWindow: ['long'], contentPolicy: null },
            deadlineMs: null,
          },
        }),
        plainGroup('gpt-4', ['chat']),
      ],
      routing: {
        deadlineMs: 1000,
        fallbacks: {
          general: new Map([
            ['*', ['any']],
            ['chat', ['cheap']],
            ['gpt-4', ['old']],
          ]),
          contextWindow: new Map([['*', ['longer']]]),
          contentPolicy: new Map(),
        },
      },
    });
    const { resilience, hedge } = planOf(table, 'chat').group;
    expect(hedge).toEqual({ kind: 'p95' });
    expect(resilience).toEqual({
      ...DEFAULT_RESILIENCE,
      retry: { ...DEFAULT_RESILIENCE.retry, retries: 5 },
      cooldown: { ...DEFAULT_RESILIENCE.cooldown, cooldownMs: 0 },
      fallbacks: { general: ['cheap'], contextWindow: ['long'], contentPolicy: null },
      deadlineMs: 1000,
    });
    expect(planOf(table, 'gpt-4').group.resilience.fallbacks.general).toEqual(['old']);
    expect(planOf(table, 'openai/gpt-4o').group.resilience.fallbacks.general).toEqual(['any']);
  });

  it.each<[string, Partial<ModelGroup>, string]>([
    ['hides a group is another name of it', { hidden: true }, 'chat'],
    ['says how it is asked is a group of its own', { sticky: false }, 'nick'],
    ['has access groups is a group of its own', { accessGroups: ['staff'] }, 'nick'],
  ])('that %s', (_, more, name) => {
    const models = [group('chat', [at('openai/gpt-4o')]), { ...plainGroup('nick', ['chat']), ...more }];
    expect(groupOf(tableOf({ models }), 'nick')?.name).toBe(name);
  });

  it('is not listed when it is hidden, and answers all the same', () => {
    const table = tableOf({ models: [group('secret', [at('openai/gpt-4o')], { hidden: true })] });
    expect(knownNames(table)).not.toContain('secret');
    expect(canAnswer(table, 'secret')).toBe(true);
  });
});

describe('names with rules', () => {
  const rules = [
    { when: { ...anyRequest(), tools: true }, use: 'openai/gpt-4o' },
    { when: null, use: 'chat' },
  ];
  const auto: ModelGroup = { ...plainGroup('auto', []), rules };
  const chat = group('chat', [at('box/coder:7b'), at('box/qwen3:8b')]);
  const withTools: AutoFacts = { ...PLAIN_FACTS, tools: () => true };

  it('choose for each request, and tell which rule did', () => {
    const table = tableOf({ models: [auto, chat, plainGroup('gpt-4', ['auto'])] });
    for (const name of ['auto', 'gpt-4', 'llmgw/auto']) {
      const plain = planOf(table, name);
      expect([plain.group.name, plain.rule]).toEqual(['chat', 'rule 2: always']);
      const tools = planOf(table, name, withTools);
      expect([tools.group.name, tools.rule]).toEqual(['openai/gpt-4o', 'rule 1: tools']);
      expect(tools.note).toContain(`${name} (rule 1: tools) -> openai/gpt-4o`);
    }
  });

  it('of a wildcard do not take the names again that they choose', () => {
    const table = tableOf({
      models: [{ ...auto, name: '*', rules: [rules[0], { when: null, use: '*' }].flatMap((r) => r ?? []) }],
    });
    expect(planOf(table, 'anything', withTools).targets[0]?.name).toBe('openai/gpt-4o');
    expect(planOf(table, 'box/coder:7b').targets[0]?.name).toBe('box/coder:7b');
  });

  it('may name what is behind their own name', () => {
    const table = tableOf({ models: [{ ...auto, name: 'gpt-4o', rules: [{ when: null, use: 'gpt-4o' }] }] });
    expect(planOf(table, 'gpt-4o').targets[0]?.name).toBe('openai/gpt-4o');
  });

  it('refuse what no rule takes, and are listed while some rule leads somewhere', () => {
    const table = tableOf({ models: [{ ...auto, rules: rules.slice(0, 1) }] });
    expect(() => planOf(table, 'auto')).toThrow('None of the rules of `auto` holds for this request.');
    expect(groupOf(table, 'auto')).toBeNull();
    expect(canAnswer(table, 'auto')).toBe(true);
    expect(canAnswer(tableOf({ allow: 'local', models: [{ ...auto, rules: rules.slice(0, 1) }] }), 'auto')).toBe(false);
  });

  it('do not run in circles', () => {
    const circle = ['a', 'b'].map((name, index, names) => ({
      ...plainGroup(name, []),
      rules: [{ when: null, use: names[1 - index] ?? '' }],
    }));
    expect(() => planOf(tableOf({ models: circle }), 'a')).toThrow();
  });
});

describe('groupOf', () => {
  it('gives the group that a name means, through the wall as everything, and never throws', () => {
    const models = [group('chat', [at('openai/gpt-4o'), at('box/coder:7b')]), plainGroup('far', ['openai/gpt-4o'])];
    const table = tableOf({ allow: 'local', models });
    expect(groupOf(table, 'chat')?.deployments.map(({ id }) => id)).toEqual(['box/coder:7b']);
    expect(groupOf(table, 'far')).toBeNull();
    expect(groupOf(table, 'nobody')).toBeNull();
    expect(groupOf(table, 'chat')).toBe(planOf(table, 'chat').group);
  });
});

describe('the time that it takes', () => {
  it('to compile 1,000 deployments of 100 groups is bounded', () => {
    const models = Array.from({ length: 100 }, (_, index) =>
      group(
        `group-${index}`,
        Array.from({ length: 10 }, (__, place) => at(`openai/model-${index}-${place}`, { terms: { weight: place } })),
      ),
    );
    const times = Array.from({ length: 5 }, () => {
      const beganAt = performance.now();
      const table = tableOf({ models });
      for (const { name } of models) groupOf(table, name);
      return performance.now() - beganAt;
    });
    // The machine may be busy with something else now and then.
    expect(Math.min(...times)).toBeLessThan(100);
  });
});

function anyRequest(): AutoCondition {
  return { tokensOver: null, tokensUnder: null, tools: null, images: null, words: [], effort: null };
}
