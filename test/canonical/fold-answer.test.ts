import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AnswerEvent, Citation, Finish } from '../../src/canonical/answer.ts';
import { GatewayError } from '../../src/canonical/errors.ts';
import { foldAnswer } from '../../src/canonical/fold-answer.ts';
import type { AssistantPart, CarriedState } from '../../src/canonical/parts.ts';
import { UNKNOWN_USAGE } from '../../src/canonical/usage.ts';
import { answers } from '../contract/generate-answer.ts';

const STATE: CarriedState = { origin: 'gemini', data: 'c2ln' };
const STOP: Finish = { reason: 'stop', raw: 'STOP', stopSequence: null, detail: null };
const CITATION: Citation = {
  url: 'https://example.com',
  title: null,
  citedText: null,
  start: null,
  end: null,
  raw: { origin: 'gemini', value: {} },
};

function partsOf(events: readonly AnswerEvent[]): AssistantPart[] {
  return foldAnswer(events).content.map(({ part }) => part);
}

function text(said: string, state: CarriedState | null = null): AssistantPart {
  return { type: 'text', text: said, cache: null, state };
}

function thought(said: string, state: CarriedState | null = null): AssistantPart {
  return { type: 'reasoning', text: said, state };
}

function call(number: number): AnswerEvent {
  const id = `c${number}`;
  return { type: 'tool_call', call: number, id, name: `f${number}`, kind: 'function', state: null };
}

function called(number: number, json: string): AssistantPart {
  const id = `c${number}`;
  return {
    type: 'tool_call',
    id,
    name: `f${number}`,
    arguments: json,
    kind: 'function',
    state: null,
    cache: null,
  };
}

const args = (number: number, piece: string): AnswerEvent => ({ type: 'tool_arguments', call: number, text: piece });

describe('the pieces of an answer put together', () => {
  it.each<[string, AnswerEvent[], AssistantPart[]]>([
    ['nothing', [], []],
    [
      'pieces of one part',
      [
        { type: 'text', text: 'a' },
        { type: 'text', text: 'b' },
      ],
      [text('ab')],
    ],
    [
      'two parts of one type, with an end between them',
      [{ type: 'text', text: 'a' }, { type: 'part_end' }, { type: 'text', text: 'b' }, { type: 'part_end' }],
      [text('a'), text('b')],
    ],
    [
      'another type ends a part',
      [
        { type: 'reasoning', text: 'a' },
        { type: 'text', text: 'b' },
        { type: 'refusal', text: 'c' },
      ],
      [thought('a'), text('b'), { type: 'refusal', text: 'c' }],
    ],
    ['a piece without a character', [{ type: 'text', text: '' }, { type: 'part_end' }], []],
    [
      'state of the open part, which it ends',
      [
        { type: 'reasoning', text: 'a' },
        { type: 'state', on: 'reasoning', state: STATE },
        { type: 'reasoning', text: 'b' },
      ],
      [thought('a', STATE), thought('b')],
    ],
    [
      'state without an open part',
      [
        { type: 'state', on: 'reasoning', state: STATE },
        { type: 'state', on: 'text', state: STATE },
      ],
      [thought('', STATE), text('', STATE)],
    ],
    [
      'state of thoughts behind a text that is open',
      [
        { type: 'text', text: 'a' },
        { type: 'state', on: 'reasoning', state: STATE },
        { type: 'text', text: 'b' },
      ],
      [text('a'), thought('', STATE), text('b')],
    ],
    [
      'calls whose pieces come in turns',
      [call(0), call(1), args(1, '{"b"'), args(0, '{"a"'), args(1, ':2}'), args(0, ':1}')],
      [called(0, '{"a":1}'), called(1, '{"b":2}')],
    ],
    ['a call without arguments', [call(0), { type: 'tool_call_end', call: 0 }], [called(0, '{}')]],
    ['arguments of a call that never began', [args(3, '{}')], []],
    [
      'text around a call',
      [{ type: 'text', text: 'a' }, call(0), { type: 'text', text: 'b' }],
      [text('a'), called(0, '{}'), text('b')],
    ],
  ])('%s', (_name, events, parts) => {
    expect(partsOf(events)).toEqual(parts);
  });

  it('keeps citations with their text, also where the text is empty', () => {
    const events: AnswerEvent[] = [
      { type: 'text', text: 'a' },
      { type: 'citation', citation: CITATION },
      { type: 'part_end' },
      { type: 'citation', citation: CITATION },
    ];
    expect(foldAnswer(events).content).toEqual([
      { part: text('a'), citations: [CITATION] },
      { part: text(''), citations: [CITATION] },
    ]);
  });

  it('believes the last usage, also behind the finish', () => {
    const usage = (outputTokens: number): AnswerEvent => ({ type: 'usage', usage: { ...UNKNOWN_USAGE, outputTokens } });
    const answer = foldAnswer([usage(1), usage(5), { type: 'finish', finish: STOP }, usage(3)]);
    expect(answer).toMatchObject({ usage: { outputTokens: 3 }, finish: STOP });
  });

  it('throws the error of an answer that failed', () => {
    const error = new GatewayError('upstream_error', 'It broke.');
    expect(() =>
      foldAnswer([
        { type: 'text', text: 'a' },
        { type: 'error', error },
      ]),
    ).toThrow(error);
  });

  it('gives the same answer however the text is cut into pieces', () => {
    const shape = { dialect: 'gemini', customTools: true, reasoningStates: ['x'] } as const;
    fc.assert(
      fc.property(answers(shape), (events) => {
        const letters = events.flatMap((event): AnswerEvent[] => {
          if (!('text' in event)) return [event];
          return Array.from(event.text).map((letter) => ({ ...event, text: letter }));
        });
        expect(foldAnswer(letters)).toEqual(foldAnswer(events));
      }),
      { numRuns: 200 },
    );
  });
});
