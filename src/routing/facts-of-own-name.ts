import { UNKNOWN_FACTS } from '../canonical/model.ts';
import type { ModelFacts } from '../canonical/model.ts';
import { PLAIN_CHAT } from '../canonical/request-needs.ts';
import { PLAIN_FACTS } from './auto-rules.ts';
import { explainRoute } from './explain.ts';
import { factsOfTarget } from './known-names.ts';
import type { RoutePlan, RouteTable } from './route-table.ts';

/**
 * What is known of a name of the user's own, which may mean several models. Of one whose rules choose by the request,
 * nothing is told that would not be so for a short chat.
 */
export function factsOfOwnName(table: RouteTable, name: string): ModelFacts {
  const decision = explainRoute(table, name, PLAIN_CHAT, PLAIN_FACTS);
  return decision.kind === 'planned' ? factsOfPlan(table, decision.plan) : UNKNOWN_FACTS;
}

/**
 * Of the first model of a plan, but for what each of them can be asked for: the smallest context and the shortest
 * answer that are known. Of a model that stands in for another nothing is told.
 */
export function factsOfPlan(table: RouteTable, { targets, standsInFor }: RoutePlan): ModelFacts {
  const [first, ...others] = targets.map((target) => factsOfTarget(table, target));
  if (first === undefined || standsInFor !== null) return UNKNOWN_FACTS;
  if (others.length === 0) return first;
  const all = [first, ...others];
  return {
    ...first,
    contextLength: least(all.map(({ contextLength }) => contextLength)),
    maxOutputTokens: least(all.map(({ maxOutputTokens }) => maxOutputTokens)),
  };
}

function least(counts: readonly (number | null)[]): number | null {
  const known = counts.filter((count) => count !== null);
  return known.length === 0 ? null : Math.min(...known);
}
