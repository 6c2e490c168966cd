import type { JsonObject } from '../../canonical/parts.ts';
import { EFFORTS } from '../../canonical/request.ts';
import type { Effort, ReasoningWish } from '../../canonical/request.ts';
import { booleanField, countField, objectField, textField, wrong } from '../fields.ts';

/** Where a request only says that the model shall think: what most models do when nobody says how much. */
const USUAL_EFFORT = 'medium';

type Wish = ReasoningWish;

/**
 * How much the model is to think, by whichever of the fields that are in use says it: OpenAI's `reasoning_effort`,
 * OpenRouter's `reasoning`, the `thinking` of DeepSeek, Moonshot, Z.ai and of clients that mean Anthropic, Alibaba's
 * `enable_thinking`. `null`: none of them.
 */
export function decodeReasoning(body: JsonObject): ReasoningWish | null {
  const object = reasoningObject(body);
  const thinking = thinkingObject(body);
  const switched = thinkingSwitch(body);
  const effort = effortIn(body, 'reasoning_effort', '') ?? object.effort;
  const budgetTokens = object.budgetTokens ?? thinking.budgetTokens ?? switched.budgetTokens;
  const shown = object.shown ?? booleanField(body, 'include_reasoning', '');
  const off = thinking.effort === 'none' || switched.effort === 'none';
  const usual = budgetTokens === null && !off ? (thinking.effort ?? switched.effort) : null;
  const wish: Wish = { effort: off ? 'none' : (effort ?? usual), budgetTokens: off ? null : budgetTokens, shown };
  return wish.effort === null && wish.budgetTokens === null && wish.shown === null ? null : wish;
}

function reasoningObject(body: JsonObject): Wish {
  const reasoning = objectField(body, 'reasoning', '');
  if (reasoning === null) return NOTHING;
  const enabled = booleanField(reasoning, 'enabled', 'reasoning');
  const exclude = booleanField(reasoning, 'exclude', 'reasoning');
  const budgetTokens = countField(reasoning, 'max_tokens', 'reasoning');
  const effort = effortIn(reasoning, 'effort', 'reasoning');
  const usual = enabled === true && budgetTokens === null ? USUAL_EFFORT : null;
  return {
    effort: enabled === false ? 'none' : (effort ?? usual),
    budgetTokens,
    shown: exclude === null ? null : !exclude,
  };
}

/** `{type: enabled | disabled | adaptive, budget_tokens}`. */
function thinkingObject(body: JsonObject): Wish {
  const thinking = objectField(body, 'thinking', '');
  if (thinking === null) return NOTHING;
  const type = textField(thinking, 'type', 'thinking');
  const budgetTokens = countField(thinking, 'budget_tokens', 'thinking');
  if (type === 'disabled') return { ...NOTHING, effort: 'none' };
  return { ...NOTHING, budgetTokens, effort: type === 'enabled' ? USUAL_EFFORT : null };
}

function thinkingSwitch(body: JsonObject): Wish {
  const enabled = booleanField(body, 'enable_thinking', '');
  const budgetTokens = countField(body, 'thinking_budget', '');
  if (enabled === false) return { ...NOTHING, effort: 'none' };
  return { ...NOTHING, budgetTokens, effort: enabled === true ? USUAL_EFFORT : null };
}

const NOTHING: Wish = { effort: null, budgetTokens: null, shown: null };

function effortIn(object: JsonObject, key: string, path: string): Effort | null {
  const text = textField(object, key, path);
  // Groq's word for leaving it to the model, and what others have in its place.
  if (text === null || text === '' || text === 'default' || text === 'auto') return null;
  const effort = EFFORTS.find((known) => known === text.toLowerCase());
  return effort ?? wrong(path === '' ? key : `${path}.${key}`, `must be one of ${EFFORTS.join(', ')}`);
}
