import type { JsonObject } from '../../canonical/parts.ts';
import { UNKNOWN_USAGE } from '../../canonical/usage.ts';
import type { Usage } from '../../canonical/usage.ts';

/**
 * The counts of a last line. `prompt_eval_count` is the whole prompt, what of it was cached included
 * (`prompt_eval_cached_count`, from 0.34 on); thoughts are part of `eval_count` and not told apart. Go leaves a count
 * of 0 out, so that one which is not there says nothing. `null`: there are none (a model was only loaded).
 */
export function usageOf(line: JsonObject): Usage | null {
  const inputTokens = countIn(line, 'prompt_eval_count');
  const outputTokens = countIn(line, 'eval_count');
  if (inputTokens === null && outputTokens === null) return null;
  const cacheReadTokens = countIn(line, 'prompt_eval_cached_count');
  return { ...UNKNOWN_USAGE, inputTokens, outputTokens, cacheReadTokens };
}

/** The same counts for a client; what nobody told is left out. */
export function countsOf(usage: Usage | null): JsonObject {
  const { inputTokens, cacheReadTokens, outputTokens } = usage ?? UNKNOWN_USAGE;
  return {
    ...(inputTokens === null ? {} : { prompt_eval_count: inputTokens }),
    ...(cacheReadTokens === null ? {} : { prompt_eval_cached_count: cacheReadTokens }),
    ...(outputTokens === null ? {} : { eval_count: outputTokens }),
  };
}

function countIn(line: JsonObject, key: string): number | null {
  const value = line[key];
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}
