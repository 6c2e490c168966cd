import { plainGroup } from '../canonical/model-group.ts';
import type { Locality, ModelServer, ServerKind } from '../canonical/model.ts';
import { PLAIN_QUIRKS } from '../canonical/quirks.ts';
import type { ChatQuirks } from '../canonical/quirks.ts';
import type { Endpoint } from '../canonical/target.ts';
import { isLoopbackHost } from '../std/loopback.ts';
import { mayAnswerText } from './chat-models.ts';
import type { Memory } from './context-memory.ts';
import { compileNames } from './name-book.ts';
import type { RoutedProvider, RoutedServer, RouteTable, RouteTableInput, ServedHere } from './route-table.ts';

/** Makes the table that every request is planned with. Pure: the same input gives the same table. */
export function compileRoutes(input: RouteTableInput): RouteTable {
  const servers = new Map(input.servers.map((server) => [server.name, routedServer(server, input.memory)]));
  const localChat = chatModels([...servers.values()]);
  return {
    profile: input.profile,
    allow: input.allow,
    standIn: input.standIn,
    aliases: compileNames(input.aliases.map(({ name, targets }) => plainGroup(name, targets))),
    models: compileNames(input.models),
    routing: input.routing,
    servers,
    localModels: modelsById([...servers.values()]),
    localChat,
    localContexts: contextsOf(localChat),
    providers: new Map(input.providers.map((provider) => [provider.endpoint.provider, provider])),
    cloudModels: cloudModels(input.providers),
    demo: input.demo,
    knownLocalIds: input.knownLocalIds,
    makerOf: input.makerOf,
    priceOf: input.priceOf,
    planned: new Map(),
    ruled: new Map(),
    stoodIn: new Map(),
  };
}

function routedServer(server: ModelServer, memory: Memory): RoutedServer {
  const isHere = isLoopbackHost(new URL(server.origin).hostname);
  return {
    server,
    local: endpointOf(server, 'local'),
    cloud: endpointOf(server, 'cloud'),
    memory: isHere ? memory : null,
  };
}

/**
 * Model servers take the bytes of images only, as far as all of them go, and some leave what a model thinks in its
 * text. Where one speaks other dialects than OpenAI's chat too (vLLM, llama.cpp and LM Studio do), what it does wrong
 * there is written down in src/README.md: they are asked in none of those.
 */
const LOCAL_QUIRKS: ChatQuirks = {
  ...PLAIN_QUIRKS,
  singleSystem: true,
  images: 'inline',
  audio: true,
  thinkTags: true,
};

/**
 * What was seen of released servers: llama-cpp-python 0.3.36 answers 500 to a schema. vLLM 0.32 needs nothing: from an
 * effort it makes itself what templates have a word for (`enable_thinking`).
 */
const QUIRKS_OF_KINDS: Partial<Record<ServerKind, Partial<ChatQuirks>>> = {
  'llama-cpp-python': { schemas: 'json-object' },
};

function endpointOf(server: ModelServer, locality: Locality): Endpoint {
  return {
    provider: server.name,
    ...addressesOf(server),
    locality,
    credential: server.apiKey,
    credentialHeader: { kind: 'bearer' },
    pathRule: null,
    signer: null,
    extraHeaders: {},
    quirks: { ...LOCAL_QUIRKS, ...QUIRKS_OF_KINDS[server.kind] },
    priceProvider: null,
    insecureTls: server.insecureTls,
  };
}

/** Ollama's own API tells what its copy of OpenAI's hides: cut prompts, limits not kept, a runner that died. */
function addressesOf({ kind, origin, apiBase }: ModelServer): Pick<Endpoint, 'dialect' | 'apiBase' | 'alsoSpeaks'> {
  if (kind !== 'ollama') return { dialect: 'openai-chat', apiBase, alsoSpeaks: [] };
  return { dialect: 'ollama', apiBase: origin, alsoSpeaks: [] };
}

/** The order of the config's servers decides; of the others a local model comes first, then one that is loaded. */
function modelsById(servers: readonly RoutedServer[]): ReadonlyMap<string, readonly ServedHere[]> {
  const found = new Map<string, ServedHere[]>();
  for (const routed of servers) {
    if (routed.server.state !== 'ready') continue;
    for (const model of routed.server.models) {
      const here = found.get(model.id);
      if (here === undefined) found.set(model.id, [{ routed, model }]);
      else here.push({ routed, model });
    }
  }
  return new Map([...found].map(([id, here]) => [id, withoutLeaving(here.sort(byPreference))]));
}

/** What is asked of a local model stays local: a cloud model of the same id does not stand in for one that failed. */
function withoutLeaving(here: readonly ServedHere[]): readonly ServedHere[] {
  return here[0]?.model.locality === 'local' ? here.filter(({ model }) => model.locality === 'local') : here;
}

function byPreference(a: ServedHere, b: ServedHere): number {
  const named = Number(b.routed.server.fromConfig) - Number(a.routed.server.fromConfig);
  if (named !== 0 || a.routed.server.fromConfig) return named;
  const local = Number(b.model.locality === 'local') - Number(a.model.locality === 'local');
  return local !== 0 ? local : Number(b.model.loaded === true) - Number(a.model.loaded === true);
}

function chatModels(servers: readonly RoutedServer[]): readonly ServedHere[] {
  return servers.flatMap((routed) => {
    if (routed.server.state !== 'ready') return [];
    const local = routed.server.models.filter((model) => model.locality === 'local' && mayAnswerText(model));
    return local.map((model) => ({ routed, model }));
  });
}

function contextsOf(served: readonly ServedHere[]): readonly number[] {
  const lengths = served.map(({ model }) => model.contextLength).filter((length) => length !== null);
  return [...new Set(lengths)].sort((one, other) => one - other);
}

function cloudModels(providers: readonly RoutedProvider[]): ReadonlyMap<string, readonly RoutedProvider[]> {
  const found = new Map<string, RoutedProvider[]>();
  for (const provider of providers) {
    for (const id of provider.models) {
      const here = found.get(id);
      if (here === undefined) found.set(id, [provider]);
      else here.push(provider);
    }
  }
  return found;
}
