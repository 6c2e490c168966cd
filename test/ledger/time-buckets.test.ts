import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { timeBuckets } from '../../src/ledger/questions/time-buckets.ts';
import { startOfDay } from '../../src/std/wall-clock.ts';

const QUARTER_MS = 900_000;
const HOUR_MS = 4 * QUARTER_MS;

function hoursOf(zone: string, unit: 'day' | 'hour', from: string, to: string): [string, number][] {
  return timeBuckets(Date.parse(from), Date.parse(to), unit, zone).map(({ label, fromQuarter, toQuarter }) => [
    label,
    ((toQuarter - fromQuarter) * QUARTER_MS) / HOUR_MS,
  ]);
}

describe('days of a time zone', () => {
  it('have 23 and 25 hours where the clocks change', () => {
    expect(hoursOf('Europe/Berlin', 'day', '2025-03-28T23:00Z', '2025-03-31T22:00Z')).toEqual([
      ['2025-03-29', 24],
      ['2025-03-30', 23],
      ['2025-03-31', 24],
    ]);
    expect(hoursOf('America/New_York', 'day', '2025-11-01T04:00Z', '2025-11-04T05:00Z')).toEqual([
      ['2025-11-01', 24],
      ['2025-11-02', 25],
      ['2025-11-03', 24],
    ]);
  });

  it('begin at a quarter to in Kathmandu', () => {
    const [first] = timeBuckets(
      Date.parse('2026-01-14T18:15Z'),
      Date.parse('2026-01-15T18:15Z'),
      'day',
      'Asia/Kathmandu',
    );
    expect(first).toEqual({
      label: '2026-01-15',
      fromQuarter: Date.parse('2026-01-14T18:15Z') / QUARTER_MS,
      toQuarter: Date.parse('2026-01-15T18:15Z') / QUARTER_MS,
    });
  });

  it('change by half an hour on Lord Howe, and skip one in Samoa', () => {
    expect(hoursOf('Australia/Lord_Howe', 'day', '2025-04-04T13:00Z', '2025-04-06T13:30Z')).toEqual([
      ['2025-04-05', 24],
      ['2025-04-06', 24.5],
    ]);
    expect(hoursOf('Pacific/Apia', 'day', '2011-12-29T10:00Z', '2011-12-31T10:00Z').map(([label]) => label)).toEqual([
      '2011-12-29',
      '2011-12-31',
    ]);
  });
});

describe('hours of a time zone', () => {
  it('tell the one that is repeated from the other by the offset', () => {
    expect(hoursOf('America/New_York', 'hour', '2025-11-02T04:00Z', '2025-11-02T08:00Z')).toEqual([
      ['2025-11-02T00:00-04:00', 1],
      ['2025-11-02T01:00-04:00', 1],
      ['2025-11-02T01:00-05:00', 1],
      ['2025-11-02T02:00-05:00', 1],
    ]);
  });

  it('are whole hours of the clock on the wall', () => {
    expect(hoursOf('Asia/Kathmandu', 'hour', '2026-01-15T00:15Z', '2026-01-15T02:15Z')).toEqual([
      ['2026-01-15T06:00+05:45', 1],
      ['2026-01-15T07:00+05:45', 1],
    ]);
  });
});

const zones = fc.constantFrom(
  'UTC',
  'Europe/Berlin',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'America/St_Johns',
  'Pacific/Apia',
);
// Until 2011 the clocks of St. John's went back at one minute past midnight, and a day came twice. No ledger is as old.
const moments = fc.integer({ min: Date.UTC(2012, 0), max: Date.UTC(2035, 0) });

describe('any stretch of time', () => {
  it('is covered by its days and hours without a gap', () => {
    fc.assert(
      fc.property(
        zones,
        moments,
        fc.integer({ min: 1, max: 40 * 24 * HOUR_MS }),
        fc.constantFrom('day', 'hour'),
        (zone, from, length, unit) => {
          const buckets = timeBuckets(from, from + length, unit, zone);
          expect(buckets[0]?.fromQuarter).toBe(Math.floor(from / QUARTER_MS));
          expect(buckets.at(-1)?.toQuarter).toBe(Math.ceil((from + length) / QUARTER_MS));
          buckets.slice(1).forEach((bucket, index) => expect(bucket.fromQuarter).toBe(buckets[index]?.toQuarter));
          expect(new Set(buckets.map(({ label }) => label)).size).toBe(buckets.length);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('has its day begin at midnight, or when the clocks skip midnight, right after', () => {
    fc.assert(
      fc.property(zones, moments, (zone, at) => {
        const start = startOfDay(at, 0, zone);
        expect(start).toBeLessThanOrEqual(at);
        expect(at - start).toBeLessThan(25 * HOUR_MS);
        const [bucket] = timeBuckets(start, at + 1, 'day', zone);
        expect(bucket?.fromQuarter).toBe(start / QUARTER_MS);
        expect(timeBuckets(start, at + 1, 'day', zone)).toHaveLength(1);
      }),
      { numRuns: 100 },
    );
  });
});
