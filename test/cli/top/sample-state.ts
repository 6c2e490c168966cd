import type { FeedEvent } from '../../../src/canonical/feed-events.ts';
import { reduce } from '../../../src/cli/top/reduce.ts';
import { initialState, priceKey } from '../../../src/cli/top/state.ts';
import type { Action, TopState, View } from '../../../src/cli/top/state.ts';
import type { DeploymentEntry } from '../../../src/daemon/deployments-document.ts';
import type { ModelName } from '../../../src/daemon/status.ts';
import type { OverviewGroup, OverviewPoint, SpendOverview } from '../../../src/ledger/questions/overview.ts';
import type { SpendSums } from '../../../src/ledger/questions/spend.ts';
import { servedModel, serverStatus, statusDocument } from '../../helpers/status-document.ts';
import { PROFILES } from './fake-daemon.ts';
import { attempt, BEGAN_AT, exchange, opened, settled, settledExchange, snapshot } from './feed-samples.ts';

const NOW = BEGAN_AT + 10_000;

/** A morning's worth of everything that the views can show. */
export function sampleState(columns: number, rows: number, changes: readonly Timeless<Action>[] = []): TopState {
  const all: Timeless<Action>[] = [
    { type: 'connection', connection: { kind: 'connected', at: BEGAN_AT } },
    { type: 'events', events: EVENTS },
    { type: 'profiles', profiles: { ...PROFILES, active: 'prod' } },
    { type: 'status', status: STATUS },
    { type: 'models', models: { v: 1, profile: 'prod', models: MODELS } },
    { type: 'deployments', deployments: { v: 1, profile: 'prod', deployments: DEPLOYMENTS } },
    { type: 'price', key: priceKey('openai/gpt-4o', 'openai/gpt-4o'), price: { input_usd: '2.5', output_usd: '10' } },
    {
      type: 'price',
      key: priceKey('ollama/qwen3:32b', 'ollama/qwen3:32b'),
      price: { input_usd: '0', output_usd: '0' },
    },
    { type: 'price', key: priceKey('openai/new', 'openai/new'), price: null },
    { type: 'spend', spend: SPEND },
    ...changes,
  ];
  const start = initialState({ at: BEGAN_AT, columns, rows, command: 'llmgw' });
  return all.reduce((state, action) => reduce(state, { ...action, at: NOW }), start);
}

type Timeless<A> = A extends unknown ? Omit<A, 'at'> : never;

export function pressed(text: string): Timeless<Action> {
  return { type: 'key', key: { kind: 'character', text } };
}

export function showing(view: View): Timeless<Action> {
  return pressed({ live: '1', spend: '2', models: '3', providers: '4', deployments: '5' }[view]);
}

const cloud = attempt({
  target: 'openai/gpt-4o',
  provider: 'openai',
  locality: 'cloud',
  opened_at: BEGAN_AT + 6000,
});
const failed = attempt({
  ...cloud,
  target: 'anthropic/claude-sonnet-4-5',
  provider: 'anthropic',
  outcome: 'failed',
  status: 529,
  error_code: 'upstream_overloaded',
});

const EVENTS: readonly FeedEvent[] = [
  snapshot({
    profile: 'prod',
    in_flight: [exchange('0198c0de-1', { opened_at: BEGAN_AT + 5000, client: 'Claude Code' })],
  }),
  opened(exchange('0198c0de-2', { opened_at: BEGAN_AT + 6000, profile: 'prod', attempts: [cloud], route: 'gpt-4o' })),
  { v: 1, at: BEGAN_AT + 6420, type: 'exchange.first_token', exchange: '0198c0de-2', number: 1 },
  {
    v: 1,
    at: BEGAN_AT + 9420,
    type: 'exchange.progress',
    exchange: '0198c0de-2',
    number: 1,
    output_tokens: 120,
    cost_usd: '0.0012',
  },
  // A name that steers the terminal, turns the writing around, and is wider than its characters.
  opened(
    exchange('0198c0de-3', {
      opened_at: BEGAN_AT + 9000,
      requested_model: '提示\u001b[31m\u202emodel\u0007',
      client: 'x\u009b2J',
    }),
  ),
  settled(settledExchange('0198c0de-4')),
  settled(
    settledExchange('0198c0de-5', {
      attempts: [failed, { ...cloud, number: 2, first_token_at: BEGAN_AT + 7000, outcome: 'answered', status: 200 }],
      requested_model: 'claude-sonnet-4-5',
      route: 'claude-sonnet-4-5 > openai/gpt-4o (fallback)',
      settled_at: BEGAN_AT + 8000,
      opened_at: BEGAN_AT + 6000,
      cost_usd: '0.0123',
      unpriced: true,
      saved_usd: null,
    }),
  ),
  settled(
    settledExchange('0198c0de-6', {
      attempts: [failed],
      outcome: 'failed',
      status: 503,
      error_code: 'upstream_overloaded',
    }),
  ),
  settled(
    settledExchange('0198c0de-7', { attempts: [], outcome: 'refused', status: 422, error_code: 'budget_exceeded' }),
  ),
  settled(settledExchange('0198c0de-8', { outcome: 'client_left', status: null, cost_usd: null, unpriced: true })),
];

