/**
 * Endpoints whose requests and answers pass through as they are: only the model is read and replaced, and what was used
 * is read. Names are paths below the API base.
 */
export const RELAY_ENDPOINTS = [
  'moderations',
  'images/generations',
  'audio/speech',
  'audio/transcriptions',
  'rerank',
  'responses/compact',
] as const;
export type RelayEndpoint = (typeof RELAY_ENDPOINTS)[number];

export interface RelayRules {
  readonly form: 'json' | 'multipart';
  /** Fields of which one must be there. */
  readonly needed: readonly string[];
  /** The model where the request names none (OpenAI's SDK says which); `null`: it must. */
  readonly defaultModel: string | null;
}

/**
 * From the declarations of OpenAI's SDK (`resources/{moderations,images,responses,audio/*}.d.ts`) and
 * Cohere's rerank, which those that have it imitate (Jina, Voyage, vLLM). `images/generations` has `dall-e-2` as its
 * default only where no parameter is one of the other models, which is not for us to tell: it has to name its model.
 * Groq takes a `url` in place of `file`.
 */
export const RELAY_RULES: Readonly<Record<RelayEndpoint, RelayRules>> = {
  moderations: { form: 'json', needed: ['input'], defaultModel: 'omni-moderation-latest' },
  'images/generations': { form: 'json', needed: ['prompt'], defaultModel: null },
  'audio/speech': { form: 'json', needed: ['input'], defaultModel: null },
  'audio/transcriptions': { form: 'multipart', needed: ['file', 'url'], defaultModel: null },
  rerank: { form: 'json', needed: ['query'], defaultModel: null },
  'responses/compact': { form: 'json', needed: ['input', 'previous_response_id'], defaultModel: null },
};
