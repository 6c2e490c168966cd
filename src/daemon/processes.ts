import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { errorCode } from './problem.ts';

/** Whether a process runs. One that has ended and was not collected by its parent (in a container: never) does not. */
export function processRuns(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it runs, and is somebody else's.
    return errorCode(error) === 'EPERM';
  }
  return !hasEnded(pid);
}

/** Waits until the process is gone; false when it is still there after `limitMs`. */
export async function waitForEnd(pid: number, limitMs: number): Promise<boolean> {
  const until = Date.now() + limitMs;
  while (processRuns(pid)) {
    if (Date.now() >= until) return false;
    await wait(25);
  }
  return true;
}

/** Linux tells it in the third field of `stat`, behind the name in parentheses; elsewhere it is not asked. */
function hasEnded(pid: number): boolean {
  if (process.platform !== 'linux') return false;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const state = stat.charAt(stat.lastIndexOf(')') + 2);
    return state === 'Z' || state === 'X';
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ESRCH') return true;
    throw error;
  }
}
