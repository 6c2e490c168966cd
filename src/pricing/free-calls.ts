/**
 * Calls that cost nothing whatever is in them, by the provider's id in the price data. OpenAI: "moderation models are
 * free models" (developers.openai.com/api/docs/models/omni-moderation-latest); the data has them without a price.
 */
const FREE_CALLS: ReadonlyMap<string, readonly string[]> = new Map([['openai', ['moderations']]]);

/** Whether a provider (an id of the price data) takes no money for an endpoint: `moderations`. */
export function isFreeCall(provider: string, endpoint: string): boolean {
  return FREE_CALLS.get(provider)?.includes(endpoint) ?? false;
}
