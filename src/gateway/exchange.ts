import { GatewayError } from '../canonical/errors.ts';
import type { ExchangeView } from '../canonical/feed-events.ts';
import type { NextStep } from '../routing/next-step.ts';
import { NOTHING } from './admission.ts';
import type { AdmissionHold, Admitted } from './admission.ts';
import { Attempt } from './attempt.ts';
import type { AnswerFacts, AttemptEnd, WholeBody } from './attempt-end.ts';
import { ClientAnswer, NOWHERE, originOf } from './client-answer.ts';
import type { FailedAnswer } from './client-answer.ts';
import { hasLeft, watchDeparture } from './departure.ts';
import type { GatewayDependencies } from './dependencies.ts';
import { dispatch } from './dispatch.ts';
import { basisOf } from './exchange-basis.ts';
import type { ExchangeBasis } from './exchange-basis.ts';
import { ExchangeBooks } from './exchange-books.ts';
import { ExchangeReport } from './exchange-report.ts';
import type { ExchangeEnd } from './exchange-report.ts';
import type { InferenceCall } from './inference-call.ts';
import { nextAfter } from './next-attempt.ts';
import type { FailedEnd } from './next-attempt.ts';
import { OwnAnswer, prepare } from './prepare.ts';
import { readied } from './ready-attempt.ts';
import { keeperOf } from './response-turns.ts';
import { openingOf } from './rows.ts';
import type { Ending, Opened, Sending } from './sending.ts';
import type { Booking } from './settlement.ts';
import type { Wire } from './wire.ts';

/**
 * The life of one exchange: decode, plan, be admitted, open the row, send, relay, settle; after a failure that its
 * client has not seen, the next target. Every row that was opened and every admission is settled exactly once.
 */
export class Exchange {
  readonly #basis: ExchangeBasis;
  readonly #gateway: GatewayDependencies;
  readonly #onDone: (exchange: Exchange) => void;
  readonly #answer: ClientAnswer;
  readonly #report: ExchangeReport;
  readonly #books: ExchangeBooks;
  #attempts = 0;
  /** What was set aside for the attempt whose row is being written. */
  #opening: AdmissionHold | null = null;
  /** What the last attempt that failed would have been answered with. */
  #failed: FailedAnswer | null = null;
  #sending: Sending | null = null;
  #clientIsGone = false;
  #end: ExchangeEnd | null = null;
  #endedAt: number | null = null;
  /** The answer has left, or nobody is there to get it. */
  #released = false;
  #stopWatching: (() => void) | null = null;

