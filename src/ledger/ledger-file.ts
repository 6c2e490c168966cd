import { existsSync, renameSync, statSync, unlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { makePrivateFolder } from '../std/atomic-write.ts';
import { loadDatabase, openDatabase } from './database.ts';
import type { Connection } from './database.ts';
import { readFileHeader } from './file-header.ts';
import { isDamage, LedgerForeignError, LedgerTooNewError } from './ledger-errors.ts';
import { APPLICATION_ID, LEDGER_VERSION, migrate } from './migrate.ts';
import { makePrivateFile } from './private-file.ts';
import { forgetFuture, readState } from './roll-up.ts';

/** Whole files up to this size are checked at every start (a few ms); of larger ones both ends of every table. */
const WHOLE_CHECK_BYTES = 2 * 1024 * 1024;

export interface OpenedFile {
  readonly connection: Connection;
  /** Where a damaged file was moved; `null`: the file was whole, or new. */
  readonly keptAside: string | null;
  /** Rows that were still open, and are now settled as abandoned: their daemon died. */
  readonly abandoned: number;
  /** Nothing may be settled at an earlier time: it is in the roll-up already. */
  readonly rolledUpUntil: number;
  /** There are rows that the roll-up has not taken in. */
  readonly hasPending: boolean;
}

/**
 * Opens the ledger for writing: made when missing, brought to this program's format, moved aside and begun anew when
 * damaged. `patienceMs`: how long another program's lock is waited for, here and now. Throws `LedgerTooNewError` and
 * `LedgerForeignError`, and what the system says when it cannot be opened.
 */
export function openLedgerFile(path: string, now: number, patienceMs: number): OpenedFile {
  loadDatabase();
  makePrivateFolder(dirname(path));
  const isDatabase = checkHeader(path);
  if (isDatabase && !existsSync(damageMark(path))) {
    try {
      return { ...openWhole(path, now, patienceMs), keptAside: null };
    } catch (error) {
      if (!isDamage(error)) throw error;
    }
  }
  const keptAside = keepAside(path, now);
  return { ...openWhole(path, now, patienceMs), keptAside };
}

/** Beside a ledger in whose middle damage was met while running; the next start keeps that file aside. */
export function damageMark(path: string): string {
  return `${path}.damaged`;
}

/** Whether the file is a database, or none yet. Throws for a newer one and for another program's. */
function checkHeader(path: string): boolean {
  const header = readFileHeader(path);
  if (header.kind !== 'database') return header.kind === 'blank';
  const { version, application, hasTables } = header;
  if (application === APPLICATION_ID) {
    if (version > LEDGER_VERSION) throw new LedgerTooNewError(path, version, LEDGER_VERSION);
    return true;
  }
  if (application !== 0 || version !== 0 || hasTables) throw new LedgerForeignError(path);
  return true;
}

function openWhole(path: string, now: number, patienceMs: number): Omit<OpenedFile, 'keptAside'> {
  makePrivateFile(path);
  const connection = openDatabase(path, { timeout: patienceMs });
  try {
    checkEnds(connection, path);
    const mode = connection.pragma('journal_mode = WAL', { simple: true });
    if (mode !== 'wal') throw new Error(`the ledger ${path} cannot have a write-ahead log here: ${String(mode)}`);
    connection.pragma('synchronous = NORMAL');
    // Checkpoints are the keeper's: one here would hold every request up. So would cutting the log back when it is
    // begun anew (`journal_size_limit`): the commit that does it took 20 to 50 ms.
    connection.pragma('wal_autocheckpoint = 0');
    migrate(connection, path);
    forgetFuture(connection, now);
    const abandoned = settleAbandoned(connection, now);
    // From here on no waiting inside SQLite, it would hold the event loop: the ledger tries again by itself.
    connection.pragma('busy_timeout = 0');
    const { rolledUpUntil, firstPendingId } = readState(connection);
    const pending = connection.prepare('SELECT 1 FROM attempts WHERE id >= ? LIMIT 1').get(firstPendingId);
    return { connection, abandoned, rolledUpUntil, hasPending: pending !== undefined };
  } catch (error) {
    connection.close();
    throw error;
  }
}

function checkEnds(connection: Connection, path: string): void {
  const tables = connection
    .prepare("SELECT name, sql LIKE '%WITHOUT ROWID%' AS keyed FROM sqlite_schema WHERE type = 'table'")
    .all() as { name: string; keyed: number }[];
  for (const { name, keyed } of tables) {
    const order = keyed === 1 ? [''] : ['ORDER BY rowid ASC', 'ORDER BY rowid DESC'];
    for (const by of order) connection.prepare(`SELECT * FROM "${name}" ${by} LIMIT 1`).get();
  }
  if (statSync(path).size > WHOLE_CHECK_BYTES) return;
  const verdict = connection.pragma('quick_check(1)', { simple: true });
  if (verdict !== 'ok') throw new DamagedFileError(String(verdict));
}

class DamagedFileError extends Error {
  readonly code = 'SQLITE_CORRUPT';
}

/**
 * Looks only at rows that the roll-up has not left behind: none of those can be open. What a paid attempt cost nobody
 * knows: its provider may have charged for it.
 */
function settleAbandoned(connection: Connection, now: number): number {
  const { rolledUpUntil, firstPendingId } = readState(connection);
  return connection
    .prepare(
      `UPDATE attempts SET outcome = 'abandoned', final = 1, settled_at = ?, estimated = 0, room = NULL,
       unpriced = CASE WHEN local = 0 AND demo = 0 THEN 1 ELSE 0 END
       WHERE id >= ? AND settled_at IS NULL`,
    )
    .run(Math.max(now, rolledUpUntil), firstPendingId).changes;
}

/** Moves the file and its companions to a name that says what they are and since when. Gives the new path. */
function keepAside(path: string, now: number): string {
  const time = new Date(now).toISOString().replace(/[:.]/g, '-');
  const aside = `${path}.corrupt-${time}`;
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix);
  }
  if (existsSync(damageMark(path))) unlinkSync(damageMark(path));
  return aside;
}
