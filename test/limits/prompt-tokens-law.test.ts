import fc from 'fast-check';
import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { describe, expect, it } from 'vitest';
import { inlinePayloads } from '../../src/limits/inline-payloads.ts';
import { promptTokensOf } from '../../src/limits/prompt-tokens.ts';

/** What a search may fall over, in any order. */
const trap = fc.constantFrom(
  ...['data:image/a;base64,;base64,;base64,', '"data:a;base64,;base64,;base64,'],
  ...['data:image/png;base64,', 'data:', ';base64,', 'base64', '"', '\\"', '\\', '{', '}', '[', ']', ':', ',', ' '],
  ...['"url":', '"data":', '"file":', '"image_url":', '"file_data":', '"input_audio":', '"messages":', '"content":'],
  ...['AbCd'.repeat(80), 'AbCd'.repeat(800), '/9j/'.repeat(10), 'words of a text', 'é', '今天'],
);
const trapped = fc.array(trap, { maxLength: 40 }).map((parts) => parts.join(''));

/** Text as people write it, which a tokenizer makes one token for two bytes of at most. */
const words = fc.array(fc.constantFrom('the', 'house', 'returns', 'const', 'because', 'любовь', '天气很好', 'always'), {
  minLength: 5,
  maxLength: 200,
});
// Some are so long that an image or a part of their bytes would be less.
const prose = fc
  .tuple(words, fc.constantFrom(' ', '/', '+', '\n'), fc.constantFrom(1, 5, 50))
  .map(([some, joint, times]) => `${some.join(joint)}${joint}`.repeat(times));
const text = fc
  .tuple(fc.constantFrom('', 'data:image/png;base64,', 'data:application/pdf;base64,', '{"url":"data:image/a'), prose)
  .map((parts) => parts.join(''));

const base64 = fc.uint8Array({ minLength: 200, maxLength: 400 }).map((bytes) => Buffer.from(bytes).toString('base64'));
const part = fc.oneof(
  text.map((of) => ({ type: 'text', text: of })),
  base64.map((of) => ({ type: 'image_url', image_url: { url: `data:image/png;base64,${of}` } })),
  text.map((of) => ({ type: 'image_url', image_url: { url: of } })),
  base64.map((data) => ({ type: 'input_audio', input_audio: { data, format: 'wav' } })),
  text.map((data) => ({ type: 'input_audio', input_audio: { data, format: 'wav' } })),
  base64.map((of) => ({ type: 'file', file: { file_data: `data:application/pdf;base64,${of}` } })),
  text.map((of) => ({ type: 'file', file: { file_data: of } })),
);
const message = fc.record({ role: fc.constantFrom('user', 'assistant'), content: fc.oneof(text, fc.array(part)) });

function bodyOf(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

/** The texts that a model is shown: all of the text parts, and of the others what is no base64. */
function textsOf(content: string | readonly object[]): string[] {
  if (typeof content === 'string') return [content];
  return content.flatMap((one) =>
    'text' in one ? [String(one.text)] : stringsIn(one).filter((of) => !/^(data:[a-z/]+;base64,)?[\w+/=]+$/.test(of)),
  );
}

function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsIn) : [];
}

/** How many bytes are looked at: one by one, and by the searches and copies that Node does. */
function stepsOn(bytes: Buffer): number {
  let steps = 0;
  const counted = new Proxy(bytes, {
    get(target, name) {
      if (typeof name === 'string' && /^\d+$/.test(name)) steps++;
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        const result: unknown = Reflect.apply(value, target, args);
        steps += costOf(String(name), args, result, target.length);
        return result;
      };
    },
  });
  inlinePayloads(counted);
  return steps;
}

function costOf(name: string, args: readonly unknown[], result: unknown, length: number): number {
  const from = Number(args[1] ?? 0);
  if (name === 'indexOf') return (Number(result) < 0 ? length : Number(result)) - from;
  if (name === 'includes') return length;
  if (name === 'toString') return Number(args[2]) - from;
  throw new Error(`nobody knows what ${name} costs`);
}

describe('the tokens told of any prompt', () => {
  it('are never fewer than a tokenizer finds in its texts', () => {
    fc.assert(
      fc.property(fc.array(message, { minLength: 1, maxLength: 6 }), (messages) => {
        const texts = messages.flatMap(({ content }) => textsOf(content));
        const tokens = texts.reduce((sum, one) => sum + encode(one).length, 0);
        expect(promptTokensOf(bodyOf({ model: 'm', messages })).total).toBeGreaterThanOrEqual(tokens);
      }),
      { numRuns: 150 },
    );
  });

  it('are those of the frame at least, whatever the bytes', () => {
    const inPlaces = trapped.map((of) => `{"messages":[{"content":[{"image_url":{"url":"${of}"}},{"file":${of}`);
    fc.assert(
      fc.property(fc.oneof(trapped, inPlaces), (of) => {
        const { total, image, payload } = promptTokensOf(Buffer.from(of));
        expect(total).toBeGreaterThanOrEqual(512 + image + payload);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['a word again and again', chatOf(';base64,'.repeat(4_000))],
    ['a style sheet with images', chatOf('.i{background:url(data:image/png;base64,AAAA)}\n'.repeat(600))],
    ['escaped quotes', chatOf('{"url":"data:image/png;base64,'.repeat(800))],
    ['backslashes', chatOf('\\'.repeat(16_000))],
    ['nothing but keys', Buffer.from('"file":'.repeat(5_000))],
    ['nesting', Buffer.from(`{"messages":[{"content":[${'{"file":{"file_data":['.repeat(1_500)}`)],
    ['blanks behind keys', Buffer.from(`{"messages":[{"content":[{${`"image_url"${' '.repeat(50)}:`.repeat(500)}`)],
    ['images', bodyOf({ messages: [{ content: Array.from({ length: 100 }, () => imagePart('A'.repeat(300))) }] })],
    ['an image cut in its middle', Buffer.from(`{"image_url":{"url":"data:image/png;base64,${'A'.repeat(30_000)}`)],
  ])('of %s take a number of steps for each byte that is fixed', (_, body) => {
    // The search for what there may be, the walk, the searches within it, the letters of base64.
    expect(stepsOn(body)).toBeLessThan(body.length * 10 + 1_000);
  });

  it.each<[string, fc.Arbitrary<string>]>([
    ['traps', trapped],
    ['one trap', trap],
  ])('take no more for each byte the longer they are, of %s', (_, pieces) => {
    fc.assert(
      fc.property(pieces, (piece) => {
        const of = (count: number): Buffer =>
          Buffer.from(`{"messages":[{"content":[{"image_url":"","file":"${piece.repeat(count)}`);
        const body = of(Math.ceil(4_000 / Math.max(1, piece.length)));
        expect(stepsOn(body)).toBeLessThan(body.length * 10 + 1_000);
      }),
      { numRuns: 60 },
    );
  });
});

function chatOf(content: string): Buffer {
  // The empty image is there for the walk to begin at all.
  return bodyOf({
    messages: [
      { role: 'user', content },
      { role: 'user', content: [{ image_url: { url: '' } }] },
    ],
  });
}

function imagePart(letters: string): object {
  return { type: 'image_url', image_url: { url: `data:image/png;base64,${letters}` } };
}
