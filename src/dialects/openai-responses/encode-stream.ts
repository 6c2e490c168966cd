import type { AnswerEvent } from '../../canonical/answer.ts';
import type { GatewayError } from '../../canonical/errors.ts';
import type { Usage } from '../../canonical/usage.ts';
import type { AnswerContext, StreamEncoder } from '../dialect.ts';
import { wireError } from './errors.ts';
import { OutputItems } from './output-items.ts';
import { ResponseObject, statusOf } from './response-object.ts';
import type { Progress } from './response-object.ts';
import { SequentialEvents } from './sequential-events.ts';
import type { WireEvent } from './wire-events.ts';

const COMPLETED: Progress = {
  status: 'finished',
  finish: { reason: 'stop', raw: null, stopSequence: null, detail: null },
};

/**
 * Writes a response as server-sent events, in OpenAI's order and with its numbers (recorded): each item
 * begins, grows and ends before the next one begins, and the last event holds the whole response. There is no `[DONE]`.
 */
export function encodeStream(context: AnswerContext): StreamEncoder {
  return new ResponseStreamWriter(context);
}

class ResponseStreamWriter implements StreamEncoder {
  readonly #response: ResponseObject;
  readonly #items: OutputItems;
  readonly #sequential = new SequentialEvents();
  #written = '';
  #number = 0;
  #hasBegun = false;
  #usage: Usage | null = null;
  #progress: Progress = COMPLETED;

  constructor(context: AnswerContext) {
    this.#response = new ResponseObject(context);
    this.#items = new OutputItems(context, (event) => this.#write(event));
  }

  push(event: AnswerEvent): string {
    if (event.type === 'start') this.#begin(event.model);
    else if (event.type === 'usage') this.#usage = event.usage;
    else {
      this.#begin(null);
      if (event.type === 'error') this.#fail(event.error);
      else {
        if (event.type === 'finish') this.#progress = { status: 'finished', finish: event.finish };
        for (const next of this.#sequential.take(event)) this.#items.take(next);
      }
    }
    return this.#taken();
  }

  end(): string {
    this.#begin(null);
    const { status } = statusOf(this.#progress);
    this.#writeResponse(status === 'incomplete' ? 'response.incomplete' : 'response.completed', this.#progress);
    return this.#taken();
  }

  /** A comment: `keepalive` events came later than most clients. */
  keepAlive(): string {
    return ': keepalive\n\n';
  }

  #begin(model: string | null): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    if (model !== null) this.#response.model = model;
    this.#writeResponse('response.created', { status: 'in_progress' });
    this.#writeResponse('response.in_progress', { status: 'in_progress' });
  }

  /**
   * As OpenAI does it (recorded): an `error` event, nested, which makes the `openai` package throw, and the failed
   * response, which is the one that Codex reads. The reference has the event flat: the fields stand at both places.
   */
  #fail(error: GatewayError): void {
    const said = wireError(error);
    const { code, message, param } = said;
    const event = { type: 'error', code, message, param, error: said } as const;
    this.#write(event);
    this.#writeResponse('response.failed', { status: 'failed', error });
  }

  #writeResponse(type: Extract<WireEvent, { response: unknown }>['type'], progress: Progress): void {
    const response = this.#response.write(progress, this.#items.output, this.#usage);
    const data = `{"type":"${type}","sequence_number":${this.#number++},"response":${response}}`;
    this.#written += `event: ${type}\ndata: ${data}\n\n`;
  }

  #write(event: WireEvent): void {
    // The number is put behind the other members by hand: to copy the event for it would double the time of a delta.
    const members = JSON.stringify(event).slice(0, -1);
    this.#written += `event: ${event.type}\ndata: ${members},"sequence_number":${this.#number++}}\n\n`;
  }

  #taken(): string {
    const text = this.#written;
    this.#written = '';
    return text;
  }
}
