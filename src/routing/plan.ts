import { GatewayError } from '../canonical/errors.ts';
import type { Endpoint, Target } from '../canonical/target.ts';
import { nearest } from '../std/nearest.ts';
import { DEMO_MODEL, DEMO_PROVIDER } from './route-table.ts';
import type { RoutedProvider, RoutedServer, RouteTable, ServedHere } from './route-table.ts';

const OWN_PREFIX = 'llmgw/';
const DEFAULT_TAG = ':latest';
const NEAREST_NAMES = 3;
/** `models:` may name each other; the config refuses cycles, this only bounds the walk. */
const MAX_DEPTH = 8;
const MAX_PLANNED = 1000;

/**
 * The places that can answer for a name, in the order to try them. Throws a `GatewayError` that says why there is none.
 * The order of the meanings of a name: the profile's alias, a name of `models:`, the exact id of a model on a live
 * server, `server/id`, `provider/id`, a bare cloud id.
 */
export function planRoute(table: RouteTable, name: string): readonly Target[] {
  const known = table.planned.get(name);
  if (known !== undefined) return known;
  const plain = name.startsWith(OWN_PREFIX) ? name.slice(OWN_PREFIX.length) : name;
  const targets = withoutRepeats(resolve(table, plain, 0));
  if (targets.length === 0) throw whyNot(table, plain);
  if (table.planned.size >= MAX_PLANNED) table.planned.clear();
  table.planned.set(name, targets);
  return targets;
}

/** Two names of a list may mean the same: what has failed once is not tried again. */
function withoutRepeats(targets: readonly Target[]): readonly Target[] {
  const byName = new Map<string, Target>();
  for (const target of targets) if (!byName.has(target.name)) byName.set(target.name, target);
  return [...byName.values()];
}

/** Whether a name has a target now. */
export function canAnswer(table: RouteTable, name: string): boolean {
  return resolve(table, name, 0).length > 0;
}

/** Every name that a client can use as it is, for `/v1/models` and for suggestions. */
export function knownNames(table: RouteTable): readonly string[] {
  const names = new Set<string>([...table.aliases.keys(), ...table.models.keys(), ...table.localModels.keys()]);
  if (table.demo) names.add(`${DEMO_PROVIDER}/${DEMO_MODEL}`);
  for (const provider of table.providers.values()) {
    if (provider.usable) for (const id of provider.models) names.add(`${provider.endpoint.provider}/${id}`);
  }
  return [...names];
}

function resolve(table: RouteTable, name: string, depth: number): readonly Target[] {
  if (depth > MAX_DEPTH) return [];
  const alias = depth === 0 ? table.aliases.get(name) : undefined;
  if (alias !== undefined) return resolveAll(table, name, alias, depth, `alias of profile ${table.profile}`);
  const own = table.models.get(name);
  if (own !== undefined) return resolveAll(table, name, own, depth, `models: ${name}`);
  return resolveExact(table, name);
}

/** A target that is its own name (`gpt-4o: [gpt-4o]`) means the model behind the name. */
function resolveAll(
  table: RouteTable,
  name: string,
  targets: readonly string[],
  depth: number,
  reason: string,
): readonly Target[] {
  const found = targets.flatMap((target) =>
    target === name ? resolveExact(table, target) : resolve(table, target, depth + 1),
  );
  return found.map((target) => ({ ...target, reason }));
}

function resolveExact(table: RouteTable, name: string): readonly Target[] {
  if (table.demo && name === `${DEMO_PROVIDER}/${DEMO_MODEL}`) return [DEMO_TARGET];
  const local = table.localModels.get(name) ?? table.localModels.get(name + DEFAULT_TAG);
  if (local !== undefined) return local.map(targetHere);
  return onNamedServer(table, name) ?? inCloud(table, name);
}

const DEMO_TARGET: Target = {
  name: `${DEMO_PROVIDER}/${DEMO_MODEL}`,
  model: DEMO_MODEL,
  via: { kind: 'demo' },
  locality: 'local',
  reason: 'built-in demo',
};

function targetHere({ routed, model }: ServedHere): Target {
  const where = model.loaded === true ? 'has it loaded' : 'serves it';
  return networkTarget(
    model.locality === 'local' ? routed.local : routed.cloud,
    model.id,
    `${routed.server.name} ${where}`,
  );
}

/** `server/id`. `null`: the first part names no server. */
function onNamedServer(table: RouteTable, name: string): readonly Target[] | null {
  const slash = name.indexOf('/');
  const routed = slash < 0 ? undefined : table.servers.get(name.slice(0, slash));
  if (routed === undefined) return null;
  const id = name.slice(slash + 1);
  const models = routed.server.models;
  const model = models.find((served) => served.id === id) ?? models.find((served) => served.id === id + DEFAULT_TAG);
  if (model !== undefined) return [targetHere({ routed, model })];
  // A server of the config that did not answer yet may have any model: the request itself will tell.
  return routed.server.state === 'down' ? [downTarget(routed, id)] : [];
}

