import { UNKNOWN_FACTS } from '../canonical/model.ts';
import type { ModelFacts, ServedModel } from '../canonical/model.ts';
import { PLAIN_CHAT } from '../canonical/request-needs.ts';
import type { RequestNeeds } from '../canonical/request-needs.ts';
import { PLAIN_FACTS } from '../routing/auto-rules.ts';
import { isAllowed } from '../routing/candidate.ts';
import { factsOfOwnName, factsOfPlan } from '../routing/facts-of-own-name.ts';
import { factsOfServed, isOwnName, knownNames, servedUnder } from '../routing/known-names.ts';
import { canAnswer, planRoute } from '../routing/plan.ts';
import type { RouteTable } from '../routing/route-table.ts';

/** A name that can be used, and what is known of the model behind it; each dialect lists it in its own words. */
export interface KnownModel {
  readonly name: string;
  /** The server or provider; `llmgw` where it is a name of the user's own. */
  readonly ownedBy: string;
  /** Of the model that the name means: of one that stands in for it nothing is told. */
  readonly facts: ModelFacts;
  /** `null`: no model on a server. */
  readonly served: ServedModel | null;
}

/** Every name that can be used in the table's profile. */
export function knownModels(table: RouteTable): readonly KnownModel[] {
  return knownNames(table).flatMap((name) => describe(table, name) ?? []);
}

/** The access groups of the names that can be used, each as if it were a name. */
export function accessGroups(table: RouteTable): readonly KnownModel[] {
  const named = [...table.models.exact.values(), ...table.models.wildcards].map(({ group }) => group);
  const usable = named.filter(({ hidden, name }) => !hidden && canAnswer(table, name));
  const names = new Set(usable.flatMap((group) => group.accessGroups));
  return [...names].map((name) => ({ name, ownedBy: 'llmgw', facts: UNKNOWN_FACTS, served: null }));
}

/**
 * One model; also a name that is not listed because another model answers for it, since clients look before they ask.
 * Throws a `GatewayError` when a chat with it would be refused.
 */
export function knownModel(table: RouteTable, name: string): KnownModel {
  const facts = canAnswer(table, name)
    ? factsOfOwnName(table, name)
    : factsOfPlan(table, planRoute(table, name, plainChat, PLAIN_FACTS));
  const described = describe(table, name) ?? { name, ownedBy: 'llmgw', facts: UNKNOWN_FACTS, served: null };
  return described.facts === UNKNOWN_FACTS ? { ...described, facts } : described;
}

function plainChat(): RequestNeeds {
  return PLAIN_CHAT;
}

/** `null`: a name of the user's own none of whose targets can be reached now. */
function describe(table: RouteTable, name: string): KnownModel | null {
  if (isOwnName(table, name)) return canAnswer(table, name) ? ownName(table, name) : null;
  const served = servedUnder(table, name);
  if (served !== null) {
    const { model, routed } = served;
    return { name, ownedBy: routed.server.name, facts: factsOfServed(model), served: model };
  }
  const slash = name.indexOf('/');
  const provider = slash < 0 ? undefined : table.providers.get(name.slice(0, slash));
  if (provider === undefined || !isAllowed(table.allow, provider.endpoint.locality)) {
    return { name, ownedBy: 'llmgw', facts: UNKNOWN_FACTS, served: null };
  }
  return { name, ownedBy: provider.endpoint.provider, facts: provider.factsOf(name.slice(slash + 1)), served: null };
}

function ownName(table: RouteTable, name: string): KnownModel {
  return { name, ownedBy: 'llmgw', facts: factsOfOwnName(table, name), served: null };
}
