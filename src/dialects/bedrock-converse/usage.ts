import type { JsonObject } from '../../canonical/parts.ts';
import { UNKNOWN_USAGE } from '../../canonical/usage.ts';
import type { Usage } from '../../canonical/usage.ts';
import { isObject } from '../../std/is-object.ts';

/**
 * Converse's `usage`: `inputTokens` is what neither was read from a cache nor written to one; reasoning is part of
 * `outputTokens` and not told apart (API_runtime_TokenUsage). `cacheDetails` splits what was written by its time.
 */
export function usageOf(usage: JsonObject): Usage {
  const fresh = tokens(usage['inputTokens']);
  const read = tokens(usage['cacheReadInputTokens']);
  const written = tokens(usage['cacheWriteInputTokens']);
  const writtenForAnHour = written === null ? null : Math.min(written, hourLong(usage['cacheDetails']));
  return {
    ...UNKNOWN_USAGE,
    inputTokens: fresh === null ? null : fresh + (read ?? 0) + (written ?? 0),
    outputTokens: tokens(usage['outputTokens']),
    cacheReadTokens: read,
    cacheWrite5mTokens: written === null || writtenForAnHour === null ? null : written - writtenForAnHour,
    cacheWrite1hTokens: writtenForAnHour,
  };
}

function hourLong(details: unknown): number {
  if (!Array.isArray(details)) return 0;
  let sum = 0;
  for (const detail of details as unknown[]) {
    // Written `1h`; `T1H` was seen too.
    if (isObject(detail) && /^T?1h$/i.test(String(detail['ttl']))) sum += tokens(detail['inputTokens']) ?? 0;
  }
  return sum;
}

function tokens(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}
