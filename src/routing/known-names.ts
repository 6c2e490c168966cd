import { UNKNOWN_FACTS } from '../canonical/model.ts';
import type { ModelFacts, ServedModel } from '../canonical/model.ts';
import type { Target } from '../canonical/target.ts';
import { isAllowed } from './candidate.ts';
import { meansLocalModel, withoutOwnPrefix } from './resolve.ts';
import { DEMO_MODEL, DEMO_PROVIDER } from './route-table.ts';
import type { RouteTable, ServedHere } from './route-table.ts';

/**
 * Every name that a client can use as it is, for `/v1/models` and for suggestions: the user's own, and those of models
 * that the profile lets requests go to. Wildcards are no names, and one that another model answers for is not listed.
 */
export function knownNames(table: RouteTable): readonly string[] {
  const own = [...table.models.exact].filter(([, { group }]) => !group.hidden).map(([name]) => name);
  const names = new Set<string>([...table.aliases.exact.keys(), ...own]);
  for (const id of table.localModels.keys()) if (servedUnder(table, id) !== null) names.add(id);
  if (table.demo) names.add(`${DEMO_PROVIDER}/${DEMO_MODEL}`);
  for (const { endpoint, models, usable } of table.providers.values()) {
    if (!usable || !isAllowed(table.allow, endpoint.locality)) continue;
    for (const id of models) {
      const name = `${endpoint.provider}/${id}`;
      if (!meansLocalModel(table, name)) names.add(name);
    }
  }
  return [...names];
}

/** Whether a name is of the profile's or the config's own, written out. */
export function isOwnName(table: RouteTable, name: string): boolean {
  return table.aliases.exact.has(name) || table.models.exact.has(name);
}

/** Whether something is called exactly so here: a name of the user's own, a model of a server, one of a provider. */
export function isKnownExactly(table: RouteTable, name: string): boolean {
  const plain = withoutOwnPrefix(name);
  if (isOwnName(table, plain) || table.localModels.has(plain) || table.cloudModels.has(plain)) return true;
  const slash = plain.indexOf('/');
  if (slash < 0) return false;
  const [first, id] = [plain.slice(0, slash), plain.slice(slash + 1)];
  const served = table.servers.get(first)?.server.models.some((model) => model.id === id) ?? false;
  return served || (table.providers.get(first)?.models.includes(id) ?? false);
}

/** The model on a server that a name is the exact id of, if the profile lets requests go there. */
export function servedUnder(table: RouteTable, name: string): ServedHere | null {
  return table.localModels.get(name)?.find(({ model }) => isAllowed(table.allow, model.locality)) ?? null;
}

/** What is known of the model that a target is: its server or its provider tells. */
export function factsOfTarget({ servers, providers }: RouteTable, { via, model }: Target): ModelFacts {
  if (via.kind === 'demo') return UNKNOWN_FACTS;
  const { provider } = via.endpoint;
  const served = servers.get(provider)?.server.models.find(({ id }) => id === model);
  return served === undefined ? (providers.get(provider)?.factsOf(model) ?? UNKNOWN_FACTS) : factsOfServed(served);
}

export function factsOfServed({ capabilities, contextLength, createdAt }: ServedModel): ModelFacts {
  return { capabilities, contextLength, maxOutputTokens: null, createdAt };
}
