import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openLedgerFile } from '../../src/ledger/ledger-file.ts';
import { QUARTER_MS, readState, rollUpUntil } from '../../src/ledger/roll-up.ts';
import { openSqliteLedger } from '../../src/ledger/sqlite-ledger.ts';
import { opened, openingOf, recordingLogger, rowsOf, settlementOf, temporaryFolder } from './attempts.ts';

const NOW = Date.UTC(2026, 0, 15, 10, 37);
const QUARTER = NOW - (NOW % QUARTER_MS);
const YEAR_MS = 365 * 24 * 60 * 60 * 1000;

async function exchangeAt(path: string, now: number): Promise<void> {
  const ledger = openSqliteLedger({ path, logger: recordingLogger().logger, now: () => now });
  const opening = openingOf({ openedAt: now });
  expect(await opened(ledger, opening)).toBeNull();
  ledger.settle(settlementOf(opening, { settledAt: now }));
  await ledger.close();
}

it('a clock that was ahead once does not book what follows in the future', async () => {
  const path = join(temporaryFolder(), 'ledger.sqlite');
  await exchangeAt(path, NOW - QUARTER_MS);
  const ahead = openLedgerFile(path, NOW + YEAR_MS, 0);
  rollUpUntil(ahead.connection, QUARTER + YEAR_MS);
  ahead.connection.close();
  await exchangeAt(path, NOW);
  expect(rowsOf(path).map((row) => row['settled_at'])).toEqual([NOW - QUARTER_MS, NOW]);

  // The next roll-up takes everything in once.
  const { connection } = openLedgerFile(path, NOW + QUARTER_MS, 0);
  rollUpUntil(connection, QUARTER + QUARTER_MS);
  const total = connection.prepare("SELECT sum(requests) FROM roll_up WHERE grouping = 'total'").pluck().get();
  expect(total).toBe(2);
  connection.close();
});

it('a roll-up that goes as far as it should is kept', () => {
  const path = join(temporaryFolder(), 'ledger.sqlite');
  const { connection } = openLedgerFile(path, NOW, 0);
  rollUpUntil(connection, QUARTER);
  connection.close();
  // A clock that is put back a little, as by a time server.
  const again = openLedgerFile(path, QUARTER - 60_000, 0);
  expect(readState(again.connection).rolledUpUntil).toBe(QUARTER);
  again.connection.close();
});
