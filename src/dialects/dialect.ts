import type { AnswerEvent, CanonicalAnswer } from '../canonical/answer.ts';
import type { DialectId } from '../canonical/dialect-id.ts';
import type { GatewayError } from '../canonical/errors.ts';
import type { JsonObject } from '../canonical/parts.ts';
import type { CanonicalRequest } from '../canonical/request.ts';
import type { ParameterNames } from './parameter-names.ts';
import type { ChatQuirks } from '../canonical/quirks.ts';

/**
 * A wire format. As a front clients speak it to us, as a back we speak it to upstreams: four arrows, each a function
 * that reads or writes and waits for nothing. A dialect knows nothing of any other.
 */
export interface Dialect {
  readonly id: DialectId;
  /** `null`: no client speaks it to us. */
  readonly front: Front | null;
  readonly back: Back;
}

export interface Front {
  /**
   * Reads a body that was parsed. Throws a `GatewayError` (400) that names the field. `model` and `stream` as they are
   * known before: Gemini has them in the path.
   */
  readonly decodeRequest: (
    body: JsonObject,
    asked: { readonly model: string; readonly stream: boolean },
  ) => CanonicalRequest;
  /** A whole answer as JSON text. */
  readonly encodeAnswer: (answer: CanonicalAnswer, context: AnswerContext) => string;
  readonly encodeStream: (context: AnswerContext) => StreamEncoder;
  /** The body of an answer with a status of 400 and more, as JSON text; `status` is what the dialect makes of ours. */
  readonly encodeError: (
    error: GatewayError,
    context: ErrorContext,
  ) => { readonly status: number; readonly body: string };
  /** `text/event-stream; charset=utf-8`, or what the dialect has for streams. */
  readonly streamContentType: string;
  /** Fields of the dialect that are called otherwise than in `x-llmgw-dropped`, for errors that name one. */
  readonly parameters: ParameterNames;
}

/** What an answer to a client is made with besides its events. */
export interface AnswerContext {
  readonly request: CanonicalRequest;
  /** The body that the client sent: some dialects repeat parts of it in the answer. */
  readonly body: JsonObject;
  /** UUIDv7; dialects make ids of it that look like their own: `msg_…`, `resp_…`. */
  readonly exchangeId: string;
  /** The model that answers, where its upstream does not name it. */
  readonly model: string;
  /** When the answer began, UTC milliseconds. */
  readonly createdAt: number;
  /** Milliseconds, for the durations that Ollama tells. */
  readonly now: () => number;
  /** The answer is kept here, for who asks for it by its id. */
  readonly isKept: boolean;
  /** A guess of the prompt's tokens for dialects that name them before the upstream does. */
  readonly inputTokensGuess: number;
}

export interface ErrorContext {
  readonly exchangeId: string;
}

/** Writes the stream of one answer. Every text is whole: events, or lines, of the dialect. */
export interface StreamEncoder {
  /** What an event adds to the stream; empty where it adds nothing. After `error` nothing more is asked for. */
  readonly push: (event: AnswerEvent) => string;
  /** The end of a stream whose `finish` has been pushed. */
  readonly end: () => string;
  /** Something that keeps the connection alive and means nothing. */
  readonly keepAlive: () => string;
}

export interface Back {
  readonly encodeRequest: (request: CanonicalRequest, target: EncodeTarget) => EncodedRequest;
  /** Below the API base: `/chat/completions`, `/models/gemini-3-flash:generateContent`. */
  readonly pathOf: (model: string, stream: boolean) => string;
  /** A whole answer's pieces. `GatewayError`: it is an error, or no answer at all. */
  readonly decodeAnswer: (body: unknown, context: DecodeContext) => readonly AnswerEvent[] | GatewayError;
  readonly decodeStream: (context: DecodeContext) => StreamDecoder;
  readonly decodeError: (answer: UpstreamAnswer) => GatewayError;
  /** Whether the prompts of a model are kept in a cache where they are marked, and nowhere else; absent: of none. */
  readonly cachesMarked?: (model: string) => boolean;
}

/** Where a request goes, as far as its body depends on it. */
export interface EncodeTarget {
  /** The id that the upstream knows the model by. */
  readonly model: string;
  readonly quirks: ChatQuirks;
  /** The most tokens that an answer of the model can have, where it is known. */
  readonly maxOutputTokens: number | null;
  /** Tokens that the model's context has room for, where it is known; Ollama's `num_ctx` is not larger. */
  readonly contextTokens: number | null;
  /** Tokens of the context that the model is loaded with now; Ollama's `num_ctx` is not smaller. */
  readonly loadedContextTokens: number | null;
  /** Tokens that the prompt alone proved to need, at least: Ollama's `num_ctx` is larger. Absent: nothing is proved. */
  readonly exceededContextTokens?: number;
}

export interface EncodedRequest {
  /** Ready for `JSON.stringify`. */
  readonly body: JsonObject;
  /**
   * What of the request the dialect has no words for, by the names of `x-llmgw-dropped`: `seed`, `logprobs`, `n`,
   * `tools.web_search`, and fields that only the client's dialect has by their names there (`logit_bias`). Each once,
   * and only names of the dialect's own list.
   */
  readonly dropped: readonly string[];
  /**
   * What is sent, but not as it was asked for, since the model takes no such value: `temperature`, `max_tokens`,
   * `reasoning`. By the same names, and told in the same header; never a reason to refuse. Absent: nothing.
   */
  readonly clamped?: readonly string[];
  /** Headers that go with this body (lower-case names), none of them secret: `anthropic-beta`. */
  readonly headers: Readonly<Record<string, string>>;
  /** Tokens of the context that the upstream loads the model with for it; absent: the request does not say. */
  readonly contextTokens?: number;
}

/** `clamped` of an encoded request: absent where nothing is. */
export function clampedField(names: Iterable<string>): Pick<EncodedRequest, 'clamped'> {
  const clamped = [...names];
  return clamped.length === 0 ? {} : { clamped };
}

export interface DecodeContext {
  /** Tools by their names, what was asked for; a back may have had to write a tool's name otherwise. */
  readonly request: CanonicalRequest;
  /** The name of the server or provider, with which messages of errors begin. */
  readonly provider: string;
  readonly quirks: ChatQuirks;
}

/**
 * Reads the stream of one answer. However its bytes are cut, the events are the same. After `error` or `finish` it may
 * be given more, of which only usage counts.
 */
export interface StreamDecoder {
  readonly push: (chunk: Buffer) => readonly AnswerEvent[];
  /** The upstream has ended the stream. One that was not whole gives an `error` (`upstream_stream_truncated`). */
  readonly end: () => readonly AnswerEvent[];
}

/** An answer with a status of 400 and more, or one of 200 whose body is an error. */
export interface UpstreamAnswer {
  /** The name of the server or provider, which the message begins with. */
  readonly provider: string;
  readonly status: number;
  readonly retryAfter: string | null;
  readonly body: string;
}
