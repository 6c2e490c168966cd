import { closeSync, openSync, readFileSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { makePrivateFolder, PRIVATE_FILE_MODE } from '../std/atomic-write.ts';
import { StoreTroubleError } from './key-store.ts';

const WAIT_LIMIT_MS = 10_000;
const PAUSE_MS = 15;
/** It is held for the time of reading and writing one small file; whoever holds it this long is stuck or gone. */
const STALE_MS = 60_000;

/**
 * Runs `work` while no other process does under the same lock file, so that two that change a file at once lose
 * nothing. A lock whose process is gone is taken away. Throws `StoreTroubleError` when it cannot
 * be had in time.
 */
export async function withFileLock<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  makePrivateFolder(dirname(path));
  const deadline = performance.now() + WAIT_LIMIT_MS;
  while (!take(path)) {
    clearAway(path);
    if (performance.now() > deadline) {
      const why = `The stored keys cannot be changed: another llmgw holds ${path}.`;
      throw new StoreTroubleError({
        kind: 'locked',
        why,
        hint: 'Try again; if no other runs, remove it.',
        offer: null,
      });
    }
    await wait(PAUSE_MS);
  }
  try {
    return await work();
  } finally {
    unlinkSync(path);
  }
}

function take(path: string): boolean {
  let descriptor;
  try {
    descriptor = openSync(path, 'wx', PRIVATE_FILE_MODE);
  } catch (error) {
    // Windows refuses a name whose file is just being removed.
    if (codeOf(error) === 'EEXIST' || (process.platform === 'win32' && codeOf(error) === 'EPERM')) return false;
    throw error;
  }
  try {
    writeSync(descriptor, String(process.pid));
  } finally {
    closeSync(descriptor);
  }
  return true;
}

/**
 * Removes a lock that nobody holds. Only one process at a time does that, and looks again once it may: between the
 * look and the removal another one could have put its own lock there.
 */
function clearAway(path: string): void {
  if (!isStale(path)) return;
  const broom = `${path}.clearing`;
  if (!take(broom)) {
    if (isStale(broom)) removeIfThere(broom);
    return;
  }
  try {
    if (isStale(path)) removeIfThere(path);
  } finally {
    removeIfThere(broom);
  }
}

function isStale(path: string): boolean {
  try {
    const ageMs = Date.now() - statSync(path).mtimeMs;
    const pid = Number(readFileSync(path, 'utf8'));
    // Just made, and its number not written yet.
    if (!Number.isInteger(pid) || pid <= 0) return ageMs > PAUSE_MS * 100;
    return ageMs > STALE_MS || !runs(pid);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ESRCH') return false;
    if (codeOf(error) === 'EPERM') return true;
    throw error;
  }
}

function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

function codeOf(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}
