import type { GatewayError } from '../canonical/errors.ts';
import type { Usage } from '../canonical/usage.ts';
import { NOTHING } from './admission.ts';
import { isTold } from './answer-texts.ts';
import type { AnswerFacts } from './attempt-end.ts';
import { countedRequest } from './countable.ts';
import type { GatewayDependencies } from './dependencies.ts';
import { headOf } from './exchange-basis.ts';
import type { ExchangeBasis } from './exchange-basis.ts';
import type { ExchangeReport } from './exchange-report.ts';
import { settlementOf } from './rows.ts';
import type { KeptAnswer } from './relay.ts';
import type { Ending, Sending } from './sending.ts';
import { bookAttempt, mayHaveCost } from './settlement.ts';
import type { Booking, BookingInput } from './settlement.ts';

/** Books the attempts of one exchange, each once: its price, what the limits set aside for it, its row. */
export class ExchangeBooks {
  readonly #basis: ExchangeBasis;
  readonly #gateway: GatewayDependencies;
  readonly #report: ExchangeReport;
  /** Runs a step that came later, and catches what it throws. */
  readonly #later: (step: () => void) => void;
  #counting = 0;

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

  /** Whether the tokens of every attempt that was settled are known. */
  get areClosed(): boolean {
    return this.#counting === 0;
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

  /** Settles an attempt. Tokens that the upstream did not tell are counted first, on another thread. */
  settle(sending: Sending, ending: Ending): void {
    const { facts, error } = ending;
    const booking = ending.booking ?? this.book(sending, facts, error);
    if (booking !== null || !hasOutput(facts)) {
      this.#write(sending, ending, booking ?? this.#book(sending, facts, facts.usage, error), false);
      return;
    }
    const { pieces: answer, kind: answerKind } = facts.kept;
    const { model } = sending.target;
    const request = countedRequest(this.#basis.conversation, sending.wire, model);
    const input = { model, request, answer, answerKind };
    this.#counting++;
    this.#gateway.countTokens(input, (counted, estimated) => {
      this.#counting--;
      const usage = withCounted(facts.usage, counted);
      this.#later(() => this.#write(sending, ending, this.#book(sending, facts, usage, error), estimated));
    });
  }

  #write(sending: Sending, { outcome, facts, error, final }: Ending, booking: Booking, estimated: boolean): void {
    this.#report.attemptBooked({ booking, estimated });
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

/** Whether something of an answer was seen and kept, whose tokens can be counted. */
function hasOutput(facts: AnswerFacts): facts is AnswerFacts & { kept: KeptAnswer } {
  return (
    facts.kept !== null &&
    facts.kept.pieces.some((piece) => piece.length > 0) &&
    (!facts.isStream || facts.firstTokenAt !== null)
  );
}

function relayedBy({ call }: ExchangeBasis, { audioSeconds = null }: AnswerFacts): BookingInput['relayed'] {
  return call.face.relay === null ? null : { endpoint: call.face.relay, audioSeconds };
}
