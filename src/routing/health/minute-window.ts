const SECONDS = 61;

/** How much there was of something within the last minute, by the second: a whole minute, and never more than 61 s. */
export class MinuteWindow {
  readonly #buckets = new Float64Array(SECONDS);
  #total = 0;
  #second = 0;

  /** `now`: UTC milliseconds; a clock that was set back counts as standing still. */
  add(amount: number, now: number): void {
    this.#moveTo(now);
    const index = this.#second % SECONDS;
    this.#buckets[index] = (this.#buckets[index] ?? 0) + amount;
    this.#total += amount;
  }

  sum(now: number): number {
    this.#moveTo(now);
    return this.#total;
  }

  /**
   * When the sum will have fallen to this much or less if nothing is added, in UTC milliseconds; `now`, if it has
   * already. Nothing falls below 0.
   */
  fallsTo(amount: number, now: number): number {
    this.#moveTo(now);
    let left = this.#total;
    // The oldest second is the one after the present one, as they stand in a ring.
    for (let age = SECONDS - 1; age >= 0 && left > amount; age--) {
      left -= this.#buckets[(this.#second - age + SECONDS) % SECONDS] ?? 0;
      if (left <= amount) return (this.#second - age + SECONDS) * 1000;
    }
    return left <= amount ? now : now + SECONDS * 1000;
  }

  clear(): void {
    this.#buckets.fill(0);
    this.#total = 0;
  }

  #moveTo(now: number): void {
    const second = Math.floor(now / 1000);
    if (second <= this.#second) return;
    const gone = second - this.#second;
    if (gone >= SECONDS) this.clear();
    else if (this.#total !== 0) {
      for (let step = 1; step <= gone; step++) this.#forget((this.#second + step) % SECONDS);
    }
    this.#second = second;
  }

  #forget(index: number): void {
    this.#total -= this.#buckets[index] ?? 0;
    this.#buckets[index] = 0;
  }
}
