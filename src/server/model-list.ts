import type { ServedModel } from '../canonical/model.ts';
import { canAnswer, knownNames, planRoute } from '../routing/plan.ts';
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

/** Every name that can be used, in OpenAI's shape. */
export function listModels(table: RouteTable): { object: 'list'; data: readonly ListedModel[] } {
  return { object: 'list', data: knownNames(table).flatMap((name) => describe(table, name) ?? []) };
}

/** One model. Throws a `GatewayError` (404) when the name has no target now. */
export function findModel(table: RouteTable, name: string): ListedModel {
  planRoute(table, name);
  return describe(table, name) ?? { id: name, object: 'model', created: 0, owned_by: 'llmgw' };
}

/** `null`: a name of `models:` or of the profile none of whose targets can be reached now. */
function describe(table: RouteTable, name: string): ListedModel | null {
  const served = table.localModels.get(name)?.[0];
  if (served !== undefined) return withDetails(name, served.routed.server.name, served.model);
  const slash = name.indexOf('/');
  const provider = slash < 0 ? undefined : table.providers.get(name.slice(0, slash));
  if (provider !== undefined) return plain(name, provider.endpoint.provider);
  return canAnswer(table, name) ? plain(name, 'llmgw') : null;
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
