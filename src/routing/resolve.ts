import { UNKNOWN_LIMITS } from '../canonical/target.ts';
import type { Endpoint, ModelLimits, Target } from '../canonical/target.ts';
import type { ServedModel } from '../canonical/model.ts';
import { plainDeployment, USUAL_RESILIENCE } from '../canonical/model-group.ts';
import type { ConfiguredDeployment, ModelGroup } from '../canonical/model-group.ts';
import type { Strategy } from '../canonical/strategy.ts';
import { idAt, saysOnlyWhere, within } from './configured-deployment.ts';
import { contextInMemory } from './context-memory.ts';
import type { Candidate } from './candidate.ts';
import { exactMeaning, meaningIn } from './name-book.ts';
import type { Entry, Meaning } from './name-book.ts';
import { DEMO_MODEL, DEMO_PROVIDER } from './route-table.ts';
import type { RoutedProvider, RoutedServer, RouteTable, ServedHere } from './route-table.ts';

const OWN_PREFIX = 'llmgw/';
export const DEFAULT_TAG = ':latest';
/** `models:` may name each other; the config refuses cycles, this only bounds the walk. */
const MAX_DEPTH = 8;

/** `llmgw/NAME` means NAME. */
export function withoutOwnPrefix(name: string): string {
  return name.startsWith(OWN_PREFIX) ? name.slice(OWN_PREFIX.length) : name;
}

/** What the profile or `models:` say that a name stands for; `null`: nothing. */
export function statedMeaning(table: RouteTable, name: string): Meaning | null {
  return meaningIn(table.aliases, name) ?? meaningIn(table.models, name);
}

/** The rules of `*` choose names that `*` matches too: those mean what they would mean without it. */
export function hasNoRules({ rules }: Entry): boolean {
  return rules.length === 0;
}

/**
 * How a name is looked up. `by_rule`: a rule has chosen it, and no wildcard with rules takes it again; `exact`: the
 * model behind it, whatever the profile and `models:` say.
 */
export type Lookup = 'as_asked' | 'by_rule' | 'exact';

/** What a name comes to, before the wall. */
export interface Resolved {
  /** Of the group: that of the name that was asked for, or the one that it is only another name of. */
  readonly name: string;
  /** What the config says of that group, and the entry that says it; `null`: nothing. */
  readonly meaning: Meaning | null;
  /** Of several groups in one list the first that has a strategy. */
  readonly strategy: Strategy;
  readonly candidates: readonly Candidate[];
}

/**
 * Every place that a name can mean, the strongest meaning's in order: the profile's alias, a name of `models:`, the
 * exact id of a model on a live server, `server/id`, `provider/id`, a bare cloud id.
 */
export function resolveName(table: RouteTable, name: string, lookup: Lookup): Resolved {
  if (lookup === 'exact') return unnamed(name, resolveExact(table, name));
  const isTaken = lookup === 'by_rule' ? hasNoRules : undefined;
  const alias = meaningIn(table.aliases, name, isTaken);
  if (alias !== null) {
    return resolveMeaning(table, name, alias, { depth: 0, reason: `alias ${alias.entry} of profile ${table.profile}` });
  }
  // Wildcards are for the names that clients send: `*` would else take what other entries stand for, too.
  const own = meaningIn(table.models, name, isTaken);
  if (own !== null) return resolveMeaning(table, name, own, { depth: 0, reason: `models: ${own.entry}` });
  return unnamed(name, resolveExact(table, name));
}

function unnamed(name: string, candidates: readonly Candidate[]): Resolved {
  return { name, meaning: null, strategy: 'in-order', candidates };
}

/** A target that is its own name (`gpt-4o: [gpt-4o]`) means the model behind the name. */
function resolveMeaning(
  table: RouteTable,
  name: string,
  meaning: Meaning,
  { depth, reason }: { readonly depth: number; readonly reason: string },
): Resolved {
  const { group } = meaning;
  const deployments = deploymentsOf(group);
  const parts = deployments.map(({ target }) =>
    target === name ? unnamed(name, resolveNamed(table, target)) : resolveEntry(table, target, depth + 1),
  );
  const candidates = deployments.flatMap((settings, index) =>
    placesOf(settings, parts[index]?.candidates ?? [], { entry: meaning.entry, reason }),
  );
  const [only] = parts;
  if (parts.length === 1 && only !== undefined && only.meaning !== null && isPlain(group))
    return { ...only, candidates };
  const inner = parts.find(({ strategy }) => strategy !== 'in-order')?.strategy;
  const own = group.strategy ?? table.routing.strategy;
  return { name, meaning, strategy: own === 'in-order' ? (inner ?? own) : own, candidates };
}

