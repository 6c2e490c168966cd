import { readLedger } from './read-ledger.ts';
import { readGroups } from './spend-groups.ts';

/**
 * What the calls of a profile cost that were settled in [`from`, `to`) (UTC milliseconds), in pico-dollars: what is
 * known of it, and calls to the demo model left out. A missing file has nothing. Throws what `readLedger` throws.
 */
export function readSpentSince(path: string, profile: string, from: number, to: number): bigint {
  return readLedger(
    path,
    (connection) => {
      const query = { by: 'profile', from, to, includeDemo: false } as const;
      const found = readGroups(connection, query, null).groups.find(({ value }) => value === profile);
      return found?.sums.cost_pico ?? 0n;
    },
    () => 0n,
  );
}
