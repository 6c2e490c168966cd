import { chmodSync, closeSync, fstatSync, openSync } from 'node:fs';
import { PRIVATE_FILE_MODE } from '../std/atomic-write.ts';

/**
 * Makes the file where there is none, and makes it one for its owner alone. The mode comes before the content; SQLite
 * gives the two files beside its own the same one.
 */
export function makePrivateFile(path: string): void {
  const descriptor = openSync(path, 'a', PRIVATE_FILE_MODE);
  const mode = fstatSync(descriptor).mode & 0o777;
  closeSync(descriptor);
  if (process.platform !== 'win32' && mode !== PRIVATE_FILE_MODE) chmodSync(path, PRIVATE_FILE_MODE);
}
