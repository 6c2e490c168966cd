import type { GatewayError } from '../canonical/errors.ts';
import type { Outcome } from '../canonical/outcome.ts';
import type { Target } from '../canonical/target.ts';
import type { AnswerFacts, Attempt } from './attempt.ts';
import type { Booking } from './settlement.ts';

/** An attempt whose row was queued. */
export interface Opened {
  readonly target: Target;
  readonly targetIndex: number;
  readonly number: number;
  /** UTC milliseconds. */
  readonly openedAt: number;
  /** Sent again on a new connection. */
  readonly resent: boolean;
  /** The row is in the file; it must be settled. */
  readonly recorded: boolean;
}

export interface Sending extends Opened {
  readonly attempt: Attempt;
}

/** How an attempt ended, for its row. */
export interface Ending {
  readonly outcome: Outcome;
  readonly facts: AnswerFacts;
  readonly error: GatewayError | null;
  /** The exchange ended with it. */
  readonly final: boolean;
  /** When it was worked out before, for the answer's head. */
  readonly booking?: Booking | null;
}
