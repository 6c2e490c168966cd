import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Connection } from '../../src/ledger/database.ts';
import { LedgerReadError } from '../../src/ledger/ledger-errors.ts';
import { openLedgerFile } from '../../src/ledger/ledger-file.ts';
import { OVERVIEW_GROUPS, readSpendOverview } from '../../src/ledger/questions/overview.ts';
import type { OverviewGroup, OverviewPoint } from '../../src/ledger/questions/overview.ts';
import type { SpendSums } from '../../src/ledger/questions/spend.ts';
import { readSpentSince } from '../../src/ledger/questions/spent-since.ts';
import { QUARTER_MS, rollUpUntil } from '../../src/ledger/roll-up.ts';
import { temporaryFolder } from './attempts.ts';

const HOUR_MS = 4 * QUARTER_MS;
const DAY_MS = 24 * HOUR_MS;
/** A Tuesday, two days after the clocks went forward in Berlin. */
const NOW = Date.parse('2026-03-31T15:07:08Z');
const MILLION = 1_000_000;

interface Row {
  readonly settledAt: number | null;
  readonly model: string;
  readonly provider: string;
  readonly profile: string;
  readonly client: string | null;
  readonly demo: boolean;
  readonly final: boolean;
  readonly input: number | null;
  readonly cost: number | null;
  readonly unpriced: boolean;
  readonly saved: number | null;
}

const BASE: Row = {
  settledAt: NOW - 1,
  model: 'gpt-4o',
  provider: 'openai',
  profile: 'prod',
  client: 'curl',
  demo: false,
  final: true,
  input: 10,
  cost: 1_000,
  unpriced: false,
  saved: null,
};

