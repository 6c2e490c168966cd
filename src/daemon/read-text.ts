import { readFileSync, statSync } from 'node:fs';
import { errorCode } from './problem.ts';

/** Files of other programs with keys in them are small. */
const MAX_BYTES = 1024 * 1024;

/** A file of another program; `null`: it is not there, may not be read, is no file, or too large to be the one. */
export function readText(path: string): string | null {
  try {
    const stat = statSync(path);
    return stat.isFile() && stat.size <= MAX_BYTES ? readFileSync(path, 'utf8') : null;
  } catch (error) {
    // Whatever the system objects to, the file cannot be used; without it the account is not there.
    if (errorCode(error) !== null) return null;
    throw error;
  }
}
