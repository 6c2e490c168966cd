import type { GatewayError } from '../canonical/errors.ts';
import { unreachable } from '../std/unreachable.ts';

/** How an attempt failed, as far as it matters for what comes next. */
export interface AttemptFailure {
  readonly error: GatewayError;
  /** A reused connection was reset before any byte of the answer: the server closed it while it was idle. */
  readonly staleConnection: boolean;
  /** The attempt was itself one that was sent once more. */
  readonly resent: boolean;
  /** Something of the answer has reached the client. */
  readonly committed: boolean;
  readonly targetsLeft: number;
  /** The target can be asked with more room for the prompt than it had. */
  readonly canGrow: boolean;
}

export type NextStep =
  /** The same target once more: on a new connection, or with more room for the prompt. */
  'resend' | 'next_target' | 'give_up';

/** What to do after a failed attempt. */
export function nextStepAfter(failure: AttemptFailure): NextStep {
  if (failure.committed) return 'give_up';
  if (failure.staleConnection && !failure.resent) return 'resend';
  if (failure.error.code === 'context_length_exceeded' && failure.canGrow && !failure.resent) return 'resend';
  if (failure.targetsLeft === 0 || !canHelpElsewhere(failure.error)) return 'give_up';
  return 'next_target';
}

/** Another target helps when this one failed, not when the request is wrong. */
function canHelpElsewhere(error: GatewayError): boolean {
  switch (error.source) {
    case 'client':
    case 'gateway':
      return false;
    case 'upstream':
      return error.code === 'upstream_error' ? isTemporary(error.status) : error.retryable;
    default:
      return unreachable(error.source);
  }
}

/**
 * 404: the model went away since it was listed. 401 and 403: this provider's key is wrong, another's may not be. 424: a
 * model of Bedrock's failed (`ModelErrorException`).
 */
function isTemporary(status: number): boolean {
  return status >= 500 || [401, 402, 403, 404, 408, 409, 424, 425, 429].includes(status);
}
