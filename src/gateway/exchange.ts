import { GatewayError } from '../canonical/errors.ts';
import type { Target } from '../canonical/target.ts';
import type { Usage } from '../canonical/usage.ts';
import { decodeOpenAiRequest } from '../dialects/openai-chat/decode-request.ts';
import type { OpenAiRequest } from '../dialects/openai-chat/decode-request.ts';
import { encodeOpenAiRequest } from '../dialects/openai-chat/encode-request.ts';
import { nextStepAfter } from '../routing/next-step.ts';
import { planRoute } from '../routing/plan.ts';
import { unreachable } from '../std/unreachable.ts';
import type { CallControl } from '../upstream/upstream.ts';
import { Attempt } from './attempt.ts';
import type { AnswerFacts, AttemptEnd } from './attempt.ts';
import { ClientAnswer } from './client-answer.ts';
import type { AnswerOrigin } from './client-answer.ts';
import { hasLeft, watchDeparture } from './departure.ts';
import type { GatewayDependencies } from './dependencies.ts';
import type { InferenceCall } from './inference-call.ts';
import { openingOf, refusalOf, settlementOf } from './rows.ts';
import type { Ending, Opened, Sending } from './sending.ts';
import { bookAttempt, mayHaveCost, readUsage } from './settlement.ts';
import type { Booking } from './settlement.ts';

/**
 * The life of one exchange. The order of its steps: decode, plan, open the row, send, relay, settle; after a failure
 * that the client has not seen, the next target. Every row that was opened is settled exactly once.
 */
export class Exchange {
  readonly #call: InferenceCall;
  readonly #gateway: GatewayDependencies;
  readonly #onDone: () => void;
  readonly #profile: string;
  readonly #answer: ClientAnswer;
  #request: OpenAiRequest | null = null;
  #targets: readonly Target[] = [];
  #attempts = 0;
  #sending: Sending | null = null;
  #clientIsGone = false;
  #done = false;
  #released = false;
  #stopWatching: (() => void) | null = null;

  constructor(call: InferenceCall, gateway: GatewayDependencies, onDone: () => void) {
    this.#call = call;
    this.#gateway = gateway;
    this.#onDone = onDone;
    this.#profile = gateway.routes().profile;
    this.#answer = new ClientAnswer(call, this.#profile);
  }

