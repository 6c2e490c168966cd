import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSqliteLedger } from '../../src/ledger/sqlite-ledger.ts';
import { recordingLogger, rowsOf, temporaryFolder } from './attempts.ts';
import { ended, startChild } from './children.ts';

describe('a daemon that is killed under load', () => {
  it('has the row of every attempt that it was told is written, and none is open after the next start', async () => {
    const path = join(temporaryFolder(), 'ledger.sqlite');
    const child = await startChild('load-child.ts', [path]);
    const committed = new Set<string>();
    child.on('message', (id: string) => {
      committed.add(id);
      if (committed.size === 3_000) child.kill('SIGKILL');
    });
    await ended(child);
    const { logger } = recordingLogger();
    const ledger = openSqliteLedger({ path, logger });
    const rows = rowsOf(path);
    const known = new Set(rows.map((row) => row['exchange_id']));
    expect([...committed].filter((id) => !known.has(id))).toEqual([]);
    expect(rows.filter((row) => row['settled_at'] === null)).toEqual([]);
    const abandoned = rows.filter((row) => row['outcome'] === 'abandoned').length;
    expect(abandoned).toBeGreaterThan(0);
    expect(ledger.status()).toMatchObject({ abandonedAtStart: abandoned, keptAside: null, writable: true });
    await ledger.close();
  });
});
