import { describe, expect, it } from 'vitest';
import { foldAnswer } from '../../src/canonical/fold-answer.ts';
import { stateOfId } from '../../src/canonical/carried-state.ts';
import { GatewayError } from '../../src/canonical/errors.ts';
import type { Usage } from '../../src/canonical/usage.ts';
import { singleBytes } from './cuts.ts';
import { LAWS, lawsOf } from './every-dialect.ts';
import { gistOf, streamedEvents, wholeEvents } from './gist.ts';
import type { Gist } from './gist.ts';
import { decodeContext, requestFor } from './laws.ts';
import type { DialectLaws } from './laws.ts';
import { NOT_JSON, readRecorded, RECORDED_FOLDER } from './recorded-answers.ts';
import type { RecordedAnswer } from './recorded-answers.ts';
import { usageTold } from './usage-told.ts';

const recorded = readRecorded();
if (recorded === null) console.warn(`skipped: ${RECORDED_FOLDER} is not there`);
const { answers = [], errors = [], leftOut = [] } = recorded ?? {};
/** Streams that the provider itself ended with an error. */
const FAILED = ['openai/openai-error.1.chunks.txt'];
const known = new Set(LAWS.map(({ dialect }) => dialect.id));
const complete = answers.filter(({ name, dialect }) => !FAILED.includes(name) && known.has(dialect));

// skipped: without the folder there is nothing to read, as was said above.
describe.skipIf(recorded === null)('recorded answers of real providers', () => {
  it('are all read, but for those of other APIs', () => {
    console.info(leftOut.map(([name, reason]) => `left out: ${name}: ${reason}`).join('\n'));
    expect(new Set(leftOut.map(([, reason]) => reason))).toEqual(
      new Set([
        'a live session',
        'a text completion',
        'a transcription',
        'an object of another API',
        "Cohere's own API, which is called by its compatible one",
        'embeddings',
        "Gemini's interactions",
        NOT_JSON,
      ]),
    );
    expect(complete.length).toBeGreaterThan(100);
  });

  it.each(complete.map((answer) => [answer.name, answer] as const))(
    '%s: usage is what the body says',
    (_name, answer) => {
      const { usage } = foldAnswer(eventsOf(answer));
      const told = usageTold(answer);
      if (told === null || usage === null) expect({ told, usage }).toEqual({ told: null, usage: null });
      else expect(asTold(usage)).toEqual(told);
    },
  );

  it.each(complete.map((answer) => [answer.name, answer] as const))(
    '%s: comes to its end, whatever the cuts',
    (_name, answer) => {
      const events = eventsOf(answer);
      expect(events[0]?.type).toBe('start');
      expect(foldAnswer(events).finish).not.toBeNull();
      if (answer.body.kind === 'whole' || answer.body.bytes.length > 30_000) return;
      const { dialect } = lawsOf(answer.dialect);
      const again = streamedEvents(dialect, singleBytes(answer.body.bytes), decodeContext(requestFor(dialect, events)));
      expect(foldAnswer(again)).toEqual(foldAnswer(events));
    },
  );

  describe.each(LAWS.filter(({ dialect }) => dialect.front !== null).map((laws) => [laws.dialect.id, laws] as const))(
    'through %s',
    (_id, laws) => {
      it.each(complete.map((answer) => [answer.name, answer] as const))(
        '%s keeps text, calls, finish and usage',
        (_name, answer) => {
          const { dialect, wire } = laws;
          const events = eventsOf(answer);
          const request = requestFor(dialect, events);
          const context = decodeContext(request);
          const expected = kept(events, laws);
          expectKept(
            kept(streamedEvents(dialect, [wire.stream(events, request)], context), laws),
            expected,
            'streamed',
          );
          expectKept(kept(wholeEvents(dialect, wire.answer(events, request), context), laws), expected, 'whole');
        },
      );
    },
  );

  it.each(FAILED.map((name) => [name]))('%s ends in the error that its provider told', (name) => {
    const answer = answers.find((one) => one.name === name);
    if (answer === undefined || !known.has(answer.dialect)) return;
    const events = rawEvents(answer);
    const last = events instanceof GatewayError ? undefined : events.at(-1);
    expect(last).toMatchObject({ type: 'error', error: { code: 'upstream_error', wireCode: 'insufficient_quota' } });
  });

  it.each(errors.map(({ name, text }) => [name, text]))('%s is an error of its provider', (name, text) => {
    const dialect = name.startsWith('google/') ? 'gemini' : 'openai-responses';
    if (!known.has(dialect)) return;
    const error = lawsOf(dialect).dialect.back.decodeError({
      provider: 'them',
      status: 429,
      retryAfter: null,
      body: text,
    });
    expect(error.message).toMatch(/^them .*(quota|not supported)/);
    expect(error.status).toBe(429);
  });
});

function rawEvents(answer: RecordedAnswer): ReturnType<typeof streamedEvents> | GatewayError {
  const { dialect } = lawsOf(answer.dialect);
  const context = decodeContext(requestFor(dialect, []));
  const { body } = answer;
  return body.kind === 'whole'
    ? dialect.back.decodeAnswer(body.json, context)
    : streamedEvents(dialect, [body.bytes], context);
}

function eventsOf(answer: RecordedAnswer): ReturnType<typeof streamedEvents> {
  const events = rawEvents(answer);
  if (events instanceof GatewayError) throw events;
  return events;
}

function asTold(usage: Usage): NonNullable<ReturnType<typeof usageTold>> {
  return {
    input: usage.inputTokens ?? 0,
    output: usage.outputTokens ?? 0,
    cacheRead: usage.cacheReadTokens ?? 0,
    cacheWrite: (usage.cacheWrite5mTokens ?? 0) + (usage.cacheWrite1hTokens ?? 0),
    reasoning: usage.reasoningTokens ?? 0,
  };
}

/** What an answer has to keep in every dialect. Thoughts may be shortened or kept back. */
function kept(
  events: ReturnType<typeof streamedEvents>,
  { usageTold: told, keepsCallIds, finishTold }: DialectLaws,
): Kept {
  const answer = foldAnswer(events);
  const { said, calls, hasRefusal, reason, usage } = gistOf(answer, told);
  return {
    said,
    // State of the provider rides on ids.
    calls: calls.map((call) => ({ ...call, id: keepsCallIds ? stateOfId(call.id).id : 'any' })),
    reason: finishTold(reason, hasRefusal),
    // That nothing was counted, and that all is 0, are the same to some; others then guess.
    usage: usage === null || Object.values(usage).every((tokens) => tokens === 0) ? null : usage,
    detail: answer.finish?.detail ?? null,
  };
}

interface Kept extends Omit<Gist, 'thought' | 'hasRefusal'> {
  readonly detail: string | null;
}

function expectKept(read: Kept, original: Kept, form: string): void {
  const { detail } = original;
  // Where a provider says nothing but why it refuses, that may be what the model is made to say.
  const isExplained = original.said === '' && detail !== null && read.said === detail;
  const expected = { ...original, said: isExplained ? detail : original.said };
  // A refusal's explanation has a place of its own in few dialects.
  const found = { ...read, detail, usage: original.usage === null ? null : read.usage };
  expect(found, form).toEqual(expected);
}
