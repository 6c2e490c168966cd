import type { CompletionUsage } from 'openai/resources/completions';
import type { Usage } from '../../canonical/usage.ts';

/** With what OpenAI has no field for: images (OpenRouter's name), and the cache's times (LiteLLM's names). */
type ChatUsage = CompletionUsage & {
  prompt_tokens_details?: {
    image_tokens?: number;
    cache_creation_token_details?: { ephemeral_5m_input_tokens: number; ephemeral_1h_input_tokens: number };
  };
};

/** `null`: nothing is known that could be told. A part that is not known is left out. */
export function encodeUsage(usage: Usage | null): ChatUsage | null {
  if (usage === null || (usage.inputTokens === null && usage.outputTokens === null)) return null;
  const input = usage.inputTokens ?? 0;
  const output = usage.outputTokens ?? 0;
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    ...member('prompt_tokens_details', {
      ...member('cached_tokens', usage.cacheReadTokens),
      ...member('audio_tokens', usage.inputAudioTokens),
      ...member('image_tokens', usage.imageTokens),
      ...written(usage),
    }),
    ...member('completion_tokens_details', {
      ...member('reasoning_tokens', usage.reasoningTokens),
      ...member('audio_tokens', usage.outputAudioTokens),
    }),
  };
}

function written({ cacheWrite5mTokens: short, cacheWrite1hTokens: long }: Usage): ChatUsage['prompt_tokens_details'] {
  if (short === null && long === null) return {};
  const times = { ephemeral_5m_input_tokens: short ?? 0, ephemeral_1h_input_tokens: long ?? 0 };
  return {
    cache_write_tokens: (short ?? 0) + (long ?? 0),
    ...(long === null ? {} : { cache_creation_token_details: times }),
  };
}

/** The member where there is something to tell: a number, or an object that has members. */
function member<Key extends string, Value extends number | object>(
  key: Key,
  value: Value | null,
): { readonly [K in Key]?: Value } {
  const isNothing = value === null || (typeof value === 'object' && Object.keys(value).length === 0);
  // A computed key is an index to the compiler.
  return (isNothing ? {} : { [key]: value }) as { readonly [K in Key]?: Value };
}
