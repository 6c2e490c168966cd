import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Connection } from '../../src/ledger/database.ts';
import { LedgerReadError, LedgerTooNewError } from '../../src/ledger/ledger-errors.ts';
import { openLedgerFile } from '../../src/ledger/ledger-file.ts';
import { APPLICATION_ID } from '../../src/ledger/migrate.ts';
import { readSpend } from '../../src/ledger/questions/spend.ts';
import type { SpendReport } from '../../src/ledger/questions/spend.ts';
import { SPEND_GROUPS } from '../../src/ledger/questions/spend-query.ts';
import { timeBuckets } from '../../src/ledger/questions/time-buckets.ts';
import { QUARTER_MS, rollUpUntil } from '../../src/ledger/roll-up.ts';
import { Database, temporaryFolder } from './attempts.ts';

const HOUR_MS = 4 * QUARTER_MS;
const START = Date.UTC(2025, 9, 25, 20, 0);
const SPAN_MS = 10 * HOUR_MS;

interface Row {
  readonly settledAt: number | null;
  readonly target: string | null;
  readonly provider: string | null;
  readonly requestedModel: string | null;
  readonly profile: string;
  readonly key: string | null;
  readonly client: string | null;
  readonly demo: boolean;
  readonly local: boolean;
  readonly number: number;
  readonly final: boolean;
  readonly outcome: string;
  readonly input: number | null;
  readonly output: number | null;
  readonly cost: number | null;
  readonly saved: number | null;
  readonly estimated: boolean;
  readonly unpriced: boolean;
}

const BASE: Row = {
  settledAt: START,
  target: 'openai/gpt-4o',
  provider: 'openai',
  requestedModel: 'gpt-4o',
  profile: 'default',
  key: 'key_1',
  client: 'curl',
  demo: false,
  local: false,
  number: 1,
  final: true,
  outcome: 'answered',
  input: 10,
  output: 5,
  cost: 1_000,
  saved: null,
  estimated: false,
  unpriced: false,
};

