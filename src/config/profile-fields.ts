import type { Cap, CapPeriod, StandIn } from '../canonical/profile.ts';
import { z } from '../std/schema.ts';
import { numberWithoutUnit, refuse } from './fields.ts';
import { modelName } from './model-names.ts';

const KEY_NAME_LENGTH = 64;

/** The name of one of several keys of a provider: `work` in `openai:work`. */
export const keyName = z
  .string()
  .regex(/^[A-Za-z0-9._-]*$/, { error: 'is no name of a key; use letters, digits, dots, _ and -' })
  .min(1, { error: 'is empty; give the name of a key, or take the line out for the unnamed one' })
  .max(KEY_NAME_LENGTH, { error: `is longer than ${KEY_NAME_LENGTH} characters` });

/** `auto`, `none`, or the name of a model. */
export function standIn() {
  return modelName
    .regex(/^[^*]*$/, { error: 'has a * in it; name one model, or write auto or none' })
    .transform((text): StandIn => {
      return text === 'auto' || text === 'none' ? { kind: text } : { kind: 'target', target: text };
    });
}

const PICO_DIGITS = 12;
const MOST_PICO = 1_000_000n * 10n ** BigInt(PICO_DIGITS);
/** For editors. */
const CAP_PATTERN = '^\\s*\\$? ?\\d+(\\.\\d{1,12})? ?/ ?(day|week|month)\\s*$';
const NO_CAP = 'is no cap; write dollars per day, week or month, like 50/month or 0.5/day';
const PERIODS: ReadonlyMap<string, CapPeriod> = new Map(
  (['day', 'week', 'month'] as const).map((period) => [period, period]),
);

/** `50/month`, `$0.5/day`: exact, so never through a float. */
export function cap() {
  return z
    .union([z.string().meta({ pattern: CAP_PATTERN }), numberWithoutUnit], { error: NO_CAP })
    .transform((value, context): Cap => {
      const text = String(value).trim();
      if (/^\$?\d+(\.\d+)?$/.test(text))
        return refuse(context, 'has no period; write it like 50/month, 10/week or 2/day');
      const [, whole, fraction = '', unit = ''] = /^\$? ?(\d+)(?:\.(\d+))? ?\/ ?([a-z]+)$/.exec(text) ?? [];
      if (whole === undefined) return refuse(context, NO_CAP);
      const period = PERIODS.get(unit);
      if (period === undefined) return refuse(context, 'has an unknown period; day, week and month are known');
      if (fraction.length > PICO_DIGITS) return refuse(context, `has more than ${PICO_DIGITS} decimals`);
      const amountPico = BigInt(whole + fraction.padEnd(PICO_DIGITS, '0'));
      if (amountPico === 0n) return refuse(context, 'is nothing; write allow: local for a profile that never spends');
      if (amountPico > MOST_PICO) return refuse(context, 'is too much; the most is 1000000 dollars');
      return { amountPico, period };
    });
}
