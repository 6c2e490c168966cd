import {
  chmodSync,
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LedgerForeignError, LedgerTooNewError } from '../../src/ledger/ledger-errors.ts';
import { openLedgerFile } from '../../src/ledger/ledger-file.ts';
import { APPLICATION_ID, LEDGER_VERSION, MIGRATIONS } from '../../src/ledger/migrate.ts';
import { attempts as firstMigration } from '../../src/ledger/migrations/001-attempts.ts';
import { openSqliteLedger } from '../../src/ledger/sqlite-ledger.ts';
import { Database, opened, openingOf, recordingLogger, rowsOf, settlementOf, temporaryFolder } from './attempts.ts';

const NOW = Date.UTC(2026, 0, 15, 10, 37, 12);

function open(path: string) {
  const { logger, lines } = recordingLogger();
  return { ledger: openSqliteLedger({ path, logger, now: () => NOW }), lines };
}

function schemaOf(path: string): unknown[] {
  const connection = new Database(path, { readonly: true });
  const schema = connection.prepare('SELECT name, sql FROM sqlite_schema ORDER BY name').all();
  const header = [
    connection.pragma('user_version', { simple: true }),
    connection.pragma('application_id', { simple: true }),
  ];
  connection.close();
  return [schema, header];
}

/** What llmgw wrote when it knew only the first migration, with one row of that time. */
function versionOneFile(path: string): void {
  const connection = new Database(path);
  connection.exec(firstMigration.sql);
  connection.pragma(`application_id = ${APPLICATION_ID}`);
  connection.pragma('user_version = 1');
  connection.exec(`INSERT INTO attempts (exchange_id, number, opened_at, endpoint, stream, profile, demo, outcome, final, settled_at)
    VALUES ('old', 1, 1, 'embeddings', 0, 'default', 0, 'answered', 1, 2)`);
  connection.close();
}

describe('the format of the file', () => {
  it('numbers its steps from 1 without a gap', () => {
    expect(MIGRATIONS.map(({ number }) => number)).toEqual(MIGRATIONS.map((_, index) => index + 1));
  });

  it('is the same from a blank file and from version 1, whose rows are kept', async () => {
    const folder = temporaryFolder();
    const [blank, old] = [join(folder, 'blank.sqlite'), join(folder, 'old.sqlite')];
    versionOneFile(old);
    for (const path of [blank, old]) await open(path).ledger.close();
    expect(schemaOf(old)).toEqual(schemaOf(blank));
    expect(schemaOf(old)[1]).toEqual([LEDGER_VERSION, APPLICATION_ID]);
    expect(rowsOf(old)).toMatchObject([{ exchange_id: 'old', endpoint: 'embeddings' }]);
  });

  it('is refused when it is newer, and not a byte of it is touched', () => {
    const path = join(temporaryFolder(), 'ledger.sqlite');
    const connection = new Database(path);
    connection.pragma('journal_mode = WAL');
    connection.pragma(`application_id = ${APPLICATION_ID}`);
    connection.exec('CREATE TABLE of_the_future (x)');
    connection.pragma(`user_version = ${LEDGER_VERSION + 1}`);
    connection.close();
    const before = readFileSync(path);
    expect(() => open(path)).toThrow(LedgerTooNewError);
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(readdirSync(join(path, '..'))).toEqual(['ledger.sqlite']);
  });

  it('is refused when it is newer only in its write-ahead log', () => {
    const path = join(temporaryFolder(), 'ledger.sqlite');
    const connection = new Database(path);
    connection.pragma('journal_mode = WAL');
    connection.pragma(`application_id = ${APPLICATION_ID}`);
    connection.pragma(`user_version = ${LEDGER_VERSION + 1}`);
    expect(() => open(path)).toThrow(LedgerTooNewError);
    expect(connection.pragma('user_version', { simple: true })).toBe(LEDGER_VERSION + 1);
    connection.close();
  });

  it('is refused when it is the database of another program', () => {
    const path = join(temporaryFolder(), 'ledger.sqlite');
    const connection = new Database(path);
    connection.exec('CREATE TABLE bookmarks (url TEXT)');
    connection.close();
    chmodSync(path, 0o644);
    const before = readFileSync(path);
    expect(() => open(path)).toThrow(LedgerForeignError);
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(readdirSync(join(path, '..'))).toEqual(['ledger.sqlite']);
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o644);
  });
});

