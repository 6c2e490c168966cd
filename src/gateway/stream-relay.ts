import type { Writable } from 'node:stream';
import { GatewayError, truncatedStream } from '../canonical/errors.ts';
import { isContextOverflow } from '../dialects/context-overflow.ts';
import { statusOfWords } from '../dialects/openai-chat/errors.ts';
import { CollectedBytes } from '../std/collected-bytes.ts';
import type { Secret } from '../std/secret.ts';
import { Lines } from '../std/lines.ts';
import { parseJson } from '../std/parse-json.ts';
import type { CallControl } from '../upstream/upstream.ts';
import { dataOf, SseBlocks } from '../std/sse-blocks.ts';
import { hideSecrets, withoutSecrets } from './hide-secrets.ts';
import { MOST_HELD_BYTES, writeTo } from './relay.ts';
import type { KeptAnswer, Relay, StreamFacts } from './relay.ts';
import type { Tap } from './tap.ts';

/** An event larger than this is refused: nothing that a model says in one piece is. */
const MAX_EVENT_BYTES = 8 * 1024 * 1024;
/** How much of an answer is kept for counting its tokens in case the upstream does not. */
const KEPT_BYTES = 256 * 1024;

export interface RelayOptions {
  readonly provider: string;
  readonly secrets: readonly Secret[];
  readonly response: Writable;
  readonly tap: Tap;
  /** How blocks end: with an empty line, or with the line. */
  readonly blocks: 'events' | 'lines';
  /** What a whole stream ends with that its upstream left out; empty where nothing marks the end. */
  readonly doneEvent: string;
  /** An error as the dialect has it inside a stream. */
  readonly errorEvent: (error: GatewayError) => string;
  /** An error event of the upstream is told in our words; else it goes on as it came. */
  readonly rewritesErrors: boolean;
  /** The client did not ask for the usage chunk: it is not relayed. */
  readonly hidesUsage: boolean;
  /** How long what comes before the first event is held back. */
  readonly openingHeldMs: number;
  /** Writes status and headers; called once, right before the first byte. */
  readonly commit: () => void;
  /** The first event of the answer has come; called once at most. */
  readonly onFirstEvent: () => void;
}

/**
 * Relays a stream byte for byte, in whole events or lines, and knows at its end whether it was whole. What comes before
 * the first piece of the answer is held back, so that an error in its place can still be a status.
 */
export class StreamRelay implements Relay {
  firstEventAt: number | null = null;
  /** Events that held a piece of the answer: about as many as its tokens. */
  pieceCount = 0;
  committed = false;
  readonly #options: RelayOptions;
  readonly #tap: Tap;
  readonly #blocks: SseBlocks | Lines;
  readonly #startedAt = Date.now();
  readonly #onBlock: (block: Buffer) => void;
  #out: Buffer[] = [];
  #heldComments: Buffer[] = [];
  #heldCommentBytes = 0;
  #opening: Buffer[] = [];
  #openingBytes = 0;
  #kept: CollectedBytes | null = new CollectedBytes();
  #failure: GatewayError | null = null;

