import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { costOf, exactRate } from '../../src/pricing/exact-rate.ts';

describe('a rate', () => {
  it.each([
    // Dollars per million tokens, in pico-dollars per token.
    [2.5, 6, 2_500_000n, 1n],
    [0.01875, 6, 18_750n, 1n],
    [0.0000001, 6, 1n, 10n],
    [1.5e-7, 6, 15n, 100n],
    [0.08333333333333334, 6, 8_333_333_333_333_334n, 100_000_000_000n],
    [0, 6, 0n, 1n],
    [75, 6, 75_000_000n, 1n],
    [1e21, 6, 10n ** 27n, 1n],
    // Dollars per thousand requests, in pico-dollars per request.
    [12, 3, 12_000_000_000n, 1n],
    [0.0000000001, 3, 1n, 10n],
  ])('%d dollars per 10^%d is exact', (dollars, digits, numerator, denominator) => {
    const rate = exactRate(dollars, digits);
    expect(rate.numerator * denominator).toBe(numerator * rate.denominator);
  });

  it.each([[-1], [Number.NaN], [Number.POSITIVE_INFINITY]])('refuses %d', (dollars) => {
    expect(() => exactRate(dollars, 6)).toThrow(RangeError);
  });
});

describe('a cost', () => {
  it.each([
    ['half goes to the even neighbour below', 1, 5, 0],
    ['more than half goes up', 1, 6, 1],
    ['less than half goes down', 1, 4, 0],
    ['half goes to the even neighbour above', 3, 5, 2],
    ['half of an odd one', 5, 5, 2],
    ['a whole number stays', 2, 10, 2],
  ])('%s', (_name, tenthsOfPico, units, pico) => {
    expect(costOf(exactRate(tenthsOfPico * 1e-7, 6), units)).toBe(pico);
  });

  it('by whole numbers is the same as by fractions', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 200_000_000 }), fc.nat({ max: 1e15 }), (whole, units) => {
        const quick = { numerator: BigInt(whole), denominator: 1n, whole };
        expect(costOf(quick, units)).toBe(costOf({ ...quick, whole: null }, units));
      }),
    );
  });

  it('is never farther than half a pico-dollar from the exact product', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 10 ** 9 }),
        fc.integer({ min: 0, max: 9 }),
        fc.nat({ max: 10 ** 6 }),
        (mantissa, power, units) => {
          const rate = exactRate(Number(`${mantissa}e-${power}`), 6);
          const cost = costOf({ ...rate, whole: null }, units);
          fc.pre(Number.isSafeInteger(cost));
          const twiceOff = (BigInt(cost) * rate.denominator - rate.numerator * BigInt(units)) * 2n;
          expect(twiceOff <= rate.denominator && twiceOff >= -rate.denominator).toBe(true);
        },
      ),
    );
  });

  it('too large for a safe integer is not a safe integer', () => {
    expect(Number.isSafeInteger(costOf(exactRate(75, 6), Number.MAX_SAFE_INTEGER))).toBe(false);
  });
});
