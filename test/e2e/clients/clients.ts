import {
  aiSdkAnthropicClient,
  aiSdkCompatibleClient,
  aiSdkGoogleClient,
  aiSdkOpenaiClient,
  aiSdkOpenaiStoredClient,
} from './fronts/ai-sdk.ts';
import { anthropicClient } from './fronts/anthropic.ts';
import type { Client } from './fronts/client.ts';
import { googleGenaiClient } from './fronts/google-genai.ts';
import { ollamaClient } from './fronts/ollama.ts';
import { openaiChatClient } from './fronts/openai-chat.ts';
import { openaiKeptResponsesClient, openaiResponsesClient } from './fronts/openai-responses.ts';

/** Every SDK that is driven against the gateway. */
export const CLIENTS: readonly Client[] = [
  openaiChatClient,
  openaiResponsesClient,
  anthropicClient,
  googleGenaiClient,
  ollamaClient,
  aiSdkCompatibleClient,
  aiSdkOpenaiClient,
  aiSdkAnthropicClient,
  aiSdkGoogleClient,
];

/** Those that leave to the gateway what was said before, where their upstream keeps nothing. */
export const KEEPING_CLIENTS: readonly Client[] = [openaiKeptResponsesClient, aiSdkOpenaiStoredClient];
