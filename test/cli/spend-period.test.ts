import { describe, expect, it } from 'vitest';
import { parseSince, parseUntil } from '../../src/cli/spend-period.ts';

/** A Sunday on which the clocks were put back in Berlin; it is 14:30 there. */
const clock = { now: Date.parse('2025-10-26T13:30:00Z'), timeZone: 'Europe/Berlin' };

function iso(moment: number | null): string | null {
  return moment === null ? null : new Date(moment).toISOString().replace('.000Z', 'Z');
}

describe('--since', () => {
  it.each([
    ['today', '2025-10-25T22:00:00Z'],
    ['yesterday', '2025-10-24T22:00:00Z'],
    ['month', '2025-09-30T22:00:00Z'],
    ['year', '2024-12-31T23:00:00Z'],
    ['all', '1970-01-01T00:00:00Z'],
    ['12h', '2025-10-26T01:30:00Z'],
    ['7d', '2025-10-18T22:00:00Z'],
    ['1w', '2025-10-18T22:00:00Z'],
    ['300d', '2024-12-29T23:00:00Z'],
    ['2025-10-27', '2025-10-26T23:00:00Z'],
    ['2025-10-01T09:30', '2025-10-01T07:30:00Z'],
    ['2025-10-01 09:30:15', '2025-10-01T07:30:15Z'],
    ['2025-10-01T09:30Z', '2025-10-01T09:30:00Z'],
    ['2025-10-01T09:30-05:30', '2025-10-01T15:00:00Z'],
  ])('%s is %s', (text, moment) => {
    expect(iso(parseSince(text, clock))).toBe(moment);
  });

  it.each([
    '',
    '7',
    'd',
    '-1d',
    '7 d',
    '99999d',
    '2025-02-30',
    '2025-13-01',
    '2025-10-01T25:00',
    '2025-1-1',
    'tomorrow',
    '1e3d',
  ])('%j means nothing', (text) => {
    expect(parseSince(text, clock)).toBeNull();
  });
});

describe('--until', () => {
  it.each([
    ['today', '2025-10-26T23:00:00Z'],
    ['yesterday', '2025-10-25T22:00:00Z'],
    ['2025-10-26', '2025-10-26T23:00:00Z'],
    ['2025-10-26T12:00', '2025-10-26T11:00:00Z'],
    ['1d', '2025-10-24T22:00:00Z'],
  ])('%s is %s: a day with all of it', (text, moment) => {
    expect(iso(parseUntil(text, clock))).toBe(moment);
  });

  it.each(['month', 'all', 'x'])('%j means nothing', (text) => {
    expect(parseUntil(text, clock)).toBeNull();
  });
});
