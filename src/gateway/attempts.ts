import type { GatewayError } from '../canonical/errors.ts';
import type { Deployment } from '../routing/group.ts';
import type { AnswerHeaders } from '../upstream/upstream.ts';
import type { Admitted } from './admission.ts';
import type { AttemptEnd } from './attempt-end.ts';
import type { ClientAnswer } from './client-answer.ts';
import type { Closing } from './closing.ts';
import type { GatewayDependencies } from './dependencies.ts';
import { dispatch } from './dispatch.ts';
import type { ExchangeBasis } from './exchange-basis.ts';
import type { ExchangeBooks } from './exchange-books.ts';
import type { ExchangeReport, NextStep } from './exchange-report.ts';
import { Hedging } from './hedging.ts';
import type { Itinerary } from './itinerary.ts';
import { JoinedAnswer } from './joined-answer.ts';
import { mayBeContinued } from './may-be-continued.ts';
import { newSending } from './new-sending.ts';
import type { SendingHooks } from './new-sending.ts';
import { Opening } from './opening.ts';
import type { OpeningHooks } from './opening.ts';
import type { Ending, Opened, Sending } from './sending.ts';
import { UnderWay } from './under-way.ts';

interface AttemptsParts {
  readonly basis: ExchangeBasis;
  readonly gateway: GatewayDependencies;
  readonly answer: ClientAnswer;
  readonly report: ExchangeReport;
  readonly books: ExchangeBooks;
  readonly closing: Closing;
}

interface AttemptsHooks extends Omit<OpeningHooks, 'onOpened'> {
  readonly onEnd: (sending: Sending, end: AttemptEnd) => void;
  readonly onBug: (cause: unknown) => void;
}

/** Makes the attempts of one exchange: opens them, sends them, a second one beside one that is late, and stops them. */
export class Attempts {
  readonly #parts: AttemptsParts;
  readonly #hooks: AttemptsHooks;
  readonly #opening: Opening;
  readonly #underWay: UnderWay;
  readonly #sendingHooks: SendingHooks;
  #itinerary: Itinerary | null = null;
  #hedging: Hedging | null = null;

  constructor(parts: AttemptsParts, hooks: AttemptsHooks) {
    const { books, gateway, report } = parts;
    const { guard, onNotReady, onNotRecorded, onEnd, onBug } = hooks;
    this.#parts = parts;
    this.#hooks = hooks;
    const onOpened = (opened: Opened): void => this.#send(opened, this.#opening);
    this.#opening = new Opening(books, gateway, { guard, onOpened, onNotReady, onNotRecorded });
    this.#underWay = new UnderWay({ books, report });
    this.#sendingHooks = {
      onCommit: (sending, headers) => this.#commit(sending, headers),
      onFirstEvent: ({ call, number }) => {
        call.firstEvent();
        report.firstEvent(number);
      },
      onEnd,
      onBug,
    };
  }

  /** What says when a second one is made beside the first; before the first is begun. */
  goBy(itinerary: Itinerary): void {
    this.#itinerary = itinerary;
  }

  /** Whether it is under way, or has answered and is not settled. */
  has(sending: Sending): boolean {
    return this.#underWay.has(sending);
  }

  begin(admitted: Admitted): void {
    this.#opening.begin(admitted);
  }

  /** What this one holds is given back with `giveBack`, until it is sent. */
  hold(admitted: Admitted): void {
    this.#opening.hold(admitted);
  }

  /** Those that are not sent yet will not be. */
  giveBack(): void {
    this.#opening.giveBack();
    this.#hedging?.stop();
  }

  /** One has failed: where the other one of two was sent, or is about to be; `null`: there is none. */
  runningBeside(sending: Sending): Deployment | null {
    this.#hedging?.disarm();
    return this.#underWay.deploymentBeside(sending) ?? this.#hedging?.asks ?? null;
  }

  /** This one answers, and nobody else is wanted. */
  decide(sending: Sending): void {
    this.#hedging?.stop();
    this.#itinerary?.answeredBy(sending.deployment);
    this.#underWay.decide(sending);
  }

  settle(sending: Sending, ending: Ending, next: NextStep | null): void {
    this.#underWay.settle(sending, ending, next);
  }

  /** The client has left: all are stopped, and the exchange is over. `false`: none is under way. */
  leave(): boolean {
    if (this.#underWay.first === null) return false;
    this.#hedging?.stop();
    this.#underWay.stopAll({ outcome: 'client_left', error: null });
    this.#parts.closing.finish({ outcome: 'client_left', status: null, error: null });
    return true;
  }

  /** A bug of ours: all are stopped as failed. */
  stopAll(error: GatewayError): void {
    this.giveBack();
    this.#underWay.stopAll({ outcome: 'failed', error });
  }

  #send(opened: Opened, opening: Opening): void {
    const { basis, gateway, report, answer, closing } = this.#parts;
    const sending = newSending(opened, basis, gateway, this.#sendingHooks, this.#joinedFor(opened));
    const isWanted = opening.sent(opened);
    if (!isWanted || this.#underWay.isDecided || closing.isOver) {
      this.#forget(sending);
      return;
    }
    this.#underWay.add(sending);
    report.attemptOpened(sending);
    if (closing.clientIsGone) {
      this.leave();
      return;
    }
    if (this.#underWay.isAlone(sending)) answer.attemptSent(opened);
    else answer.sentBeside(opened);
    opened.call.sent();
    sending.attempt.hold(dispatch(gateway, basis, opened, sending.attempt));
    this.#hedgeLater(sending);
  }

  /** Somebody has answered, or nobody waits any more, since its row was queued: it is not sent. */
  #forget(sending: Sending): void {
    const { closing } = this.#parts;
    const outcome = closing.clientIsGone ? 'client_left' : 'overtaken';
    this.#underWay.stop(sending, { outcome, error: null, final: false });
    closing.conclude();
  }

  #commit(sending: Sending, headers: AnswerHeaders): void {
    this.decide(sending);
    const { target, wire, joined } = sending;
    const { answer } = this.#parts;
    answer.joined = joined;
    if (joined?.mark(target) !== true) answer.beginStream({ headers, target, dropped: wire.dropped });
  }

  #joinedFor(opened: Opened): JoinedAnswer | null {
    const { answer, basis } = this.#parts;
    // What broke off is gone on with.
    if (answer.joined !== null) return answer.joined;
    const isBound = (this.#itinerary?.ties.boundTo ?? null) !== null;
    if (isBound || !mayBeContinued(opened)) return null;
    return new JoinedAnswer(opened.conversation, basis.call.response);
  }

  /** A call that failed at once is over already. */
  #hedgeLater(sending: Sending): void {
    const itinerary = this.#itinerary;
    // Of an answer that broke off nothing is asked twice.
    if (itinerary === null || this.#parts.answer.joined !== null) return;
    if (!this.#underWay.isAlone(sending) || this.#underWay.isDecided) return;
    const afterMs = itinerary.hedgeAfterMs(sending);
    if (afterMs === null) return;
    this.#hedging ??= this.#newHedging(itinerary);
    this.#hedging.arm(afterMs);
  }

  #newHedging(itinerary: Itinerary): Hedging {
    const { books, gateway, closing } = this.#parts;
    const { guard, onNotReady, onNotRecorded } = this.#hooks;
    return new Hedging(
      { itinerary, books, gateway },
      {
        guard,
        running: () => this.#underWay.first?.deployment ?? null,
        onOpened: (opened, opening) => this.#send(opened, opening),
        onNotReady,
        onNotRecorded,
        onGone: () => closing.conclude(),
      },
    );
  }
}
