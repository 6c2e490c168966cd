import type { AnswerEvent } from '../../canonical/answer.ts';
import { GatewayError, truncatedStream } from '../../canonical/errors.ts';
import { CollectedBytes } from '../../std/collected-bytes.ts';
import { isObject } from '../../std/is-object.ts';
import { parseJson } from '../../std/parse-json.ts';
import type { DecodeContext, StreamDecoder } from '../dialect.ts';
import { MAX_EVENT_BYTES, SseFrames } from '../sse-frames.ts';
import type { SseFrame } from '../sse-frames.ts';
import { AnswerPieces } from './answer-pieces.ts';
import { decodeAnswer } from './decode-response.ts';

const DONE = '[DONE]';
const OPEN_BRACE = 0x7b;
/** White space, and the bytes of a byte order mark. */
const BEFORE_ALL = new Set([0x20, 0x09, 0x0a, 0x0d, 0xef, 0xbb, 0xbf]);

/** A stream of chunks; also a whole answer, which some servers give though a stream was asked for. */
export function decodeStream(context: DecodeContext): StreamDecoder {
  return new ChatStream(context);
}

class ChatStream implements StreamDecoder {
  readonly #context: DecodeContext;
  readonly #pieces: AnswerPieces;
  readonly #frames = new SseFrames();
  /** The bytes of a whole answer; `null`: it is a stream, or nothing has come yet. */
  #whole: CollectedBytes | null = null;
  #hasBegun = false;
  #isTooLarge = false;

  constructor(context: DecodeContext) {
    this.#context = context;
    this.#pieces = new AnswerPieces(context);
  }

  push(chunk: Buffer): readonly AnswerEvent[] {
    if (this.#isTooLarge) return [];
    const bytes = this.#hasBegun ? chunk : this.#begin(chunk);
    if (this.#whole !== null) {
      this.#whole.push(bytes);
      return this.#whole.length > MAX_EVENT_BYTES ? this.#tooLarge() : [];
    }
    const events: AnswerEvent[] = [];
    const fits = this.#frames.push(bytes, (frame) => events.push(...this.#take(frame)));
    if (!fits) events.push(...this.#tooLarge());
    return events;
  }

  end(): readonly AnswerEvent[] {
    if (this.#isTooLarge) return [];
    if (this.#whole !== null) return this.#readWhole(this.#whole.take());
    const rest = this.#frames.rest();
    const events = rest === null ? [] : this.#take(rest);
    return [...events, ...(this.#pieces.hasFinish ? this.#pieces.finish() : this.#pieces.fail(this.#truncated()))];
  }

  /** What the first byte that is not blank says: a brace begins a JSON text. */
  #begin(chunk: Buffer): Buffer {
    const at = chunk.findIndex((byte) => !BEFORE_ALL.has(byte));
    if (at < 0) return chunk.subarray(chunk.length);
    this.#hasBegun = true;
    if (chunk[at] === OPEN_BRACE) this.#whole = new CollectedBytes();
    return chunk.subarray(at);
  }

  #take({ data }: SseFrame): readonly AnswerEvent[] {
    if (data.trim() === DONE) return this.#pieces.finish();
    const object = parseJson(data);
    return isObject(object) ? this.#pieces.take(object) : [];
  }

  #readWhole(bytes: Buffer): readonly AnswerEvent[] {
    const text = bytes.toString('utf8');
    // Half a JSON text is an answer that broke off.
    if (parseJson(text) === undefined) return this.#pieces.fail(this.#truncated());
    const answer = decodeAnswer(text, this.#context);
    return answer instanceof GatewayError ? this.#pieces.fail(answer) : answer;
  }

  #truncated(): GatewayError {
    const { provider } = this.#context;
    if (this.#hasBegun) return truncatedStream(provider);
    // llama-cpp-python does so, with status 200.
    const hint = 'The prompt may be longer than the context of the model: without `stream` some servers say so.';
    return new GatewayError('upstream_stream_truncated', `${provider} ended the stream without an event.`, { hint });
  }

  #tooLarge(): readonly AnswerEvent[] {
    this.#isTooLarge = true;
    const size = `${MAX_EVENT_BYTES / (1024 * 1024)} MiB`;
    const message = `${this.#context.provider} sent an event of more than ${size}.`;
    return this.#pieces.fail(new GatewayError('upstream_answer_too_large', message));
  }
}
