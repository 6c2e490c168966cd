import { describe, expect, it } from 'vitest';
import type { ConfiguredPrice } from '../../src/canonical/model-group.ts';
import { UNKNOWN_USAGE } from '../../src/canonical/usage.ts';
import type { Usage } from '../../src/canonical/usage.ts';
import { compilePriceBook } from '../../src/pricing/compile-price-book.ts';
import { priceOfCall } from '../../src/pricing/deployment-price.ts';
import type { PricedCall } from '../../src/pricing/deployment-price.ts';
import { exactRate } from '../../src/pricing/exact-rate.ts';

const AT = Date.UTC(2026, 0, 1);
const BOOK = compilePriceBook();

/** Dollars for a million tokens each. */
function priceOf(dollars: Partial<Record<keyof ConfiguredPrice, number>>): ConfiguredPrice {
  const rate = (key: keyof ConfiguredPrice): ConfiguredPrice[typeof key] => {
    const value = dollars[key];
    return value === undefined ? null : exactRate(value, 6);
  };
  return {
    input: rate('input'),
    output: rate('output'),
    cachedInput: rate('cachedInput'),
    cacheWrite: rate('cacheWrite'),
  };
}

function costOf(call: Partial<Omit<PricedCall, 'usage'>>, usage: Partial<Usage>): readonly unknown[] | null {
  const plain = { billing: null, provider: 'openai', model: 'gpt-4o', audioSeconds: null, at: AT };
  const price = priceOfCall(BOOK, { ...plain, ...call, usage: { ...UNKNOWN_USAGE, ...usage } });
  return price === null ? null : [price.costPico, price.priceVersion.split(' ').at(-1)];
}

const USAGE = { inputTokens: 1000, outputTokens: 10 };
const priced = (price: Parameters<typeof priceOf>[0]) => ({ billing: { price: priceOf(price), priceAs: null } });

describe('what a call costs', () => {
  it('is what the data says of its model, where the config says nothing', () => {
    expect(costOf({}, USAGE)).toEqual([2_600_000_000, 'openai/gpt-4o']);
    expect(costOf({ provider: null }, USAGE)).toBeNull();
  });

  it.each<[string, Parameters<typeof priceOf>[0], Partial<Usage>, number | null]>([
    ['the price of the config', { input: 1, output: 2 }, USAGE, 1_020_000_000],
    ['it to the last pico-dollar', { input: 0.075, output: 0.3 }, { inputTokens: 3, outputTokens: 1 }, 525_000],
    [
      'cached input at its own price',
      { input: 1, output: 2, cachedInput: 0.1 },
      { ...USAGE, cacheReadTokens: 400 },
      660_000_000,
    ],
    [
      'cached input as any other, where it has none',
      { input: 1, output: 2 },
      { ...USAGE, cacheReadTokens: 400 },
      1_020_000_000,
    ],
    [
      'what is written to a cache at its own price',
      { input: 1, output: 2, cacheWrite: 5 },
      { ...USAGE, cacheWrite1hTokens: 100 },
      1_420_000_000,
    ],
    ['nothing, where it is free', { input: 0, output: 0 }, {}, 0],
    ['nobody knows what, without the tokens', { input: 1, output: 2 }, { inputTokens: 3 }, null],
    ['nobody knows what, without the price of what was used', { input: 1 }, USAGE, null],
    ['the input alone, where nothing was written', { input: 1 }, { inputTokens: 1000, outputTokens: 0 }, 1_000_000_000],
  ])('is %s', (_, price, usage, cost) => {
    expect(costOf({ ...priced(price), provider: null }, usage)).toEqual(cost === null ? null : [cost, 'config']);
  });

  it('is that of the model that it is priced as', () => {
    const priceAs = { provider: 'openai', model: 'gpt-4o' };
    const call = { billing: { price: null, priceAs }, provider: null, model: 'my-deployment' };
    expect(costOf(call, USAGE)).toEqual([2_600_000_000, 'openai/gpt-4o']);
  });

  it('is for seconds of sound, of the model that it is priced as', () => {
    const priceAs = { provider: 'openai', model: 'whisper-1' };
    const call = { billing: { price: null, priceAs }, provider: null, model: 'my-ears', audioSeconds: 60 };
    expect(costOf(call, {})).toEqual([6_000_000_000, 'openai/whisper-1']);
  });
});
