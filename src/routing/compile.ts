import type { Locality, ModelServer } from '../canonical/model.ts';
import type { Endpoint } from '../canonical/target.ts';
import { mayAnswerText } from './chat-models.ts';
import { compileNames } from './name-book.ts';
import type { RoutedProvider, RoutedServer, RouteTable, RouteTableInput, ServedHere } from './route-table.ts';

/** Makes the table that every request is planned with. Pure: the same input gives the same table. */
export function compileRoutes(input: RouteTableInput): RouteTable {
  const servers = new Map(input.servers.map((server) => [server.name, routedServer(server)]));
  const localChat = chatModels([...servers.values()]);
  return {
    profile: input.profile,
    allow: input.allow,
    standIn: input.standIn,
    aliases: compileNames(input.aliases),
    models: compileNames(input.models),
    servers,
    localModels: modelsById([...servers.values()]),
    localChat,
    localContexts: contextsOf(localChat),
    providers: new Map(input.providers.map((provider) => [provider.endpoint.provider, provider])),
    cloudModels: cloudModels(input.providers),
    demo: input.demo,
    knownLocalIds: input.knownLocalIds,
    makerOf: input.makerOf,
    planned: new Map(),
    stoodIn: new Map(),
  };
}

function routedServer(server: ModelServer): RoutedServer {
  return { server, local: endpointOf(server, 'local'), cloud: endpointOf(server, 'cloud') };
}

function endpointOf(server: ModelServer, locality: Locality): Endpoint {
  return {
    provider: server.name,
    dialect: 'openai-chat',
    apiBase: server.apiBase,
    locality,
    credential: server.apiKey,
    credentialHeader: { kind: 'bearer' },
    extraHeaders: {},
    takesStreamUsage: true,
    priceProvider: null,
    insecureTls: server.insecureTls,
  };
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
