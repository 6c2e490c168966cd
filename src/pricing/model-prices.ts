import type { Usage } from '../canonical/usage.ts';
import { costOf, type ExactRate } from './exact-rate.ts';

/** A price that may depend on how long the whole input is. */
export interface TieredRate {
  readonly base: ExactRate;
  /** Ascending. The last tier whose `above` is less than the input tokens prices every token of the class. */
  readonly tiers: readonly { readonly above: number; readonly rate: ExactRate }[];
}

/** The prices of a model at one time. `null`: the class has no price of its own and is priced as what it is part of. */
export interface PriceSet {
  readonly input: TieredRate | null;
  readonly cacheRead: TieredRate | null;
  readonly cacheWrite: TieredRate | null;
  readonly cacheWrite5m: TieredRate | null;
  readonly cacheWrite1h: TieredRate | null;
  readonly inputAudio: TieredRate | null;
  readonly inputImage: TieredRate | null;
  readonly output: TieredRate | null;
  readonly outputAudio: TieredRate | null;
  readonly reasoning: TieredRate | null;
  readonly request: ExactRate | null;
  /** Of a millisecond of sound, where that is what is paid for, and nothing else. */
  readonly audioMs: ExactRate | null;
  /** Output has classes with prices of their own that a usage does not tell apart (images, video, citations). */
  readonly outputIsMixed: boolean;
}

/**
 * What a usage costs by these prices, in pico-dollars; `null` when that is not known: tokens are unknown, a class that
 * was used has no price, or classes overlap in a way that the usage does not tell. Each class is rounded once.
 */
export function costOfUsage(usage: Usage, prices: PriceSet): number | null {
  const { inputTokens, outputTokens } = usage;
  if (inputTokens === null || outputTokens === null) return null;
  const input = costOfInput(usage, inputTokens, prices);
  const output = costOfOutput(usage, inputTokens, outputTokens, prices);
  if (input === null || output === null) return null;
  const cost = input + output + (prices.request === null ? 0 : costOf(prices.request, 1));
  return Number.isSafeInteger(cost) ? cost : null;
}

function costOfInput(usage: Usage, total: number, prices: PriceSet): number | null {
  const read = countOf(usage.cacheReadTokens, prices.cacheRead);
  const write5m = countOf(usage.cacheWrite5mTokens, prices.cacheWrite5m ?? prices.cacheWrite);
  const write1h = countOf(usage.cacheWrite1hTokens, prices.cacheWrite1h ?? prices.cacheWrite);
  const audio = countOf(usage.inputAudioTokens, prices.inputAudio);
  const image = countOf(usage.imageTokens, prices.inputImage);
  // How much of the audio or of the images was cached is not told, and changes the price.
  if (read + write5m + write1h > 0 && audio + image > 0) return null;
  const plain = total - read - write5m - write1h - audio - image;
  if (plain < 0) return null;
  return addUp([
    costOfClass(prices.input, plain, total),
    costOfClass(prices.cacheRead, read, total),
    costOfClass(prices.cacheWrite5m ?? prices.cacheWrite, write5m, total),
    costOfClass(prices.cacheWrite1h ?? prices.cacheWrite, write1h, total),
    costOfClass(prices.inputAudio, audio, total),
    costOfClass(prices.inputImage, image, total),
  ]);
}

function costOfOutput(usage: Usage, inputTotal: number, total: number, prices: PriceSet): number | null {
  if (prices.outputIsMixed && total > 0) return null;
  const audio = countOf(usage.outputAudioTokens, prices.outputAudio);
  const reasoning = countOf(usage.reasoningTokens, prices.reasoning);
  if (audio > 0 && reasoning > 0) return null;
  const plain = total - audio - reasoning;
  if (plain < 0) return null;
  return addUp([
    costOfClass(prices.output, plain, inputTotal),
    costOfClass(prices.outputAudio, audio, inputTotal),
    costOfClass(prices.reasoning, reasoning, inputTotal),
  ]);
}

/** The tokens that are priced apart: those of a class with a price of its own. */
function countOf(tokens: number | null, rate: TieredRate | null): number {
  return rate === null ? 0 : (tokens ?? 0);
}

function costOfClass(rate: TieredRate | null, tokens: number, inputTotal: number): number | null {
  if (tokens === 0) return 0;
  if (rate === null) return null;
  let inForce = rate.base;
  for (const tier of rate.tiers) {
    if (inputTotal > tier.above) inForce = tier.rate;
  }
  return costOf(inForce, tokens);
}

function addUp(costs: readonly (number | null)[]): number | null {
  let sum = 0;
  for (const cost of costs) {
    if (cost === null) return null;
    sum += cost;
  }
  return sum;
}
