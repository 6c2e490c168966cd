import type { ServerResponse } from 'node:http';
import type { AnswerEvent, CanonicalAnswer } from '../canonical/answer.ts';
import { GatewayError } from '../canonical/errors.ts';
import { foldAnswer } from '../canonical/fold-answer.ts';
import type { Usage } from '../canonical/usage.ts';
import { emptyRequest } from '../canonical/request.ts';
import type { Back, DecodeContext, Front, StreamEncoder } from '../dialects/dialect.ts';
import type { EmbeddingBack } from '../dialects/embedding.ts';
import { cutId } from '../dialects/openai-chat/ids.ts';
import { decodeOpenAiError, encodeOpenAiErrorEvent } from '../dialects/openai-chat/errors.ts';
import { StreamTap } from '../dialects/openai-chat/stream-tap.ts';
import { parseJson } from '../std/parse-json.ts';
import type { Secret } from '../std/secret.ts';
import { providerOf } from './answer-headers.ts';
import type { AnswerParts } from './answer-parts.ts';
import { AnswerTexts } from './answer-texts.ts';
import { asideEncoder } from './aside-encoder.ts';
import { FilteredTap, heldBack } from './filtered-answer.ts';
import { guessedUsage, NO_TEXT } from './countable.ts';
import { hideSecrets, secretsTo, withoutField, withoutSecrets } from './hide-secrets.ts';
import { liteLlmErrorEvent, takesLiteLlmEvents } from './lite-llm-errors.ts';
import { ownerOf, owningDecoder, withOwner } from './owned-states.ts';
import type { Relay } from './relay.ts';
import { BytesRelay, RelayedTap, relayedWhole } from './relayed-answer.ts';
import { StreamRelay } from './stream-relay.ts';
import { TakingContext } from './taking-context.ts';
import { DecoderTap } from './tap.ts';
import type { Tap } from './tap.ts';
import { TranslatingRelay } from './translating-relay.ts';
import { checkWholeAnswer } from './whole-answer.ts';
import type { WholeAnswer } from './whole-answer.ts';
import { quirksOf } from './wire.ts';

export interface RelayHooks {
  readonly response: ServerResponse;
  readonly commit: () => void;
  readonly onFirstEvent: () => void;
}

const JSON_TYPE = 'application/json; charset=utf-8';
const NO_BYTES = Buffer.alloc(0);
const DONE_EVENT = 'data: [DONE]\n\n';
const EVENTS_TYPE = /^text\/event-stream/;
const LINES_TYPE = /^application\/(?:x-)?(?:ndjson|jsonl)/;

/** How the answer of one attempt is taken: passed on as it comes, or read and written anew. Nothing here waits. */
export class AnswerTaking {
  readonly #parts: AnswerParts;
  readonly #provider: string;
  readonly #secrets: readonly Secret[];
  readonly #createdAt = Date.now();

  constructor(parts: AnswerParts) {
    this.#parts = parts;
    this.#provider = providerOf(parts.target);
    this.#secrets = secretsTo(parts.target, parts.wire);
  }

