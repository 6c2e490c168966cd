import type { Provider } from './provider.ts';
import { providerRow } from './provider-row.ts';

/** The models of Mistral whose thinking can be told (as Vercel's AI SDK has it); all others think always or never. */
const MISTRAL_THINKERS = /^mistral-(?:small-(?:latest|2603)|medium-3(?:\.5)?$)/;
const MISTRAL_REFUSES = ['top_k', 'logprobs', 'logit_bias', 'user', 'service_tier', 'prompt_cache_key', 'verbosity'];

/** Mistral, and its second address for code. */
export const MISTRAL: readonly Provider[] = [
  // Usage comes with the last chunk unasked; versions of the API have rejected stream_options. Unknown fields are a
  // 422.
  providerRow({
    id: 'mistral',
    displayName: 'Mistral',
    apiBase: 'https://api.mistral.ai/v1',
    keyVariables: ['MISTRAL_API_KEY'],
    priceProvider: 'mistral',
    quirks: {
      streamUsage: false,
      seedField: 'random_seed',
      singleSystem: true,
      efforts: ['none', 'high'],
      thinkers: MISTRAL_THINKERS,
      requiredChoice: 'any',
      shortToolIds: true,
      strictTurns: true,
      refuses: MISTRAL_REFUSES,
    },
  }),
  providerRow({
    id: 'codestral',
    displayName: 'Mistral Codestral',
    apiBase: 'https://codestral.mistral.ai/v1',
    keyVariables: ['CODESTRAL_API_KEY'],
    modelListing: null,
    knownModels: ['codestral-latest'],
    priceProvider: 'mistral',
    quirks: {
      streamUsage: false,
      seedField: 'random_seed',
      singleSystem: true,
      reasoning: 'none',
      requiredChoice: 'any',
      shortToolIds: true,
      strictTurns: true,
      refuses: MISTRAL_REFUSES,
    },
  }),
];
