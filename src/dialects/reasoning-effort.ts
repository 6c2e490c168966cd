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
