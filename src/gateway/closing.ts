import { GatewayError } from '../canonical/errors.ts';
import { NOWHERE } from './client-answer.ts';
import type { ClientAnswer } from './client-answer.ts';
import { hasLeft, watchDeparture } from './departure.ts';
import type { GatewayDependencies } from './dependencies.ts';
import type { ExchangeBasis } from './exchange-basis.ts';
import type { ExchangeBooks } from './exchange-books.ts';
import type { ExchangeEnd, ExchangeReport } from './exchange-report.ts';
import type { OwnAnswer } from './prepare.ts';
import { explained } from './response-turns.ts';

interface ClosingParts {
  readonly answer: ClientAnswer;
  readonly books: ExchangeBooks;
  readonly onDone: () => void;
}

/**
 * The end of one exchange: what its client is told where no attempt has answered, how it ended, when all of it is
 * booked, and when its answer has left.
 */
export class Closing {
  /** The client has gone before its answer was whole. Set by whoever hears of it. */
  clientIsGone = false;
  readonly #basis: ExchangeBasis;
  readonly #gateway: Pick<GatewayDependencies, 'now' | 'responses'>;
  readonly #report: ExchangeReport;
  readonly #parts: ClosingParts;
  #end: ExchangeEnd | null = null;
  #endedAt: number | null = null;
  /** The answer has left, or nobody is there to get it. */
  #released = false;
  #stopWatching: (() => void) | null = null;

  constructor(
    basis: ExchangeBasis,
    gateway: Pick<GatewayDependencies, 'now' | 'responses'>,
    report: ExchangeReport,
    parts: ClosingParts,
  ) {
    this.#basis = basis;
    this.#gateway = gateway;
    this.#report = report;
    this.#parts = parts;
  }

  get isOver(): boolean {
    return this.#end !== null;
  }

  /** `onLeft`: the client has gone, or has all of its answer. */
  watch(onLeft: () => void): void {
    this.#stopWatching = watchDeparture(this.#basis.call.response, onLeft);
  }

  /** `doneAt`: when the client had all of its answer, where that was before now. */
  finish(end: ExchangeEnd, doneAt: number | null = null): void {
    this.#end ??= end;
    this.#endedAt ??= doneAt ?? this.#gateway.now();
    if (hasLeft(this.#basis.call.response)) this.release();
    else this.conclude();
  }

  /** No model is needed: nothing is spent, and no row is written. */
  answerItself({ body, contentType }: OwnAnswer): void {
    this.#parts.answer.sendWhole(NOWHERE, { body, contentType }, null, performance.now());
    this.finish({ outcome: 'answered', status: 200, error: null });
  }

  /** The exchange ends before any attempt: one row, number 0. */
  refuse(error: GatewayError): void {
    const { answer, books } = this.#parts;
    books.refuse(error);
    const status = answer.sendError(NOWHERE, error);
    this.finish({ outcome: 'refused', status, error });
  }

  /** Nothing that would be paid for is sent without a row. */
  refusePaid(cause: Error): void {
    const { answer, books } = this.#parts;
    const message = 'The ledger cannot be written, so no paid call is made.';
    const error = new GatewayError('ledger_unavailable', message, { cause });
    const status = answer.sendError(NOWHERE, error);
    this.finish({ outcome: books.attempts === 1 ? 'refused' : 'failed', status, error });
  }

  /** Behind a wait, or what could not be asked: no row says yet that this is the end. */
  giveUp(error: GatewayError): void {
    const { books } = this.#parts;
    if (books.attempts === 0) this.refuse(explained(error, this.#gateway.responses));
    else {
      books.end('failed', error);
      this.fail(error);
    }
  }

  /** `committed`: the client was told within its answer. */
  fail(error: GatewayError, committed = false): void {
    const { answer } = this.#parts;
    const isWithin = answer.failWithin(error);
    const isHeard = !isWithin && !committed && !hasLeft(this.#basis.call.response);
    this.finish({ outcome: 'failed', status: isHeard ? answer.sendFailure(error) : null, error });
  }

  /** The client left while nothing was sent. */
  leave(): void {
    this.#parts.books.end('client_left', null);
    this.finish({ outcome: 'client_left', status: null, error: null });
  }

  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#stopWatching?.();
    this.conclude();
  }

  /** It is settled when all is booked, and over when its answer has left too: until then the gateway waits for it. */
  conclude(): void {
    if (this.#end === null || !this.#parts.books.areClosed) return;
    this.#report.exchangeSettled(this.#end, this.#endedAt);
    if (this.#released) this.#parts.onDone();
  }
}
