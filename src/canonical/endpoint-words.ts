/** What people call the endpoints at which a model is asked, and the names of those (`Face.name`). */
export const ENDPOINT_WORDS = {
  chat: 'chat/completions',
  completions: 'completions',
  responses: 'responses',
  messages: 'messages',
  gemini: 'generateContent',
  'ollama-chat': 'api/chat',
  'ollama-generate': 'api/generate',
  embeddings: 'embeddings',
  'gemini-embed': 'embedContent',
  'ollama-embed': 'api/embed',
  images: 'images/generations',
  speech: 'audio/speech',
  transcriptions: 'audio/transcriptions',
  moderations: 'moderations',
  rerank: 'rerank',
  compact: 'responses/compact',
} as const;
export type EndpointWord = keyof typeof ENDPOINT_WORDS;
