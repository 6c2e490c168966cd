import { formatDuration } from '../units.ts';
import { STRATEGIES, strategyNamed } from '../../canonical/strategy.ts';
import type { Strategy } from '../../canonical/strategy.ts';
import { ownName } from '../group-fields.ts';
import { groupName } from '../model-names.ts';
import { readFailurePolicy } from './failure-words.ts';
import type { Bounds, Field } from './field.ts';
import { readDefaultFallbacks, readFallbacks } from './fallbacks.ts';
import { forEach, ignored, later, noteUnknown, read, replaced } from './key-rule.ts';
import type { KeyRule, KeyTable } from './key-rule.ts';
import { nearestKey } from './note.ts';
import type { ChainKind, SettingsDraft } from './settings-draft.ts';
import type { TimeLimits } from './deployment-draft.ts';
import { escapeDollars } from './value.ts';
import type { NativeMap } from './value.ts';

const REDIS = replaced('redis', 'names Redis, which is not needed: llmgw is one process and keeps its counts itself');

/** What the native form takes. */
const MOST_FAILS = 1_000_000;
const MOST_PARALLEL = 1_000_000;
const LARGEST_BUFFER = 100;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The least that the native form takes. */
const OFTENEST_SIGN_MS = 100;

export const KEEP_ALIVE: KeyRule<SettingsDraft> = read(({ routing }, field) => {
  const everyMs = field.isOff ? 0 : field.milliseconds({ most: HOUR_MS });
  if (everyMs === null) return;
  routing['keep_alive'] = everyMs === 0 ? 'off' : formatDuration(Math.max(OFTENEST_SIGN_MS, everyMs));
});

/** Keys of retries, cooldowns and fallbacks, which stand in `router_settings` or in `litellm_settings`. */
export const RESILIENCE_KEYS: KeyTable<SettingsDraft> = {
  num_retries: routingCount('retries', { most: 100 }),
  retry_after: routingTime('retry_wait', { most: HOUR_MS }),
  retry_policy: read(({ routing }, field) => {
    const { byKind, general, waitMs } = readFailurePolicy(field, 'Retries');
    if (Object.keys(byKind).length > 0) routing['retry_policy'] = { ...byKind };
    if (general !== null) routing['retries'] = general;
    if (waitMs !== null) routing['retry_wait'] = formatDuration(waitMs);
  }),
  allowed_fails: read(({ routing }, field) => {
    const fails = field.count({ most: MOST_FAILS });
    if (fails === null) return;
    routing['allowed_fails'] = fails;
    if (fails === 3) field.note('reading', 'is 3, which LiteLLM takes for unsaid; llmgw counts to it, within a minute');
  }),
  allowed_fails_policy: read(({ routing }, field) => {
    const { byKind } = readFailurePolicy(field, 'AllowedFails');
    if (Object.keys(byKind).length > 0) routing['allowed_fails_policy'] = { ...byKind };
  }),
  cooldown_time: read(({ routing }, field) => {
    const cooldownMs = field.milliseconds({ most: DAY_MS });
    if (cooldownMs !== null) routing['cooldown'] = cooldownMs === 0 ? 'off' : formatDuration(cooldownMs);
  }),
  fallbacks: chains('fallbacks'),
  context_window_fallbacks: chains('context_fallbacks'),
  content_policy_fallbacks: chains('content_fallbacks'),
  default_fallbacks: read(({ chains: all }, field) => {
    const general = all.fallbacks ?? new Map<string, never>();
    all.fallbacks = general;
    readDefaultFallbacks(field, general);
  }),
  max_fallbacks: routingCount('max_fallbacks', { most: 100 }),
};

