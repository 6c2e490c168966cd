import { fromWallClock, startOfDay, startOfMonth, wallDate } from '../std/wall-clock.ts';

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
const MAX_COUNT = 10_000;

/** What can be written after `--since` and `--until`, for a person. */
export const PERIOD_FORMS =
  'today, yesterday, month, year, all, 12h, 7d, 4w, 2026-01-31, 2026-01-31T09:30, or that with Z or +02:00';

/** The clocks a period is meant by. */
export interface Clock {
  /** UTC milliseconds. */
  readonly now: number;
  /** IANA name. */
  readonly timeZone: string;
}

/** The moment a `--since` means, in UTC milliseconds; `null`: it means nothing. `7d`: the midnight seven days back. */
export function parseSince(text: string, clock: Clock): number | null {
  const word = wordOf(text, clock);
  return word ?? agoOf(text, clock) ?? dayOf(text, clock, 0) ?? momentOf(text, clock);
}

/** The same for `--until`, where a day is meant with all of it: the end of the day is the (exclusive) end. */
export function parseUntil(text: string, clock: Clock): number | null {
  if (text === 'today') return startOfDay(clock.now, 1, clock.timeZone);
  if (text === 'yesterday') return startOfDay(clock.now, 0, clock.timeZone);
  if (text === 'now') return clock.now + 1;
  return agoOf(text, clock) ?? dayOf(text, clock, 1) ?? momentOf(text, clock);
}

function wordOf(text: string, { now, timeZone }: Clock): number | null {
  switch (text) {
    case 'today':
      return startOfDay(now, 0, timeZone);
    case 'yesterday':
      return startOfDay(now, -1, timeZone);
    case 'month':
      return startOfMonth(now, 0, timeZone);
    case 'year':
      return fromWallClock(Date.UTC(wallDate(now, timeZone).getUTCFullYear(), 0, 1), timeZone);
    case 'all':
      return 0;
    default:
      return null;
  }
}

function agoOf(text: string, { now, timeZone }: Clock): number | null {
  const match = /^(\d{1,5})([hdw])$/.exec(text);
  if (match === null) return null;
  const count = Number(match[1]);
  if (count > MAX_COUNT) return null;
  if (match[2] === 'h') return now - count * HOUR_MS;
  return startOfDay(now, -count * (match[2] === 'w' ? 7 : 1), timeZone);
}

function dayOf(text: string, { timeZone }: Clock, daysAfter: number): number | null {
  const wall = wallOf(/^(\d{4})-(\d{2})-(\d{2})$/.exec(text));
  return wall === null ? null : fromWallClock(wall + daysAfter * DAY_MS, timeZone);
}

function momentOf(text: string, { timeZone }: Clock): number | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2}))?(Z|[+-]\d{2}:\d{2})?$/.exec(text);
  const wall = wallOf(match);
  if (match === null || wall === null) return null;
  const zone = match[7];
  if (zone === undefined) return fromWallClock(wall, timeZone);
  if (zone === 'Z') return wall;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4));
  return wall - (zone.startsWith('-') ? -1 : 1) * minutes * 60_000;
}

/** What the clock on the wall shows, as if it were UTC; `null`: no clock shows it (30 February, 25:00). */
function wallOf(match: RegExpExecArray | null): number | null {
  if (match === null) return null;
  const parts = match.slice(1, 7).map((part) => Number(part || 0));
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  const wall = Date.UTC(year, month - 1, day, hour, minute, second);
  const back = new Date(wall);
  const same = back.getUTCMonth() === month - 1 && back.getUTCDate() === day && back.getUTCHours() === hour;
  return same && back.getUTCMinutes() === minute && back.getUTCSeconds() === second ? wall : null;
}
