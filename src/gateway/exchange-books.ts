import type { GatewayError } from '../canonical/errors.ts';
import type { Usage } from '../canonical/usage.ts';
import { NOTHING } from './admission.ts';
import type { Admitted } from './admission.ts';
import { isTold } from './answer-texts.ts';
import type { AnswerFacts, AttemptEnd } from './attempt-end.ts';
import { countedRequest } from './countable.ts';
import type { GatewayDependencies } from './dependencies.ts';
import { headOf } from './exchange-basis.ts';
import type { ExchangeBasis } from './exchange-basis.ts';
import type { ExchangeReport } from './exchange-report.ts';
import { endOf, openingOf, refusalOf, settlementOf, skippedOf } from './rows.ts';
import type { KeptAnswer } from './relay.ts';
import type { Ending, Sending } from './sending.ts';
import { bookAttempt, mayHaveCost } from './settlement.ts';
import type { Booking, BookingInput } from './settlement.ts';

/** Told what the upstream told, with what was counted besides; `null`: nothing could be. */
type OnCounted = (usage: Usage | null, estimated: boolean) => void;

/** How long a whole answer is kept back for the number of its tokens: a thread may have to be started for that. */
const MAX_WAIT_FOR_COUNT_MS = 250;

type AnsweredEnd = Extract<AttemptEnd, { readonly kind: 'answered' }>;

/** Books the attempts of one exchange, each once: its price, what the limits set aside for it, its row. */
export class ExchangeBooks {
  readonly #basis: ExchangeBasis;
  readonly #gateway: GatewayDependencies;
  readonly #report: ExchangeReport;
  /** Runs a step that came later, and catches what it throws. */
  readonly #later: (step: () => void) => void;
  #counting = 0;
  #opening = 0;
  #attempts = 0;
  /** The last attempt whose tokens are being counted, and who waits for them. */
  #beingCounted: { readonly sending: Sending; readonly waiting: OnCounted[] } | null = null;

  constructor(
    basis: ExchangeBasis,
    gateway: GatewayDependencies,
    report: ExchangeReport,
    later: (step: () => void) => void,
  ) {
    this.#basis = basis;
    this.#gateway = gateway;
    this.#report = report;
    this.#later = later;
  }

  /** Whether no row is being opened, and the tokens of every attempt that was settled are known. */
  get areClosed(): boolean {
    return this.#counting === 0 && this.#opening === 0;
  }

