import type { FinishReason } from '../../canonical/answer.ts';

/** What an upstream's word for the end means; `failed`: the answer broke off and says so in this way. */
export type Ending = FinishReason | 'failed';

/**
 * OpenAI's words, and those that others have for them (cloud-provider documentation; litellm's list of finish reasons).
 */
const ENDINGS: Readonly<Record<string, Ending>> = {
  stop: 'stop',
  length: 'length',
  tool_calls: 'tool_calls',
  function_call: 'tool_calls',
  content_filter: 'content_filter',
  // Anthropic's, passed on by gateways.
  max_tokens: 'length',
  tool_use: 'tool_calls',
  refusal: 'content_filter',
  // Mistral
  model_length: 'length',
  // Together and Databricks end with `eos` and `end_turn`, which are `stop` as every other word is; Bedrock:
  content_filtered: 'content_filter',
  guardrail_intervened: 'content_filter',
  // Zhipu
  sensitive: 'content_filter',
  model_context_window_exceeded: 'length',
  network_error: 'failed',
  // Gemini's, passed on by gateways.
  safety: 'content_filter',
  recitation: 'content_filter',
  blocklist: 'content_filter',
  prohibited_content: 'content_filter',
  spii: 'content_filter',
  malformed_function_call: 'failed',
  // Cohere
  error_toxic: 'content_filter',
  // DeepSeek, OpenRouter, vLLM and SGLang
  insufficient_system_resource: 'failed',
  error: 'failed',
  abort: 'failed',
};

/** `hasCalls`: many say `stop` though the model called tools, and some say `tool_calls` where it called none. */
export function endingOf(raw: string | null, hasCalls: boolean): Ending {
  const ending = (raw === null ? null : ENDINGS[raw.toLowerCase()]) ?? 'stop';
  if (ending !== 'stop' && ending !== 'tool_calls') return ending;
  return hasCalls ? 'tool_calls' : 'stop';
}
