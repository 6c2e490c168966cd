import type { GatewayError } from '../canonical/errors.ts';
import type { PicoUsd } from '../canonical/money.ts';
import type { Target } from '../canonical/target.ts';
import type { AnswerHeaders } from '../upstream/upstream.ts';
import { addOwnHeaders, addPassedHeaders, isHeaderText } from './answer-headers.ts';
import { sendBody, sendError } from './error-answer.ts';
import type { ExchangeBasis } from './exchange-basis.ts';

/** What the head of an answer says of where it came from. */
export interface AnswerOrigin {
  /** The upstream's. */
  readonly headers: AnswerHeaders;
  readonly target: Target | null;
}

const STREAM_HEADERS = [
  'content-type',
  'text/event-stream; charset=utf-8',
  'cache-control',
  'no-cache',
  'x-accel-buffering',
  'no',
];

/** Writes the answer of one exchange to the client: a stream's head, a whole answer, or an error. */
export class ClientAnswer {
  readonly #basis: ExchangeBasis;
  /** When the attempt under way was sent, in milliseconds of `performance.now()`; `null` before the first. */
  #sentAtMs: number | null = null;

  constructor(basis: ExchangeBasis) {
    this.#basis = basis;
  }

  attemptSent(): void {
    this.#sentAtMs = performance.now();
  }

  beginStream(origin: AnswerOrigin): void {
    const list = [...STREAM_HEADERS];
    this.#addHeaders(list, origin, null, this.#untilSentMs());
    this.#basis.call.response.writeHead(200, list);
  }

  sendWhole(origin: AnswerOrigin, body: Buffer, costPico: PicoUsd | null, answeredAtMs: number): void {
    const contentType = origin.headers['content-type'];
    const isNamed = typeof contentType === 'string' && isHeaderText(contentType);
    const list = ['content-type', isNamed ? contentType : 'application/json', 'content-length', String(body.length)];
    this.#addHeaders(list, origin, costPico, this.#untilSentMs() + performance.now() - answeredAtMs);
    this.#basis.call.response.writeHead(200, list);
    sendBody(this.#basis.call.response, body);
  }

  /** Nothing is sent when an answer has begun, or nobody is there to get it. */
  sendError(origin: AnswerOrigin, error: GatewayError): void {
    const { response } = this.#basis.call;
    if (response.headersSent || response.destroyed) return;
    const list: string[] = [];
    this.#addHeaders(list, origin, null, this.#untilSentMs());
    sendError(response, error, list);
  }

  #addHeaders(list: string[], { headers, target }: AnswerOrigin, costPico: PicoUsd | null, overheadMs: number): void {
    const { call, profile, plan } = this.#basis;
    const { answerHeaders, exchangeId } = call;
    list.push(...answerHeaders);
    addPassedHeaders(list, headers);
    addOwnHeaders(list, { exchangeId, profile, plan, target, costPico, overheadMs });
  }

  /** The time that passed here before the upstream had the request. */
  #untilSentMs(): number {
    return (this.#sentAtMs ?? performance.now()) - this.#basis.call.startedAtMs;
  }
}
