import type { OutputConfig, ThinkingConfigParam } from '@anthropic-ai/sdk/resources/messages';
import type { ReasoningWish } from '../../canonical/request.ts';
import { budgetBelow, budgetOfEffort, effortOfBudget, effortUpTo } from '../reasoning-effort.ts';
import type { ModelTraits } from './models.ts';
import type { Turn } from './turns.ts';

export interface ThinkingPlan {
  /** `null`: left out. */
  readonly thinking: ThinkingConfigParam | null;
  readonly effort: NonNullable<OutputConfig['effort']> | null;
  readonly maxTokens: number;
  /** The model cannot do what was asked for. */
  readonly isLost: boolean;
  /** It was not to think at all, and thinks as little as it can. */
  readonly isLeast?: true;
}

export interface ThinkingBasis {
  readonly wish: ReasoningWish | null;
  readonly traits: ModelTraits;
  readonly maxTokens: number;
  /** A tool must be called: the API refuses that together with thinking. */
  readonly isForced: boolean;
  readonly turns: readonly Turn[];
}

/** How `reasoning` is said to a model: by a budget of tokens, adaptive with an effort, or not at all. */
export function planThinking(basis: ThinkingBasis): ThinkingPlan {
  const { wish, traits } = basis;
  const isWanted = wish !== null && wish.effort !== 'none' && wish.budgetTokens !== 0;
  if (basis.isForced && traits.thinking.unasked !== 'always') {
    // Some models think unless they are told not to.
    const off: ThinkingPlan = plan(basis, traits.thinking.unasked === 'on' ? { type: 'disabled' } : null);
    return wish !== null && !isWanted ? unthinking(basis) : { ...off, isLost: isWanted };
  }
  if (wish === null) return plan(basis, null);
  if (!isWanted) return unthinking(basis);
  if (traits.thinking.budget && (wish.budgetTokens !== null || !traits.thinking.adaptive)) {
    return withBudget(basis, wish);
  }
  return traits.thinking.adaptive ? adaptive(basis, wish) : { ...plan(basis, null), isLost: true };
}

function plan({ maxTokens }: ThinkingBasis, thinking: ThinkingConfigParam | null): ThinkingPlan {
  return { thinking, effort: null, maxTokens, isLost: false };
}

/** No thinking, or the least of it. */
function unthinking(basis: ThinkingBasis): ThinkingPlan {
  const { thinking, efforts } = basis.traits;
  if (!thinking.budget && !thinking.adaptive) return plan(basis, null);
  if (thinking.unasked !== 'always') return plan(basis, { type: 'disabled' });
  if (thinking.betweenTools) return { ...plan(basis, { type: 'between_tools' }), isLeast: true };
  return { ...plan(basis, null), effort: efforts[0] ?? null, isLeast: true };
}

function adaptive(basis: ThinkingBasis, wish: ReasoningWish): ThinkingPlan {
  const asked = wish.effort ?? (wish.budgetTokens === null ? null : effortOfBudget(wish.budgetTokens));
  const effort = asked === null ? null : effortUpTo(asked, basis.traits.efforts);
  return { ...plan(basis, { type: 'adaptive', ...displayOf(basis, wish) }), effort };
}

function withBudget(basis: ThinkingBasis, wish: ReasoningWish): ThinkingPlan {
  const { maxTokens } = basis;
  const asked = wish.budgetTokens ?? budgetOfEffort(wish.effort ?? 'medium', maxTokens);
  // `max_tokens` is what the client allowed and pays for at most.
  const budget = budgetBelow(asked, maxTokens);
  if (budget === null || lacksItsThought(basis.turns)) return { ...plan(basis, null), isLost: true };
  const thinking: ThinkingConfigParam = { type: 'enabled', budget_tokens: budget, ...displayOf(basis, wish) };
  return { thinking, effort: null, maxTokens, isLost: false };
}

/**
 * With a budget, a turn whose calls have just been answered must begin with the thought that led to them. Where the
 * client has lost it, or another provider had it, the turn is ended without thinking (adaptive thinking has no such
 * rule).
 */
function lacksItsThought(turns: readonly Turn[]): boolean {
  if (turns.at(-1)?.content[0]?.type !== 'tool_result') return false;
  const first = turns.at(-2)?.content[0]?.type;
  return first !== 'thinking' && first !== 'redacted_thinking';
}

function displayOf({ traits }: ThinkingBasis, { shown }: ReasoningWish): { display?: 'summarized' | 'omitted' } {
  if (shown === null || !traits.thinking.display) return {};
  return { display: shown ? 'summarized' : 'omitted' };
}
