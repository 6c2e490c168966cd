import type { Visit } from './progress.ts';

/** So that nobody asks without end for what is always about to be. */
const SHORTEST_WAIT_MS = 100;

/**
 * Until when it is worth to wait for a deployment of these groups that is only at its own limits, in UTC milliseconds;
 * `null`: there is none, or none has room before the deadline or while one may wait for it. Nobody knows when one call
 * of several ends: there it is the deadline.
 */
export function roomAt(visits: readonly Visit[], deadlineAt: number, now: number): number | null {
  const times = visits.flatMap((visit) => timeOf(visit, deadlineAt, now) ?? []).filter((time) => time > now);
  if (times.length === 0) return null;
  const soonest = Math.max(Math.min(...times), now + SHORTEST_WAIT_MS);
  return soonest > deadlineAt ? null : soonest;
}

function timeOf({ group, nobody, isClosed }: Visit, deadlineAt: number, now: number): number | null {
  if (isClosed || nobody === null) return null;
  const causes = nobody.leftOut.map(({ cause }) => cause);
  if (causes.includes('parallel')) return nobody.retryAtMs ?? deadlineAt;
  if (!causes.includes('rate') || nobody.retryAtMs === null) return null;
  // Nobody ends a minute early: who would leave the line before its end does not begin to wait.
  return nobody.retryAtMs - now > group.queue.waitMs ? null : nobody.retryAtMs;
}