function fileWith(rows: readonly Row[]): { path: string; connection: Connection } {
  const path = join(temporaryFolder(), 'ledger.sqlite');
  const { connection } = openLedgerFile(path, NOW, 0);
  const statement = connection.prepare(`
    INSERT INTO attempts (exchange_id, number, opened_at, endpoint, target, provider, local, requested_model, stream,
      client, profile, demo, outcome, final, settled_at, input_tokens, estimated, cost_pico, unpriced, saved_pico)
    VALUES (?, 1, 0, 'chat/completions', ?, ?, 0, 'm', 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  rows.forEach((row, index) => {
    const { settledAt, provider } = row;
    const ended = settledAt === null ? [null, null, null] : ['answered', Number(row.final), settledAt];
    const booked = [row.input, 0, row.cost, Number(row.unpriced), row.saved];
    const values = settledAt === null ? booked.map(() => null) : booked;
    statement.run(
      `exchange ${index}`,
      `${provider}/${row.model}`,
      provider,
      row.client,
      row.profile,
      Number(row.demo),
      ...ended,
      ...values,
    );
  });
  return { path, connection };
}

/** The same, worked out from the rows one by one. */
interface Plain {
  readonly requests: number;
  readonly tokens: number;
  readonly cost: bigint;
  readonly unpriced: number;
  readonly saved: bigint;
}

function plainOf(rows: readonly Row[]): Plain {
  const sum = (valueOf: (row: Row) => number | null): bigint =>
    rows.reduce((total, row) => total + BigInt(valueOf(row) ?? 0), 0n);
  return {
    requests: Number(sum((row) => Number(row.final))),
    tokens: Number(sum((row) => row.input)),
    cost: sum((row) => row.cost),
    unpriced: Number(sum((row) => Number(row.unpriced))),
    saved: sum((row) => row.saved),
  };
}

function told(sums: SpendSums): Plain {
  const { requests, inputTokens: tokens, cost, unpriced, saved } = sums;
  return { requests, tokens, cost: cost ?? 0n, unpriced, saved };
}

/** `2026-03-31` and the number of its weekday, Monday first, as ICU knows them. */
function calendarDay(at: number, timeZone: string): { date: string; weekday: number } {
  const date = new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(at);
  const name = new Intl.DateTimeFormat('en-US', { timeZone, weekday: 'short' }).format(at);
  return { date, weekday: ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'].indexOf(name) };
}

const row: fc.Arbitrary<Row> = fc.record({
  settledAt: fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: NOW - 40 * DAY_MS, max: NOW }) },
    { weight: 4, arbitrary: fc.integer({ min: NOW - 2 * DAY_MS, max: NOW }) },
    { weight: 3, arbitrary: fc.integer({ min: NOW - HOUR_MS - 5_000, max: NOW + 5_000 }) },
    { weight: 1, arbitrary: fc.constant(null) },
  ),
  model: fc.constantFrom('gpt-4o', 'o4-mini', 'qwen3:8b'),
  provider: fc.constantFrom('openai', 'ollama'),
  profile: fc.constantFrom('dev', 'prod'),
  client: fc.constantFrom('curl', 'zed', null),
  demo: fc.boolean(),
  final: fc.boolean(),
  input: fc.option(fc.nat(100_000)),
  cost: fc.option(fc.nat({ max: Number.MAX_SAFE_INTEGER })),
  unpriced: fc.boolean(),
  saved: fc.option(fc.nat(1e12)),
});
const zones = fc.constantFrom('UTC', 'Europe/Berlin', 'Asia/Kathmandu', 'America/St_Johns', 'Pacific/Auckland');
const rolledUp = fc.integer({ min: NOW - 42 * DAY_MS, max: NOW });

describe('the overview', () => {
  it('gives the sums that the rows themselves give, however much of them is rolled up', () => {
    fc.assert(
      fc.property(
        fc.array(row, { minLength: 20, maxLength: 150, size: 'max' }),
        rolledUp,
        fc.integer({ min: NOW - 9 * DAY_MS, max: NOW }),
        fc.boolean(),
        zones,
        (rows, until, now, includeDemo, timeZone) => {
          const { path, connection } = fileWith(rows);
          rollUpUntil(connection, Math.floor(Math.min(until, now) / QUARTER_MS) * QUARTER_MS);
          connection.close();
          const overview = readSpendOverview(path, { now, timeZone, includeDemo });
          const past = rows.filter(({ settledAt }) => settledAt !== null && settledAt <= now);
          const counted = past.filter(({ demo }) => includeDemo || !demo);
          const dayOf = ({ settledAt }: Row) => calendarDay(settledAt ?? 0, timeZone);
          const today = calendarDay(now, timeZone);
          const monday = new Date(Date.parse(today.date) - today.weekday * DAY_MS).toISOString().slice(0, 10);
          const month = counted.filter((one) => dayOf(one).date.slice(0, 7) === today.date.slice(0, 7));
          expect(told(overview.today)).toEqual(plainOf(counted.filter((one) => dayOf(one).date === today.date)));
          expect(told(overview.week)).toEqual(plainOf(counted.filter((one) => dayOf(one).date >= monday)));
          expect(told(overview.month)).toEqual(plainOf(month));
          const since = (from: number) => plainOf(counted.filter(({ settledAt }) => (settledAt ?? 0) >= from));
          expect(overview.burnPerHour).toBe(since(now - HOUR_MS).cost);
          for (const by of OVERVIEW_GROUPS) checkGroups(overview.groups[by], month, by);
          checkPoints(overview.hours, counted, now);
          checkPoints(overview.days, counted, now);
          for (const { from, label } of overview.days) expect(calendarDay(from, timeZone).date).toBe(label);
        },
      ),
      { numRuns: 40 },
    );
  });

  function checkGroups(groups: readonly OverviewGroup[], month: readonly Row[], by: (typeof OVERVIEW_GROUPS)[number]) {
    const total = plainOf(month).cost;
    const nameOf = (value: string | null, demo: boolean) => `${value ?? '-'} ${demo}`;
    const expected = new Map<string, Row[]>();
    for (const one of month) {
      const name = nameOf(one[by], one.demo);
      expected.set(name, [...(expected.get(name) ?? []), one]);
    }
    expect(new Map(groups.map((group) => [nameOf(group.value, group.demo), told(group)]))).toEqual(
      new Map([...expected].map(([name, mine]) => [name, plainOf(mine)])),
    );
    for (const { cost, share } of groups) {
      expect(Math.abs(share - (total === 0n ? 0 : Number(cost ?? 0n) / Number(total)))).toBeLessThan(0.0002);
    }
  }

  function checkPoints(points: readonly OverviewPoint[], rows: readonly Row[], now: number): void {
    points.forEach(({ from, cost, saved, unpriced, requests }, index) => {
      const to = points[index + 1]?.from ?? now + 1;
      const plain = plainOf(rows.filter(({ settledAt }) => settledAt !== null && settledAt >= from && settledAt < to));
      expect({ cost, saved, unpriced, requests }).toEqual({
        cost: plain.cost,
        saved: plain.saved,
        unpriced: plain.unpriced,
        requests: plain.requests,
      });
    });
  }

  it.each(['UTC', 'Europe/Berlin', 'Asia/Kathmandu', 'Australia/Lord_Howe'])(
    'has 24 hours and 30 days of %s, also without a file',
    (timeZone) => {
      const path = join(temporaryFolder(), 'none.sqlite');
      for (let hour = 0; hour < 24 * 40; hour += 7) {
        const now = NOW + hour * HOUR_MS + 123;
        const { hours, days, today, month, burnPerHour, projection, groups, groupCounts } = readSpendOverview(path, {
          now,
          timeZone,
          includeDemo: false,
        });
        expect([hours.length, days.length]).toEqual([24, 30]);
        expect(new Set([...hours, ...days].map(({ label }) => label)).size).toBe(54);
        expect(hours.at(-1)?.from).toBeGreaterThan(now - HOUR_MS);
        expect(days.at(-1)?.label).toBe(calendarDay(now, timeZone).date);
        expect([today.requests, today.cost, month.cost, burnPerHour, projection.cost]).toEqual([0, 0n, 0n, 0n, 0n]);
        expect(groups).toEqual({ model: [], provider: [], profile: [], client: [] });
        expect(groupCounts).toEqual({ model: 0, provider: 0, profile: 0, client: 0 });
      }
    },
  );

  it('shows the twenty dearest and says how many there are', () => {
    const rows = Array.from({ length: 30 }, (_, index) => ({ ...BASE, model: `m${index}`, cost: index * MILLION }));
    const { path, connection } = fileWith([...rows, { ...BASE, demo: true }]);
    connection.close();
    const overview = readSpendOverview(path, { now: NOW, timeZone: 'UTC', includeDemo: false });
    expect(overview.groups.model.map(({ value }) => value)).toEqual(
      Array.from({ length: 20 }, (_, index) => `m${29 - index}`),
    );
    expect(overview.groupCounts).toEqual({ model: 30, provider: 1, profile: 1, client: 1 });
    expect(overview.groups.model[0]?.share).toBe(0.0666);
    expect(overview.demoLeftOut).toBe(1);
  });

  it('does not tell 0 for a month of which no price is known', () => {
    const { path, connection } = fileWith([{ ...BASE, cost: null, unpriced: true }]);
    connection.close();
    const { month, projection } = readSpendOverview(path, { now: NOW, timeZone: 'UTC', includeDemo: false });
    expect(month).toMatchObject({ cost: null, unpriced: 1 });
    expect(projection.cost).toBe(0n);
  });

  it('refuses a damaged file as every question does', () => {
    const path = join(temporaryFolder(), 'damaged.sqlite');
    writeFileSync(path, Buffer.alloc(9_000, 'x'));
    expect(() => readSpendOverview(path, { now: NOW, timeZone: 'UTC', includeDemo: false })).toThrow(LedgerReadError);
    expect(() => readSpentSince(path, 'prod', 0, NOW)).toThrow(LedgerReadError);
  });
});

describe('the projection', () => {
  const NOON = Date.parse('2026-03-21T12:00Z');
  /** Ten and a half days are left of March. */
  const LEFT_DAYS = 10.5;
  const project = (rows: readonly Row[]) => {
    const { path, connection } = fileWith(rows);
    connection.close();
    return readSpendOverview(path, { now: NOON, timeZone: 'UTC', includeDemo: false }).projection.cost;
  };
  const at = (daysAgo: number, cost: number): Row => ({ ...BASE, settledAt: NOON - daysAgo * DAY_MS - 1_000, cost });

  it('goes on at the pace of the last seven days', () => {
    const rows = [at(15, 70 * MILLION), at(6, 3 * MILLION), at(2, 4 * MILLION)];
    expect(project(rows)).toBe(77n * BigInt(MILLION) + BigInt(LEFT_DAYS * MILLION));
  });

  it('takes fewer days where there are fewer, and never less than one', () => {
    // The days are counted from the quarter hour of the first attempt, where the roll-up has it.
    expect(project([{ ...at(2, 4 * MILLION), settledAt: NOON - 2 * DAY_MS }])).toBe(
      4n * BigInt(MILLION) + BigInt(LEFT_DAYS * 2 * MILLION),
    );
    expect(project([at(0, 4 * MILLION)])).toBe(4n * BigInt(MILLION) + BigInt(LEFT_DAYS * 4 * MILLION));
  });

  it('is the month itself when the week was idle', () => {
    expect(project([at(12, 5 * MILLION)])).toBe(5n * BigInt(MILLION));
  });
});

describe('what a profile spent since a time', () => {
  it('is what its rows cost, those without a price left out', () => {
    fc.assert(
      fc.property(
        fc.array(row, { minLength: 20, maxLength: 100, size: 'max' }),
        rolledUp,
        rolledUp,
        (rows, until, from) => {
          const { path, connection } = fileWith(rows);
          rollUpUntil(connection, Math.floor(until / QUARTER_MS) * QUARTER_MS);
          connection.close();
          for (const profile of ['dev', 'prod', 'none']) {
            const mine = rows.filter(
              (one) =>
                one.profile === profile && !one.demo && (one.settledAt ?? 0) >= from && (one.settledAt ?? NOW) < NOW,
            );
            const { cost } = plainOf(mine);
            expect(readSpentSince(path, profile, from, NOW)).toBe(cost);
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it('is nothing without a file', () => {
    expect(readSpentSince(join(temporaryFolder(), 'none.sqlite'), 'prod', 0, NOW)).toBe(0n);
  });
});
