/** The inference endpoints of the dialect, as paths below the API base. */
export const OPENAI_ENDPOINTS = ['chat/completions', 'completions', 'embeddings'] as const;
export type OpenAiEndpoint = (typeof OPENAI_ENDPOINTS)[number];
