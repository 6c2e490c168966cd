import type { PicoUsd } from '../canonical/money.ts';
import type { Target } from '../canonical/target.ts';
import type { ConfiguredBilling } from '../pricing/deployment-price.ts';

/** What an attempt may take, asked before it is made. One implementation now (caps); a team's can bring another. */
export interface Limits {
  /**
   * Lets an attempt through and sets its worst cost aside, until it is settled. Local models that the config gives no
   * price, and the demo, always pass. Throws a `GatewayError`: `budget_exceeded`, `price_unknown`, or
   * `ledger_unavailable` when nobody knows what was spent before. Synchronous; cheap where the profile has no cap.
   */
  admit(attempt: AdmissionRequest): Admission;
}

/**
 * An attempt to be made. Its last three are only read where there is a cap, so they may be worked out then: until the
 * attempt is settled, since a cap may come while it runs.
 */
export interface AdmissionRequest {
  readonly profile: string;
  readonly target: Target;
  /** What the config says of its price; `null`: nothing. */
  readonly billing: ConfiguredBilling | null;
  /** UTC milliseconds. */
  readonly at: number;
  /** The body of the request, which bounds its prompt. */
  readonly body: Uint8Array;
  /** What the client allows for all answers together; 0: an embedding, which has no output; `null`: it does not say. */
  readonly maxOutputTokens: number | null;
  /** Answers that are written and paid for in one: `n` or `best_of`, for each of the prompts. */
  readonly choiceCount: number;
}

export interface Admission {
  /**
   * Called once, however the attempt ended, in the turn in which its row is settled. 0: it cost nothing, as a call that
   * was never sent or that its upstream refused. `null`: nobody knows, so what was set aside stays so. `at`: UTC
   * milliseconds.
   */
  settle(costPico: PicoUsd | null, at: number): void;
}

/** What costs nothing has nothing to give back: one for all. */
export const FREE_ADMISSION: Admission = { settle: () => undefined };
