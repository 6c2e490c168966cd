import type { GatewayError } from '../canonical/errors.ts';
import type { Outcome } from '../canonical/outcome.ts';
import type { Admitted } from './admission.ts';
import type { Attempt } from './attempt.ts';
import type { AnswerFacts } from './attempt-end.ts';
import type { JoinedAnswer } from './joined-answer.ts';
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
  /** Its answer, where another one may go on with it, or where it goes on with another one's; `null`: neither. */
  readonly joined: JoinedAnswer | null;
  readonly attempt: Attempt;
}

/** What is known of an attempt once its row is queued. */
export type OpenedAs = Pick<Opened, 'wire' | 'number' | 'openedAt' | 'recorded'>;

/** An admitted attempt with its row. Not by spreading, which takes longer than choosing a deployment. */
export function openedOf(admitted: Admitted, { wire, number, openedAt, recorded }: OpenedAs): Opened {
  return {
    deployment: admitted.deployment,
    group: admitted.group,
    fallback: admitted.fallback,
    conversation: admitted.conversation,
    wishes: admitted.wishes,
    deadlineAt: admitted.deadlineAt,
    resent: admitted.resent,
    exceededContextTokens: admitted.exceededContextTokens,
    target: admitted.target,
    hold: admitted.hold,
    call: admitted.call,
    wire,
    number,
    openedAt,
    recorded,
  };
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
