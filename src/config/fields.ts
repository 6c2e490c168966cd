import type { KeychainReference } from '../canonical/credential.ts';
import { z } from '../std/schema.ts';
import { Secret } from '../std/secret.ts';
import type { Checked } from './addresses.ts';
import { formatDuration, formatSize, parseDuration, parseSize } from './units.ts';

/*
 * The kinds of value that a config has. Every message is what can be said after the value, as in "`5x` is not a
 * duration", and never holds the value: who shows it must know whether it can be shown.
 */

export interface Limits {
  readonly min: number;
  readonly max: number;
}

/** `5s`, `500ms`, `1h30m` as milliseconds. */
export function duration(limits: Limits) {
  return z
    .union([z.string().meta({ pattern: `^${DURATION_PATTERN}$` }), numberWithoutUnit], { error: NO_DURATION })
    .transform((value, context) => durationOf(value, { ...limits, wrong: NO_DURATION }, context));
}

/** The same, or `off` or no time at all: `null`. */
export function durationOrOff(limits: Limits) {
  const wrong = `${NO_DURATION}, or off`;
  return z
    .union([z.string().meta({ pattern: `^(${DURATION_PATTERN}|off)$` }), numberWithoutUnit], { error: wrong })
    .transform((value, context) => {
      const text = String(value).trim();
      return text === 'off' || parseDuration(text) === 0 ? null : durationOf(value, { ...limits, wrong }, context);
    });
}

/** `wrong`: what is said of a text that is none. */
export function durationOf(
  value: string | number,
  { min, max, wrong }: Limits & { readonly wrong: string },
  context: z.core.$RefinementCtx,
): number {
  const durationMs = typeof value === 'string' ? parseDuration(value.trim()) : null;
  if (durationMs === null) {
    const bare = /^\d+(\.\d+)?$/.test(String(value).trim());
    return refuse(context, bare ? 'has no unit; write it like 500ms, 5s, 2m or 1h30m' : wrong);
  }
  if (durationMs < min) return refuse(context, `is too short; the shortest is ${formatDuration(min)}`);
  if (durationMs > max) return refuse(context, `is too long; the longest is ${formatDuration(max)}`);
  return durationMs;
}

/** Taken only so that it can be said what it lacks: no number is right, and editors are told so. */
export const numberWithoutUnit = z.number().meta({ not: {} });
/** For editors; what is checked is `parseDuration`. */
export const DURATION_PATTERN = '\\s*(\\d+(\\.\\d+)? ?(ms|s|m|h|d) *)+';
export const NO_DURATION = 'is not a duration; write it like 500ms, 5s, 2m or 1h30m';

/** `64MB`, `64MiB`, `65536` as bytes. */
export function size({ min, max }: Limits) {
  return z.union([z.string(), z.number()], { error: NO_SIZE }).transform((value, context) => {
    const bytes = parseSize(String(value).trim());
    if (bytes === null) return refuse(context, NO_SIZE);
    if (bytes < min) return refuse(context, `is too small; the smallest is ${formatSize(min)}`);
    if (bytes > max) return refuse(context, `is too large; the largest is ${formatSize(max)}`);
    return bytes;
  });
}

const NO_SIZE = 'is not a size; write it like 64MB, 64MiB, 512KB or a number of bytes';

/** A TCP port; as a text too, since `${PORT}` is one. */
export function port({ min, max }: Limits) {
  const wrong = `is not a port; write a number from ${min} to ${max}`;
  return z.union([z.number(), z.string()], { error: wrong }).transform((value, context) => {
    const number = typeof value === 'number' ? value : /^\s*\d+\s*$/.test(value) ? Number(value) : NaN;
    return Number.isInteger(number) && number >= min && number <= max ? number : refuse(context, wrong);
  });
}

/** `true` or `false`; as a text too, since `${NAME}` is one. */
export function yesOrNo() {
  const wrong = 'is neither true nor false';
  return z.union([z.boolean(), z.string()], { error: wrong }).transform((value, context) => {
    if (typeof value === 'boolean') return value;
    const word = value.trim().toLowerCase();
    return word === 'true' || word === 'false' ? word === 'true' : refuse(context, wrong);
  });
}

/** A text that a function checks and brings into one form. */
export function checkedText(check: (text: string) => Checked) {
  return z.string().transform((value, context) => {
    const checked = check(value.trim());
    return 'value' in checked ? checked.value : refuse(context, checked.wrong);
  });
}

/** A key as it goes into a header, or `keychain:ACCOUNT`. Spaces and line ends around it are what copying leaves. */
export function credentialValue() {
  return z.string().transform((value, context): Secret | KeychainReference => {
    const text = value.trim();
    if (text === '') return refuse(context, 'is empty; give a key, or take the line out if none is needed');
    if (isKeychainReference(text)) {
      const account = text.slice(KEYCHAIN.length);
      return ACCOUNT.test(account) ? { kind: 'keychain', account } : refuse(context, NO_ACCOUNT);
    }
    if (/^[\x21-\x7e]+$/.test(text)) return new Secret(text);
    return refuse(context, 'has characters in it that no key has (spaces, line ends, accents)');
  });
}

const KEYCHAIN = 'keychain:';

/** Whether the value of an `api_key` names a key of the keychain instead of holding one. */
export function isKeychainReference(text: string): boolean {
  return text.trim().startsWith(KEYCHAIN);
}

/** A provider's id, then perhaps the name of one of its keys. */
const ACCOUNT = /^[!-.0-9;-~]+(:[A-Za-z0-9._-]+)?$/;
const NO_ACCOUNT = 'is no reference to the keychain; write keychain:PROVIDER or keychain:PROVIDER:KEYNAME';

const NAME_LENGTH = 128;

/**
 * The name of a server or provider: what stands before the slash of `name/model`, and goes into headers. No colon:
 * `openai:work` is a key of openai, which nobody but openai may get.
 */
export const providerName = z
  .string()
  .regex(/^[!-.0-9;-~]*$/, {
    error: 'has characters that a name cannot have (spaces, slashes, colons, other than ASCII)',
  })
  .min(1, { error: 'is empty' })
  .max(NAME_LENGTH, { error: `is longer than ${NAME_LENGTH} characters` });

export function refuse(context: z.core.$RefinementCtx, message: string): never {
  context.issues.push({ code: 'custom', message, input: undefined });
  return z.NEVER;
}
