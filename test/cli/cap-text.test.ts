import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { capText, isReached } from '../../src/cli/render/cap.ts';
import { picoOf } from '../../src/cli/render/money.ts';

describe('a cap', () => {
  it.each([
    ['12.4', '50', '$12.40 of $50/month'],
    ['12.34567', '50', '$12.3457 of $50/month'],
    ['0', '50', '$0 of $50/month'],
    ['0.015', '0.0125', '$0.015 of $0.0125/month (reached)'],
    ['0.0125', '0.0125', '$0.0125 of $0.0125/month (reached)'],
    ['0.012499', '0.0125', '$0.012499 of $0.0125/month'],
    ['49.99999999', '50', '$49.99999999 of $50/month'],
    ['50.00000001', '50', '$50.00000001 of $50/month (reached)'],
    ['0.00001', '50', '<$0.0001 of $50/month'],
    ['1234.5', '5000', '$1,234.50 of $5,000/month'],
    [null, '50', '$50/month (spent: the ledger cannot be read)'],
  ])('%s of %s is told as %s', (spent_usd, amount_usd, text) => {
    expect(capText({ spent_usd, amount_usd, period: 'month' })).toBe(text);
  });

  it('is told so that the amounts compare as they do, whatever they are', () => {
    const usd = fc
      .tuple(fc.nat(100), fc.bigInt({ min: 0n, max: 999_999_999_999n }))
      .map(([whole, fraction]) => `${whole}.${String(fraction).padStart(12, '0')}`);
    fc.assert(
      fc.property(usd, usd, (spent_usd, amount_usd) => {
        const cap = { spent_usd, amount_usd, period: 'day' } as const;
        const [spent = 0n, amount = 0n] = [spent_usd, amount_usd].map((text) => picoOf(text) ?? 0n);
        const [, told = ''] = /^\$([\d.]+) of/.exec(capText(cap)) ?? [];
        const shown = picoOf(told);
        if (shown !== null) expect(shown >= amount).toBe(spent >= amount);
        expect(isReached(cap)).toBe(spent >= amount);
      }),
    );
  });
});
