import { GatewayError } from '../canonical/errors.ts';

/** Four requests of the largest kind. What becomes of the bytes (base64, JSON) takes three times as much. */
const MAX_BYTES = 200 * 1024 * 1024;
/** Requests that wait for room. */
const MAX_WAITING = 256;

/** Room that was set aside for what one request fetches. */
export interface MediaHold {
  /** Of how many bytes it is. */
  readonly bytes: number;
  /**
   * Sets so much aside besides. While it waits for that, others may have what it holds, so that no two wait for each
   * other; if nothing comes of it, it holds what it held. Rejects as `MediaRoom.take`.
   */
  add(bytes: number, patience: Patience): Promise<void>;
  /** So much of it is needed: what is left of it is free again. */
  keep(bytes: number): void;
  /** All of it is free again. */
  release(): void;
}

/** How long somebody waits for room. */
export interface Patience {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
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
  async take(bytes: number, patience: Patience): Promise<MediaHold> {
    return this.#hold(await this.#taking(bytes, patience));
  }

  /** Gives back how much was set aside. */
  async #taking(bytes: number, { timeoutMs, signal }: Patience): Promise<number> {
    signal.throwIfAborted();
    const wanted = Math.min(bytes, this.#maxBytes);
    if (this.#waiting.size > 0 || this.#taken + wanted > this.#maxBytes) await this.#turn(wanted, timeoutMs, signal);
    else this.#taken += wanted;
    return wanted;
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
    let isReleased = false;
    const shrink = (to: number): void => {
      const left = Math.min(held, to);
      this.#taken -= held - left;
      held = left;
      this.#pass();
    };
    const add = async (bytes: number, patience: Patience): Promise<void> => {
      const before = held;
      // What asks for more than all that there is may have to wait for all others, but never for itself.
      const taking = this.#taking(before + bytes, patience);
      shrink(0);
      try {
        held = await taking;
      } catch (error) {
        held = before;
        this.#taken += before;
        throw error;
      } finally {
        // Whoever it was held for may have left meanwhile.
        if (isReleased) shrink(0);
      }
    };
    const release = (): void => {
      isReleased = true;
      shrink(0);
    };
    return {
      get bytes() {
        return held;
      },
      add,
      keep: shrink,
      release,
    };
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
