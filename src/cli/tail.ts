import { open, stat, type FileHandle } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { StringDecoder } from 'node:string_decoder';
import { errorCode } from '../daemon/problem.ts';

const BLOCK_BYTES = 64 * 1024;
const POLL_MS = 200;
/** A line without an end is not collected beyond this. */
const MAX_LINE_CHARACTERS = 1024 * 1024;

export interface Tail {
  /** Oldest first. */
  readonly lines: readonly string[];
  /** Where the file ended when it was read. */
  readonly end: number;
}

/** The last lines of a file. A missing file has none. Reads only the end of it. */
export async function lastLines(path: string, count: number): Promise<Tail> {
  const file = await openIfThere(path);
  if (file === null) return { lines: [], end: 0 };
  try {
    const end = (await file.stat()).size;
    let at = end;
    const blocks: Buffer[] = [];
    let newlines = 0;
    while (at > 0 && newlines <= count) {
      const length = Math.min(BLOCK_BYTES, at);
      at -= length;
      const block = await readBlock(file, at, length);
      newlines += block.filter((byte) => byte === 0x0a).length;
      blocks.unshift(block);
    }
    const lines = Buffer.concat(blocks).toString('utf8').split('\n');
    if (lines.at(-1) === '') lines.pop();
    return { lines: count === 0 ? [] : lines.slice(-count), end };
  } finally {
    await file.close();
  }
}

/**
 * Gives each line of a file from this offset on as it is added, across its rotation, until the signal. A file that is
 * not there yet is waited for.
 */
export async function followLines(
  path: string,
  from: number,
  onLine: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  let file = await openIfThere(path);
  let at = from;
  const lines = new LineCutter(onLine);
  try {
    while (!signal.aborted) {
      if (file !== null) at = await readOn(file, at, lines);
      if (file === null || (await wasReplaced(path, file))) {
        // What was written between the last read and the rotation is still in the old file.
        if (file !== null) at = await readOn(file, at, lines);
        const next = await openIfThere(path);
        if (next !== null) {
          await file?.close();
          file = next;
          at = 0;
          continue;
        }
      }
      await pause(signal);
    }
  } finally {
    await file?.close();
  }
}

async function readBlock(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}

/** Reads to the end of what is there; gives the offset reached. A file that was emptied is read from its start. */
async function readOn(file: FileHandle, from: number, lines: LineCutter): Promise<number> {
  let at = (await file.stat()).size < from ? 0 : from;
  for (;;) {
    const block = await readBlock(file, at, BLOCK_BYTES);
    if (block.length === 0) return at;
    lines.push(block);
    at += block.length;
  }
}

async function wasReplaced(path: string, file: FileHandle): Promise<boolean> {
  try {
    return (await stat(path, { bigint: true })).ino !== (await file.stat({ bigint: true })).ino;
  } catch (error) {
    // Between being renamed and being made anew there is none.
    if (errorCode(error) === 'ENOENT') return true;
    throw error;
  }
}

async function openIfThere(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

async function pause(signal: AbortSignal): Promise<void> {
  try {
    await wait(POLL_MS, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Blocks of bytes in, whole lines out; a character that a block cuts in two is kept together. */
class LineCutter {
  readonly #onLine: (line: string) => void;
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  push(block: Buffer): void {
    const parts = (this.#rest + this.#decoder.write(block)).split('\n');
    this.#rest = parts.pop() ?? '';
    for (const line of parts) this.#onLine(line);
    if (this.#rest.length <= MAX_LINE_CHARACTERS) return;
    this.#onLine(this.#rest);
    this.#rest = '';
  }
}