/** Keys of `router_settings`. */
export const ROUTER_KEYS: KeyTable<SettingsDraft> = {
  ...RESILIENCE_KEYS,
  routing_strategy: read(({ routing }, field) => {
    const strategy = strategyOf(field);
    if (strategy !== null) routing['strategy'] = strategy;
  }),
  routing_strategy_args: read(readStrategyArguments),
  routing_groups: read(readRoutingGroups),
  model_group_alias: read(readAliases),
  model_group_retry_policy: read(({ groupRetryPolicies }, field) => {
    for (const [name, policy] of field.fields() ?? []) {
      const { byKind, general, waitMs } = readFailurePolicy(policy, 'Retries');
      const retries: NativeMap = {};
      if (Object.keys(byKind).length > 0) retries['retry_policy'] = { ...byKind };
      if (general !== null) retries['retries'] = general;
      if (waitMs !== null) retries['retry_wait'] = formatDuration(waitMs);
      groupRetryPolicies.set(name, { retries, field: policy });
    }
  }),
  disable_cooldowns: read(({ routing }, field) => {
    if (field.boolean() === true) routing['cooldown'] = 'off';
  }),
  enable_weighted_failover: ignored(
    'is what llmgw always does: after a failure another deployment is chosen by weight',
  ),
  timeout: limit('wholeMs'),
  stream_timeout: limit('streamMs'),
  ttft_timeout: limit('firstTokenMs'),
  stream_idle_timeout: limit('idleMs'),
  keepalive_seconds: KEEP_ALIVE,
  enable_pre_call_checks: read(readPreCallChecks),
  enable_pre_call_check: read((draft, field) => {
    field.note(
      'reading',
      'is not the name that LiteLLM goes by, so it does nothing there; read as enable_pre_call_checks',
    );
    readPreCallChecks(draft, field);
  }),
  optional_pre_call_checks: read(readOptionalChecks),
  enable_tag_filtering: read((draft, field) => {
    draft.tagFiltering = field.boolean();
  }),
  tag_filtering_match_any: read(({ tags }, field) => {
    const any = field.boolean();
    if (any !== null) tags['match'] = any ? 'any' : 'all';
  }),
  tag_routing_prefix: read(({ tags }, field) => {
    const prefix = field.text();
    if (prefix !== null && prefix.length <= 128) tags['prefix'] = escapeDollars(prefix);
  }),
  provider_budget_config: later('budgets', 'budgets of providers'),
  default_litellm_params: read(addDefaultParams),
  default_max_parallel_requests: routingCount('max_parallel', { least: 1, most: MOST_PARALLEL }),
  ...forEach(['caching_groups', 'cache_responses'], later('caches', 'a cache of answers')),
  ...forEach(['redis_host', 'redis_port', 'redis_password', 'redis_url', 'redis_db', 'cache_kwargs'], REDIS),
  client_ttl: ignored('is not needed: connections are kept as long as they are used'),
  ...forEach(['set_verbose', 'debug_level'], ignored('is for the log of LiteLLM; start llmgw with --debug')),
  ...forEach(
    ['default_priority', 'polling_interval'],
    ignored('is for the scheduler of LiteLLM; llmgw queues in order where a limit is reached'),
  ),
  ignore_invalid_deployments: ignored('is what llmgw always does: it names the deployment and leaves it out'),
  ...forEach(
    ['deployment_affinity_ttl_seconds', 'model_group_affinity_config'],
    ignored('is not needed: a conversation stays where it was as long as that is healthy'),
  ),
  ...forEach(
    [
      'enable_health_check_routing',
      'health_check_staleness_threshold',
      'health_check_ignore_transient_errors',
      'background_health_check_model_groups',
    ],
    ignored('is not needed: what does not answer is left out at once, and asked again without cost'),
  ),
  search_tools: later('tools and MCP'),
  guardrail_list: later('guardrails'),
  assistants_config: later('files, batches and fine-tuning', 'assistants'),
  alerting_config: later('alerts'),
  router_general_settings: ignored('is for the inside of LiteLLM'),
};

/** LiteLLM stops at a strategy that it does not know. */
function strategyOf(field: Field): Strategy | null {
  const text = field.text();
  if (text === null) return null;
  const strategy = strategyNamed(text);
  if (strategy !== null) return strategy;
  const meant = nearestKey(text, STRATEGIES);
  field.note('reading', 'is no strategy that llmgw knows; it chooses by chance and weight (`shuffle`) instead', meant);
  return 'shuffle';
}

