import { calcPrice, findProvider, type ModelInfo, type Provider } from '@pydantic/genai-prices';
import { describe, expect, it } from 'vitest';
import { UNKNOWN_USAGE, type Usage } from '../../src/canonical/usage.ts';
import { compilePriceBook } from '../../src/pricing/compile-price-book.ts';
import { PRICE_DATA_VERSION } from '../../src/pricing/price-data.ts';
import { PROVIDERS } from '../../src/providers/table.ts';

const NOW = Date.UTC(2026, 7, 1, 12);
const book = compilePriceBook();

function usage(fields: Partial<Usage>): Usage {
  return { ...UNKNOWN_USAGE, inputTokens: 0, outputTokens: 0, ...fields };
}

describe('against the package’s own calculation', () => {
  const day = 86_400_000;
  const moments = [
    NOW,
    NOW + 2.5 * 3_600_000,
    NOW + day / 2,
    NOW + 0.8 * day,
    Date.UTC(2024, 0, 1),
    Date.UTC(2026, 10, 21, 3),
  ];
  const usages: readonly Partial<Usage>[] = [
    { inputTokens: 1000, outputTokens: 100 },
    { inputTokens: 1000, outputTokens: 0 },
    { inputTokens: 1000, outputTokens: 500, cacheReadTokens: 300 },
    { inputTokens: 1000, outputTokens: 500, cacheReadTokens: 300, cacheWrite5mTokens: 200 },
    { inputTokens: 1000, outputTokens: 500, cacheWrite5mTokens: 200, cacheWrite1hTokens: 100 },
    { inputTokens: 1000, outputTokens: 500, inputAudioTokens: 70, outputAudioTokens: 30 },
    { inputTokens: 1000, outputTokens: 500, reasoningTokens: 450 },
    { inputTokens: 150_000, outputTokens: 9000, cacheReadTokens: 100_000, reasoningTokens: 100 },
    { inputTokens: 250_000, outputTokens: 9000, cacheReadTokens: 100_000 },
    { inputTokens: 1_500_000, outputTokens: 64_000 },
  ];
  // Reached through the ids that the data itself has, so that no list of ours can go stale.
  const ids = new Set(PROVIDERS.flatMap((provider) => provider.priceProvider ?? []));
  const others = ['arcee', 'avian', 'cursor', 'doubleword', 'modal', 'quicksilverpro', 'typesafe'];
  const routers = [
    'fireworks-ai',
    'groq',
    'hyperbolic',
    'nebius',
    'novita',
    'nscale',
    'ovhcloud',
    'sambanova',
    'together',
  ];
  const providers = [...ids, ...others, ...routers.map((id) => `huggingface_${id}`)].flatMap((id): Provider[] => {
    const found = findProvider({ providerId: id });
    return found === undefined ? [] : [found];
  });

  it.each([...new Set(providers)].map((provider) => [provider.id, provider] as const))('%s', (_id, provider) => {
    let compared = 0;
    for (const model of provider.models) {
      const times = Array.isArray(model.prices) ? moments : [NOW];
      for (const id of new Set([model.id, nameFor(model.match)])) {
        for (const tokens of usages) {
          for (const atMs of times) if (compare(provider, id, tokens, atMs)) compared++;
        }
      }
    }
    expect(compared).toBeGreaterThan(0);
  });

  /** A name that a rule matches, or is likely to. */
  function nameFor(rule: ModelInfo['match']): string {
    if ('or' in rule) return rule.or[0] === undefined ? '' : nameFor(rule.or[0]);
    if ('and' in rule) return rule.and[0] === undefined ? '' : nameFor(rule.and[0]);
    return Object.values(rule)[0] ?? '';
  }

  function compare(provider: Provider, id: string, tokens: Partial<Usage>, atMs: number): boolean {
    const written = (tokens.cacheWrite5mTokens ?? 0) + (tokens.cacheWrite1hTokens ?? 0);
    const expected = calcPrice(
      {
        input_tokens: tokens.inputTokens ?? 0,
        output_tokens: tokens.outputTokens ?? 0,
        cache_read_tokens: tokens.cacheReadTokens ?? 0,
        cache_write_tokens: written,
        cache_write_1h_tokens: tokens.cacheWrite1hTokens ?? 0,
        input_audio_tokens: tokens.inputAudioTokens ?? 0,
        output_audio_tokens: tokens.outputAudioTokens ?? 0,
        output_reasoning_tokens: tokens.reasoningTokens ?? 0,
      },
      id,
      { providerId: provider.id, timestamp: new Date(atMs) },
    );
    const price = book.priceOf(usage(tokens), provider.id, id, atMs);
    if (expected === null) {
      expect(price).toBeNull();
      return false;
    }
    if (price === null) {
      // Ours says "unpriced" where the package takes a class without a price for free, or mixed output for text.
      const keys = Object.keys(expected.model_price);
      const isMixed = ['output_image_mtok', 'output_video_mtok', 'output_citation_mtok'].some((key) =>
        keys.includes(key),
      );
      const lacksInput = !keys.includes('input_mtok');
      const lacksOutput = !keys.includes('output_mtok') && tokens.outputTokens !== 0;
      expect(isMixed || lacksInput || lacksOutput, `${provider.id}/${id} is unpriced`).toBe(true);
      return false;
    }
    const dollars = price.costPico / 1e12;
    expect(Math.abs(dollars - expected.total_price)).toBeLessThanOrEqual(expected.total_price * 1e-9 + 1e-11);
    expect(price.priceVersion).toBe(`${PRICE_DATA_VERSION} ${provider.id}/${expected.model.id}`);
    return true;
  }
});
