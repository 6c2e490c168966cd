import type { Effort, ReasoningWish } from '../../canonical/request.ts';
import type { JsonObject } from '../../canonical/parts.ts';
import { unreachable } from '../../std/unreachable.ts';
import { budgetBelow, budgetOfEffort, effortOfBudget, effortUpTo, MIN_BUDGET_TOKENS } from '../reasoning-effort.ts';
import type { ConverseModel } from './models.ts';

/** How thinking is asked for. */
export interface Thinking {
  /** For `additionalModelRequestFields`. */
  readonly fields: JsonObject;
  /** The limit of the answer, thoughts included; `null`: none is sent. */
  readonly maxTokens: number | null;
  /** Sampling parameters are refused beside it. */
  readonly excludesSampling: boolean;
  /** The wish could not be met. */
  readonly isDropped: boolean;
  /** It was not to think at all, and thinks as little as it can. */
  readonly isLeast?: true;
}

export interface ThinkingRequest {
  readonly wish: ReasoningWish | null;
  readonly model: ConverseModel;
  /** What the client allows for its answer. */
  readonly maxOutputTokens: number | null;
  /** What the model is known to allow. */
  readonly modelLimit: number | null;
  /** A tool must be called: Claude does not think then. */
  readonly isToolForced: boolean;
  /** The open turn has tool calls without the signed thoughts that led to them. */
  readonly lacksThoughts: boolean;
}

/** An answer gets this many tokens beside its thoughts where the client sets no limit. */
const ANSWER_TOKENS = 4_096;
const UNKNOWN_MODEL_LIMIT = 64_000;
const DISABLED = { thinking: { type: 'disabled' } };

export function thinkingFor(request: ThinkingRequest): Thinking {
  const { wish, model, maxOutputTokens, isToolForced, lacksThoughts } = request;
  const plain: Thinking = { fields: {}, maxTokens: maxOutputTokens, excludesSampling: false, isDropped: false };
  const effort = effortOf(wish);
  // Some models think unless they are told not to, and refuse a tool that must be called while they do.
  const off = isToolForced && model.unasked === 'on' ? { ...plain, fields: DISABLED } : plain;
  if (wish === null || effort === null) return off;
  const dropped = { ...off, isDropped: effort !== 'none' };
  switch (model.thinking) {
    case 'none':
      return dropped;
    case 'budget':
      if (effort === 'none') return plain;
      return isToolForced || lacksThoughts ? dropped : withBudget(wish, effort, request);
    case 'adaptive':
      if (effort === 'none') return unthinking(model, plain);
      return isToolForced && model.unasked !== 'always' ? dropped : adaptive(wish, effort, model, plain);
    case 'nova':
      return effort === 'none' ? plain : nova(effort, model, plain);
    case 'effort': {
      const fields = { reasoning_effort: nearest(effort, model.efforts) };
      return { ...plain, fields };
    }
    default:
      return unreachable(model.thinking);
  }
}

/** No thinking, or the least of it. */
function unthinking({ unasked, efforts: [least] }: ConverseModel, plain: Thinking): Thinking {
  if (unasked !== 'always') return { ...plain, fields: DISABLED };
  return { ...plain, fields: least === undefined ? {} : { output_config: { effort: least } }, isLeast: true };
}

/** `null`: the wish says nothing of how much. */
function effortOf(wish: ReasoningWish | null): Effort | null {
  if (wish === null) return null;
  return wish.effort ?? (wish.budgetTokens === null ? null : effortOfBudget(wish.budgetTokens));
}

/**
 * The budget is part of the answer's limit and smaller than it. A limit that the client gave is what it pays for at
 * most, and is never raised.
 */
function withBudget(wish: ReasoningWish, effort: Effort, request: ThinkingRequest): Thinking {
  const { maxOutputTokens } = request;
  const modelLimit = request.modelLimit ?? request.model.maxOutputTokens ?? UNKNOWN_MODEL_LIMIT;
  const limit = Math.min(maxOutputTokens ?? modelLimit, modelLimit);
  const wanted = Math.max(MIN_BUDGET_TOKENS, wish.budgetTokens ?? budgetOfEffort(effort, limit));
  const maxTokens = maxOutputTokens === null ? Math.min(limit, wanted + ANSWER_TOKENS) : limit;
  const budget = budgetBelow(wanted, maxTokens);
  if (budget === null) {
    return { fields: {}, maxTokens: maxOutputTokens, excludesSampling: false, isDropped: true };
  }
  const fields = { thinking: { type: 'enabled', budget_tokens: budget } };
  return { fields, maxTokens, excludesSampling: true, isDropped: false };
}

function adaptive(wish: ReasoningWish, effort: Effort, model: ConverseModel, plain: Thinking): Thinking {
  // Only the models that take no sampling parameters any more are asked what is shown; the others show a summary.
  const display = model.sampling === 'none' && wish.shown !== null ? (wish.shown ? 'summarized' : 'omitted') : null;
  const thinking = { type: 'adaptive', ...(display === null ? {} : { display }) };
  const fields = { thinking, output_config: { effort: nearest(effort, model.efforts) } };
  return { ...plain, fields, excludesSampling: true };
}

/** "`maxTokens` must be unset when reasoningConfig type is 'enabled' and maxReasoningEffort is 'high'". */
function nova(effort: Effort, model: ConverseModel, plain: Thinking): Thinking {
  const maxReasoningEffort = nearest(effort, model.efforts);
  const isHighest = maxReasoningEffort === 'high';
  return {
    ...plain,
    fields: { reasoningConfig: { type: 'enabled', maxReasoningEffort } },
    maxTokens: isHighest ? null : plain.maxTokens,
    excludesSampling: isHighest,
  };
}

function nearest(effort: Effort, efforts: readonly Effort[]): Effort {
  return effortUpTo(effort, efforts) ?? effort;
}
