import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { picoUsd } from '../../src/canonical/money.ts';
import type { AttemptOpening, Ledger } from '../../src/ledger/ledger.ts';
import { readSpentSince } from '../../src/ledger/questions/spent-since.ts';
import { openSqliteLedger } from '../../src/ledger/sqlite-ledger.ts';
import { createCaps } from '../../src/limits/caps.ts';
import type { Caps } from '../../src/limits/caps.ts';
import { opened, openingOf, recordingLogger, settlementOf, temporaryFolder } from '../ledger/attempts.ts';
import { capOf, DOLLAR, PLAIN_PRICES, refusalOf, requestOf } from './attempts.ts';

const NOW = Date.parse('2026-01-15T11:00Z');
const CAP = new Map([['prod', capOf(1, 'month')]]);

/** A daemon's start, as far as money goes. */
function startOn(path: string): { ledger: Ledger; caps: Caps } {
  const { logger } = recordingLogger();
  const ledger = openSqliteLedger({ path, logger, now: () => NOW });
  const caps = createCaps({
    caps: () => CAP,
    prices: () => PLAIN_PRICES,
    spentSince: (profile, from) => readSpentSince(path, profile, from, Number.MAX_SAFE_INTEGER),
    now: () => NOW,
    timeZone: 'Europe/Berlin',
  });
  return { ledger, caps };
}

function row(changes: Partial<AttemptOpening> = {}): AttemptOpening {
  return openingOf({ profile: 'prod', openedAt: NOW - 1_000, ...changes });
}

describe('a cap over a restart', () => {
  it('goes on where the ledger stands, and not by what only the daemon before knew', async () => {
    const path = join(temporaryFolder(), 'ledger.sqlite');
    const before = startOn(path);
    const inFlight = before.caps.admit(requestOf({ at: NOW, maxOutputTokens: 100_000 }));
    const spent = before.caps.admit(requestOf({ at: NOW, maxOutputTokens: 600_000 }));
    const opening = row();
    expect(await opened(before.ledger, opening)).toBeNull();
    expect(await opened(before.ledger, row({ profile: 'work' }))).toBeNull();
    const costPico = picoUsd(600_000_000_000);
    before.ledger.settle(settlementOf(opening, { costPico, settledAt: NOW }));
    spent.settle(costPico, NOW);
    // Its row is never settled: the daemon dies.
    expect(await opened(before.ledger, row())).toBeNull();
    expect(before.caps.status('prod')).toMatchObject({ spent: (DOLLAR * 6n) / 10n });
    expect(before.caps.status('prod')?.reserved).toBeGreaterThan(DOLLAR / 10n);
    await before.ledger.close();

    const after = startOn(path);
    expect(after.ledger.status().abandonedAtStart).toBe(2);
    expect(after.caps.status('prod')).toMatchObject({ spent: (DOLLAR * 6n) / 10n, reserved: 0n });
    expect(refusalOf(() => after.caps.admit(requestOf({ at: NOW, maxOutputTokens: 400_000 }))).code).toBe(
      'budget_exceeded',
    );
    after.caps.admit(requestOf({ at: NOW, maxOutputTokens: 390_000 })).settle(picoUsd(0), NOW);
    inFlight.settle(null, NOW);
    await after.ledger.close();
  });

  it('has a cap that comes late begin with all that was spent in its period', async () => {
    const path = join(temporaryFolder(), 'ledger.sqlite');
    const { ledger, caps } = startOn(path);
    const lastMonth = row({ openedAt: Date.parse('2025-12-31T22:59:00Z') });
    const thisMonth = row({ openedAt: Date.parse('2025-12-31T23:00:30Z') });
    for (const opening of [lastMonth, thisMonth]) {
      await opened(ledger, opening);
      ledger.settle(settlementOf(opening, { settledAt: opening.openedAt + 1, costPico: picoUsd(7) }));
    }
    await ledger.flush();
    expect(caps.status('prod')).toMatchObject({ spent: 7n, resetsAt: Date.parse('2026-01-31T23:00Z') });
    await ledger.close();
  });
});
