import type { PicoUsd } from '../canonical/money.ts';
import type { Cap } from '../canonical/profile.ts';
import type { PriceBook } from '../pricing/price-book.ts';
import { Account } from './account.ts';
import type { Hold } from './account.ts';
import { FREE_ADMISSION } from './limits.ts';
import type { Admission, AdmissionRequest, Limits } from './limits.ts';
import { budgetExceeded, priceUnknown, spendingUnknown } from './refusals.ts';
import { worstCostOf } from './worst-cost.ts';

export interface CapsOptions {
  /** The caps in force now, by the name of the profile. */
  readonly caps: () => ReadonlyMap<string, Cap>;
  readonly prices: () => PriceBook;
  /**
   * What the calls of a profile that were settled at `fromMs` (UTC milliseconds) or later cost, in pico-dollars, as far
   * as the ledger knows; `null`: it cannot be read. Asked once for a cap and period.
   */
  readonly spentSince: (profile: string, fromMs: number) => bigint | null;
  /** UTC milliseconds. */
  readonly now: () => number;
  /** IANA name: days, weeks and months begin by its clocks. */
  readonly timeZone: string;
}

/** How a cap stands. Money in pico-dollars. */
export interface CapStanding {
  readonly cap: Cap;
  /** In the period that runs; `null`: the ledger cannot be read. */
  readonly spent: bigint | null;
  /** Set aside: for attempts in flight, and for those of this period whose cost nobody knows. */
  readonly reserved: bigint;
  /** UTC milliseconds. */
  readonly resetsAt: number;
}

export interface Caps extends Limits {
  /** `null`: the profile has no cap. */
  status(profile: string): CapStanding | null;
}

/**
 * Keeps what the calls of a profile cost below its cap: an attempt is made only when what was spent, what is set aside
 * and the most that it may cost itself fit together. What nobody knows the cost of stays set aside until the period
 * ends or the daemon does: the cap rather refuses too early than too late.
 */
export function createCaps(options: CapsOptions): Caps {
  return new KeptCaps(options);
}

type Settle = (hold: Hold, costPico: PicoUsd | null, at: number) => void;

class KeptCaps implements Caps {
  readonly #options: CapsOptions;
  readonly #accounts = new Map<string, Account>();

  constructor(options: CapsOptions) {
    this.#options = options;
  }

  admit(attempt: AdmissionRequest): Admission {
    const { profile, target, at } = attempt;
    if (isFree(attempt)) return FREE_ADMISSION;
    const account = this.#accountOf(profile);
    const cap = this.#options.caps().get(profile);
    // Its cost is counted all the same: a cap may come before it is settled.
    if (cap === undefined) return this.#open(account, attempt, null);
    const worst = worstCostOf(attempt, this.#options.prices());
    if (worst === null) throw priceUnknown(profile, target.name, cap);
    const { timeZone } = this.#options;
    this.#weigh(account);
    const resetsAt = account.follow(cap, { now: at, timeZone });
    const { spent, inFlight, unknown } = account;
    if (spent === null) throw spendingUnknown(profile, cap);
    if (worst > 0n && spent + inFlight + unknown + worst > cap.amountPico) {
      throw budgetExceeded({ profile, target: target.name, cap, spent, inFlight, unknown, worst, resetsAt, timeZone });
    }
    return this.#open(account, attempt, worst);
  }

  status(profile: string): CapStanding | null {
    const cap = this.#options.caps().get(profile);
    if (cap === undefined) return null;
    const account = this.#accountOf(profile);
    this.#weigh(account);
    const resetsAt = account.follow(cap, { now: this.#options.now(), timeZone: this.#options.timeZone });
    return { cap, spent: account.spent, reserved: account.inFlight + account.unknown, resetsAt };
  }

  #accountOf(profile: string): Account {
    let account = this.#accounts.get(profile);
    if (account === undefined) {
      account = new Account((fromMs) => this.#options.spentSince(profile, fromMs));
      this.#accounts.set(profile, account);
    }
    return account;
  }

  /** Sets aside, now that there is a cap, for what began without one. Where no price is known there is nothing to. */
  #weigh(account: Account): void {
    account.weigh((attempt) => worstCostOf(attempt, this.#options.prices()) ?? 0n);
  }

  #open(account: Account, attempt: AdmissionRequest, worst: bigint | null): Admission {
    const admission = new OpenAdmission(attempt, worst, this.#settle);
    account.setAside(admission);
    return admission;
  }

  readonly #settle: Settle = (hold, costPico, at) => {
    const { profile } = hold.attempt;
    const account = this.#accountOf(profile);
    const cap = this.#options.caps().get(profile);
    if (cap === undefined) {
      account.giveBack(hold);
      account.forget();
      return;
    }
    this.#weigh(account);
    account.giveBack(hold);
    // The ledger may be read here. This attempt's row is written at the end of the turn, so none is counted twice.
    account.follow(cap, { now: at, timeZone: this.#options.timeZone });
    account.book(costPico, hold.worst ?? 0n);
  };
}

function isFree({ target, billing }: AdmissionRequest): boolean {
  return target.via.kind === 'demo' || (target.locality === 'local' && (billing?.price ?? null) === null);
}

class OpenAdmission implements Admission, Hold {
  readonly attempt: AdmissionRequest;
  worst: bigint | null;
  place = -1;
  readonly #settle: Settle;
  #isSettled = false;

  constructor(attempt: AdmissionRequest, worst: bigint | null, settle: Settle) {
    this.attempt = attempt;
    this.worst = worst;
    this.#settle = settle;
  }

  settle(costPico: PicoUsd | null, at: number): void {
    if (this.#isSettled) throw new Error('an admission was settled twice');
    this.#isSettled = true;
    this.#settle(this, costPico, at);
  }
}
