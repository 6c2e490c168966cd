import { GatewayError } from '../canonical/errors.ts';
import type { WaitStep } from '../routing/steps.ts';
import type { GatewayDependencies } from './dependencies.ts';
import type { Itinerary, Turn } from './itinerary.ts';
import type { Waiter } from './waiting-room.ts';

type WaitParts = Pick<GatewayDependencies, 'waiting' | 'now'>;

/** Longer than any wait may be, and no longer than a timer can be. */
const LONGEST_TIMER_MS = 2_000_000_000;

/**
 * The waits of one exchange, one at a time: for a time to come, or in line for room at a deployment, until the client
 * leaves or the gateway ends.
 */
export class Waits implements Waiter {
  readonly groupName: string;
  readonly #itinerary: Itinerary;
  readonly #gateway: WaitParts;
  /** Goes on with the exchange. */
  readonly #goOn: (turn: Turn) => void;
  /** Runs what a timer or another exchange has set off, and catches what it throws. */
  readonly #guard: (step: () => void) => void;
  #step: WaitStep | null = null;
  #timer: NodeJS.Timeout | null = null;
  /** UTC milliseconds; no longer in line than until then. */
  #queuedUntil: number | null = null;

  constructor(
    itinerary: Itinerary,
    gateway: WaitParts,
    { goOn, guard }: { readonly goOn: (turn: Turn) => void; readonly guard: (step: () => void) => void },
  ) {
    this.groupName = itinerary.group.name;
    this.#itinerary = itinerary;
    this.#gateway = gateway;
    this.#goOn = goOn;
    this.#guard = guard;
  }

  get isWaiting(): boolean {
    return this.#step !== null;
  }

  begin(step: WaitStep): void {
    const { waiting } = this.#gateway;
    this.#step = step;
    waiting.began(this.#endAll);
    if (waiting.isClosed) this.#endAll();
    else if (step.cause === 'backoff') this.#setTimer(step.untilMs);
    else this.#lineUp(step);
  }

  /** Nobody waits any more. */
  stop(): void {
    const { waiting } = this.#gateway;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#step = null;
    this.#queuedUntil = null;
    waiting.leave(this);
    waiting.ended(this.#endAll);
  }

  concerns(deploymentId: string): boolean {
    return this.#itinerary.mayAsk(deploymentId);
  }

  wake(): boolean {
    let isOn = false;
    this.#guard(() => (isOn = this.#askAgain()));
    return isOn;
  }

  #lineUp(step: WaitStep): void {
    const { max, waitMs } = this.#itinerary.group.queue;
    if (!this.#gateway.waiting.queue(this, max)) {
      this.#endInstead();
      return;
    }
    this.#queuedUntil = this.#gateway.now() + waitMs;
    this.#setTimer(step.untilMs);
  }

  #setTimer(untilMs: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    const at = Math.min(untilMs, this.#queuedUntil ?? Infinity);
    const forMs = Math.min(Math.max(0, Math.ceil(at - this.#gateway.now())), LONGEST_TIMER_MS);
    this.#timer = setTimeout(() => this.#guard(() => this.#ring()), forMs);
  }

  #ring(): void {
    if (this.#step === null) return;
    const isTooLong = this.#queuedUntil !== null && this.#gateway.now() >= this.#queuedUntil;
    if (isTooLong) this.#endInstead();
    else this.#askAgain();
  }

  /** Whether the wait is over. One for room goes on in its place in the line. */
  #askAgain(): boolean {
    if (this.#step === null) return false;
    const turn = this.#itinerary.afterWait();
    if (turn.kind === 'wait' && turn.cause === 'room' && this.#queuedUntil !== null) {
      this.#step = turn;
      this.#setTimer(turn.untilMs);
      return false;
    }
    this.stop();
    this.#goOn(turn);
    return true;
  }

  #endInstead(): void {
    const { waitMs } = this.#itinerary.group.queue;
    this.stop();
    const turn = this.#itinerary.insteadOfWaiting();
    this.#goOn(turn.kind === 'give_up' ? { ...turn, error: withRetryAfter(turn.error, waitMs) } : turn);
  }

  readonly #endAll = (): void => {
    this.#guard(() => {
      if (this.#step === null) return;
      this.stop();
      const message = 'llmgw is being stopped, and the request was waiting to be sent.';
      this.#goOn({ kind: 'give_up', error: new GatewayError('shutting_down', message) });
    });
  };
}

/** Nobody knows when one call of several ends. By then all have been answered, or have gone, who wait now. */
function withRetryAfter(error: GatewayError, waitMs: number): GatewayError {
  if (error.code !== 'deployments_busy' || error.retryAfter !== null) return error;
  const retryAfter = String(Math.max(1, Math.ceil(waitMs / 1000)));
  return new GatewayError(error.code, error.message, { cause: error, retryAfter });
}
