import type { Writable } from 'node:stream';
import type { AnswerEvent } from '../canonical/answer.ts';
import { GatewayError } from '../canonical/errors.ts';
import type { StreamDecoder, StreamEncoder } from '../dialects/dialect.ts';
import { cutId } from '../dialects/openai-chat/ids.ts';
import type { Secret } from '../std/secret.ts';
import type { CallControl } from '../upstream/upstream.ts';
import { AnswerTexts } from './answer-texts.ts';
import { withoutSecrets } from './hide-secrets.ts';
import { MOST_HELD_BYTES, writeTo } from './relay.ts';
import type { KeptAnswer, Relay, StreamFacts } from './relay.ts';

export interface TranslatingRelayOptions {
  readonly secrets: readonly Secret[];
  readonly response: Writable;
  readonly decoder: StreamDecoder;
  readonly encoder: StreamEncoder;
  /** An error as the client has it inside a stream. */
  readonly errorEvent: (error: GatewayError) => string;
  /** What it is where a filter ends it before anything was said; `null`: an answer. */
  readonly heldBack: GatewayError | null;
  /** The answer has begun and cannot be ended by this upstream: whether it stays open for another one. */
  readonly breaks: (error: GatewayError) => boolean;
  /** How long what comes before the first event is held back. */
  readonly openingHeldMs: number;
  /** Writes status and headers; called once, right before the first byte. */
  readonly commit: () => void;
  /** The first event of the answer has come; called once at most. */
  readonly onFirstEvent: () => void;
  /** The answer is whole: its last bytes, as the client gets them. */
  readonly onEnd: (last: string) => void;
}

/** Relays a stream of one dialect in another: its pieces are read, and written anew as they come. */
export class TranslatingRelay implements Relay {
  firstEventAt: number | null = null;
  pieceCount = 0;
  committed = false;
  /** Usage may still come behind the end of the content. */
  readonly endsAtOnce = false;
  readonly #options: TranslatingRelayOptions;
  readonly #startedAt = Date.now();
  readonly #texts = new AnswerTexts();
  #out = '';
  #responseId: string | null = null;
  #model: string | null = null;
  #finished = false;
  #hasEnded = false;
  #failure: GatewayError | null = null;

  constructor(options: TranslatingRelayOptions) {
    this.#options = options;
  }

  get facts(): StreamFacts {
    return { usage: this.#texts.usage, responseId: this.#responseId, model: this.#model };
  }

  get sawDone(): boolean {
    return this.#finished;
  }

  get kept(): KeptAnswer | null {
    return this.#texts.kept;
  }

  push(chunk: Buffer, control: CallControl): GatewayError | null {
    this.#takeAll(this.#options.decoder.push(chunk));
    if (this.#failure !== null) return this.#failure;
    this.#flush(control);
    return null;
  }

  end(): GatewayError | null {
    this.#takeAll(this.#lastEvents());
    if (this.#failure === null && !this.#finished) {
      this.#failure = new GatewayError('upstream_stream_truncated', 'The answer ended before it was whole.');
    }
    if (this.#failure !== null) {
      if (this.committed) this.fail(this.#failure);
      return this.#failure;
    }
    const last = this.#options.encoder.end();
    if (!this.committed) this.#commit();
    this.#options.response.end(this.#out + last);
    this.#options.onEnd(last);
    return null;
  }

  fail(error: GatewayError): void {
    const { response, errorEvent, breaks } = this.#options;
    if (!breaks(error)) response.end(this.#out + errorEvent(error));
    else if (this.#out !== '') response.write(this.#out);
  }

  isWhole(): boolean {
    // A decoder may wait for more behind the end of the content, and knows now that nothing comes.
    const last = this.#lastEvents();
    if (last.some(({ type }) => type === 'finish')) this.#takeAll(last);
    return this.#finished && this.#failure === null;
  }

  /** What the decoder has left, asked for once. */
  #lastEvents(): readonly AnswerEvent[] {
    if (this.#hasEnded) return [];
    this.#hasEnded = true;
    return this.#options.decoder.end();
  }

  #takeAll(events: readonly AnswerEvent[]): void {
    for (const event of events) if (this.#failure === null) this.#take(event);
  }

  #take(event: AnswerEvent): void {
    this.#texts.take(event);
    switch (event.type) {
      case 'error':
        this.#failure = withoutSecrets(event.error, this.#options.secrets);
        return;
      case 'start':
        this.#responseId ??= event.id === null ? null : cutId(event.id);
        this.#model ??= event.model === null ? null : cutId(event.model);
        break;
      case 'usage':
        break;
      case 'finish':
        if (event.finish.reason === 'content_filter' && this.pieceCount === 0) this.#failure = this.#options.heldBack;
        if (this.#failure !== null) return;
        this.#finished = true;
        this.#noteFirst();
        break;
      default:
        this.pieceCount++;
        this.#noteFirst();
    }
    this.#out += this.#options.encoder.push(event);
  }

  #noteFirst(): void {
    if (this.firstEventAt !== null) return;
    this.firstEventAt = Date.now();
    this.#options.onFirstEvent();
  }

  #flush(control: CallControl): void {
    if (this.#out === '') return;
    if (!this.committed) {
      if (this.firstEventAt === null && this.#isHeld()) return;
      this.#commit();
    }
    const text = this.#out;
    this.#out = '';
    writeTo(this.#options.response, text, control);
  }

  #isHeld(): boolean {
    const heldMs = Date.now() - this.#startedAt;
    return heldMs < this.#options.openingHeldMs && this.#out.length <= MOST_HELD_BYTES;
  }

  #commit(): void {
    this.committed = true;
    this.#options.commit();
  }
}