  /** Writes the row of an exchange that ends before any attempt. */
  refuse(error: GatewayError): void {
    const opening = openingOf(this.#basis, { target: null, number: 0, openedAt: this.#gateway.now() });
    this.#gateway.ledger.refuse(opening, refusalOf(opening, error));
  }

  /** Rows that were written for attempts, made or not. */
  get attempts(): number {
    return this.#attempts;
  }

  /** Queues the row of the next attempt, behind those of targets that turned out to be none. Returns its number. */
  open({ target }: Admitted, openedAt: number, done: (failure: Error | null) => void): number {
    this.#skip(false);
    const number = ++this.#attempts;
    this.#opening++;
    this.#gateway.ledger.open(openingOf(this.#basis, { target, number, openedAt }), (failure) => {
      this.#opening--;
      done(failure);
    });
    return number;
  }

  /**
   * Writes the end of an exchange of whose attempts none is its end: as that of the last target which turned out to be
   * none, else in a row without a target.
   */
  end(outcome: 'failed' | 'client_left', error: GatewayError | null): void {
    const isSkip = outcome === 'failed' && this.#basis.skipped.hasMore;
    this.#skip(isSkip);
    if (isSkip) return;
    const number = this.#attempts === 0 ? 0 : this.#attempts + 1;
    const opening = openingOf(this.#basis, { target: null, number, openedAt: this.#gateway.now() });
    this.#gateway.ledger.refuse(opening, endOf(opening, outcome, error));
  }

  /** Writes rows as of attempts that failed at once and cost nothing. `isEnd`: none follows. */
  #skip(isEnd: boolean): void {
    const skipped = this.#basis.skipped.take();
    skipped.forEach(({ target, error }, index) => {
      const number = ++this.#attempts;
      const opening = openingOf(this.#basis, { target, number, openedAt: this.#gateway.now() });
      const isLast = isEnd && index === skipped.length - 1;
      this.#gateway.ledger.refuse(opening, skippedOf(opening, error, isLast));
      this.#report.targetSkipped({ target, number, openedAt: opening.openedAt }, error);
      const { exchangeId: exchange } = opening;
      this.#gateway.logger.warn({ exchange, target: target.name, code: error.code }, 'a target cannot be asked this');
    });
  }

  /** What an attempt costs, told to the limits; `null`: its tokens must be counted first. */
  book(sending: Sending, facts: AnswerFacts, error: GatewayError | null): Booking | null {
    const isCounted = !isTold(facts.usage) && hasOutput(facts) && sending.recorded;
    return isCounted ? null : this.#book(sending, facts, facts.usage, error);
  }

  /** Books an attempt that its server never took up: it cost nothing. */
  bookUnheard(sending: Sending, facts: AnswerFacts): Booking {
    return this.#book(sending, facts, null, null, false);
  }

  /**
   * Settles an attempt. Tokens that the upstream did not tell are counted first, on another thread. Where no target
   * behind it could be asked, the exchange ends with the rows of those.
   */
  settle(sending: Sending, ending: Ending): void {
    const isFollowed = ending.final && ending.outcome === 'failed' && this.#basis.skipped.hasMore;
    this.#settle(sending, isFollowed ? { ...ending, final: false } : ending);
    if (isFollowed) this.#skip(true);
  }

  #settle(sending: Sending, ending: Ending): void {
    const { facts, error } = ending;
    const booking = isPromptCounted(sending, ending) ? null : (ending.booking ?? this.book(sending, facts, error));
    if (booking !== null) {
      this.#write(sending, ending, booking, facts.estimated === true);
      return;
    }
    this.#count(sending, facts, (usage, estimated) => {
      this.#write(sending, ending, this.#book(sending, facts, usage, error), estimated);
    });
  }

  /**
   * Gives back an answer whose client has a right to its tokens and its cost once they are known, maybe now. Who waits
   * for them long gets a guess: the row has what is counted then.
   */
  whenTold(sending: Sending, { facts, body }: AnsweredEnd, done: (end: Omit<AnsweredEnd, 'kind'>) => void): void {
    const withCounted = body?.withCounted;
    if (body === null || withCounted === undefined) {
      done({ facts, body });
      return;
    }
    let isDone = false;
    const guess = setTimeout(() => {
      isDone = true;
      this.#later(() => done({ facts, body: { ...body, body: withCounted(null) } }));
    }, MAX_WAIT_FOR_COUNT_MS);
    this.#count(sending, facts, (usage, estimated) => {
      clearTimeout(guess);
      if (isDone) return;
      done({ facts: { ...facts, usage, estimated, kept: null }, body: { ...body, body: withCounted(usage) } });
    });
  }

  /** Counts what the upstream did not tell, once for each attempt, whoever asks. */
  #count(sending: Sending, facts: AnswerFacts, done: OnCounted): void {
    if (this.#beingCounted?.sending === sending) {
      this.#beingCounted.waiting.push(done);
      return;
    }
    const waiting = [done];
    this.#beingCounted = { sending, waiting };
    const { pieces: answer, kind: answerKind } = facts.kept ?? NOTHING_KEPT;
    const { model } = sending.target;
    const request = countedRequest(sending.conversation, sending.wire, model);
    const input = { model, request, answer, answerKind };
    this.#counting++;
    this.#gateway.countTokens(input, (counted, estimated) => {
      this.#counting--;
      if (this.#beingCounted?.waiting === waiting) this.#beingCounted = null;
      const usage = withCounted(facts.usage, counted);
      // All in one step: behind it the exchange may be over.
      this.#later(() => {
        for (const told of waiting) told(usage, estimated);
      });
    });
  }

  #write(sending: Sending, { outcome, facts, error, final }: Ending, booking: Booking, estimated: boolean): void {
    this.#report.attemptBooked({ booking, estimated });
    if (outcome === 'failed' && facts.firstTokenAt !== null) sending.joined?.took(booking.usage);
    if (!sending.recorded) return;
    const { exchangeId } = this.#basis.call;
    const { number } = sending;
    const settledAt = this.#gateway.now();
    const row = { exchangeId, number, outcome, facts, error, final, booking, estimated, settledAt };
    this.#gateway.ledger.settle(settlementOf(row));
  }

  #book(
    sending: Sending,
    facts: AnswerFacts,
    usage: Usage | null,
    error: GatewayError | null,
    isHeard = sending.attempt.wasSent,
  ): Booking {
    const { plan } = this.#basis;
    let costPico: Booking['costPico'] = null;
    try {
      const booking = bookAttempt({
        target: sending.target,
        billing: sending.deployment.billing,
        isMocked: sending.wire.mock !== null,
        requestedModel: headOf(this.#basis)?.model ?? '',
        standsInFor: plan?.standsInFor ?? null,
        actualModel: facts.actualModel,
        usage,
        relayed: relayedBy(this.#basis, facts),
        mayHaveCost: isHeard && mayHaveCost(facts, error),
        at: sending.openedAt,
        prices: this.#gateway.prices(),
      });
      costPico = booking.costPico === null && !booking.unpriced ? NOTHING : booking.costPico;
      return booking;
    } finally {
      sending.hold.settle(costPico, this.#gateway.now());
    }
  }
}

const NOTHING_KEPT: KeptAnswer = { kind: 'text', pieces: [] };

/** What the upstream told, with what it did not tell as it was counted. */
function withCounted(told: Usage | null, counted: Usage | null): Usage | null {
  if (told === null || counted === null) return told ?? counted;
  const { inputTokens, outputTokens } = told;
  return {
    ...told,
    inputTokens: inputTokens ?? counted.inputTokens,
    outputTokens: outputTokens ?? counted.outputTokens,
  };
}

/** Of an attempt that was stopped in favour of another nothing may have been heard: it read the prompt at least. */
function isPromptCounted({ attempt, recorded }: Sending, { outcome, facts }: Ending): boolean {
  return outcome === 'overtaken' && attempt.wasSent && recorded && !isTold(facts.usage);
}

/** Whether something of an answer was seen and kept, whose tokens can be counted. */
function hasOutput(facts: AnswerFacts): boolean {
  return (
    facts.kept !== null &&
    facts.kept.pieces.some((piece) => piece.length > 0) &&
    (!facts.isStream || facts.firstTokenAt !== null)
  );
}

function relayedBy({ call }: ExchangeBasis, { audioSeconds = null }: AnswerFacts): BookingInput['relayed'] {
  return call.face.relay === null ? null : { endpoint: call.face.relay, audioSeconds };
}
