import { offsetsOf } from '../../std/wall-clock.ts';
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
