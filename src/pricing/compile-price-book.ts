import { picoUsd } from '../canonical/money.ts';
import type { Usage } from '../canonical/usage.ts';
import { costOfUsage } from './model-prices.ts';
import { findMaker, findPricedModel, type PricedModel } from './price-data.ts';
import type { Price, PriceBook } from './price-book.ts';
import { priceOfAudio } from './relayed-prices.ts';

/** Pairs of provider and model that are remembered; over it the memory starts anew. */
const MAX_REMEMBERED = 10_000;
/** Longer names are no model's; they are looked up each time rather than kept. */
const MAX_REMEMBERED_LENGTH = 256;

/** Finds a model by the provider's id in the price data and the model's id on the wire. */
export type PriceSource = (provider: string, model: string) => PricedModel | null;

/**
 * The price book of the bundled data. Models are looked up by the data's rules once and then remembered, so that a
 * price costs one look into a map. `find` is where other prices (the config's) go in front of the data.
 * Importing this file reads all of the data (30 ms, 3.5 MB of heap): import it when the daemon listens, not before.
 */
export function compilePriceBook(find: PriceSource = findPricedModel): PriceBook {
  const lookUp = rememberModels(find);
  const makers = new Map<string, string | null>();
  return {
    priceOf: (usage, provider, model, atMs) => priceOf(lookUp(provider, model), usage, atMs),
    priceOfAudio: (seconds, provider, model, atMs) => priceOfAudio(lookUp(provider, model), seconds, atMs),
    contextLength: (provider, model) => lookUp(provider, model)?.contextLength ?? null,
    providerOf: (model) => {
      if (model.length > MAX_REMEMBERED_LENGTH) return null;
      const known = makers.get(model);
      if (known !== undefined) return known;
      const maker = makerOf(model);
      if (makers.size >= MAX_REMEMBERED) makers.clear();
      makers.set(model, maker);
      return maker;
    },
  };
}

function rememberModels(find: PriceSource): PriceSource {
  const byProvider = new Map<string, Map<string, PricedModel | null>>();
  let count = 0;
  return (provider, model) => {
    const known = byProvider.get(provider)?.get(model);
    if (known !== undefined) return known;
    const found = find(provider, model);
    if (model.length > MAX_REMEMBERED_LENGTH) return found;
    if (count >= MAX_REMEMBERED) {
      byProvider.clear();
      count = 0;
    }
    count++;
    const models = byProvider.get(provider) ?? new Map<string, PricedModel | null>();
    byProvider.set(provider, models.set(model, found));
    return found;
  };
}

function priceOf(model: PricedModel | null, usage: Usage, atMs: number): Price | null {
  if (model === null) return null;
  const cost = costOfUsage(usage, model.pricesAt(atMs));
  return cost === null ? null : { costPico: picoUsd(cost), priceVersion: model.priceVersion };
}

function makerOf(model: string): string | null {
  // Slashes and colons are the marks of other namings: `openai/gpt-oss-20b`, `llama3.2:3b`.
  return /[/:@]/.test(model) ? null : findMaker(model);
}
