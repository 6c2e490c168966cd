import type { ModelFacts } from '../canonical/model.ts';
import { chatCapabilities } from '../dialects/known-chat-models.ts';
import type { PriceBook } from '../pricing/price-book.ts';
import { toldByName } from '../routing/told-by-name.ts';

export interface CloudModelToDescribe {
  readonly model: string;
  /** What the provider's list says of it. */
  readonly listed: ModelFacts;
  /** The provider's id in the price data; `null`: not in it. */
  readonly priceProvider: string | null;
  readonly prices: PriceBook;
}

/** What is known of a provider's model: by the provider's list, else by its name and the price data. */
export function cloudFacts({ model, listed, priceProvider, prices }: CloudModelToDescribe): ModelFacts {
  const capabilities = listed.capabilities ?? toldByName(model) ?? chatCapabilities(model);
  // The price data knows families by how their names begin: the context of those that chat is none of `…-tts`.
  const isText = capabilities === null || capabilities.includes('chat') || capabilities.includes('embedding');
  const priced = priceProvider === null || !isText ? null : prices.contextLength(priceProvider, model);
  return { ...listed, capabilities, contextLength: listed.contextLength ?? priced };
}
