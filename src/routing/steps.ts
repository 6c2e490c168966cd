import type { GatewayError } from '../canonical/errors.ts';
import type { FailureKind } from '../canonical/resilience.ts';
import { unreachable } from '../std/unreachable.ts';
import type { Asked } from './asked.ts';
import { lastRetry, retriesAllowed, retryAt } from './backoff.ts';
import { failureKindOf, remedyOf } from './failure-kind.ts';
import { hasFallback, reasonToLeave, withOwnFallbacks } from './fallback-list.ts';
import type { GroupOf, LeftFor } from './fallback-list.ts';
import { whyGivenUp } from './give-up.ts';
import type { Deployment, Group } from './group.ts';
import { TRIAL_LOOK_MS } from './health/deployment-health.ts';
import type { HealthBook } from './health-book.ts';
import { windowOf } from './pre-call-checks.ts';
import { askedBefore, beginProgress, NO_WISHES, visitNow, withFailure, withGroup, withVisit } from './progress.ts';
import type { FallbackTarget, Progress, Wishes } from './progress.ts';
import { roomAt } from './room.ts';
import { select } from './select.ts';
import type { SelectOptions } from './select.ts';

/** What is to be done next in an exchange. `progress` is to be handed back with what came of it. */
export type Step = AttemptStep | WaitStep | GiveUpStep;

/** Sends the request there, now. What came of it: `stepAfter`, if it failed before the client had any of the answer. */
export interface AttemptStep {
  readonly kind: 'attempt';
  readonly deployment: Deployment;
  readonly group: Group;
  /** The fallback by which the exchange came to the group, with what it changes; `null`: the group was asked for. */
  readonly fallback: FallbackTarget | null;
  /** In a few words for a person. */
  readonly reason: string;
  /** The same as before, on a new connection. */
  readonly isResend: boolean;
  readonly progress: Progress;
}

/**
 * Waits, then asks `stepAfterWait`, which chooses anew: whoever is free by then. `room` waits for a deployment at its
 * own limits: whoever knows that one has room may ask before the time; whoever will not wait that long asks
 * `stepInsteadOfWaiting`.
 */
export interface WaitStep {
  readonly kind: 'wait';
  readonly cause: 'backoff' | 'room';
  /** UTC milliseconds, never after the deadline. */
  readonly untilMs: number;
  readonly progress: Progress;
}

export interface GiveUpStep {
  readonly kind: 'give_up';
  /** For the client: of the only attempt as it was, or of all of them. */
  readonly error: GatewayError;
  readonly progress: Progress;
}

/** How an attempt failed, as far as it matters for what comes next. */
export interface AttemptFailure {
  readonly error: GatewayError;
  /** Something of the answer has reached the client. */
  readonly committed: boolean;
  /** A reused connection was reset before any byte of the answer: the server closed it while it was idle. */
  readonly staleConnection: boolean;
  /** Else our own limits kept it from being sent there, or it cannot be said in the words of that deployment. */
  readonly wasSent: boolean;
}

/** More attempts than this are never made for one request, however long the lists are. */
const MOST_ATTEMPTS = 40;

/** What the choice of each step goes by. */
interface Surroundings {
  readonly book: HealthBook;
  readonly asked: Asked;
  readonly groupOf: GroupOf;
}

/** The first step of an exchange for a group. Nothing is changed or counted: the book is told by whoever sends. */
export function firstStep(
  group: Group,
  book: HealthBook,
  asked: Asked,
  groupOf: GroupOf,
  wishes: Wishes = NO_WISHES,
): Step {
  const around = { book, asked, groupOf };
  const found = choose(beginProgress(group, wishes, asked.now), around);
  return isStep(found) ? found : leaveGroup(found, reasonToLeave(found), around);
}

/** The step after an attempt that failed. The book knows of the failure already. */
export function stepAfter(
  progress: Progress,
  failure: AttemptFailure,
  book: HealthBook,
  asked: Asked,
  groupOf: GroupOf,
): Step {
  const { error, committed, staleConnection, wasSent } = failure;
  const { current, isResent } = progress;
  if (committed) return { kind: 'give_up', error, progress };
  if (current === null) throw new Error('an attempt failed that no step had asked for');
  // It was never heard, so it is no failure.
  if (staleConnection && !isResent && asked.now < progress.deadlineAt) return resend(progress, current);
  const around = { book, asked, groupOf };
  const kind = failureKindOf(error);
  const remedy = wasSent ? remedyOf(error) : 'elsewhere';
  const failed = withFailure(progress, error, remedy !== 'again', asked.now);
  switch (remedy) {
    case 'nobody':
      // A model of another group that refuses what it was not asked for says little about the request.
      if (failed.fallback === null || error.source !== 'upstream') return giveUp(failed, asked);
      return leaveGroup(withVisit(failed, { isClosed: true }), 'general', around);
    case 'other_rules':
      return leaveGroup(withVisit(failed, { isClosed: true }), 'content_policy', around);
    case 'larger':
      return askLarger(failed, current, around);
    case 'elsewhere':
    case 'again':
      return askAnother(failed, current, kind, around);
    default:
      return unreachable(remedy);
  }
}

