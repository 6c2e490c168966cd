/**
 * Tokens of one attempt. `inputTokens` and `outputTokens` are totals; every other class is *of which*: cached input is
 * part of `inputTokens`, reasoning is part of `outputTokens`. `null` is "the upstream did not say", never 0.
 */
export interface Usage {
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly cacheReadTokens: number | null;
  /** Also what was written to a cache whose time nobody told. */
  readonly cacheWrite5mTokens: number | null;
  readonly cacheWrite1hTokens: number | null;
  readonly inputAudioTokens: number | null;
  readonly outputAudioTokens: number | null;
  /** Images of the input. Images that a model draws are not told apart from its text by anyone yet. */
  readonly imageTokens: number | null;
  readonly reasoningTokens: number | null;
}

/** Nothing is known. */
export const UNKNOWN_USAGE: Usage = {
  inputTokens: null,
  outputTokens: null,
  cacheReadTokens: null,
  cacheWrite5mTokens: null,
  cacheWrite1hTokens: null,
  inputAudioTokens: null,
  outputAudioTokens: null,
  imageTokens: null,
  reasoningTokens: null,
};
