import { reworded } from '../canonical/errors.ts';
import type { GatewayError } from '../canonical/errors.ts';
import type { Target } from '../canonical/target.ts';

/** A target that cannot be asked what the client wants: nothing was sent to it. */
export interface SkippedTarget {
  readonly target: Target;
  readonly error: GatewayError;
}

const NONE: readonly SkippedTarget[] = [];

/** Targets of one exchange that cannot be asked, each once. */
export class SkippedTargets {
  readonly #all: SkippedTarget[] = [];
  #taken = 0;

  /** One that was wanted beside another attempt may be wanted again when that has failed. */
  add(target: Target, error: GatewayError): void {
    const isKnown = this.#all.some((one) => one.target === target && one.error.message === error.message);
    if (!isKnown) this.#all.push({ target, error });
  }

  /** Whether there are any that were not taken. */
  get hasMore(): boolean {
    return this.#taken < this.#all.length;
  }

  /** Those that were not taken before. */
  take(): readonly SkippedTarget[] {
    if (this.#taken === this.#all.length) return NONE;
    const taken = this.#all.slice(this.#taken);
    this.#taken = this.#all.length;
    return taken;
  }

  /** An exchange's error, with what kept the others from being asked. */
  toldWith(error: GatewayError): GatewayError {
    const told = this.#all.filter((skipped) => skipped.error !== error);
    if (told.length === 0) return error;
    const why = told.map(({ target, error: reason }) => `${target.name} was not asked: ${reason.message}`);
    const message = [/[.!?]$/.test(error.message) ? error.message : `${error.message}.`, ...why].join(' ');
    return reworded(error, message);
  }
}
