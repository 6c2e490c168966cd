import type { ServedModel } from '../canonical/model.ts';
import { PLAIN_CHAT } from '../canonical/request-needs.ts';
import { isAllowed } from '../routing/candidate.ts';
import { isOwnName, knownNames, servedUnder } from '../routing/known-names.ts';
import { canAnswer, planRoute } from '../routing/plan.ts';
import type { RouteTable } from '../routing/route-table.ts';

/** One entry of `GET /v1/models`: OpenAI's fields, and what is known beyond them. */
export interface ListedModel {
  readonly id: string;
  readonly object: 'model';
  /** Seconds since 1970; 0 where nobody tells. */
  readonly created: number;
  readonly owned_by: string;
  readonly context_length?: number;
  readonly capabilities?: readonly string[];
}

/** Every name that can be used in the table's profile, in OpenAI's shape. */
export function listModels(table: RouteTable): { object: 'list'; data: readonly ListedModel[] } {
  return { object: 'list', data: knownNames(table).flatMap((name) => describe(table, name) ?? []) };
}

/**
 * One model; also a name that is not listed because another model answers for it, since clients look before they ask.
 * Throws a `GatewayError` when a chat with it would be refused.
 */
export function findModel(table: RouteTable, name: string): ListedModel {
  planRoute(table, name, () => PLAIN_CHAT);
  return describe(table, name) ?? plain(name, 'llmgw');
}

/** `null`: a name of the user's own none of whose targets can be reached now. */
function describe(table: RouteTable, name: string): ListedModel | null {
  if (isOwnName(table, name)) return canAnswer(table, name) ? plain(name, 'llmgw') : null;
  const served = servedUnder(table, name);
  if (served !== null) return withDetails(name, served.routed.server.name, served.model);
  const slash = name.indexOf('/');
  const endpoint = slash < 0 ? undefined : table.providers.get(name.slice(0, slash))?.endpoint;
  const isThere = endpoint !== undefined && isAllowed(table.allow, endpoint.locality);
  return plain(name, isThere ? endpoint.provider : 'llmgw');
}

function plain(id: string, ownedBy: string): ListedModel {
  return { id, object: 'model', created: 0, owned_by: ownedBy };
}

function withDetails(id: string, ownedBy: string, model: ServedModel): ListedModel {
  return {
    id,
    object: 'model',
    created: model.createdAt ?? 0,
    owned_by: ownedBy,
    ...(model.contextLength === null ? {} : { context_length: model.contextLength }),
    ...(model.capabilities === null ? {} : { capabilities: model.capabilities }),
  };
}