describe('a damaged file', () => {
  const garbage = (path: string): void => writeFileSync(path, Buffer.alloc(20_000, 'this is no database '));

  async function expectKeptAside(path: string, damage: (path: string) => void): Promise<void> {
    damage(path);
    const damaged = readFileSync(path);
    const { ledger, lines } = open(path);
    const { keptAside } = ledger.status();
    expect(keptAside).toBe(`${path}.corrupt-2026-01-15T10-37-12-000Z`);
    expect(readFileSync(String(keptAside)).equals(damaged)).toBe(true);
    expect(lines).toContainEqual({
      level: 'error',
      message: 'the ledger was damaged; it is kept aside and a new one begun',
    });
    expect(await opened(ledger, openingOf())).toBeNull();
    await ledger.close();
    expect(rowsOf(path)).toHaveLength(1);
  }

  it('is kept aside when it is no database', async () => {
    await expectKeptAside(join(temporaryFolder(), 'ledger.sqlite'), garbage);
  });

  it('is kept aside with its log', async () => {
    const path = join(temporaryFolder(), 'ledger.sqlite');
    garbage(path);
    writeFileSync(`${path}-wal`, 'log');
    const { ledger } = open(path);
    expect(readFileSync(`${String(ledger.status().keptAside)}-wal`, 'utf8')).toBe('log');
    await ledger.close();
  });

  it('is kept aside when pages of it are overwritten', async () => {
    const path = join(temporaryFolder(), 'ledger.sqlite');
    const { ledger } = open(path);
    for (let index = 0; index < 300; index++) void opened(ledger, openingOf());
    await ledger.close();
    await expectKeptAside(path, () => {
      const descriptor = openSync(path, 'r+');
      const pages = statSync(path).size / 4096;
      for (let page = 3; page < pages; page += 2) writeSync(descriptor, Buffer.alloc(4096, 0xab), 0, 4096, page * 4096);
      closeSync(descriptor);
    });
  });

  it('is kept aside when damage was met while running', async () => {
    const path = join(temporaryFolder(), 'ledger.sqlite');
    await open(path).ledger.close();
    await expectKeptAside(path, () => writeFileSync(`${path}.damaged`, ''));
    expect(existsSync(`${path}.damaged`)).toBe(false);
  });
});

describe('rows that a crash left open', () => {
  it('are settled as abandoned at the next start, without reading what the roll-up has left behind', () => {
    const path = join(temporaryFolder(), 'ledger.sqlite');
    const { connection } = openLedgerFile(path, NOW, 0);
    const insert = connection.prepare(`INSERT INTO attempts
      (exchange_id, number, opened_at, endpoint, stream, profile, demo, room) VALUES (?, 1, 5, 'embeddings', 0, 'default', 0, zeroblob(9))`);
    for (const id of ['a', 'b', 'c']) insert.run(id);
    connection.exec('UPDATE ledger_state SET first_pending_id = 2');
    connection.close();
    const file = openLedgerFile(path, NOW, 0);
    file.connection.close();
    expect(file.abandoned).toBe(2);
    const abandoned = { outcome: 'abandoned', final: 1, settled_at: NOW, cost_pico: null, room: null };
    expect(rowsOf(path)).toMatchObject([{ outcome: null }, abandoned, abandoned]);
  });

  it('have no known price when they were paid for', () => {
    const path = join(temporaryFolder(), 'ledger.sqlite');
    const { connection } = openLedgerFile(path, NOW, 0);
    const insert = connection.prepare(`INSERT INTO attempts
      (exchange_id, number, opened_at, endpoint, stream, profile, local, demo) VALUES (?, 1, 5, 'embeddings', 0, 'default', ?, ?)`);
    insert.run('cloud', 0, 0);
    insert.run('local', 1, 0);
    insert.run('demo', 1, 1);
    connection.close();
    openLedgerFile(path, NOW, 0).connection.close();
    expect(rowsOf(path)).toMatchObject([{ unpriced: 1 }, { unpriced: 0 }, { unpriced: 0 }]);
  });

  it('are told of', async () => {
    const path = join(temporaryFolder(), 'ledger.sqlite');
    const first = openLedgerFile(path, NOW, 0);
    first.connection.exec(`INSERT INTO attempts (exchange_id, number, opened_at, endpoint, stream, profile, demo)
      VALUES ('x', 1, 5, 'embeddings', 0, 'default', 0)`);
    first.connection.close();
    const { ledger, lines } = open(path);
    expect(ledger.status().abandonedAtStart).toBe(1);
    expect(lines).toEqual([{ level: 'warn', message: 'attempts left open by a crash are settled as abandoned' }]);
    ledger.settle(settlementOf(openingOf({ exchangeId: 'x' })));
    await ledger.flush();
    expect(rowsOf(path)).toMatchObject([{ outcome: 'abandoned' }]);
    await ledger.close();
  });
});
