import type { Provider } from './provider.ts';
import { OPENAI_LISTING, providerRow } from './provider-row.ts';

/** Providers that pass requests on to many others. */
export const GATEWAYS: readonly Provider[] = [
  providerRow({
    id: 'openrouter',
    displayName: 'OpenRouter',
    apiBase: 'https://openrouter.ai/api/v1',
    keyVariables: ['OPENROUTER_API_KEY'],
    modelListing: { ...OPENAI_LISTING, open: true },
    priceProvider: 'openrouter',
  }),
  providerRow({
    id: 'vercel',
    displayName: 'Vercel AI Gateway',
    apiBase: 'https://ai-gateway.vercel.sh/v1',
    keyVariables: ['AI_GATEWAY_API_KEY', 'VERCEL_OIDC_TOKEN'],
    modelListing: { ...OPENAI_LISTING, open: true },
  }),
  providerRow({
    id: 'poe',
    displayName: 'Poe',
    apiBase: 'https://api.poe.com/v1',
    keyVariables: ['POE_API_KEY'],
  }),
  providerRow({
    id: 'requesty',
    displayName: 'Requesty',
    apiBase: 'https://router.requesty.ai/v1',
    keyVariables: ['REQUESTY_API_KEY'],
  }),
  // Some of its models speak other dialects only and answer with an error here.
  providerRow({
    id: 'opencode-zen',
    displayName: 'OpenCode Zen',
    apiBase: 'https://opencode.ai/zen/v1',
    keyVariables: ['OPENCODE_API_KEY'],
  }),
];
