import { EFFORTS } from '../canonical/request.ts';
import type { Effort } from '../canonical/request.ts';

/** Least budget that Anthropic and most others take. */
export const MIN_BUDGET_TOKENS = 1_024;

/** Shares of the longest answer that a budget takes at each effort (the rule of Vercel's AI SDK). */
const SHARES: Readonly<Record<Effort, number>> = {
  none: 0,
  minimal: 0.02,
  low: 0.1,
  medium: 0.3,
  high: 0.6,
  xhigh: 0.9,
  max: 0.9,
};

/** The tokens that an effort stands for, of an answer of at most `maxOutputTokens`. 0 for `none`. */
export function budgetOfEffort(effort: Effort, maxOutputTokens: number): number {
  if (effort === 'none') return 0;
  return Math.max(MIN_BUDGET_TOKENS, Math.round(maxOutputTokens * SHARES[effort]));
}

/** The effort that a budget stands for: the thresholds lie between those that Claude Code sends. */
export function effortOfBudget(budgetTokens: number): Effort {
  if (budgetTokens === 0) return 'none';
  if (budgetTokens < 4_000) return 'low';
  if (budgetTokens < 16_000) return 'medium';
  if (budgetTokens < 32_000) return 'high';
  return 'xhigh';
}

/**
 * A budget below a limit that the client set, of which it is a part and which is never raised: half of the limit where
 * it does not fit. `null`: that is less than the least one.
 */
export function budgetBelow(wantedTokens: number, limitTokens: number): number | null {
  const wanted = Math.max(MIN_BUDGET_TOKENS, wantedTokens);
  const budget = wanted < limitTokens ? wanted : Math.floor(limitTokens / 2);
  return budget < MIN_BUDGET_TOKENS ? null : budget;
}

/** The highest effort that is not above what was asked for, else the lowest. `taken`: lowest first; `null`: none. */
export function effortUpTo<E extends Effort>(asked: Effort, taken: readonly E[]): E | null {
  const rank = EFFORTS.indexOf(asked);
  return taken.findLast((effort) => EFFORTS.indexOf(effort) <= rank) ?? taken[0] ?? null;
}
