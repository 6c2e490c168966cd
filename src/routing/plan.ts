import { PLAIN_CHAT } from '../canonical/request-needs.ts';
import type { RequestNeeds } from '../canonical/request-needs.ts';
import { decide, explainRoute } from './explain.ts';
import type { RoutePlan, RouteTable } from './route-table.ts';
import { keyOfNeeds } from './stand-in.ts';

/** Of each of the two memories of a table. */
const MAX_PLANNED = 1000;

/**
 * The places that can answer for a name, in the order to try them. Throws a `GatewayError` that says why there is none.
 * `needs` is asked only for a name that was not planned before, or that another model stands in for.
 */
export function planRoute(table: RouteTable, name: string, needs: () => RequestNeeds): RoutePlan {
  return table.planned.get(name) ?? planAnew(table, name, needs);
}

function planAnew(table: RouteTable, name: string, needs: () => RequestNeeds): RoutePlan {
  if (table.standIn.kind === 'none') return remembered(table, name, null, needs);
  const needed = needs();
  const key = `${keyOfNeeds(table, needed)}\n${name}`;
  return table.stoodIn.get(key) ?? remembered(table, name, key, () => needed);
}

function remembered(table: RouteTable, name: string, key: string | null, needs: () => RequestNeeds): RoutePlan {
  const decision = decide(table, name, needs);
  if (decision.kind === 'refused') throw decision.error;
  const [memory, under] = decision.dependsOnNeeds ? [table.stoodIn, key ?? name] : [table.planned, name];
  if (memory.size >= MAX_PLANNED) memory.clear();
  memory.set(under, decision.plan);
  return decision.plan;
}

/** Whether a short chat would be answered for a name now, by the model that it means or by one that stands in. */
export function canAnswer(table: RouteTable, name: string): boolean {
  return explainRoute(table, name, PLAIN_CHAT).kind === 'planned';
}
