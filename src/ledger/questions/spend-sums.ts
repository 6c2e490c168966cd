import { MEASURE_NAMES } from '../roll-up.ts';

/** One value for each measure of the roll-up. `null`: nothing is known. */
export type Sums = Readonly<Record<(typeof MEASURE_NAMES)[number], bigint | null>>;

export const NOTHING: Sums = fill(() => null);

export function addUp(one: Sums, other: Sums): Sums {
  return fill((name) => {
    const left = one[name];
    const right = other[name];
    if (left === null) return right;
    return right === null ? left : left + right;
  });
}

/** The cost as it is told: unknown where there are only attempts without a price, else the sum of what is known. */
export function costOf(sums: Sums): bigint | null {
  if (sums.cost_pico !== null) return sums.cost_pico;
  return (sums.unpriced ?? 0n) > 0n ? null : 0n;
}

/** `values` in the order of `MEASURE_NAMES`, from `offset` on. */
export function sumsFrom(values: readonly unknown[], offset: number): Sums {
  return fill((_, index) => values[offset + index] as bigint | null);
}

function fill(valueOf: (name: (typeof MEASURE_NAMES)[number], index: number) => bigint | null): Sums {
  return Object.fromEntries(MEASURE_NAMES.map((name, index) => [name, valueOf(name, index)])) as Sums;
}
