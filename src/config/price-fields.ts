import { exactRateOf } from '../pricing/exact-rate.ts';
import type { ExactRate } from '../pricing/exact-rate.ts';
import { z } from '../std/schema.ts';
import { refuse } from './fields.ts';

/** Dollars for so many tokens: how prices are published. */
const TOKENS_DIGITS = 6;
const PICO_PER_DOLLAR_DIGITS = 12;
const MOST_DECIMALS = 12;
const MOST_DOLLARS = 1_000_000;
/** For editors. */
const PRICE_PATTERN = '^\\s*\\$? ?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d{1,2})?\\s*$';
const NO_PRICE = 'is no price; write dollars per million tokens, like 2.5; 0 is free';

/** Dollars per million tokens, exactly: of a number its text is read. */
export function price() {
  return z
    .union([z.number().meta({ minimum: 0 }), z.string().meta({ pattern: PRICE_PATTERN })], { error: NO_PRICE })
    .transform((value, context): ExactRate => {
      const decimal = decimalIn(String(value));
      if (decimal === null) return refuse(context, NO_PRICE);
      if (decimal.decimals > MOST_DECIMALS) return refuse(context, `has more than ${MOST_DECIMALS} decimals`);
      if (Number(decimal.text) > MOST_DOLLARS) return refuse(context, `is too much; the most is ${MOST_DOLLARS}`);
      return exactRateOf(decimal.text, TOKENS_DIGITS);
    });
}

/** Dollars per million tokens as `price` reads them, without an exponent: `2.5`, `0`. */
export function priceText({ numerator, denominator }: ExactRate): string {
  // The denominator is a power of ten: so many digits of the numerator are decimals of a pico-dollar.
  const decimals = denominator.toString().length - 1 + PICO_PER_DOLLAR_DIGITS - TOKENS_DIGITS;
  const digits = numerator.toString().padStart(decimals + 1, '0');
  const fraction = digits.slice(-decimals).replace(/0+$/, '');
  return digits.slice(0, -decimals) + (fraction === '' ? '' : `.${fraction}`);
}

/** `$2.50` → `2.50` with one decimal; `null`: it is no decimal. */
function decimalIn(written: string): { text: string; decimals: number } | null {
  const parts = /^\s*\$? ?(?:(\d+)\.?(\d*)|\.(\d+))(?:[eE]([+-]?\d{1,2}))?\s*$/.exec(written);
  if (parts === null) return null;
  const [, whole = '0', fraction = '', only = '', power = '0'] = parts;
  const decimal = fraction + only;
  return {
    text: `${whole}.${decimal === '' ? '0' : decimal}e${Number(power)}`,
    decimals: decimal.replace(/0+$/, '').length - Number(power),
  };
}
