import type { Brand } from '../std/brand.ts';

/**
 * Money as a whole number of pico-dollars (10⁻¹² USD). One exchange fits a safe integer (up to $9,007);
 * sums are `bigint`. Never a float of dollars: published token prices go down to fractions of a nano-dollar.
 */
export type PicoUsd = Brand<number, 'PicoUsd'>;

const PICO_DIGITS = 12;

/** Brands a whole, safe, non-negative number of pico-dollars. */
export function picoUsd(value: number): PicoUsd {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`not an amount of pico-dollars: ${value}`);
  return value as PicoUsd;
}

/** Dollars as an exact decimal without exponent and without trailing zeros: `0.0000375`, `12`, `0`. */
export function formatUsd(pico: PicoUsd | bigint): string {
  const digits = pico.toString();
  const negative = digits.startsWith('-');
  const padded = (negative ? digits.slice(1) : digits).padStart(PICO_DIGITS + 1, '0');
  const whole = padded.slice(0, -PICO_DIGITS);
  const fraction = padded.slice(-PICO_DIGITS).replace(/0+$/, '');
  return `${negative ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

/**
 * A price per unit (a token, a request) in pico-dollars, kept as an exact fraction. `whole` is the same price as a
 * number where it is a whole one, which nearly every published price is.
 */
export interface ExactRate {
  readonly numerator: bigint;
  readonly denominator: bigint;
  readonly whole: number | null;
}
