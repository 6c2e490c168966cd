import { afterEach, describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/canonical/errors.ts';
import { SERVER_KINDS } from '../../src/canonical/model.ts';
import type { ModelServer, ServerKind } from '../../src/canonical/model.ts';
import { PLAIN_CHAT } from '../../src/canonical/request-needs.ts';
import type { RequestNeeds } from '../../src/canonical/request-needs.ts';
import { PLAIN_FACTS } from '../../src/routing/auto-rules.ts';
import { planRoute } from '../../src/routing/plan.ts';
import type { RouteTable } from '../../src/routing/route-table.ts';
import { discoverAt, named } from '../discovery/discover.ts';
import { DOCUMENTED } from '../discovery/documented-servers.ts';
import { recorded, serve } from '../discovery/serve.ts';
import type { Reply, Routes, TestServer } from '../discovery/serve.ts';
import { cloudEndpoint, routedProvider, routeTable } from '../helpers/routes.ts';

let server: TestServer | undefined;
afterEach(() => server?.close());

/** A server as it answers, and which of its models run elsewhere: written down here, not asked of discovery. */
interface Case {
  readonly name: string;
  readonly kind: ServerKind;
  readonly routes: Routes;
  readonly fallback?: Reply;
  readonly cloud: readonly string[] | 'all';
}

/** By the documentation that each entry of DOCUMENTED names: models that another machine runs, and is paid for. */
const CLOUD_OF_DOCUMENTED: Readonly<Record<string, readonly string[] | 'all'>> = {
  Jan: ['gpt-4o'],
  LiteLLM: 'all',
  'Osaurus with a remote provider': ['openai/gpt-4o', 'gpt-4o'],
  'llama-swap with a peer': ['vendor/large'],
};

const replayed = (name: string, files: Readonly<Record<string, string>>, more: Routes = {}): Routes => ({
  ...Object.fromEntries(Object.entries(files).map(([path, file]) => [path, recorded(name, file)])),
  ...more,
});
const OLLAMA = {
  '/': 'root',
  '/v1/models': 'v1-models',
  '/api/tags': 'api-tags',
  '/api/version': 'api-version',
  '/api/status': 'api-status',
  '/api/ps': 'api-ps-empty',
};
const tag = (name: string, more = {}) => ({
  name,
  model: name,
  size: 384,
  digest: 'a'.repeat(64),
  details: {},
  ...more,
});
/** Shapes of Ollama's cloud models as in `GET /api/tags` of 0.12 and later: by tag, and by `remote_host`. */
const OLLAMA_CLOUD = {
  body: {
    models: [
      tag('qwen3:8b', { capabilities: ['completion', 'tools'] }),
      tag('gpt-oss:120b-cloud', { capabilities: ['completion', 'tools'] }),
      tag('kimi-k2:cloud'),
      tag('renamed', { remote_host: 'https://ollama.com:443', remote_model: 'deepseek-v3.1' }),
    ],
  },
};

const CASES: readonly Case[] = [
  ...DOCUMENTED.map(({ name, kind, routes, fallback }): Case => {
    // Nobody can tell a relay of an unknown make from an engine of an unknown make, nor GPT4All's remote models.
    const cloud = kind === 'openai-compatible' || kind === 'gpt4all' ? 'all' : (CLOUD_OF_DOCUMENTED[name] ?? []);
    return { name, kind, routes, cloud, ...(fallback === undefined ? {} : { fallback }) };
  }),
  { name: 'Ollama 0.34', kind: 'ollama', routes: replayed('ollama-0.34.0', OLLAMA), cloud: [] },
  {
    name: 'Ollama 0.34 with cloud models',
    kind: 'ollama',
    routes: replayed('ollama-0.34.0', OLLAMA, {
      '/api/tags': OLLAMA_CLOUD,
      '/v1/models': { body: { object: 'list', data: null } },
    }),
    cloud: ['gpt-oss:120b-cloud', 'kimi-k2:cloud', 'renamed'],
  },
  {
    name: 'llama-server',
    kind: 'llama.cpp',
    routes: replayed('llama.cpp', { '/v1/models': 'v1-models', '/props': 'props' }),
    cloud: [],
  },
  {
    name: 'vLLM',
    kind: 'vllm',
    routes: replayed('vllm', { '/v1/models': 'v1-models', '/version': 'version' }),
    cloud: [],
  },
  {
    name: 'llama-cpp-python',
    kind: 'llama-cpp-python',
    routes: replayed('llama-cpp-python', { '/v1/models': 'v1-models' }),
    cloud: [],
  },
  {
    name: 'transformers',
    kind: 'transformers',
    routes: replayed('transformers', { '/v1/models': 'v1-models' }),
    cloud: [],
  },
];

const NEEDS: readonly RequestNeeds[] = [
  PLAIN_CHAT,
  { task: 'chat', tools: true, vision: true, contextTokens: 100_000, answerTokens: 0 },
  { task: 'completion', tools: false, vision: false, contextTokens: 10, answerTokens: 0 },
  { task: 'embedding', tools: false, vision: false, contextTokens: 10, answerTokens: 0 },
];
const openai = routedProvider(cloudEndpoint('openai'), ['gpt-4o', 'text-embedding-3-small']);

/** Everything that a client, or a config, can call a model by. */
function namesFor(seen: ModelServer, ids: readonly string[]): string[] {
  const names = [
    'gpt-4o',
    'openai/gpt-4o',
    'openai/anything',
    'text-embedding-3-small',
    'mistyped',
    'own',
    'gpt-5',
    'all',
  ];
  for (const id of [...ids, 'gpt-4o', 'not-listed:cloud']) {
    names.push(id, `${seen.name}/${id}`, `llmgw/${id}`, `llmgw/${seen.name}/${id}`, `wild-${id}`);
  }
  return names;
}

function devTable(seen: ModelServer, ids: readonly string[], allow: RouteTable['allow'] = 'local'): RouteTable {
  const everything = ['gpt-4o', 'openai/gpt-4o', ...ids, ...ids.map((id) => `${seen.name}/${id}`)];
  return routeTable({
    profile: 'dev',
    allow,
    standIn: { kind: 'auto' },
    aliases: [
      { name: 'all', targets: everything },
      { name: 'wild-*', targets: ['*', `${seen.name}/*`, 'openai/*'] },
    ],
    models: [{ name: 'own', targets: [...everything].reverse() }],
    servers: [seen],
    providers: [openai],
    makerOf: (model) => (model.startsWith('gpt-') ? 'openai' : null),
  });
}

/** Where every request of these names would go, fallbacks included. */
function targetsOf(table: RouteTable, names: readonly string[]): Set<string> {
  const targets = new Set<string>();
  for (const name of names) {
    for (const needs of NEEDS) {
      try {
        for (const target of planRoute(table, name, () => needs, PLAIN_FACTS).targets) targets.add(target.name);
      } catch (error) {
        if (!(error instanceof GatewayError)) throw error;
      }
    }
  }
  return targets;
}

describe('the wall of dev', () => {
  it('is tried with every kind of server that discovery tells apart', () => {
    expect([...new Set(CASES.map(({ kind }) => kind))].sort()).toEqual([...SERVER_KINDS].sort());
  });

  it.each(CASES)('$name: nothing of a request leaves the machine', async ({ kind, routes, fallback, cloud }) => {
    server = await serve(routes, fallback === undefined ? {} : { fallback });
    const seen = await discoverAt(server.port);
    if (seen === null) throw new Error('the server was not found');
    expect(seen.kind).toBe(kind);
    const ids = seen.models.map(({ id }) => id);
    const local = ids.filter((id) => cloud !== 'all' && !cloud.includes(id)).map((id) => `${seen.name}/${id}`);

    const targets = targetsOf(devTable(seen, ids), namesFor(seen, ids));
    // What runs here is reached, or the test would pass on a wall without a door.
    expect([...targets].sort()).toEqual([...new Set(local)].sort());
    // Without the wall the same names do go out.
    expect(targetsOf(devTable(seen, ids, 'any'), namesFor(seen, ids))).toContain('openai/anything');
  });

  it.each(CASES)(
    '$name, gone or asking for a key: nothing is sent to what it may be now',
    async ({ routes, fallback }) => {
      server = await serve(routes, fallback === undefined ? {} : { fallback });
      const [found, stated] = [
        await discoverAt(server.port),
        await discoverAt(1, { servers: [named('box', server.origin, { local: true })] }),
      ];
      for (const seen of [found, stated]) {
        if (seen === null) throw new Error('the server was not found');
        const ids = seen.models.map(({ id }) => id);
        for (const state of ['down', 'locked'] as const) {
          const table = devTable({ ...seen, state, models: [], problem: 'It is away.' }, ids);
          expect([...targetsOf(table, namesFor(seen, ids))]).toEqual([]);
        }
      }
    },
  );

  it('takes the config’s word for a server that nobody recognises, and for a gateway', async () => {
    for (const wanted of ['something that speaks the dialect', 'LiteLLM']) {
      const documented = DOCUMENTED.find(({ name }) => name === wanted);
      server = await serve(documented?.routes ?? {});
      const stated = await discoverAt(1, { servers: [named('box', server.origin, { local: true })] });
      const ids = stated?.models.map(({ id }) => id) ?? [];
      if (stated === null) throw new Error('the server was not found');
      expect(targetsOf(devTable(stated, ids), namesFor(stated, ids)).size).toBe(ids.length);
      await server.close();
    }
  });

  it('stands before a gateway that the config names and does not call local, by the makers it lists', async () => {
    server = await serve({ '/v1/models': { body: { object: 'list', data: [{ id: 'fast', owned_by: 'openai' }] } } });
    const stated = await discoverAt(1, { servers: [named('box', server.origin)] });
    if (stated === null) throw new Error('the server was not found');
    expect([...targetsOf(devTable(stated, ['fast']), namesFor(stated, ['fast']))]).toEqual([]);
  });
});
