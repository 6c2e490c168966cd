import { emptyRequest } from '../../../src/canonical/request.ts';
import { foldAnswer } from '../../../src/canonical/fold-answer.ts';
import { ollama } from '../../../src/dialects/ollama/index.ts';
import { PLAIN_QUIRKS } from '../../../src/canonical/quirks.ts';
import type { AnswerContext, DecodeContext, EncodeTarget, Front } from '../../../src/dialects/dialect.ts';
import type { AnswerEvent } from '../../../src/canonical/answer.ts';
import type { CanonicalRequest } from '../../../src/canonical/request.ts';

export const TARGET: EncodeTarget = {
  model: 'qwen3:8b',
  quirks: { ...PLAIN_QUIRKS, thinkTags: true },
  maxOutputTokens: null,
  contextTokens: null,
  loadedContextTokens: null,
};

export function asked(changes: Partial<CanonicalRequest> = {}): CanonicalRequest {
  return { ...emptyRequest('qwen3:8b', 'openai-chat'), ...changes };
}

export function decoding(request: CanonicalRequest = asked(), thinkTags = true): DecodeContext {
  return { request, provider: 'ollama', quirks: { ...PLAIN_QUIRKS, thinkTags } };
}

/** The events of a stream whose bytes come in these pieces. */
export function streamed(pieces: readonly Buffer[], context: DecodeContext = decoding()): readonly AnswerEvent[] {
  const decoder = ollama.back.decodeStream(context);
  return [...pieces.flatMap((piece) => decoder.push(piece)), ...decoder.end()];
}

/** The events of a whole answer, which must not be an error. */
export function whole(body: unknown, context: DecodeContext = decoding()): readonly AnswerEvent[] {
  const events = ollama.back.decodeAnswer(body, context);
  if (events instanceof Error) throw events;
  return events;
}

export function answering(changes: Partial<AnswerContext> = {}): AnswerContext {
  return {
    request: asked(),
    body: {},
    exchangeId: '0193a000-0000-7000-8000-000000000000',
    model: 'gpt-5',
    createdAt: Date.UTC(2026, 10, 21, 9, 30),
    now: () => Date.UTC(2026, 10, 21, 9, 30) + 1_500,
    isKept: true,
    inputTokensGuess: 7,
    ...changes,
  };
}

/** A front whose dialect has one. */
export function frontOf(front: Front | null): Front {
  if (front === null) throw new Error('the dialect has no front');
  return front;
}

/** What a client is sent for these events. */
export function written(events: readonly AnswerEvent[], front: Front, context: AnswerContext): string {
  const encoder = front.encodeStream(context);
  const text = events.map((event) => encoder.push(event)).join('');
  return events.some(({ type }) => type === 'error') ? text : text + encoder.end();
}

export function writtenWhole(events: readonly AnswerEvent[], front: Front, context: AnswerContext): string {
  return front.encodeAnswer(foldAnswer(events), context);
}
