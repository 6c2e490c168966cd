import type { Writable } from 'node:stream';
import { GatewayError } from '../canonical/errors.ts';
import { encodeOpenAiErrorEvent } from '../dialects/openai-chat/errors.ts';
import { StreamTap } from '../dialects/openai-chat/stream-tap.ts';
import { CollectedBytes } from '../std/collected-bytes.ts';
import type { Secret } from '../std/secret.ts';
import { dataOf, SseBlocks } from '../std/sse-blocks.ts';
import type { CallControl } from '../upstream/upstream.ts';
import { hideCredential } from './hide-credential.ts';
import { parseJson } from '../std/parse-json.ts';

/** An event larger than this is refused: nothing that a model says in one piece is. */
const MAX_EVENT_BYTES = 8 * 1024 * 1024;
/**
 * Comments before the first event are held back, so that an early failure can still be a status; but not longer than
 * this.
 */
const COMMENTS_HELD_MS = 15_000;
const MAX_HELD_COMMENT_BYTES = 64 * 1024;
/** How much of an answer is kept for counting its tokens in case the upstream does not. */
const KEPT_BYTES = 256 * 1024;

const DONE_EVENT = 'data: [DONE]\n\n';

export interface RelayOptions {
  readonly provider: string;
  readonly credential: Secret | null;
  readonly response: Writable;
  /** The client did not ask for the usage chunk: it is not relayed. */
  readonly hidesUsage: boolean;
  /** How many choices a whole answer has. */
  readonly choiceCount: number;
  /** Writes status and headers; called once, right before the first byte. */
  readonly commit: () => void;
  /** The first event of the answer has come; called once at most. */
  readonly onFirstEvent: () => void;
}

/**
 * Relays a stream of server-sent events byte for byte, in whole events, and knows at its end whether it was whole.
 * The first event is the commit point: before it nothing has been written.
 */
export class StreamRelay {
  readonly tap: StreamTap;
  firstEventAt: number | null = null;
  /** Events that held a piece of the answer: about as many as its tokens. */
  pieceCount = 0;
  committed = false;
  readonly #options: RelayOptions;
  readonly #blocks = new SseBlocks(MAX_EVENT_BYTES);
  readonly #startedAt = Date.now();
  readonly #onBlock: (block: Buffer) => void;
  #out: Buffer[] = [];
  #heldComments: Buffer[] = [];
  #heldCommentBytes = 0;
  #kept: CollectedBytes | null = new CollectedBytes();
  #failure: GatewayError | null = null;

  constructor(options: RelayOptions) {
    this.#options = options;
    this.tap = new StreamTap(options.choiceCount);
    this.#onBlock = (block) => {
      this.#takeBlock(block);
    };
  }

  /** The answer as it came, for counting tokens; `null` once it is too long to keep. */
  get kept(): readonly Buffer[] | null {
    return this.#kept?.pieces() ?? null;
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
    const last = this.tap.sawDone ? '' : DONE_EVENT;
    this.#options.response.end(this.#out.length === 0 ? last : Buffer.concat([...this.#out, Buffer.from(last)]));
    return null;
  }

  /**
   * Ends a committed stream with an error in-band; the upstream's own error event, if it sent one, has been relayed
   * already.
   */
  fail(error: GatewayError): void {
    const own = this.tap.error === null ? encodeOpenAiErrorEvent(error) : '';
    this.#options.response.end(Buffer.concat([...this.#out, Buffer.from(own)]));
  }

  /** Whether the answer is complete, whatever happens to the connection now. */
  isWhole(): boolean {
    return this.#isWhole() && this.#failure === null;
  }

  #isWhole(): boolean {
    return this.tap.finished || this.tap.sawDone;
  }

  #takeBlock(block: Buffer): void {
    const kind = this.tap.read(block);
    if (this.tap.error !== null && this.#failure === null) this.#failure = this.#streamedFailure();
    if (kind === 'comment' && !this.committed && this.firstEventAt === null) {
      this.#hold(block);
      return;
    }
    // An error is no part of an answer.
    if (kind !== 'comment' && this.#failure === null && this.firstEventAt === null) this.#noteFirst();
    if (kind === 'event' && !this.tap.finished) this.pieceCount++;
    if (kind === 'usage_chunk' && this.#options.hidesUsage) return;
    // What failed does not end as if it had not: vLLM sends [DONE] behind its error.
    if (kind === 'done' && this.tap.error !== null) return;
    this.#out.push(this.tap.error === null ? block : this.#withoutCredential(block));
  }

  #noteFirst(): void {
    this.firstEventAt = Date.now();
    this.#options.onFirstEvent();
  }

  #withoutCredential(block: Buffer): Buffer {
    return Buffer.from(hideCredential(block.toString('utf8'), this.#options.credential));
  }

  /** The last event of some servers lacks the blank line; half an event is dropped. */
  #takeRest(): void {
    const rest = this.#blocks.rest();
    if (rest === null) return;
    const data = dataOf(rest.toString('utf8'));
    if (data === null || (data.trim() !== '[DONE]' && parseJson(data) === undefined)) return;
    this.#takeBlock(Buffer.concat([rest, Buffer.from('\n\n')]));
  }

  #hold(comment: Buffer): void {
    this.#heldCommentBytes += comment.length;
    if (this.#heldCommentBytes <= MAX_HELD_COMMENT_BYTES) this.#heldComments.push(comment);
    if (Date.now() - this.#startedAt < COMMENTS_HELD_MS) return;
    this.#out.push(...this.#heldComments);
    this.#heldComments = [];
  }

  #flush(control: CallControl): void {
    const out = this.#out;
    if (out.length === 0) return;
    this.#out = [];
    if (!this.committed) this.#commit();
    const [first] = out;
    const bytes = first !== undefined && out.length === 1 ? first : Buffer.concat(out);
    const { response } = this.#options;
    if (response.write(bytes)) return;
    control.pause();
    response.once('drain', () => {
      control.resume();
    });
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
    const { message, type } = this.tap.error ?? { message: '', type: null };
    const { provider, credential } = this.#options;
    const text = `${provider} failed while it answered: ${hideCredential(message, credential)}`;
    return new GatewayError('upstream_error', text, type === null ? {} : { upstreamType: type });
  }

  #truncated(): GatewayError {
    const { provider } = this.#options;
    if (this.firstEventAt !== null) {
      const message = `${provider} ended the stream before the answer was whole.`;
      return new GatewayError('upstream_stream_truncated', message);
    }
    // llama-cpp-python does so, with status 200.
    const hint = 'The prompt may be longer than the context of the model: without `stream` some servers say so.';
    return new GatewayError('upstream_stream_truncated', `${provider} ended the stream without an event.`, { hint });
  }
}
