import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, formatSize, parseDuration, parseSize } from '../../src/config/units.ts';

describe('parseDuration', () => {
  it.each([
    ['500ms', 500],
    ['5s', 5000],
    ['0s', 0],
    ['2m', 120_000],
    ['1h', 3_600_000],
    ['1h30m', 5_400_000],
    ['1h 30m', 5_400_000],
    ['1d2h3m4s5ms', 93_784_005],
    ['7d', 604_800_000],
    ['1.5h', 5_400_000],
    ['0.25s', 250],
    ['5 s', 5000],
  ])('reads %s', (text, durationMs) => expect(parseDuration(text)).toBe(durationMs));

  it.each([
    '',
    '5',
    's',
    '-5s',
    '5S',
    '5sec',
    '30m1h',
    '1h1h',
    '1.h',
    '.5h',
    '5s!',
    '1e3s',
    '99999999999999d',
    '5  s',
    '５s',
  ])('refuses %j', (text) => expect(parseDuration(text)).toBeNull());

  it('reads back what formatDuration writes', () => {
    fc.assert(
      fc.property(fc.nat(10 ** 12), (durationMs) => {
        expect(parseDuration(formatDuration(durationMs))).toBe(durationMs);
      }),
    );
  });
});

describe('formatDuration', () => {
  it.each([
    [0, '0ms'],
    [1000, '1s'],
    [90_000, '1m30s'],
    [5_400_000, '1h30m'],
    [86_400_000, '1d'],
    [1234, '1s234ms'],
  ])('writes %d ms as %s', (durationMs, text) => expect(formatDuration(durationMs)).toBe(text));
});

describe('parseSize', () => {
  it.each([
    ['64MB', 64_000_000],
    ['64MiB', 67_108_864],
    ['512KB', 512_000],
    ['512 kB', 512_000],
    ['1KiB', 1024],
    ['1.5GB', 1_500_000_000],
    ['1.5GiB', 1_610_612_736],
    ['2TB', 2_000_000_000_000],
    ['10B', 10],
    ['65536', 65_536],
    ['0', 0],
  ])('reads %s', (text, bytes) => expect(parseSize(text)).toBe(bytes));

  it.each([
    '',
    'MB',
    '-1MB',
    '64M',
    '64K',
    '64Mb/s',
    '1.5',
    '1,5GB',
    '1e3',
    '99999999TB',
    '64MB64KB',
    'constructor',
    '1toString',
  ])('refuses %j', (text) => expect(parseSize(text)).toBeNull());

  it('reads back what formatSize writes', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (bytes) => {
        expect(parseSize(formatSize(bytes))).toBe(bytes);
      }),
    );
  });
});

describe('formatSize', () => {
  it.each([
    [0, '0'],
    [1000, '1KB'],
    [64_000_000, '64MB'],
    [67_108_864, '64MiB'],
    [1001, '1001'],
    [512_000_000, '512MB'],
  ])('writes %d bytes as %s', (bytes, text) => expect(formatSize(bytes)).toBe(text));
});
