import type { GatewayError } from '../canonical/errors.ts';
import type { Outcome } from '../canonical/outcome.ts';
import type { Target } from '../canonical/target.ts';
import { UNKNOWN_USAGE } from '../canonical/usage.ts';
import { cutId } from '../dialects/openai-chat/ids.ts';
import type { AttemptOpening, AttemptSettlement } from '../ledger/ledger.ts';
import { providerOf } from './answer-headers.ts';
import type { AnswerFacts } from './attempt-end.ts';
import { headOf } from './exchange-basis.ts';
import type { ExchangeBasis } from './exchange-basis.ts';
import type { Booking } from './settlement.ts';

export interface OpeningInput {
  /** `null`: there is none to be tried. */
  readonly target: Target | null;
  readonly number: number;
  readonly openedAt: number;
}

/** The row of an attempt as it is before it is sent. */
export function openingOf(basis: ExchangeBasis, { target, number, openedAt }: OpeningInput): AttemptOpening {
  const { call, profile } = basis;
  const head = headOf(basis);
  return {
    exchangeId: call.exchangeId,
    number,
    openedAt,
    endpoint: call.face.name,
    target: target?.name ?? null,
    provider: target === null ? null : providerOf(target),
    locality: target?.locality ?? null,
    requestedModel: head?.model ?? null,
    stream: head?.stream ?? false,
    client: call.client,
    keyId: call.keyId,
    profile,
    demo: target?.via.kind === 'demo',
  };
}

export interface Ending {
  readonly exchangeId: string;
  readonly number: number;
  readonly outcome: Outcome;
  readonly facts: AnswerFacts;
  readonly error: GatewayError | null;
  /** The exchange ended with this attempt. */
  readonly final: boolean;
  readonly booking: Booking;
  readonly estimated: boolean;
  readonly settledAt: number;
}

/** How the row of an attempt is settled. */
export function settlementOf(ending: Ending): AttemptSettlement {
  const { facts, booking } = ending;
  const requestId = facts.headers['x-request-id'] ?? facts.headers['request-id'];
  return {
    exchangeId: ending.exchangeId,
    number: ending.number,
    outcome: ending.outcome,
    final: ending.final,
    status: facts.status,
    errorCode: ending.error?.code ?? null,
    actualModel: facts.actualModel,
    upstreamRequestId: typeof requestId === 'string' ? cutId(requestId) : null,
    upstreamResponseId: facts.responseId,
    firstTokenAt: facts.firstTokenAt,
    settledAt: ending.settledAt,
    usage: booking.usage,
    estimated: ending.estimated,
    costPico: booking.costPico,
    unpriced: booking.unpriced,
    priceVersion: booking.priceVersion,
    stoodInFor: booking.stoodInFor,
    savedPico: booking.savedPico,
  };
}

/** The end of an exchange that was refused before any attempt. */
export function refusalOf(opening: AttemptOpening, error: GatewayError): AttemptSettlement {
  return { ...unsent(opening, error), outcome: 'refused', final: true, status: error.status };
}

/** An attempt that was not made, since its target cannot be asked this. */
export function skippedOf(opening: AttemptOpening, error: GatewayError, final: boolean): AttemptSettlement {
  return { ...unsent(opening, error), outcome: 'failed', final, status: null };
}

/** The end of an exchange in a wait, behind attempts or before any. `null`: nothing failed, the client left. */
export function endOf(
  opening: AttemptOpening,
  outcome: 'failed' | 'client_left',
  error: GatewayError | null,
): AttemptSettlement {
  return { ...unsent(opening, error), outcome, final: true, status: null };
}

type Unsent = Omit<AttemptSettlement, 'outcome' | 'final' | 'status'>;

function unsent(opening: AttemptOpening, error: GatewayError | null): Unsent {
  return {
    exchangeId: opening.exchangeId,
    number: opening.number,
    errorCode: error?.code ?? null,
    actualModel: null,
    upstreamRequestId: null,
    upstreamResponseId: null,
    firstTokenAt: null,
    settledAt: opening.openedAt,
    usage: UNKNOWN_USAGE,
    estimated: false,
    costPico: null,
    unpriced: false,
    priceVersion: null,
    stoodInFor: null,
    savedPico: null,
  };
}
