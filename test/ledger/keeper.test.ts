import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { KeeperThread } from '../../src/ledger/keeper-thread.ts';
import { openLedgerFile } from '../../src/ledger/ledger-file.ts';
import { QUARTER_MS } from '../../src/ledger/roll-up.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { openSqliteLedger } from '../../src/ledger/sqlite-ledger.ts';
import { entryUrl } from '../../src/std/entry-url.ts';
import { Database, opened, openingOf, recordingLogger, settlementOf, temporaryFolder } from './attempts.ts';

const NOW = Date.UTC(2026, 0, 15, 10, 37);
const LOG_HEADER_BYTES = 32;

function keeperOf(path: string, onGivenUp: () => void = () => undefined) {
  const { logger, lines } = recordingLogger();
  return { keeper: new KeeperThread(path, logger, onGivenUp), lines };
}

async function exchange(ledger: Ledger): Promise<void> {
  const opening = openingOf();
  expect(await opened(ledger, opening)).toBeNull();
  ledger.settle(settlementOf(opening));
}

/** The log's salt, which changes whenever it is begun anew (https://www.sqlite.org/fileformat2.html#walformat). */
function saltOf(path: string): string {
  const header = Buffer.alloc(LOG_HEADER_BYTES);
  const descriptor = openSync(`${path}-wal`, 'r');
  readSync(descriptor, header, 0, LOG_HEADER_BYTES, 0);
  closeSync(descriptor);
  return header.toString('hex', 16, 24);
}

describe('the keeper', () => {
  it('was built', () => {
    expect(existsSync(fileURLToPath(entryUrl('ledger-keeper'))), 'run `npm run build` first').toBe(true);
  });

  it('closes the quarters it is told of, copies the log into the file, and ends', async () => {
    const path = join(temporaryFolder(), 'ledger.sqlite');
    const { connection } = openLedgerFile(path, NOW, 0);
    connection.exec(`INSERT INTO attempts (exchange_id, number, opened_at, endpoint, stream, profile, demo, outcome, final, settled_at)
      VALUES ('x', 1, 5, 'embeddings', 0, 'default', 0, 'answered', 1, ${NOW - QUARTER_MS})`);
    const { keeper, lines } = keeperOf(path);
    expect(keeper.worker).toBeNull();
    keeper.post({ kind: 'roll-up', until: NOW - (NOW % QUARTER_MS) });
    keeper.post({ kind: 'checkpoint' });
    await keeper.close();
    expect(keeper.worker).toBeNull();
    expect(connection.prepare('SELECT count(*) FROM roll_up').pluck().get()).toBe(6);
    expect(statSync(`${path}-wal`).size).toBeLessThanOrEqual(LOG_HEADER_BYTES);
    expect(lines).toEqual([]);
    connection.close();
  });

  it('tells of work that failed and goes on', async () => {
    const path = join(temporaryFolder(), 'ledger.sqlite');
    const { connection } = openLedgerFile(path, NOW, 0);
    connection.exec('ALTER TABLE quarters RENAME TO hidden');
    const { keeper, lines } = keeperOf(path);
    keeper.post({ kind: 'roll-up', until: NOW - (NOW % QUARTER_MS) });
    await expect
      .poll(() => lines)
      .toEqual([{ level: 'warn', message: 'the ledger keeper could not finish a piece of work' }]);
    connection.exec('ALTER TABLE hidden RENAME TO quarters');
    keeper.post({ kind: 'roll-up', until: NOW - (NOW % QUARTER_MS) });
    await keeper.close();
    expect(connection.prepare('SELECT rolled_up_until FROM ledger_state').pluck().get()).toBe(NOW - (NOW % QUARTER_MS));
    connection.close();
  });

  it('is started again when it died, and given up when it keeps dying', async () => {
    const path = join(temporaryFolder(), 'ledger.sqlite');
    openLedgerFile(path, NOW, 0).connection.close();
    let givenUp = 0;
    const { keeper, lines } = keeperOf(path, () => givenUp++);
    for (let death = 1; death <= 3; death++) {
      keeper.post({ kind: 'checkpoint' });
      expect(keeper.worker).not.toBeNull();
      await keeper.worker?.terminate();
      expect(lines).toHaveLength(death);
    }
    expect(givenUp).toBe(1);
    keeper.post({ kind: 'checkpoint' });
    expect(keeper.worker).toBeNull();
    await keeper.close();
  });
});

describe('a ledger under steady load', () => {
  it('has a log that is begun anew while the load goes on, and none when it is closed', async () => {
    const path = join(temporaryFolder(), 'ledger.sqlite');
    const { logger, lines } = recordingLogger();
    const ledger = openSqliteLedger({ path, logger });
    let exchanges = 0;
    const first = await exchange(ledger).then(() => saltOf(path));
    // Between any two batches there is no pause in which a checkpoint that waits for nobody could reach the log's end.
    for (exchanges = 1; saltOf(path) === first; exchanges++) await exchange(ledger);
    await ledger.close();
    expect(exchanges).toBeGreaterThan(300);
    expect(existsSync(`${path}-wal`)).toBe(false);
    expect(lines).toEqual([]);
    const connection = new Database(path, { readonly: true });
    expect(connection.prepare('SELECT count(*) FROM attempts WHERE settled_at IS NOT NULL').pluck().get()).toBe(
      exchanges,
    );
    connection.close();
  });

  it('settles nothing in a quarter that it has told the keeper to close', async () => {
    const path = join(temporaryFolder(), 'ledger.sqlite');
    const file = openLedgerFile(path, NOW, 0);
    const closed = NOW - (NOW % QUARTER_MS);
    file.connection.exec(`UPDATE ledger_state SET rolled_up_until = ${closed}`);
    file.connection.close();
    const { logger } = recordingLogger();
    const ledger = openSqliteLedger({ path, logger, now: () => NOW });
    const opening = openingOf();
    await opened(ledger, opening);
    ledger.settle(settlementOf(opening, { settledAt: closed - 1 }));
    await ledger.close();
    const connection = new Database(path, { readonly: true });
    expect(connection.prepare('SELECT settled_at FROM attempts').pluck().get()).toBe(closed);
    connection.close();
  });
});
