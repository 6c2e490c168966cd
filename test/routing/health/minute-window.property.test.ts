import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MinuteWindow } from '../../../src/routing/health/minute-window.ts';
import { NOON } from '../../helpers/groups.ts';

interface Addition {
  readonly amount: number;
  readonly at: number;
}

const additions = fc
  .array(fc.record({ amount: fc.integer({ min: 0, max: 1000 }), gapMs: fc.integer({ min: 0, max: 40_000 }) }), {
    minLength: 1,
    maxLength: 60,
  })
  .map((list) => {
    let at = NOON;
    return list.map(({ amount, gapMs }): Addition => ({ amount, at: (at += gapMs) }));
  });

function filled(list: readonly Addition[]): MinuteWindow {
  const window = new MinuteWindow();
  for (const { amount, at } of list) window.add(amount, at);
  return window;
}

const since = (list: readonly Addition[], from: number): number =>
  list.filter(({ at }) => at > from).reduce((sum, { amount }) => sum + amount, 0);

describe('MinuteWindow', () => {
  it('holds all of the last minute, and nothing that is older than 61 seconds', () => {
    fc.assert(
      fc.property(additions, fc.integer({ min: 0, max: 90_000 }), (list, laterMs) => {
        const now = (list.at(-1)?.at ?? NOON) + laterMs;
        const sum = filled(list).sum(now);
        expect(sum).toBeGreaterThanOrEqual(since(list, now - 60_000));
        expect(sum).toBeLessThanOrEqual(since(list, now - 61_001));
      }),
    );
  });

  it('knows when it will have fallen to an amount, and not before', () => {
    fc.assert(
      fc.property(additions, fc.integer({ min: 0, max: 5000 }), (list, amount) => {
        const now = list.at(-1)?.at ?? NOON;
        const at = filled(list).fallsTo(amount, now);
        expect(filled(list).sum(at)).toBeLessThanOrEqual(amount);
        if (at > now) expect(filled(list).sum(at - 1)).toBeGreaterThan(amount);
      }),
    );
  });

  it('stands still while the clock is set back', () => {
    const window = filled([{ amount: 5, at: NOON }]);
    window.add(3, NOON - 3_600_000);
    expect(window.sum(NOON - 3_600_000)).toBe(8);
    expect(window.sum(NOON + 61_000)).toBe(0);
  });
});
