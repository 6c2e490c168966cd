import type { ConfiguredPrice } from '../canonical/model-group.ts';
import { picoUsd } from '../canonical/money.ts';
import type { ExactRate } from '../canonical/money.ts';
import type { Usage } from '../canonical/usage.ts';
import { costOfUsage } from './model-prices.ts';
import type { PriceSet, TieredRate } from './model-prices.ts';
import type { Price, PriceBook } from './price-book.ts';

/** What the config says of the price of one deployment. */
export interface ConfiguredBilling {
  /** `null`: as the price data has it. */
  readonly price: ConfiguredPrice | null;
  /** The model whose price it has, with the id of its provider in the price data; `null`: its own. */
  readonly priceAs: { readonly provider: string; readonly model: string } | null;
}

export interface PricedCall {
  /** `null`: the config says nothing. */
  readonly billing: ConfiguredBilling | null;
  /** The id in the price data; `null`: it has none. */
  readonly provider: string | null;
  readonly model: string;
  readonly usage: Usage;
  /** Of sound that was heard, where that is what is paid for; `null`: tokens are. */
  readonly audioSeconds: number | null;
  /** UTC milliseconds. */
  readonly at: number;
}

/** What a call costs: by the config's price, else by the data's of its model or of the one it is priced as. */
export function priceOfCall(prices: PriceBook, call: PricedCall): Price | null {
  const { billing, usage, audioSeconds, at } = call;
  if (billing !== null && billing.price !== null) return configuredPrice(usage, billing.price);
  const { provider, model } = billing?.priceAs ?? call;
  if (provider === null) return null;
  if (audioSeconds !== null) return prices.priceOfAudio(audioSeconds, provider, model, at);
  return prices.priceOf(usage, provider, model, at);
}

const VERSION = 'config';

function configuredPrice(usage: Usage, price: ConfiguredPrice): Price | null {
  if (isFree(price)) return { costPico: picoUsd(0), priceVersion: VERSION };
  const cost = costOfUsage(usage, pricesOf(price));
  return cost === null ? null : { costPico: picoUsd(cost), priceVersion: VERSION };
}

/** What is free is so whether its tokens are known or not. */
function isFree({ input, output, cachedInput, cacheWrite }: ConfiguredPrice): boolean {
  if (input === null || output === null) return false;
  return [input, output, cachedInput, cacheWrite].every((rate) => rate === null || rate.numerator === 0n);
}

const compiled = new WeakMap<ConfiguredPrice, PriceSet>();

function pricesOf(price: ConfiguredPrice): PriceSet {
  const known = compiled.get(price);
  if (known !== undefined) return known;
  const prices: PriceSet = {
    input: flat(price.input),
    cacheRead: flat(price.cachedInput),
    cacheWrite: flat(price.cacheWrite),
    cacheWrite5m: null,
    cacheWrite1h: null,
    inputAudio: null,
    inputImage: null,
    output: flat(price.output),
    outputAudio: null,
    reasoning: null,
    request: null,
    audioMs: null,
    outputIsMixed: false,
  };
  compiled.set(price, prices);
  return prices;
}

function flat(rate: ExactRate | null): TieredRate | null {
  return rate === null ? null : { base: rate, tiers: [] };
}
