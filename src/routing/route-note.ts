import type { Strategy } from '../canonical/strategy.ts';
import type { Target } from '../canonical/target.ts';
import type { PassedOver } from './candidate.ts';

/** What a header can hold without being a nuisance. */
const MAX_NOTE = 200;
const MAX_NAME = 48;

/**
 * A route in one line for `x-llmgw-route`: printable ASCII, at most 200 characters.
 * Where a strategy chooses one of several, none is named as if it were chosen: `prod: smart by cost (models: smart)`.
 * `dev: gpt-4o -> ollama/qwen3:8b (stand-in: loaded, tools); passed over openai/gpt-4o (profile allows local only)`
 */
export function noteOf({ profile, name, targets, passedOver, strategy }: RouteInWords): string {
  const [first, ...others] = targets;
  const isChosen = strategy !== 'in-order' && others.length > 0;
  const then = others.map((target) => `, then ${short(target.name)}`).join('');
  const taken = first === undefined ? 'nothing' : `${short(first.name)} (${first.reason})${then}`;
  const way = isChosen ? `by ${strategy} (${first?.reason ?? ''})` : `-> ${taken}`;
  const [passed] = passedOver;
  const rest = passed === undefined ? '' : `; passed over ${short(passed.candidate.target.name)} (${passed.why})`;
  return cut(printable(`${profile}: ${short(name)} ${way}${rest}`), MAX_NOTE);
}

/** The same of a name whose rules led to another: `dev: auto (rule 2: tools) -> strong -> openai/gpt-4o (…)`. */
export function ruledNote(note: string, profile: string, asked: string, rule: string): string {
  const rest = note.slice(profile.length + ': '.length);
  return cut(printable(`${profile}: ${short(asked)} (${rule}) -> ${rest}`), MAX_NOTE);
}

/** What a note is made of. */
export interface RouteInWords {
  readonly profile: string;
  readonly name: string;
  readonly targets: readonly Target[];
  readonly passedOver: readonly PassedOver[];
  readonly strategy: Strategy;
}

function short(name: string): string {
  return cut(name, MAX_NAME);
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 3)}...`;
}

/** A header takes nothing else, and a name comes from whoever sends it. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?');
}
