import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { UNKNOWN_USAGE, type Usage } from '../../src/canonical/usage.ts';
import { compilePriceBook } from '../../src/pricing/compile-price-book.ts';
import { loadPriceBook } from '../../src/pricing/load-price-book.ts';
import { PRICE_DATA_VERSION } from '../../src/pricing/price-data.ts';

const NOW = Date.UTC(2026, 7, 1, 12);
const book = compilePriceBook();

function usage(fields: Partial<Usage>): Usage {
  return { ...UNKNOWN_USAGE, inputTokens: 0, outputTokens: 0, ...fields };
}

function cost(provider: string, model: string, fields: Partial<Usage>, atMs = NOW): number | null {
  return book.priceOf(usage(fields), provider, model, atMs)?.costPico ?? null;
}

describe('prices worked out by hand from the published ones', () => {
  it.each([
    // gpt-4o: $2.50 in, $1.25 cached, $10 out per million.
    ['openai', 'gpt-4o', { inputTokens: 1000, outputTokens: 100 }, 3_500_000_000],
    ['openai', 'gpt-4o', { inputTokens: 1, outputTokens: 0 }, 2_500_000],
    ['openai', 'gpt-4o', { inputTokens: 1000, outputTokens: 0, cacheReadTokens: 400 }, 2_000_000_000],
    ['openai', 'gpt-4o', { inputTokens: 0, outputTokens: 100, reasoningTokens: 60 }, 1_000_000_000],
    ['openai', 'gpt-4o', { inputTokens: 0, outputTokens: 0 }, 0],
    // gpt-4o-mini: $0.15 in, $0.60 out.
    ['openai', 'gpt-4o-mini', { inputTokens: 7, outputTokens: 3 }, 2_850_000],
    // text-embedding-3-small: $0.02 in, nothing comes out.
    ['openai', 'text-embedding-3-small', { inputTokens: 8191, outputTokens: 0 }, 163_820_000],
    // claude-sonnet-4: $3 in, $3.75 written for 5 minutes, $6 for an hour, $0.30 read, $15 out.
    [
      'anthropic',
      'claude-sonnet-4-20250514',
      { inputTokens: 1000, outputTokens: 10, cacheReadTokens: 500, cacheWrite5mTokens: 200, cacheWrite1hTokens: 100 },
      200 * 3_000_000 + 500 * 300_000 + 200 * 3_750_000 + 100 * 6_000_000 + 10 * 15_000_000,
    ],
    // sonar: $1 in, $1 out, and $12 per thousand requests.
    ['perplexity', 'sonar', { inputTokens: 10, outputTokens: 20 }, 30 * 1_000_000 + 12_000_000_000],
    // gpt-audio: $2.50 in, $32 audio in, $10 out, $64 audio out.
    [
      'openai',
      'gpt-audio',
      { inputTokens: 100, inputAudioTokens: 40, outputTokens: 30, outputAudioTokens: 20 },
      60 * 2_500_000 + 40 * 32_000_000 + 10 * 10_000_000 + 20 * 64_000_000,
    ],
    // Free by its name, with no prices in the data.
    ['openrouter', 'openai/gpt-oss-20b:free', { inputTokens: 5000, outputTokens: 5000 }, 0],
    // Written at $0.08333333333333334 per million, 83,333.33333333334 pico-dollars per token; read at $0.01.
    ['openrouter', 'google/gemini-2.5-flash-lite', { inputTokens: 1, cacheWrite5mTokens: 1 }, 83_333],
    ['openrouter', 'google/gemini-2.5-flash-lite', { inputTokens: 3, cacheWrite5mTokens: 3 }, 250_000],
    [
      'openrouter',
      'google/gemini-2.5-flash-lite',
      { inputTokens: 501, cacheWrite5mTokens: 500, cacheReadTokens: 1 },
      41_676_667,
    ],
  ])('%s/%s %j', (provider, model, tokens, pico) => {
    expect(cost(provider, model, tokens)).toBe(pico);
  });

  it('prices the whole input at the higher tier once it is longer, not only what is over', () => {
    // gemini-2.5-pro: $1.25 up to 200,000 tokens, $2.50 above; output $10 and $15.
    expect(cost('google', 'gemini-2.5-pro', { inputTokens: 200_000, outputTokens: 1 })).toBe(
      200_000 * 1_250_000 + 10_000_000,
    );
    expect(cost('google', 'gemini-2.5-pro', { inputTokens: 200_001, outputTokens: 1 })).toBe(
      200_001 * 2_500_000 + 15_000_000,
    );
  });
});

describe('what is not known is unpriced', () => {
  it.each([
    ['a model that the data lacks', 'openai', 'no-such-model', { inputTokens: 1 }],
    ['a provider that the data lacks', 'no-such-provider', 'gpt-4o', { inputTokens: 1 }],
    ['a name that merely contains a provider', 'my-openai-proxy', 'gpt-4o', { inputTokens: 1 }],
    ['unknown input', 'openai', 'gpt-4o', { inputTokens: null }],
    ['unknown output', 'openai', 'gpt-4o', { outputTokens: null }],
    [
      'output of a model without a price for it',
      'openai',
      'text-embedding-3-small',
      { inputTokens: 1, outputTokens: 1 },
    ],
    ['a model whose data has no price', 'google', 'gemma-3', { inputTokens: 1 }],
    ['a model priced by the second only', 'openai', 'whisper-1', { inputTokens: 1 }],
    ['more cached than there was', 'openai', 'gpt-4o', { inputTokens: 1, cacheReadTokens: 2 }],
    [
      'cached input and audio that overlap',
      'google',
      'gemini-2.5-flash',
      { inputTokens: 9, cacheReadTokens: 2, inputAudioTokens: 2 },
    ],
    ['output that may be images', 'google', 'gemini-2.5-flash-image', { inputTokens: 1, outputTokens: 1290 }],
    ['more than an amount can hold', 'openai', 'gpt-4o', { inputTokens: Number.MAX_SAFE_INTEGER }],
    ['an empty name', 'openai', '', { inputTokens: 1 }],
  ])('%s', (_name, provider, model, tokens) => {
    expect(cost(provider, model, tokens)).toBeNull();
  });
});

