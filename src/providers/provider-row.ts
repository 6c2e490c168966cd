import type { DialectId } from '../canonical/dialect-id.ts';
import { PLAIN_QUIRKS } from '../canonical/quirks.ts';
import type { ChatQuirks } from '../canonical/quirks.ts';
import type { CredentialHeader, WireAddress } from '../canonical/target.ts';
import { unreachable } from '../std/unreachable.ts';
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

export const ANTHROPIC_KEY: CredentialHeader = { kind: 'header', name: 'x-api-key' };

/**
 * OpenAI's models that its chat completions refuse: those for Codex, for deep research, for using a computer, and the
 * large ones (`ResponsesModel` less `ChatModel` in the `openai` package, and what its list of models says of them).
 */
const RESPONSES_ONLY = /^(?:o\d-pro|o\d(?:-mini)?-deep-research|computer-use|codex-|gpt-\d[\d.]*-(?:codex|pro))/;

/**
 * OpenAI's models that cannot use tools and think in chat completions: "Function tools with reasoning_effort are not
 * supported for gpt-5.6 in /v1/chat/completions" (400; openai/openai-openapi#541, and for 5.2 livekit/agents#5088).
 */
const RESPONSES_BETTER = /^gpt-(?:5\.(?:[2-9]|\d\d)|[6-9]|\d\d)(?!.*(?:chat|search))/;

/** OpenAI's Responses API beside its chat completions, at OpenAI and at Azure. */
export const OPENAI_RESPONSES: WireAddress = {
  dialect: 'openai-responses',
  apiBase: '',
  onlyPlaceOf: RESPONSES_ONLY,
  betterFor: RESPONSES_BETTER,
};

/** What a row of the table must say; the rest is what most providers have in common. */
type RowFields = Pick<Provider, 'id' | 'displayName' | 'apiBase' | 'keyVariables'> &
  Partial<Omit<Provider, 'quirks'>> & { readonly quirks?: Partial<ChatQuirks> };

/** Completes a row: its dialect's headers, models listed at `/models`, usage of streams on request, no price data. */
export function providerRow(fields: RowFields): Provider {
  const dialect = fields.dialect ?? 'openai-chat';
  return {
    dialect,
    ...headersOf(dialect),
    refusedKeyPrefixes: [],
    baseVariables: [],
    headerVariables: {},
    modelListing: OPENAI_LISTING,
    knownModels: [],
    priceProvider: null,
    pathRule: null,
    shapedBy: null,
    signIn: null,
    ...fields,
    alsoSpeaks: (fields.alsoSpeaks ?? []).map(completeAddress),
    quirks: { ...PLAIN_QUIRKS, ...fields.quirks },
  };
}

/**
 * With what its dialect wants beside the key, which goes where the provider's key goes unless the row says otherwise.
 */
function completeAddress(address: WireAddress): WireAddress {
  return { ...address, extraHeaders: { ...headersOf(address.dialect).extraHeaders, ...address.extraHeaders } };
}

/** In which header upstreams of a dialect look for the key, and what they want beside it. */
export function headersOf(dialect: DialectId): Pick<Provider, 'credentialHeader' | 'extraHeaders'> {
  switch (dialect) {
    case 'anthropic-messages':
      return {
        credentialHeader: ANTHROPIC_KEY,
        extraHeaders: { 'anthropic-version': '2023-06-01' },
      };
    case 'gemini':
      return { credentialHeader: { kind: 'header', name: 'x-goog-api-key' }, extraHeaders: {} };
    case 'openai-chat':
    case 'openai-responses':
    case 'ollama':
    case 'bedrock-converse':
      return { credentialHeader: { kind: 'bearer' }, extraHeaders: {} };
    default:
      return unreachable(dialect);
  }
}
