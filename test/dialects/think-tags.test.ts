import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AnswerEvent } from '../../src/canonical/answer.ts';
import { foldAnswer } from '../../src/canonical/fold-answer.ts';
import { ThinkTags } from '../../src/dialects/think-tags.ts';

const END: AnswerEvent = {
  type: 'finish',
  finish: { reason: 'stop', raw: null, stopSequence: null, detail: null },
};

/** Thoughts and text of a stream whose text came in these pieces. */
function separated(pieces: readonly string[]): { readonly thoughts: string[]; readonly texts: string[] } {
  const tags = new ThinkTags();
  const events = pieces.map((text): AnswerEvent => ({ type: 'text', text }));
  const parts = foldAnswer([...events, END].flatMap((event) => tags.take(event))).content.map(({ part }) => part);
  return {
    thoughts: parts.flatMap((part) => (part.type === 'reasoning' ? [part.text] : [])),
    texts: parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])),
  };
}

describe('thoughts that a model writes into its text', () => {
  it.each<[string, string[], string[]]>([
    ['Hello', [], ['Hello']],
    ['<think>Hm.</think>Hello', ['Hm.'], ['Hello']],
    ['\n<think>\nHm.\n</think>\n\nHello\n', ['Hm.\n'], ['Hello\n']],
    ['<think></think>Hello', [], ['Hello']],
    ['<think>\n\n</think>\n\nHello', [], ['Hello']],
    ['<think>cut off', ['cut off'], []],
    ['<think>cut off</thi', ['cut off</thi'], []],
    ['Use <think> to think.</think>', [], ['Use <think> to think.</think>']],
    ['<thinking>no</thinking>', [], ['<thinking>no</thinking>']],
    ['<thin', [], ['<thin']],
    ['  \n', [], ['  \n']],
    ['<think>a</think>b<think>c</think>', ['a'], ['b<think>c</think>']],
    ['<think>a < b </ c</think>d', ['a < b </ c'], ['d']],
  ])('%j', (text, thoughts, texts) => {
    expect(separated([text])).toEqual({ thoughts, texts });
    expect(separated(Array.from(text))).toEqual({ thoughts, texts });
  });

  it('are the same however the text is cut', () => {
    const piece = fc.oneof(
      fc.constantFrom('<think>', '</think>', '<thi', 'nk>', '</', '>', ' ', '\n', 'x'),
      fc.string({ unit: 'grapheme', maxLength: 5 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const whole = pieces.join('');
        const expected = separated(whole === '' ? [] : [whole]);
        expect(separated(pieces.filter((text) => text !== ''))).toEqual(expected);
        expect(separated(Array.from(whole))).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  it('a tag that opens behind a text that was said already is text', () => {
    const tags = new ThinkTags();
    const events: AnswerEvent[] = [
      { type: 'text', text: '<thi' },
      { type: 'part_end' },
      { type: 'text', text: '<think>x' },
    ];
    const { content } = foldAnswer([...events, END].flatMap((event) => tags.take(event)));
    expect(content.map(({ part }) => part.type)).toEqual(['text', 'text']);
  });

  it('takes a long time of nothing but space in a time that grows with it alone', () => {
    const tags = new ThinkTags();
    const startedAt = performance.now();
    for (let count = 0; count < 50_000; count++) tags.take({ type: 'text', text: '                ' });
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});
