import type { PicoUsd } from '../canonical/money.ts';
import type { Usage } from '../canonical/usage.ts';

export interface Price {
  readonly costPico: PicoUsd;
  /** Which data said so: `genai-prices 0.1.8 openai/gpt-4o`. */
  readonly priceVersion: string;
}

/** What a usage costs at a date. Compiled once from price data; asking is pure. */
export interface PriceBook {
  /**
   * The price of `usage` on `model` of `provider` (an id of the price data: `x-ai`, not `xai`) at `atMs` (UTC
   * milliseconds). `null`: unpriced, because the model is not known, or a class of tokens that was used has no price,
   * or tokens are unknown.
   */
  priceOf(usage: Usage, provider: string, model: string, atMs: number): Price | null;
  /**
   * The price of so many seconds of sound, on a model that is paid by their number alone (`whisper-1`). `null`:
   * unpriced. Ids and times are as above.
   */
  priceOfAudio(seconds: number, provider: string, model: string, atMs: number): Price | null;
  /** The maker (an id of the price data) whose model a bare name such as `gpt-4o` is, when there is exactly one. */
  providerOf(model: string): string | null;
  /** Tokens that fit, by the data. */
  contextLength(provider: string, model: string): number | null;
}