function readStrategyArguments({ latency }: SettingsDraft, field: Field): void {
  for (const [key, one] of field.fields() ?? []) {
    if (key === 'ttl') {
      const ttlMs = one.milliseconds({ least: 1000, most: DAY_MS });
      if (ttlMs !== null) latency['ttl'] = formatDuration(ttlMs);
    } else if (key === 'lowest_latency_buffer') {
      const buffer = one.amount({ most: LARGEST_BUFFER });
      if (buffer !== null) latency['buffer'] = buffer;
    } else if (key === 'max_latency_list_size') {
      one.note('ignored', 'is fixed here: the last ten samples count');
    } else noteUnknown(one, ['ttl', 'lowest_latency_buffer', 'max_latency_list_size']);
  }
}

function readRoutingGroups({ groupStrategies }: SettingsDraft, field: Field): void {
  for (const group of field.items() ?? []) {
    const fields = group.fields();
    const named = fields?.get('routing_strategy');
    const strategy = named === undefined ? null : strategyOf(named);
    if (strategy !== null)
      for (const model of fields?.get('models')?.texts() ?? []) groupStrategies.set(model, strategy);
    const args = fields?.get('routing_strategy_args');
    if (args !== undefined && !args.isOff) args.note('later', 'is for one group; llmgw has these for all groups only');
    for (const [key, one] of fields ?? []) if (!GROUP_KEYS.includes(key)) noteUnknown(one, GROUP_KEYS);
  }
}

const GROUP_KEYS = ['group_name', 'models', 'routing_strategy', 'routing_strategy_args'];

export function readAliases({ aliases }: SettingsDraft, field: Field): void {
  for (const [name, alias] of field.fields() ?? []) {
    const fields = alias.tree.kind === 'map' ? alias.fields() : null;
    const target = fields === null ? alias.text() : (fields.get('model')?.text() ?? null);
    const isHidden = fields?.get('hidden')?.boolean() ?? false;
    const isPossible = ownName.safeParse(name).success && groupName.safeParse(target).success;
    if (target !== null && isPossible) aliases.set(name, { target, isHidden, field: alias });
    else alias.note('ignored', 'names no model, or is no name, so there is no such alias');
  }
}

function readPreCallChecks({ routing }: SettingsDraft, field: Field): void {
  const checks = field.boolean();
  if (checks !== null) routing['pre_call_checks'] = checks;
}

const STICKY = [
  'prompt_caching',
  'responses_api_deployment_check',
  'deployment_affinity',
  'session_affinity',
  'encrypted_content_affinity',
];

function readOptionalChecks({ routing }: SettingsDraft, field: Field): void {
  for (const item of field.items() ?? []) {
    const name = item.text();
    if (name !== null && STICKY.includes(name)) routing['sticky'] = true;
    else if (name === 'enforce_model_rate_limits') {
      item.note('ignored', 'is what llmgw always does: a deployment over its rpm or tpm is left out');
    } else if (name === 'router_budget_limiting') item.asksFor('budgets');
    else if (name === 'forward_client_headers_by_model_group') {
      item.asksFor('rewriting of requests', "the client's headers");
    } else item.note('unknown', 'is no check that llmgw knows, so it is not made', nearestKey(name ?? '', STICKY));
  }
}

export function addDefaultParams({ defaultParams }: SettingsDraft, field: Field): void {
  for (const [key, one] of field.fields() ?? []) defaultParams.set(key, one);
}

function chains(kind: ChainKind): KeyRule<SettingsDraft> {
  return read((draft, field) => {
    const stars = kind === 'fallbacks' ? draft.chains.fallbacks?.get('*') : undefined;
    const found = readFallbacks(field);
    // `default_fallbacks` of another place stay, unless the list has its own.
    if (stars !== undefined && !found.has('*')) found.set('*', stars);
    draft.chains[kind] = found;
  });
}

export function limit(slot: keyof TimeLimits): KeyRule<SettingsDraft> {
  return read(({ limits }, field) => {
    const limitMs = field.milliseconds();
    if (limitMs !== null && limitMs > 0) limits[slot] = limitMs;
  });
}

export function routingCount(key: string, bounds: Bounds): KeyRule<SettingsDraft> {
  return read(({ routing }, field) => {
    const count = field.count(bounds);
    if (count !== null) routing[key] = count;
  });
}

export function routingTime(key: string, bounds: Bounds): KeyRule<SettingsDraft> {
  return read(({ routing }, field) => {
    const timeMs = field.milliseconds(bounds);
    if (timeMs !== null) routing[key] = formatDuration(timeMs);
  });
}
