/** The wire formats, by the names that code, config and the ledger use. */
export const DIALECT_IDS = [
  'openai-chat',
  'openai-responses',
  'anthropic-messages',
  'gemini',
  'ollama',
  'bedrock-converse',
] as const;
export type DialectId = (typeof DIALECT_IDS)[number];
