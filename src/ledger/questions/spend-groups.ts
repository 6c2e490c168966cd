import type { Connection } from '../database.ts';
import { GROUPINGS, MEASURE_NAMES, MEASURES, QUARTER_MS, readState } from '../roll-up.ts';
import type { Grouping } from '../roll-up.ts';
import type { SpendQuery } from './spend-query.ts';
import { addUp, sumsFrom } from './spend-sums.ts';
import type { Sums } from './spend-sums.ts';
import type { TimeBucket } from './time-buckets.ts';

/** The sums of one value of what is grouped by. */
export interface Group {
  readonly value: string;
  readonly demo: boolean;
  readonly sums: Sums;
}

export interface ReadGroups {
  readonly groups: readonly Group[];
  /** Requests to the demo model that were left out. */
  readonly demoLeftOut: number;
}

/** A stretch of time, in UTC milliseconds, the end exclusive, and the ids between which its attempts lie. */
interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly firstId: number;
  readonly lastId: number;
}

const MEASURED_ROWS = MEASURE_NAMES.map((name) => MEASURES[name]).join(', ');
const MEASURED_ROLL_UP = MEASURE_NAMES.map((name) => `sum(${name})`).join(', ');

/**
 * Whole quarters from the roll-up; from the attempts themselves what is not in it yet, and the ends of a range that
 * begins or ends within a quarter. `buckets`: the days or hours to sum by; `null`: grouped by something else.
 */
export function readGroups(
  connection: Connection,
  query: SpendQuery,
  buckets: readonly TimeBucket[] | null,
): ReadGroups {
  const grouping: Grouping = query.by === 'day' || query.by === 'hour' ? 'total' : query.by;
  const { rolledUpUntil, firstPendingId } = readState(connection);
  const closedTo = Math.min(query.to, rolledUpUntil);
  const fromQuarter = Math.ceil(query.from / QUARTER_MS);
  const toQuarter = Math.floor(closedTo / QUARTER_MS);
  const groups = new Groups(query.includeDemo);
  if (query.from < closedTo) {
    if (fromQuarter < toQuarter) {
      if (buckets === null) addRollUp(connection, groups, grouping, fromQuarter, toQuarter);
      else addRollUpByTime(connection, groups, buckets, fromQuarter, toQuarter);
    }
    for (const [from, to] of partialQuarters(query.from, closedTo)) {
      const ids = idsOf(connection, Math.floor(from / QUARTER_MS));
      if (ids !== null) addRows(connection, groups, grouping, { from, to, ...ids }, buckets);
    }
  }
  if (query.to > rolledUpUntil) {
    const from = Math.max(query.from, rolledUpUntil);
    const pending = { from, to: query.to, firstId: firstPendingId, lastId: Number.MAX_SAFE_INTEGER };
    addRows(connection, groups, grouping, pending, buckets);
  }
  return groups.read();
}

class Groups {
  readonly #includeDemo: boolean;
  readonly #groups = new Map<string, Group>();
  #demoLeftOut = 0;

  constructor(includeDemo: boolean) {
    this.#includeDemo = includeDemo;
  }

  add(value: string, demo: boolean, sums: Sums): void {
    if (demo && !this.#includeDemo) {
      this.#demoLeftOut += Number(sums.requests);
      return;
    }
    const name = `${demo ? 1 : 0}${value}`;
    const known = this.#groups.get(name);
    this.#groups.set(name, { value, demo, sums: known === undefined ? sums : addUp(known.sums, sums) });
  }

  read(): ReadGroups {
    return { groups: [...this.#groups.values()], demoLeftOut: this.#demoLeftOut };
  }
}

/** The parts of [`from`, `to`) that are not whole quarters: none, one or two. */
function partialQuarters(from: number, to: number): [number, number][] {
  const firstWhole = Math.ceil(from / QUARTER_MS) * QUARTER_MS;
  const lastWhole = Math.floor(to / QUARTER_MS) * QUARTER_MS;
  if (firstWhole > lastWhole) return [[from, to]];
  const parts: [number, number][] = [
    [from, firstWhole],
    [lastWhole, to],
  ];
  return parts.filter(([start, end]) => start < end);
}

function idsOf(connection: Connection, quarter: number): { firstId: number; lastId: number } | null {
  const ids = connection.prepare('SELECT first_id, last_id FROM quarters WHERE quarter = ?').raw().get(quarter) as
    [number, number] | undefined;
  return ids === undefined ? null : { firstId: ids[0], lastId: ids[1] };
}

function addRollUp(connection: Connection, groups: Groups, grouping: Grouping, from: number, to: number): void {
  const rows = connection
    .prepare(
      `SELECT value, demo, ${MEASURED_ROLL_UP} FROM roll_up
       WHERE grouping = ? AND quarter >= ? AND quarter < ? GROUP BY value, demo`,
    )
    .raw()
    .safeIntegers()
    .all(grouping, from, to) as [string, bigint, ...unknown[]][];
  for (const row of rows) groups.add(row[0], row[1] === 1n, sumsFrom(row, 2));
}

/** The buckets are put in as a table, so that each is one run along the key. */
function addRollUpByTime(
  connection: Connection,
  groups: Groups,
  buckets: readonly TimeBucket[],
  from: number,
  to: number,
): void {
  const table = JSON.stringify(
    buckets.map(({ label, fromQuarter, toQuarter }) => [label, Math.max(from, fromQuarter), Math.min(to, toQuarter)]),
  );
  const rows = connection
    .prepare(
      `SELECT bucket.value ->> 0, kind.demo, ${MEASURED_ROLL_UP}
       FROM json_each(?) AS bucket
       CROSS JOIN (SELECT 0 AS demo UNION ALL SELECT 1) AS kind
       CROSS JOIN roll_up ON roll_up.grouping = 'total' AND roll_up.value = '' AND roll_up.demo = kind.demo
         AND roll_up.quarter >= bucket.value ->> 1 AND roll_up.quarter < bucket.value ->> 2
       GROUP BY bucket.key, kind.demo`,
    )
    .raw()
    .safeIntegers()
    .all(table) as [string, bigint, ...unknown[]][];
  for (const row of rows) groups.add(row[0], row[1] === 1n, sumsFrom(row, 2));
}

function addRows(
  connection: Connection,
  groups: Groups,
  grouping: Grouping,
  stretch: Stretch,
  buckets: readonly TimeBucket[] | null,
): void {
  const value = buckets === null ? GROUPINGS[grouping] : `settled_at / ${QUARTER_MS}`;
  const rows = connection
    .prepare(
      `SELECT ${value}, demo, ${MEASURED_ROWS} FROM attempts
       WHERE id >= ? AND id <= ? AND settled_at >= ? AND settled_at < ? GROUP BY 1, 2`,
    )
    .raw()
    .safeIntegers()
    .all(stretch.firstId, stretch.lastId, stretch.from, stretch.to) as [string | bigint, bigint, ...unknown[]][];
  for (const row of rows) {
    const label = buckets === null ? String(row[0]) : bucketOf(buckets, Number(row[0]));
    groups.add(label, row[1] === 1n, sumsFrom(row, 2));
  }
}

function bucketOf(buckets: readonly TimeBucket[], quarter: number): string {
  let low = 0;
  let high = buckets.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((buckets[middle]?.fromQuarter ?? Infinity) <= quarter) low = middle;
    else high = middle - 1;
  }
  return buckets[low]?.label ?? '';
}
