import type { Connection } from '../database.ts';
import { QUARTER_MS, readState } from '../roll-up.ts';
import { readLedger } from './read-ledger.ts';
import { addUp, costOf, NOTHING } from './spend-sums.ts';
import type { Sums } from './spend-sums.ts';
import { readGroups } from './spend-groups.ts';
import type { Group } from './spend-groups.ts';
import type { SpendQuery } from './spend-query.ts';
import { timeBuckets } from './time-buckets.ts';
import type { TimeBucket } from './time-buckets.ts';

export interface SpendRow extends SpendSums {
  /** The model, provider, …; `2025-11-02` or `2025-11-02T01:00-04:00`. `null`: there was none (a keyless request). */
  readonly value: string | null;
  readonly demo: boolean;
}

/** Tokens: what is known of them. */
export interface SpendSums {
  /** Exchanges, each counted where it ended. */
  readonly requests: number;
  readonly attempts: number;
  /** Exchanges that failed, were refused or abandoned. */
  readonly failed: number;
  /** Attempts whose tokens were counted here. */
  readonly estimated: number;
  /** Attempts whose price is not known; they are not in the cost. */
  readonly unpriced: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
  readonly reasoningTokens: number;
  /** Input and output of local models. */
  readonly localTokens: number;
  /** Pico-dollars. `null`: nothing is known, all of it is unpriced. */
  readonly cost: bigint | null;
  readonly saved: bigint;
}

export interface SpendReport {
  readonly query: SpendQuery;
  /** The dearest first; days and hours in their order. */
  readonly rows: readonly SpendRow[];
  readonly total: SpendSums;
  /** All days or hours of the range in which something was recorded at all, also those without a row; else empty. */
  readonly buckets: readonly string[];
  /** Requests to the demo model that were left out. */
  readonly demoLeftOut: number;
}

/**
 * What was spent, from the roll-up and the rows since. A missing file is an empty report. Throws what `readLedger`
 * throws.
 */
export function readSpend(path: string, query: SpendQuery): SpendReport {
  return readLedger(
    path,
    (connection) => read(connection, query),
    () => emptyReport(query),
  );
}

function emptyReport(query: SpendQuery): SpendReport {
  return { query, rows: [], total: toSums(NOTHING), buckets: [], demoLeftOut: 0 };
}

function read(connection: Connection, query: SpendQuery): SpendReport {
  const buckets = bucketsOf(connection, query);
  const { groups, demoLeftOut } = readGroups(connection, query, buckets);
  let total = NOTHING;
  const rows: SpendRow[] = [];
  for (const group of groups) {
    total = addUp(total, group.sums);
    rows.push(toRow(group));
  }
  if (buckets === null) rows.sort(byCost);
  else rows.sort((one, other) => compare(one.value, other.value, buckets));
  return { query, rows, total: toSums(total), buckets: buckets?.map((bucket) => bucket.label) ?? [], demoLeftOut };
}

function bucketsOf(connection: Connection, query: SpendQuery): TimeBucket[] | null {
  if (query.by !== 'day' && query.by !== 'hour') return null;
  const first = firstRecorded(connection);
  if (first === null) return [];
  const timeZone = query.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  return timeBuckets(Math.max(query.from, first), query.to, query.by, timeZone);
}

/** The earliest settlement there is: a range that begins long before it has no empty days to show. */
export function firstRecorded(connection: Connection): number | null {
  const { rolledUpUntil, firstPendingId } = readState(connection);
  if (rolledUpUntil > 0) {
    const quarter = connection.prepare('SELECT min(quarter) FROM quarters').pluck().get() as number | null;
    if (quarter !== null) return quarter * QUARTER_MS;
  }
  const first = connection.prepare('SELECT min(settled_at) FROM attempts WHERE id >= ?').pluck().get(firstPendingId);
  return first as number | null;
}

export function toRow({ value, demo, sums }: Group): SpendRow {
  return { value: value === '' ? null : value, demo, ...toSums(sums) };
}

export function toSums(sums: Sums): SpendSums {
  return {
    requests: Number(sums.requests),
    attempts: Number(sums.attempts),
    failed: Number(sums.failed),
    estimated: Number(sums.estimated),
    unpriced: Number(sums.unpriced),
    inputTokens: Number(sums.input_tokens ?? 0n),
    outputTokens: Number(sums.output_tokens ?? 0n),
    cacheReadTokens: Number(sums.cache_read_tokens ?? 0n),
    cacheWriteTokens: Number(sums.cache_write_tokens ?? 0n),
    reasoningTokens: Number(sums.reasoning_tokens ?? 0n),
    localTokens: Number(sums.local_tokens ?? 0n),
    cost: costOf(sums),
    saved: sums.saved_pico ?? 0n,
  };
}

/** The dearest first. */
export function byCost(one: SpendRow, other: SpendRow): number {
  const difference = (other.cost ?? 0n) - (one.cost ?? 0n);
  if (difference !== 0n) return difference > 0n ? 1 : -1;
  const tokens = other.inputTokens + other.outputTokens - one.inputTokens - one.outputTokens;
  return tokens || other.requests - one.requests || (one.value ?? '').localeCompare(other.value ?? '');
}

/** Labels of hours do not sort as text where the clocks are put back. */
function compare(one: string | null, other: string | null, buckets: readonly TimeBucket[]): number {
  const place = (label: string | null): number => buckets.findIndex((bucket) => bucket.label === label);
  return one === other ? 0 : place(one) - place(other);
}