function downTarget(routed: RoutedServer, id: string): Target {
  const endpoint = routed.server.locality === 'local' ? routed.local : routed.cloud;
  return networkTarget(endpoint, id, `${routed.server.name} is named in the config`);
}

function inCloud(table: RouteTable, name: string): readonly Target[] {
  if (wasLocal(table, name)) return [];
  const slash = name.indexOf('/');
  const named = slash < 0 ? undefined : table.providers.get(name.slice(0, slash));
  if (named?.usable === true) {
    return [networkTarget(named.endpoint, name.slice(slash + 1), `provider ${named.endpoint.provider}`)];
  }
  const provider = byBareId(table, name);
  if (provider === null) return [];
  return [networkTarget(provider.endpoint, name, `provider ${provider.endpoint.provider} has ${name}`)];
}

/** The maker of a model before those who resell it; a maker whose list is not there yet is taken at its word. */
function byBareId(table: RouteTable, id: string): RoutedProvider | null {
  const maker = table.makerOf(id);
  const makers = maker === null ? undefined : table.providers.get(maker);
  if (makers?.usable === true) return makers;
  return table.cloudModels.get(id)?.find((provider) => provider.usable) ?? null;
}

function networkTarget(endpoint: Endpoint, model: string, reason: string): Target {
  return {
    name: `${endpoint.provider}/${model}`,
    model,
    via: { kind: 'network', endpoint },
    locality: endpoint.locality,
    reason,
  };
}

/** Why a name has no target, most specific cause first. */
function whyNot(table: RouteTable, name: string): GatewayError {
  const stated = table.aliases.get(name) ?? table.models.get(name);
  if (stated !== undefined) {
    return notFound(`The model \`${name}\` stands for ${stated.join(', ')}, of which none can be reached now.`);
  }
  if (wasLocal(table, name)) return notRunning(table, name);
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  const server = table.servers.get(first)?.server;
  if (server?.state === 'locked') {
    const message = `The server \`${server.name}\` is locked.`;
    return new GatewayError('no_credential', message, {
      param: 'model',
      hint: server.problem ?? 'Name it in `servers:` with its api_key.',
    });
  }
  const provider = table.providers.get(first) ?? table.providers.get(table.makerOf(name) ?? '');
  if (provider?.usable === false) {
    return new GatewayError('no_credential', `The model \`${name}\` needs a credential.`, {
      param: 'model',
      hint: provider.hint,
    });
  }
  if (server === undefined && wasLocal(table, name.slice(slash + 1))) return notRunning(table, name);
  return unknownName(table, name);
}

function wasLocal(table: RouteTable, name: string): boolean {
  return table.knownLocalIds.has(name) || table.knownLocalIds.has(name + DEFAULT_TAG);
}

/** The prompts do not go to the cloud by themselves, but whoever asks for it by its provider's name gets it. */
function notRunning(table: RouteTable, name: string): GatewayError {
  const message = `The model \`${name}\` was on a local server that is not running now.`;
  const maker = table.providers.get(table.makerOf(name) ?? '');
  const inItsCloud = maker?.usable === true ? `${maker.endpoint.provider}/${name}` : null;
  const elsewhere = inItsCloud !== null && canAnswer(table, inItsCloud) ? `, or ask for \`${inItsCloud}\`` : '';
  return notFound(message, `Start the server again (\`llmgw scan\` looks for it at once)${elsewhere}.`);
}

function unknownName(table: RouteTable, name: string): GatewayError {
  const close = nearestNames(table, name);
  const suggestion = close.length === 0 ? '' : ` Did you mean ${close.map((other) => `\`${other}\``).join(' or ')}?`;
  return notFound(`The model \`${name}\` is not known here.${suggestion}`);
}

/** Of `server/id` the ids of that server first; `:latest` counts for no wrong letters, since it need not be written. */
function nearestNames(table: RouteTable, name: string): readonly string[] {
  const wanted = withoutTag(name);
  const slash = wanted.indexOf('/');
  const server = slash < 0 ? undefined : table.servers.get(wanted.slice(0, slash))?.server;
  const ids = server?.models.map((model) => withoutTag(model.id)) ?? [];
  const there = nearest(wanted.slice(slash + 1), ids, NEAREST_NAMES);
  if (there.length > 0) return there.map((id) => `${wanted.slice(0, slash)}/${id}`);
  return nearest(wanted, knownNames(table).map(withoutTag), NEAREST_NAMES);
}

function withoutTag(name: string): string {
  return name.endsWith(DEFAULT_TAG) ? name.slice(0, -DEFAULT_TAG.length) : name;
}

function notFound(message: string, hint = '`llmgw models` lists the names that can be used.'): GatewayError {
  return new GatewayError('model_not_found', message, { param: 'model', hint });
}
