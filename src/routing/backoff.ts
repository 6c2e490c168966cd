import type { FailureKind } from '../canonical/resilience.ts';
import { unreachable } from '../std/unreachable.ts';
import type { Asked } from './asked.ts';
import type { Deployment } from './group.ts';
import type { HealthBook } from './health-book.ts';
import { failuresInGroup } from './progress.ts';
import type { Progress } from './progress.ts';

const FIRST_WAIT_MS = 500;
const LONGEST_BACKOFF_MS = 8_000;
/** No upstream is waited for longer, whatever it asks for. */
const LONGEST_WAIT_MS = 60_000;
/** Where somebody else may answer, nobody waits longer than a backoff takes anyway. */
const LONGEST_WAIT_BEFORE_FALLBACK_MS = 10_000;
/** So that those who were refused together do not come back together. */
const JITTER = 0.25;
const LONGEST_JITTER_MS = 750;

/** How often requests may be sent again after a failure of this kind at this deployment. */
export function retriesAllowed({ group, wishes }: Progress, deployment: Deployment, kind: FailureKind): number {
  const { retry } = group.resilience;
  return deployment.terms.retries ?? retry.byKind[kind] ?? wishes.retries ?? retry.retries;
}

/**
 * When the first of the group's deployments that failed and may do better is asked again, in UTC milliseconds; `null`:
 * none is, or that is too far away. `hasFallback`: somebody else may answer.
 */
export function retryAt(progress: Progress, book: HealthBook, asked: Asked, hasFallback: boolean): number | null {
  const { group, hopeless, retries, deadlineAt } = progress;
  const { minWaitMs } = group.resilience.retry;
  const exponential = Math.min(FIRST_WAIT_MS * 2 ** retries, LONGEST_BACKOFF_MS);
  const backoffMs = Math.max(exponential + jitterOf(exponential, asked), minWaitMs);
  const times = group.deployments
    .filter(({ id }) => !hopeless.has(id) && progress.failed.some(({ deployment }) => deployment.id === id))
    .map((deployment) => Math.max(asked.now + backoffMs, readyAt(deployment, progress, { book, asked, hasFallback })));
  const soonest = Math.min(...times);
  const longestMs = hasFallback ? LONGEST_WAIT_BEFORE_FALLBACK_MS : LONGEST_WAIT_MS + LONGEST_JITTER_MS;
  const isTooFar = soonest - asked.now > Math.max(longestMs, minWaitMs) || soonest >= deadlineAt;
  return isTooFar ? null : soonest;
}

/**
 * Where nobody is left who was not asked: a retry in the group that may be asked first and allows one, and what is
 * known by then; `null`: there is none.
 */
export function lastRetry(
  progress: Progress,
  book: HealthBook,
  asked: Asked,
): { readonly untilMs: number; readonly progress: Progress } | null {
  let soonest: ReturnType<typeof lastRetry> = null;
  for (const { group, fallback, isClosed } of progress.visits) {
    const state: Progress = { ...progress, group, fallback, stage: 'last_resort' };
    const { failed, retries } = failuresInGroup(state);
    if (isClosed || failed === null || retriesAllowed(state, failed.deployment, failed.kind) <= retries) continue;
    const untilMs = retryAt({ ...state, retries }, book, asked, false);
    if (untilMs === null || (soonest !== null && soonest.untilMs <= untilMs)) continue;
    soonest = { untilMs, progress: { ...state, retries: retries + 1 } };
  }
  return soonest;
}

interface Around {
  readonly book: HealthBook;
  readonly asked: Asked;
  readonly hasFallback: boolean;
}

/**
 * When a deployment that failed can be asked again: as it says itself, and not while it is left alone. Whoever can go
 * elsewhere waits only for a time that it has said itself.
 */
function readyAt(deployment: Deployment, { failed, stage }: Progress, { book, asked, hasFallback }: Around): number {
  const last = failed.findLast((attempt) => attempt.deployment.id === deployment.id);
  const own = last?.retryAt ?? asked.now;
  const told = own + jitterOf(own - asked.now, asked);
  const availability = book.availability(deployment, asked.now);
  switch (availability.kind) {
    case 'open':
    case 'trial':
      return told;
    case 'cooled':
      // It was asked all the same, and so it is again.
      if (stage === 'last_resort') return told;
      if (hasFallback && (last?.retryAt ?? null) === null) return Infinity;
      return Math.max(told, availability.untilMs);
    case 'down':
      return Infinity;
    case 'offline':
      // A network that stumbled is back soon. Who can do without it does not wait for that, nor who knew of it before.
      return hasFallback || stage === 'last_resort' ? Infinity : told;
    default:
      return unreachable(availability);
  }
}

function jitterOf(waitMs: number, { random }: Asked): number {
  return Math.min(Math.max(0, waitMs) * JITTER, LONGEST_JITTER_MS) * random();
}
