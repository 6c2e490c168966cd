const MOST = 10;

interface Sample {
  readonly value: number;
  readonly at: number;
}

/** The last ten measurements of something, as long as they count. */
export class Samples {
  readonly #samples: Sample[] = [];
  #next = 0;

  /** `now`: UTC milliseconds. */
  add(value: number, now: number): void {
    this.#samples[this.#next] = { value, at: now };
    this.#next = (this.#next + 1) % MOST;
  }

  /** Of those that are not older than this; `null`: there is none. */
  mean(now: number, ttlMs: number): number | null {
    let sum = 0;
    let count = 0;
    for (const { value, at } of this.#samples) {
      if (now - at > ttlMs) continue;
      sum += value;
      count++;
    }
    return count === 0 ? null : sum / count;
  }

  /** In no order. */
  values(now: number, ttlMs: number): readonly number[] {
    return this.#samples.filter(({ at }) => now - at <= ttlMs).map(({ value }) => value);
  }

  get count(): number {
    return this.#samples.length;
  }
}