/** Of a name with rules, where no request is there to choose by: all that they can choose, in their order. */
function deploymentsOf({ deployments, rules }: ModelGroup): readonly ConfiguredDeployment[] {
  return [...deployments, ...rules.map(({ use }, index) => plainDeployment(use, index + 1))];
}

/** Nothing but another name for something. */
function isPlain({ strategy, deployments, resilience, ...group }: ModelGroup): boolean {
  const { sticky, hedge, continueStreams, accessGroups } = group;
  const saysMore = sticky !== null || hedge !== null || continueStreams !== null || accessGroups.length > 0;
  return !saysMore && strategy === 'in-order' && deployments.every(saysOnlyWhere) && resilience === USUAL_RESILIENCE;
}

/** A deployment is as many places as its target has: one that is on two servers has half of its weight on each. */
function placesOf(
  settings: ConfiguredDeployment,
  found: readonly Candidate[],
  { entry, reason }: { readonly entry: string; readonly reason: string },
): readonly Candidate[] {
  const places = settings.mock === null ? found : [mocked(settings, found[0])];
  const usable = places.filter(({ obstacle }) => obstacle === null).length;
  const { terms } = settings;
  const weight = terms.weight === null ? null : terms.weight / Math.max(1, usable);
  return places.map((place) => {
    const id = idAt(place.settings?.id ?? place.target.name, entry, settings);
    const own: ConfiguredDeployment = { ...settings, id, terms: { ...terms, weight } };
    return {
      ...place,
      target: { ...place.target, reason },
      settings: place.settings === null ? own : within(own, place.settings),
      order: [terms.order, ...place.order],
    };
  });
}

/** It answers with a text of the config, so nothing of a request leaves for anywhere, and no credential is needed. */
function mocked({ target: name }: ConfiguredDeployment, behind: Candidate | undefined): Candidate {
  const target: Target = behind?.target ?? { ...DEMO_TARGET, name, model: name.slice(name.indexOf('/') + 1) };
  return available({ ...target, via: { kind: 'demo' } });
}

/** What an entry names: another entry, or a model. */
export function resolveTarget(table: RouteTable, name: string): readonly Candidate[] {
  return resolveEntry(table, name, 1).candidates;
}

function resolveEntry(table: RouteTable, name: string, depth: number): Resolved {
  const plain = withoutOwnPrefix(name);
  if (depth > MAX_DEPTH) return unnamed(plain, []);
  const own = exactMeaning(table.models, plain);
  if (own !== null) return resolveMeaning(table, plain, own, { depth, reason: `models: ${own.entry}` });
  return unnamed(plain, resolveNamed(table, plain));
}

/**
 * The model that an entry of the config names. A server of the config is asked for it even if it does not list it: many
 * go by other names than they list, or by none, as llama.cpp does. Ollama alone has what it lists and nothing else.
 */
function resolveNamed(table: RouteTable, name: string): readonly Candidate[] {
  const found = resolveExact(table, name);
  const slash = name.indexOf('/');
  const routed = found.length > 0 || slash < 0 ? undefined : table.servers.get(name.slice(0, slash));
  if (routed === undefined || !routed.server.fromConfig || routed.server.kind === 'ollama') return found;
  return [silentTarget(routed, name.slice(slash + 1))];
}

/** The model behind a name, whatever the profile and `models:` say. */
export function resolveExact(table: RouteTable, name: string): readonly Candidate[] {
  if (table.demo && name === `${DEMO_PROVIDER}/${DEMO_MODEL}`) return [available(DEMO_TARGET)];
  const local = table.localModels.get(name) ?? table.localModels.get(name + DEFAULT_TAG);
  if (local !== undefined) return local.map(placeHere);
  return onNamedServer(table, name) ?? inCloud(table, name);
}

const DEMO_TARGET: Target = {
  name: `${DEMO_PROVIDER}/${DEMO_MODEL}`,
  model: DEMO_MODEL,
  via: { kind: 'demo' },
  locality: 'local',
  limits: UNKNOWN_LIMITS,
  capabilities: null,
  reason: 'built-in demo',
};

export function available(target: Target): Candidate {
  return { ...NOTHING_SAID, target, obstacle: null };
}

const NOTHING_SAID: Omit<Candidate, 'target' | 'obstacle'> = {
  unproven: false,
  isWarm: null,
  settings: null,
  order: [],
};

/** A model on a server, as somebody who can be asked. */
export function placeHere(here: ServedHere): Candidate {
  return { ...available(targetHere(here)), isWarm: here.model.loaded };
}

