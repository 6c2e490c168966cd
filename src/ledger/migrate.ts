import type { Connection } from './database.ts';
import { LedgerForeignError, LedgerTooNewError } from './ledger-errors.ts';
import { attempts } from './migrations/001-attempts.ts';
import { rollUp } from './migrations/002-roll-up.ts';
import type { Migration } from './migrations/migration.ts';

/** In order; the number of the last is the format of the file. */
export const MIGRATIONS: readonly Migration[] = [attempts, rollUp];

/** The format this program writes. */
export const LEDGER_VERSION = MIGRATIONS.length;

/** `LLMG`, in the file's header: how a ledger is told from another program's database. */
export const APPLICATION_ID = 0x4c4c4d47;

/** Brings the file to this program's format, one transaction per step, so that a crash leaves a whole step or none. */
export function migrate(connection: Connection, path: string): void {
  const version = checkedVersion(connection, path);
  for (const migration of MIGRATIONS.slice(version)) {
    connection
      .transaction(() => {
        connection.exec(migration.sql);
        connection.pragma(`application_id = ${APPLICATION_ID}`);
        connection.pragma(`user_version = ${migration.number}`);
      })
      .immediate();
  }
}

/** The format of the file, 0 for a blank one. Throws for a newer file, and for a database that is not a ledger. */
export function checkedVersion(connection: Connection, path: string): number {
  const version = numberOf(connection.pragma('user_version', { simple: true }));
  const application = numberOf(connection.pragma('application_id', { simple: true }));
  const tables = numberOf(connection.prepare('SELECT count(*) FROM sqlite_schema').pluck().get());
  const isBlank = version === 0 && application === 0 && tables === 0;
  if (!isBlank && application !== APPLICATION_ID) throw new LedgerForeignError(path);
  if (version > LEDGER_VERSION) throw new LedgerTooNewError(path, version, LEDGER_VERSION);
  return version;
}

function numberOf(value: unknown): number {
  return Number(value);
}
