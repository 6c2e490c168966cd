import type {
  AttemptView,
  ExchangeView,
  FeedEvent,
  SettledExchange,
  Snapshot,
} from '../../../src/canonical/feed-events.ts';

/** Events as the daemon sends them; the types are the contract's. */

export const BEGAN_AT = Date.UTC(2026, 10, 20, 10, 0, 0);

export function attempt(changes: Partial<AttemptView> = {}): AttemptView {
  return {
    number: 1,
    target: 'ollama/qwen3:32b',
    provider: 'ollama',
    locality: 'local',
    opened_at: BEGAN_AT,
    first_token_at: null,
    outcome: null,
    status: null,
    error_code: null,
    ...changes,
  };
}

export function exchange(id: string, changes: Partial<ExchangeView> = {}): ExchangeView {
  return {
    exchange: id,
    opened_at: BEGAN_AT,
    endpoint: 'chat/completions',
    requested_model: 'gpt-4o',
    profile: 'dev',
    client: 'openai-python',
    key_id: 'default',
    stream: true,
    route: 'gpt-4o > ollama/qwen3:32b (stand-in)',
    attempts: [attempt()],
    usage: {
      input_tokens: null,
      output_tokens: null,
      cache_read_tokens: null,
      cache_write_tokens: null,
      reasoning_tokens: null,
      estimated: false,
    },
    cost_usd: null,
    unpriced: false,
    ...changes,
  };
}

export function settledExchange(id: string, changes: Partial<SettledExchange> = {}): SettledExchange {
  const first = attempt({ first_token_at: BEGAN_AT + 420, outcome: 'answered', status: 200 });
  return {
    ...exchange(id),
    attempts: [first],
    usage: {
      input_tokens: 1234,
      output_tokens: 96,
      cache_read_tokens: 1000,
      cache_write_tokens: 0,
      reasoning_tokens: 12,
      estimated: false,
    },
    cost_usd: '0',
    settled_at: BEGAN_AT + 3420,
    outcome: 'answered',
    status: 200,
    error_code: null,
    saved_usd: '0.004045',
    ...changes,
  };
}

export function snapshot(changes: Partial<Snapshot> = {}): Snapshot {
  return {
    v: 1,
    at: BEGAN_AT,
    type: 'snapshot',
    version: '0.1.0',
    instance_id: 'instance-1',
    started_at: BEGAN_AT - 60_000,
    profile: 'dev',
    profiles: ['dev', 'prod'],
    config_problem: null,
    in_flight: [],
    servers: [],
    ...changes,
  };
}

export function opened(of: ExchangeView, at = of.opened_at): FeedEvent {
  return { v: 1, at, type: 'exchange.opened', exchange: of };
}

export function settled(of: SettledExchange): FeedEvent {
  return { v: 1, at: of.settled_at, type: 'exchange.settled', exchange: of };
}