  /** A stream for a client that asked for one. `contentType`: lower case. */
  relay(contentType: string, hooks: RelayHooks): Relay {
    const { wire, conversation, keeper, filterFails, joined, openingHeldMs } = this.#parts;
    const { response, commit, onFirstEvent } = hooks;
    const isRelayed = conversation.relayHead !== null;
    if (isRelayed && !EVENTS_TYPE.test(contentType)) return new BytesRelay(hooks);
    if (!wire.passes || joined !== null) {
      const { front, back } = this.#ends();
      const read = back.decodeStream(this.#decodeContext());
      const decoder = owningDecoder(read, ownerOf(this.#parts.target), conversation.face.dialect);
      const newEncoder = (): StreamEncoder => front.encodeStream(this.answerContext());
      const encoder = joined?.with(newEncoder) ?? newEncoder();
      return new TranslatingRelay({
        secrets: this.#secrets,
        response,
        decoder,
        encoder,
        errorEvent: (error) => this.#liteLlmEvent(error) ?? encoder.push({ type: 'error', error }),
        breaks: (error) => joined?.breaks(error) ?? false,
        heldBack: filterFails ? heldBack(this.#provider) : null,
        openingHeldMs,
        commit,
        onFirstEvent,
        onEnd: (end) => keeper?.keepStream(end),
      });
    }
    const { dialect } = conversation.face;
    const isChat = dialect === 'openai-chat' && !isRelayed;
    const { asksForUsage, choiceCount } = conversation.head;
    return new StreamRelay({
      provider: this.#provider,
      secrets: this.#secrets,
      tap: isRelayed ? new RelayedTap() : this.#tap(isChat ? new StreamTap(choiceCount) : this.#decoderTap()),
      blocks: LINES_TYPE.test(contentType) ? 'lines' : 'events',
      doneEvent: isChat ? DONE_EVENT : '',
      errorEvent: (error) => this.#errorEvent(error),
      rewritesErrors: this.#parts.asLiteLlm && takesLiteLlmEvents(conversation.face),
      response,
      hidesUsage: !asksForUsage,
      openingHeldMs,
      commit,
      onFirstEvent,
    });
  }

  /** A whole answer, for a client that asked for one or for a stream. */
  whole(bytes: Buffer, contentType: string): WholeAnswer | GatewayError {
    const { wire, conversation } = this.#parts;
    if (conversation.relayHead !== null) return relayedWhole(bytes, contentType, this.#provider, this.#secrets);
    const { dialect } = conversation.face;
    // Of lines of JSON a whole answer is the last one.
    const passes = wire.passes && (!conversation.head.stream || wire.back === null || dialect === 'ollama');
    // Without building anything of it: embeddings are large.
    if (passes && dialect === 'openai-chat') {
      return checkWholeAnswer(bytes, contentType, this.#provider, this.#secrets);
    }
    if (wire.embedding !== null) return this.#embeddings(bytes, wire.embedding);
    const { back } = this.#ends();
    const context = passes ? this.#passedContext() : this.#decodeContext();
    const events = back.decodeAnswer(parseJson(bytes.toString('utf8')), context);
    if (events instanceof GatewayError) return withoutSecrets(events, this.#secrets);
    return passes ? wholeOf(foldAnswer(events), events, { body: bytes, contentType: null }) : this.fold(events);
  }

  /** The pieces of an answer as the client asked for them: whole, or as a stream that comes at once. */
  fold(said: readonly AnswerEvent[]): WholeAnswer | GatewayError {
    const { conversation, keeper, target } = this.#parts;
    const { front } = this.#ends();
    const events = withOwner(said, ownerOf(target), conversation.face.dialect);
    const failure = events.find((event) => event.type === 'error');
    if (failure !== undefined) return withoutSecrets(failure.error, this.#secrets);
    if (!conversation.head.stream) {
      const answer = foldAnswer(events);
      const text = front.encodeAnswer(answer, this.answerContext());
      keeper?.keepWhole(text);
      return wholeOf(answer, events, { body: Buffer.from(text), contentType: JSON_TYPE });
    }
    const { joined } = this.#parts;
    const own = (): StreamEncoder => front.encodeStream(this.answerContext().atOnce());
    // What has begun is gone on with; an answer that comes whole does not break off.
    const encoder = joined === null || joined.openText === null ? own() : joined;
    const pieces = events.map((event) => encoder.push(event));
    const end = encoder.end();
    keeper?.keepStream(end);
    const text = pieces.join('') + end;
    return wholeOf(foldAnswer(events), events, { body: Buffer.from(text), contentType: front.streamContentType });
  }

  /** Reads a stream for a client that did not ask for one. */
  collect(): StreamCollector {
    return new StreamCollector(this.#ends().back, this.#decodeContext(), (events) => this.fold(events));
  }

  decodeError(status: number, retryAfter: string | null, body: string): GatewayError {
    const { wire, conversation } = this.#parts;
    const answer = { provider: this.#provider, status, retryAfter, body: hideSecrets(body, this.#secrets) };
    const error = (wire.back ?? wire.embedding)?.decodeError(answer) ?? decodeOpenAiError(answer);
    return wire.address.dialect === conversation.face.dialect ? error : withoutField(error);
  }

  /** Vectors as the client reads them. Tokens that nobody told are counted in the request. */
  #embeddings(bytes: Buffer, back: EmbeddingBack): WholeAnswer | GatewayError {
    const { conversation, wire, target } = this.#parts;
    const { embedding: front, name } = conversation.face;
    if (front === null) throw new Error(`${name} makes no embeddings`);
    const answer = back.decodeAnswer(parseJson(bytes.toString('utf8')), this.#provider);
    if (answer instanceof GatewayError) return withoutSecrets(answer, this.#secrets);
    const { model, usage } = answer;
    const kept = usage === null ? ({ kind: 'json', pieces: [NO_TEXT] } as const) : null;
    const known = { model: model === null ? null : cutId(model), responseId: null, usage, kept };
    if (wire.passes) return { ...known, body: bytes, contentType: null };
    const { embeddingRequest: request } = conversation;
    const context = { request, model: target.model, tookMs: Date.now() - this.#createdAt };
    const bodyWith = (told: Usage | null): Buffer =>
      Buffer.from(front.encodeAnswer({ ...answer, usage: told }, context));
    if (usage !== null) return { ...known, body: bodyWith(usage), contentType: JSON_TYPE };
    // The types of OpenAI's SDK take it for granted that the tokens are told.
    const withCounted = (counted: Usage | null): Buffer => bodyWith(counted ?? guessedUsage(request));
    return { ...known, body: NO_BYTES, contentType: JSON_TYPE, withCounted };
  }

  answerContext(): TakingContext {
    return new TakingContext(this.#parts, this.#createdAt);
  }

  #tap(tap: Tap): Tap {
    const { filterFails, wire } = this.#parts;
    if (!filterFails || wire.back === null) return tap;
    return new FilteredTap(tap, wire.back.decodeStream(this.#passedContext()), heldBack(this.#provider));
  }

  #decoderTap(): DecoderTap {
    return new DecoderTap(this.#ends().back.decodeStream(this.#passedContext()));
  }

  #ends(): { readonly front: Front; readonly back: Back } {
    const { conversation, wire } = this.#parts;
    const { front, name } = conversation.face;
    if (front === null || wire.back === null) throw new Error(`${name} was to be translated`);
    return { front, back: wire.back };
  }

  #decodeContext(): DecodeContext {
    const { conversation, target } = this.#parts;
    return { request: conversation.request, provider: this.#provider, quirks: quirksOf(target) };
  }

  /** Of a stream that passes through only its end and its usage are read, for which the request need not be known. */
  #passedContext(): DecodeContext {
    const { conversation, target } = this.#parts;
    const request = emptyRequest(target.model, conversation.face.dialect);
    return { request, provider: this.#provider, quirks: quirksOf(target) };
  }

  #errorEvent(error: GatewayError): string {
    const { conversation, target, exchangeId } = this.#parts;
    const { front, dialect } = conversation.face;
    const liteLlm = this.#liteLlmEvent(error);
    if (liteLlm !== null) return liteLlm;
    if (front === null) return encodeOpenAiErrorEvent(error);
    const aside = { exchangeId, dialect, model: target.model, createdAt: this.#createdAt };
    return asideEncoder(front, aside).push({ type: 'error', error });
  }

  /** `null`: the client is none of LiteLLM's, or speaks a dialect in which that one has no words of its own. */
  #liteLlmEvent(error: GatewayError): string | null {
    const { asLiteLlm, conversation } = this.#parts;
    if (!asLiteLlm || !takesLiteLlmEvents(conversation.face)) return null;
    return liteLlmErrorEvent(error, conversation.head.model);
  }
}

function wholeOf(
  { id, model, usage, finish }: CanonicalAnswer,
  events: readonly AnswerEvent[],
  { body, contentType }: Pick<WholeAnswer, 'body' | 'contentType'>,
): WholeAnswer {
  const texts = new AnswerTexts();
  for (const event of events) texts.take(event);
  return {
    body,
    contentType,
    model: model === null ? null : cutId(model),
    responseId: id === null ? null : cutId(id),
    usage,
    kept: texts.kept,
    isFiltered: finish?.reason === 'content_filter',
  };
}

/** Collects the pieces of a stream. */
export class StreamCollector {
  readonly #decoder: ReturnType<Back['decodeStream']>;
  readonly #events: AnswerEvent[] = [];
  readonly #fold: (events: readonly AnswerEvent[]) => WholeAnswer | GatewayError;

  constructor(
    back: Back,
    context: DecodeContext,
    fold: (events: readonly AnswerEvent[]) => WholeAnswer | GatewayError,
  ) {
    this.#decoder = back.decodeStream(context);
    this.#fold = fold;
  }

  push(chunk: Buffer): void {
    this.#events.push(...this.#decoder.push(chunk));
  }

  end(): WholeAnswer | GatewayError {
    this.#events.push(...this.#decoder.end());
    return this.#fold(this.#events);
  }
}
