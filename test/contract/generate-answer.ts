import fc from 'fast-check';
import type { AnswerEvent, Citation, Finish } from '../../src/canonical/answer.ts';
import type { DialectId } from '../../src/canonical/dialect-id.ts';
import { UNKNOWN_USAGE } from '../../src/canonical/usage.ts';
import type { Usage } from '../../src/canonical/usage.ts';
import { jsonObject, orNull, someText, visibleText, word } from './generate-text.ts';

/** What differs between the answers that are made for one dialect and another. */
export interface AnswerShape {
  readonly dialect: DialectId;
  /** Whether its clients can have tools whose argument is any text. */
  readonly customTools: boolean;
  /** Data of states of the dialect's own. */
  readonly reasoningStates: readonly string[];
}

/** Events as `AnswerEvent` allows them, from `start` to `finish`, with usage before or after it. */
export function answers(shape: AnswerShape): fc.Arbitrary<readonly AnswerEvent[]> {
  return fc
    .record({
      start: fc.record({ id: orNull(word), model: orNull(word) }),
      thoughts: fc.array(reasoning(shape), { maxLength: 2 }),
      said: fc.array(text, { maxLength: 2 }),
      refused: orNull(refusal, 6),
      calls: orNull(toolCalls(shape), 2),
      reason: fc.constantFrom('stop' as const, 'length' as const, 'content_filter' as const),
      usage: usages,
      usageFirst: fc.boolean(),
    })
    .map(({ start, thoughts, said, refused, calls, reason, usage, usageFirst }): AnswerEvent[] => {
      const finish: Finish = {
        reason: calls === null ? reason : 'tool_calls',
        raw: null,
        stopSequence: null,
        detail: null,
      };
      const told: AnswerEvent = { type: 'usage', usage };
      const end: AnswerEvent = { type: 'finish', finish };
      const content = [...thoughts.flat(), ...said.flat(), ...(refused ?? []), ...(calls ?? [])];
      return [{ type: 'start', ...start }, ...content, ...(usageFirst ? [told, end] : [end, told])];
    });
}

const pieces = fc.array(someText, { minLength: 1, maxLength: 4 });
const END: AnswerEvent = { type: 'part_end' };

function reasoning({ dialect, reasoningStates }: AnswerShape): fc.Arbitrary<AnswerEvent[]> {
  const state = reasoningStates.length === 0 ? fc.constant(null) : orNull(fc.constantFrom(...reasoningStates));
  return fc
    .record({ pieces, state })
    .map(({ pieces: texts, state: data }) => [
      ...texts.map((piece): AnswerEvent => ({ type: 'reasoning', text: piece })),
      data === null ? END : { type: 'state', on: 'reasoning', state: { origin: dialect, data } },
    ]);
}

const citation: fc.Arbitrary<Citation> = fc.record({
  url: word.map((name) => `https://example.com/${name}`),
  title: orNull(visibleText),
  citedText: orNull(visibleText),
  start: fc.constant(0),
  end: fc.constant(1),
  // Nobody's: each dialect has to write it in its own words.
  raw: fc.constant({ origin: 'bedrock-converse' as const, value: {} }),
});

const citations: fc.Arbitrary<Citation[]> = fc.array(citation, { maxLength: 2 });

const text: fc.Arbitrary<AnswerEvent[]> = fc
  .record({ pieces, cited: orNull(citations, 5) })
  .map(({ pieces: texts, cited }) => [
    ...texts.map((piece): AnswerEvent => ({ type: 'text', text: piece })),
    ...(cited ?? []).map((one): AnswerEvent => ({ type: 'citation', citation: one })),
    END,
  ]);

const refusal: fc.Arbitrary<AnswerEvent[]> = pieces.map((texts) => [
  ...texts.map((piece): AnswerEvent => ({ type: 'refusal', text: piece })),
  END,
]);

/** One to three calls; the pieces of some come in turns. */
function toolCalls({ customTools }: AnswerShape): fc.Arbitrary<AnswerEvent[]> {
  const one = fc
    .record({
      name: word,
      custom: customTools ? fc.boolean() : fc.constant(false),
      object: jsonObject,
      free: visibleText,
      cuts: fc.array(fc.nat({ max: 60 }), { maxLength: 3 }),
      empty: fc.constantFrom(false, false, false, true),
    })
    .map(({ name, custom, object, free, cuts, empty }) => ({
      name,
      kind: custom ? ('custom' as const) : ('function' as const),
      pieces: empty && !custom ? [] : cut(custom ? free : JSON.stringify(object), cuts),
    }));
  return fc
    .record({
      calls: fc.uniqueArray(one, { minLength: 1, maxLength: 3, selector: ({ name }) => name }),
      ids: fc.uniqueArray(word, { minLength: 3, maxLength: 3 }),
      interleaved: fc.boolean(),
    })
    .map(({ calls, ids, interleaved }) => {
      const lists = calls.map(({ name, kind, pieces: texts }, call): AnswerEvent[] => [
        { type: 'tool_call', call, id: `call_${ids[call] ?? ''}`, name, kind, state: null },
        ...texts.map((piece): AnswerEvent => ({ type: 'tool_arguments', call, text: piece })),
        { type: 'tool_call_end', call },
      ]);
      return interleaved ? zipped(lists) : lists.flat();
    });
}

/** A text in pieces that are not empty and split no character. */
function cut(text: string, at: readonly number[]): string[] {
  const characters = Array.from(text);
  const places = [...new Set(at.filter((place) => place > 0 && place < characters.length))].sort((a, b) => a - b);
  return [0, ...places]
    .map((from, index) => characters.slice(from, places[index] ?? characters.length).join(''))
    .filter((piece) => piece !== '');
}

/** Calls begin in order: the first events of all, then the second ones of all … */
function zipped<T>(lists: readonly (readonly T[])[]): T[] {
  const longest = Math.max(...lists.map(({ length }) => length));
  return Array.from({ length: longest }, (_, index) => lists.flatMap((list) => list.slice(index, index + 1))).flat();
}

/** Usage that adds up: parts are never more than their whole, and no prompt is of no tokens. */
const usages: fc.Arbitrary<Usage> = fc
  .record({
    fresh: fc.integer({ min: 1, max: 9_000 }),
    output: fc.integer({ min: 1, max: 9_000 }),
    cacheRead: orNull(fc.nat({ max: 5_000 })),
    cacheWrite: orNull(fc.nat({ max: 5_000 }), 4),
    cacheWrite1h: orNull(fc.nat({ max: 5_000 }), 6),
    reasoning: orNull(fc.nat({ max: 5_000 })),
  })
  .map(({ fresh, output, cacheRead, cacheWrite, cacheWrite1h, reasoning: thought }) => ({
    ...UNKNOWN_USAGE,
    inputTokens: fresh + (cacheRead ?? 0) + (cacheWrite ?? 0) + (cacheWrite1h ?? 0),
    outputTokens: output + (thought ?? 0),
    cacheReadTokens: cacheRead,
    cacheWrite5mTokens: cacheWrite,
    cacheWrite1hTokens: cacheWrite1h,
    reasoningTokens: thought,
  }));