const STATUS = statusDocument({
  providers: [
    {
      id: 'openai',
      name: 'OpenAI',
      credential: 'keychain',
      state: 'ready',
      api_base: 'https://api.openai.com/v1',
      models: 61,
    },
    {
      id: 'mistral',
      name: 'Mistral',
      credential: null,
      state: 'locked',
      api_base: 'https://api.mistral.ai/v1',
      models: 0,
    },
  ].map((provider) => ({ ...provider, state: provider.state === 'locked' ? 'locked' : 'ready' })),
  provider_problems: ['The keychain is locked: the key of `mistral` cannot be read.'],
  servers: [
    serverStatus({ models: [servedModel('qwen3:32b', { loaded: true }), servedModel('qwen3:8b', { loaded: false })] }),
    serverStatus({ name: 'vllm', kind: 'vllm', origin: 'http://127.0.0.1:8000', state: 'down', problem: 'refused' }),
  ],
});

const model = (name: string, changes: Partial<ModelName>): ModelName => ({
  name,
  group: 'local',
  targets: [name],
  capabilities: null,
  context_length: null,
  loaded: null,
  ...changes,
});

const MODELS: readonly ModelName[] = [
  model('fast', { group: 'alias', targets: ['ollama/qwen3:8b'], context_length: 40_960, loaded: false }),
  model('ollama/qwen3:32b', { context_length: 40_960, loaded: true }),
  model('openai/gpt-4o', { group: 'cloud', context_length: 131_072 }),
  model('openai/new', { group: 'cloud' }),
];

const deployment = (id: string, changes: Partial<DeploymentEntry> = {}): DeploymentEntry => ({
  name: 'chat',
  id,
  target: id,
  order: 1,
  weight: null,
  state: 'open',
  reason: null,
  until: null,
  in_flight: 0,
  requests: 0,
  requests_limit: null,
  tokens: 0,
  tokens_limit: null,
  first_token_ms: null,
  ...changes,
});

const DEPLOYMENTS: readonly DeploymentEntry[] = [
  deployment('eu-1', {
    target: 'openai-eu/gpt-4o',
    weight: 9,
    in_flight: 3,
    requests: 41,
    requests_limit: 100,
    tokens: 51_200,
    tokens_limit: 100_000,
    first_token_ms: 312,
  }),
  deployment('azure-se/gpt-4o', {
    order: 2,
    state: 'cooled',
    reason: 'azure-se answered 429: requests to this deployment have exceeded the rate limit',
    until: new Date(NOW + 25_000).toISOString(),
    requests: 12,
  }),
  deployment('openai/gpt-4o', { order: 3, state: 'hindered', reason: 'no usable credential' }),
  deployment('groq/llama-3.3-70b', { name: 'fast', state: 'trial', reason: 'answered 500' }),
  deployment('vllm/qwen3', {
    name: 'long',
    state: 'down',
    reason: 'Nobody listens at http://127.0.0.1:8000; start it.',
  }),
];

const sums = (requests: number, cost: bigint | null, changes: Partial<SpendSums> = {}): SpendSums => ({
  requests,
  attempts: requests,
  failed: 0,
  estimated: 0,
  unpriced: 0,
  inputTokens: requests * 900,
  outputTokens: requests * 120,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
  localTokens: 0,
  cost,
  saved: 0n,
  ...changes,
});

const DOLLAR = 1_000_000_000_000n;
const group = (value: string | null, share: number, of: SpendSums): OverviewGroup => ({
  ...of,
  value,
  demo: false,
  share,
});
const point = (index: number): OverviewPoint => ({
  label: String(index),
  from: BEGAN_AT + index * 3_600_000,
  cost: (DOLLAR * BigInt((index * 7) % 11)) / 100n,
  saved: 0n,
  unpriced: 0,
  requests: index,
});

const SPEND: SpendOverview = {
  at: NOW,
  timeZone: 'UTC',
  today: sums(123, (DOLLAR * 12n) / 10n, { saved: DOLLAR * 2n }),
  week: sums(1234, DOLLAR * 32n, { saved: DOLLAR * 11n }),
  month: sums(56_789, DOLLAR * 124n, { saved: DOLLAR * 40n, unpriced: 3 }),
  burnPerHour: DOLLAR / 8n,
  projection: {
    cost: DOLLAR * 310n,
    basis: 'the month so far, and for the rest of it the mean of the last seven days',
  },
  groups: {
    model: [
      group('gpt-4o', 0.75, sums(40_000, DOLLAR * 93n)),
      group('claude-sonnet-4-5', 0.25, sums(6789, DOLLAR * 31n)),
      group('qwen3:32b', 0, sums(10_000, 0n, { saved: DOLLAR * 40n })),
      group('new', 0, sums(3, null, { unpriced: 3 })),
    ],
    provider: [group('openai', 0.75, sums(40_000, DOLLAR * 93n)), group('anthropic', 0.25, sums(6789, DOLLAR * 31n))],
    profile: [group('prod', 1, sums(46_789, DOLLAR * 124n)), group('dev', 0, sums(10_000, 0n))],
    client: [group(null, 1, sums(56_789, DOLLAR * 124n))],
  },
  groupCounts: { model: 31, provider: 2, profile: 2, client: 1 },
  hours: Array.from({ length: 24 }, (_, index) => point(index)),
  days: Array.from({ length: 30 }, (_, index) => point(index)),
  demoLeftOut: 10_930,
};
