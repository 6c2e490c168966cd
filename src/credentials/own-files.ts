import { closeSync, fstatSync, openSync, readFileSync, unlinkSync } from 'node:fs';
import { StoreTroubleError } from './key-store.ts';

/** No file of ours comes near it. */
export const MAX_BYTES = 4 * 1024 * 1024;

/**
 * The whole of a file of ours; `null`: there is none. Throws `StoreTroubleError` for whatever else keeps it from being
 * read, be it the owner, a folder of that name, or a size that none of ours has.
 */
export function readIfThere(path: string): Buffer | null {
  try {
    return readWhole(path);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT') return null;
    if (code === null) throw error;
    const trouble = {
      kind: 'damaged',
      why: `${path} cannot be read (${code}).`,
      hint: 'See to whom it belongs and what it is.',
      offer: null,
    } as const;
    throw new StoreTroubleError(trouble, { cause: error });
  }
}

export function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

/** What the system calls its refusal: `EACCES`; `null`: it was not the system that refused. */
export function codeOf(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error)) return null;
  return typeof error.code === 'string' && /^E[A-Z0-9]+$/.test(error.code) ? error.code : null;
}

function readWhole(path: string): Buffer {
  const descriptor = openSync(path, 'r');
  try {
    if (fstatSync(descriptor).size > MAX_BYTES) {
      const why = `${path} is larger than ${MAX_BYTES} bytes: it is none of ours.`;
      throw new StoreTroubleError({ kind: 'damaged', why, hint: 'Put it back from a backup.', offer: null });
    }
    return readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