/** The step after a wait. */
export function stepAfterWait(progress: Progress, book: HealthBook, asked: Asked, groupOf: GroupOf): Step {
  const around = { book, asked, groupOf };
  switch (progress.waitsFor) {
    case 'backoff':
      return askAgain(progress, around);
    case 'room':
      return askWherever({ ...progress, waitsFor: null }, around);
    case null:
      throw new Error('an exchange ended a wait that no step had asked for');
    default:
      return unreachable(progress.waitsFor);
  }
}

/** The step where a wait for room is too long: those that are left alone are better than nobody. */
export function stepInsteadOfWaiting(progress: Progress, book: HealthBook, asked: Asked, groupOf: GroupOf): Step {
  const unwaited: Progress = { ...progress, waitsFor: null };
  const isLast = progress.stage === 'last_resort';
  return askLastResort(isLast ? withVisit(unwaited, { isClosed: true }) : unwaited, { book, asked, groupOf });
}

/** Another deployment of the group at once, the same in a while, or another group. */
function askAnother(progress: Progress, failed: Deployment, kind: FailureKind, around: Surroundings): Step {
  const isLeft = retriesAllowed(progress, failed, kind) > progress.retries;
  if (progress.stage === 'last_resort') return leaveGroup(progress, kind, around);
  if (progress.stage === 'first_pass' || isLeft) {
    const retries = progress.retries + (progress.stage === 'again' ? 1 : 0);
    const found = choose({ ...progress, retries }, around);
    if (isStep(found)) return found;
    return isLeft
      ? waitOrLeave({ ...found, retries: progress.retries }, kind, around)
      : leaveGroup(found, kind, around);
  }
  return leaveGroup(progress, kind, around);
}

function waitOrLeave(progress: Progress, kind: FailureKind, around: Surroundings): Step {
  const { book, asked } = around;
  const untilMs = retryAt(progress, book, asked, hasFallback(progress, kind, around.groupOf));
  if (untilMs === null) return leaveGroup(progress, kind, around);
  return waitUntil(untilMs, { ...progress, stage: 'again', retries: progress.retries + 1 });
}

function waitUntil(untilMs: number, progress: Progress): WaitStep {
  return { kind: 'wait', cause: 'backoff', untilMs, progress: { ...progress, waitsFor: 'backoff' } };
}

/** After a backoff: all of the group that may do better now. */
function askAgain(waited: Progress, around: Surroundings): Step {
  const progress: Progress = { ...waited, waitsFor: null, tried: waited.hopeless };
  const isLast = progress.stage === 'last_resort';
  const found = choose(progress, around, { lastResort: isLast });
  if (isStep(found)) return found;
  const last = found.failed.at(-1);
  if (last === undefined) throw new Error('an exchange waited to send again what had not failed');
  const { now } = around.asked;
  // Another request tries it: whether that is answered is known soon, and nothing was sent again.
  const trialAt = visitNow(found).nobody?.retryAtMs ?? Infinity;
  if (trialAt > now && trialAt <= now + TRIAL_LOOK_MS && trialAt < found.deadlineAt) return waitUntil(trialAt, found);
  // Others have taken its room meanwhile.
  const roomMs = hasFallback(found, last.kind, around.groupOf)
    ? null
    : roomAt([visitNow(found)], found.deadlineAt, now);
  if (roomMs !== null) return { ...waitUntil(roomMs, found), cause: 'room' };
  if (isLast) return askLastResort(withVisit(found, { isClosed: true }), around);
  const isLeft = retriesAllowed(found, last.deployment, last.kind) > found.retries;
  return isLeft ? waitOrLeave(found, last.kind, around) : leaveGroup(found, last.kind, around);
}

