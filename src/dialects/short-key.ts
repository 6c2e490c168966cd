import { createHash } from 'node:crypto';

/**
 * Longer ones are refused where a provider looks at them: OpenAI takes 64 characters in `user`, `safety_identifier` and
 * `prompt_cache_key` (`string_above_max_length`), OpenRouter and Zhipu 128 in `user`. Claude Code's ids have 140.
 */
const MAX_KEY_CHARACTERS = 64;

/** The id of a user, or of a cache, as it is sent: the same long one gives the same short one. */
export function shortKey(key: string): string {
  return key.length <= MAX_KEY_CHARACTERS ? key : createHash('sha256').update(key).digest('hex');
}