  run(): void {
    this.#guard(() => {
      const { body, endpoint, response } = this.#call;
      // Somebody may leave while the body is decompressed: then no event comes any more.
      if (hasLeft(response)) this.#clientIsGone = true;
      else this.#stopWatching = watchDeparture(response, () => this.#left());
      try {
        this.#request = decodeOpenAiRequest(body, endpoint);
        this.#targets = planRoute(this.#gateway.routes(), this.#request.model);
      } catch (error) {
        if (!(error instanceof GatewayError)) throw error;
        this.#refuse(error);
        return;
      }
      this.#open(0, false);
    });
  }

  /** Queues the attempt's row; the attempt is sent when the row is in the file. */
  #open(targetIndex: number, resent: boolean): void {
    const target = this.#targets[targetIndex];
    if (target === undefined) throw new Error('an attempt was opened without a target');
    const number = ++this.#attempts;
    const openedAt = this.#gateway.now();
    const { ledger } = this.#gateway;
    const opening = { call: this.#call, request: this.#request, target, number, openedAt, profile: this.#profile };
    ledger.open(openingOf(opening), (failure) => {
      this.#guard(() => {
        if (failure !== null && target.locality === 'cloud') this.#refusePaid(failure);
        else this.#send({ target, targetIndex, number, openedAt, resent, recorded: failure === null });
      });
    });
  }

  #send(opened: Opened): void {
    const request = this.#request;
    if (request === null) throw new Error('an attempt was sent without a request');
    const attempt = new Attempt({
      target: opened.target,
      response: this.#call.response,
      hidesUsage: !request.asksForUsage,
      choiceCount: request.choiceCount,
      maxAnswerBytes: this.#gateway.maxAnswerBytes,
      commit: (headers) => {
        this.#answer.beginStream({ headers, target: opened.target });
      },
      onEnd: (end) => {
        this.#guard(() => this.#attemptEnded(end));
      },
      onBug: (cause) => {
        this.#failInside(cause);
      },
    });
    this.#sending = { ...opened, attempt };
    if (this.#clientIsGone) {
      this.#clientLeft();
      return;
    }
    this.#answer.attemptSent();
    attempt.hold(this.#dispatch(request, opened, attempt));
  }

  #dispatch(request: OpenAiRequest, opened: Opened, attempt: Attempt): CallControl {
    const { upstream, demo } = this.#gateway;
    const { clientHeaders, endpoint } = this.#call;
    const { target } = opened;
    if (target.via.kind === 'demo')
      return demo.send({ endpoint, bytes: request.bytes, stream: request.stream }, attempt);
    const destination = target.via.endpoint;
    const body = encodeOpenAiRequest(request, { model: target.model, takesStreamUsage: destination.takesStreamUsage });
    const path = `/${endpoint}`;
    return upstream.send({ endpoint: destination, path, clientHeaders, body, freshConnection: opened.resent }, attempt);
  }

  #attemptEnded(end: AttemptEnd): void {
    const sending = this.#sending;
    if (sending === null) throw new Error('an attempt ended that was not sent');
    if (end.kind === 'answered') {
      const { facts, body } = end;
      const booking = body === null ? null : this.#answerWhole(facts, body, sending);
      this.#settle(sending, { outcome: 'answered', facts, error: null, final: true, booking });
      this.#finish();
      return;
    }
    const { error, staleConnection, committed } = end;
    const targetsLeft = this.#targets.length - sending.targetIndex - 1;
    const step = nextStepAfter({ error, staleConnection, resent: sending.resent, committed, targetsLeft });
    this.#settle(sending, { outcome: 'failed', facts: end.facts, error, final: step === 'give_up' });
    // Not the message: an upstream may quote the prompt in it.
    const { exchangeId: exchange } = this.#call;
    const { code, status } = error;
    this.#gateway.logger.warn({ exchange, target: sending.target.name, code, status, next: step }, 'an attempt failed');
    switch (step) {
      case 'resend':
        this.#open(sending.targetIndex, true);
        return;
      case 'next_target':
        this.#open(sending.targetIndex + 1, false);
        return;
      case 'give_up':
        if (!committed) this.#answer.sendError({ headers: end.facts.headers, target: sending.target }, error);
        this.#finish();
        return;
      default:
        unreachable(step);
    }
  }

  #left(): void {
    if (this.#done) this.#release();
    else this.#guard(() => this.#clientLeft());
  }

  /** The call is stopped and settled; one whose row is still being written is when it is written. */
  #clientLeft(): void {
    if (this.#done) return;
    this.#clientIsGone = true;
    const sending = this.#sending;
    if (sending === null) return;
    this.#settle(sending, { outcome: 'client_left', facts: sending.attempt.abandon(), error: null, final: true });
    this.#finish();
  }

  /** The exchange ends before any attempt: one row, number 0. */
  #refuse(error: GatewayError): void {
    const openedAt = this.#gateway.now();
    const input = {
      call: this.#call,
      request: this.#request,
      target: null,
      number: 0,
      openedAt,
      profile: this.#profile,
    };
    const opening = openingOf(input);
    this.#gateway.ledger.refuse(opening, refusalOf(opening, error));
    this.#answer.sendError(NOWHERE, error);
    this.#finish();
  }

  #refusePaid(cause: Error): void {
    const message = 'The ledger cannot be written, so no paid call is made.';
    this.#answer.sendError(NOWHERE, new GatewayError('ledger_unavailable', message, { cause }));
    this.#finish();
  }

  /** Sends the answer with its cost, and gives what it was booked with. */
  #answerWhole(facts: AnswerFacts, body: Buffer, sending: Sending): Booking {
    const answeredAtMs = performance.now();
    const booking = this.#book(sending, facts, readUsage(facts.usage), null);
    this.#answer.sendWhole({ headers: facts.headers, target: sending.target }, body, booking.costPico, answeredAtMs);
    return booking;
  }

  /** Settles the row once. Tokens that the upstream did not tell are counted first, on another thread. */
  #settle(sending: Sending, ending: Ending): void {
    this.#sending = null;
    if (!sending.recorded) return;
    const { facts, error } = ending;
    const usage = readUsage(facts.usage);
    if (usage !== null || this.#request === null || !hasOutput(facts)) {
      this.#writeEnd(sending, ending, ending.booking ?? this.#book(sending, facts, usage, error), false);
      return;
    }
    const { kept: answer, isStream } = facts;
    const { model } = sending.target;
    const input = { model, request: this.#request.bytes, answer, answerKind: isStream ? 'sse' : 'json' } as const;
    this.#gateway.countTokens(input, (counted, estimated) => {
      this.#guard(() => {
        this.#writeEnd(sending, ending, this.#book(sending, facts, counted, error), estimated);
      });
    });
  }

  #writeEnd(sending: Sending, { outcome, facts, error, final }: Ending, booking: Booking, estimated: boolean): void {
    const { exchangeId } = this.#call;
    const { number } = sending;
    const settledAt = this.#gateway.now();
    const row = { exchangeId, number, outcome, facts, error, final, booking, estimated, settledAt };
    this.#gateway.ledger.settle(settlementOf(row));
  }

  #book(sending: Sending, facts: AnswerFacts, usage: Usage | null, error: GatewayError | null): Booking {
    return bookAttempt({
      target: sending.target,
      requestedModel: this.#request?.model ?? '',
      actualModel: facts.actualModel,
      usage,
      mayHaveCost: sending.attempt.wasSent && mayHaveCost(facts, error),
      at: sending.openedAt,
      prices: this.#gateway.prices(),
    });
  }

  /** The exchange is over when its answer has left: until then the gateway waits for it before it stops. */
  #finish(): void {
    this.#done = true;
    if (hasLeft(this.#call.response)) this.#release();
  }

  #release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#stopWatching?.();
    this.#onDone();
  }

  #guard(step: () => void): void {
    try {
      step();
    } catch (cause) {
      this.#failInside(cause);
    }
  }

  /** A bug of ours ends this exchange, never the daemon: it is logged, answered, and the row is settled. */
  #failInside(cause: unknown): void {
    const { logger } = this.#gateway;
    const { exchangeId, response } = this.#call;
    logger.error({ err: cause, exchange: exchangeId }, 'an exchange failed inside the gateway');
    const error = new GatewayError('internal_error', 'The gateway failed.', { cause });
    const sending = this.#sending;
    const facts = sending?.attempt.abandon() ?? null;
    if (response.headersSent) response.destroy();
    else this.#answer.sendError(NOWHERE, error);
    this.#finish();
    try {
      if (sending !== null && facts !== null) this.#settle(sending, { outcome: 'failed', facts, error, final: true });
    } catch (err) {
      logger.error({ err, exchange: exchangeId }, 'an attempt could not be settled');
    }
  }
}

/** An answer that no upstream had a part in. */
const NOWHERE: AnswerOrigin = { headers: {}, target: null };

/** Whether something of an answer was seen and kept, whose tokens can be counted. */
function hasOutput(facts: AnswerFacts): facts is AnswerFacts & { kept: readonly Buffer[] } {
  return facts.kept !== null && facts.kept.length > 0 && (!facts.isStream || facts.firstTokenAt !== null);
}
