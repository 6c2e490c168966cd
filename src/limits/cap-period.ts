import type { CapPeriod } from '../canonical/profile.ts';
import { startOfDay, startOfMonth, startOfWeek } from '../std/wall-clock.ts';

/** In UTC milliseconds, the end exclusive. */
export interface TimeSpan {
  readonly from: number;
  readonly to: number;
}

/** The clock and the calendar that a period is meant by: UTC milliseconds, and an IANA name. */
export interface LocalTime {
  readonly now: number;
  readonly timeZone: string;
}

/** The day, the week from Monday, or the month that runs. */
export function capPeriodOf(period: CapPeriod, { now, timeZone }: LocalTime): TimeSpan {
  const startOf = STARTS[period];
  return { from: startOf(now, 0, timeZone), to: startOf(now, 1, timeZone) };
}

const STARTS: Readonly<Record<CapPeriod, typeof startOfDay>> = {
  day: startOfDay,
  week: startOfWeek,
  month: startOfMonth,
};
