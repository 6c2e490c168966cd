import type { FailureKind } from '../../canonical/resilience.ts';
import type { NetworkTrouble } from './network.ts';

/** A failure as the health of a deployment sees it. */
export interface DeploymentFailure {
  readonly kind: FailureKind;
  /** For a person, short. */
  readonly message: string;
  /** No connection came about: nobody listens, the name is not known, the network is gone. */
  readonly isUnreachable: boolean;
  /** What the upstream asks for, in milliseconds; `null`: nothing. */
  readonly retryAfterMs: number | null;
  /** Absent: it says nothing of the network. */
  readonly network?: NetworkTrouble;
}

/** What is known of one deployment. Times are UTC milliseconds. */
export interface DeploymentState {
  readonly inFlight: number;
  requestsInMinute(now: number): number;
  /** Input and output; of calls under way the input, as it was counted here. */
  tokensInMinute(now: number): number;
  /** When no more than so many requests of the last minute are left. */
  requestsFallTo(count: number, now: number): number;
  tokensFallTo(count: number, now: number): number;
  /** Mean time to the first token of the last streams; `null`: no sample is young enough. */
  firstTokenMs(now: number, ttlMs: number): number | null;
  /** Mean time for each token of whole answers; `null`: no sample is young enough. */
  msPerToken(now: number, ttlMs: number): number | null;
  /** Whether it may be asked. */
  availability(now: number): Availability;
  /** The single times to the first token, in no order. */
  firstTokenSamples(now: number, ttlMs: number): readonly number[];
  /** Answers that were measured and are remembered, streams and whole ones. */
  readonly sampleCount: number;
  /** The last one that was its own; `null`: it had none since the start. */
  readonly lastFailure: { readonly kind: FailureKind; readonly message: string; readonly at: number } | null;
  /** `null`: it is not cooled down, nor waits for a trial after that. */
  readonly cooledUntilMs: number | null;
  /** A probe found that its server does not answer. */
  readonly isDown: boolean;
}

export type Availability =
  | { readonly kind: 'open' }
  /** Its cooldown is over: one request may try it. */
  | { readonly kind: 'trial' }
  /** Left alone; while one request tries it, until it is worth to ask again. */
  | { readonly kind: 'cooled'; readonly untilMs: number }
  /** A probe found that its server does not answer. */
  | { readonly kind: 'down' }
  /** It is asked over the internet, and there is no way to that now. */
  | { readonly kind: 'offline' };
