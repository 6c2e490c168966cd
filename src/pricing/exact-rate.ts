import type { ExactRate } from '../canonical/money.ts';

export type { ExactRate } from '../canonical/money.ts';

const PICO_PER_DOLLAR_DIGITS = 12;

/**
 * The rate for a price in dollars per 10^`perDigits` units: `0.0375` dollars per million (6) is 37,500 pico-dollars per
 * unit. The number's shortest text is taken for what its author wrote.
 */
export function exactRate(dollars: number, perDigits: number): ExactRate {
  if (!Number.isFinite(dollars) || dollars < 0) throw new RangeError(`not a price: ${dollars}`);
  return exactRateOf(dollars.toString(), perDigits);
}

/** The same for a price that is written as a decimal, with or without an exponent: it never becomes a float. */
export function exactRateOf(dollars: string, perDigits: number): ExactRate {
  const { digits, exponent } = decimalOf(dollars);
  const shift = exponent + PICO_PER_DOLLAR_DIGITS - perDigits;
  let numerator = shift >= 0 ? digits * 10n ** BigInt(shift) : digits;
  let denominator = shift >= 0 ? 1n : 10n ** BigInt(-shift);
  while (denominator > 1n && numerator % 10n === 0n) {
    numerator /= 10n;
    denominator /= 10n;
  }
  const isWhole = denominator === 1n && numerator <= BigInt(Number.MAX_SAFE_INTEGER);
  return { numerator, denominator, whole: isWhole ? Number(numerator) : null };
}

/** Rate × units in pico-dollars, rounded once, half to even. Not a safe integer when it is more than one can hold. */
export function costOf(rate: ExactRate, units: number): number {
  if (rate.whole !== null) {
    // Two integers whose product is below 2^53 multiply exactly.
    const product = rate.whole * units;
    if (product <= Number.MAX_SAFE_INTEGER) return product;
  }
  const product = rate.numerator * BigInt(units);
  const quotient = product / rate.denominator;
  const twice = (product % rate.denominator) * 2n;
  const roundUp = twice > rate.denominator || (twice === rate.denominator && quotient % 2n === 1n);
  return Number(roundUp ? quotient + 1n : quotient);
}

/** A decimal text as digits × 10^exponent: `1.5e-7` is 15 × 10^-8. */
function decimalOf(text: string): { digits: bigint; exponent: number } {
  const [mantissa = '0', power = '0'] = text.toLowerCase().split('e');
  const [whole = '0', fraction = ''] = mantissa.split('.');
  return { digits: BigInt(whole + fraction), exponent: Number(power) - fraction.length };
}
