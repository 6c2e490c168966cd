import { startOfDay, startOfMonth, startOfWeek } from '../../std/wall-clock.ts';
import { QUARTER_MS } from '../roll-up.ts';
import type { ReadGroups } from './spend-groups.ts';
import { addUp, NOTHING } from './spend-sums.ts';
import type { Sums } from './spend-sums.ts';
import { timeBuckets } from './time-buckets.ts';
import type { TimeBucket } from './time-buckets.ts';

const HOURS_SHOWN = 24;
const DAYS_SHOWN = 30;
const DAY_MS = 24 * 60 * 60 * 1000;

/** The sums of a stretch of time, both ends in quarter hours of UTC, the end exclusive. */
interface Slice {
  readonly fromQuarter: number;
  readonly toQuarter: number;
  readonly sums: Sums;
}

export interface TimelineQuery {
  /** UTC milliseconds. */
  readonly now: number;
  /** IANA name. */
  readonly timeZone: string;
  /** A further time, to the quarter hour, from which sums are wanted. */
  readonly alsoFrom: number;
}

/** The recent past in slices so fine that every period shown is made of whole ones. */
export class Timeline {
  /** The last 24 hours and 30 days of the clock, the current one last. */
  readonly hours: readonly TimeBucket[];
  readonly days: readonly TimeBucket[];
  readonly #slices: readonly Slice[];

  /** `ask`: what was settled from a time (UTC milliseconds) until now, by slices with their labels. */
  constructor(query: TimelineQuery, ask: (from: number, slices: readonly TimeBucket[]) => ReadGroups) {
    const { now, timeZone, alsoFrom } = query;
    const firstDay = startOfDay(now, 1 - DAYS_SHOWN, timeZone);
    const from = Math.min(firstDay, startOfMonth(now, 0, timeZone), startOfWeek(now, 0, timeZone), alsoFrom);
    // One hour more than a day: the first one that is touched is cut.
    const touched = timeBuckets(now - DAY_MS - QUARTER_MS, now + 1, 'hour', timeZone);
    this.hours = touched.slice(-HOURS_SHOWN);
    const allDays = timeBuckets(from, now + 1, 'day', timeZone);
    this.days = allDays.slice(-DAYS_SHOWN);
    const cuts = [...allDays, ...this.hours].map(({ fromQuarter }) => fromQuarter);
    const slices = slicesBetween([...cuts, quarterOf(alsoFrom), Math.ceil((now + 1) / QUARTER_MS)]);
    this.#slices = withSums(slices, ask(from, slices));
  }

  /** From a beginning of a day or an hour shown, or from `alsoFrom`, until now. */
  since(from: number): Sums {
    return this.#sum(quarterOf(from), Infinity);
  }

  of({ fromQuarter, toQuarter }: TimeBucket): Sums {
    return this.#sum(fromQuarter, toQuarter);
  }

  #sum(fromQuarter: number, toQuarter: number): Sums {
    return this.#slices
      .filter((slice) => slice.fromQuarter >= fromQuarter && slice.toQuarter <= toQuarter)
      .reduce((sum, slice) => addUp(sum, slice.sums), NOTHING);
  }
}

function slicesBetween(quarters: readonly number[]): TimeBucket[] {
  const cuts = [...new Set(quarters)].sort((one, other) => one - other);
  return cuts.slice(1).map((toQuarter, index) => {
    const fromQuarter = cuts[index] ?? toQuarter;
    return { label: String(fromQuarter), fromQuarter, toQuarter };
  });
}

/** A slice has one group for what is real and, where it is included, one for the demo. */
function withSums(slices: readonly TimeBucket[], { groups }: ReadGroups): Slice[] {
  const byLabel = new Map<string, Sums>();
  for (const { value, sums } of groups) byLabel.set(value, addUp(byLabel.get(value) ?? NOTHING, sums));
  return slices.map((slice) => ({ ...slice, sums: byLabel.get(slice.label) ?? NOTHING }));
}

function quarterOf(at: number): number {
  return Math.floor(at / QUARTER_MS);
}
