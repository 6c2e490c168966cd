import { describe, expect, it } from 'vitest';
import { fromWallClock, startOfMonth, startOfWeek } from '../../src/std/wall-clock.ts';

describe('the clock on the wall', () => {
  it.each([
    ['Europe/Berlin', '2026-01-15T00:00Z', '2026-01-14T23:00Z'],
    // Put forward over it: the moment of the change.
    ['Europe/Berlin', '2025-03-30T02:30Z', '2025-03-30T01:00Z'],
    // Shown twice: the first time.
    ['America/New_York', '2025-11-02T01:30Z', '2025-11-02T05:30Z'],
    ['America/Sao_Paulo', '2018-11-04T00:00Z', '2018-11-04T03:00Z'],
  ])('of %s shows %s at %s', (zone, wall, at) => {
    expect(new Date(fromWallClock(Date.parse(wall), zone)).toISOString()).toBe(new Date(at).toISOString());
  });
});

describe('weeks and months', () => {
  it.each([
    // A Sunday: the week began six days before, when the clocks had not changed.
    [startOfWeek, 'Europe/Berlin', '2026-03-29T20:00Z', 0, '2026-03-22T23:00Z'],
    [startOfWeek, 'Europe/Berlin', '2026-03-29T20:00Z', 1, '2026-03-29T22:00Z'],
    [startOfWeek, 'Europe/Berlin', '2026-03-29T22:00Z', 0, '2026-03-29T22:00Z'],
    [startOfWeek, 'Pacific/Auckland', '2026-01-04T11:00Z', -1, '2025-12-28T11:00Z'],
    [startOfMonth, 'Europe/Berlin', '2026-03-31T21:59Z', 0, '2026-02-28T23:00Z'],
    [startOfMonth, 'Europe/Berlin', '2026-03-31T21:59Z', 1, '2026-03-31T22:00Z'],
    [startOfMonth, 'Asia/Kathmandu', '2025-12-31T18:15Z', 0, '2025-12-31T18:15Z'],
    [startOfMonth, 'America/St_Johns', '2026-01-31T12:00Z', 1, '2026-02-01T03:30Z'],
    [startOfMonth, 'UTC', '2026-01-31T12:00Z', -2, '2025-11-01T00:00Z'],
  ] as const)('of %o and %s at %s, %i further, begin at %s', (startOf, zone, at, further, start) => {
    expect(new Date(startOf(Date.parse(at), further, zone)).toISOString()).toBe(new Date(start).toISOString());
  });
});
