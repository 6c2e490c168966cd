const PICO_DIGITS = 12;
const DOLLAR = 1_000_000_000_000n;
const CENT = DOLLAR / 100n;
const LEAST_SHOWN = DOLLAR / 10_000n;
const LARGE = 100n * DOLLAR;

/**
 * Pico-dollars for reading: four decimals, two from a hundred dollars on, halves rounded up. An amount too small for
 * that is `<$0.0001`, never `$0`, which is said of nothing only.
 */
export function readableUsd(pico: bigint): string {
  if (pico === 0n) return '$0';
  if (pico < 0n) return `-${readableUsd(-pico)}`;
  if (pico < LEAST_SHOWN) return '<$0.0001';
  const [unit, digits] = pico >= LARGE ? [CENT, 2] : [LEAST_SHOWN, 4];
  const units = ((pico + unit / 2n) / unit).toString().padStart(digits + 1, '0');
  return `$${grouped(units.slice(0, -digits))}.${units.slice(-digits)}`;
}

/** Dollars as an exact decimal text, as the daemon's JSON has them, in pico-dollars. `null`: it is none. */
export function picoOf(usd: string): bigint | null {
  const [, whole, fraction = ''] = /^(\d+)(?:\.(\d{1,12}))?$/.exec(usd) ?? [];
  return whole === undefined ? null : BigInt(whole + fraction.padEnd(PICO_DIGITS, '0'));
}

/** Counts for reading: whole up to 99,999, then three digits: `123k`, `4.56M`. */
export function readableCount(count: number): string {
  if (count < 100_000) return grouped(String(count));
  for (const [unit, name] of [
    [1e12, 'T'],
    [1e9, 'G'],
    [1e6, 'M'],
  ] as const) {
    if (count >= unit) return `${three(count / unit)}${name}`;
  }
  // 999,500 and more would round to 1000k.
  return count >= 999_500 ? '1.00M' : `${Math.round(count / 1000)}k`;
}

function three(value: number): string {
  return value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2);
}

function grouped(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, ',');
}
