import type { CooldownTerms } from '../../canonical/deployment.ts';
import type { CooldownPolicy, FailureKind } from '../../canonical/resilience.ts';
import { unreachable } from '../../std/unreachable.ts';
import type { Availability, DeploymentFailure } from './deployment-state.ts';
import type { SentAs } from './sent-as.ts';

/** A deployment is left alone, and after that has to prove itself. */
export interface Cooldown {
  /** UTC milliseconds. From then on one request at a time may try it. */
  readonly untilMs: number;
  /** Until then, ready made: it is looked at for every request. */
  readonly availability: Availability;
  /** How often in a row it was cooled down: once, and once more for every trial that failed. */
  readonly times: number;
  /** UTC milliseconds: when it was cooled down first, in that row. */
  readonly sinceMs: number;
  /** What it was cooled down for: it could not be reached, which a probe can disprove. */
  readonly isUnreachable: boolean;
}

/** All but the failure itself that decides whether a deployment is cooled down. Counts include the failure. */
export interface CooldownFacts {
  /** Of the deployment. */
  readonly terms: CooldownTerms;
  /** Of its group. */
  readonly policy: CooldownPolicy;
  /** How many can take its requests meanwhile. */
  readonly others: number;
  /** Its own failures of the last minute; of the same kind; and all calls of the minute that have ended. */
  readonly failures: number;
  readonly failuresOfKind: number;
  readonly ended: number;
  /** How the call that failed was sent. */
  readonly sentAs: SentAs;
  /** The cooldown that it is in; `null`: none. */
  readonly running: Cooldown | null;
  readonly now: number;
}

/** Trials that fail make the next cooldown twice as long, up to this. */
const LONGEST_DOUBLED_MS = 60_000;
/** A quota of a day is looked at once an hour. */
const LONGEST_MS = 3_600_000;
/** Fewer calls than this say nothing about a share. */
const FEWEST_CALLS = 5;

/** The cooldown that a deployment is in after a failure; `null`: none. */
export function cooldownAfter(failure: DeploymentFailure, facts: CooldownFacts): Cooldown | null {
  const { terms, policy, others, sentAs, running, now } = facts;
  const usualMs = terms.cooldownMs ?? policy.cooldownMs;
  // It would be locked out for nothing: nobody is there to take its requests. What another group has found stays.
  if (usualMs === 0 || others === 0) return running;
  if (sentAs === 'usual' && !isTooMuch(failure, facts)) return running;
  const times = (running?.times ?? 0) + (sentAs === 'trial' || running === null ? 1 : 0);
  const sinceMs = running?.sinceMs ?? now;
  // Many trials in a short time, each when the upstream said, are no long outage.
  const mostMs = Math.max(usualMs, Math.min(LONGEST_DOUBLED_MS, 2 * (now - sinceMs)));
  const lengthMs = Math.min(failure.retryAfterMs ?? Math.min(usualMs * 2 ** (times - 1), mostMs), LONGEST_MS);
  // What is heard later never makes a cooldown shorter.
  const untilMs = Math.max(running?.untilMs ?? 0, now + lengthMs);
  const availability = { kind: 'cooled', untilMs } as const;
  return { untilMs, availability, times, sinceMs, isUnreachable: failure.isUnreachable };
}

/** Whether a failure speaks against the deployment, and not against the request. */
export function isItsOwn(kind: FailureKind, policy: CooldownPolicy): boolean {
  switch (kind) {
    case 'timeout':
    case 'rate_limit':
    case 'authentication':
    case 'not_found':
    case 'unavailable':
    case 'server_error':
      return true;
    case 'bad_request':
    case 'content_policy':
    case 'context_window':
      // Unless somebody wants it counted.
      return policy.byKind[kind] !== undefined;
    default:
      return unreachable(kind);
  }
}

function isTooMuch(failure: DeploymentFailure, facts: CooldownFacts): boolean {
  const { terms, policy, failures, failuresOfKind, ended } = facts;
  if (terms.allowedFails !== null) return failures > terms.allowedFails;
  const ofKind = policy.byKind[failure.kind];
  if (ofKind !== undefined) return failuresOfKind > ofKind;
  if (policy.allowedFails !== null) return failures > policy.allowedFails;
  return coolsAtOnce(failure) || (ended >= FEWEST_CALLS && failures * 2 > ended);
}

/** What is not better with the next request. */
function coolsAtOnce({ kind, isUnreachable }: DeploymentFailure): boolean {
  return isUnreachable || kind === 'rate_limit' || kind === 'authentication' || kind === 'not_found';
}
