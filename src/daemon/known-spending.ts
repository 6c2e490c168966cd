import { LedgerReadError } from '../ledger/ledger-errors.ts';
import { readSpentSince } from '../ledger/questions/spent-since.ts';

/** A profile's calls that were settled in [`from`, `to`) (UTC milliseconds). */
export interface SpendingQuestion {
  /** The ledger's file. */
  readonly ledger: string;
  readonly profile: string;
  readonly from: number;
  readonly to: number;
}

/**
 * What they cost, in pico-dollars, as far as it is known. `null`: the ledger cannot be read now, which
 * `onUnreadable` is told. A ledger of another program or a newer llmgw is no such case: that is thrown.
 */
export function knownSpending(
  { ledger, profile, from, to }: SpendingQuestion,
  onUnreadable: (error: LedgerReadError) => void,
): bigint | null {
  try {
    return readSpentSince(ledger, profile, from, to);
  } catch (error) {
    if (!(error instanceof LedgerReadError)) throw error;
    onUnreadable(error);
    return null;
  }
}
