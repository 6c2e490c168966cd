import type { CanonicalRequest } from '../canonical/request.ts';
import { estimatePromptTokens } from './prompt-estimate.ts';

/** A limit is not made smaller than this share of the context: the prompt is only guessed. */
const LEAST_SHARE_OF_CONTEXT = 0.25;

/**
 * How many tokens of the context the prompt leaves for an answer of so many: upstreams refuse a limit that is larger.
 * `contextTokens`: `null`: nobody knows.
 */
export function roomForAnswer(request: CanonicalRequest, contextTokens: number | null, askedTokens: number): number {
  if (contextTokens === null) return Infinity;
  const least = Math.floor(contextTokens * LEAST_SHARE_OF_CONTEXT);
  return askedTokens <= least ? Infinity : Math.max(least, contextTokens - estimatePromptTokens(request));
}
