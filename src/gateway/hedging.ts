import { GatewayError } from '../canonical/errors.ts';
import type { Deployment } from '../routing/group.ts';
import type { Admitted } from './admission.ts';
import type { GatewayDependencies } from './dependencies.ts';
import type { ExchangeBooks } from './exchange-books.ts';
import type { Itinerary } from './itinerary.ts';
import { Opening } from './opening.ts';
import type { OpeningHooks } from './opening.ts';
import type { Opened } from './sending.ts';

interface HedgingParts {
  readonly itinerary: Itinerary;
  readonly books: ExchangeBooks;
  readonly gateway: GatewayDependencies;
}

/** The second attempt may find itself the only one: then it is opened, or is not, as any other is. */
interface HedgingHooks extends Omit<OpeningHooks, 'onOpened'> {
  /** Where the attempt under way was sent; `null`: it has failed meanwhile. */
  readonly running: () => Deployment | null;
  readonly onOpened: (opened: Opened, opening: Opening) => void;
  /** Its row could not be written, and nobody wants it any more. */
  readonly onGone: () => void;
}

/** Asks a second deployment where the first one is late, beside it. */
export class Hedging {
  readonly #parts: HedgingParts;
  readonly #hooks: HedgingHooks;
  readonly #opening: Opening;
  #timer: NodeJS.Timeout | null = null;

  constructor(parts: HedgingParts, hooks: HedgingHooks) {
    this.#parts = parts;
    this.#hooks = hooks;
    this.#opening = new Opening(parts.books, parts.gateway, {
      guard: hooks.guard,
      onOpened: (opened) => hooks.onOpened(opened, this.#opening),
      onNotReady: (admitted, error) => this.#notReady(admitted, error),
      onNotRecorded: (failure) => this.#notRecorded(failure),
    });
  }

  /** Who is about to be asked: its row is being written, or something is being fetched for it; `null`: nobody. */
  get asks(): Deployment | null {
    return this.#opening.underWay?.deployment ?? null;
  }

  /** An attempt was sent: if nothing of it is heard by then, somebody else is asked too. */
  arm(afterMs: number): void {
    this.disarm();
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#hooks.guard(() => this.#ask());
    }, afterMs);
  }

  /** The attempt has ended. Whoever is about to be asked is asked in its place. */
  disarm(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** Nobody else is wanted any more. */
  stop(): void {
    this.disarm();
    this.#opening.giveBack();
  }

  #ask(): void {
    const admitted = this.#parts.itinerary.hedge();
    if (admitted !== null) this.#opening.begin(admitted);
  }

  #notReady(admitted: Admitted, error: GatewayError): void {
    const running = this.#hooks.running();
    if (running === null) this.#hooks.onNotReady(admitted, error);
    else this.#parts.itinerary.afterUnsentBeside(admitted, error, running);
  }

  #notRecorded(failure: Error): void {
    const admitted = this.#opening.underWay;
    const running = this.#hooks.running();
    if (admitted === null) this.#hooks.onGone();
    else if (running === null) this.#hooks.onNotRecorded(failure);
    else {
      this.#opening.giveBack();
      const message = 'The ledger could not be written, so no second call was made.';
      const error = new GatewayError('ledger_unavailable', message, { cause: failure });
      this.#parts.itinerary.afterUnsentBeside(admitted, error, running);
    }
  }
}