/** Deployments of the same group that are known to hold more than the one that a prompt was too long for. */
function askLarger(progress: Progress, failed: Deployment, around: Surroundings): Step {
  const most = windowOf(failed.target);
  const smaller = progress.group.deployments.filter(({ target }) => most === null || (windowOf(target) ?? 0) <= most);
  const hopeless = new Set([...progress.hopeless, ...smaller.map(({ id }) => id)]);
  const found = choose({ ...progress, hopeless }, around);
  return isStep(found) ? found : leaveGroup(withVisit(found, { isClosed: true }), 'context_window', around);
}

/** The first fallback that somebody can be asked of. */
function leaveGroup(progress: Progress, why: LeftFor, around: Surroundings): Step {
  let state = withOwnFallbacks(progress, why);
  while (state.fallbacksAsked < state.maxFallbacks) {
    const [next, ...pending] = state.pending;
    if (next === undefined) break;
    const group = around.groupOf(next.name);
    if (group === null) {
      state = { ...state, pending, unknownFallbacks: [...state.unknownFallbacks, next.name] };
      continue;
    }
    // A group that was asked before is asked for those of it that were not.
    const found = choose(withGroup({ ...state, pending }, group, next), around);
    if (isStep(found)) return found;
    state = withOwnFallbacks(found, reasonToLeave(found));
  }
  // Nothing but the one group was looked at, and that just now.
  const isKnown = state.visits.length === 1 && state.failed.length === 0;
  return isKnown ? waitForRoom(state, around) : askWherever(state, around);
}

/**
 * No fallback is left: who was passed over and is free now, then a wait for room, then those that are left alone, and
 * last whoever may be sent to again.
 */
function askWherever(progress: Progress, around: Surroundings): Step {
  let state = progress;
  for (const { group, fallback, isClosed } of progress.visits) {
    if (isClosed) continue;
    const found = choose({ ...state, group, fallback, stage: 'first_pass', tried: askedBefore(state) }, around);
    if (isStep(found)) return found;
    state = found;
  }
  return waitForRoom(state, around);
}

function waitForRoom(state: Progress, around: Surroundings): Step {
  const untilMs = roomAt(state.visits, state.deadlineAt, around.asked.now);
  if (untilMs === null) return askLastResort(state, around);
  return { kind: 'wait', cause: 'room', untilMs, progress: { ...state, waitsFor: 'room' } };
}

function askLastResort(progress: Progress, around: Surroundings): Step {
  for (const { group, fallback, isClosed } of progress.visits) {
    if (isClosed) continue;
    const state: Progress = { ...progress, group, fallback, stage: 'last_resort', tried: askedBefore(progress) };
    const found = choose(state, around, { lastResort: true });
    if (isStep(found)) return found;
  }
  const retry = lastRetry(progress, around.book, around.asked);
  return retry === null ? giveUp(progress, around.asked) : waitUntil(retry.untilMs, retry.progress);
}

/** An attempt at one of the group that is asked now, or the progress that knows why nobody can be. */
function choose(progress: Progress, { book, asked }: Surroundings, options: SelectOptions = {}): Step | Progress {
  const { group, tried, hopeless } = progress;
  const isOut = hopeless.size === 0 ? tried : new Set([...tried, ...hopeless]);
  const selection = select(group, isOut, book, asked, options);
  if (selection.kind === 'none') return withVisit(progress, { nobody: selection });
  return attempt(progress, selection.deployment, selection.reason, asked);
}

function isStep(found: Step | Progress): found is Step {
  return 'kind' in found;
}

function attempt(progress: Progress, deployment: Deployment, reason: string, asked: Asked): Step {
  if (asked.now >= progress.deadlineAt || progress.failed.length >= MOST_ATTEMPTS) return giveUp(progress, asked);
  const { group, fallback } = progress;
  // What stood in the way of a first choice does no longer.
  const known = visitNow(progress).nobody === null ? progress : withVisit(progress, { nobody: null });
  const next = { ...known, current: deployment };
  return { kind: 'attempt', deployment, group, fallback, reason, isResend: false, progress: next };
}

function resend(progress: Progress, deployment: Deployment): Step {
  const { group, fallback } = progress;
  const reason = 'its connection had been closed';
  const next = { ...progress, isResent: true };
  return { kind: 'attempt', deployment, group, fallback, reason, isResend: true, progress: next };
}

function giveUp(progress: Progress, asked: Asked): GiveUpStep {
  return { kind: 'give_up', error: whyGivenUp(progress, asked.now), progress };
}
