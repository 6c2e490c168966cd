import type { AutoCondition, AutoRule } from '../canonical/auto-rule.ts';
import { EFFORTS } from '../canonical/request.ts';
import type { Effort } from '../canonical/request.ts';

export type { AutoCondition, AutoRule } from '../canonical/auto-rule.ts';

/** What rules look at. Each is worked out when a rule asks for it. */
export interface AutoFacts {
  readonly promptTokens: () => number;
  readonly tools: () => boolean;
  readonly images: () => boolean;
  /** Of the last message of the user; empty: there is none. */
  readonly lastUserText: () => string;
  /** `null`: the request says nothing of it. */
  readonly effort: () => Effort | null;
}

/** Which rule took a request. */
export interface RuleTaken {
  readonly use: string;
  /** `rule 2: more than 8000 tokens, tools`. */
  readonly why: string;
}

/** Of a short text without anything else. */
export const PLAIN_FACTS: AutoFacts = {
  promptTokens: () => 0,
  tools: () => false,
  images: () => false,
  lastUserText: () => '',
  effort: () => null,
};

interface CompiledRule extends AutoRule {
  readonly words: RegExp | null;
}

/** Rules with their words made ready to be looked for. */
export type AutoRules = readonly CompiledRule[];

/** Of a longer text, the beginning and the end are looked at: a question stands before or behind what is pasted. */
const MAX_SEARCHED_PART = 50_000;

export function compileRules(rules: readonly AutoRule[]): AutoRules {
  return rules.map((rule) => ({ ...rule, words: wordPattern(rule.when?.words ?? []) }));
}

/** The first rule that holds; `null`: none does. No model is asked. */
export function ruleFor(rules: AutoRules, facts: AutoFacts): RuleTaken | null {
  for (const [index, rule] of rules.entries()) {
    const reasons = rule.when === null ? ['always'] : reasonsFor(rule.when, rule.words, facts);
    if (reasons !== null) return { use: rule.use, why: `rule ${index + 1}: ${reasons.join(', ')}` };
  }
  return null;
}

/** Whole words in any case, whatever script they are in and however accents are put; blanks are any blanks. */
function wordPattern(words: readonly string[]): RegExp | null {
  const said = words.map((word) => word.trim().normalize('NFC')).filter((word) => word !== '');
  if (said.length === 0) return null;
  const sources = said.map((word) => word.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&').replace(/\s+/g, '\\s+'));
  return new RegExp(`(?<![\\p{L}\\p{M}\\p{N}_])(?:${sources.join('|')})(?![\\p{L}\\p{M}\\p{N}_])`, 'iu');
}

/** What of a rule holds, in words; `null`: something does not. The cheap questions come first. */
function reasonsFor(when: AutoCondition, words: RegExp | null, facts: AutoFacts): readonly string[] | null {
  const reasons: string[] = [];
  for (const ask of [effortReason, toolsReason, imagesReason, tokensReason]) {
    const reason = ask(when, facts);
    if (reason === null) return null;
    if (reason !== '') reasons.push(reason);
  }
  if (words === null) return when.words.length === 0 ? reasons : null;
  const found = words.exec(searchedPart(facts.lastUserText()).normalize('NFC'))?.[0];
  return found === undefined ? null : [...reasons, `the word ${found.replace(/\s+/g, ' ').toLowerCase()}`];
}

/** Each gives `null` where it does not hold, and no text where it is not asked for. */
function effortReason({ effort }: AutoCondition, facts: AutoFacts): string | null {
  if (effort === null) return '';
  const asked = facts.effort();
  if (asked === null || EFFORTS.indexOf(asked) < EFFORTS.indexOf(effort)) return null;
  return `effort ${asked}`;
}

function toolsReason({ tools }: AutoCondition, facts: AutoFacts): string | null {
  if (tools === null) return '';
  return facts.tools() === tools ? yesOrNo('tools', tools) : null;
}

function imagesReason({ images }: AutoCondition, facts: AutoFacts): string | null {
  if (images === null) return '';
  return facts.images() === images ? yesOrNo('images', images) : null;
}

function tokensReason({ tokensOver, tokensUnder }: AutoCondition, facts: AutoFacts): string | null {
  if (tokensOver === null && tokensUnder === null) return '';
  const tokens = facts.promptTokens();
  if (tokensOver !== null && tokens <= tokensOver) return null;
  if (tokensUnder !== null && tokens >= tokensUnder) return null;
  const over = tokensOver === null ? '' : `more than ${tokensOver}`;
  const under = tokensUnder === null ? '' : `fewer than ${tokensUnder}`;
  return `${[over, under].filter((text) => text !== '').join(' and ')} tokens`;
}

function yesOrNo(what: string, isThere: boolean): string {
  return isThere ? what : `no ${what}`;
}

function searchedPart(text: string): string {
  if (text.length <= 2 * MAX_SEARCHED_PART) return text;
  return `${text.slice(0, MAX_SEARCHED_PART)}\n${text.slice(-MAX_SEARCHED_PART)}`;
}
