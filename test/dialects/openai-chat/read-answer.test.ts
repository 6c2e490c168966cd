import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeOpenAiAnswer } from '../../../src/dialects/openai-chat/read-answer.ts';
import { RECORDED_SERVERS, recording } from '../../helpers/recordings.ts';

/** Larger than what is parsed whole. */
const FILLING = `"data":[${'0.125,'.repeat(20_000)}1]`;
const MEMBERS = '"id":"r1","model":"m","usage":{"prompt_tokens":7}';

describe('decodeOpenAiAnswer', () => {
  it.each(RECORDED_SERVERS)('reads the answer of %s', (server) => {
    const answer = decodeOpenAiAnswer(recording(server, 'chat').body);
    expect(answer).toMatchObject({ error: null, usage: { prompt_tokens: 19 } });
    expect(answer?.model).toContain('tiny');
    expect(answer?.responseId).toMatch(/./);
  });

  it.each([
    ['a small answer', `{${MEMBERS}}`],
    ['a large one', `{${FILLING},${MEMBERS}}`],
    ['a large one in another order, with white space', ` {${MEMBERS} , ${FILLING} }\n`],
    ['a large one with escaped keys', `{${FILLING},"\\u0069d":"r1","m\\u006fdel":"m","usage":{"prompt_tokens":7}}`],
  ])('reads %s', (_what, text) => {
    expect(decodeOpenAiAnswer(Buffer.from(text))).toEqual({
      responseId: 'r1',
      model: 'm',
      isFiltered: false,
      usage: { prompt_tokens: 7 },
      error: null,
    });
  });

  it.each([
    ['zeros only', { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }, null],
    ['zeros and their parts', { prompt_tokens: 0, total_tokens: 0, prompt_tokens_details: { cached_tokens: 0 } }, null],
    ['an empty answer', { prompt_tokens: 9, completion_tokens: 0 }, { prompt_tokens: 9, completion_tokens: 0 }],
    ['no counts at all', {}, {}],
  ])('tells unknown tokens from none: %s', (_what, usage, expected) => {
    expect(decodeOpenAiAnswer(Buffer.from(JSON.stringify({ id: 'r1', usage })))?.usage).toEqual(expected);
  });

  it.each([
    ['nothing', ''],
    ['a page', '<html></html>'],
    ['half a JSON', '{"id":"r1","choices":['],
    ['a list', '[]'],
    ['a large list', `[{${FILLING}}]`],
    ['a large half', `{${MEMBERS},${FILLING}`],
    ['a large one with something behind it', `{${FILLING}}x`],
    ['a large one whose needed member is damaged', `{"usage":{"prompt_tokens":},${FILLING}}`],
    ['a large one with a damaged key', `{"\\x":1,${FILLING}}`],
  ])('finds no answer in %s', (_what, text) => {
    expect(decodeOpenAiAnswer(Buffer.from(text))).toBeNull();
  });

  it('finds an error that came with status 200, and usage where Groq puts it', () => {
    expect(decodeOpenAiAnswer(Buffer.from('{"error":{"message":"no"}}'))?.error).toEqual({ message: 'no' });
    expect(decodeOpenAiAnswer(Buffer.from(`{"error":"no",${FILLING}}`))?.error).toBe('no');
    expect(decodeOpenAiAnswer(Buffer.from('{"x_groq":{"usage":{"prompt_tokens":1}}}'))?.usage).toEqual({
      prompt_tokens: 1,
    });
  });

  it('cuts an id and a model that are too long for a row', () => {
    const long = 'x'.repeat(1_000);
    const answer = decodeOpenAiAnswer(Buffer.from(JSON.stringify({ id: long, model: long })));
    expect([answer?.responseId?.length, answer?.model?.length]).toEqual([256, 256]);
  });

  it('never throws, whatever the bytes of a large answer', () => {
    const good = Buffer.from(`{"a":"\\"\\u00e9",${MEMBERS},${FILLING},"b":{"c":[1,"}"]}}`);
    fc.assert(
      fc.property(
        fc.nat(120),
        fc.nat(3),
        fc.uint8Array({ maxLength: 3 }),
        fc.boolean(),
        (at, removed, added, fromEnd) => {
          const from = fromEnd ? Math.max(0, good.length - at - removed) : at;
          const bytes = Buffer.concat([good.subarray(0, from), added, good.subarray(from + removed)]);
          expect(() => decodeOpenAiAnswer(bytes)).not.toThrow();
        },
      ),
      { numRuns: 1000 },
    );
  });
});
