import { effortOfBudget } from '../reasoning-effort.ts';
import type { Effort, ReasoningWish } from '../../canonical/request.ts';
import { THINK_LEVELS } from './wire.ts';
import type { Think, ThinkLevel } from './wire.ts';

/**
 * Models whose templates know how much to think, by what their names hold; all others know on and off (Ollama 0.34.0:
 * `model/renderers`, and `shouldUseHarmony` in `server/routes.go`, whose `max` is `high`).
 */
const LEVELS: readonly (readonly [RegExp, readonly ThinkLevel[]])[] = [
  [/gpt-?oss/i, ['low', 'medium', 'high']],
  [/qwen-?3\.8/i, THINK_LEVELS],
  [/glimmer/i, THINK_LEVELS],
];

const LEVEL_OF: Readonly<Record<Exclude<Effort, 'none'>, ThinkLevel>> = {
  minimal: 'low',
  low: 'low',
  medium: 'medium',
  high: 'high',
  xhigh: 'max',
  max: 'max',
};

/** What to send as `think`. `null`: the request does not say, and the model does what it does by itself. */
export function thinkOf(wish: ReasoningWish | null, model: string): Think | null {
  const effort = wish === null ? null : (wish.effort ?? budgetEffort(wish));
  if (effort === null) return null;
  if (effort === 'none') return false;
  const levels = LEVELS.find(([name]) => name.test(model))?.[1];
  if (levels === undefined) return true;
  const level = LEVEL_OF[effort];
  return levels.includes(level) ? level : 'high';
}

function budgetEffort({ budgetTokens }: ReasoningWish): Effort | null {
  return budgetTokens === null ? null : effortOfBudget(budgetTokens);
}

/** `think` of a request. Plain `true` is what Ollama calls `medium` (`ThinkValue.String`). */
export function wishOf(think: Think): ReasoningWish {
  if (think === false) return { effort: 'none', budgetTokens: null, shown: null };
  return { effort: think === true ? 'medium' : think, budgetTokens: null, shown: true };
}
