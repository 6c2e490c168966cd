import type { GatewayError } from '../canonical/errors.ts';
import type { PicoUsd } from '../canonical/money.ts';
import type { Target } from '../canonical/target.ts';
import type { Front, StreamEncoder } from '../dialects/dialect.ts';
import type { Face } from '../dialects/face.ts';
import type { AnswerHeaders } from '../upstream/upstream.ts';
import type { Group } from '../routing/group.ts';
import type { AnswerFacts, WholeBody } from './attempt-end.ts';
import { addOwnHeaders, addPassedHeaders, isHeaderText } from './answer-headers.ts';
import { asideEncoder } from './aside-encoder.ts';
import { sendBody, sendError } from './error-answer.ts';
import type { ExchangeBasis } from './exchange-basis.ts';
import type { JoinedAnswer } from './joined-answer.ts';
import { KeepAlive } from './keep-alive.ts';
import { liteLlmErrorEvent, takesLiteLlmEvents } from './lite-llm-errors.ts';
import { addLiteLlmHeaders } from './lite-llm-headers.ts';
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
  /** Those that were sent; kept for clients of LiteLLM's alone. */
  #sent: readonly Opened[] = NONE_SENT;
  #failedAt: AnswerOrigin | null = null;
  #keepAlive: KeepAlive | null = null;
  /** What the client is being given, where another one may go on with it; `null`: that is no such answer. */
  joined: JoinedAnswer | null = null;

  constructor(basis: ExchangeBasis) {
    this.#basis = basis;
  }

  /** It may be long until an answer begins: from now on a client that waits for a stream hears of it. */
  waitsFor({ keepAliveMs: everyMs }: Group): void {
    const front = this.#face.front;
    if (everyMs === null || front === null || this.#basis.conversation?.head.stream !== true) return;
    this.#keepAlive = new KeepAlive({
      response: this.#basis.call.response,
      everyMs,
      begin: () => this.#writeStreamHead(front.streamContentType, WHILE_WAITING),
      sign: () => this.#aside(front).keepAlive(),
    });
  }

  attemptSent(opened: Opened): void {
    const { number, fallback } = opened;
    if (this.#basis.call.asLiteLlm) this.#sent = [...this.#sent, opened];
    this.#sentAtMs = performance.now();
    this.#attempts = number;
    if (fallback !== null && this.#fallbacks.at(-1) !== fallback.name) {
      this.#fallbacks = [...this.#fallbacks, fallback.name];
    }
  }

  /** A second one is under way beside it: what came before the first is what the client waited for us. */
  sentBeside(opened: Opened): void {
    if (this.#basis.call.asLiteLlm) this.#sent = [...this.#sent, opened];
    this.#attempts = opened.number;
  }

  beginStream(origin: AnswerOrigin): void {
    const { front, relay } = this.#face;
    const own = relay === null ? null : typeIn(origin.headers);
    if (!this.#endKeepAlive()) this.#writeStreamHead(own ?? front?.streamContentType ?? EVENTS_TYPE, { origin });
  }

  sendWhole(
    origin: AnswerOrigin,
    { body, contentType: own }: WholeBody,
    costPico: PicoUsd | null,
    answeredAtMs: number,
  ): void {
    if (this.joined?.endWith(body) === true) return;
    const { response } = this.#basis.call;
    if (!this.#endKeepAlive()) {
      const contentType = own ?? typeIn(origin.headers) ?? 'application/json';
      const list = ['content-type', contentType, 'content-length', String(body.length)];
      const overheadMs = this.#untilSentMs() + performance.now() - answeredAtMs;
      this.#addHeaders(list, { origin, costPico, overheadMs, isWhole: true });
      response.writeHead(200, list);
    }
    sendBody(response, body);
  }

  /**
   * The status that the client is told; `null`: the error stands in a stream whose status was sent while it waited.
   * Nothing is sent when an answer has begun, or nobody is there to get it.
   */
  sendError(origin: AnswerOrigin, error: GatewayError): number | null {
    const { call } = this.#basis;
    const { response, exchangeId, asLiteLlm } = call;
    if (this.#endKeepAlive()) {
      response.end(this.#errorEvent(error));
      return null;
    }
    if (response.headersSent || response.destroyed) return error.status;
    const list: string[] = [];
    this.#addHeaders(list, { origin });
    const liteLlm = asLiteLlm ? { model: this.#askedModel } : null;
    return sendError(response, error, { face: this.#face, exchangeId, headers: list, liteLlm });
  }

  /** An attempt that was sent has failed: its answer's head is that of the error, where no other attempt follows. */
  attemptFailed(origin: AnswerOrigin): void {
    this.#failedAt = origin;
  }

  /** The end of an exchange whose attempts have failed. When to ask again is said by the error, where it knows. */
  sendFailure(error: GatewayError): number | null {
    const origin = this.#failedAt ?? NOWHERE;
    if (error.retryAfter === null) return this.sendError(origin, error);
    return this.sendError({ ...origin, headers: { ...origin.headers, 'retry-after': undefined } }, error);
  }

  /** Nobody goes on with an answer that broke off: it ends with the error. `false`: none broke off. */
  failWithin(error: GatewayError): boolean {
    return this.joined?.fail(error, this.#liteLlmEvent(error)) ?? false;
  }

  /** The gateway itself has failed. Whether the client gets a status: a part of an answer can only be cut off. */
  sendBug(error: GatewayError): boolean {
    const { response } = this.#basis.call;
    if (!response.headersSent || this.#keepAlive?.hasBegun === true) return this.sendError(NOWHERE, error) !== null;
    response.destroy();
    return false;
  }

  /** The one that the client asked through. */
  get #face(): Face {
    return this.#basis.conversation?.face ?? this.#basis.call.face;
  }

  get #askedModel(): string | null {
    return this.#basis.conversation?.head.model ?? null;
  }

  /** Whether a status was sent on its behalf: then all that follows stands in the stream. */
  #endKeepAlive(): boolean {
    const ended = this.#keepAlive;
    if (ended === null) return false;
    ended.stop();
    this.#keepAlive = null;
    return ended.hasBegun;
  }

  #aside(front: Front): StreamEncoder {
    const { exchangeId } = this.#basis.call;
    const { dialect } = this.#face;
    return asideEncoder(front, { exchangeId, dialect, model: this.#askedModel ?? '', createdAt: Date.now() });
  }

  #errorEvent(error: GatewayError): string {
    const { front } = this.#face;
    return this.#liteLlmEvent(error) ?? (front === null ? '' : this.#aside(front).push({ type: 'error', error }));
  }

  /** `null`: the client is none of LiteLLM's, or speaks a dialect in which that one has no words of its own. */
  #liteLlmEvent(error: GatewayError): string | null {
    const { asLiteLlm } = this.#basis.call;
    return asLiteLlm && takesLiteLlmEvents(this.#face) ? liteLlmErrorEvent(error, this.#askedModel) : null;
  }

  #writeStreamHead(contentType: string, head: AnswerHead): void {
    const list = ['content-type', contentType, ...STREAM_HEADERS];
    this.#addHeaders(list, head);
    this.#basis.call.response.writeHead(200, list);
  }

  #addHeaders(list: string[], head: AnswerHead): void {
    const { call, profile, plan } = this.#basis;
    const { answerHeaders, exchangeId } = call;
    const { origin, costPico = null, overheadMs = this.#untilSentMs() } = head;
    const { headers, target, dropped } = origin;
    list.push(...answerHeaders);
    const ownUntil = list.length;
    addPassedHeaders(list, headers);
    const passed = call.asLiteLlm ? list.slice(ownUntil) : null;
    const { requestIdHeader } = this.#face;
    if (headers[requestIdHeader] === undefined) list.push(requestIdHeader, `req_${exchangeId.replaceAll('-', '')}`);
    // What was tried until now says nothing of what will have been, once somebody answers.
    const [attempts, fallbacks] = head === WHILE_WAITING ? [0, NONE] : [this.#attempts, this.#fallbacks];
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
    if (passed !== null) this.#addLiteLlmHeaders(list, passed, head, overheadMs);
  }

  #addLiteLlmHeaders(list: string[], passed: readonly string[], head: AnswerHead, overheadMs: number): void {
    const { call, plan } = this.#basis;
    const { origin, costPico = null, isWhole = false } = head;
    addLiteLlmHeaders(list, {
      callId: call.exchangeId,
      group: plan?.group ?? null,
      answeredBy: this.#sent.findLast(({ target }) => target === origin.target) ?? null,
      progress: head === WHILE_WAITING ? null : { attempts: this.#sent.length, fallbacks: this.#fallbacks.length },
      passed,
      costPico,
      overheadMs,
      durationMs: isWhole ? performance.now() - call.startedAtMs : null,
    });
  }

  /** The time that passed here before the upstream had the request. */
  #untilSentMs(): number {
    return (this.#sentAtMs ?? performance.now()) - this.#basis.call.startedAtMs;
  }
}

/** An answer that no upstream had a part in. */
export const NOWHERE: AnswerOrigin = { headers: {}, target: null, dropped: [] };

const NONE: readonly string[] = [];
const NONE_SENT: readonly Opened[] = [];

/** What the head of an answer is made of. */
interface AnswerHead {
  readonly origin: AnswerOrigin;
  /** Absent: it is not known. */
  readonly costPico?: PicoUsd | null;
  /** Milliseconds; absent: those that passed before the upstream had the request. */
  readonly overheadMs?: number;
  /** All of the answer is there; absent: it is a stream's beginning, or an error. */
  readonly isWhole?: boolean;
}

/** Nobody knows yet who answers. */
const WHILE_WAITING: AnswerHead = { origin: NOWHERE };

export function originOf({ target, wire }: Sending, { headers }: AnswerFacts): AnswerOrigin {
  return { headers, target, dropped: wire.dropped };
}

/** `null`: it has none that can be passed on. */
function typeIn({ 'content-type': type }: AnswerHeaders): string | null {
  return typeof type === 'string' && isHeaderText(type) ? type : null;
}
