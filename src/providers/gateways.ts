import type { Provider } from './provider.ts';
import { ANTHROPIC_KEY, OPENAI_LISTING, providerRow } from './provider-row.ts';

const CLAUDE = /^claude-/;
const GPT = /^gpt-/;

/** Providers that pass requests on to many others. */
export const GATEWAYS: readonly Provider[] = [
  // It takes both dialects for every model; what passes untouched is what their makers read themselves.
  providerRow({
    id: 'openrouter',
    displayName: 'OpenRouter',
    apiBase: 'https://openrouter.ai/api/v1',
    keyVariables: ['OPENROUTER_API_KEY'],
    modelListing: { ...OPENAI_LISTING, open: true },
    priceProvider: 'openrouter',
    alsoSpeaks: [
      { dialect: 'anthropic-messages', apiBase: '', models: /^anthropic\// },
      { dialect: 'openai-responses', apiBase: '', models: /^openai\// },
    ],
    quirks: { reasoning: 'reasoning-object', cacheMarks: true, files: true, audio: true },
  }),
  providerRow({
    id: 'vercel',
    displayName: 'Vercel AI Gateway',
    apiBase: 'https://ai-gateway.vercel.sh/v1',
    keyVariables: ['AI_GATEWAY_API_KEY', 'VERCEL_OIDC_TOKEN'],
    modelListing: { ...OPENAI_LISTING, open: true },
    alsoSpeaks: [
      { dialect: 'anthropic-messages', apiBase: '', models: /^anthropic\// },
      { dialect: 'openai-responses', apiBase: '', models: /^openai\// },
    ],
    quirks: { reasoning: 'reasoning-object', cacheMarks: true, files: true },
  }),
  // It takes no notice of an effort.
  providerRow({
    id: 'poe',
    displayName: 'Poe',
    apiBase: 'https://api.poe.com/v1',
    keyVariables: ['POE_API_KEY'],
    quirks: { reasoning: 'none' },
  }),
  providerRow({
    id: 'requesty',
    displayName: 'Requesty',
    apiBase: 'https://router.requesty.ai/v1',
    keyVariables: ['REQUESTY_API_KEY'],
  }),
  // Each model has one API of its own; at that of Messages the key is taken from x-api-key alone.
  providerRow({
    id: 'opencode-zen',
    displayName: 'OpenCode Zen',
    apiBase: 'https://opencode.ai/zen/v1',
    keyVariables: ['OPENCODE_API_KEY'],
    alsoSpeaks: [
      {
        dialect: 'anthropic-messages',
        apiBase: '',
        models: CLAUDE,
        onlyPlaceOf: CLAUDE,
        credentialHeader: ANTHROPIC_KEY,
      },
      { dialect: 'openai-responses', apiBase: '', models: GPT, onlyPlaceOf: GPT },
    ],
  }),
];
