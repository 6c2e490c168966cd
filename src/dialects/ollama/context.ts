/** Each other size loads the model anew, so there are few of them: 8k, 16k, 32k … */
const FIRST_STEP = 8_192;
/** Where nobody knows how much the model takes; more than this no memory holds. */
const LAST_STEP = 1_048_576;

export interface KnownContext {
  /** Tokens that the model can have, and that memory has room for. `null`: nobody knows. */
  readonly modelMax: number | null;
  /** Tokens that it is loaded with now. `null`: it is not loaded, or nobody knows. */
  readonly loaded: number | null;
}

/**
 * `num_ctx` for a request that needs so many tokens, prompt and answer together: what the model is loaded with where
 * that is enough, since the same number does not load it again, and never less, since the next request may need it.
 */
export function contextFor(neededTokens: number, { modelMax, loaded }: KnownContext): number {
  if (loaded !== null && neededTokens <= loaded) return loaded;
  const limit = modelMax ?? LAST_STEP;
  let step = FIRST_STEP;
  while (step < neededTokens && step < limit) step *= 2;
  const context = step <= limit ? step : lastStepBelow(limit, neededTokens);
  return Math.max(context, loaded ?? 0);
}

/**
 * What memory has room for is any number, and another one when it is worked out anew: the last step is the largest
 * multiple of the first that fits. A request that needs more than that gets all there is, which is no step.
 */
function lastStepBelow(limit: number, neededTokens: number): number {
  const step = Math.floor(limit / FIRST_STEP) * FIRST_STEP;
  return step > 0 && step >= neededTokens ? step : limit;
}
