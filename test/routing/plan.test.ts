import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/canonical/errors.ts';
import { PLAIN_CHAT } from '../../src/canonical/request-needs.ts';
import { PLAIN_FACTS } from '../../src/routing/auto-rules.ts';
import { knownNames } from '../../src/routing/known-names.ts';
import { canAnswer, planRoute } from '../../src/routing/plan.ts';
import type { RoutePlan } from '../../src/routing/route-table.ts';
import { Secret } from '../../src/std/secret.ts';
import { cloudEndpoint, modelServer, routedProvider, routeTable, servedModel } from '../helpers/routes.ts';
import type { TableParts } from '../helpers/routes.ts';

function planOf(input: TableParts, name: string): RoutePlan {
  return planRoute(routeTable(input), name, () => PLAIN_CHAT, PLAIN_FACTS);
}

function names(input: TableParts, name: string): string[] {
  return planOf(input, name).targets.map((target) => target.name);
}

function refusal(input: TableParts, name: string): GatewayError {
  try {
    planRoute(routeTable(input), name, () => PLAIN_CHAT, PLAIN_FACTS);
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error(`${name} has a target`);
}

const openai = routedProvider(cloudEndpoint('openai'), ['gpt-4o', 'gpt-4o-mini']);
const groq = routedProvider(cloudEndpoint('groq'), ['openai/gpt-oss-20b', 'llama-3.3-70b']);
const makerOf = (model: string): string | null => (model.startsWith('gpt-') ? 'openai' : null);

/** Every meaning that a name can have, the strongest first; `x/y` can have all of them. */
const MEANINGS: readonly [string, TableParts, string][] = [
  ["the profile's alias", { aliases: [{ name: 'x/y', targets: ['a/alias'] }] }, 'a/alias'],
  ['models:', { models: [{ name: 'x/y', targets: ['a/model'] }] }, 'a/model'],
  ['the exact id on a live server', { servers: [modelServer('b', ['x/y'])] }, 'b/x/y'],
  ['server/id', { servers: [modelServer('x', ['y'])] }, 'x/y'],
  ['provider/id', { providers: [routedProvider(cloudEndpoint('x'), [])] }, 'x/y'],
  ['a bare cloud id', { providers: [routedProvider(cloudEndpoint('c'), ['x/y'])] }, 'c/x/y'],
];
const ALWAYS = routedProvider(cloudEndpoint('a'), []);

describe('the order of the meanings of a name', () => {
  it.each(MEANINGS.map((meaning, rank) => [meaning[0], rank] as const))(
    '%s comes before those behind it',
    (_what, rank) => {
      const weaker = MEANINGS.slice(rank);
      const input: TableParts = {
        aliases: weaker.flatMap(([, more]) => more.aliases ?? []),
        models: weaker.flatMap(([, more]) => more.models ?? []),
        servers: weaker.flatMap(([, more]) => more.servers ?? []),
        providers: [ALWAYS, ...weaker.flatMap(([, more]) => more.providers ?? [])],
      };
      const expected = MEANINGS[rank]?.[2];
      expect(names(input, 'x/y')).toEqual([expected]);
      expect(names(input, 'llmgw/x/y')).toEqual([expected]);
    },
  );

  it('finds NAME:latest for NAME, the exact id before it', () => {
    const server = modelServer('ollama', ['llama3:latest']);
    expect(names({ servers: [server] }, 'llama3')).toEqual(['ollama/llama3:latest']);
    expect(names({ servers: [server] }, 'ollama/llama3')).toEqual(['ollama/llama3:latest']);
    expect(names({ servers: [server] }, 'llmgw/llama3')).toEqual(['ollama/llama3:latest']);
    expect(names({ servers: [modelServer('ollama', ['llama3:latest', 'llama3'])] }, 'llama3')).toEqual([
      'ollama/llama3',
    ]);
    expect(names({ servers: [server], providers: [routedProvider(cloudEndpoint('c'), ['llama3'])] }, 'llama3')).toEqual(
      ['ollama/llama3:latest'],
    );
  });

  it('sends what a server is known not to have nowhere else', () => {
    const input = { servers: [modelServer('x', ['other'])], providers: [routedProvider(cloudEndpoint('x'), ['y'])] };
    expect(refusal(input, 'x/y').code).toBe('model_not_found');
  });
});

describe('local names', () => {
  const local = modelServer('lmstudio', ['openai/gpt-oss-20b']);

  it('never go to the provider that they are named like', () => {
    expect(names({ servers: [local], providers: [openai, groq] }, 'openai/gpt-oss-20b')).toEqual([
      'lmstudio/openai/gpt-oss-20b',
    ]);
  });

  it('do not go there either when the server is gone', () => {
    const gone = {
      servers: [],
      providers: [openai, groq],
      makerOf,
      knownLocalIds: new Set(['openai/gpt-oss-20b', 'gpt-local:latest']),
    };
    for (const name of ['openai/gpt-oss-20b', 'llmgw/openai/gpt-oss-20b', 'gpt-local', 'gpt-local:latest']) {
      const error = refusal(gone, name);
      expect(error).toMatchObject({ code: 'model_not_found', status: 404 });
      expect(error.message).toMatch(/was on a local server that is not running/);
    }
    expect(refusal(gone, 'lmstudio/openai/gpt-oss-20b').message).toMatch(/was on a local server that is not running/);
    expect(names(gone, 'gpt-4o')).toEqual(['openai/gpt-4o']);
    // Whoever wants the cloud's is told how to ask for it, if it can be asked.
    expect(refusal(gone, 'gpt-local').hint).toMatch(/, or ask for `openai\/gpt-local`\.$/);
    expect(refusal(gone, 'openai/gpt-oss-20b').hint).not.toMatch(/ask for/);
    expect(refusal({ ...gone, providers: [groq] }, 'gpt-local').hint).not.toMatch(/ask for/);
  });

  it('are not answered by a server that is locked or down, unless it is named', () => {
    const locked = modelServer('lmstudio', ['m'], {
      state: 'locked',
      problem: 'It wants a key: name it under servers:.',
    });
    expect(refusal({ servers: [locked] }, 'm').code).toBe('model_not_found');
    expect(
      refusal({ servers: [modelServer('gpu', [], { state: 'locked', problem: 'It wants a key.' })] }, 'gpu/m'),
    ).toMatchObject({
      code: 'no_credential',
      hint: 'It wants a key.',
    });
    expect(names({ servers: [modelServer('gpu', [], { state: 'down', fromConfig: true })] }, 'gpu/qwen3')).toEqual([
      'gpu/qwen3',
    ]);
  });

  it('are not answered by a cloud model of the same id, neither first nor in place of one that failed', () => {
    const cloud = modelServer('litellm', [servedModel('m', { locality: 'cloud', loaded: true })], {
      locality: 'cloud',
    });
    expect(names({ servers: [cloud, modelServer('ollama', ['m'])] }, 'm')).toEqual(['ollama/m']);
    expect(names({ servers: [cloud] }, 'm')).toEqual(['litellm/m']);
    expect(names({ servers: [{ ...cloud, fromConfig: true }, modelServer('ollama', ['m'])] }, 'm')).toEqual([
      'litellm/m',
      'ollama/m',
    ]);
  });
});

describe('a model that a server of the config does not list', () => {
  it('is nobody’s where no entry of the config names it', () => {
    const servers = [modelServer('box', ['listed'], { fromConfig: true })];
    expect(refusal({ servers }, 'box/unlisted').code).toBe('model_not_found');
  });
});

describe('several servers for one id', () => {
  const cold = (name: string, fromConfig = false) =>
    modelServer(name, [servedModel('m', { loaded: false })], { fromConfig });
  const warm = (name: string, fromConfig = false) =>
    modelServer(name, [servedModel('m', { loaded: true })], { fromConfig });

  it.each([
    ['the one that has it loaded first', [cold('a'), warm('b'), cold('c')], ['b/m', 'a/m', 'c/m']],
    [
      'the order of servers: before that',
      [cold('one', true), warm('two', true), warm('found')],
      ['one/m', 'two/m', 'found/m'],
    ],
    ['those of the config before those found', [warm('found'), cold('named', true)], ['named/m', 'found/m']],
  ])('%s', (_what, servers, expected) => {
    expect(names({ servers }, 'm')).toEqual(expected);
    expect(names({ servers }, expected.at(-1) ?? '')).toEqual([expected.at(-1)]);
  });

  it('says why', () => {
    const [first, second] = planOf({ servers: [cold('a'), warm('b')] }, 'm').targets;
    expect([first?.reason, second?.reason]).toEqual(['b has it loaded', 'a serves it']);
  });
});

describe('models: and aliases', () => {
  const servers = [
    modelServer('ollama', ['llama3.2:3b', 'gpt-4o']),
    modelServer('box', ['listed'], { fromConfig: true }),
    modelServer('lan', ['listed'], { fromConfig: true, kind: 'ollama' }),
  ];
  const providers = [openai, groq];

  it.each([
    ['one target', [{ name: 'fast', targets: ['ollama/llama3.2:3b'] }], 'fast', ['ollama/llama3.2:3b']],
    [
      'a list, in order',
      [{ name: 'smart', targets: ['openai/gpt-4o', 'ollama/llama3.2:3b'] }],
      'smart',
      ['openai/gpt-4o', 'ollama/llama3.2:3b'],
    ],
    [
      'names of names',
      [
        { name: 'a', targets: ['b', 'openai/gpt-4o'] },
        { name: 'b', targets: ['llama3.2:3b'] },
      ],
      'a',
      ['ollama/llama3.2:3b', 'openai/gpt-4o'],
    ],
    ['its own name', [{ name: 'gpt-4o', targets: ['gpt-4o'] }], 'gpt-4o', ['ollama/gpt-4o']],
    [
      'what cannot be reached is left out',
      [{ name: 'a', targets: ['gone/x', 'openai/gpt-4o'] }],
      'a',
      ['openai/gpt-4o'],
    ],
    [
      'what a server of the config does not list is asked of it',
      [{ name: 'a', targets: ['box/unlisted', 'openai/gpt-4o'] }],
      'a',
      ['box/unlisted', 'openai/gpt-4o'],
    ],
    [
      'but of Ollama, and of a server that was found',
      [{ name: 'a', targets: ['lan/unlisted', 'ollama/unlisted', 'openai/gpt-4o'] }],
      'a',
      ['openai/gpt-4o'],
    ],
    [
      'no target twice',
      [
        { name: 'a', targets: ['b', 'openai/gpt-4o', 'b'] },
        { name: 'b', targets: ['openai/gpt-4o'] },
      ],
      'a',
      ['openai/gpt-4o'],
    ],
  ])('%s', (_what, models, name, expected) => {
    expect(names({ servers, providers, models }, name)).toEqual(expected);
    expect(names({ servers, providers, aliases: models.slice(0, 1), models: models.slice(1) }, name)).toEqual(expected);
  });

  it('ends where names go round in a circle', () => {
    const models = [
      { name: 'a', targets: ['b'] },
      { name: 'b', targets: ['a'] },
    ];
    expect(refusal({ models }, 'a').code).toBe('model_not_found');
  });

  it('says what a name stands for when none of it can be reached', () => {
    const error = refusal({ models: [{ name: 'smart', targets: ['gone/x', 'gone/y'] }] }, 'smart');
    expect(error.message).toContain('gone/x, gone/y');
  });

  it('gives the reason: the alias of which profile', () => {
    const table = routeTable({ profile: 'dev', servers, aliases: [{ name: 'gpt-4', targets: ['llama3.2:3b'] }] });
    expect(planRoute(table, 'gpt-4', () => PLAIN_CHAT, PLAIN_FACTS).targets[0]?.reason).toBe(
      'alias gpt-4 of profile dev',
    );
  });
});

describe('cloud names', () => {
  it("goes to its maker before those who resell it, also before the maker's list is there", () => {
    const reseller = routedProvider(cloudEndpoint('openrouter'), ['gpt-4o', 'gpt-9']);
    expect(names({ providers: [reseller, openai], makerOf }, 'gpt-4o')).toEqual(['openai/gpt-4o']);
    expect(names({ providers: [reseller, openai], makerOf }, 'gpt-9')).toEqual(['openai/gpt-9']);
    expect(
      names({ providers: [reseller, routedProvider(cloudEndpoint('openai'), [], false)], makerOf }, 'gpt-4o'),
    ).toEqual(['openrouter/gpt-4o']);
  });

  it('passes provider/id on, whatever the id', () => {
    expect(names({ providers: [openai] }, 'openai/ft:gpt-4o:acme/x:1')).toEqual(['openai/ft:gpt-4o:acme/x:1']);
  });

  it('says which credential is missing', () => {
    const lacking = routedProvider(cloudEndpoint('openai', { credential: null }), [], false);
    for (const name of ['openai/gpt-4o', 'gpt-4o', 'llmgw/gpt-4o']) {
      expect(refusal({ providers: [lacking], makerOf }, name)).toMatchObject({
        code: 'no_credential',
        status: 404,
        hint: 'Set the key of openai.',
        param: 'model',
      });
    }
  });

  it('carries the endpoint of its provider, key included', () => {
    const endpoint = cloudEndpoint('openai', { credential: new Secret('k') });
    const [target] = planOf({ providers: [routedProvider(endpoint, [])] }, 'openai/gpt-4o').targets;
    expect(target).toMatchObject({ model: 'gpt-4o', locality: 'cloud', via: { kind: 'network', endpoint } });
  });
});

describe('unknown names', () => {
  const input = { servers: [modelServer('ollama', ['llama3.2:3b', 'qwen3:32b'])], providers: [openai], demo: true };

  it('are 404 with the nearest names', () => {
    const error = refusal(input, 'lama3.2:3b');
    expect(error).toMatchObject({ code: 'model_not_found', status: 404, param: 'model' });
    expect(error.message).toContain('`lama3.2:3b`');
    expect(error.message).toContain('Did you mean `llama3.2:3b`');
    expect(refusal(input, 'zzzzzzzzzz').message).not.toContain('Did you mean');
  });

  it('are compared without :latest, and with the names of the server that is named', () => {
    const tagged = { servers: [modelServer('ollama', ['tiny:latest', 'qwen3:32b'])] };
    expect(refusal(tagged, 'tinny').message).toContain('Did you mean `tiny`?');
    expect(refusal(tagged, 'ollama/tinny').message).toContain('Did you mean `ollama/tiny`?');
    expect(refusal(tagged, 'ollama/zzzz').message).not.toContain('Did you mean');
  });

  it('are no names of objects of the language', () => {
    for (const name of ['__proto__', 'constructor', 'toString', '/', 'llmgw/', 'x/'])
      expect(refusal(input, name).code).toBe('model_not_found');
  });

  it('demo/echo is there only when asked for', () => {
    expect(planOf(input, 'demo/echo').targets[0]?.via.kind).toBe('demo');
    expect(refusal({ ...input, demo: false }, 'demo/echo').code).toBe('model_not_found');
  });
});

describe('a table', () => {
  const table = routeTable({
    servers: [modelServer('ollama', ['m']), modelServer('gone', ['n'], { state: 'down' })],
    providers: [openai, routedProvider(cloudEndpoint('xai'), ['grok'], false)],
    models: [
      { name: 'fast', targets: ['m'] },
      { name: 'broken', targets: ['nowhere'] },
    ],
  });

  it('knows the names that can be used', () => {
    expect([...knownNames(table)].sort()).toEqual(['broken', 'fast', 'm', 'openai/gpt-4o', 'openai/gpt-4o-mini']);
    expect([canAnswer(table, 'fast'), canAnswer(table, 'broken')]).toEqual([true, false]);
  });

  const plan = (name: string): RoutePlan => planRoute(table, name, () => PLAIN_CHAT, PLAIN_FACTS);

  it('plans a name once and remembers a bounded number of plans', () => {
    expect(plan('m')).toBe(plan('m'));
    for (let index = 0; index < 5_000; index++) plan(`openai/any-${index}`);
    expect(table.planned.size).toBeLessThanOrEqual(1_000);
  });
});
