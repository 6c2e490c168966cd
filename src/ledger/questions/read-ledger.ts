import { existsSync } from 'node:fs';
import { openDatabase } from '../database.ts';
import type { Connection } from '../database.ts';
import { LedgerReadError, sqliteCode } from '../ledger-errors.ts';
import { checkedVersion } from '../migrate.ts';

/**
 * Asks the file something, all of it of one moment. Opens it read-only, so it works beside a running daemon. `empty`
 * answers for a file that is missing or has no tables yet. Throws `LedgerTooNewError`, `LedgerForeignError`,
 * `NativeBindingMissingError`, and `LedgerReadError` for a file that is damaged or not readable.
 */
export function readLedger<Answer>(
  path: string,
  read: (connection: Connection) => Answer,
  empty: () => Answer,
): Answer {
  if (!existsSync(path)) return empty();
  try {
    const connection = openDatabase(path, { readonly: true, fileMustExist: true });
    try {
      // One transaction: the roll-up and the rows since it must be of one moment.
      const readAtOnce = connection.transaction(() => {
        return checkedVersion(connection, path) === 0 ? empty() : read(connection);
      });
      return readAtOnce();
    } finally {
      connection.close();
    }
  } catch (error) {
    if (sqliteCode(error) !== null) throw new LedgerReadError(path, error);
    throw error;
  }
}
