import type { AnswerEvent, CanonicalAnswer } from '../../../src/canonical/answer.ts';
import { foldAnswer } from '../../../src/canonical/fold-answer.ts';
import type { JsonObject } from '../../../src/canonical/parts.ts';
import { PLAIN_QUIRKS } from '../../../src/canonical/quirks.ts';
import type { ChatQuirks } from '../../../src/canonical/quirks.ts';
import { emptyRequest } from '../../../src/canonical/request.ts';
import type { CanonicalRequest } from '../../../src/canonical/request.ts';
import type { AnswerContext, DecodeContext, EncodedRequest, Front } from '../../../src/dialects/dialect.ts';
import { gemini } from '../../../src/dialects/gemini/index.ts';
import { decodeRequest as decodeChat } from '../../../src/dialects/openai-chat/decode-request.ts';

export const { back } = gemini;
export const front: Front = (() => {
  if (gemini.front === null) throw new Error('the dialect has no front');
  return gemini.front;
})();

/** Takes budgets, and neither penalties nor signatures. */
export const SECOND = 'gemini-2.5-flash';
/** Takes levels, and wants signatures. */
export const THIRD = 'gemini-3-flash-preview';
export const EXCHANGE = '0193a000-0000-7000-8000-000000000000';

export function asked(changes: Partial<CanonicalRequest> = {}): CanonicalRequest {
  return { ...emptyRequest(SECOND, 'gemini'), ...changes };
}

/** A body of OpenAI's chat completions as Gemini gets it. */
export function fromChat(body: JsonObject, model = SECOND, quirks: Partial<ChatQuirks> = {}): EncodedRequest {
  const whole = { messages: [{ role: 'user', content: 'Hi' }], ...body };
  return encoded(decodeChat(whole, { model, stream: body['stream'] === true }), model, quirks);
}

export function encoded(
  request: CanonicalRequest,
  model = SECOND,
  quirks: Partial<ChatQuirks> = {},
  maxOutputTokens: number | null = null,
): EncodedRequest {
  return back.encodeRequest(request, {
    model,
    quirks: { ...PLAIN_QUIRKS, ...quirks },
    maxOutputTokens,
    contextTokens: null,
    loadedContextTokens: null,
  });
}

/** A body of `:generateContent` as it is understood. */
export function decoded(body: JsonObject): CanonicalRequest {
  return front.decodeRequest({ contents: [{ parts: [{ text: 'Hi' }] }], ...body }, { model: 'm', stream: false });
}

export function decoding(request: CanonicalRequest = asked()): DecodeContext {
  return { request, provider: 'Google', quirks: PLAIN_QUIRKS };
}

/** A client that wants to see thoughts. */
export function answering(changes: Partial<AnswerContext> = {}): AnswerContext {
  return {
    request: asked({ reasoning: { effort: null, budgetTokens: null, shown: true } }),
    body: {},
    exchangeId: EXCHANGE,
    model: SECOND,
    createdAt: Date.UTC(2026, 10, 21, 9, 30),
    now: () => Date.UTC(2026, 10, 21, 9, 30),
    isKept: true,
    inputTokensGuess: 7,
    ...changes,
  };
}

/** One chunk with these parts. */
export function chunk(parts: readonly JsonObject[], more: JsonObject = {}): JsonObject {
  return {
    candidates: [{ content: { role: 'model', parts }, index: 0, ...more }],
    responseId: 'r1',
    modelVersion: 'g',
  };
}

export function sse(chunks: readonly unknown[]): Buffer {
  return Buffer.from(chunks.map((one) => `data: ${JSON.stringify(one)}\r\n\r\n`).join(''));
}

export function streamed(bytes: Buffer | readonly Buffer[], context: DecodeContext = decoding()): AnswerEvent[] {
  const decoder = back.decodeStream(context);
  const pieces = Buffer.isBuffer(bytes) ? [bytes] : bytes;
  return [...pieces.flatMap((piece) => decoder.push(piece)), ...decoder.end()];
}

export function whole(body: unknown, context: DecodeContext = decoding()): readonly AnswerEvent[] {
  const events = back.decodeAnswer(body, context);
  if (events instanceof Error) throw events;
  return events;
}

export function folded(body: unknown, context: DecodeContext = decoding()): CanonicalAnswer {
  return foldAnswer(whole(body, context));
}

export function encodedStream(events: readonly AnswerEvent[], context: AnswerContext = answering()): string {
  const encoder = front.encodeStream(context);
  return events.map((event) => encoder.push(event)).join('') + encoder.end();
}

/** The chunks in a stream that was written. */
export function chunksIn(text: string): JsonObject[] {
  return text
    .split('\r\n\r\n')
    .filter((event) => event.startsWith('data: '))
    .map((event) => JSON.parse(event.slice('data: '.length)) as JsonObject);
}
