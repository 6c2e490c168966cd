import { GatewayError } from '../canonical/errors.ts';
import { ruleFor } from './auto-rules.ts';
import type { AutoFacts } from './auto-rules.ts';
import { exactMeaning, meaningIn } from './name-book.ts';
import type { Meaning } from './name-book.ts';
import type { Lookup } from './resolve.ts';
import { hasNoRules, withoutOwnPrefix } from './resolve.ts';
import type { RouteTable } from './route-table.ts';

/** The name that a request is planned for, and which rules led to it. */
export interface ChosenName {
  readonly name: string;
  readonly lookup: Lookup;
  /** `rule 2: tools`; `null`: no rule was asked. */
  readonly rule: string | null;
}

/** Rules may lead to names with rules, and a list of one name to another; this bounds the walk. */
const MAX_STEPS = 8;

/** Follows the rules of a name for one request. `GatewayError`: none of them holds. */
export function chosenName(table: RouteTable, asked: string, facts: AutoFacts): ChosenName | GatewayError {
  let chosen: ChosenName = { name: withoutOwnPrefix(asked), lookup: 'as_asked', rule: null };
  for (let step = 0; step < MAX_STEPS && chosen.lookup !== 'exact'; step++) {
    const meaning = rulesBehind(table, chosen.name, chosen.lookup);
    if (meaning === null) return chosen;
    const taken = ruleFor(meaning.rules, facts);
    if (taken === null) return noRuleHolds(chosen.name, meaning.entry);
    const name = withoutOwnPrefix(taken.use);
    const rule = chosen.rule === null ? taken.why : `${chosen.rule}, then ${taken.why}`;
    // A rule that names its own name means the model behind it.
    chosen = { name, lookup: name === chosen.name ? 'exact' : 'by_rule', rule };
  }
  return chosen;
}

/** What has the rules that a name is planned by: its own entry, or one that it is only another name of. */
export function rulesBehind(table: RouteTable, name: string, lookup: Lookup): Meaning | null {
  let meaning = meaningFor(table, name, lookup);
  for (let step = 0; step < MAX_STEPS && meaning !== null; step++) {
    if (meaning.rules.length > 0) return meaning;
    const [only, ...others] = meaning.group.deployments;
    if (only === undefined || others.length > 0 || only.target === name) return null;
    meaning = exactMeaning(table.models, withoutOwnPrefix(only.target));
  }
  return null;
}

function meaningFor(table: RouteTable, name: string, lookup: Lookup): Meaning | null {
  if (lookup === 'exact') return null;
  const isTaken = lookup === 'by_rule' ? hasNoRules : undefined;
  return meaningIn(table.aliases, name, isTaken) ?? meaningIn(table.models, name, isTaken);
}

function noRuleHolds(name: string, entry: string): GatewayError {
  const message = `None of the rules of \`${name}\` holds for this request.`;
  const hint = `Add a last rule without \`when:\` to \`models.${entry}.rules\`, which takes all that is left.`;
  return new GatewayError('model_not_found', message, { param: 'model', hint });
}
