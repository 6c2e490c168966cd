import type { Locality, ModelServer } from '../canonical/model.ts';
import type { Endpoint } from '../canonical/target.ts';
import type { NamedTargets, RoutedProvider, RoutedServer, RouteTable, RouteTableInput, ServedHere } from './route-table.ts';

/** Makes the table that every request is planned with. Pure: the same input gives the same table. */
export function compileRoutes(input: RouteTableInput): RouteTable {
  const servers = new Map(input.servers.map((server) => [server.name, routedServer(server)]));
  return {
    profile: input.profile,
    aliases: byName(input.aliases),
    models: byName(input.models),
    servers,
    localModels: modelsById([...servers.values()]),
    providers: new Map(input.providers.map((provider) => [provider.endpoint.provider, provider])),
    cloudModels: cloudModels(input.providers),
    demo: input.demo,
    knownLocalIds: input.knownLocalIds,
    makerOf: input.makerOf,
    planned: new Map(),
  };
}

function byName(named: readonly NamedTargets[]): ReadonlyMap<string, readonly string[]> {
  return new Map(named.map(({ name, targets }) => [name, targets]));
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

/** The order of the servers decides, then which has the model loaded. */
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
  for (const here of found.values()) here.sort(byPreference);
  return found;
}

function byPreference(a: ServedHere, b: ServedHere): number {
  const named = Number(b.routed.server.fromConfig) - Number(a.routed.server.fromConfig);
  if (named !== 0 || a.routed.server.fromConfig) return named;
  return Number(b.model.loaded === true) - Number(a.model.loaded === true);
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
