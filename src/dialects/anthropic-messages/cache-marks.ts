import type { CacheControlEphemeral } from '@anthropic-ai/sdk/resources/messages';
import type { CacheMark, JsonObject } from '../../canonical/parts.ts';
import { objectField } from '../fields.ts';

/** Marks that a request may have; one more is refused (Anthropic's documentation on prompt caching). */
const MAX_MARKS = 4;

export function readCacheMark(block: JsonObject, path: string): CacheMark | null {
  const control = objectField(block, 'cache_control', path);
  if (control === null) return null;
  return control['ttl'] === '1h' ? '1h' : '5m';
}

/** To be spread into a block. Five minutes are what a mark without a time means. */
export function cacheControl(cache: CacheMark | null): { cache_control?: CacheControlEphemeral } {
  if (cache === null) return {};
  return { cache_control: cache === '1h' ? { type: 'ephemeral', ttl: '1h' } : { type: 'ephemeral' } };
}

interface Markable {
  cache_control?: unknown;
}

/**
 * Takes marks away until as many are left as are allowed. The last ones stay: a mark covers everything before it, so
 * the longest prefixes go on being found. `blocks`: in the order of the prompt, which is tools, system, messages.
 */
export function limitCacheMarks(blocks: readonly object[], otherMarks: number): void {
  const marked = blocks.filter((block): block is Markable => 'cache_control' in block && block.cache_control !== null);
  for (const block of marked.slice(0, Math.max(0, marked.length - (MAX_MARKS - otherMarks)))) {
    delete block.cache_control;
  }
}
