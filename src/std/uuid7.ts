import { randomBytes } from 'node:crypto';

const RANDOM_BYTES = 10;
const POOLED_IDS = 400;
/** The hexadecimal digits of the random part of ids to come. */
let digits = '';
let used = 0;

/** A new UUIDv7 (RFC 9562): 48 bits of `nowMs`, then random bits, so that ids sort by the time they were made. */
export function uuid7(nowMs: number = Date.now()): string {
  if (used === digits.length) {
    digits = randomBytes(RANDOM_BYTES * POOLED_IDS).toString('hex');
    used = 0;
  }
  const at = used;
  used += RANDOM_BYTES * 2;
  const time = nowMs.toString(16).padStart(12, '0');
  const variant = VARIANTS[digits.charCodeAt(at + 3) & 3] ?? '8';
  return (
    `${time.slice(0, 8)}-${time.slice(8)}-7${digits.slice(at, at + 3)}-` +
    `${variant}${digits.slice(at + 4, at + 7)}-${digits.slice(at + 7, at + 19)}`
  );
}

/** The two highest bits of this digit are fixed. */
const VARIANTS = ['8', '9', 'a', 'b'];
