import type { GatewayError } from '../canonical/errors.ts';
import type { PicoUsd } from '../canonical/money.ts';
import type { Target } from '../canonical/target.ts';
import type { Face } from '../dialects/face.ts';
import type { AnswerHeaders } from '../upstream/upstream.ts';
import type { AnswerFacts, WholeBody } from './attempt-end.ts';
import { addOwnHeaders, addPassedHeaders, isHeaderText } from './answer-headers.ts';
import { sendBody, sendError } from './error-answer.ts';
import type { ExchangeBasis } from './exchange-basis.ts';
import type { Opened, Sending } from './sending.ts';

/** What the head of an answer says of where it came from. */
export interface AnswerOrigin {
  /** The upstream's. */
  readonly headers: AnswerHeaders;
  readonly target: Target | null;
  /** What was left out of the request because the target has no words for it. */
  readonly dropped: readonly string[];
}

const EVENTS_TYPE = 'text/event-stream; charset=utf-8';
const STREAM_HEADERS = ['cache-control', 'no-cache', 'x-accel-buffering', 'no'];

/** Writes the answer of one exchange to the client: a stream's head, a whole answer, or an error. */
export class ClientAnswer {
  readonly #basis: ExchangeBasis;
  /** When the attempt under way was sent, in milliseconds of `performance.now()`; `null` before the first. */
  #sentAtMs: number | null = null;
  #attempts = 0;
  #fallbacks: readonly string[] = [];
  #failedAt: AnswerOrigin | null = null;

  constructor(basis: ExchangeBasis) {
    this.#basis = basis;
  }

  attemptSent({ number, fallback }: Opened): void {
    this.#sentAtMs = performance.now();
    this.#attempts = number;
    if (fallback !== null && this.#fallbacks.at(-1) !== fallback.name) {
      this.#fallbacks = [...this.#fallbacks, fallback.name];
    }
  }

  beginStream(origin: AnswerOrigin): void {
    const { front, relay } = this.#face;
    const own = relay === null ? null : typeIn(origin.headers);
    const list = ['content-type', own ?? front?.streamContentType ?? EVENTS_TYPE, ...STREAM_HEADERS];
    this.#addHeaders(list, origin, null, this.#untilSentMs());
    this.#basis.call.response.writeHead(200, list);
  }

  sendWhole(
    origin: AnswerOrigin,
    { body, contentType: own }: WholeBody,
    costPico: PicoUsd | null,
    answeredAtMs: number,
  ): void {
    const contentType = own ?? typeIn(origin.headers) ?? 'application/json';
    const list = ['content-type', contentType, 'content-length', String(body.length)];
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
    sendError(response, error, { face: this.#face, exchangeId: this.#basis.call.exchangeId, headers: list });
  }

  /** An attempt that was sent has failed: its answer's head is that of the error, where no other attempt follows. */
  attemptFailed(origin: AnswerOrigin): void {
    this.#failedAt = origin;
  }

  /** The end of an exchange whose attempts have failed. When to ask again is said by the error, where it knows. */
  sendFailure(error: GatewayError): void {
    const origin = this.#failedAt ?? NOWHERE;
    if (error.retryAfter === null) this.sendError(origin, error);
    else this.sendError({ ...origin, headers: { ...origin.headers, 'retry-after': undefined } }, error);
  }

  /** The gateway itself has failed. Whether the client is told: a part of an answer can only be cut off. */
  sendBug(error: GatewayError): boolean {
    const { response } = this.#basis.call;
    const isHeard = !response.headersSent;
    if (isHeard) this.sendError(NOWHERE, error);
    else response.destroy();
    return isHeard;
  }

  /** The one that the client asked through. */
  get #face(): Face {
    return this.#basis.conversation?.face ?? this.#basis.call.face;
  }

  #addHeaders(
    list: string[],
    { headers, target, dropped }: AnswerOrigin,
    costPico: PicoUsd | null,
    overheadMs: number,
  ): void {
    const { call, profile, plan } = this.#basis;
    const { answerHeaders, exchangeId } = call;
    list.push(...answerHeaders);
    addPassedHeaders(list, headers);
    const { requestIdHeader } = this.#face;
    if (headers[requestIdHeader] === undefined) list.push(requestIdHeader, `req_${exchangeId.replaceAll('-', '')}`);
    const [attempts, fallbacks] = [this.#attempts, this.#fallbacks];
    addOwnHeaders(list, {
      exchangeId,
      profile,
      plan,
      target,
      costPico,
      overheadMs,
      dropped,
      attempts,
      fallbacks,
    });
  }

  /** The time that passed here before the upstream had the request. */
  #untilSentMs(): number {
    return (this.#sentAtMs ?? performance.now()) - this.#basis.call.startedAtMs;
  }
}

/** An answer that no upstream had a part in. */
export const NOWHERE: AnswerOrigin = { headers: {}, target: null, dropped: [] };

export function originOf({ target, wire }: Sending, { headers }: AnswerFacts): AnswerOrigin {
  return { headers, target, dropped: wire.dropped };
}

/** `null`: it has none that can be passed on. */
function typeIn({ 'content-type': type }: AnswerHeaders): string | null {
  return typeof type === 'string' && isHeaderText(type) ? type : null;
}
