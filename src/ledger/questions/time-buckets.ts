import { QUARTER_MS } from '../roll-up.ts';

export type TimeUnit = 'day' | 'hour';

/** A day or an hour of a time zone, as a run of quarter hours of UTC. */
export interface TimeBucket {
  /** `2025-11-02`, or `2025-11-02T01:00-04:00`: the hour that a change of the clocks repeats has two offsets. */
  readonly label: string;
  readonly fromQuarter: number;
  /** Exclusive. */
  readonly toQuarter: number;
}

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;

/** The days or hours of `timeZone` (an IANA name) that touch [`from`, `to`) (UTC milliseconds), in order. */
export function timeBuckets(from: number, to: number, unit: TimeUnit, timeZone: string): TimeBucket[] {
  const offsetAt = offsetsOf(timeZone);
  const unitMs = unit === 'day' ? DAY_MS : HOUR_MS;
  const buckets: TimeBucket[] = [];
  const end = Math.ceil(to / QUARTER_MS);
  let start = Math.floor(from / QUARTER_MS);
  let current: string | null = null;
  for (let quarter = start; quarter < end; quarter++) {
    const offset = offsetAt(quarter * QUARTER_MS);
    const wall = quarter * QUARTER_MS + offset;
    const label = labelOf(wall - (((wall % unitMs) + unitMs) % unitMs), offset, unit);
    if (label === current) continue;
    if (current !== null) buckets.push({ label: current, fromQuarter: start, toQuarter: quarter });
    current = label;
    start = quarter;
  }
  if (current !== null) buckets.push({ label: current, fromQuarter: start, toQuarter: end });
  return buckets;
}

/** The beginning of the day of `timeZone` that lies `days` after the one that `at` is in (negative: before it). */
export function startOfDay(at: number, days: number, timeZone: string): number {
  const offsetAt = offsetsOf(timeZone);
  const wall = at + offsetAt(at);
  const midnight = wall - (((wall % DAY_MS) + DAY_MS) % DAY_MS) + days * DAY_MS;
  return fromWallClock(midnight, timeZone);
}

/**
 * The time at which the clocks of `timeZone` show `wall` (milliseconds as if they were UTC): the first of two where
 * they were put back, and the moment of the change where they were put forward over it.
 */
export function fromWallClock(wall: number, timeZone: string): number {
  const offsetAt = offsetsOf(timeZone);
  // No zone is further than 14 hours from UTC, none changes twice within these two days.
  const before = wall - offsetAt(wall - DAY_MS);
  if (before + offsetAt(before) === wall) return before;
  const after = wall - offsetAt(wall + DAY_MS);
  if (after + offsetAt(after) === wall) return after;
  let change = after;
  while (offsetAt(change) !== offsetAt(wall + DAY_MS)) change += QUARTER_MS;
  return change;
}

/** Milliseconds that the zone's clocks are ahead of UTC. Remembered for each UTC day on which they do not change. */
function offsetsOf(timeZone: string): (at: number) => number {
  const known = new Map<number, number | null>();
  return (at) => {
    const day = Math.floor(at / DAY_MS);
    let offset = known.get(day);
    if (offset === undefined) {
      const first = readOffset(day * DAY_MS, timeZone);
      offset = first === readOffset((day + 1) * DAY_MS - 1, timeZone) ? first : null;
      known.set(day, offset);
    }
    return offset ?? readOffset(at, timeZone);
  };
}

const formats = new Map<string, Intl.DateTimeFormat>();

function readOffset(at: number, timeZone: string): number {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
    });
    formats.set(timeZone, format);
  }
  const parts: Record<string, number> = {};
  for (const part of format.formatToParts(at)) parts[part.type] = Number(part.value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = parts;
  const minuteOfUtc = Math.floor(at / 60_000) * 60_000;
  return Date.UTC(year, month - 1, day, hour, minute) - minuteOfUtc;
}

function labelOf(wallStart: number, offset: number, unit: TimeUnit): string {
  const iso = new Date(wallStart).toISOString();
  if (unit === 'day') return iso.slice(0, 10);
  return `${iso.slice(0, 16)}${offsetText(offset)}`;
}

function offsetText(offset: number): string {
  const minutes = Math.abs(offset) / 60_000;
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  return `${offset < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`;
}
