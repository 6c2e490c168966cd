import type { ServedModel } from '../canonical/model.ts';
import { PLAIN_CHAT } from '../canonical/request-needs.ts';
import { isAllowed } from '../routing/candidate.ts';
import { isOwnName, knownNames, servedUnder } from '../routing/known-names.ts';
import { canAnswer, planRoute } from '../routing/plan.ts';
import type { RouteTable } from '../routing/route-table.ts';

/** A name that can be used, and what is known of the model behind it; each dialect lists it in its own words. */
export interface KnownModel {
  readonly name: string;
  /** The server or provider; `llmgw` where it is a name of the user's own. */
  readonly ownedBy: string;
  /** `null`: no model on a server. */
  readonly served: ServedModel | null;
}

/** Every name that can be used in the table's profile. */
export function knownModels(table: RouteTable): readonly KnownModel[] {
  return knownNames(table).flatMap((name) => describe(table, name) ?? []);
}

/**
 * One model; also a name that is not listed because another model answers for it, since clients look before they ask.
 * Throws a `GatewayError` when a chat with it would be refused.
 */
export function knownModel(table: RouteTable, name: string): KnownModel {
  planRoute(table, name, () => PLAIN_CHAT);
  return describe(table, name) ?? { name, ownedBy: 'llmgw', served: null };
}

/** `null`: a name of the user's own none of whose targets can be reached now. */
function describe(table: RouteTable, name: string): KnownModel | null {
  if (isOwnName(table, name)) return canAnswer(table, name) ? { name, ownedBy: 'llmgw', served: null } : null;
  const served = servedUnder(table, name);
  if (served !== null) return { name, ownedBy: served.routed.server.name, served: served.model };
  const slash = name.indexOf('/');
  const endpoint = slash < 0 ? undefined : table.providers.get(name.slice(0, slash))?.endpoint;
  const isThere = endpoint !== undefined && isAllowed(table.allow, endpoint.locality);
  return { name, ownedBy: isThere ? endpoint.provider : 'llmgw', served: null };
}
