import type { AttemptView, SettledExchange } from '../../canonical/feed-events.ts';
import { settledSpeed } from './reduce-exchange.ts';
import { endedAt, LIMITS } from './state.ts';
import type { ModelFigures, ProviderFigures } from './state.ts';

interface Kept {
  readonly figures: Map<string, ModelFigures>;
  readonly providers: Map<string, ProviderFigures>;
}

const NO_FIGURES: ModelFigures = { answered: 0, failed: 0, lastAt: 0, latenciesMs: [], firstTokensMs: [], rates: [] };
const NO_CALLS: ProviderFigures = { answered: 0, failed: 0, lastAt: 0, lastError: null };

/** Adds what an exchange that ended says of its targets. Those that were not used for longest give way. */
export function addFigures(kept: Kept, exchange: SettledExchange): void {
  for (const attempt of exchange.attempts) {
    if (attempt.outcome === null) continue;
    const model = kept.figures.get(attempt.target) ?? NO_FIGURES;
    put(kept.figures, attempt.target, withAttempt(model, attempt, exchange), LIMITS.targets);
    const provider = kept.providers.get(attempt.provider) ?? NO_CALLS;
    put(kept.providers, attempt.provider, withCall(provider, attempt, exchange.settled_at), LIMITS.providers);
  }
}

function withAttempt(before: ModelFigures, attempt: AttemptView, exchange: SettledExchange): ModelFigures {
  const lastAt = exchange.settled_at;
  if (attempt.outcome === 'failed') return { ...before, failed: before.failed + 1, lastAt };
  // Somebody who left says nothing of how fast the model is.
  if (attempt.outcome !== 'answered') return { ...before, lastAt };
  const first = attempt.first_token_at;
  return {
    ...before,
    answered: before.answered + 1,
    lastAt,
    latenciesMs: added(before.latenciesMs, Math.max(0, endedAt(exchange) - attempt.opened_at)),
    firstTokensMs: added(before.firstTokensMs, first === null ? null : Math.max(0, first - attempt.opened_at)),
    rates: added(before.rates, settledSpeed(exchange)),
  };
}

function withCall(before: ProviderFigures, attempt: AttemptView, at: number): ProviderFigures {
  if (attempt.outcome === 'answered') return { ...before, answered: before.answered + 1, lastAt: at };
  if (attempt.outcome !== 'failed') return { ...before, lastAt: at };
  const lastError = attempt.error_code ?? (attempt.status === null ? null : String(attempt.status));
  return { ...before, failed: before.failed + 1, lastAt: at, lastError: lastError ?? before.lastError };
}

function added(values: readonly number[], value: number | null): readonly number[] {
  if (value === null) return values;
  return values.length < LIMITS.figures ? [...values, value] : [...values.slice(1 - LIMITS.figures), value];
}

/** The map's own order is that of the last use. */
function put<T>(map: Map<string, T>, key: string, value: T, limit: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= limit) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}
