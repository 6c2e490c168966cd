import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSqliteLedger } from '../../src/ledger/sqlite-ledger.ts';
import { Database, opened, openingOf, recordingLogger, rowsOf, settlementOf, temporaryFolder } from './attempts.ts';

function lockedLedger(lockPatienceMs: number) {
  const path = join(temporaryFolder(), 'ledger.sqlite');
  const { logger, lines } = recordingLogger();
  const ledger = openSqliteLedger({ path, logger, lockPatienceMs });
  const other = new Database(path);
  return { path, ledger, other, lines };
}

describe('a ledger that another program has locked', () => {
  it('waits for a short lock', async () => {
    const { path, ledger, other } = lockedLedger(5_000);
    other.exec('BEGIN IMMEDIATE');
    const answer = opened(ledger, openingOf());
    setTimeout(() => other.exec('ROLLBACK'), 40);
    expect(await answer).toBeNull();
    expect(rowsOf(path)).toHaveLength(1);
    expect(ledger.status()).toMatchObject({ writable: true, problem: null, lostRows: 0 });
    other.close();
    await ledger.close();
  });

  it('says that it cannot be written, keeps the ends of attempts, and writes them when it can again', async () => {
    const { path, ledger, other, lines } = lockedLedger(30);
    const before = openingOf();
    await opened(ledger, before);
    other.exec('BEGIN IMMEDIATE');
    const failure = await opened(ledger, openingOf());
    expect(failure).toMatchObject({
      name: 'LedgerWriteError',
      message: `another program has locked the ledger ${path}`,
    });
    expect(ledger.status()).toMatchObject({
      writable: false,
      problem: `another program has locked the ledger ${path}`,
    });
    ledger.settle(settlementOf(before));
    await expect(ledger.flush()).rejects.toThrow('another program has locked');
    expect(await opened(ledger, openingOf())).toBeInstanceOf(Error);
    other.exec('ROLLBACK');
    await ledger.flush();
    expect(rowsOf(path)).toMatchObject([{ exchange_id: before.exchangeId, outcome: 'answered' }]);
    expect(ledger.status()).toMatchObject({ writable: true, problem: null, lostRows: 0 });
    expect(lines.map(({ message }) => message)).toEqual([
      'the ledger cannot be written',
      'the ledger can be written again',
    ]);
    other.close();
    await ledger.close();
  });

  it('writes kept ends by itself, without another request', async () => {
    const { path, ledger, other } = lockedLedger(10);
    const opening = openingOf();
    await opened(ledger, opening);
    other.exec('BEGIN IMMEDIATE');
    await opened(ledger, openingOf());
    ledger.settle(settlementOf(opening));
    other.exec('ROLLBACK');
    await expect.poll(() => rowsOf(path)[0]?.['outcome'], { timeout: 5_000 }).toBe('answered');
    other.close();
    await ledger.close();
  });

  it('keeps a bounded number of ends, and counts those that fell out', async () => {
    const { ledger, other } = lockedLedger(10);
    other.exec('BEGIN IMMEDIATE');
    expect(await opened(ledger, openingOf())).toBeInstanceOf(Error);
    for (let index = 0; index < 10_500; index++) ledger.settle(settlementOf(openingOf()));
    expect(ledger.status().lostRows).toBe(500);
    await ledger.close();
    expect(ledger.status().lostRows).toBe(10_500);
    other.close();
  });

  it('is counted for refused exchanges', async () => {
    const { ledger, other } = lockedLedger(10);
    other.exec('BEGIN IMMEDIATE');
    const opening = openingOf({ number: 0 });
    ledger.refuse(opening, settlementOf(opening, { outcome: 'refused' }));
    await expect(ledger.flush()).rejects.toThrow('locked');
    expect(ledger.status().lostRows).toBe(1);
    other.close();
    await ledger.close();
  });

  it('is counted for local calls, which go on, and not for paid ones, which are not made', async () => {
    const { ledger, other } = lockedLedger(10);
    other.exec('BEGIN IMMEDIATE');
    expect(await opened(ledger, openingOf({ locality: 'local' }))).toBeInstanceOf(Error);
    expect(await opened(ledger, openingOf({ locality: 'cloud' }))).toBeInstanceOf(Error);
    expect(ledger.status().lostRows).toBe(1);
    other.close();
    await ledger.close();
    expect(await opened(ledger, openingOf({ locality: 'local' }))).toBeInstanceOf(Error);
    expect(ledger.status().lostRows).toBe(2);
  });

  it('leaves nothing behind that goes on after it was closed, and tells every opening', async () => {
    const { ledger, other, lines } = lockedLedger(10);
    other.exec('BEGIN IMMEDIATE');
    const answers = Array.from({ length: 1_500 }, () => opened(ledger, openingOf()));
    ledger.settle(settlementOf(openingOf()));
    await ledger.close();
    expect(await Promise.all(answers)).toEqual(Array(1_500).fill(expect.any(Error)));
    expect(ledger.status().lostRows).toBe(1);
    other.exec('ROLLBACK');
    other.close();
    const told = lines.length;
    await expect(ledger.flush()).resolves.toBeUndefined();
    expect(lines).toHaveLength(told);
  });

  it('is tried again when it could not be opened at the start', async () => {
    const path = join(temporaryFolder(), 'ledger.sqlite');
    const holder = new Database(path);
    holder.exec('CREATE TABLE x (y); DROP TABLE x; BEGIN EXCLUSIVE');
    const { logger } = recordingLogger();
    const ledger = openSqliteLedger({ path, logger });
    expect(ledger.status()).toMatchObject({
      writable: false,
      problem: `another program has locked the ledger ${path}`,
    });
    expect(await opened(ledger, openingOf())).toBeInstanceOf(Error);
    holder.close();
    await expect.poll(() => opened(ledger, openingOf()), { timeout: 5_000, interval: 100 }).toBeNull();
    expect(ledger.status().writable).toBe(true);
    await ledger.close();
  });
});

describe('a full disk', () => {
  it('fails the batch, and is named', async () => {
    const path = join(temporaryFolder(), 'ledger.sqlite');
    const { logger } = recordingLogger();
    const ledger = openSqliteLedger({ path, logger, maxPages: 30 });
    const failures: Error[] = [];
    let written = 0;
    while (failures.length < 3) {
      const failure = await opened(ledger, openingOf());
      if (failure === null) written++;
      else failures.push(failure);
    }
    expect(failures[0]?.message).toBe(`the disk is full: the ledger ${path} cannot be written`);
    expect(ledger.status().writable).toBe(false);
    expect(rowsOf(path)).toHaveLength(written);
    await ledger.close();
  });
});