function insert(connection: Connection, rows: readonly Row[]): void {
  const statement = connection.prepare(`
    INSERT INTO attempts (exchange_id, number, opened_at, endpoint, target, provider, local, requested_model, stream, client,
      key_id, profile, demo, outcome, final, settled_at, input_tokens, output_tokens, estimated, cost_pico, unpriced, saved_pico)
    VALUES (?, ?, 0, 'chat/completions', ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const first = Number(connection.prepare('SELECT count(*) FROM attempts').pluck().get());
  rows.forEach((row, index) => {
    const open = row.settledAt === null;
    statement.run(
      `exchange ${first + index}`,
      row.number,
      row.target,
      row.provider,
      row.local ? 1 : 0,
      row.requestedModel,
      row.client,
      row.key,
      row.profile,
      row.demo ? 1 : 0,
      open ? null : row.outcome,
      open ? null : Number(row.final),
      row.settledAt,
      open ? null : row.input,
      open ? null : row.output,
      open ? null : Number(row.estimated),
      open ? null : row.cost,
      open ? null : Number(row.unpriced),
      open ? null : row.saved,
    );
  });
}

function fileWith(rows: readonly Row[]): { path: string; connection: Connection } {
  const path = join(temporaryFolder(), 'ledger.sqlite');
  const { connection } = openLedgerFile(path, START, 0);
  insert(connection, rows);
  return { path, connection };
}

type Told = Record<
  string,
  { requests: number; attempts: number; failed: number; tokens: number; cost: bigint; saved: bigint; marks: number }
>;

/** The same report, worked out from the rows one by one. */
function recompute(
  rows: readonly Row[],
  by: (typeof SPEND_GROUPS)[number],
  from: number,
  to: number,
  demo: boolean,
  zone: string,
): Told {
  const told: Told = {};
  const buckets = by === 'day' || by === 'hour' ? timeBuckets(from, to, by, zone) : [];
  for (const row of rows) {
    const at = row.settledAt;
    if (at === null || at < from || at >= to || (row.demo && !demo)) continue;
    const quarter = Math.floor(at / QUARTER_MS);
    const inBucket =
      buckets.find(({ fromQuarter, toQuarter }) => quarter >= fromQuarter && quarter < toQuarter)?.label ?? null;
    const model = row.target === null ? row.requestedModel : row.target.slice(row.target.indexOf('/') + 1);
    const values = {
      model,
      provider: row.provider,
      profile: row.profile,
      key: row.key,
      client: row.client,
      day: inBucket,
      hour: inBucket,
    };
    const name = `${values[by] ?? '-'} ${row.demo}`;
    const sums = (told[name] ??= { requests: 0, attempts: 0, failed: 0, tokens: 0, cost: 0n, saved: 0n, marks: 0 });
    sums.requests += Number(row.final);
    sums.attempts += Number(row.number > 0);
    sums.failed += Number(row.final && !['answered', 'client_left'].includes(row.outcome));
    sums.tokens += (row.input ?? 0) * 1000 + (row.output ?? 0);
    sums.cost += BigInt(row.cost ?? 0);
    sums.saved += BigInt(row.saved ?? 0);
    sums.marks += Number(row.unpriced) * 1000 + Number(row.estimated);
  }
  return told;
}

function toldBy(report: SpendReport): Told {
  return Object.fromEntries(
    report.rows.map((row) => [
      `${row.value ?? '-'} ${row.demo}`,
      {
        requests: row.requests,
        attempts: row.attempts,
        failed: row.failed,
        tokens: row.inputTokens * 1000 + row.outputTokens,
        cost: row.cost ?? 0n,
        saved: row.saved,
        marks: row.unpriced * 1000 + row.estimated,
      },
    ]),
  );
}

/** A connection whose process dies when it begins its `last`th transaction. */
function dyingAt(connection: Connection, last: number): Connection {
  let begun = 0;
  return new Proxy(connection, {
    get(target, name) {
      if (name === 'transaction' && ++begun >= last) throw new Error('killed');
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

const text = (...values: string[]): fc.Arbitrary<string | null> => fc.constantFrom(null, ...values);
const tokens = fc.option(fc.integer({ min: 0, max: 100_000 }), { nil: null });
const row: fc.Arbitrary<Row> = fc
  .record({
    settledAt: fc.option(fc.integer({ min: START, max: START + SPAN_MS }), { nil: null, freq: 20 }),
    target: fc.constantFrom('openai/gpt-4o', 'ollama/qwen3:8b', 'openai/openai/gpt-oss', null),
    requestedModel: text('gpt-4o', 'nonsense'),
    profile: fc.constantFrom('dev', 'prod'),
    key: text('key_1', 'key_2'),
    client: text('curl', 'openai-python'),
    demo: fc.boolean(),
    local: fc.boolean(),
    number: fc.integer({ min: 0, max: 2 }),
    final: fc.boolean(),
    outcome: fc.constantFrom('answered', 'failed', 'client_left', 'refused', 'abandoned'),
    input: tokens,
    output: tokens,
    cost: fc.option(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), { nil: null }),
    saved: fc.option(fc.integer({ min: 0, max: 1e15 }), { nil: null }),
    estimated: fc.boolean(),
    unpriced: fc.boolean(),
  })
  .map((fields) => ({ ...fields, provider: fields.target?.split('/')[0] ?? null }));

describe('the roll-up', () => {
  it('gives every report that the rows themselves give, however often it was built and wherever it was killed', () => {
    const zones = fc.constantFrom('UTC', 'Europe/Berlin', 'Asia/Kathmandu', 'Australia/Lord_Howe');
    const moment = fc.integer({ min: START - HOUR_MS, max: START + SPAN_MS + HOUR_MS });
    const steps = fc.array(fc.record({ until: moment, dyingAt: fc.integer({ min: 1, max: 60 }) }), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(
        fc.array(row, { minLength: 10, maxLength: 120, size: 'max' }),
        steps,
        moment,
        moment,
        fc.boolean(),
        zones,
        (rows, builds, one, other, demo, zone) => {
          const { path, connection } = fileWith(rows);
          for (const build of builds) {
            const until = Math.floor(build.until / QUARTER_MS) * QUARTER_MS;
            try {
              // One quarter for each transaction: the most places to die in between.
              rollUpUntil(dyingAt(connection, build.dyingAt), until, 1);
            } catch (error) {
              expect(error).toMatchObject({ message: 'killed' });
            }
          }
          connection.close();
          const [from, to] = [Math.min(one, other), Math.max(one, other) + 1];
          for (const by of SPEND_GROUPS) {
            const report = readSpend(path, { by, from, to, includeDemo: demo, timeZone: zone });
            expect(toldBy(report), by).toEqual(recompute(rows, by, from, to, demo, zone));
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it('closes quarters in the order of time, a few at a time, and never changes one that is closed', () => {
    const rows = Array.from({ length: 400 }, (_, index) => ({
      ...BASE,
      settledAt: START + index * QUARTER_MS,
      target: `openai/model-${index % 3}`,
      key: `key_${index % 5}`,
    }));
    const { connection } = fileWith(rows);
    const closed = (): unknown[] =>
      connection
        .prepare('SELECT * FROM roll_up WHERE quarter < ? ORDER BY grouping, value, quarter')
        .all((START + 100 * QUARTER_MS) / QUARTER_MS);
    rollUpUntil(connection, START + 100 * QUARTER_MS);
    const before = closed();
    rollUpUntil(connection, START + 400 * QUARTER_MS);
    rollUpUntil(connection, START + 50 * QUARTER_MS);
    expect(before.length).toBeGreaterThan(500);
    expect(closed()).toEqual(before);
    expect(connection.prepare('SELECT rolled_up_until, first_pending_id FROM ledger_state').get()).toEqual({
      rolled_up_until: START + 400 * QUARTER_MS,
      first_pending_id: 401,
    });
    connection.close();
  });

  it('waits behind a row that is still open, and takes it in when it is settled', () => {
    const { path, connection } = fileWith([BASE, { ...BASE, settledAt: null }, BASE]);
    rollUpUntil(connection, START + QUARTER_MS);
    expect(connection.prepare('SELECT first_pending_id FROM ledger_state').pluck().get()).toBe(2);
    const query = { by: 'model', from: START, to: START + 9 * HOUR_MS, includeDemo: false } as const;
    expect(readSpend(path, query).total.requests).toBe(2);
    connection
      .prepare(`UPDATE attempts SET settled_at = ?, final = 1, outcome = 'answered' WHERE id = 2`)
      .run(START + HOUR_MS);
    expect(readSpend(path, query).total.requests).toBe(3);
    rollUpUntil(connection, START + 2 * HOUR_MS);
    expect(readSpend(path, query).total.requests).toBe(3);
    expect(connection.prepare('SELECT first_pending_id FROM ledger_state').pluck().get()).toBe(4);
    connection.close();
  });
});

describe('the report', () => {
  const query = { by: 'model', from: START, to: START + HOUR_MS, includeDemo: false } as const;

  it('is empty without a file, and of a file that holds nothing', () => {
    const folder = temporaryFolder();
    expect(readSpend(join(folder, 'none.sqlite'), query)).toMatchObject({ rows: [], total: { requests: 0, cost: 0n } });
    const blank = join(folder, 'blank.sqlite');
    writeFileSync(blank, '');
    expect(readSpend(blank, { ...query, by: 'day' })).toMatchObject({ rows: [], buckets: [] });
  });

  it('refuses a newer file, and says of a damaged one what happens with it', () => {
    const folder = temporaryFolder();
    const newer = join(folder, 'newer.sqlite');
    const connection = new Database(newer);
    connection.pragma(`application_id = ${APPLICATION_ID}`);
    connection.pragma('user_version = 999');
    connection.close();
    expect(() => readSpend(newer, query)).toThrow(LedgerTooNewError);
    const damaged = join(folder, 'damaged.sqlite');
    writeFileSync(damaged, Buffer.alloc(9_000, 'x'));
    expect(() => readSpend(damaged, query)).toThrow(LedgerReadError);
  });

  it('works while another connection writes, and after the last one is closed', () => {
    const { path, connection } = fileWith([BASE]);
    connection.exec('BEGIN IMMEDIATE');
    insert(connection, [{ ...BASE, number: 2 }]);
    expect(readSpend(path, query).total.attempts).toBe(1);
    connection.exec('COMMIT');
    expect(readSpend(path, query).total.attempts).toBe(2);
    connection.close();
    expect(readSpend(path, query).total.attempts).toBe(2);
  });

  it('sums more than a float or a safe integer holds, to the last pico-dollar', () => {
    const { path, connection } = fileWith(
      Array.from({ length: 3 }, () => ({ ...BASE, cost: Number.MAX_SAFE_INTEGER })),
    );
    expect(readSpend(path, query).total.cost).toBe(3n * BigInt(Number.MAX_SAFE_INTEGER));
    rollUpUntil(connection, START + QUARTER_MS);
    expect(readSpend(path, query).total.cost).toBe(3n * BigInt(Number.MAX_SAFE_INTEGER));
    connection.close();
  });

  it('does not tell 0 for what has no price', () => {
    const { path, connection } = fileWith([
      { ...BASE, target: 'groq/new', provider: 'groq', cost: null, unpriced: true },
      { ...BASE, target: 'ollama/free', provider: 'ollama', cost: 0, local: true, saved: 77 },
    ]);
    connection.close();
    const report = readSpend(path, query);
    expect(report.rows.map(({ value, cost, unpriced, saved }) => [value, cost, unpriced, saved])).toEqual([
      ['free', 0n, 0, 77n],
      ['new', null, 1, 0n],
    ]);
    expect(report.total).toMatchObject({ cost: 0n, unpriced: 1, localTokens: 15 });
  });

  it('tells how many demo requests it left out', () => {
    const { path, connection } = fileWith([BASE, { ...BASE, target: 'demo/echo', provider: 'demo', demo: true }]);
    connection.close();
    expect(readSpend(path, query)).toMatchObject({ demoLeftOut: 1, total: { requests: 1 } });
    expect(readSpend(path, { ...query, includeDemo: true })).toMatchObject({ demoLeftOut: 0, total: { requests: 2 } });
  });

  it('has the dearest first, and time in its order', () => {
    const costs: [string, number][] = [
      ['openai/a', 5],
      ['openai/b', 50],
      ['openai/c', 7],
    ];
    const { path, connection } = fileWith(
      costs.map(([target, cost], index) => ({ ...BASE, target, cost, settledAt: START + (2 - index) * HOUR_MS })),
    );
    connection.close();
    const wide = { ...query, to: START + 9 * HOUR_MS, timeZone: 'UTC' };
    expect(readSpend(path, wide).rows.map(({ value }) => value)).toEqual(['b', 'c', 'a']);
    const hours = readSpend(path, { ...wide, by: 'hour' });
    expect(hours.rows.map(({ value }) => value)).toEqual([
      '2025-10-25T20:00+00:00',
      '2025-10-25T21:00+00:00',
      '2025-10-25T22:00+00:00',
    ]);
    expect(hours.buckets).toHaveLength(9);
  });
});
