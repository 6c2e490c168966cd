import { closeSync, existsSync, fstatSync, ftruncateSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { makePrivateFolder, PRIVATE_FILE_MODE } from '../std/atomic-write.ts';
import { errorCode } from './problem.ts';

export interface RotatingFileOptions {
  readonly path: string;
  /** A file is put aside before it would grow beyond this. */
  readonly maxBytes: number;
  /** How many files there are at most, the one being written included: `x.log`, `x.log.1`, … */
  readonly maxFiles: number;
}

export interface RotatingFile {
  /** Takes whole lines. They are in the file at the end of the event-loop turn. */
  write(lines: string): void;
  /** Puts everything taken so far into the file, now. Never throws: a log must not end the program. */
  flush(): void;
  close(): void;
}

/** Beyond this a turn does not wait for its end: what is held in memory stays small. */
const MAX_HELD_CHARACTERS = 256 * 1024;

/**
 * A file that is written a turn of the event loop at a time and rotated by size. While the disk refuses, lines are
 * dropped and counted; the count is written down once it takes lines again.
 */
export function openRotatingFile(options: RotatingFileOptions): RotatingFile {
  makePrivateFolder(dirname(options.path));
  let { descriptor, bytes } = openForAppending(options.path);
  let held: string[] = [];
  let heldCharacters = 0;
  let dropped = 0;
  let scheduled: NodeJS.Immediate | null = null;
  let closed = false;

  const append = (chunk: Buffer): void => {
    if (bytes > 0 && bytes + chunk.length > options.maxBytes) ({ descriptor, bytes } = rotate(options, descriptor));
    for (let written = 0; written < chunk.length;) {
      const count = writeSync(descriptor, chunk, written);
      written += count;
      bytes += count;
    }
  };
  const flush = (): void => {
    if (scheduled !== null) clearImmediate(scheduled);
    scheduled = null;
    if (held.length === 0 || closed) return;
    const lines = held;
    held = [];
    heldCharacters = 0;
    const notice = dropped === 0 ? '' : lostLines(dropped);
    try {
      append(Buffer.from(notice + lines.join('')));
      dropped = 0;
    } catch {
      // There is no place left to say that the log cannot be written, except the log itself, later.
      dropped += lines.length;
    }
  };
  return {
    write: (lines) => {
      held.push(lines);
      heldCharacters += lines.length;
      if (heldCharacters > MAX_HELD_CHARACTERS) flush();
      else scheduled ??= setImmediate(flush);
    },
    flush,
    close: () => {
      if (closed) return;
      flush();
      closed = true;
      closeSync(descriptor);
    },
  };
}

interface OpenFile {
  readonly descriptor: number;
  readonly bytes: number;
}

function openForAppending(path: string): OpenFile {
  const descriptor = openSync(path, 'a', PRIVATE_FILE_MODE);
  return { descriptor, bytes: fstatSync(descriptor).size };
}

function rotate(options: RotatingFileOptions, descriptor: number): OpenFile {
  try {
    shift(options);
  } catch {
    // Some other program holds a file so that it cannot be renamed (Windows). Emptying it keeps the limit all the same.
    ftruncateSync(descriptor, 0);
    return { descriptor, bytes: 0 };
  }
  const fresh = openForAppending(options.path);
  closeSync(descriptor);
  return fresh;
}

function shift({ path, maxFiles }: RotatingFileOptions): void {
  // It was shifted already and the next one could not be opened: once more would cost the oldest file for nothing.
  if (!existsSync(path)) return;
  if (maxFiles < 2) {
    rmSync(path, { force: true });
    return;
  }
  rmSync(`${path}.${maxFiles - 1}`, { force: true });
  for (let index = maxFiles - 2; index >= 1; index -= 1) renameIfThere(`${path}.${index}`, `${path}.${index + 1}`);
  renameIfThere(path, `${path}.1`);
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}

function lostLines(count: number): string {
  const line = {
    level: 'error',
    time: new Date().toISOString(),
    msg: `${count} log lines were lost: the log could not be written`,
  };
  return `${JSON.stringify(line)}\n`;
}
