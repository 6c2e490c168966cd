import { GatewayError } from '../canonical/errors.ts';
import type { ExchangeView } from '../canonical/feed-events.ts';
import { unreachable } from '../std/unreachable.ts';
import type { Admitted } from './admission.ts';
import { Attempt } from './attempt.ts';
import type { AnswerFacts, AttemptEnd, WholeBody } from './attempt-end.ts';
import { ClientAnswer, NOWHERE, originOf } from './client-answer.ts';
import { Closing } from './closing.ts';
import { hasLeft } from './departure.ts';
import type { GatewayDependencies } from './dependencies.ts';
import { dispatch } from './dispatch.ts';
import { basisOf } from './exchange-basis.ts';
import type { ExchangeBasis } from './exchange-basis.ts';
import { ExchangeBooks } from './exchange-books.ts';
import { ExchangeReport } from './exchange-report.ts';
import type { NextStep } from './exchange-report.ts';
import { filterFails } from './filtered-answer.ts';
import type { InferenceCall } from './inference-call.ts';
import { nextStepIn } from './itinerary.ts';
import type { FailedEnd, Itinerary, Turn } from './itinerary.ts';
import { Opening } from './opening.ts';
import { OwnAnswer, prepare } from './prepare.ts';
import { explained, keeperOf } from './response-turns.ts';
import { sendingOf } from './sending.ts';
import type { Ending, Opened, Sending } from './sending.ts';
import type { Booking } from './settlement.ts';
import { keepTies } from './ties.ts';
import { Waits } from './waits.ts';

/**
 * The life of one exchange: decode, plan, be admitted, open the row, send, relay, settle; after a failure that its
 * client has not seen, what its itinerary says: another attempt, a wait, or the end. Every row that was opened, every
 * admission and every call that a deployment has room for is settled exactly once.
 */
export class Exchange {
  readonly #basis: ExchangeBasis;
  readonly #gateway: GatewayDependencies;
  readonly #answer: ClientAnswer;
  readonly #report: ExchangeReport;
  readonly #books: ExchangeBooks;
  readonly #opening: Opening;
  readonly #closing: Closing;
  #itinerary: Itinerary | null = null;
  #waits: Waits | null = null;
  #sending: Sending | null = null;
  #clientIsGone = false;

