import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ExactRate } from '../../src/canonical/money.ts';
import { effectiveConfig } from '../../src/config/effective.ts';
import { parseSettings } from '../../src/config/parse.ts';
import { priceText } from '../../src/config/price-fields.ts';
import { groupOf } from '../../src/routing/plan.ts';
import { modelServer, routeTable } from '../helpers/routes.ts';

function rateOf(written: string): ExactRate | null | undefined {
  const text = `models: {a: {deployments: [{target: x/y, price: {input: ${written}}}]}}`;
  const { settings } = parseSettings({ file: 'f', text, readableByOthers: false }, { PRICE: '0.15' });
  return settings.models[0]?.deployments[0]?.price?.input;
}

const whole = (pico: number): ExactRate => ({ numerator: BigInt(pico), denominator: 1n, whole: pico });

describe('a price', () => {
  it.each([
    ['0', whole(0)],
    ['2.5', whole(2_500_000)],
    ['"$2.50"', whole(2_500_000)],
    ['.5', whole(500_000)],
    ['3.', whole(3_000_000)],
    ['"${PRICE}"', whole(150_000)],
    ['0.0375', whole(37_500)],
    ['1e-6', whole(1)],
    ['2.5E+1', whole(25_000_000)],
    ['1000000', whole(1_000_000_000_000)],
    ['0.0000015', { numerator: 15n, denominator: 10n, whole: null }],
    ['0.000000000001', { numerator: 1n, denominator: 1_000_000n, whole: null }],
    // More digits than a float holds.
    ['99999.123456789012', { numerator: 99_999_123_456_789_012n, denominator: 1_000_000n, whole: null }],
  ])('of %s dollars per million tokens is exact', (written, expected) => {
    expect(rateOf(written)).toEqual(expected);
  });

  it('that is unknown is none of any kind, and none at all beside that of a free server', () => {
    const text = 'models: {a: {deployments: [{target: box/m, price: unknown}]}}';
    const { settings } = parseSettings({ file: 'f', text, readableByOthers: false }, {});
    const { models } = settings;
    expect(models[0]?.deployments[0]?.price).toEqual({
      input: null,
      output: null,
      cachedInput: null,
      cacheWrite: null,
    });
    const group = groupOf(routeTable({ models, servers: [modelServer('box', ['m'])] }), 'a');
    expect(group?.deployments).toMatchObject([{ price: null, billing: { price: { input: null } } }]);
    expect(effectiveConfig(settings, null)).toMatchObject({ models: { a: { deployments: [{ price: 'unknown' }] } } });
  });

  it('in one word is unknown or a mistake', () => {
    const text = 'models: {a: {deployments: [{target: box/m, price: cheap}]}}';
    const message = '`cheap` is no price; write a map like {input: 2.5, output: 10}, or unknown';
    expect(() => parseSettings({ file: 'f', text, readableByOthers: false }, {})).toThrow(message);
  });

  it('is written as it was, less what says nothing', () => {
    const price = fc.tuple(fc.nat(999_999), fc.stringMatching(/^[0-9]{0,12}$/));
    fc.assert(
      fc.property(price, ([dollars, decimals]) => {
        const significant = decimals.replace(/0+$/, '');
        const text = significant === '' ? `${dollars}` : `${dollars}.${significant}`;
        const rate = rateOf(decimals === '' ? `${dollars}` : `${dollars}.${decimals}`);
        expect(rate && priceText(rate)).toBe(text);
      }),
    );
  });
});
