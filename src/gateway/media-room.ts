import { GatewayError } from '../canonical/errors.ts';

/** Four requests of the largest kind. What becomes of the bytes (base64, JSON) takes three times as much. */
const MAX_BYTES = 200 * 1024 * 1024;
/** Requests that wait for room. */
const MAX_WAITING = 256;

/** Room that was set aside for what one request fetches. */
export interface MediaHold {
  /** So much was fetched: what is left of it is free again. */
  keep(bytes: number): void;
  /** All of it is free again. */
  release(): void;
}

interface Waiting {
  readonly bytes: number;
  readonly begin: () => void;
}

/**
 * How much of what requests name by their addresses is in memory at once, of all requests together. Each sets room
 * aside for all that it may fetch before it fetches anything, so that none waits for another while it holds some.
 */
export class MediaRoom {
  readonly #maxBytes: number;
  #taken = 0;
  readonly #waiting = new Set<Waiting>();

  constructor(maxBytes = MAX_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /**
   * Sets room aside, whoever has waited longest first. Rejects with a `GatewayError` (`media_busy`) when there is none
   * in time, and with the signal's reason when that ends first. `bytes`: more than all room there is counts as all.
   */
  async take(bytes: number, { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal }): Promise<MediaHold> {
    signal.throwIfAborted();
    const wanted = Math.min(bytes, this.#maxBytes);
    if (this.#waiting.size > 0 || this.#taken + wanted > this.#maxBytes) await this.#turn(wanted, timeoutMs, signal);
    else this.#taken += wanted;
    return this.#hold(wanted);
  }

  #turn(bytes: number, timeoutMs: number, signal: AbortSignal): Promise<void> {
    if (this.#waiting.size >= MAX_WAITING) return Promise.reject(busy());
    return new Promise((resolve, reject) => {
      const leave = (reason: Error): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', giveUp);
        this.#waiting.delete(waiting);
        reject(reason);
        // Those behind it may need less.
        this.#pass();
      };
      const giveUp = (): void => leave(signal.reason as Error);
      const timer = setTimeout(() => leave(busy()), timeoutMs);
      const waiting: Waiting = {
        bytes,
        begin: () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', giveUp);
          resolve();
        },
      };
      this.#waiting.add(waiting);
      signal.addEventListener('abort', giveUp, { once: true });
    });
  }

  #hold(taken: number): MediaHold {
    let held = taken;
    const shrink = (to: number): void => {
      const left = Math.min(held, to);
      this.#taken -= held - left;
      held = left;
      this.#pass();
    };
    return { keep: shrink, release: () => shrink(0) };
  }

  #pass(): void {
    for (const waiting of this.#waiting) {
      if (this.#taken + waiting.bytes > this.#maxBytes) return;
      this.#taken += waiting.bytes;
      this.#waiting.delete(waiting);
      waiting.begin();
    }
  }
}

function busy(): GatewayError {
  const message = 'Too many images and files of other requests are being fetched.';
  return new GatewayError('media_busy', message, { retryAfter: '5' });
}
