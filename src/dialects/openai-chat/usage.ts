import type { Usage } from '../../canonical/usage.ts';
import { isObject } from '../../std/is-object.ts';

/** A usage object before its members are believed. */
type Members = Readonly<Record<string, unknown>>;

const NO_MEMBERS: Members = {};

/**
 * The tokens in a `usage` object of OpenAI's chat completions, completions or embeddings, or of those who imitate them;
 * `null`: it says nothing usable. Numbers that cannot be counts, and parts greater than their whole, are not believed.
 *
 * Wire facts (cloud-provider documentation): `prompt_tokens` contains cached tokens everywhere; cached tokens are
 * `prompt_tokens_details.cached_tokens` (OpenAI), `prompt_cache_hit_tokens` (DeepSeek), `cached_tokens` (Moonshot) or
 * `num_cached_tokens` (Mistral). `completion_tokens` contains reasoning, except at xAI and Gemini, whose `total_tokens`
 * does, and at Perplexity, where `reasoning_tokens` and `citation_tokens` stand beside it. Voyage gives `total_tokens`
 * only.
 */
export function usageFromOpenAi(usage: unknown): Usage | null {
  if (!isObject(usage)) return null;
  const total = count(usage['total_tokens']);
  // Only embeddings leave out the prompt, and they have no output.
  const input = count(usage['prompt_tokens']) ?? (usage['completion_tokens'] === undefined ? total : null);
  const completion = count(usage['completion_tokens']);
  if (input === null && completion === null) return null;
  const prompted = membersOf(usage['prompt_tokens_details']);
  const completed = membersOf(usage['completion_tokens_details']);
  const output = outputTokens(usage, input, completion, total);
  const cacheRead = partOf(input, cachedTokens(usage, prompted));
  const cacheWrite = partOf(input === null ? null : input - (cacheRead ?? 0), writtenTokens(prompted));
  return {
    inputTokens: input,
    outputTokens: output,
    cacheReadTokens: cacheRead,
    cacheWrite5mTokens: cacheWrite,
    cacheWrite1hTokens: null,
    inputAudioTokens: partOf(input, count(prompted['audio_tokens'])),
    outputAudioTokens: partOf(output, count(completed['audio_tokens'])),
    imageTokens: partOf(input, count(prompted['image_tokens'])),
    reasoningTokens: partOf(output, count(completed['reasoning_tokens']) ?? count(usage['reasoning_tokens'])),
  };
}

function outputTokens(
  usage: Members,
  input: number | null,
  completion: number | null,
  total: number | null,
): number | null {
  if (completion === null) return input !== null && total !== null && total >= input ? total - input : null;
  const citations = count(usage['citation_tokens']);
  if (citations !== null) return safe(completion + citations + (count(usage['reasoning_tokens']) ?? 0));
  if (input !== null && total !== null && total > input + completion) return total - input;
  return completion;
}

function cachedTokens(usage: Members, prompted: Members): number | null {
  return (
    count(prompted['cached_tokens']) ??
    count(usage['prompt_cache_hit_tokens']) ??
    count(usage['cached_tokens']) ??
    count(usage['num_cached_tokens'])
  );
}

/** OpenAI and OpenRouter, then Alibaba. None of them says for how long; five minutes is the usual time. */
function writtenTokens(prompted: Members): number | null {
  return count(prompted['cache_write_tokens']) ?? count(prompted['cache_creation_input_tokens']);
}

function count(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

function partOf(whole: number | null, part: number | null): number | null {
  return whole === null || part === null || part > whole ? null : part;
}

function safe(value: number): number | null {
  return Number.isSafeInteger(value) ? value : null;
}

function membersOf(value: unknown): Members {
  return isObject(value) ? value : NO_MEMBERS;
}
