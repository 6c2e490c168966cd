import { plainGroup } from '../../src/canonical/model-group.ts';
import type { ModelGroup } from '../../src/canonical/model-group.ts';
import { UNKNOWN_FACTS } from '../../src/canonical/model.ts';
import type { ModelFacts, ModelServer, ServedModel } from '../../src/canonical/model.ts';
import type { NamedTargets } from '../../src/canonical/profile.ts';
import { PLAIN_QUIRKS } from '../../src/canonical/quirks.ts';
import type { RoutingDefaults } from '../../src/canonical/routing-defaults.ts';
import { UNKNOWN_LIMITS } from '../../src/canonical/target.ts';
import type { Endpoint, Target } from '../../src/canonical/target.ts';
import { routingDefaults } from '../../src/config/routing-settings.ts';
import { compileRoutes } from '../../src/routing/compile.ts';
import type { RoutedProvider, RouteTable, RouteTableInput } from '../../src/routing/route-table.ts';
import { Secret } from '../../src/std/secret.ts';

/** A model as a server lists it. */
export function servedModel(id: string, more: Partial<ServedModel> = {}): ServedModel {
  return {
    id,
    locality: 'local',
    capabilities: null,
    contextLength: null,
    sizeBytes: null,
    parameterSize: null,
    quantization: null,
    loaded: null,
    createdAt: null,
    ...more,
  };
}

/** A model server as discovery sees it. */
export function modelServer(
  name: string,
  models: readonly (string | ServedModel)[],
  more: Partial<Omit<ModelServer, 'name' | 'models'>> = {},
): ModelServer {
  const origin = more.origin ?? 'http://127.0.0.1:9';
  return {
    name,
    kind: 'openai-compatible',
    origin,
    apiBase: `${origin}/v1`,
    version: null,
    apiKey: null,
    insecureTls: false,
    locality: 'local',
    state: 'ready',
    problem: null,
    models: models.map((model) => (typeof model === 'string' ? servedModel(model) : model)),
    fromConfig: false,
    ...more,
  };
}

/** A cloud provider's endpoint with a key, on any address. */
export function cloudEndpoint(provider: string, more: Partial<Omit<Endpoint, 'provider'>> = {}): Endpoint {
  return {
    provider,
    dialect: 'openai-chat',
    apiBase: 'http://127.0.0.1:9/v1',
    locality: 'cloud',
    credential: new Secret(`key-of-${provider}`),
    credentialHeader: { kind: 'bearer' },
    pathRule: null,
    signer: null,
    extraHeaders: {},
    alsoSpeaks: [],
    quirks: PLAIN_QUIRKS,
    priceProvider: provider,
    insecureTls: false,
    ...more,
  };
}

export function routedProvider(
  endpoint: Endpoint,
  models: readonly string[],
  usable = true,
  facts: Readonly<Record<string, Partial<ModelFacts>>> = {},
): RoutedProvider {
  const factsOf = (model: string): ModelFacts => ({ ...UNKNOWN_FACTS, ...facts[model] });
  return { endpoint, models, factsOf, usable, hint: usable ? '' : `Set the key of ${endpoint.provider}.` };
}

/** What a table is made of; a plain list of targets may stand for a group. */
export interface TableParts extends Partial<Omit<RouteTableInput, 'models' | 'routing'>> {
  readonly models?: readonly (NamedTargets | ModelGroup)[];
  readonly routing?: Partial<RoutingDefaults>;
}

/** A table of routes in which nothing is but what is given. */
export function routeTable({ models = [], routing, ...input }: TableParts): RouteTable {
  return compileRoutes({
    profile: 'default',
    allow: 'any',
    standIn: { kind: 'none' },
    aliases: [],
    models: models.map((model) => ('deployments' in model ? model : plainGroup(model.name, model.targets))),
    routing: { ...routingDefaults({}), ...routing },
    servers: [],
    providers: [],
    demo: false,
    knownLocalIds: new Set(),
    makerOf: () => null,
    priceOf: () => null,
    memory: { totalBytes: 2 ** 40, isShared: false },
    ...input,
  });
}

export function networkTarget(endpoint: Endpoint, model = 'm'): Target {
  return {
    name: `${endpoint.provider}/${model}`,
    model,
    via: { kind: 'network', endpoint },
    locality: endpoint.locality,
    limits: UNKNOWN_LIMITS,
    capabilities: null,
    reason: '',
  };
}