  constructor(call: InferenceCall, gateway: GatewayDependencies, onDone: (exchange: Exchange) => void) {
    this.#basis = basisOf(call);
    this.#gateway = gateway;
    this.#answer = new ClientAnswer(this.#basis);
    this.#report = new ExchangeReport(this.#basis, gateway);
    this.#books = new ExchangeBooks(this.#basis, gateway, this.#report, (step) => {
      this.#guard(step);
      this.#closing.conclude();
    });
    this.#opening = new Opening(this.#books, gateway, {
      guard: (step) => this.#guard(step),
      onOpened: (opened) => this.#send(opened),
      onNotReady: (admitted, error) => this.#notReady(admitted, error),
      onNotRecorded: (failure) => this.#refusePaid(failure),
    });
    this.#closing = new Closing(this.#basis, gateway, this.#report, { books: this.#books, onDone: () => onDone(this) });
  }

  run(): void {
    this.#guard(() => {
      const { response } = this.#basis.call;
      // Somebody may leave while the body is decompressed: then no event comes any more.
      if (hasLeft(response)) this.#clientIsGone = true;
      else this.#closing.watch(() => this.#left());
      const first = prepare(this.#basis, this.#gateway);
      if (first instanceof GatewayError) this.#refuse(first);
      else if (first instanceof OwnAnswer) this.#answerItself(first);
      else {
        this.#itinerary = first;
        this.#answer.waitsFor(first.group);
        this.#take(first.first());
      }
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

  #take(turn: Turn): void {
    switch (turn.kind) {
      case 'attempt':
        this.#opening.begin(turn.admitted);
        return;
      case 'wait':
        if (this.#clientIsGone) this.#leave();
        else this.#wait(turn);
        return;
      case 'give_up':
        this.#giveUp(turn.error);
        return;
      default:
        unreachable(turn);
    }
  }

  /** What had to be fetched for an attempt could not be had: somebody else may answer. */
  #notReady(admitted: Admitted, error: GatewayError): void {
    if (this.#clientIsGone || error.code === 'client_left') this.#leave();
    else this.#take(this.#itineraryNow.afterUnready(admitted, error));
  }

  #wait(step: Extract<Turn, { readonly kind: 'wait' }>): void {
    const [goOn, guard] = [(turn: Turn) => this.#take(turn), (run: () => void) => this.#guard(run)];
    this.#waits ??= new Waits(this.#itineraryNow, this.#gateway, { goOn, guard });
    this.#waits.begin(step);
  }

  #send(opened: Opened): void {
    const { call } = this.#basis;
    const { target, wire, conversation } = opened;
    const attempt = new Attempt({
      target,
      wire,
      conversation,
      exchangeId: call.exchangeId,
      asLiteLlm: call.asLiteLlm,
      response: call.response,
      maxAnswerBytes: this.#gateway.maxAnswerBytes,
      keeper: keeperOf(opened, call.keyId, this.#gateway),
      filterFails: filterFails(opened),
      commit: (headers) => this.#answer.beginStream({ headers, target, dropped: wire.dropped }),
      onFirstEvent: () => {
        opened.call.firstEvent();
        this.#report.firstEvent(opened.number);
      },
      onEnd: (end) => this.#guard(() => this.#attemptEnded(end)),
      onBug: (cause) => this.#failInside(cause),
    });
    this.#opening.sent();
    this.#sending = sendingOf(opened, attempt);
    this.#report.attemptOpened(this.#sending);
    if (this.#clientIsGone) this.#clientLeft();
    else {
      this.#answer.attemptSent(opened);
      opened.call.sent();
      attempt.hold(dispatch(this.#gateway, this.#basis, opened, attempt));
    }
  }

  #attemptEnded(end: AttemptEnd): void {
    const sending = this.#sending;
    if (sending === null) throw new Error('an attempt ended that was not sent');
    if (end.kind === 'failed') {
      this.#attemptFailed(sending, end);
      return;
    }
    sending.call.succeeded(end.facts);
    keepTies(sending, end.facts, this.#itineraryNow.ties, this.#gateway);
    this.#books.whenTold(sending, end, ({ facts, body }) => {
      // Its client may have left while its tokens were counted.
      if (this.#sending !== sending) return;
      const booking = body === null ? null : this.#answerWhole(facts, body, sending);
      this.#settle(sending, { outcome: 'answered', facts, error: null, final: true, booking }, null);
      this.#closing.finish({ outcome: 'answered', status: 200, error: null }, facts.doneAt);
    });
  }

  #attemptFailed(sending: Sending, end: FailedEnd): void {
    const { facts, error, committed, staleConnection } = end;
    // What was set aside for it is free again before the next one asks. Where the server had closed the connection
    // before, it has nothing to charge for.
    const booking = staleConnection ? this.#books.bookUnheard(sending, facts) : this.#books.book(sending, facts, error);
    if (staleConnection && !sending.resent) sending.call.released();
    else sending.call.failed(error);
    const turn = this.#itineraryNow.afterFailure(sending, end);
    // Whatever goes wrong until it is sent gives back what is set aside for it.
    if (turn.kind === 'attempt') this.#opening.hold(turn.admitted);
    const next = nextStepIn(turn);
    this.#answer.attemptFailed(originOf(sending, facts));
    this.#settle(sending, { outcome: 'failed', facts, error, final: turn.kind === 'give_up', booking }, next);
    // Not the message: an upstream may quote the prompt in it.
    const [{ exchangeId: exchange }, { code, status }] = [this.#basis.call, error];
    this.#gateway.logger.warn({ exchange, target: sending.target.name, code, status, next }, 'an attempt failed');
    if (turn.kind === 'give_up') this.#answerFailed(turn.error, committed);
    else this.#take(turn);
  }

  /** Behind a wait, or what could not be asked: no row says yet that this is the end. */
  #giveUp(error: GatewayError): void {
    if (this.#clientIsGone) this.#leave();
    else if (this.#books.attempts === 0) this.#refuse(explained(error, this.#gateway.responses));
    else {
      this.#books.end('failed', error);
      this.#answerFailed(error);
    }
  }

  #answerFailed(error: GatewayError, committed = false): void {
    const status = committed || hasLeft(this.#basis.call.response) ? null : this.#answer.sendFailure(error);
    this.#closing.finish({ outcome: 'failed', status, error });
  }

  #left(): void {
    if (this.#closing.isOver) this.#closing.release();
    else this.#guard(() => this.#clientLeft());
  }

  /** The call is stopped and settled; one whose row is still being written is when it is written. */
  #clientLeft(): void {
    if (this.#closing.isOver) return;
    this.#clientIsGone = true;
    const sending = this.#sending;
    if (sending === null && this.#waits?.isWaiting === true) this.#leave();
    if (sending === null) return;
    const facts = sending.attempt.abandon();
    sending.call.released();
    this.#settle(sending, { outcome: 'client_left', facts, error: null, final: true, booking: null }, null);
    this.#closing.finish({ outcome: 'client_left', status: null, error: null });
  }

  /** The client left while nothing was sent. */
  #leave(): void {
    this.#waits?.stop();
    this.#books.end('client_left', null);
    this.#closing.finish({ outcome: 'client_left', status: null, error: null });
  }

  /** No model is needed: nothing is spent, and no row is written. */
  #answerItself({ body, contentType }: OwnAnswer): void {
    this.#answer.sendWhole(NOWHERE, { body, contentType }, null, performance.now());
    this.#closing.finish({ outcome: 'answered', status: 200, error: null });
  }

  /** The exchange ends before any attempt: one row, number 0. */
  #refuse(error: GatewayError): void {
    this.#books.refuse(error);
    const status = this.#answer.sendError(NOWHERE, error);
    this.#closing.finish({ outcome: 'refused', status, error });
  }

  #refusePaid(cause: Error): void {
    this.#opening.giveBack();
    const message = 'The ledger cannot be written, so no paid call is made.';
    const error = new GatewayError('ledger_unavailable', message, { cause });
    const status = this.#answer.sendError(NOWHERE, error);
    this.#closing.finish({ outcome: this.#books.attempts === 1 ? 'refused' : 'failed', status, error });
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

  get #itineraryNow(): Itinerary {
    if (this.#itinerary === null) throw new Error('an exchange went on before it was planned');
    return this.#itinerary;
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
    const [{ logger }, { exchangeId: exchange }] = [this.#gateway, this.#basis.call];
    logger.error({ err: cause, exchange }, 'an exchange failed inside the gateway');
    const error = new GatewayError('internal_error', 'The gateway failed.', { cause });
    const sending = this.#sending;
    const facts = sending?.attempt.abandon() ?? null;
    sending?.call.released();
    this.#waits?.stop();
    const isHeard = this.#answer.sendBug(error);
    this.#opening.giveBack();
    try {
      const ending = { outcome: 'failed', error, final: true, booking: null } as const;
      if (sending !== null && facts !== null) this.#settle(sending, { ...ending, facts }, 'give_up');
    } catch (err) {
      logger.error({ err, exchange }, 'an attempt could not be settled');
    }
    const outcome = this.#books.attempts === 0 ? 'refused' : 'failed';
    this.#closing.finish({ outcome, status: isHeard ? error.status : null, error });
  }
}
