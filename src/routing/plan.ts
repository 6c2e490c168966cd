import { GatewayError } from '../canonical/errors.ts';
import { PLAIN_CHAT } from '../canonical/request-needs.ts';
import type { RequestNeeds } from '../canonical/request-needs.ts';
import { PLAIN_FACTS } from './auto-rules.ts';
import type { AutoFacts } from './auto-rules.ts';
import { chosenName, rulesBehind } from './chosen-name.ts';
import type { ChosenName } from './chosen-name.ts';
import { decide, withRule } from './explain.ts';
import type { Group } from './group.ts';
import { withoutOwnPrefix } from './resolve.ts';
import type { RoutePlan, RouteTable } from './route-table.ts';
import { keyOfNeeds } from './stand-in.ts';

/** Of each of the memories of a table. */
const MAX_PLANNED = 1000;

/**
 * Who can answer for a name. Throws a `GatewayError` that says why nobody can. `needs` is asked only for a name that
 * was not planned before, or that another model stands in for; `facts` only for one with rules.
 */
export function planRoute(table: RouteTable, name: string, needs: () => RequestNeeds, facts: AutoFacts): RoutePlan {
  const plan = table.planned.get(name) ?? planAnew(table, name, needs, facts);
  if (plan instanceof GatewayError) throw plan;
  return plan;
}

/** The group that a name means, for fallbacks; `null`: nobody of it can be asked here, or nobody knows the name. */
export function groupOf(
  table: RouteTable,
  name: string,
  needs: () => RequestNeeds = plainChat,
  facts: AutoFacts = PLAIN_FACTS,
): Group | null {
  const plan = table.planned.get(name) ?? planAnew(table, name, needs, facts);
  return plan instanceof GatewayError ? null : plan.group;
}

/** Whether a short chat would be answered for a name now, by the model that it means or by one that stands in. */
export function canAnswer(table: RouteTable, name: string): boolean {
  const meaning = rulesBehind(table, withoutOwnPrefix(name), 'as_asked');
  if (meaning === null) return groupOf(table, name) !== null;
  return meaning.rules.some(({ use }) => groupByRule(table, use) !== null);
}

function plainChat(): RequestNeeds {
  return PLAIN_CHAT;
}

function planAnew(
  table: RouteTable,
  asked: string,
  needs: () => RequestNeeds,
  facts: AutoFacts,
): RoutePlan | GatewayError {
  const chosen = chosenName(table, asked, facts);
  if (chosen instanceof GatewayError) return chosen;
  if (chosen.rule === null) return planOf(table, { ...chosen, name: asked }, needs);
  const plan = planOf(table, chosen, needs);
  return plan instanceof GatewayError ? plan : withRule(plan, table.profile, asked, chosen.rule);
}

function groupByRule(table: RouteTable, use: string): Group | null {
  const plan = planOf(table, { name: withoutOwnPrefix(use), lookup: 'by_rule' }, plainChat);
  return plan instanceof GatewayError ? null : plan.group;
}

/** The plan of a name whatever rules there are, out of the table's memory where it is in it. */
function planOf(
  table: RouteTable,
  chosen: Pick<ChosenName, 'name' | 'lookup'>,
  needs: () => RequestNeeds,
): RoutePlan | GatewayError {
  const { name, lookup } = chosen;
  const memory = lookup === 'as_asked' ? table.planned : lookup === 'by_rule' ? table.ruled : null;
  const known = memory?.get(name);
  if (known !== undefined) return known;
  if (table.standIn.kind === 'none') return remembered(table, chosen, null, needs);
  const needed = needs();
  const key = `${lookup} ${keyOfNeeds(table, needed)}\n${name}`;
  return table.stoodIn.get(key) ?? remembered(table, chosen, key, () => needed);
}

function remembered(
  table: RouteTable,
  { name, lookup }: Pick<ChosenName, 'name' | 'lookup'>,
  key: string | null,
  needs: () => RequestNeeds,
): RoutePlan | GatewayError {
  const decision = decide(table, name, needs, lookup);
  if (decision.kind === 'refused') return decision.error;
  const byName = lookup === 'as_asked' ? table.planned : lookup === 'by_rule' ? table.ruled : null;
  const memory = decision.dependsOnNeeds ? table.stoodIn : byName;
  if (memory !== null) {
    if (memory.size >= MAX_PLANNED) memory.clear();
    memory.set(decision.dependsOnNeeds ? (key ?? name) : name, decision.plan);
  }
  return decision.plan;
}
