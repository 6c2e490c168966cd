/** Smallest first; a written duration names the larger unit first. */
const DURATION_UNITS_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Powers of 1000 for KB, MB, GB and TB, powers of 1024 for KiB, MiB, GiB and TiB. */
const SIZE_UNITS_BYTES = {
  b: 1,
  kb: 1000,
  kib: 1024,
  mb: 1000 ** 2,
  mib: 1024 ** 2,
  gb: 1000 ** 3,
  gib: 1024 ** 3,
  tb: 1000 ** 4,
  tib: 1024 ** 4,
} as const;

/** Milliseconds of `500ms`, `5s`, `1.5h`, `1h30m`, `1h 30m`, `7d`. `null`: not a duration. */
export function parseDuration(text: string): number | null {
  const terms = [...text.matchAll(/(\d+(?:\.\d+)?) ?(ms|s|m|h|d) */gy)];
  if (terms.length === 0 || terms.map(([whole]) => whole).join('') !== text) return null;
  let total = 0;
  let unitBefore = Infinity;
  for (const [, amount, unit] of terms) {
    const unitMs = isKey(DURATION_UNITS_MS, unit) ? DURATION_UNITS_MS[unit] : Infinity;
    if (unitMs >= unitBefore) return null;
    unitBefore = unitMs;
    total += Number(amount) * unitMs;
  }
  return wholeNumber(total);
}

/** The shortest way to write a duration that `parseDuration` reads back: `1h30m`, `0ms`. */
export function formatDuration(durationMs: number): string {
  let left = Math.round(durationMs);
  let text = '';
  for (const [unit, unitMs] of Object.entries(DURATION_UNITS_MS).reverse()) {
    const count = Math.floor(left / unitMs);
    if (count > 0) text += `${count}${unit}`;
    left -= count * unitMs;
  }
  return text === '' ? '0ms' : text;
}

/** Bytes of `64MB` (1000²), `64MiB` (1024²), `512 KB`, `1.5GB`, `65536`; case does not matter. `null`: not a size. */
export function parseSize(text: string): number | null {
  const [, amount, unit] = /^(\d+(?:\.\d+)?) ?([a-z]*)$/.exec(text.toLowerCase()) ?? [];
  if (amount === undefined) return null;
  if (unit === '') return amount.includes('.') ? null : wholeNumber(Number(amount));
  return isKey(SIZE_UNITS_BYTES, unit) ? wholeNumber(Number(amount) * SIZE_UNITS_BYTES[unit]) : null;
}

const WRITTEN_UNITS = ['TB', 'TiB', 'GB', 'GiB', 'MB', 'MiB', 'KB', 'KiB'] as const;

/** The shortest way to write a size that `parseSize` reads back: `64MB`, `64MiB`, `1001`. */
export function formatSize(bytes: number): string {
  const ways = WRITTEN_UNITS.flatMap((unit) => {
    const count = bytes / SIZE_UNITS_BYTES[unit.toLowerCase() as Lowercase<typeof unit>];
    return Number.isInteger(count) && count > 0 ? [`${count}${unit}`] : [];
  });
  return [`${bytes}`, ...ways].reduce((best, way) => (way.length < best.length ? way : best));
}

function wholeNumber(value: number): number | null {
  const rounded = Math.round(value);
  return Number.isSafeInteger(rounded) ? rounded : null;
}

function isKey<Table extends object>(table: Table, name: PropertyKey | undefined): name is keyof Table {
  return name !== undefined && Object.hasOwn(table, name);
}
