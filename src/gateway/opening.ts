import { GatewayError } from '../canonical/errors.ts';
import { NOTHING } from './admission.ts';
import type { Admitted } from './admission.ts';
import type { GatewayDependencies } from './dependencies.ts';
import type { ExchangeBooks } from './exchange-books.ts';
import { readied } from './ready-attempt.ts';
import type { Ready } from './ready-attempt.ts';
import { openedOf } from './sending.ts';
import type { Opened } from './sending.ts';
import type { Wire } from './wire.ts';

export interface OpeningHooks {
  /** Runs a step that came later, and catches what it throws. */
  readonly guard: (step: () => void) => void;
  /** The row is in the file, or need not be: the attempt is to be sent. */
  readonly onOpened: (opened: Opened) => void;
  /** What had to be fetched for it could not be had; what it held is given back. */
  readonly onNotReady: (admitted: Admitted, error: GatewayError) => void;
  /** Its row cannot be written, and it would be paid for. */
  readonly onNotRecorded: (failure: Error) => void;
}

/** What comes between an attempt's admission and its sending: what is fetched for it, and its row. */
export class Opening {
  readonly #books: ExchangeBooks;
  readonly #gateway: GatewayDependencies;
  readonly #hooks: OpeningHooks;
  /** The attempt that is fetched for, or whose row is being written. */
  #admitted: Admitted | null = null;

  constructor(books: ExchangeBooks, gateway: GatewayDependencies, hooks: OpeningHooks) {
    this.#books = books;
    this.#gateway = gateway;
    this.#hooks = hooks;
  }

  /** The attempt that is fetched for, or whose row is being written; `null`: none. */
  get underWay(): Admitted | null {
    return this.#admitted;
  }

  /** What this one holds is given back with `giveBack`, until it is sent. */
  hold(admitted: Admitted): void {
    this.#admitted = admitted;
  }

  begin(admitted: Admitted): void {
    const { guard } = this.#hooks;
    this.#admitted = admitted;
    if (!(admitted.wire instanceof Promise)) this.#open(admitted, admitted.wire);
    else
      readied(admitted, this.#gateway.now).then(
        (ready) => guard(() => this.#ready(admitted, ready)),
        (reason: unknown) => guard(() => this.#notReady(admitted, reason)),
      );
  }

  /** From now on it is settled as one that was sent. `false`: it was given back while its row was being written. */
  sent({ hold }: Opened): boolean {
    const isWanted = this.#admitted?.hold === hold;
    if (isWanted) this.#admitted = null;
    return isWanted;
  }

  /** The attempt that was held or begun last is not made, unless it was sent. */
  giveBack(): void {
    this.#admitted?.hold.settle(NOTHING, this.#gateway.now());
    this.#admitted?.call.released();
    this.#admitted = null;
  }

  /** Where it was given back meanwhile, nobody wants it any more. */
  #ready(admitted: Admitted, ready: Ready): void {
    if (this.#admitted === admitted) this.#open(ready, ready.wire);
  }

  /** Queues the attempt's row; the attempt is sent when the row is in the file. */
  #open(admitted: Admitted, wire: Wire): void {
    const { guard, onOpened, onNotRecorded } = this.#hooks;
    const openedAt = this.#gateway.now();
    const number = this.#books.open(admitted, openedAt, (failure) => {
      guard(() => {
        if (failure !== null && admitted.target.locality === 'cloud') {
          onNotRecorded(failure);
          return;
        }
        onOpened(openedOf(admitted, { wire, number, openedAt, recorded: failure === null }));
      });
    });
  }

  #notReady(admitted: Admitted, reason: unknown): void {
    const isWanted = this.#admitted === admitted;
    this.#admitted = null;
    if (!(reason instanceof GatewayError)) throw reason;
    if (!isWanted) return;
    this.#hooks.onNotReady(admitted, reason);
  }
}
