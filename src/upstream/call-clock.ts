/** What a call took too long for: beginning to answer, or all of it. */
export type Lateness = 'begin' | 'total';

export interface ClockLimits {
  readonly totalMs: number;
  /** Until the first byte of the answer's body; `null`: nothing but the whole is limited. */
  readonly beginMs: number | null;
}

/** The clock of one call, which rings once at most. One timer for both limits: every call has one. */
export class CallClock {
  readonly #limits: ClockLimits;
  readonly #onLate: (lateness: Lateness) => void;
  #timer: NodeJS.Timeout;
  #hasBegun = false;

  constructor(limits: ClockLimits, onLate: (lateness: Lateness) => void) {
    this.#limits = limits;
    this.#onLate = onLate;
    this.#timer = setTimeout(() => {
      this.#ring();
    }, this.#firstMs);
  }

  begun(): void {
    this.#hasBegun = true;
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  get #firstMs(): number {
    const { totalMs, beginMs } = this.#limits;
    return Math.max(0, Math.min(totalMs, beginMs ?? totalMs));
  }

  #ring(): void {
    const { totalMs } = this.#limits;
    const leftMs = totalMs - this.#firstMs;
    if (leftMs <= 0) this.#onLate('total');
    else if (!this.#hasBegun) this.#onLate('begin');
    else this.#timer = setTimeout(() => this.#onLate('total'), leftMs);
  }
}
