import type { Visit } from './progress.ts';

/** So that nobody asks without end for what is always about to be. */
const SHORTEST_WAIT_MS = 100;

/**
 * Until when it is worth to wait for a deployment of these groups that is only at its own limits, in UTC milliseconds;
 * `null`: there is none, or none has room before the deadline. Nobody knows when one call of several ends: there it is
 * the deadline.
 */
export function roomAt(visits: readonly Visit[], deadlineAt: number, now: number): number | null {
  const times = visits.flatMap((visit) => timeOf(visit, deadlineAt) ?? []).filter((time) => time > now);
  if (times.length === 0) return null;
  const soonest = Math.max(Math.min(...times), now + SHORTEST_WAIT_MS);
  return soonest > deadlineAt ? null : soonest;
}

function timeOf({ nobody, isClosed }: Visit, deadlineAt: number): number | null {
  if (isClosed || nobody === null) return null;
  if (nobody.leftOut.some(({ cause }) => cause === 'parallel')) return nobody.retryAtMs ?? deadlineAt;
  return nobody.leftOut.some(({ cause }) => cause === 'rate') ? nobody.retryAtMs : null;
}
