import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AnswerEvent } from '../../src/canonical/answer.ts';
import { foldAnswer } from '../../src/canonical/fold-answer.ts';
import { cutAnywhere, singleBytes } from './cuts.ts';
import { answers } from './generate-answer.ts';
import type { DialectLaws } from './laws.ts';
import { decodeContext, requestFor } from './laws.ts';
import { gistOf, streamedEvents, wholeEvents } from './gist.ts';
import type { Gist } from './gist.ts';
import { LAWS } from './every-dialect.ts';

const RUNS = { numRuns: 100 };

describe.each(LAWS.map((laws) => [laws.dialect.id, laws] as const))('answers in %s', (_id, laws) => {
  const { dialect, wire, usageTold } = laws;
  const answer = answers({ dialect: dialect.id, ...laws.answers });

  it('cuts: however the bytes of a stream are cut, the events are the same', () => {
    fc.assert(
      fc.property(answer, fc.array(fc.nat()), (events, places) => {
        const request = requestFor(dialect, events);
        const bytes = wire.stream(events, request);
        const context = decodeContext(request);
        const whole = stable(streamedEvents(dialect, [bytes], context));
        expect(stable(streamedEvents(dialect, cutAnywhere(bytes, places), context))).toEqual(whole);
        expect(stable(streamedEvents(dialect, singleBytes(bytes), context))).toEqual(whole);
      }),
      { numRuns: 40 },
    );
  });

  it('agreement: the streamed and the whole form of one answer are the same answer, and lose nothing', () => {
    fc.assert(
      fc.property(answer, (events) => {
        const request = requestFor(dialect, events);
        const context = decodeContext(request);
        const original = gistOf(foldAnswer(events), usageTold);
        const streamed = streamedEvents(dialect, [wire.stream(events, request)], context);
        const whole = wholeEvents(dialect, wire.answer(events, request), context);
        const expected = comparable(original, laws);
        expect(comparable(gistOf(foldAnswer(streamed), usageTold), laws), 'streamed').toEqual(expected);
        expect(comparable(gistOf(foldAnswer(whole), usageTold), laws), 'whole').toEqual(expected);
      }),
      RUNS,
    );
  });

  it('order: start first, every call ended before the finish, which only usage follows', () => {
    fc.assert(
      fc.property(answer, (events) => {
        const request = requestFor(dialect, events);
        const context = decodeContext(request);
        expectOrder(streamedEvents(dialect, [wire.stream(events, request)], context));
        expectOrder(wholeEvents(dialect, wire.answer(events, request), context));
      }),
      RUNS,
    );
  });

  it('truncation: a stream that stops early is an error, or has told its whole answer', () => {
    fc.assert(
      fc.property(answer, fc.array(fc.nat(), { minLength: 5, maxLength: 5 }), (events, places) => {
        const request = requestFor(dialect, events);
        const bytes = wire.stream(events, request);
        const context = decodeContext(request);
        const whole = withoutUsage(streamedEvents(dialect, [bytes], context), laws);
        for (const place of places) {
          const got = streamedEvents(dialect, [bytes.subarray(0, place % bytes.length)], context);
          const failed = got.at(-1);
          if (failed?.type === 'error') expectTruncated(got, failed);
          else expect(withoutUsage(got, laws)).toEqual(whole);
        }
      }),
      RUNS,
    );
  });

  it('truncation: a stream without its finish is an error, however much of the answer came', () => {
    fc.assert(
      fc.property(answer, (events) => {
        const request = requestFor(dialect, events);
        const finishAt = events.findIndex(({ type }) => type === 'finish');
        const bytes = wire.stream(events.slice(0, finishAt), request);
        const got = streamedEvents(dialect, [bytes], decodeContext(request));
        const failed = got.at(-1);
        if (failed?.type !== 'error') throw new Error(`ended with ${failed?.type ?? 'nothing'}`);
        expectTruncated(got, failed);
      }),
      RUNS,
    );
  });
});

function expectTruncated(events: readonly AnswerEvent[], failed: Extract<AnswerEvent, { type: 'error' }>): void {
  expect(failed.error.code).toBe('upstream_stream_truncated');
  expect(events.filter(({ type }) => type === 'error' || type === 'finish')).toHaveLength(1);
}

/** Ids that a decoder makes itself differ from one reading to the next. */
function comparable({ hasRefusal, ...gist }: Gist, { keepsCallIds, finishTold }: DialectLaws): unknown {
  const calls = keepsCallIds ? gist.calls : gist.calls.map((call) => ({ ...call, id: 'any' }));
  return { ...gist, calls, reason: finishTold(gist.reason, hasRefusal) };
}

/** Usage may come behind the finish. */
function withoutUsage(events: readonly AnswerEvent[], laws: DialectLaws): unknown {
  return comparable({ ...gistOf(foldAnswer(events), []), usage: null }, laws);
}

function stable(events: readonly AnswerEvent[]): readonly unknown[] {
  return events.map((event) => (event.type === 'tool_call' ? { ...event, id: 'any' } : event));
}

function expectOrder(events: readonly AnswerEvent[]): void {
  expect(events.filter(({ type }) => type === 'start')).toHaveLength(1);
  expect(events[0]?.type).toBe('start');
  const finishAt = events.findIndex(({ type }) => type === 'finish');
  expect(finishAt).toBeGreaterThan(0);
  expect(events.slice(finishAt + 1).filter(({ type }) => type !== 'usage')).toEqual([]);
  const open: number[] = [];
  let begun = 0;
  for (const event of events.slice(0, finishAt)) {
    if (event.type === 'tool_call') {
      expect(event.call).toBe(begun);
      begun += 1;
      open.push(event.call);
    } else if (event.type === 'tool_arguments') {
      expect(open).toContain(event.call);
      expect(event.text).not.toBe('');
    } else if (event.type === 'tool_call_end') {
      expect(open).toContain(event.call);
      open.splice(open.indexOf(event.call), 1);
    }
  }
  expect(open).toEqual([]);
}
