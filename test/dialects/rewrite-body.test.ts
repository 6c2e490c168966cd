import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NOTHING_IN_PATH } from '../../src/dialects/face.ts';
import { CHAT_FACE } from '../../src/dialects/faces.ts';
import { readRequest } from '../../src/dialects/request-head.ts';
import { rewriteBody } from '../../src/dialects/rewrite-body.ts';
import { spacedJson } from '../helpers/spaced-json.ts';

function encode(body: string, model: string, takesStreamUsage = true): string {
  const request = readRequest(Buffer.from(body), CHAT_FACE.body, NOTHING_IN_PATH).head;
  return rewriteBody(request, { model, takesStreamUsage }).toString('utf8');
}

const START = '{"model":"a","messages":[]';

describe('rewriteBody', () => {
  it.each([
    ['replaces the model', `${START}}`, '{"model":"b","messages":[]}'],
    ['keeps white space and order', '{ "messages" : [] ,\n "model" : "a" }', '{ "messages" : [] ,\n "model" : "b" }'],
    [
      'keeps big and exact numbers',
      `${START},"seed":12345678901234567890,"x":1.0,"y":1e2}`,
      '{"model":"b","messages":[],"seed":12345678901234567890,"x":1.0,"y":1e2}',
    ],
    ['keeps unknown fields and null', `${START},"brand_new":null}`, '{"model":"b","messages":[],"brand_new":null}'],
    ['keeps an escaped key', '{"mod\\u0065l":"a","messages":[]}', '{"mod\\u0065l":"b","messages":[]}'],
    [
      'asks for the usage of a stream',
      `${START},"stream":true}`,
      '{"model":"b","messages":[],"stream":true,"stream_options":{"include_usage":true}}',
    ],
    [
      'fills null',
      `${START},"stream":true,"stream_options":null}`,
      '{"model":"b","messages":[],"stream":true,"stream_options":{"include_usage":true}}',
    ],
    [
      'fills {}',
      `${START},"stream_options":{ },"stream":true}`,
      '{"model":"b","messages":[],"stream_options":{"include_usage":true },"stream":true}',
    ],
    [
      'merges',
      `${START},"stream_options":{"include_obfuscation":false},"stream":true}`,
      '{"model":"b","messages":[],"stream_options":{"include_usage":true,"include_obfuscation":false},"stream":true}',
    ],
    [
      'turns false into true',
      `${START},"stream_options":{"include_usage" : false,"x":1},"stream":true}`,
      '{"model":"b","messages":[],"stream_options":{"include_usage" : true,"x":1},"stream":true}',
    ],
    [
      'sees an escaped include_usage',
      `${START},"stream_options":{"include\\u005fusage":null},"stream":true}`,
      '{"model":"b","messages":[],"stream_options":{"include\\u005fusage":true},"stream":true}',
    ],
    [
      'leaves what was asked for',
      `${START},"stream_options":{"include_usage":true},"stream":true}`,
      '{"model":"b","messages":[],"stream_options":{"include_usage":true},"stream":true}',
    ],
    [
      'leaves stream_options without a stream',
      `${START},"stream_options":{}}`,
      '{"model":"b","messages":[],"stream_options":{}}',
    ],
  ])('%s', (_what, body, expected) => {
    expect(encode(body, 'b')).toBe(expected);
  });

  it('asks for nothing where the provider does not take it', () => {
    const body = `${START},"stream":true}`;
    expect(encode(body, 'b', false)).toBe('{"model":"b","messages":[],"stream":true}');
    expect(encode(body, 'a', false)).toBe(body);
  });

  it('gives the very bytes when nothing changes', () => {
    const request = readRequest(Buffer.from(`${START}}`), CHAT_FACE.body, NOTHING_IN_PATH).head;
    expect(rewriteBody(request, { model: 'a', takesStreamUsage: true })).toBe(request.bytes);
  });

  it('writes any model id as JSON', () => {
    expect(JSON.parse(encode(`${START}}`, 'a "quoted" \\ é 🙂\n'))).toMatchObject({ model: 'a "quoted" \\ é 🙂\n' });
  });
});

const extra = fc.dictionary(
  fc
    .string({ unit: 'grapheme' })
    .filter((key) => !/^(?:model|stream|stream_options|messages|__proto__)$/i.test(key.replaceAll('ſ', 's'))),
  fc.jsonValue(),
  { noNullPrototype: true },
);
const streamOptions = fc.oneof(
  fc.constant(undefined),
  fc.constant(null),
  fc.dictionary(fc.constantFrom('include_usage', 'include_obfuscation', 'é'), fc.boolean(), { noNullPrototype: true }),
);

describe('any request', () => {
  it('changes in model and stream_options only', () => {
    fc.assert(
      fc.property(
        extra,
        streamOptions,
        fc.boolean(),
        fc.string({ minLength: 1 }),
        fc.array(fc.nat(20)),
        (more, options, stream, model, choices) => {
          const members = Object.entries({
            ...more,
            messages: [],
            model: 'asked',
            stream,
            ...(options === undefined ? {} : { stream_options: options }),
          });
          // Any order.
          const turned = members.map((member, at) => ({
            member,
            rank: choices[at % Math.max(1, choices.length)] ?? 0,
          }));
          const body = spacedJson(
            Object.fromEntries(turned.sort((a, b) => a.rank - b.rank).map(({ member }) => member)),
            choices,
          );
          const value = JSON.parse(body) as Record<string, unknown>;
          const encoded = encode(body, model);
          const expected = {
            ...value,
            model,
            ...(stream ? { stream_options: { ...(options ?? {}), include_usage: true } } : {}),
          };
          expect(JSON.parse(encoded)).toEqual(expected);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('keeps every byte outside of the edits', () => {
    const gap = fc.constantFrom('', ' ', '\n\t');
    const rest = fc.constantFrom(
      '',
      '"n":1234567890123456789012',
      '"e\\u0301":[1.0,{"model":"x"}]',
      '"a":{"stream":true}',
    );
    fc.assert(
      fc.property(gap, rest, rest, gap, (space, before, after, end) => {
        const head = `${space}{${space}${before === '' ? '' : `${before}${space},`}"messages":[],"model"${space}:`;
        const tail = `${after === '' ? '' : `,${space}${after}`}${space},"stream":true${end}`;
        expect(encode(`${head}"asked"${tail}}${end}`, 'sent')).toBe(
          `${head}"sent"${tail},"stream_options":{"include_usage":true}}${end}`,
        );
      }),
    );
  });
});