/** A model on a server, at the server's endpoint for where the model is run. */
export function targetHere({ routed, model }: ServedHere): Target {
  const where = model.loaded === true ? 'has it loaded' : 'serves it';
  const endpoint = model.locality === 'local' ? routed.local : routed.cloud;
  const target = networkTarget(endpoint, model.id, `${routed.server.name} ${where}`);
  return { ...target, limits: limitsOf(model, routed), capabilities: model.capabilities };
}

function limitsOf(model: ServedModel, { memory }: RoutedServer): ModelLimits {
  const { contextLength, trainedContextLength, loaded } = model;
  const trained = trainedContextLength ?? contextLength;
  const inMemory = contextInMemory(model, memory);
  return {
    maxOutputTokens: null,
    contextTokens: trained === null || inMemory === null ? trained : Math.min(trained, inMemory),
    loadedContextTokens: loaded === true ? contextLength : null,
  };
}

/** `server/id`. `null`: the first part names no server. */
function onNamedServer(table: RouteTable, name: string): readonly Candidate[] | null {
  const slash = name.indexOf('/');
  const routed = slash < 0 ? undefined : table.servers.get(name.slice(0, slash));
  if (routed === undefined) return null;
  const id = name.slice(slash + 1);
  const { models, state } = routed.server;
  if (state !== 'ready') return [silentTarget(routed, id)];
  const model = models.find((served) => served.id === id) ?? models.find((served) => served.id === id + DEFAULT_TAG);
  return model === undefined ? [] : [placeHere({ routed, model })];
}

/**
 * A server of the config that does not answer, or does not list it, may have any model, and by the time that a request
 * arrives it may relay it to anywhere: without a wall the request itself will tell. One that wants a key is not asked.
 */
function silentTarget({ server, local, cloud }: RoutedServer, id: string): Candidate {
  const endpoint = server.locality === 'local' ? local : cloud;
  const target = networkTarget(endpoint, id, `${server.name} is named in the config`);
  const unproven = server.locality === 'local';
  const obstacle = server.state === 'locked' ? 'the server wants a key' : null;
  return { ...NOTHING_SAID, target, obstacle, unproven };
}

function inCloud(table: RouteTable, name: string): readonly Candidate[] {
  if (wasLocal(table, name)) return [];
  const slash = name.indexOf('/');
  const named = slash < 0 ? undefined : table.providers.get(name.slice(0, slash));
  if (named === undefined) return byBareId(table, name);
  const candidate = atProvider(named, name.slice(slash + 1), `provider ${named.endpoint.provider}`);
  return named.usable ? [candidate] : [candidate, ...byBareId(table, name)];
}

/** The maker of a model before those who resell it; a maker whose list is not there yet is taken at its word. */
function byBareId(table: RouteTable, id: string): readonly Candidate[] {
  const maker = table.providers.get(table.makerOf(id) ?? '');
  const others = (table.cloudModels.get(id) ?? []).filter((provider) => provider !== maker);
  let taken = maker?.usable === true ? 'the maker comes before those who resell it' : null;
  return [...(maker === undefined ? [] : [maker]), ...others].map((provider) => {
    const candidate = atProvider(provider, id, `provider ${provider.endpoint.provider} has ${id}`);
    if (provider === maker || candidate.obstacle !== null) return candidate;
    const obstacle = taken;
    taken ??= 'another provider has it and comes first';
    return { ...candidate, obstacle };
  });
}

function atProvider({ endpoint, usable }: RoutedProvider, model: string, reason: string): Candidate {
  const target = networkTarget(endpoint, model, reason);
  return { ...NOTHING_SAID, target, obstacle: usable ? null : 'no usable credential' };
}

/** Whether a name is the id of a model on a server here, now or before: then it means no provider's. */
export function meansLocalModel(table: RouteTable, name: string): boolean {
  return table.localModels.has(name) || table.localModels.has(name + DEFAULT_TAG) || wasLocal(table, name);
}

/** Whether a local server has served an id before, and none does now: it is not taken for a cloud name. */
export function wasLocal(table: RouteTable, name: string): boolean {
  return table.knownLocalIds.has(name) || table.knownLocalIds.has(name + DEFAULT_TAG);
}

function networkTarget(endpoint: Endpoint, model: string, reason: string): Target {
  return {
    name: `${endpoint.provider}/${model}`,
    model,
    via: { kind: 'network', endpoint },
    locality: endpoint.locality,
    limits: UNKNOWN_LIMITS,
    capabilities: null,
    reason,
  };
}
