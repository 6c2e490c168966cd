import { z } from '../std/schema.ts';
import { refuse } from './fields.ts';
import type { Limits } from './fields.ts';

/** A whole number; as a text too, since `${NAME}` is one. */
export function count({ min, max }: Limits) {
  const wrong = `is not a whole number from ${min} to ${max}`;
  const number = z.number().meta({ type: 'integer', minimum: min, maximum: max });
  return z
    .union([number, z.string().meta({ pattern: '^\\s*\\d+\\s*$' })], { error: wrong })
    .transform((value, context) => {
      const given = typeof value === 'number' ? value : /^\s*\d+\s*$/.test(value) ? Number(value) : NaN;
      return Number.isInteger(given) && given >= min && given <= max ? given : refuse(context, wrong);
    });
}

/** A number with or without decimals; as a text too. */
export function amount({ min, max }: Limits) {
  const wrong = `is not a number from ${min} to ${max}`;
  const number = z.number().meta({ minimum: min, maximum: max });
  return z
    .union([number, z.string().meta({ pattern: '^\\s*-?\\d+(\\.\\d+)?\\s*$' })], { error: wrong })
    .transform((value, context) => {
      const given = typeof value === 'number' ? value : /^\s*-?\d+(\.\d+)?\s*$/.test(value) ? Number(value) : NaN;
      return given >= min && given <= max ? given : refuse(context, wrong);
    });
}