  constructor(call: InferenceCall, gateway: GatewayDependencies, onDone: (exchange: Exchange) => void) {
    this.#basis = basisOf(call);
    this.#gateway = gateway;
    this.#onDone = onDone;
    this.#answer = new ClientAnswer(this.#basis);
    this.#report = new ExchangeReport(this.#basis, gateway);
    this.#books = new ExchangeBooks(this.#basis, gateway, this.#report, (step) => {
      this.#guard(step);
      this.#conclude();
    });
  }

  run(): void {
    this.#guard(() => {
      const { response } = this.#basis.call;
      // Somebody may leave while the body is decompressed: then no event comes any more.
      if (hasLeft(response)) this.#clientIsGone = true;
      else this.#stopWatching = watchDeparture(response, () => this.#left());
      const first = prepare(this.#basis, this.#gateway);
      if (first instanceof GatewayError) this.#refuse(first);
      else if (first instanceof OwnAnswer) this.#answerItself(first);
      else this.#prepared(first, false);
    });
  }

  /** As it is now, for those who watch; `null`: no attempt was opened yet, or it is over. */
  inFlight(): ExchangeView | null {
    return this.#report.inFlight();
  }

  /** Tells those who watch how far the answer has come. */
  tellProgress(): void {
    this.#report.tellProgress();
  }

  /** Waits for what has to be fetched for an attempt, then opens it. */
  #prepared(admitted: Admitted, resent: boolean): void {
    if (!(admitted.wire instanceof Promise)) this.#open(admitted, admitted.wire, resent);
    else
      readied(admitted, this.#basis, this.#gateway).then(
        (ready) => this.#guard(() => this.#open(ready, ready.wire, resent)),
        (reason: unknown) => this.#guard(() => this.#notPrepared(reason)),
      );
  }

  /** Queues the attempt's row; the attempt is sent when the row is in the file. */
  #open({ target, targetIndex, hold }: Admitted, wire: Wire, resent: boolean): void {
    this.#opening = hold;
    this.#attempts = this.#books.skip(this.#attempts, false) + 1;
    const number = this.#attempts;
    const openedAt = this.#gateway.now();
    this.#gateway.ledger.open(openingOf(this.#basis, { target, number, openedAt }), (failure) => {
      this.#guard(() => {
        if (failure !== null && target.locality === 'cloud') this.#refusePaid(failure);
        else this.#send({ target, targetIndex, hold, wire, resent, number, openedAt, recorded: failure === null });
      });
    });
  }

  /** No target that is left can be asked: the client gets what the last one failed with, else what is in the way. */
  #notPrepared(reason: unknown): void {
    if (!(reason instanceof GatewayError)) throw reason;
    if (this.#failed !== null) this.#attempts = this.#books.endUnsent(this.#attempts);
    if (hasLeft(this.#basis.call.response)) this.#finish({ outcome: 'client_left', status: null, error: null });
    else if (this.#failed === null) this.#refuse(this.#basis.skipped.first ?? reason);
    else this.#giveUp(this.#failed);
  }

  #send(opened: Opened): void {
    const { conversation, call } = this.#basis;
    if (conversation === null) throw new Error('an attempt was sent without a request');
    const { target, targetIndex, hold, wire, resent, number, openedAt, recorded } = opened;
    const attempt = new Attempt({
      target,
      wire,
      conversation,
      exchangeId: call.exchangeId,
      response: call.response,
      maxAnswerBytes: this.#gateway.maxAnswerBytes,
      keeper: keeperOf(this.#basis, wire, this.#gateway),
      commit: (headers) => this.#answer.beginStream({ headers, target, dropped: wire.dropped }),
      onFirstEvent: () => this.#report.firstEvent(opened.number),
      onEnd: (end) => this.#guard(() => this.#attemptEnded(end)),
      onBug: (cause) => this.#failInside(cause),
    });
    // Not by spreading, which takes a tenth of all the time that a request takes here.
    const sending = { target, targetIndex, hold, wire, resent, number, openedAt, recorded, attempt };
    this.#opening = null;
    this.#sending = sending;
    this.#report.attemptOpened(sending);
    if (this.#clientIsGone) {
      this.#clientLeft();
      return;
    }
    this.#answer.attemptSent();
    attempt.hold(dispatch(this.#gateway, this.#basis, opened, attempt));
  }

  #attemptEnded(end: AttemptEnd): void {
    const sending = this.#sending;
    if (sending === null) throw new Error('an attempt ended that was not sent');
    if (end.kind === 'failed') {
      this.#attemptFailed(sending, end);
      return;
    }
    this.#books.whenTold(sending, end, ({ facts, body }) => {
      // Its client may have left while its tokens were counted.
      if (this.#sending !== sending) return;
      const booking = body === null ? null : this.#answerWhole(facts, body, sending);
      this.#settle(sending, { outcome: 'answered', facts, error: null, final: true, booking }, null);
      this.#finish({ outcome: 'answered', status: 200, error: null }, facts.doneAt);
    });
  }

  #attemptFailed(sending: Sending, end: FailedEnd): void {
    const { facts, error, committed, staleConnection } = end;
    // What was set aside for it is free again before the next one asks. Where the server had closed the connection
    // before, it has nothing to charge for.
    const booking = staleConnection ? this.#books.bookUnheard(sending, facts) : this.#books.book(sending, facts, error);
    const next = nextAfter(this.#basis, this.#gateway, sending, end);
    // Whatever goes wrong until it is sent gives back what is set aside for it.
    this.#opening = next?.hold ?? null;
    const step = next === null ? 'give_up' : next.resent ? 'resend' : 'next_target';
    this.#settle(sending, { outcome: 'failed', facts, error, final: next === null, booking }, step);
    // Not the message: an upstream may quote the prompt in it.
    const { exchangeId: exchange } = this.#basis.call;
    const { code, status } = error;
    this.#gateway.logger.warn({ exchange, target: sending.target.name, code, status, next: step }, 'an attempt failed');
    this.#failed = { origin: originOf(sending, facts), error };
    if (next !== null) this.#prepared(next, next.resent);
    else this.#giveUp(this.#failed, committed);
  }

  #giveUp({ origin, error }: FailedAnswer, committed = false): void {
    const isHeard = !committed && !hasLeft(this.#basis.call.response);
    if (isHeard) this.#answer.sendError(origin, this.#basis.skipped.toldWith(error));
    this.#finish({ outcome: 'failed', status: isHeard ? error.status : null, error });
  }

  #left(): void {
    if (this.#end !== null) this.#release();
    else this.#guard(() => this.#clientLeft());
  }

  /** The call is stopped and settled; one whose row is still being written is when it is written. */
  #clientLeft(): void {
    if (this.#end !== null) return;
    this.#clientIsGone = true;
    const sending = this.#sending;
    if (sending === null) return;
    const facts = sending.attempt.abandon();
    this.#settle(sending, { outcome: 'client_left', facts, error: null, final: true, booking: null }, null);
    this.#finish({ outcome: 'client_left', status: null, error: null });
  }

  /** No model is needed: nothing is spent, and no row is written. */
  #answerItself({ body, contentType }: OwnAnswer): void {
    this.#answer.sendWhole(NOWHERE, { body, contentType }, null, performance.now());
    this.#finish({ outcome: 'answered', status: 200, error: null });
  }

  /** The exchange ends before any attempt: one row, number 0. */
  #refuse(error: GatewayError): void {
    this.#books.refuse(error);
    this.#answer.sendError(NOWHERE, error);
    this.#finish({ outcome: 'refused', status: error.status, error });
  }

  #refusePaid(cause: Error): void {
    this.#giveBack();
    const message = 'The ledger cannot be written, so no paid call is made.';
    const error = new GatewayError('ledger_unavailable', message, { cause });
    this.#answer.sendError(NOWHERE, error);
    this.#finish({ outcome: this.#attempts === 1 ? 'refused' : 'failed', status: error.status, error });
  }

  /** The attempt whose row was being written is not made. */
  #giveBack(): void {
    this.#opening?.settle(NOTHING, this.#gateway.now());
    this.#opening = null;
  }

  /** Sends the answer with its cost, and gives what it was booked with; `null`: its tokens must be counted first. */
  #answerWhole(facts: AnswerFacts, body: WholeBody, sending: Sending): Booking | null {
    const answeredAtMs = performance.now();
    const booking = this.#books.book(sending, facts, null);
    this.#answer.sendWhole(originOf(sending, facts), body, booking?.costPico ?? null, answeredAtMs);
    return booking;
  }

  #settle(sending: Sending, ending: Ending, next: NextStep | null): void {
    this.#sending = null;
    this.#report.attemptEnded(sending, ending, next);
    this.#books.settle(sending, ending);
  }

  /** `doneAt`: when the client had all of its answer, where that was before now. */
  #finish(end: ExchangeEnd, doneAt: number | null = null): void {
    this.#end ??= end;
    this.#endedAt ??= doneAt ?? this.#gateway.now();
    if (hasLeft(this.#basis.call.response)) this.#release();
    else this.#conclude();
  }

  #release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#stopWatching?.();
    this.#conclude();
  }

  /** It is settled when all is booked, and over when its answer has left too: until then the gateway waits for it. */
  #conclude(): void {
    if (this.#end === null || !this.#books.areClosed) return;
    this.#report.exchangeSettled(this.#end, this.#endedAt);
    if (this.#released) this.#onDone(this);
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
    const { exchangeId: exchange, response } = this.#basis.call;
    logger.error({ err: cause, exchange }, 'an exchange failed inside the gateway');
    const error = new GatewayError('internal_error', 'The gateway failed.', { cause });
    const sending = this.#sending;
    const facts = sending?.attempt.abandon() ?? null;
    const isHeard = !response.headersSent;
    if (isHeard) this.#answer.sendError(NOWHERE, error);
    else response.destroy();
    this.#giveBack();
    try {
      const ending = { outcome: 'failed', error, final: true, booking: null } as const;
      if (sending !== null && facts !== null) this.#settle(sending, { ...ending, facts }, 'give_up');
    } catch (err) {
      logger.error({ err, exchange }, 'an attempt could not be settled');
    }
    const outcome = this.#attempts === 0 ? 'refused' : 'failed';
    this.#finish({ outcome, status: isHeard ? error.status : null, error });
  }
}
