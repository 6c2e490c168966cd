import { UNKNOWN_USAGE } from '../canonical/usage.ts';
import type { Usage } from '../canonical/usage.ts';
import type { PriceBook } from '../pricing/price-book.ts';
import type { TokenPrice } from '../routing/group.ts';

/** So small that no tier of long prompts applies, and so round that no part of a pico-dollar is lost. */
const SAMPLE_TOKENS = 1000;
/** Of one table: a name is a target of few groups, and each is asked for again when they are compiled anew. */
const MAX_REMEMBERED = 10_000;

/** What tokens of a model cost for comparing, by the price data. Each answer is remembered. */
export function priceLookup(
  prices: () => PriceBook,
  now: () => number,
): (priceProvider: string, model: string) => TokenPrice | null {
  const remembered = new Map<string, TokenPrice | null>();
  return (priceProvider, model) => {
    const key = `${priceProvider}/${model}`;
    const known = remembered.get(key);
    if (known !== undefined) return known;
    if (remembered.size >= MAX_REMEMBERED) remembered.clear();
    const price = tokenPrice(prices(), priceProvider, model, now());
    remembered.set(key, price);
    return price;
  };
}

/** What a request costs by itself, whatever its size, is in every sample and falls out of the differences. */
function tokenPrice(prices: PriceBook, priceProvider: string, model: string, atMs: number): TokenPrice | null {
  const costOf = (usage: Partial<Usage>): number | null => {
    const sample = { ...UNKNOWN_USAGE, inputTokens: SAMPLE_TOKENS, outputTokens: 0, ...usage };
    return prices.priceOf(sample, priceProvider, model, atMs)?.costPico ?? null;
  };
  const base = costOf({});
  const input = costOf({ inputTokens: 2 * SAMPLE_TOKENS });
  if (base === null || input === null) return null;
  // Vectors have no price for output, and make none.
  const output = costOf({ outputTokens: SAMPLE_TOKENS }) ?? base;
  return { inputPico: (input - base) / SAMPLE_TOKENS, outputPico: (output - base) / SAMPLE_TOKENS };
}
