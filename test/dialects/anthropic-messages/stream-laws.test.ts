import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AnswerEvent } from '../../../src/canonical/answer.ts';
import { foldAnswer } from '../../../src/canonical/fold-answer.ts';
import type { CarriedState } from '../../../src/canonical/parts.ts';
import { UNKNOWN_USAGE } from '../../../src/canonical/usage.ts';
import { recordedStream } from '../../helpers/recordings.ts';
import { decoding, plainArguments, sse, streamed, wholeEvents, written, writtenWhole } from './contexts.ts';

const own = (data: string): CarriedState => ({ origin: 'anthropic-messages', data });
const text = fc.string({ minLength: 1, unit: 'grapheme' });
const id = fc.stringMatching(/^[a-z0-9]{4,12}$/);
const json = fc.dictionary(fc.string(), fc.jsonValue()).map((value) => JSON.stringify(value));

/** Parts of an answer as their events, each whole. The number of a call is set when they are put together. */
const part: fc.Arbitrary<AnswerEvent[]> = fc.oneof(
  text.map((said): AnswerEvent[] => [{ type: 'text', text: said }, { type: 'part_end' }]),
  text.map((said): AnswerEvent[] => [{ type: 'reasoning', text: said }, { type: 'part_end' }]),
  fc
    .tuple(fc.string(), id)
    .map(([said, data]): AnswerEvent[] => [
      ...(said === '' ? [] : [{ type: 'reasoning', text: said } as const]),
      { type: 'state', on: 'reasoning', state: own(data) },
    ]),
  id.map((data): AnswerEvent[] => [{ type: 'state', on: 'reasoning', state: own(`redacted:${data}`) }]),
  fc
    .tuple(id, json)
    .map(([call, args]): AnswerEvent[] => [
      { type: 'tool_call', call: 0, id: call, name: `f_${call}`, kind: 'function', state: null },
      { type: 'tool_arguments', call: 0, text: args.slice(0, 2) },
      ...(args.length > 2 ? [{ type: 'tool_arguments', call: 0, text: args.slice(2) } as const] : []),
      { type: 'tool_call_end', call: 0 },
    ]),
  fc
    .tuple(id, fc.dictionary(fc.string({ minLength: 1 }), fc.string()))
    .map(([use, input]): AnswerEvent[] => [
      { type: 'foreign', origin: 'anthropic-messages', value: { type: 'server_tool_use', id: use, name: 'x', input } },
    ]),
);

const events: fc.Arbitrary<AnswerEvent[]> = fc.array(part, { maxLength: 6 }).map((parts) => {
  let calls = 0;
  const numbered = parts.map((each) => {
    const number = calls;
    if (each[0]?.type === 'tool_call') calls += 1;
    return each.map((event): AnswerEvent => ('call' in event ? { ...event, call: number } : event));
  });
  const usage = { ...UNKNOWN_USAGE, inputTokens: 12, outputTokens: 3, cacheReadTokens: 0 };
  return [
    { type: 'start', id: null, model: 'm' },
    ...numbered.flat(),
    { type: 'usage', usage: { ...usage, cacheWrite5mTokens: 0, cacheWrite1hTokens: 0 } },
    {
      type: 'finish',
      finish: {
        reason: calls > 0 ? 'tool_calls' : 'stop',
        raw: calls > 0 ? 'tool_use' : 'end_turn',
        stopSequence: null,
        detail: null,
      },
    },
  ];
});

describe('a stream', () => {
  const recorded = recordedStream('llama.cpp', 'tiny-think-messages-stream');
  const withError = Buffer.concat([
    recordedStream('vllm', 'tiny-tools-messages-stream').subarray(0, 900),
    Buffer.from('\n\n'),
    sse([{ type: 'error', error: { type: 'api_error', message: 'é🙂' } }]),
  ]);

  it.each([
    ['with thoughts', recorded],
    ['with a call', recordedStream('vllm', 'tiny-tools-messages-stream')],
    ['with an emoji', recordedStream('ollama-0.34.0', 'tiny-hello-messages-stream')],
    ['with Windows line ends', Buffer.from(recorded.toString('utf8').replaceAll('\n', '\r\n'))],
    ['with an error', withError],
    ['that is cut', recorded.subarray(0, recorded.length - 80)],
  ])('%s gives the same events however its bytes are cut', (_name, bytes) => {
    const plain = JSON.stringify(streamed(bytes));
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 12 }), (cuts) => {
        const places = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
        const pieces = places.slice(1).map((end, at) => bytes.subarray(places[at], end));
        expect(JSON.stringify(streamed(pieces))).toBe(plain);
      }),
      { numRuns: 60 },
    );
    const single = Array.from(bytes, (_byte, at) => bytes.subarray(at, at + 1));
    expect(JSON.stringify(streamed(single))).toBe(plain);
  });

  it('of any answer is read again as that answer, and as the whole answer is', () => {
    fc.assert(
      fc.property(events, (given) => {
        const answer = foldAnswer(given);
        const again = foldAnswer(streamed(Buffer.from(written(given))));
        const whole = foldAnswer(wholeEvents(writtenWhole(answer), decoding()));
        expect(again).toEqual({ ...answer, id: again.id });
        // A whole answer has its arguments as an object, whose text is its own.
        expect({ ...whole, content: plainArguments(whole.content) }).toEqual({
          ...again,
          content: plainArguments(again.content),
        });
      }),
    );
  });

  it('of garbage never throws, and always ends', () => {
    const line = fc.oneof(
      fc.string(),
      fc.jsonValue().map((value) => `data: ${JSON.stringify(value)}`),
      fc
        .record({
          type: fc.constantFrom(
            'message_start',
            'content_block_start',
            'content_block_delta',
            'content_block_stop',
            'message_delta',
          ),
          index: fc.jsonValue(),
          message: fc.jsonValue(),
          content_block: fc.oneof(
            fc.jsonValue(),
            fc.record({ type: fc.constantFrom('text', 'tool_use', 'thinking', 'x'), input: fc.jsonValue() }),
          ),
          delta: fc.oneof(
            fc.jsonValue(),
            fc.record({
              type: fc.constantFrom('text_delta', 'input_json_delta', 'y'),
              text: fc.jsonValue(),
              partial_json: fc.jsonValue(),
            }),
          ),
          usage: fc.jsonValue(),
        })
        .map((event) => `data: ${JSON.stringify(event)}\n`),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 20 }), (lines) => {
        const last = streamed(Buffer.from(lines.join('\n'))).at(-1);
        expect(['error', 'finish', 'usage']).toContain(last?.type);
      }),
    );
  });
});
