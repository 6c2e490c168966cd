import { readLedger } from './read-ledger.ts';

/** Only the last attempts are looked at, so that a ledger of years is not read as a whole. */
const ATTEMPTS_LOOKED_AT = 50_000;

/** The names that were asked for most, the first one most often. Throws as `readLedger` does. */
export function mostAsked(path: string, limit: number): readonly string[] {
  return readLedger(
    path,
    (connection) =>
      connection
        .prepare<[number, number], { name: string }>(
          `SELECT requested_model AS name FROM attempts
           WHERE id > (SELECT max(id) FROM attempts) - ? AND number <= 1 AND demo = 0 AND requested_model IS NOT NULL
           GROUP BY requested_model ORDER BY count(*) DESC, requested_model LIMIT ?`,
        )
        .all(ATTEMPTS_LOOKED_AT, limit)
        .map(({ name }) => name),
    () => [],
  );
}
