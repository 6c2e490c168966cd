import { GatewayError } from '../canonical/errors.ts';
import type { ExchangeView } from '../canonical/feed-events.ts';
import { unreachable } from '../std/unreachable.ts';
import type { Admitted } from './admission.ts';
import type { AnswerFacts, AttemptEnd, WholeBody } from './attempt-end.ts';
import { Attempts } from './attempts.ts';
import { ClientAnswer, originOf } from './client-answer.ts';
import { Closing } from './closing.ts';
import { hasLeft } from './departure.ts';
import type { GatewayDependencies } from './dependencies.ts';
import { basisOf } from './exchange-basis.ts';
import type { ExchangeBasis } from './exchange-basis.ts';
import { ExchangeBooks } from './exchange-books.ts';
import { ExchangeReport } from './exchange-report.ts';
import type { InferenceCall } from './inference-call.ts';
import type { FailedEnd, Itinerary, Turn } from './itinerary.ts';
import { nextStepIn } from './next-step.ts';
import { OwnAnswer, prepare } from './prepare.ts';
import type { Sending } from './sending.ts';
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
  readonly #closing: Closing;
  readonly #attempts: Attempts;
  #itinerary: Itinerary | null = null;
  #waits: Waits | null = null;

  constructor(call: InferenceCall, gateway: GatewayDependencies, onDone: (exchange: Exchange) => void) {
    this.#basis = basisOf(call);
    this.#gateway = gateway;
    this.#answer = new ClientAnswer(this.#basis);
    this.#report = new ExchangeReport(this.#basis, gateway);
    this.#books = new ExchangeBooks(this.#basis, gateway, this.#report, (step) => {
      this.#guard(step);
      this.#closing.conclude();
    });
    const parts = { answer: this.#answer, books: this.#books, onDone: () => onDone(this) };
    this.#closing = new Closing(this.#basis, gateway, this.#report, parts);
    this.#attempts = new Attempts(
      {
        basis: this.#basis,
        gateway,
        answer: this.#answer,
        report: this.#report,
        books: this.#books,
        closing: this.#closing,
      },
      {
        guard: (step) => this.#guard(step),
        onNotReady: (admitted, error) => this.#notReady(admitted, error),
        onNotRecorded: (failure) => this.#refusePaid(failure),
        onEnd: (sending, end) => this.#guard(() => this.#attemptEnded(sending, end)),
        onBug: (cause) => this.#failInside(cause),
      },
    );
  }

  run(): void {
    this.#guard(() => {
      const { response } = this.#basis.call;
      // Somebody may leave while the body is decompressed: then no event comes any more.
      if (hasLeft(response)) this.#closing.clientIsGone = true;
      else this.#closing.watch(() => this.#left());
      const first = prepare(this.#basis, this.#gateway);
      if (first instanceof GatewayError) this.#closing.refuse(first);
      else if (first instanceof OwnAnswer) this.#closing.answerItself(first);
      else {
        this.#itinerary = first;
        this.#answer.waitsFor(first.group);
        this.#attempts.goBy(first);
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
        this.#attempts.begin(turn.admitted);
        return;
      case 'wait':
        if (this.#closing.clientIsGone) this.#leave();
        else this.#wait(turn);
        return;
      case 'beside':
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
    if (this.#closing.clientIsGone || error.code === 'client_left') this.#leave();
    else this.#take(this.#itineraryNow.afterUnready(admitted, error));
  }

  #wait(step: Extract<Turn, { readonly kind: 'wait' }>): void {
    const [goOn, guard] = [(turn: Turn) => this.#take(turn), (run: () => void) => this.#guard(run)];
    this.#waits ??= new Waits(this.#itineraryNow, this.#gateway, { goOn, guard });
    this.#waits.begin(step);
  }

  #attemptEnded(sending: Sending, end: AttemptEnd): void {
    if (!this.#attempts.has(sending)) throw new Error('an attempt ended that was not sent');
    if (end.kind === 'failed') {
      this.#attemptFailed(sending, end);
      return;
    }
    this.#attempts.decide(sending);
    sending.call.succeeded(end.facts);
    keepTies(sending, end.facts, this.#itineraryNow.ties, this.#gateway);
    this.#books.whenTold(sending, end, ({ facts, body }) => {
      // Its client may have left while its tokens were counted.
      if (!this.#attempts.has(sending)) return;
      const booking = body === null ? null : this.#answerWhole(facts, body, sending);
      this.#attempts.settle(sending, { outcome: 'answered', facts, error: null, final: true, booking }, null);
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
    const running = this.#attempts.runningBeside(sending);
    const turn =
      running === null ? this.#turnAfter(sending, end) : this.#itineraryNow.afterFailureBeside(sending, error, running);
    // Whatever goes wrong until it is sent gives back what is set aside for it.
    if (turn.kind === 'attempt') this.#attempts.hold(turn.admitted);
    const next = nextStepIn(turn);
    this.#answer.attemptFailed(originOf(sending, facts));
    const final = turn.kind === 'give_up';
    this.#attempts.settle(sending, { outcome: 'failed', facts, error, final, booking }, next);
    // Not the message: an upstream may quote the prompt in it.
    const [{ exchangeId: exchange }, { code, status }] = [this.#basis.call, error];
    this.#gateway.logger.warn({ exchange, target: sending.target.name, code, status, next }, 'an attempt failed');
    if (turn.kind === 'give_up') this.#closing.fail(turn.error, committed);
    else this.#take(turn);
  }

  #turnAfter(sending: Sending, end: FailedEnd): Turn {
    const { joined } = this.#answer;
    if (joined === null) return this.#itineraryNow.afterFailure(sending, end);
    const text = joined.openText;
    // Who has gone on was the last to.
    if (text === null) return this.#itineraryNow.afterFailure(sending, { ...end, committed: true });
    return this.#itineraryNow.afterBreak(sending, end, text);
  }

  #giveUp(error: GatewayError): void {
    if (this.#closing.clientIsGone) this.#leave();
    else this.#closing.giveUp(error);
  }

  #left(): void {
    if (this.#closing.isOver) this.#closing.release();
    else this.#guard(() => this.#clientLeft());
  }

  /** The call is stopped and settled; one whose row is still being written is when it is written. */
  #clientLeft(): void {
    if (this.#closing.isOver) return;
    this.#closing.clientIsGone = true;
    if (!this.#attempts.leave() && this.#waits?.isWaiting === true) this.#leave();
  }

  /** The client left while nothing was sent. */
  #leave(): void {
    this.#waits?.stop();
    this.#closing.leave();
  }

  #refusePaid(cause: Error): void {
    this.#attempts.giveBack();
    this.#closing.refusePaid(cause);
  }

  /** Sends the answer with its cost, and gives what it was booked with; `null`: its tokens must be counted first. */
  #answerWhole(facts: AnswerFacts, body: WholeBody, sending: Sending): Booking | null {
    const answeredAtMs = performance.now();
    const booking = this.#books.book(sending, facts, null);
    this.#answer.sendWhole(originOf(sending, facts), body, booking?.costPico ?? null, answeredAtMs);
    return booking;
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
    this.#waits?.stop();
    try {
      this.#attempts.stopAll(error);
    } catch (err) {
      logger.error({ err, exchange }, 'an attempt could not be settled');
    }
    const isHeard = this.#answer.sendBug(error);
    const outcome = this.#books.attempts === 0 ? 'refused' : 'failed';
    this.#closing.finish({ outcome, status: isHeard ? error.status : null, error });
  }
}
