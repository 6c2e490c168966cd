/** So many pieces of work at once, and so many that wait for their turn. */
export class Turns {
  readonly #maxAtOnce: number;
  readonly #maxWaiting: number;
  #running = 0;
  readonly #waiting = new Set<() => void>();

  constructor(maxAtOnce: number, maxWaiting: number) {
    this.#maxAtOnce = maxAtOnce;
    this.#maxWaiting = maxWaiting;
  }

  /** What `work` gives, when it is its turn; `full`: too many wait. Throws the signal's reason when it ends first. */
  async run<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result | 'full'> {
    signal.throwIfAborted();
    if (this.#running >= this.#maxAtOnce) {
      if (this.#waiting.size >= this.#maxWaiting) return 'full';
      await this.#turn(signal);
    } else {
      this.#running++;
    }
    try {
      return await work();
    } finally {
      this.#pass();
    }
  }

  /** Resolves when a place is passed on, which then counts as running. */
  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const begin = (): void => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      const giveUp = (): void => {
        this.#waiting.delete(begin);
        reject(signal.reason as Error);
      };
      this.#waiting.add(begin);
      signal.addEventListener('abort', giveUp, { once: true });
    });
  }

  /** The place goes to the one that has waited longest. */
  #pass(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#running--;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}
