import { startOfDay, startOfMonth, startOfWeek } from '../../std/wall-clock.ts';
import { QUARTER_MS } from '../roll-up.ts';
import { readLedger } from './read-ledger.ts';
import { byCost, firstRecorded, toRow, toSums } from './spend.ts';
import type { SpendRow, SpendSums } from './spend.ts';
import { readGroups } from './spend-groups.ts';
import type { ReadGroups } from './spend-groups.ts';
import type { SpendBy } from './spend-query.ts';
import { addUp, NOTHING } from './spend-sums.ts';
import type { Sums } from './spend-sums.ts';
import type { TimeBucket } from './time-buckets.ts';
import { Timeline } from './timeline.ts';

const GROUPS_SHOWN = 20;
const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
const PACE_DAYS = 7;

export const OVERVIEW_GROUPS = ['model', 'provider', 'profile', 'client'] as const;
export type OverviewGrouping = (typeof OVERVIEW_GROUPS)[number];

export interface OverviewQuery {
  /** UTC milliseconds. */
  readonly now: number;
  /** IANA name. */
  readonly timeZone: string;
  readonly includeDemo: boolean;
}

/** What the Spend view of `llmgw top` shows, of one moment of the ledger. Money in pico-dollars. */
export interface SpendOverview {
  /** UTC milliseconds. */
  readonly at: number;
  readonly timeZone: string;
  /** Of the days of the time zone; the week begins on Monday. What is unpriced is counted apart from the cost. */
  readonly today: SpendSums;
  readonly week: SpendSums;
  readonly month: SpendSums;
  /** What the last 60 minutes cost, from the attempts themselves: dollars per hour. */
  readonly burnPerHour: bigint;
  readonly projection: Projection;
  /** Of the month, the dearest first, at most 20 each. */
  readonly groups: Readonly<Record<OverviewGrouping, readonly OverviewGroup[]>>;
  /** How many groups there are in all. */
  readonly groupCounts: Readonly<Record<OverviewGrouping, number>>;
  /** The last 24 hours and the last 30 days of the clock, the current one last; all are there, also the empty ones. */
  readonly hours: readonly OverviewPoint[];
  readonly days: readonly OverviewPoint[];
  /** Requests of the month to the demo model that were left out. */
  readonly demoLeftOut: number;
}

export interface Projection {
  /** What the month will have cost at its end. */
  readonly cost: bigint;
  /** How it is worked out, as a sentence for a person. */
  readonly basis: string;
}

export interface OverviewGroup extends SpendRow {
  /** Part of the month's cost, 0 to 1; 0 when nothing cost anything. */
  readonly share: number;
}

export interface OverviewPoint {
  /** `2025-11-02`, or `2025-11-02T01:00-04:00`. */
  readonly label: string;
  /** Its beginning, in UTC milliseconds. */
  readonly from: number;
  /** What is known of it. */
  readonly cost: bigint;
  readonly saved: bigint;
  readonly unpriced: number;
  readonly requests: number;
}

/**
 * The spending of today, the week and the month, and how it goes on. A missing file is an empty overview. Throws what
 * `readLedger` throws.
 */
export function readSpendOverview(path: string, query: OverviewQuery): SpendOverview {
  const { now, includeDemo } = query;
  return readLedger(
    path,
    (connection) => {
      const ask: Ask = (by, from, slices) => readGroups(connection, { by, from, to: now + 1, includeDemo }, slices);
      return overviewOf(query, ask, firstRecorded(connection));
    },
    () => overviewOf(query, () => ({ groups: [], demoLeftOut: 0 }), null),
  );
}

/** What was settled from a time until now, by something, or (`day`) by slices of time. */
type Ask = (by: SpendBy, from: number, slices: readonly TimeBucket[] | null) => ReadGroups;

function overviewOf(query: OverviewQuery, ask: Ask, firstAt: number | null): SpendOverview {
  const { now, timeZone } = query;
  const paceFrom = now - PACE_DAYS * DAY_MS;
  const timeline = new Timeline({ now, timeZone, alsoFrom: paceFrom }, (from, slices) => ask('day', from, slices));
  const monthStart = startOfMonth(now, 0, timeZone);
  const month = timeline.since(monthStart);
  const pace = timeline.since(paceFrom);
  return {
    at: now,
    timeZone,
    today: toSums(timeline.since(startOfDay(now, 0, timeZone))),
    week: toSums(timeline.since(startOfWeek(now, 0, timeZone))),
    month: toSums(month),
    burnPerHour: knownCost(totalOf(ask('profile', now - HOUR_MS, null))),
    projection: project(query, knownCost(month), knownCost(pace), firstAt),
    ...groupsOf(ask, monthStart, knownCost(month)),
    hours: timeline.hours.map((hour) => pointOf(hour, timeline)),
    days: timeline.days.map((day) => pointOf(day, timeline)),
  };
}

/**
 * Neither the burn of this hour nor the average of a month that has just begun says how a month will end: nobody works
 * day and night, nor every day alike. A week has all of its kinds of days.
 */
function project({ now, timeZone }: OverviewQuery, month: bigint, pace: bigint, firstAt: number | null): Projection {
  const paceMs = Math.min(PACE_DAYS * DAY_MS, Math.max(DAY_MS, now - (firstAt ?? now)));
  const leftMs = startOfMonth(now, 1, timeZone) - now;
  return {
    cost: month + (pace * BigInt(leftMs)) / BigInt(paceMs),
    basis: `the month so far, and for the rest of it what the last ${PACE_DAYS} days cost a day`,
  };
}

function groupsOf(
  ask: Ask,
  from: number,
  monthCost: bigint,
): Pick<SpendOverview, 'groups' | 'groupCounts' | 'demoLeftOut'> {
  const read = eachOf((grouping) => ask(grouping, from, null));
  const shown = ({ groups }: ReadGroups): OverviewGroup[] =>
    groups
      .map(toRow)
      .sort(byCost)
      .slice(0, GROUPS_SHOWN)
      .map((row) => ({ ...row, share: shareOf(row.cost ?? 0n, monthCost) }));
  return {
    groups: eachOf((grouping) => shown(read[grouping])),
    groupCounts: eachOf((grouping) => read[grouping].groups.length),
    demoLeftOut: read.model.demoLeftOut,
  };
}

function eachOf<Value>(valueOf: (grouping: OverviewGrouping) => Value): Record<OverviewGrouping, Value> {
  return {
    model: valueOf('model'),
    provider: valueOf('provider'),
    profile: valueOf('profile'),
    client: valueOf('client'),
  };
}

function pointOf(bucket: TimeBucket, timeline: Timeline): OverviewPoint {
  const sums = timeline.of(bucket);
  return {
    label: bucket.label,
    from: bucket.fromQuarter * QUARTER_MS,
    cost: knownCost(sums),
    saved: sums.saved_pico ?? 0n,
    unpriced: Number(sums.unpriced ?? 0n),
    requests: Number(sums.requests ?? 0n),
  };
}

function totalOf({ groups }: ReadGroups): Sums {
  return groups.reduce((total, { sums }) => addUp(total, sums), NOTHING);
}

function knownCost({ cost_pico: cost }: Sums): bigint {
  return cost ?? 0n;
}

/** To a ten-thousandth. */
function shareOf(part: bigint, whole: bigint): number {
  return whole === 0n ? 0 : Number((part * 10_000n) / whole) / 10_000;
}
