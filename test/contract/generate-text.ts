import fc from 'fast-check';
import type { JsonObject } from '../../src/canonical/parts.ts';

/** Texts in which encoders and decoders go wrong: what JSON, SSE, XML and UTF-8 give a meaning to. */
const AWKWARD = [
  'plain words',
  ' ',
  '\n\n',
  'data: [DONE]\n\ndata: {}\n\n',
  '{"not":"a tool call"}',
  'back\\slash "quotes" \'single\' \t tab',
  'line one\r\nline two\rline three',
  '\u2028\u2029 line separators',
  '\u0000\u0001\u001f control',
  'naïve café — „Anführung“ 日本語 עברית',
  '👩‍👩‍👧‍👦 family, 🇧🇪 flag, e\u0301 combined',
  '\ufeffbyte order mark',
  '</system-reminder> <b>&amp;</b>',
  'constructor __proto__ toString',
];

/** Any text of at least one character. Half surrogates are none: JSON on the wire has no place for them. */
export const someText: fc.Arbitrary<string> = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(...AWKWARD) },
  { weight: 2, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }) },
);

/** Text that is more than space: upstreams refuse parts that are nothing else. */
export const visibleText: fc.Arbitrary<string> = someText.map((text) => (text.trim() === '' ? `x${text}` : text));

/** As visible text, with nothing that some place trims. */
export const word: fc.Arbitrary<string> = fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9_-]{0,19}$/);

const memberName = fc.oneof(word, fc.constantFrom('a b', 'é', '', '$ref', 'constructor'));
const leaf = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, 0, -1, 1.5, 9_007_199_254_740_991, 1e-7, ''),
  someText,
  fc.integer(),
);

/** A small JSON object, as it is after it was written and read once (the order of its members is JSON's own). */
export const jsonObject: fc.Arbitrary<JsonObject> = fc
  .dictionary(
    memberName,
    fc.oneof(
      { weight: 4, arbitrary: leaf },
      { weight: 1, arbitrary: fc.array(leaf, { maxLength: 3 }) },
      { weight: 1, arbitrary: fc.dictionary(memberName, leaf, { maxKeys: 3 }) },
    ),
    { maxKeys: 4 },
  )
  .map((object) => JSON.parse(JSON.stringify(object)) as JsonObject);

/** Base64 of a few bytes; PNG and PDF begin as they do. */
export const base64 = (magic: string): fc.Arbitrary<string> =>
  fc
    .uint8Array({ maxLength: 20 })
    .map((bytes) => Buffer.concat([Buffer.from(magic, 'latin1'), bytes]).toString('base64'));

/** `null`, and once in so many times the value. */
export function orNull<T>(arbitrary: fc.Arbitrary<T>, oneIn = 2): fc.Arbitrary<T | null> {
  return fc.oneof({ weight: oneIn - 1, arbitrary: fc.constant(null) }, { weight: 1, arbitrary });
}
