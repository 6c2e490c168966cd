import { foldAnswer } from '../../../src/canonical/fold-answer.ts';
import type { AnswerEvent } from '../../../src/canonical/answer.ts';
import type { JsonObject } from '../../../src/canonical/parts.ts';
import { PLAIN_QUIRKS } from '../../../src/canonical/quirks.ts';
import type { ChatQuirks } from '../../../src/canonical/quirks.ts';
import { emptyRequest } from '../../../src/canonical/request.ts';
import type { CanonicalRequest } from '../../../src/canonical/request.ts';
import type { AnswerContext, DecodeContext, EncodeTarget } from '../../../src/dialects/dialect.ts';
import { encodeStream } from '../../../src/dialects/openai-responses/encode-stream.ts';
import { decodeStream } from '../../../src/dialects/openai-responses/decode-stream.ts';

export const EXCHANGE_ID = '01983a2e-7c1f-7abc-8def-0123456789ab';
export const HEX = '01983a2e7c1f7abc8def0123456789ab';

export function plainRequest(changes: Partial<CanonicalRequest> = {}): CanonicalRequest {
  return { ...emptyRequest('gpt-4.1', 'openai-responses'), ...changes };
}

export function targetOf(model: string, quirks: Partial<ChatQuirks> = {}): EncodeTarget {
  return {
    model,
    quirks: { ...PLAIN_QUIRKS, files: true, systemRole: 'developer', ...quirks },
    maxOutputTokens: null,
    contextTokens: null,
    loadedContextTokens: null,
  };
}

export function decodeContext(
  request: CanonicalRequest = plainRequest(),
  quirks: Partial<ChatQuirks> = {},
): DecodeContext {
  return { request, provider: 'somewhere', quirks: { ...PLAIN_QUIRKS, ...quirks } };
}

export function answerContext(request: CanonicalRequest = plainRequest(), body: JsonObject = {}): AnswerContext {
  return {
    request,
    body: { model: request.model, ...body },
    exchangeId: EXCHANGE_ID,
    model: 'gpt-4.1-2025-04-14',
    createdAt: 1_790_000_000_123,
    now: () => 1_790_000_001_000,
    isKept: true,
    inputTokensGuess: 0,
  };
}

/** What a stream of these pieces of bytes says. */
export function decoded(pieces: readonly Buffer[], context: DecodeContext = decodeContext()): readonly AnswerEvent[] {
  const decoder = decodeStream(context);
  return [...pieces.flatMap((piece) => decoder.push(piece)), ...decoder.end()];
}

/** Events as they stand on the wire, without their numbers being checked. */
export function sse(events: readonly JsonObject[]): Buffer {
  return Buffer.from(
    events.map((data) => `event: ${String(data['type'])}\ndata: ${JSON.stringify(data)}\n\n`).join(''),
  );
}

/** What the front writes of these events. */
export function written(events: readonly AnswerEvent[], context: AnswerContext = answerContext()): string {
  const encoder = encodeStream(context);
  const texts = events.map((event) => encoder.push(event));
  const isWhole = events.some(({ type }) => type === 'finish');
  return texts.join('') + (isWhole ? encoder.end() : '');
}

/** The data of the events in a stream. */
export function dataOf(text: string): readonly JsonObject[] {
  return text
    .split('\n\n')
    .filter((block) => block.startsWith('event:'))
    .map((block) => JSON.parse(block.slice(block.indexOf('data: ') + 6)) as JsonObject);
}

/** Texts, thoughts, calls and the like of an answer, without what only one dialect writes. */
export function gistOf(events: readonly AnswerEvent[]): unknown {
  const { content, usage, finish, model } = foldAnswer(events);
  return { content, usage, reason: finish?.reason, model };
}
