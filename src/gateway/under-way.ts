import type { Deployment } from '../routing/group.ts';
import type { ExchangeBooks } from './exchange-books.ts';
import type { ExchangeReport, NextStep } from './exchange-report.ts';
import type { Ending, Sending } from './sending.ts';

interface UnderWayParts {
  readonly books: ExchangeBooks;
  readonly report: ExchangeReport;
}

/**
 * The attempts of one exchange that are under way: one, or a second one beside it. Of two the first that has something
 * for the client is the one that answers. Each is settled once.
 */
export class UnderWay {
  readonly #parts: UnderWayParts;
  #one: Sending | null = null;
  #beside: Sending | null = null;
  #isDecided = false;

  constructor(parts: UnderWayParts) {
    this.#parts = parts;
  }

  /** Something of an answer is the client's: from now on nobody else is asked. */
  get isDecided(): boolean {
    return this.#isDecided;
  }

  /** The first of them, or the only one; `null`: none is. */
  get first(): Sending | null {
    return this.#one;
  }

  isAlone(sending: Sending): boolean {
    return this.#one === sending && this.#beside === null;
  }

  has(sending: Sending): boolean {
    return this.#one === sending || this.#beside === sending;
  }

  /** Where the other one of two was sent; `null`: there is none. */
  deploymentBeside(sending: Sending): Deployment | null {
    return this.#besideOf(sending)?.deployment ?? null;
  }

  add(sending: Sending): void {
    if (this.#beside !== null) throw new Error('a third attempt was sent beside two');
    if (this.#one === null) this.#one = sending;
    else this.#beside = sending;
  }

  /** This one answers: the other one is stopped, and nothing of it is ever heard. */
  decide(sending: Sending): void {
    this.#isDecided = true;
    const other = this.#besideOf(sending);
    if (other !== null) this.stop(other, { outcome: 'overtaken', error: null, final: false });
  }

  /** It has ended, or it never began. */
  settle(sending: Sending, ending: Ending, next: NextStep | null): void {
    if (this.#one === sending) [this.#one, this.#beside] = [this.#beside, null];
    else if (this.#beside === sending) this.#beside = null;
    // Somebody else may go on with what this one began.
    if (ending.outcome === 'failed' && !ending.final) this.#isDecided = false;
    this.#parts.report.attemptEnded(sending, ending, next);
    this.#parts.books.settle(sending, ending);
  }

  /** Stops and settles one, whatever of its answer has come. What it tells of its health is nothing. */
  stop(sending: Sending, { outcome, error, final }: Pick<Ending, 'outcome' | 'error' | 'final'>): void {
    const facts = sending.attempt.abandon();
    sending.call.released();
    this.settle(sending, { outcome, facts, error, final, booking: null }, error === null ? null : 'give_up');
  }

  /** Stops all, since nobody waits for an answer any more: the first of them is the end of the exchange. */
  stopAll(how: Pick<Ending, 'outcome' | 'error'>): void {
    const [one, beside] = [this.#one, this.#beside];
    // Before anything is booked, which may fail.
    one?.attempt.abandon();
    beside?.attempt.abandon();
    try {
      if (beside !== null) this.stop(beside, { ...how, final: false });
    } finally {
      if (one !== null) this.stop(one, { ...how, final: true });
    }
  }

  #besideOf(sending: Sending): Sending | null {
    if (this.#one === sending) return this.#beside;
    return this.#beside === sending ? this.#one : null;
  }
}
