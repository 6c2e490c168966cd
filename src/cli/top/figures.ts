import { picoOf, readableCount, readableUsd } from '../render/money.ts';

const SECOND_MS = 1000;
const MINUTE_S = 60;
const HOUR_S = 3600;
const DAY_S = 86_400;

/** `$0.0123`; `unpriced` when nothing is known, `$0.0123+` when a part has no price. */
export function costText(usd: string | null, unpriced: boolean): string {
  const pico = usd === null ? null : picoOf(usd);
  if (pico === null) return unpriced ? 'unpriced' : '-';
  return unpriced ? (pico === 0n ? 'unpriced' : `${readableUsd(pico)}+`) : readableUsd(pico);
}

/** The cost of what is under way, which is counted here: `~$0.0123`. */
export function costSoFarText(usd: string | null, unpriced: boolean): string {
  const text = costText(usd, unpriced);
  return text.includes('$') ? `~${text}` : text;
}

export function usdText(usd: string | null): string {
  return costText(usd, false);
}

/** A length of time in at most five columns: `0.42s`, `12.3s`, `4m05`, `3h12`, `5d`. */
export function shortTime(ms: number | null): string {
  if (ms === null) return '-';
  const seconds = Math.max(0, ms) / SECOND_MS;
  if (seconds < 9.995) return `${seconds.toFixed(2)}s`;
  if (seconds < 99.95) return `${seconds.toFixed(1)}s`;
  const whole = Math.round(seconds);
  if (whole < HOUR_S) return `${Math.floor(whole / MINUTE_S)}m${twoDigits(whole % MINUTE_S)}`;
  if (whole < DAY_S) return `${Math.floor(whole / HOUR_S)}h${twoDigits(Math.floor((whole % HOUR_S) / MINUTE_S))}`;
  return `${Math.floor(whole / DAY_S)}d`;
}

/** A rate in at most five columns: `0.8`, `38.2`, `412`, `12.3k`. `null`: not known. */
export function rateText(perSecond: number | null): string {
  if (perSecond === null) return '-';
  if (perSecond < 99.95) return perSecond.toFixed(1);
  if (perSecond < 9999.5) return String(Math.round(perSecond));
  return perSecond < 999_500 ? `${(perSecond / 1000).toFixed(1)}k` : readableCount(perSecond);
}

export function countText(count: number | null): string {
  return count === null ? '-' : readableCount(count);
}

/** Time of the day where the watcher is: `14:05`. */
export function clockText(at: number): string {
  const date = new Date(at);
  return `${twoDigits(date.getHours())}:${twoDigits(date.getMinutes())}`;
}

/** `14:05:09`. */
export function preciseClockText(at: number): string {
  return `${clockText(at)}:${twoDigits(new Date(at).getSeconds())}`;
}

/** The value below which so many of a hundred lie (nearest rank); `null`: there are no values. */
export function percentile(values: readonly number[], hundredths: number): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((hundredths / 100) * sorted.length) - 1)] ?? null;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}

/** Dollars for a million tokens, input and output: `2.50/10`; `free`; `-`: none is known. */
export function priceText(
  price: { readonly input_usd: string; readonly output_usd: string } | null | undefined,
): string {
  if (price === undefined) return '';
  if (price === null) return '-';
  const [input, output] = [Number(price.input_usd), Number(price.output_usd)];
  if (input === 0 && output === 0) return 'free';
  return `${shortAmount(input)}/${shortAmount(output)}`;
}

/** At most five characters for what prices are: `2.50`, `10`, `0.075`. */
function shortAmount(dollars: number): string {
  if (Number.isInteger(dollars)) return String(dollars);
  if (dollars < 0.1) return String(Number(dollars.toFixed(4))).slice(0, 5);
  return dollars.toFixed(2).slice(0, 5);
}
