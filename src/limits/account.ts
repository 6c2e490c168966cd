import type { Cap, CapPeriod } from '../canonical/profile.ts';
import type { PicoUsd } from '../canonical/money.ts';
import { capPeriodOf } from './cap-period.ts';
import type { LocalTime, TimeSpan } from './cap-period.ts';
import type { AdmissionRequest } from './limits.ts';

/** After the ledger could not be read it is left alone for so long. */
const READ_AGAIN_MS = 1_000;

/** What was spent since a time, as the ledger has it. `null`: it cannot be read now. */
export type SpentSince = (fromMs: number) => bigint | null;

/** An attempt that is not settled. */
export interface Hold {
  readonly attempt: AdmissionRequest;
  /** What is set aside for it. `null`: it began without a cap, and its worst cost has not been worked out. */
  worst: bigint | null;
  /** Where it stands among those. */
  place: number;
}

/** What was spent and set aside in the period that runs. Money in pico-dollars. */
export class Account {
  readonly #spentSince: SpentSince;
  #span: (TimeSpan & { readonly period: CapPeriod }) | null = null;
  #spent: bigint | null = null;
  #readAt = -Infinity;
  #inFlight = 0n;
  /** As many as there are attempts in flight at most. */
  readonly #unweighed: Hold[] = [];
  #unknown = 0n;
  /** The latest end of a period in which an attempt of unknown cost was settled. */
  #unknownUntil = -Infinity;

  constructor(spentSince: SpentSince) {
    this.#spentSince = spentSince;
  }

  /** `null`: the ledger could not be read. */
  get spent(): bigint | null {
    return this.#spent;
  }

  /** Set aside for attempts that are not settled. */
  get inFlight(): bigint {
    return this.#inFlight;
  }

  /** Set aside, until the period ends, for attempts whose cost nobody knows. */
  get unknown(): bigint {
    return this.#unknown;
  }

  /**
   * Goes on to the period that runs. What was spent is read from the ledger when a period begins, when the cap came or
   * changed its period, and after a clock that jumped; from then on it is kept here. Gives the period's end.
   */
  follow(cap: Cap, time: LocalTime): number {
    const { now } = time;
    if (now >= this.#unknownUntil) this.#unknown = 0n;
    const runs = this.#span !== null && this.#span.period === cap.period && isWithin(now, this.#span);
    if (this.#span !== null && runs && this.#spent !== null) return this.#span.to;
    const span = this.#span !== null && runs ? this.#span : { ...capPeriodOf(cap.period, time), period: cap.period };
    const triedNow = runs && Math.abs(now - this.#readAt) < READ_AGAIN_MS;
    this.#span = span;
    if (!triedNow) {
      this.#readAt = now;
      this.#spent = this.#spentSince(span.from);
    }
    return span.to;
  }

  /** Without a cap nothing is kept; should one come, the ledger is asked. */
  forget(): void {
    this.#span = null;
    this.#spent = null;
  }

  setAside(hold: Hold): void {
    if (hold.worst === null) hold.place = this.#unweighed.push(hold) - 1;
    else this.#inFlight += hold.worst;
  }

  giveBack(hold: Hold): void {
    if (hold.worst === null) this.#takeOut(hold);
    else this.#inFlight -= hold.worst;
  }

  /** When a cap came: works out what is to be set aside for the attempts that began without one. */
  weigh(worstOf: (attempt: AdmissionRequest) => bigint): void {
    for (let hold = this.#unweighed.at(-1); hold !== undefined; hold = this.#unweighed.at(-1)) {
      const worst = worstOf(hold.attempt);
      this.#unweighed.pop();
      hold.worst = worst;
      this.#inFlight += worst;
    }
  }

  /** The last takes its place: every paid call without a cap comes by here, and a `Set` takes longer. */
  #takeOut({ place }: Hold): void {
    const last = this.#unweighed.pop();
    if (last === undefined || last.place === place) return;
    this.#unweighed[place] = last;
    last.place = place;
  }

  /** After `follow`. `null`: nobody knows the cost, so `worst` stays set aside. */
  book(cost: PicoUsd | null, worst: bigint): void {
    if (cost !== null) {
      if (this.#spent !== null) this.#spent += BigInt(cost);
    } else if (this.#span !== null) {
      this.#unknown += worst;
      this.#unknownUntil = Math.max(this.#unknownUntil, this.#span.to);
    }
  }
}

function isWithin(now: number, { from, to }: TimeSpan): boolean {
  return now >= from && now < to;
}
