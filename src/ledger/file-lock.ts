import { dirname } from 'node:path';
import { existsSync, writeFileSync } from 'node:fs';
import { makePrivateFolder, PRIVATE_FILE_MODE } from '../std/atomic-write.ts';
import { openDatabase } from './database.ts';
import type { Connection } from './database.ts';
import { isBusy, isDamage } from './ledger-errors.ts';

/** Held by the one daemon of a data folder. */
export interface DaemonLock {
  release(): void;
}

/**
 * Takes the lock, or gives `null` when another process has it. The lock is SQLite's exclusive lock on an empty file, so
 * the system frees it when its holder dies, however it dies, and no stale one can be left. The file holds nothing: what
 * is to be told about the daemon belongs in another. Nothing else in the process may open it, because closing any
 * descriptor of a file drops the process's POSIX locks on it.
 */
export function acquireDaemonLock(path: string): DaemonLock | null {
  makePrivateFolder(dirname(path));
  try {
    return take(path);
  } catch (error) {
    if (!isDamage(error)) throw error;
    // Something else was written into it. Whoever did that cannot hold the lock, which needs a readable file.
    writeFileSync(path, '');
    return take(path);
  }
}

function take(path: string): DaemonLock | null {
  if (!existsSync(path)) writeFileSync(path, '', { mode: PRIVATE_FILE_MODE });
  const connection = openDatabase(path, { timeout: 0 });
  try {
    connection.pragma('locking_mode = EXCLUSIVE');
    connection.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    connection.close();
    if (isBusy(error)) return null;
    throw error;
  }
  return { release: () => releaseOnce(connection) };
}

function releaseOnce(connection: Connection): void {
  if (connection.open) connection.close();
}
