import type { Places } from '../std/places.ts';
import { findDaemon, type FoundDaemon } from './client.ts';
import { Problem } from './problem.ts';
import { waitForEnd } from './processes.ts';

export type StopReport =
  | { readonly kind: 'not_running' }
  | { readonly kind: 'stopped'; readonly pid: number; readonly tookMs: number; readonly inFlight: number };

/** Longer than a daemon lets requests in flight go on, and some for closing the ledger. */
const STOP_LIMIT_MS = 40_000;

/** Asks the daemon to end and waits until its process is gone. */
export async function stopDaemon(places: Places, onWaiting: (inFlight: number) => void): Promise<StopReport> {
  const found = await findDaemon(places);
  if (found.state === 'stopped') return { kind: 'not_running' };
  const { pid } = found.description;
  const inFlight = found.state === 'running' ? found.status.in_flight : 0;
  const startedAt = Date.now();
  await askToEnd(found);
  if (inFlight > 0) onWaiting(inFlight);
  if (!(await waitForEnd(pid, STOP_LIMIT_MS))) {
    throw new Problem('failed', `The daemon (process ${pid}) is still running after ${STOP_LIMIT_MS / 1000} s.`, {
      hint: `\`kill -9 ${pid}\` ends it; requests in flight are then settled as abandoned at the next start.`,
    });
  }
  return { kind: 'stopped', pid, tookMs: Date.now() - startedAt, inFlight };
}

/** A daemon that does not answer is sent the signal that means the same. */
async function askToEnd(found: Exclude<FoundDaemon, { state: 'stopped' }>): Promise<void> {
  if (found.state === 'running') {
    await found.client.shutdown();
    return;
  }
  process.kill(found.description.pid, 'SIGTERM');
}
