/** The inference endpoints of the dialect, as paths below the API base. */
export const OPENAI_ENDPOINTS = ['chat/completions', 'completions', 'embeddings'] as const;
export type OpenAiEndpoint = (typeof OPENAI_ENDPOINTS)[number];

/** The field, besides `model`, without which an endpoint has nothing to do. */
export const REQUIRED_FIELD: Readonly<Record<OpenAiEndpoint, string>> = {
  'chat/completions': 'messages',
  completions: 'prompt',
  embeddings: 'input',
};
