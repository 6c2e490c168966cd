import type { AttemptView, ExchangeView, FeedEvent, SettledExchange } from '../../canonical/feed-events.ts';
import { endedAt, lastAttempt, LIMITS } from './state.ts';
import type { InFlight, Settled } from './state.ts';

/*
 * One exchange under way, step by step. The feed sends `exchange.opened` again for every further attempt: what it
 * brings replaces what was known, but for what only the events in between have told.
 */

/** `before`: what was known of it, when it is told anew. */
export function beginExchange(exchange: ExchangeView, at: number, before: InFlight | undefined): InFlight {
  const attempts = exchange.attempts.slice(-LIMITS.attempts);
  const begun = attempts.find(({ first_token_at: first }) => first !== null);
  return {
    exchange: { ...exchange, attempts },
    nextSteps: before?.nextSteps ?? new Map(),
    firstTokenAt: begun?.first_token_at ?? before?.firstTokenAt ?? null,
    progressAt: (exchange.usage.output_tokens ?? 0) > 0 ? at : (before?.progressAt ?? null),
  };
}

export function firstToken(before: InFlight, number: number, at: number): InFlight {
  const { exchange } = before;
  const attempts = exchange.attempts.map((attempt) =>
    attempt.number === number ? { ...attempt, first_token_at: at } : attempt,
  );
  return { ...before, exchange: { ...exchange, attempts }, firstTokenAt: before.firstTokenAt ?? at };
}

export function progress(before: InFlight, event: Extract<FeedEvent, { type: 'exchange.progress' }>): InFlight {
  const { exchange } = before;
  const usage = { ...exchange.usage, output_tokens: event.output_tokens, estimated: true };
  return {
    ...before,
    exchange: { ...exchange, usage, cost_usd: event.cost_usd },
    firstTokenAt: before.firstTokenAt ?? event.at,
    progressAt: event.at,
  };
}

export function failAttempt(
  before: InFlight,
  attempt: AttemptView,
  next: Extract<FeedEvent, { type: 'attempt.failed' }>['next'],
): InFlight {
  const { exchange } = before;
  const others = exchange.attempts.filter(({ number }) => number !== attempt.number);
  const attempts = [...others, attempt].sort((a, b) => a.number - b.number).slice(-LIMITS.attempts);
  const nextSteps = new Map([...before.nextSteps, [attempt.number, next] as const].slice(-LIMITS.attempts));
  return { ...before, exchange: { ...exchange, attempts }, nextSteps };
}

export function settle(exchange: SettledExchange, before: InFlight | undefined): Settled {
  const attempts = exchange.attempts.slice(-LIMITS.attempts);
  return { exchange: { ...exchange, attempts }, nextSteps: before?.nextSteps ?? new Map() };
}

/** Output tokens a second since the first; `null`: none came. A stream that stands still gets slower. */
export function speedOf({ exchange, firstTokenAt, progressAt }: InFlight, now: number): number | null {
  const tokens = exchange.usage.output_tokens;
  if (tokens === null || tokens === 0 || firstTokenAt === null || progressAt === null) return null;
  const until = now - progressAt > STILL_MS ? now : progressAt;
  return until <= firstTokenAt ? null : (tokens * 1000) / (until - firstTokenAt);
}

/** Output tokens a second of a stream that has ended; `null`: it was none, or too short to tell. */
export function settledSpeed(exchange: SettledExchange): number | null {
  const tokens = exchange.usage.output_tokens;
  const first = lastAttempt(exchange)?.first_token_at ?? null;
  if (!exchange.stream || tokens === null || tokens < 2 || first === null) return null;
  const took = endedAt(exchange) - first;
  return took < LEAST_MS ? null : (tokens * 1000) / took;
}

/** Progress is told twice a second; after this without, nothing is coming. */
const STILL_MS = 2000;
const LEAST_MS = 20;
