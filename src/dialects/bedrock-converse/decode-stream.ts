import type { AnswerEvent } from '../../canonical/answer.ts';
import { GatewayError } from '../../canonical/errors.ts';
import { isObject } from '../../std/is-object.ts';
import { parseJson } from '../../std/parse-json.ts';
import { unreachable } from '../../std/unreachable.ts';
import type { DecodeContext, StreamDecoder } from '../dialect.ts';
import { ConverseEvents } from './decode-events.ts';
import { decodeAnswer } from './decode-response.ts';
import { decodeException } from './errors.ts';
import { EventMessages, MAX_MESSAGE_BYTES } from './event-stream.ts';
import type { EventMessage, StreamDamage } from './event-stream.ts';

const BRACE = 0x7b;

export function decodeStream(context: DecodeContext): StreamDecoder {
  return new ConverseStreamDecoder(context);
}

class ConverseStreamDecoder implements StreamDecoder {
  readonly #context: DecodeContext;
  readonly #messages = new EventMessages();
  readonly #events: ConverseEvents;
  /** A whole answer, or an error, in place of a stream: it begins with a brace, which no length of a message does. */
  #json: Buffer[] | null = null;
  #jsonBytes = 0;
  #hasBytes = false;
  #isDead = false;

  constructor(context: DecodeContext) {
    this.#context = context;
    this.#events = new ConverseEvents(context);
  }

  push(chunk: Buffer): readonly AnswerEvent[] {
    if (this.#isDead || chunk.length === 0) return [];
    if (!this.#hasBytes && chunk[0] === BRACE) this.#json = [];
    this.#hasBytes = true;
    return this.#json === null ? this.#takeBytes(chunk) : this.#takeJson(this.#json, chunk);
  }

  end(): readonly AnswerEvent[] {
    if (this.#isDead) return [];
    this.#isDead = true;
    if (this.#json !== null) return this.#wholeAnswer(this.#json);
    if (this.#events.isOver()) return [];
    const { provider } = this.#context;
    return this.#fail(new GatewayError('upstream_stream_truncated', `${provider} ended its stream before its end.`));
  }

  #takeBytes(chunk: Buffer): readonly AnswerEvent[] {
    const events: AnswerEvent[] = [];
    const damage = this.#messages.push(chunk, (message) => events.push(...this.#takeMessage(message)));
    if (damage !== null) events.push(...this.#damaged(damage));
    return events;
  }

  #takeMessage({ headers, payload }: EventMessage): readonly AnswerEvent[] {
    const parsed = parseJson(payload.toString('utf8'));
    const body = isObject(parsed) ? parsed : {};
    const { provider } = this.#context;
    switch (headers.get(':message-type')) {
      case 'exception':
        return this.#fail(decodeException(provider, headers.get(':exception-type') ?? 'exception', body));
      case 'error': {
        const message = headers.get(':error-message') ?? 'no explanation';
        return this.#fail(decodeException(provider, headers.get(':error-code') ?? 'error', { message }));
      }
      default:
        return this.#events.take(headers.get(':event-type') ?? '', body);
    }
  }

  #takeJson(json: Buffer[], chunk: Buffer): readonly AnswerEvent[] {
    this.#jsonBytes += chunk.length;
    if (this.#jsonBytes > MAX_MESSAGE_BYTES) return this.#damaged('too_large');
    json.push(chunk);
    return [];
  }

  #wholeAnswer(json: Buffer[]): readonly AnswerEvent[] {
    const answer = decodeAnswer(parseJson(Buffer.concat(json).toString('utf8')), this.#context);
    return answer instanceof GatewayError ? this.#fail(answer) : answer;
  }

  #damaged(damage: StreamDamage): readonly AnswerEvent[] {
    this.#isDead = true;
    const { provider } = this.#context;
    switch (damage) {
      case 'too_large':
        return this.#fail(
          new GatewayError(
            'upstream_answer_too_large',
            `${provider} sent a message of more than 16 MiB in its stream.`,
          ),
        );
      case 'damaged':
        return this.#fail(
          new GatewayError('upstream_invalid_answer', `${provider} sent bytes that are no event stream of AWS.`),
        );
      default:
        return unreachable(damage);
    }
  }

  #fail(error: GatewayError): readonly AnswerEvent[] {
    return this.#events.fail({ type: 'error', error });
  }
}
