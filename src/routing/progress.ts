import type { GatewayError } from '../canonical/errors.ts';
import type { FailureKind } from '../canonical/resilience.ts';
import { failureKindOf, retryAfterMs } from './failure-kind.ts';
import type { Deployment, Group } from './group.ts';
import type { NothingChosen } from './select.ts';

/** A group that is asked when another cannot answer. */
export interface FallbackTarget {
  /** Of a group or a model. */
  readonly name: string;
  /** Fields that replace those of the request there, such as messages of its own; `null`: none. */
  readonly overrides: Readonly<Record<string, unknown>> | null;
}

/** What a request says about its own routing; `null` each: as configured. */
export interface Wishes {
  /** Instead of all that are configured. */
  readonly fallbacks: readonly FallbackTarget[] | null;
  readonly disableFallbacks: boolean;
  readonly retries: number | null;
  readonly deadlineMs: number | null;
}

export const NO_WISHES: Wishes = { fallbacks: null, disableFallbacks: false, retries: null, deadlineMs: null };

export interface FailedAttempt {
  readonly deployment: Deployment;
  readonly error: GatewayError;
  readonly kind: FailureKind;
  /** UTC milliseconds: when the upstream asks to be asked again; `null`: it does not say. */
  readonly retryAt: number | null;
}

/** A group that was asked, and how that stands. */
export interface Visit {
  readonly group: Group;
  /** By which fallback the exchange came to it; `null`: it was asked for. */
  readonly fallback: FallbackTarget | null;
  /** Why nobody was chosen when last somebody was looked for; `null`: somebody was. */
  readonly nobody: NothingChosen | null;
  /** Its deployments cannot help, whoever of them is asked. */
  readonly isClosed: boolean;
  /** Its fallbacks are among the pending ones, or were. */
  readonly hasLeft: boolean;
}

/** How an exchange has come to where it is. Every step makes a new one. */
export interface Progress {
  readonly wishes: Wishes;
  /** UTC milliseconds; no attempt begins then or later. */
  readonly deadlineAt: number;
  readonly maxFallbacks: number;
  /** That which is asked now: one of the visits. */
  readonly group: Group;
  readonly fallback: FallbackTarget | null;
  /** That which was asked last. */
  readonly current: Deployment | null;
  /** It was sent again on a new connection already. */
  readonly isResent: boolean;
  /**
   * `first_pass`: every deployment is asked at most once; `again`: those that may do better now are asked once more;
   * `last_resort`: nothing but deployments that are cooled down is left.
   */
  readonly stage: 'first_pass' | 'again' | 'last_resort';
  /** Deployments that are not asked again in this pass. */
  readonly tried: ReadonlySet<string>;
  /** Deployments that are not asked again at all. */
  readonly hopeless: ReadonlySet<string>;
  /** How often deployments of this group were sent to again. */
  readonly retries: number;
  /** What a `wait` waits for. */
  readonly waitsFor: 'backoff' | 'room' | null;
  readonly fallbacksAsked: number;
  /** In the order in which they were asked. */
  readonly visits: readonly Visit[];
  /** Fallbacks that are still to be asked, in order. */
  readonly pending: readonly FallbackTarget[];
  readonly failed: readonly FailedAttempt[];
  /** Fallbacks that mean nothing. */
  readonly unknownFallbacks: readonly string[];
}

const NOBODY: ReadonlySet<string> = new Set();

export function beginProgress(group: Group, wishes: Wishes, now: number): Progress {
  const { resilience } = group;
  return {
    wishes,
    deadlineAt: now + (wishes.deadlineMs ?? resilience.deadlineMs),
    maxFallbacks: wishes.disableFallbacks ? 0 : resilience.maxFallbacks,
    group,
    fallback: null,
    current: null,
    isResent: false,
    stage: 'first_pass',
    tried: NOBODY,
    hopeless: NOBODY,
    retries: 0,
    waitsFor: null,
    fallbacksAsked: 0,
    visits: [visitOf(group, null)],
    pending: wishes.disableFallbacks ? [] : (wishes.fallbacks ?? []),
    failed: [],
    unknownFallbacks: [],
  };
}

/** The same, after the present deployment has failed. `isHopeless`: it is not to be asked again. */
export function withFailure(progress: Progress, error: GatewayError, isHopeless: boolean, now: number): Progress {
  const { current, tried, hopeless, failed } = progress;
  if (current === null) throw new Error('an attempt failed that no step had asked for');
  const waitMs = retryAfterMs(error.retryAfter, now);
  const retryAt = waitMs === null ? null : now + waitMs;
  return {
    ...progress,
    current: null,
    isResent: false,
    tried: new Set([...tried, current.id]),
    hopeless: isHopeless ? new Set([...hopeless, current.id]) : hopeless,
    failed: [...failed, { deployment: current, error, kind: failureKindOf(error), retryAt }],
  };
}

/** The same with another group as the one that is asked now: a new one, or one that was asked before. */
export function withGroup(progress: Progress, group: Group, fallback: FallbackTarget): Progress {
  const { visits } = progress;
  const isKnown = visits.some((visit) => visit.group.name === group.name);
  return {
    ...progress,
    group,
    fallback,
    stage: 'first_pass',
    tried: askedBefore(progress),
    retries: 0,
    fallbacksAsked: progress.fallbacksAsked + 1,
    visits: isKnown ? visits : [...visits, visitOf(group, fallback)],
  };
}

/** The same with something else known of the group that is asked now. */
export function withVisit(progress: Progress, change: Partial<Omit<Visit, 'group' | 'fallback'>>): Progress {
  const { group, visits } = progress;
  return {
    ...progress,
    visits: visits.map((visit) => (visit.group.name === group.name ? { ...visit, ...change } : visit)),
  };
}

/**
 * The last failure at one of the present group that may do better (`null`: there is none), and how often those of the
 * group were sent to again, also before the exchange went elsewhere.
 */
export function failuresInGroup({ group, failed, hopeless }: Progress): {
  readonly failed: FailedAttempt | null;
  readonly retries: number;
} {
  const ids = new Set(group.deployments.map(({ id }) => id));
  const here = failed.filter(({ deployment }) => ids.has(deployment.id));
  const asked = new Set(here.map(({ deployment }) => deployment.id));
  const last = here.findLast(({ deployment }) => !hopeless.has(deployment.id)) ?? null;
  return { failed: last, retries: here.length - asked.size };
}

/** All deployments that were asked in the exchange, whichever group they were asked for. */
export function askedBefore({ failed, hopeless }: Progress): ReadonlySet<string> {
  return new Set([...hopeless, ...failed.map(({ deployment }) => deployment.id)]);
}

export function visitNow({ visits, group }: Progress): Visit {
  const found = visits.find((visit) => visit.group.name === group.name);
  if (found === undefined) throw new Error(`group ${group.name} is asked and was not visited`);
  return found;
}

function visitOf(group: Group, fallback: FallbackTarget | null): Visit {
  return { group, fallback, nobody: null, isClosed: false, hasLeft: false };
}
