const DAY_MS = 24 * 60 * 60 * 1000;
/** Clocks change on quarter hours of UTC. */
const QUARTER_MS = 15 * 60 * 1000;

/** The beginning of the day of `timeZone` that lies `days` after the one that `at` is in (negative: before it). */
export function startOfDay(at: number, days: number, timeZone: string): number {
  const offsetAt = offsetsOf(timeZone);
  const wall = at + offsetAt(at);
  const midnight = wall - (((wall % DAY_MS) + DAY_MS) % DAY_MS) + days * DAY_MS;
  return fromWallClock(midnight, timeZone);
}

/** The beginning of the week (Monday) that lies `weeks` after the one that `at` is in. */
export function startOfWeek(at: number, weeks: number, timeZone: string): number {
  const sinceMonday = (wallDate(at, timeZone).getUTCDay() + 6) % 7;
  return startOfDay(at, weeks * 7 - sinceMonday, timeZone);
}

/** The beginning of the month that lies `months` after the one that `at` is in. */
export function startOfMonth(at: number, months: number, timeZone: string): number {
  const date = wallDate(at, timeZone);
  return fromWallClock(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1), timeZone);
}

/** What the calendar and the clock on the wall show, as a date of UTC. */
export function wallDate(at: number, timeZone: string): Date {
  return new Date(at + offsetsOf(timeZone)(at));
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
export function offsetsOf(timeZone: string): (at: number) => number {
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
