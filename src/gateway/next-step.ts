import { unreachable } from '../std/unreachable.ts';
import type { NextStep } from './exchange-report.ts';
import type { Turn } from './itinerary.ts';

/** What came after an attempt that failed, in the words of the feed. */
export function nextStepIn(turn: Turn): NextStep {
  switch (turn.kind) {
    case 'attempt':
      return turn.admitted.resent ? 'resend' : 'next_target';
    case 'wait':
    case 'beside':
      return 'next_target';
    case 'give_up':
      return 'give_up';
    default:
      return unreachable(turn);
  }
}
