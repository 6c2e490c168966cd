import { describe, expect, it } from 'vitest';
import { UNKNOWN_USAGE } from '../../src/canonical/usage.ts';
import { compilePriceBook } from '../../src/pricing/compile-price-book.ts';
import { isFreeCall } from '../../src/pricing/free-calls.ts';

const AT = Date.UTC(2026, 5, 1);
const PICO = 1e12;
const BOOK = compilePriceBook();

describe('the price of sound', () => {
  it.each([
    // Published: $0.006 a minute, which is $0.36 an hour.
    ['openai', 'whisper-1', 37, (37 * 0.006 * PICO) / 60],
    ['openai', 'whisper-1', 3600, 0.36 * PICO],
    ['openai', 'whisper-1', 0, 0],
    ['groq', 'whisper-large-v3-turbo', 3600, 0.04 * PICO],
    ['groq', 'whisper-large-v3', 0.5, (0.111 * PICO) / 7200],
  ])('of %s/%s for %d s is by the length', (provider, model, seconds, cost) => {
    expect(BOOK.priceOfAudio(seconds, provider, model, AT)?.costPico).toBe(Math.round(cost));
  });

  it.each([
    ['openai', 'gpt-4o-transcribe', 37],
    ['openai', 'tts-1', 37],
    ['openai', 'unknown', 37],
    ['nobody', 'whisper-1', 37],
    ['openai', 'whisper-1', -1],
    ['openai', 'whisper-1', Number.NaN],
    ['openai', 'whisper-1', 1e18],
  ])('of %s/%s for %d s is not known', (provider, model, seconds) => {
    expect(BOOK.priceOfAudio(seconds, provider, model, AT)).toBeNull();
  });
});

describe('what relayed calls cost by their tokens', () => {
  const book = compilePriceBook();
  const cost = (usage: Partial<typeof UNKNOWN_USAGE>, provider: string, model: string) =>
    book.priceOf({ ...UNKNOWN_USAGE, ...usage }, provider, model, AT)?.costPico ?? null;

  it.each([
    // Dollars per million: text 5, images 10, output 40.
    ['gpt-image-1', { inputTokens: 50, imageTokens: 40, outputTokens: 1056 }, 10 * 5 + 40 * 10 + 1056 * 40],
    // Text 2.5, sound 6, output 10.
    ['gpt-4o-transcribe', { inputTokens: 14, inputAudioTokens: 10, outputTokens: 45 }, 4 * 2.5 + 10 * 6 + 45 * 10],
    // Text 0.6, sound 12.
    ['gpt-4o-mini-tts', { inputTokens: 14, outputTokens: 101 }, 14 * 0.6 + 101 * 12],
  ])('is known of %s', (model, usage, perMillion) => {
    expect(cost(usage, 'openai', model)).toBe(Math.round(perMillion * 1e6));
  });

  it.each([
    // Its images and its text have different prices, and the usage does not tell them apart.
    ['openai', 'gpt-image-1.5'],
    ['openai', 'dall-e-3'],
    ['openai', 'whisper-1'],
    ['openai', 'omni-moderation-latest'],
    ['cohere', 'rerank-v3.5'],
    ['voyageai', 'rerank-2.5'],
  ])('is not known of %s/%s', (provider, model) => {
    expect(cost({ inputTokens: 10, outputTokens: 1 }, provider, model)).toBeNull();
  });
});

describe('a free call', () => {
  it.each([
    ['openai', 'moderations', true],
    ['openai', 'images/generations', false],
    ['mistral', 'moderations', false],
    ['', '', false],
  ])('of %s to %s: %s', (provider, endpoint, isFree) => {
    expect(isFreeCall(provider, endpoint)).toBe(isFree);
  });
});
