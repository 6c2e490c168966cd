import type { AnswerEvent } from '../../canonical/answer.ts';
import { GatewayError, truncatedStream } from '../../canonical/errors.ts';
import { isObject } from '../../std/is-object.ts';
import { parseJson } from '../../std/parse-json.ts';
import type { DecodeContext, StreamDecoder } from '../dialect.ts';
import { MAX_EVENT_BYTES, SseFrames } from '../sse-frames.ts';
import { AnswerReader } from './answer-reader.ts';
import { decodeErrorBody, errorIn } from './errors.ts';
import { JsonObjects } from './json-objects.ts';

const SPACES = new Set([0x20, 0x09, 0x0a, 0x0d]);
const BRACKET = 0x5b;
const BRACE = 0x7b;

/**
 * A stream in either of its two forms: server-sent events with nothing but data and no end mark (`alt=sse`), or one
 * list of JSON, or one answer that was not streamed. The first character tells them apart.
 */
export function decodeStream(context: DecodeContext): StreamDecoder {
  return new Decoder(context);
}

class Decoder implements StreamDecoder {
  readonly #context: DecodeContext;
  readonly #reader: AnswerReader;
  #frames: SseFrames | null = null;
  #objects: JsonObjects | null = null;
  #hasFailed = false;
  #events: AnswerEvent[] = [];

  constructor(context: DecodeContext) {
    this.#context = context;
    this.#reader = new AnswerReader(context);
  }

  push(chunk: Buffer): readonly AnswerEvent[] {
    this.#events = [];
    if (this.#hasFailed) return this.#events;
    this.#recognise(chunk);
    const isWithin =
      this.#objects !== null
        ? this.#objects.push(chunk, (text) => this.#take(text))
        : (this.#frames?.push(chunk, ({ data }) => this.#take(data)) ?? true);
    if (!isWithin) this.#fail(tooLarge(this.#context));
    return this.#events;
  }

  end(): readonly AnswerEvent[] {
    this.#events = [];
    if (this.#hasFailed) return this.#events;
    const rest = this.#frames?.rest() ?? null;
    if (rest !== null) this.#take(rest.data);
    if (!this.#reader.isOver) this.#fail(truncatedStream(this.#context.provider));
    return this.#events;
  }

  #recognise(chunk: Buffer): void {
    if (this.#frames !== null || this.#objects !== null) return;
    const first = chunk.find((byte) => !SPACES.has(byte));
    if (first === undefined) return;
    if (first === BRACKET || first === BRACE) this.#objects = new JsonObjects();
    else this.#frames = new SseFrames();
  }

  /** What is no JSON is a comment of someone between us and the upstream, or another dialect's `[DONE]`. */
  #take(text: string): void {
    if (this.#hasFailed) return;
    const body = parseJson(text);
    const error = errorIn(body);
    if (error !== null) {
      if (!this.#reader.isOver) this.#fail(decodeErrorBody(error, this.#context.provider));
      return;
    }
    for (const chunk of Array.isArray(body) ? (body as unknown[]) : [body]) {
      if (isObject(chunk)) this.#takeChunk(chunk);
    }
  }

  #takeChunk(chunk: Record<string, unknown>): void {
    if (this.#hasFailed) return;
    const events = this.#reader.take(chunk);
    this.#events.push(...events);
    this.#hasFailed = events.some((event) => event.type === 'error');
  }

  #fail(error: GatewayError): void {
    this.#hasFailed = true;
    this.#events.push({ type: 'error', error });
  }
}

function tooLarge({ provider }: DecodeContext): GatewayError {
  const limit = `${MAX_EVENT_BYTES / (1024 * 1024)} MiB`;
  return new GatewayError('upstream_answer_too_large', `${provider} sent an event larger than ${limit}.`);
}
