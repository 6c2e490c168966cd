import fc from 'fast-check';
import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { describe, expect, it } from 'vitest';
import { UNKNOWN_USAGE } from '../../src/canonical/usage.ts';
import type { Usage } from '../../src/canonical/usage.ts';
import type { AdmissionRequest } from '../../src/limits/limits.ts';
import { promptTokensOf } from '../../src/limits/prompt-tokens.ts';
import { ASSUMED_OUTPUT_TOKENS, worstCostOf } from '../../src/limits/worst-cost.ts';
import { compilePriceBook } from '../../src/pricing/compile-price-book.ts';
import { PLAIN_PRICES, requestOf, targetOf } from './attempts.ts';

const prices = compilePriceBook();
const AT = Date.UTC(2026, 0, 15);

function bodyOf(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

function chat(content: unknown): Buffer {
  return bodyOf({ model: 'm', messages: [{ role: 'user', content }] });
}

function attemptOn(provider: string, model: string, changes: Partial<AdmissionRequest>): AdmissionRequest {
  return requestOf({ at: AT, target: { ...targetOf('cloud', provider), model }, ...changes });
}

describe('the tokens that a prompt may have', () => {
  it.each([
    ['English', 'The quick brown fox jumps over the lazy dog, and then it rests. '],
    [
      'code',
      'export function sum(values: readonly number[]): number {\n  return values.reduce((a, b) => a + b, 0);\n}\n',
    ],
    ['Chinese', '今天的天气很好，我们一起去公园散步吧。'],
    ['Thai', 'วันนี้อากาศดีมาก เราไปเดินเล่นที่สวนสาธารณะกันเถอะ '],
    ['emoji', '🧑‍💻🎉👩🏽‍🚀 '],
  ])('are no more than told, of %s', (_, text) => {
    const content = text.repeat(200);
    expect(encode(content).length).toBeLessThanOrEqual(promptTokensOf(chat(content)).total);
  });

  it.each([
    ['a table of numbers', '2026-01-15,1204.55,88.1,0.004,19332\n'],
    ['hexadecimal', 'd41d8cd98f00b204e9800998ecf8427e9e107d9d372bb6826bd81d3542a419d6'],
  ])('may be more than told, of %s, and never more than bytes', (_, text) => {
    const body = chat(text.repeat(200));
    const tokens = encode(text.repeat(200)).length;
    expect(tokens).toBeGreaterThan(promptTokensOf(body).total);
    expect(tokens).toBeLessThan(body.length);
  });

  it('are half the bytes of a text and some', () => {
    const short = promptTokensOf(chat('hello'));
    expect(promptTokensOf(chat('hello'.repeat(201))).total - short.total).toBe(500);
    expect(short).toMatchObject({ image: 0, payload: 0 });
    expect(short.total).toBeLessThan(600);
  });

  it('of an image do not go by the bytes of its file', () => {
    const part = (url: string) => [
      { type: 'text', text: 'What is it?' },
      { type: 'image_url', image_url: { url } },
    ];
    const small = promptTokensOf(chat(part(`data:image/png;base64,${'A'.repeat(400)}`)));
    const large = promptTokensOf(chat(part(`data:image/jpeg;base64,${'/9j/4AAQ'.repeat(500_000)}`)));
    const linked = promptTokensOf(chat(part('https://example.org/a.png')));
    expect(large).toEqual(small);
    expect(small.image).toBe(5_000);
    expect(linked.image).toBe(5_000);
    expect(large.total).toBeLessThan(6_000);
    const two = [...part(`data:image/png;base64,${'A'.repeat(400)}`), ...part('https://example.org/b.png')];
    expect(promptTokensOf(chat(two)).image).toBe(10_000);
  });

  it('of audio and documents go by a part of their bytes', () => {
    const audio = [{ type: 'input_audio', input_audio: { data: 'UklGRgAA'.repeat(2_000), format: 'wav' } }];
    expect(promptTokensOf(chat(audio))).toMatchObject({ image: 0, payload: 1_000 });
    const file = [{ type: 'file', file: { file_data: `data:application/pdf;base64,${'JVBERi0x'.repeat(2_000)}` } }];
    const { payload, total } = promptTokensOf(chat(file));
    expect(Math.abs(payload - 1_000)).toBeLessThan(5);
    expect(total).toBeLessThan(1_700);
  });

  it.each([
    ['a text about one', `Write ![](data:image/png;base64,${'A'.repeat(1_000)}) in Markdown.`],
    ['quoted JSON', JSON.stringify({ data: 'A'.repeat(1_000), url: `data:image/png;base64,${'A'.repeat(1_000)}` })],
    ['prose', `"data": ${'some words '.repeat(100)}`],
  ])('of %s are those of text', (_, content) => {
    const body = chat(content);
    expect(promptTokensOf(body)).toMatchObject({ image: 0, payload: 0, total: 512 + Math.ceil(body.length / 2) });
  });

  it.each([
    ['a prompt that begins like an image', `data:image/png;base64,${'the quick brown fox '.repeat(2_000)}`],
    ['a prompt that is a data URL', `data:image/png;base64,${'AbCd'.repeat(2_000)}`],
    ['a prompt with the word many times', `data:image/a${';base64,'.repeat(14)}${'x'.repeat(10_000)}`],
  ])('of %s are those of text, in every place of text', (_, text) => {
    const bodies = [
      chat(text),
      chat([{ type: 'text', text }]),
      bodyOf({ model: 'm', prompt: text }),
      bodyOf({ model: 'm', input: [text] }),
      bodyOf({ messages: [], tools: [{ type: 'function', function: { parameters: { default: { url: text } } } }] }),
      bodyOf({ messages: [{ role: 'tool', content: 'x', image_url: { url: text }, data: text, file_data: text }] }),
      bodyOf({ messages: [{ role: 'user', content: [{ type: 'text', text: { url: text }, url: text }] }] }),
    ];
    for (const body of bodies) {
      expect(promptTokensOf(body)).toEqual({ image: 0, payload: 0, total: 512 + Math.ceil(body.length / 2) });
    }
  });

  it.each<[string, object, 'image' | 'payload' | 'text', string]>([
    ['an image', { image_url: { url: '*', detail: 'low' } }, 'image', 'data:image/png;base64,'],
    ['an image without an object', { image_url: '*' }, 'image', 'data:image/png;base64,'],
    ['a PDF', { file: { filename: 'a.pdf', file_data: '*' } }, 'payload', 'data:application/pdf;base64,'],
    ['a PDF without its type', { file: { file_data: '*' } }, 'payload', ''],
    ['audio', { input_audio: { data: '*', format: 'mp3' } }, 'payload', ''],
    ['audio with a type', { input_audio: { data: '*' } }, 'payload', 'data:;base64,'],
    ['a video', { video_url: { url: '*' } }, 'payload', 'data:video/mp4;base64,'],
    ['a text file', { file: { file_data: '*' } }, 'text', 'data:text/plain;base64,'],
    ['a file of JSON', { file: { file_data: '*' } }, 'text', 'data:application/json;base64,'],
    ['an address that is none', { video_url: { url: '*' } }, 'text', ''],
  ])('of %s go by what it is', (_, part, kind, prefix) => {
    const bodyWith = (payload: string): Buffer =>
      Buffer.from(
        chat([part])
          .toString()
          .replace('*', prefix + payload),
      );
    const grown = (payload: string): { image: number; payload: number; total: number } => {
      const [one, two] = [promptTokensOf(bodyWith(payload)), promptTokensOf(bodyWith(payload + 'AbC/'.repeat(4_000)))];
      return { image: two.image, payload: two.payload - one.payload, total: two.total - one.total };
    };
    const expected = { image: [5_000, 0, 0], payload: [0, 1_000, 1_000], text: [0, 0, 8_000] }[kind];
    expect(Object.values(grown('AbC/'.repeat(100)))).toEqual(expected);
    // PHP writes a slash with a backslash.
    if (kind !== 'text') expect(grown('AbC\\/'.repeat(100)).image).toBe(expected[0]);
    // Anything else makes it a text.
    expect(grown(`${'AbCd'.repeat(100)} `)).toMatchObject({ payload: 0, total: 8_000 });
  });

  it('are found in a view into a larger buffer, and in bytes that are cut anywhere', () => {
    const body = chat([{ type: 'image_url', image_url: { url: `data:image/png;base64,${'A'.repeat(300)}` } }]);
    const padded = Buffer.concat([Buffer.alloc(7, '"'), body, Buffer.alloc(9, '"')]);
    expect(promptTokensOf(new Uint8Array(padded.buffer, padded.byteOffset + 7, body.length))).toEqual(
      promptTokensOf(body),
    );
    for (let end = 0; end <= body.length; end++) {
      expect(promptTokensOf(body.subarray(0, end)).total).toBeGreaterThanOrEqual(512);
    }
  });
});

describe('the most that an attempt may cost', () => {
  it('is that of the longest prompt and the longest answer', () => {
    // gpt-4o: $2.50 and $10 for a million.
    const attempt = attemptOn('openai', 'gpt-4o', { body: chat('hello'), maxOutputTokens: 1_000 });
    const { total } = promptTokensOf(attempt.body);
    expect(worstCostOf(attempt, prices)).toBe(BigInt(total) * 2_500_000n + 1_000n * 10_000_000n);
  });

  it('is worked out for each choice, and by an assumption where nothing is said', () => {
    const cost = (changes: Partial<AdmissionRequest>) => worstCostOf(requestOf(changes), PLAIN_PRICES) ?? -1n;
    const prompt = cost({ maxOutputTokens: 0 });
    expect(cost({ maxOutputTokens: null }) - prompt).toBe(BigInt(ASSUMED_OUTPUT_TOKENS) * 1_000_000n);
    expect(cost({ maxOutputTokens: null, choiceCount: 3 }) - prompt).toBe(
      3n * BigInt(ASSUMED_OUTPUT_TOKENS) * 1_000_000n,
    );
    expect(cost({ maxOutputTokens: 300, choiceCount: 3 }) - prompt).toBe(300n * 1_000_000n);
  });

  it('is known for a limit that no model reaches', () => {
    const cost = worstCostOf(attemptOn('openai', 'gpt-4o', { maxOutputTokens: Number.MAX_SAFE_INTEGER }), prices);
    // The context of gpt-4o has 128,000 tokens.
    expect(cost).toBe(128_000n * 10_000_000n + 512n * 2_500_000n);
    const many = requestOf({ maxOutputTokens: Number.MAX_SAFE_INTEGER, choiceCount: 128 });
    expect(worstCostOf(many, PLAIN_PRICES)).toBe(128n * 1_000_000n * 1_000_000n + 512n * 1_000_000n);
  });

  it('is known for embeddings, which have no output, and not for a model without a price', () => {
    const embedding = attemptOn('openai', 'text-embedding-3-small', { body: bodyOf({ input: 'hello' }) });
    expect(worstCostOf(embedding, prices)).toBeGreaterThan(0n);
    expect(worstCostOf(attemptOn('openai', 'no-such-model', {}), prices)).toBeNull();
    expect(worstCostOf(requestOf({ target: targetOf('cloud', null) }), prices)).toBeNull();
  });

  it.each([
    ['openai', 'gpt-4o'],
    ['anthropic', 'claude-sonnet-4-5'],
    ['google', 'gemini-2.5-pro'],
    ['x-ai', 'grok-4-fast'],
    ['deepseek', 'deepseek-chat'],
  ])('is no less than what any usage within it costs, on %s %s', (provider, model) => {
    const sizes = fc.record({
      bytes: fc.nat(1_500_000),
      max: fc.integer({ min: 1, max: 60_000 }),
      input: fc.double({ min: 0, max: 1, noNaN: true }),
      output: fc.double({ min: 0, max: 1, noNaN: true }),
      cached: fc.double({ min: 0, max: 1, noNaN: true }),
      written: fc.constantFrom('cacheWrite5mTokens', 'cacheWrite1hTokens', 'cacheReadTokens', null),
    });
    fc.assert(
      fc.property(sizes, ({ bytes, max, input, output, cached, written }) => {
        const body = Buffer.alloc(bytes, 'a');
        const worst = worstCostOf(attemptOn(provider, model, { body, maxOutputTokens: max }), prices);
        const inputTokens = Math.floor(promptTokensOf(body).total * input);
        const usage: Usage = {
          ...UNKNOWN_USAGE,
          inputTokens,
          outputTokens: Math.floor(max * output),
          ...(written === null ? {} : { [written]: Math.floor(inputTokens * cached) }),
        };
        const price = prices.priceOf(usage, provider, model, AT);
        expect(price).not.toBeNull();
        expect(BigInt(price?.costPico ?? 0) <= (worst ?? -1n)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});
