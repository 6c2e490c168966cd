import type { JsonObject } from '../../canonical/parts.ts';
import { UNKNOWN_USAGE } from '../../canonical/usage.ts';
import type { Usage } from '../../canonical/usage.ts';
import { isObject } from '../../std/is-object.ts';

/** What an answer says that it took. */
export type RelayUsage =
  | { readonly kind: 'tokens'; readonly usage: Usage }
  /** Paid for by its length, and by nothing else. */
  | { readonly kind: 'audio'; readonly seconds: number }
  /** It does not say, or says it in units that no price is known of (searches, characters, whole images). */
  | { readonly kind: 'unknown' };

export const NOT_TOLD: RelayUsage = { kind: 'unknown' };

/**
 * The usage in an answer, or in the last event of its stream. The shapes, from OpenAI's SDK where it has them:
 * images and speech `usage: {input_tokens, output_tokens, input_tokens_details: {image_tokens, text_tokens}}`;
 * transcriptions `usage: {type: 'tokens', …, input_token_details: {audio_tokens, text_tokens}}` or `{type: 'duration',
 * seconds}`; Mistral's (recorded) `usage: {prompt_audio_seconds, prompt_tokens, …}`, which is paid by both; rerank
 * `usage: {total_tokens}` (Jina, Voyage, vLLM), `meta: {tokens: {input_tokens}}` (SiliconFlow), or
 * `meta: {billed_units: {search_units}}` alone (Cohere).
 */
export function usageOfAnswer(answer: JsonObject): RelayUsage {
  const { usage, meta } = answer;
  if (isObject(usage)) return stated(usage);
  if (!isObject(meta)) return NOT_TOLD;
  const { billed_units: billed, tokens } = meta;
  // Cohere names the tokens too, and is paid by the searches.
  if (isObject(billed) && count(billed['search_units']) !== null) return NOT_TOLD;
  return isObject(tokens) ? stated(tokens) : NOT_TOLD;
}

function stated(usage: JsonObject): RelayUsage {
  const { type, seconds } = usage;
  if (type === 'duration') {
    const isLength = typeof seconds === 'number' && Number.isFinite(seconds) && seconds >= 0;
    return isLength ? { kind: 'audio', seconds } : NOT_TOLD;
  }
  if ('prompt_audio_seconds' in usage) return NOT_TOLD;
  const total = count(usage['total_tokens']);
  const output = count(usage['output_tokens']) ?? count(usage['completion_tokens']);
  const input = count(usage['input_tokens']) ?? count(usage['prompt_tokens']) ?? (output === null ? total : null);
  if (input === null) return NOT_TOLD;
  const details = [usage['input_tokens_details'], usage['input_token_details']].find(isObject) ?? {};
  return {
    kind: 'tokens',
    usage: {
      ...UNKNOWN_USAGE,
      inputTokens: input,
      // A rerank has no output, and those that have it say how much.
      outputTokens: output ?? (total === null || total < input ? 0 : total - input),
      cacheReadTokens: partOf(input, details['cached_tokens']),
      inputAudioTokens: partOf(input, details['audio_tokens']),
      imageTokens: partOf(input, details['image_tokens']),
    },
  };
}

function count(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

/** A part greater than its whole is not believed. */
function partOf(whole: number, value: unknown): number | null {
  const part = count(value);
  return part === null || part > whole ? null : part;
}
