import type { AttemptView, ExchangeView, UsageView } from '../canonical/feed-events.ts';
import { formatUsd } from '../canonical/money.ts';
import type { Usage } from '../canonical/usage.ts';
import { providerOf } from './answer-headers.ts';
import { headOf } from './exchange-basis.ts';
import type { ExchangeBasis } from './exchange-basis.ts';
import type { Ending, Opened, Sending } from './sending.ts';
import type { Booking } from './settlement.ts';

/** What an attempt was booked with. */
export interface Booked {
  readonly booking: Booking;
  /** Its tokens were counted here. */
  readonly estimated: boolean;
}

/** What an exchange has used and cost with all its attempts. */
export interface Totals {
  readonly usage: UsageView;
  /** `null`: unknown. */
  readonly costPico: number | null;
  readonly unpriced: boolean;
  readonly savedPico: number | null;
}

type Cost = Pick<ExchangeView, 'usage' | 'cost_usd' | 'unpriced'>;

/** An exchange with the attempts that it has had. Nothing of what was asked or answered but the model's name. */
export function exchangeView(
  basis: ExchangeBasis,
  openedAt: number,
  attempts: readonly AttemptView[],
  { usage, cost_usd, unpriced }: Cost,
): ExchangeView {
  const { call, profile, plan } = basis;
  const head = headOf(basis);
  return {
    exchange: call.exchangeId,
    opened_at: openedAt,
    endpoint: call.face.name,
    requested_model: head?.model ?? null,
    profile,
    client: call.client,
    key_id: call.keyId,
    stream: head?.stream ?? false,
    route: plan?.note ?? '',
    attempts: [...attempts],
    usage,
    cost_usd,
    unpriced,
  };
}

/** An attempt under way. */
export function sendingView(sending: Sending): AttemptView {
  return { ...openedView(sending), first_token_at: sending.attempt.firstTokenAt };
}

/** What is told of an attempt from its beginning on. */
export type ViewedOpening = Pick<Opened, 'target' | 'number' | 'openedAt'>;

interface ViewedEnding extends Pick<Ending, 'outcome' | 'error'> {
  readonly facts: Pick<Ending['facts'], 'firstTokenAt' | 'status'>;
  /** UTC milliseconds; `null`: with its exchange. */
  readonly endedAt: number | null;
}

export function endedView(opened: ViewedOpening, { outcome, facts, error, endedAt }: ViewedEnding): AttemptView {
  return {
    ...openedView(opened),
    ...(endedAt === null ? {} : { ended_at: endedAt }),
    first_token_at: facts.firstTokenAt,
    outcome,
    status: facts.status,
    error_code: error?.code ?? null,
  };
}

function openedView({ target, number, openedAt }: ViewedOpening): AttemptView {
  return {
    number,
    target: target.name,
    provider: providerOf(target),
    locality: target.locality,
    opened_at: openedAt,
    first_token_at: null,
    outcome: null,
    status: null,
    error_code: null,
  };
}

/** The sum of the bookings. What one of them does not know counts as nothing, what none of them knows is `null`. */
export function totalsOf(booked: readonly Booked[]): Totals {
  const usages = booked.map(({ booking }) => booking.usage);
  const tokens = (classOf: (usage: Usage) => number | null): number | null => sumOf(usages.map(classOf));
  return {
    usage: {
      input_tokens: tokens(({ inputTokens }) => inputTokens),
      output_tokens: tokens(({ outputTokens }) => outputTokens),
      cache_read_tokens: tokens(({ cacheReadTokens }) => cacheReadTokens),
      cache_write_tokens: tokens(({ cacheWrite5mTokens, cacheWrite1hTokens }) =>
        sumOf([cacheWrite5mTokens, cacheWrite1hTokens]),
      ),
      reasoning_tokens: tokens(({ reasoningTokens }) => reasoningTokens),
      estimated: booked.some(({ estimated }) => estimated),
    },
    costPico: sumOf(booked.map(({ booking }) => booking.costPico)),
    unpriced: booked.some(({ booking }) => booking.unpriced),
    savedPico: sumOf(booked.map(({ booking }) => booking.savedPico)),
  };
}

/** The sum of what is known; `null`: nothing is. */
export function sumOf(values: readonly (number | null)[]): number | null {
  let sum: number | null = null;
  for (const value of values) if (value !== null) sum = (sum ?? 0) + value;
  return sum;
}

export function dollars(pico: number | null): string | null {
  return pico === null ? null : formatUsd(BigInt(pico));
}
