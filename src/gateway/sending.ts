import type { GatewayError } from '../canonical/errors.ts';
import type { Outcome } from '../canonical/outcome.ts';
import type { Admitted } from './admission.ts';
import type { Attempt } from './attempt.ts';
import type { AnswerFacts } from './attempt-end.ts';
import type { Booking } from './settlement.ts';
import type { Wire } from './wire.ts';

/** An attempt whose row was queued. */
export interface Opened extends Admitted {
  readonly wire: Wire;
  readonly number: number;
  /** UTC milliseconds. */
  readonly openedAt: number;
  /** The row is in the file; it must be settled. */
  readonly recorded: boolean;
}

export interface Sending extends Opened {
  readonly attempt: Attempt;
}

/** How an attempt ended, for its row. */
export interface Ending {
  readonly outcome: Exclude<Outcome, 'abandoned' | 'refused'>;
  readonly facts: AnswerFacts;
  readonly error: GatewayError | null;
  /** The exchange ended with it. */
  readonly final: boolean;
  /** When it was worked out before. */
  readonly booking: Booking | null;
}
