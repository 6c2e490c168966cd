import type { AnswerEvent } from '../../canonical/answer.ts';
import { GatewayError, truncatedStream } from '../../canonical/errors.ts';
import type { JsonObject } from '../../canonical/parts.ts';
import { isObject } from '../../std/is-object.ts';
import { parseJson } from '../../std/parse-json.ts';
import type { DecodeContext, StreamDecoder } from '../dialect.ts';
import { SseFrames } from '../sse-frames.ts';
import type { SseFrame } from '../sse-frames.ts';
import { errorInAnswer } from './errors.ts';
import { MessageReader } from './message-reader.ts';

export function decodeStream(context: DecodeContext): StreamDecoder {
  return new MessageStreamDecoder(context);
}

class MessageStreamDecoder implements StreamDecoder {
  readonly #provider: string;
  readonly #reader: MessageReader;
  readonly #frames = new SseFrames();
  #hasFailed = false;

  constructor(context: DecodeContext) {
    this.#provider = context.provider;
    this.#reader = new MessageReader(context);
  }

  push(chunk: Buffer): readonly AnswerEvent[] {
    if (this.#hasFailed) return [];
    const events: AnswerEvent[] = [];
    const isSmall = this.#frames.push(chunk, (frame) => events.push(...this.#take(frame)));
    if (isSmall || this.#failed()) return events;
    const message = `${this.#provider} sent an event that is too large.`;
    return [...events, this.#fail(new GatewayError('upstream_answer_too_large', message))];
  }

  end(): readonly AnswerEvent[] {
    if (this.#hasFailed) return [];
    const rest = this.#frames.rest();
    const last = rest === null ? [] : this.#take(rest);
    if (this.#failed()) return last;
    const finished = this.#reader.end();
    if (finished !== null) return [...last, ...finished];
    // Ollama whose runner has died ends its answer so, without a word.
    return [...last, this.#fail(truncatedStream(this.#provider))];
  }

  /** Events that are no JSON, and those of unknown types, mean nothing to us. */
  #take({ event, data }: SseFrame): readonly AnswerEvent[] {
    const said = this.#hasFailed ? null : parseJson(data);
    if (!isObject(said)) return [];
    const error = this.#reader.isFinished ? null : errorInAnswer(this.#provider, said);
    if (error !== null) return [this.#fail(error)];
    return this.#read(typeof said['type'] === 'string' ? said['type'] : event, said);
  }

  #read(type: string | null, said: JsonObject): readonly AnswerEvent[] {
    const index = typeof said['index'] === 'number' ? said['index'] : 0;
    switch (type) {
      case 'message_start':
        return this.#reader.start(said['message']);
      case 'content_block_start':
        return isObject(said['content_block']) ? this.#reader.blockStart(index, said['content_block']) : [];
      case 'content_block_delta':
        return isObject(said['delta']) ? this.#reader.blockDelta(index, said['delta']) : [];
      case 'content_block_stop':
        return this.#reader.blockStop(index);
      case 'message_delta':
        return this.#reader.delta(said['delta'], said['usage']);
      case 'message_stop':
        return this.#reader.stop();
      default:
        return [];
    }
  }

  #fail(error: GatewayError): AnswerEvent {
    this.#hasFailed = true;
    return { type: 'error', error };
  }

  #failed(): boolean {
    return this.#hasFailed;
  }
}
