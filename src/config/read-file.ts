import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { ConfigError } from './problem.ts';

export interface ConfigText {
  /** Where it came from, for messages. */
  readonly file: string;
  readonly text: string;
  /** Other users of the machine can read the file. */
  readonly readableByOthers: boolean;
}

/**
 * The same for the same text of the same file, `null` for none, and of the files that were read with it: tells whether
 * there is anything new.
 */
export function revisionOf(text: ConfigText | null, further: readonly ConfigText[] = []): string {
  return createHash('sha256')
    .update(JSON.stringify([text, ...further]))
    .digest('base64url');
}

const MAX_BYTES = 1024 ** 2;

/** A file that people write, and where its name stands. Throws a `ConfigError` that says why it cannot be read. */
export function readTextFile(path: string, named = 'given with --config'): ConfigText {
  // Asked before it is opened: opening a pipe waits for somebody to write into it.
  const kind = readingOf(path, () => statSync(path, { throwIfNoEntry: false }));
  if (kind === undefined) throw aboutFile(path, `there is no such file; check the name ${named}`);
  if (kind.isDirectory()) throw aboutFile(path, 'is a folder; name a YAML file');
  if (!kind.isFile()) throw aboutFile(path, 'is no regular file; name a YAML file');
  const { bytes, stats } = readingOf(path, () => readBounded(path));
  if (bytes.length > MAX_BYTES) throw aboutFile(path, 'is larger than 1 MiB; this is not a config file');
  return { file: path, text: decode(path, bytes), readableByOthers: canOthersRead(stats) };
}

/** At most one byte more than is allowed, whatever size the system states. */
function readBounded(path: string): { bytes: Uint8Array; stats: Stats } {
  const descriptor = openSync(path, 'r');
  try {
    const buffer = new Uint8Array(MAX_BYTES + 1);
    let length = 0;
    while (length < buffer.length) {
      const read = readSync(descriptor, buffer, length, buffer.length - length, null);
      if (read === 0) break;
      length += read;
    }
    return { bytes: buffer.subarray(0, length), stats: fstatSync(descriptor) };
  } finally {
    closeSync(descriptor);
  }
}

function decode(path: string, bytes: Uint8Array): string {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    throw aboutFile(path, 'is UTF-16; save it as UTF-8');
  }
  if (bytes.includes(0)) throw aboutFile(path, 'is a binary file; name a YAML file');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    const message = 'is not UTF-8; save it as UTF-8';
    throw new ConfigError([{ file: path, line: lineOfBadByte(bytes), column: 1, path: '', message }], { cause: error });
  }
}

/** The first line that is not UTF-8 by itself: a line end is never part of another character. */
function lineOfBadByte(bytes: Uint8Array): number {
  let line = 1;
  for (let start = 0; start < bytes.length; line++) {
    const end = bytes.indexOf(0x0a, start);
    const bytesOfLine = bytes.subarray(start, end < 0 ? bytes.length : end);
    if (!Buffer.from(Buffer.from(bytesOfLine).toString('utf8')).equals(bytesOfLine)) return line;
    if (end < 0) break;
    start = end + 1;
  }
  return line;
}

/** Windows has no such bits; there the folder's own rights keep others out. */
function canOthersRead(stats: Stats): boolean {
  return process.platform !== 'win32' && (stats.mode & 0o044) !== 0;
}

/** Does something with a file; what the system says against it becomes a `ConfigError`. */
export function readingOf<Result>(path: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    const reason = REASONS[code] ?? `cannot be read (${code})`;
    throw new ConfigError([{ ...wholeFile(path), message: reason }], { cause: error });
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'cannot be read: permission denied; check its owner and mode',
  EPERM: 'cannot be read: permission denied; check its owner and mode',
  ENOTDIR: 'there is no such file: a part of the path is no folder',
  ELOOP: 'cannot be read: its symbolic links go round in a circle',
  ENAMETOOLONG: 'there is no such file: the name is too long',
};

function wholeFile(file: string) {
  return { file, line: null, column: null, path: '' };
}

/** A mistake that concerns the file as a whole. */
export function aboutFile(file: string, message: string): ConfigError {
  return new ConfigError([{ ...wholeFile(file), message }]);
}
