import type { CapStatus } from '../../daemon/status.ts';
import { picoOf } from './money.ts';

const PICO_DIGITS = 12;
/** As many as amounts have elsewhere; cents are always written. */
const LEAST_DIGITS = 2;
const USUAL_DIGITS = 4;

/** What is spent of a cap: `$12.40 of $50/month`, `$50 of $50/month (reached)`. */
export function capText(cap: Pick<CapStatus, 'amount_usd' | 'period' | 'spent_usd'>): string {
  const amount = picoOf(cap.amount_usd);
  const most = `$${amount === null ? '?' : exact(amount)}/${cap.period}`;
  const spent = cap.spent_usd === null ? null : picoOf(cap.spent_usd);
  if (spent === null) return `${most} (spent: the ledger cannot be read)`;
  return `${spentText(spent, amount ?? 0n)} of ${most}${isReached(cap) ? ' (reached)' : ''}`;
}

export function isReached({ amount_usd, spent_usd }: Pick<CapStatus, 'amount_usd' | 'spent_usd'>): boolean {
  const spent = spent_usd === null ? null : picoOf(spent_usd);
  const amount = picoOf(amount_usd);
  return spent !== null && amount !== null && spent >= amount;
}

/** Rounded, but never so far that it seems to be the cap itself, or on its other side. */
function spentText(spent: bigint, amount: bigint): string {
  if (spent > 0n && spent < 10n ** BigInt(PICO_DIGITS - USUAL_DIGITS) && spent < amount) return '<$0.0001';
  let digits = USUAL_DIGITS;
  while (digits < PICO_DIGITS && order(rounded(spent, digits), amount) !== order(spent, amount)) digits += 1;
  return `$${exact(rounded(spent, digits))}`;
}

function order(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Halves up. */
function rounded(pico: bigint, digits: number): bigint {
  const unit = 10n ** BigInt(PICO_DIGITS - digits);
  return ((pico + unit / 2n) / unit) * unit;
}

/** All its digits; whole dollars without cents. */
function exact(pico: bigint): string {
  const digits = pico.toString().padStart(PICO_DIGITS + 1, '0');
  const fraction = digits.slice(-PICO_DIGITS).replace(/0+$/, '');
  const cents = fraction === '' ? '' : `.${fraction.padEnd(LEAST_DIGITS, '0')}`;
  return `${digits.slice(0, -PICO_DIGITS).replace(/\B(?=(\d{3})+$)/g, ',')}${cents}`;
}
