import type { AnswerEvent, CanonicalAnswer } from '../../../src/canonical/answer.ts';
import { foldAnswer } from '../../../src/canonical/fold-answer.ts';
import type { JsonObject } from '../../../src/canonical/parts.ts';
import { PLAIN_QUIRKS } from '../../../src/canonical/quirks.ts';
import type { ChatQuirks } from '../../../src/canonical/quirks.ts';
import { emptyRequest } from '../../../src/canonical/request.ts';
import type { CanonicalRequest } from '../../../src/canonical/request.ts';
import { anthropicMessages } from '../../../src/dialects/anthropic-messages/index.ts';
import type { AnswerContext, DecodeContext, EncodedRequest, Front } from '../../../src/dialects/dialect.ts';
import { decodeRequest as decodeChat } from '../../../src/dialects/openai-chat/decode-request.ts';

export const { back } = anthropicMessages;
export const front: Front = (() => {
  if (anthropicMessages.front === null) throw new Error('the dialect has no front');
  return anthropicMessages.front;
})();

/** Takes budgets, sampling and structured outputs. */
export const MODEL = 'claude-sonnet-4-5-20250929';
export const EXCHANGE = '0193a000-0000-7000-8000-000000000000';

export function asked(changes: Partial<CanonicalRequest> = {}): CanonicalRequest {
  return { ...emptyRequest(MODEL, 'openai-chat'), ...changes };
}

/** A body of OpenAI's chat completions as Anthropic gets it. */
export function fromChat(body: JsonObject, model = MODEL, quirks: Partial<ChatQuirks> = {}): EncodedRequest {
  const whole = { messages: [{ role: 'user', content: 'Hi' }], ...body };
  return encoded(decodeChat(whole, { model, stream: body['stream'] === true }), model, quirks);
}

export function encoded(
  request: CanonicalRequest,
  model = MODEL,
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

/** A body of `/v1/messages` as it is understood. */
export function decoded(body: JsonObject): CanonicalRequest {
  const whole = { max_tokens: 100, messages: [{ role: 'user', content: 'Hi' }], ...body };
  return front.decodeRequest(whole, { model: 'm', stream: body['stream'] === true });
}

export function decoding(request: CanonicalRequest = asked(), quirks: Partial<ChatQuirks> = {}): DecodeContext {
  return { request, provider: 'Anthropic', quirks: { ...PLAIN_QUIRKS, ...quirks } };
}

export function answering(changes: Partial<AnswerContext> = {}): AnswerContext {
  return {
    request: asked(),
    body: {},
    exchangeId: EXCHANGE,
    model: 'claude-opus-5',
    createdAt: Date.UTC(2026, 10, 21, 9, 30),
    now: () => Date.UTC(2026, 10, 21, 9, 30),
    isKept: true,
    inputTokensGuess: 7,
    ...changes,
  };
}

/** Events of the API as the bytes of a stream. */
export function sse(events: readonly JsonObject[]): Buffer {
  return Buffer.from(
    events.map((event) => `event: ${String(event['type'])}\ndata: ${JSON.stringify(event)}\n\n`).join(''),
  );
}

export function streamed(bytes: Buffer | readonly Buffer[], context: DecodeContext = decoding()): AnswerEvent[] {
  const decoder = back.decodeStream(context);
  const pieces = Buffer.isBuffer(bytes) ? [bytes] : bytes;
  return [...pieces.flatMap((piece) => decoder.push(piece)), ...decoder.end()];
}

export function wholeEvents(body: unknown, context: DecodeContext = decoding()): readonly AnswerEvent[] {
  const events = back.decodeAnswer(body, context);
  if (events instanceof Error) throw events;
  return events;
}

export function folded(body: unknown, context: DecodeContext = decoding()): CanonicalAnswer {
  return foldAnswer(wholeEvents(body, context));
}

/** What a client is sent for these events. */
export function written(events: readonly AnswerEvent[], context: AnswerContext = answering()): string {
  const encoder = front.encodeStream(context);
  const text = events.map((event) => encoder.push(event)).join('');
  return events.some(({ type }) => type === 'error') ? text : text + encoder.end();
}

export function writtenWhole(answer: CanonicalAnswer, context: AnswerContext = answering()): JsonObject {
  return JSON.parse(front.encodeAnswer(answer, context)) as JsonObject;
}

/** The data of the events in a text of server-sent events, which must carry their types. */
export function eventsIn(text: string): JsonObject[] {
  return text
    .split('\n\n')
    .filter((block) => block !== '')
    .map((block) => {
      const [, type, data] = /^event: (\S+)\ndata: (.*)$/.exec(block) ?? [];
      const event = JSON.parse(data ?? 'null') as JsonObject;
      if (event['type'] !== type) throw new Error(`an event of the type ${String(event['type'])} says ${type ?? '?'}`);
      return event;
    });
}

/** A whole answer with this in it. */
export function message(content: readonly JsonObject[], rest: JsonObject = {}): JsonObject {
  return {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: MODEL,
    content,
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 3, output_tokens: 5 },
    ...rest,
  };
}

/** Content whose arguments are compared by what they say: a whole answer has no text of them. */
export function plainArguments(content: CanonicalAnswer['content']): unknown {
  return content.map(({ part, citations }) =>
    part.type === 'tool_call' ? { ...part, arguments: JSON.parse(part.arguments) as unknown } : { part, citations },
  );
}
