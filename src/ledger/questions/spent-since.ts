import { readLedger } from './read-ledger.ts';
import { readGroups } from './spend-groups.ts';
import type { Sums } from './spend-sums.ts';

/** What the calls of a profile cost. */
export interface ProfileSpending {
  /** Pico-dollars: what is known. */
  readonly cost: bigint;
  /** Attempts that are not in it: nobody knows what they cost. */
  readonly unpriced: number;
}

/**
 * What was settled for a profile in [`from`, `to`) (UTC milliseconds), calls to the demo model left out. A missing file
 * has nothing. Throws what `readLedger` throws.
 */
export function readSpentSince(path: string, profile: string, from: number, to: number): ProfileSpending {
  return readLedger(
    path,
    (connection) => {
      const query = { by: 'profile', from, to, includeDemo: false } as const;
      const found = readGroups(connection, query, null).groups.find(({ value }) => value === profile);
      return found === undefined ? NOTHING_SPENT : spendingOf(found.sums);
    },
    () => NOTHING_SPENT,
  );
}

const NOTHING_SPENT: ProfileSpending = { cost: 0n, unpriced: 0 };

function spendingOf({ cost_pico: cost, unpriced }: Sums): ProfileSpending {
  return { cost: cost ?? 0n, unpriced: Number(unpriced ?? 0n) };
}
