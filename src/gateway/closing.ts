import { hasLeft, watchDeparture } from './departure.ts';
import type { GatewayDependencies } from './dependencies.ts';
import type { ExchangeBasis } from './exchange-basis.ts';
import type { ExchangeBooks } from './exchange-books.ts';
import type { ExchangeEnd, ExchangeReport } from './exchange-report.ts';

interface ClosingParts {
  readonly books: ExchangeBooks;
  readonly onDone: () => void;
}

/** The end of one exchange: how it ended, when all of it is booked, and when its answer has left. */
export class Closing {
  readonly #basis: ExchangeBasis;
  readonly #gateway: Pick<GatewayDependencies, 'now'>;
  readonly #report: ExchangeReport;
  readonly #parts: ClosingParts;
  #end: ExchangeEnd | null = null;
  #endedAt: number | null = null;
  /** The answer has left, or nobody is there to get it. */
  #released = false;
  #stopWatching: (() => void) | null = null;

  constructor(
    basis: ExchangeBasis,
    gateway: Pick<GatewayDependencies, 'now'>,
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