  constructor(options: RelayOptions) {
    this.#options = options;
    this.#tap = options.tap;
    this.#blocks = options.blocks === 'lines' ? new Lines(MAX_EVENT_BYTES) : new SseBlocks(MAX_EVENT_BYTES);
    this.#onBlock = (block) => {
      this.#takeBlock(block);
    };
  }

  /** The answer as it came, for counting tokens; `null` once it is too long to keep. */
  get kept(): KeptAnswer | null {
    const { texts } = this.#tap;
    if (texts !== undefined) return texts;
    return this.#kept === null ? null : { kind: 'sse', pieces: this.#kept.pieces() };
  }

  get facts(): StreamFacts {
    const { responseId, model, audioSeconds = null } = this.#tap;
    return { usage: this.#tap.readUsage(), responseId, model, audioSeconds };
  }

  get sawDone(): boolean {
    return this.#tap.sawDone;
  }

  get endsAtOnce(): boolean {
    return this.#tap.sawDone && this.#tap.endsAtOnce;
  }

  /** `GatewayError`: the stream failed before its first event; nothing was written. */
  push(chunk: Buffer, control: CallControl): GatewayError | null {
    const fits = this.#blocks.push(chunk, this.#onBlock);
    if (this.#failure !== null && !this.committed) return this.#failure;
    this.#keep(chunk);
    this.#flush(control);
    if (fits) return null;
    const message = `${this.#options.provider} sent an event of more than ${MAX_EVENT_BYTES / 1024 / 1024} MiB.`;
    return new GatewayError('upstream_answer_too_large', message);
  }

  /**
   * Ends the stream after the upstream ended it. `GatewayError`: it was not whole; when committed, the client was told
   * in-band.
   */
  end(): GatewayError | null {
    this.#takeRest();
    const failure = this.#failure ?? (this.#isWhole() ? null : this.#truncated());
    if (failure !== null) {
      if (this.committed) this.fail(failure);
      return failure;
    }
    if (!this.committed) this.#commit();
    const last = this.#tap.sawDone ? '' : this.#options.doneEvent;
    this.#options.response.end(this.#out.length === 0 ? last : Buffer.concat([...this.#out, Buffer.from(last)]));
    return null;
  }

  /**
   * Ends a committed stream with an error in-band; the upstream's own error event, if it sent one, has been relayed
   * already.
   */
  fail(error: GatewayError): void {
    const isTold = this.#tap.error !== null && !this.#options.rewritesErrors;
    const own = isTold ? '' : this.#options.errorEvent(error);
    this.#options.response.end(Buffer.concat([...this.#out, Buffer.from(own)]));
  }

  /** Whether the answer is complete, whatever happens to the connection now. */
  isWhole(): boolean {
    return this.#isWhole() && this.#failure === null;
  }

  #isWhole(): boolean {
    return this.#tap.finished || this.#tap.sawDone;
  }

  #takeBlock(block: Buffer): void {
    const kind = this.#tap.read(block);
    if (this.#tap.error !== null && this.#failure === null) this.#failure = this.#streamedFailure();
    if (kind === 'comment' && !this.committed && this.firstEventAt === null) {
      this.#hold(block);
      return;
    }
    if (kind === 'opening' && this.firstEventAt === null && this.#failure === null) {
      this.#holdOpening(block);
      return;
    }
    // An error is no part of an answer.
    if (kind !== 'comment' && this.#failure === null && this.firstEventAt === null) this.#noteFirst();
    if (kind === 'event' && !this.#tap.finished) this.pieceCount++;
    if (kind === 'usage_chunk' && this.#options.hidesUsage) return;
    // What failed does not end as if it had not: vLLM sends [DONE] behind its error.
    if (this.#tap.error !== null && (kind === 'done' || this.#options.rewritesErrors)) return;
    this.#out.push(this.#tap.error === null ? block : this.#withoutSecrets(block));
  }

  #noteFirst(): void {
    this.#out.push(...this.#opening);
    this.#opening = [];
    this.firstEventAt = Date.now();
    this.#options.onFirstEvent();
  }

  #withoutSecrets(block: Buffer): Buffer {
    return Buffer.from(hideSecrets(block.toString('utf8'), this.#options.secrets));
  }

  /** The last event of some servers lacks the blank line; half an event is dropped. */
  #takeRest(): void {
    const rest = this.#blocks.rest();
    if (rest === null) return;
    const isLine = this.#options.blocks === 'lines';
    const data = isLine ? rest.toString('utf8') : dataOf(rest.toString('utf8'));
    if (data === null || (data.trim() !== '[DONE]' && parseJson(data) === undefined)) return;
    this.#takeBlock(Buffer.concat([rest, Buffer.from(isLine ? '\n' : '\n\n')]));
  }

  #holdOpening(block: Buffer): void {
    this.#opening.push(block);
    this.#openingBytes += block.length;
    if (this.#isHeld() && this.#openingBytes <= MOST_HELD_BYTES) return;
    this.#out.push(...this.#opening);
    this.#opening = [];
  }

  #hold(comment: Buffer): void {
    this.#heldCommentBytes += comment.length;
    if (this.#heldCommentBytes <= MOST_HELD_BYTES) this.#heldComments.push(comment);
    if (this.#isHeld()) return;
    this.#out.push(...this.#heldComments);
    this.#heldComments = [];
  }

  #isHeld(): boolean {
    return Date.now() - this.#startedAt < this.#options.openingHeldMs;
  }

  #flush(control: CallControl): void {
    const out = this.#out;
    if (out.length === 0) return;
    this.#out = [];
    if (!this.committed) this.#commit();
    const [first] = out;
    const bytes = first !== undefined && out.length === 1 ? first : Buffer.concat(out);
    writeTo(this.#options.response, bytes, control);
  }

  #commit(): void {
    this.committed = true;
    this.#heldComments = [];
    this.#options.commit();
  }

  #keep(chunk: Buffer): void {
    if (this.#kept === null) return;
    if (this.#kept.length + chunk.length > KEPT_BYTES) this.#kept = null;
    else this.#kept.push(chunk);
  }

  #streamedFailure(): GatewayError {
    const { error } = this.#tap;
    const { provider, secrets } = this.#options;
    if (error instanceof GatewayError) return withoutSecrets(error, secrets);
    const { message, type, code } = error ?? { message: '', type: null, code: null };
    const text = `${provider} failed while it answered: ${hideSecrets(message, secrets)}`;
    // Where nothing was said yet, it can still be answered as what it is.
    if (isContextOverflow(message, type, code)) return new GatewayError('context_length_exceeded', text);
    const status = statusOfWords(`${type ?? ''} ${code ?? ''}`);
    return new GatewayError('upstream_error', text, {
      ...(type === null ? {} : { upstreamType: type }),
      ...(status === null ? {} : { status }),
    });
  }

  #truncated(): GatewayError {
    const { provider } = this.#options;
    if (this.firstEventAt !== null) return truncatedStream(provider);
    // llama-cpp-python does so, with status 200.
    const hint = 'The prompt may be longer than the context of the model: without `stream` some servers say so.';
    return new GatewayError('upstream_stream_truncated', `${provider} ended the stream without an event.`, { hint });
  }
}
