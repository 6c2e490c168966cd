import { PLAIN_QUIRKS } from '../../../src/canonical/quirks.ts';
import type { ChatQuirks } from '../../../src/canonical/quirks.ts';
import { emptyRequest } from '../../../src/canonical/request.ts';
import type { CanonicalRequest } from '../../../src/canonical/request.ts';
import type { JsonObject } from '../../../src/canonical/parts.ts';
import type { AnswerContext, DecodeContext, EncodeTarget } from '../../../src/dialects/dialect.ts';
import { decodeRequest } from '../../../src/dialects/openai-chat/decode-request.ts';

export function decoded(body: JsonObject): CanonicalRequest {
  return decodeRequest(body, { model: 'm', stream: body['stream'] === true });
}

/** A body with these messages and fields, decoded. */
export function decodedMessages(...messages: readonly JsonObject[]): CanonicalRequest['messages'] {
  return decoded({ model: 'm', messages }).messages;
}

export function target(quirks: Partial<ChatQuirks> = {}, fields: Partial<EncodeTarget> = {}): EncodeTarget {
  return {
    model: 'up',
    quirks: { ...PLAIN_QUIRKS, ...quirks },
    maxOutputTokens: null,
    contextTokens: null,
    loadedContextTokens: null,
    ...fields,
  };
}

export function decodeContext(fields: Partial<DecodeContext> = {}): DecodeContext {
  return { request: emptyRequest('m', 'openai-chat'), provider: 'Upstream', quirks: PLAIN_QUIRKS, ...fields };
}

export function answerContext(fields: Partial<AnswerContext> = {}): AnswerContext {
  return {
    request: emptyRequest('m', 'openai-chat'),
    body: {},
    exchangeId: '0197a0b2-7c4e-7000-8000-0123456789ab',
    model: 'm',
    createdAt: 1_790_000_000_000,
    now: () => 1_790_000_000_500,
    isKept: true,
    inputTokensGuess: 0,
    ...fields,
  };
}
