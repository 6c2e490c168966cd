import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readFileSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { makePrivateFolder, PRIVATE_FILE_MODE } from '../std/atomic-write.ts';
import { StoreTroubleError } from './key-store.ts';
import { codeOf } from './own-files.ts';

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
  const mark = `${process.pid} ${randomUUID()}`;
  while (!take(path, mark)) {
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
    // Whoever took this one for stale may hold another by now.
    if (contentOf(path) === mark) removeIfThere(path);
  }
}

/** `mark`: the number of the process, then what tells this lock from every other. */
function take(path: string, mark: string): boolean {
  let descriptor;
  try {
    descriptor = openSync(path, 'wx', PRIVATE_FILE_MODE);
  } catch (error) {
    if (codeOf(error) === 'EEXIST' || isBeingRemoved(error)) return false;
    throw error;
  }
  try {
    writeSync(descriptor, mark);
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
  if (!take(broom, String(process.pid))) {
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
  const ageMs = ageOf(path);
  const content = contentOf(path);
  if (ageMs === null || content === null) return false;
  const pid = Number(/^\d+/.exec(content)?.[0] ?? 0);
  // Just made, and its number not written yet.
  if (!Number.isSafeInteger(pid) || pid === 0) return ageMs > PAUSE_MS * 100;
  return ageMs > STALE_MS || !runs(pid);
}

function ageOf(path: string): number | null {
  return ifThere(() => Date.now() - statSync(path).mtimeMs);
}

function contentOf(path: string): string | null {
  return ifThere(() => readFileSync(path, 'utf8'));
}

function removeIfThere(path: string): void {
  ifThere(() => unlinkSync(path));
}

/** `null`: the file is gone, or all but gone. */
function ifThere<Result>(look: () => Result): Result | null {
  try {
    return look();
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || isBeingRemoved(error)) return null;
    throw error;
  }
}

/** Windows keeps the name of a removed file, and refuses it, until the last who has it open lets go. */
function isBeingRemoved(error: unknown): boolean {
  return process.platform === 'win32' && ['EPERM', 'EBUSY'].includes(codeOf(error) ?? '');
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