describe('the names of models', () => {
  it.each([
    ['gpt-4o-2024-08-06', 'openai', 'openai/gpt-4o'],
    ['GPT-4o', 'openai', 'openai/gpt-4o'],
    ['gpt-4o', 'azure', 'azure/gpt-4o'],
  ])('%s of %s is priced as %s', (model, provider, name) => {
    expect(book.priceOf(usage({ inputTokens: 1 }), provider, model, NOW)?.priceVersion).toBe(
      `${PRICE_DATA_VERSION} ${name}`,
    );
  });

  it('gives the same answer when asked again, and for another model', () => {
    const first = cost('openai', 'gpt-4o', { inputTokens: 10 });
    expect(cost('openai', 'gpt-4o', { inputTokens: 10 })).toBe(first);
    expect(cost('openai', 'gpt-4o-mini', { inputTokens: 10 })).not.toBe(first);
    expect(cost('openai', 'no-such-model', { inputTokens: 10 })).toBeNull();
    expect(cost('openai', 'no-such-model', { inputTokens: 10 })).toBeNull();
  });

  it('survives more names than are remembered', () => {
    for (let index = 0; index < 12_000; index++) cost('openai', `no-such-model-${index}`, { inputTokens: 1 });
    expect(cost('openai', 'gpt-4o', { inputTokens: 1 })).toBe(2_500_000);
  });

  it('knows how many tokens fit', () => {
    expect(book.contextLength('openai', 'gpt-4o')).toBe(128_000);
    expect(book.contextLength('openai', 'no-such-model')).toBeNull();
  });
});

describe('the maker of a bare name', () => {
  it.each([
    ['gpt-4o', 'openai'],
    ['gpt-4o-2024-08-06', 'openai'],
    ['o3', 'openai'],
    ['text-embedding-3-small', 'openai'],
    ['claude-sonnet-4-5', 'anthropic'],
    ['my-moderation', null],
    ['gemma-3-27b-it', null],
    ['voyage-3.5', 'voyageai'],
    ['claude-sonnet-4-20250514', 'anthropic'],
    ['gemini-2.5-flash', 'google'],
    ['grok-4', 'x-ai'],
    ['codestral-latest', 'mistral'],
    ['deepseek-chat', 'deepseek'],
    ['sonar', 'perplexity'],
    ['openai/gpt-4o', null],
    ['llama3.2:3b', null],
    ['llama3.2', null],
    ['qwen3', null],
    ['gpt-oss:20b', null],
    ['', null],
    ['x'.repeat(10_000), null],
  ])('%s: %s', (model, maker) => {
    expect(book.providerOf(model)).toBe(maker);
    expect(book.providerOf(model)).toBe(maker);
  });
});

describe('time', () => {
  it('of day changes a price where the data says so, across midnight too', () => {
    // deepseek-chat in 2025: cheaper from 16:30 to 00:30 UTC.
    const at = (hour: number, minute: number): number | null =>
      cost('deepseek', 'deepseek-chat', { inputTokens: 1000, outputTokens: 1000 }, Date.UTC(2025, 5, 1, hour, minute));
    expect(at(12, 0)).not.toBe(at(20, 0));
    expect(at(0, 29)).toBe(at(20, 0));
    expect(at(0, 30)).toBe(at(12, 0));
    expect(at(16, 29)).toBe(at(12, 0));
    expect(at(16, 30)).toBe(at(20, 0));
  });
});

it('the version in every price is the one that is installed', () => {
  const file = new URL('../../node_modules/@pydantic/genai-prices/package.json', import.meta.url);
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
  expect(PRICE_DATA_VERSION).toBe(`genai-prices ${version}`);
});

it('other prices can stand before the data', () => {
  const gpt4o = { inputTokens: 10 };
  const withOwn = compilePriceBook((provider, model) => {
    if (model !== 'own') return null;
    const rate = { base: { numerator: 7n, denominator: 1n, whole: 7 }, tiers: [] };
    const none = { cacheRead: null, cacheWrite: null, cacheWrite5m: null, cacheWrite1h: null, inputAudio: null };
    const rest = {
      inputImage: null,
      output: null,
      outputAudio: null,
      reasoning: null,
      request: null,
      audioMs: null,
      outputIsMixed: false,
    };
    return {
      priceVersion: `config ${provider}/own`,
      contextLength: 5,
      pricesAt: () => ({ ...none, ...rest, input: rate }),
    };
  });
  expect(withOwn.priceOf(usage(gpt4o), 'corp', 'own', NOW)).toEqual({ costPico: 70, priceVersion: 'config corp/own' });
});

it('is loaded on demand', async () => {
  const loaded = await loadPriceBook();
  expect(loaded.priceOf(usage({ inputTokens: 1 }), 'openai', 'gpt-4o', NOW)?.costPico).toBe(2_500_000);
});
