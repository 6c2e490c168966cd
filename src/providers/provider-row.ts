import type { ModelListing, Provider } from './provider.ts';

/** The list at `/models` in OpenAI's shape, asked for with the provider's own credential. */
export const OPENAI_LISTING: ModelListing = {
  path: '/models',
  shape: 'openai',
  open: false,
  credentialHeader: null,
  headers: {},
  idPrefix: '',
};

/** What a row of the table must say; the rest is what most providers have in common. */
type RowFields = Pick<Provider, 'id' | 'displayName' | 'apiBase' | 'keyVariables'> & Partial<Provider>;

/** Completes a row: a bearer key, models listed at `/models`, usage of streams on request, no price data. */
export function providerRow(fields: RowFields): Provider {
  return {
    dialect: 'openai-chat',
    credentialHeader: { kind: 'bearer' },
    refusedKeyPrefixes: [],
    baseVariables: [],
    headerVariables: {},
    modelListing: OPENAI_LISTING,
    knownModels: [],
    takesStreamUsage: true,
    priceProvider: null,
    extraHeaders: {},
    ...fields,
  };
}
