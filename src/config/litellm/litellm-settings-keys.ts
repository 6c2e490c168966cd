import { CACHE_KEYS } from './cache-keys.ts';
import type { Field } from './field.ts';
import { applyRules, forEach, ignored, later, noteUnknown, read } from './key-rule.ts';
import type { KeyTable } from './key-rule.ts';
import { addDefaultParams, KEEP_ALIVE, limit, readAliases, RESILIENCE_KEYS } from './router-keys.ts';
import type { SettingsDraft } from './settings-draft.ts';

const LOG = ignored('is for the log of LiteLLM; llmgw writes its own as JSON lines');
const NETWORK = ignored('is for the HTTP client of LiteLLM, which llmgw does not have');

/** Keys of `litellm_settings`. */
export const LITELLM_SETTINGS_KEYS: KeyTable<SettingsDraft> = {
  ...RESILIENCE_KEYS,
  request_timeout: limit('wholeMs'),
  drop_params: read((draft, field) => {
    draft.dropParams = field.boolean();
  }),
  modify_params: ignored('is what llmgw does where a model needs it'),
  default_params: read((draft, field) => {
    field.note('reading', 'is no key that LiteLLM looks at; llmgw reads it as router_settings.default_litellm_params');
    addDefaultParams(draft, field);
  }),
  vertex_project: read((draft, field) => {
    draft.vertexProject = field.value();
  }),
  vertex_location: read((draft, field) => {
    draft.vertexLocation = field.value();
  }),
  cache: later('caches', 'a cache of answers'),
  cache_params: read((_, field) => {
    readCacheParams(field);
  }),
  semantic_cache: later('caches', 'a semantic cache (no key of LiteLLM, whose meaning is plain)'),
  ...forEach(
    [
      'enable_caching_on_provider_specific_optional_params',
      'enable_redis_auth_cache',
      'default_in_memory_ttl',
      'default_redis_ttl',
      'default_redis_batch_cache_expiry',
    ],
    later('caches', 'a cache of answers'),
  ),
  ...forEach(
    [
      'success_callback',
      'failure_callback',
      'callbacks',
      'service_callback',
      'langfuse_default_tags',
      's3_callback_params',
      'otel',
    ],
    later('callbacks'),
  ),
  ...forEach(
    ['turn_off_message_logging', 'redact_messages_in_exceptions', 'redact_user_api_key_info'],
    ignored('is always so: llmgw writes no prompts and no keys into its log'),
  ),
  ...forEach(
    ['json_logs', 'set_verbose', 'suppress_debug_info', 'request_correlation_in_logs', 'log_raw_request_response'],
    LOG,
  ),
  ...forEach(['debug', 'detailed_debug', 'log_level'], LOG),
  max_budget: later('budgets', 'a budget of the whole gateway'),
  budget_duration: read(readBudgetDuration),
  timezone: later('budgets', 'the time zone of budgets'),
  budget_reset_time: later('budgets', 'the hour at which budgets begin anew'),
  budget_exceeded_status_code: later('budgets', 'the status of a request over its budget'),
  ...forEach(
    [
      'max_internal_user_budget',
      'internal_user_budget_duration',
      'default_internal_user_params',
      'max_end_user_budget',
      'max_end_user_budget_id',
      'default_end_user_params',
      'max_ui_session_budget',
    ],
    later('budgets', 'budgets of users'),
  ),
  ...forEach(
    [
      'default_key_generate_params',
      'upperbound_key_generate_params',
      'key_generation_settings',
      'default_team_params',
      'default_team_settings',
    ],
    later('virtual keys'),
  ),
  ...forEach(['cost_discount_config', 'cost_margin_config'], later('other prices', 'discounts and margins')),
  include_cost_in_streaming_usage: later('spend records', 'the cost within the usage of a stream'),
  return_response_headers: ignored('is what llmgw always does'),
  ...forEach(['force_ipv4', 'disable_aiohttp_transport', 'http2', 'aiohttp_trust_env'], NETWORK),
  ssl_verify: later('sign-in and roles', 'one certificate for all; set NODE_EXTRA_CA_CERTS,'),
  ssl_certificate: later('sign-in and roles', 'a certificate of its own'),
  ...forEach(
    ['user_url_validation', 'user_url_allowed_hosts'],
    ignored('is always so: llmgw fetches pictures from public addresses only'),
  ),
  disable_hf_tokenizer_download: ignored('is always so: llmgw downloads no tokenizers'),
  enable_json_schema_validation: later('guardrails', 'answers checked against their schema'),
  add_function_to_prompt: ignored('is left out: a request with tools goes to a model that has them'),
  disable_stop_sequence_limit: ignored('is not needed: stop sequences are sent as they are'),
  model_alias_map: read(readAliases),
  ...forEach(
    ['extra_spend_tag_headers', 'disable_add_user_agent_to_request_tags'],
    later('spend records', 'tags of spend'),
  ),
  ...forEach(
    ['disable_end_user_cost_tracking', 'enable_end_user_cost_tracking_prometheus_only'],
    later('spend records', 'spend by end users'),
  ),
  disable_token_counter: ignored('is not used: llmgw counts tokens where the provider does not'),
  disable_copilot_system_to_assistant: ignored('is for GitHub Copilot, which llmgw cannot ask'),
  ...forEach(
    [
      'require_auth_for_metrics_endpoint',
      'prometheus_metrics_config',
      'prometheus_initialize_budget_metrics',
      'custom_prometheus_metadata_labels',
      'custom_prometheus_tags',
    ],
    later('metrics', 'metrics for Prometheus'),
  ),
  ...forEach(
    ['priority_reservation', 'priority_reservation_settings'],
    later('other limits', 'shares of limits by priority'),
  ),
  public_model_groups: ignored('is for the web pages of LiteLLM'),
  check_provider_endpoint: ignored('is what llmgw always does: models are listed from their providers'),
  store_audit_logs: later('spend records', 'a record of changes'),
  sse_keepalive_ping_interval_seconds: KEEP_ALIVE,
  ...forEach(
    ['route_all_chat_openai_to_responses', 'use_chat_completions_url_for_anthropic_messages', 'reasoning_auto_summary'],
    ignored('is not needed: llmgw asks each model by the API that serves it best'),
  ),
  telemetry: ignored('is not there: llmgw tells nobody anything'),
  network_mock: ignored('is for tests of LiteLLM itself'),
  ...forEach(['mcp_aliases', 'mcp_servers'], later('tools and MCP')),
  forward_traceparent_to_llm_provider: later('rewriting of requests', "the client's headers"),
  merge_reasoning_content_in_choices: later('rewriting of requests', 'thoughts within the text of an answer'),
};

const PERIODS = /^(?:hourly|daily|weekly|monthly|yearly)$/;

/** Words for periods make LiteLLM begin anew every midnight. */
export function readBudgetDuration(_: unknown, field: Field): void {
  if (field.isOff) return;
  field.asksFor('budgets');
  if (PERIODS.test(field.text() ?? '')) {
    field.note('reading', 'is a word that LiteLLM takes for a day; llmgw reads it as the period that it names');
  }
}

function readCacheParams(field: Field): void {
  if (field.isOff) return;
  field.asksFor('caches', 'a cache of answers');
  applyRules(CACHE_KEYS, field.fields() ?? [], {
    draft: null,
    other: (one) => noteUnknown(one, Object.keys(CACHE_KEYS)),
  });
}
