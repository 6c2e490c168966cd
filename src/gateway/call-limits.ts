import type { DeploymentTimeouts } from '../canonical/deployment.ts';
import type { OwnLimits } from '../upstream/upstream.ts';

export interface LimitedCall {
  readonly timeouts: DeploymentTimeouts;
  /** The client asked for a stream. */
  readonly stream: boolean;
  /** What the request says of all of the call; `null`: nothing. */
  readonly timeoutMs: number | null;
  /** The same of a stream, from one piece to the next. */
  readonly streamTimeoutMs: number | null;
  /** Until the exchange's deadline, by which an answer must have begun. */
  readonly remainingMs: number;
}

/** The limits of one call: what the request says, else what its deployment has, cut to the exchange's deadline. */
export function limitsOfCall({ timeouts, stream, timeoutMs, streamTimeoutMs, remainingMs }: LimitedCall): OwnLimits {
  const { connectMs, idleMs, totalMs } = timeouts;
  const wishedMs = stream ? streamTimeoutMs : null;
  const streamFirstMs = wishedMs ?? (stream ? timeouts.streamFirstByteMs : null);
  return {
    connectMs,
    firstByteMs: streamFirstMs ?? timeouts.firstByteMs,
    idleMs: wishedMs ?? idleMs,
    totalMs: timeoutMs ?? totalMs,
    // The head of a stream may come long before the first piece of it.
    beginMs: Math.max(1, Math.min(remainingMs, streamFirstMs ?? remainingMs)),
  };
}
