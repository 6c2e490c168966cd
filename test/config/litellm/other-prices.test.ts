import { describe, expect, it } from 'vitest';
import { readText } from './reading.ts';

/** The price of the one deployment in the native form. */
function priceOf(params: string): unknown {
  const { native } = readText(`model_list: [{model_name: a, litellm_params: {model: openai/m, ${params}}}]`);
  return native;
}

const LOCAL = 'api_base: "http://127.0.0.1:4519/v1"';
const withPrice = (price: unknown): object => ({ models: { a: { deployments: [{ price }] } } });

describe('a price by another unit than tokens', () => {
  it.each(['input_cost_per_second: 0.01', 'output_cost_per_image: 0.04', 'tiered_pricing: [{range: [0, 1]}]'])(
    'makes a local deployment one of unknown price: %s',
    (key) => {
      expect(priceOf(`${LOCAL}, ${key}`)).toMatchObject(withPrice('unknown'));
    },
  );

  it('does not take the place of a price by tokens', () => {
    const prices = 'input_cost_per_token: 0.000001, input_cost_per_second: 0.01';
    expect(priceOf(`${LOCAL}, ${prices}`)).toMatchObject(withPrice({ input: 1 }));
  });

  it.each([
    ['of nothing says nothing', `${LOCAL}, input_cost_per_second: 0.0`],
    ['leaves a provider the price that is known of it', 'input_cost_per_second: 0.01'],
  ])('%s', (_, params) => {
    expect(JSON.stringify(priceOf(params))).not.toContain('unknown');
  });
});
