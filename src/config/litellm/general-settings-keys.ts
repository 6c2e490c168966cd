import { formatDuration, formatSize } from '../units.ts';
import { groupName } from '../model-names.ts';
import type { Field } from './field.ts';
import { forEach, ignored, later, read, replaced } from './key-rule.ts';
import type { KeyRule, KeyTable } from './key-rule.ts';
import { routingCount, routingTime } from './router-keys.ts';
import { keyText } from './placement.ts';
import type { SettingsDraft } from './settings-draft.ts';

/** What the native form takes. */
const MOST_PARALLEL = 1_000_000;
const MOST_WAITING = 100_000;
const MOST_MEGABYTES = 512;
const HOUR_MS = 3_600_000;

const POSTGRES = replaced(
  'database',
  'is for Postgres, which is not needed: llmgw keeps its records in a file of its own',
);
const CLUSTER = ignored('is for several processes of LiteLLM; llmgw is one');
const FREE_PROBES = ignored('is not needed: llmgw asks nothing that costs money to see whether a model is there');

/** Keys of `general_settings`. */
export const GENERAL_SETTINGS_KEYS: KeyTable<SettingsDraft> = {
  master_key: read((draft, field) => {
    const key = field.value();
    if (key === null || keyText(key) !== undefined) draft.masterKey = key;
    else field.note('ignored', 'has characters in it that no key has, so it is not used');
  }),
  ...forEach(
    [
      'database_url',
      'database_connection_pool_limit',
      'database_connection_timeout',
      'database_connect_timeout',
      'database_socket_timeout',
      'database_extra_connection_params',
      'database_type',
      'disable_prisma_schema_update',
      'allow_requests_on_db_unavailable',
      'proxy_batch_write_at',
      'disable_reset_budget',
      'use_redis_transaction_buffer',
    ],
    POSTGRES,
  ),
  ...forEach(
    ['store_model_in_db', 'supported_db_objects', 'proxy_config_reload_interval_seconds'],
    ignored('is left out: models stand in the file, which llmgw follows while it runs'),
  ),
  ...forEach(
    [
      'fail_closed_budget_enforcement',
      'disable_budget_reservation',
      'enforce_fallback_budget',
      'apply_user_budget_to_team_keys',
      'proxy_budget_rescheduler_min_time',
      'proxy_budget_rescheduler_max_time',
    ],
    later('budgets'),
  ),
  enforce_fallback_model_access: later('virtual keys'),
  ...forEach(
    [
      'disable_spend_logs',
      'disable_spend_updates',
      'disable_error_logs',
      'store_prompts_in_spend_logs',
      'maximum_spend_logs_retention_period',
      'maximum_spend_logs_retention_interval',
      'maximum_spend_logs_cleanup_cron',
      'maximum_spend_logs_cleanup_batch_size',
    ],
    later('spend records', 'settings of the spend records'),
  ),
  ...forEach(
    ['alerting', 'alert_types', 'alerting_args', 'alert_type_config', 'spend_report_frequency'],
    later('alerts'),
  ),
  alerting_threshold: read(noteAlertThreshold),
  alert_to_webhook_url: read(noteWebhook),
  background_health_checks: FREE_PROBES,
  health_check_interval: routingTime('health_check_interval', { least: 1000, most: 24 * HOUR_MS }),
  ...forEach(
    [
      'health_check_details',
      'use_shared_health_check',
      'health_check_concurrency',
      'enable_health_check_routing',
      'health_check_staleness_threshold',
      'health_check_ignore_transient_errors',
      'background_health_check_max_tokens',
    ],
    FREE_PROBES,
  ),
  max_parallel_requests: routingCount('max_parallel', { least: 1, most: MOST_PARALLEL }),
  global_max_parallel_requests: later('other limits', 'a limit of requests at once for the whole gateway'),
  max_in_flight_requests_per_worker: later('other limits', 'a limit of requests at once for the whole gateway'),
  max_queued_requests_per_worker: read(({ queue }, field) => {
    const most = field.count({ most: MOST_WAITING });
    if (most !== null) queue['max'] = most;
  }),
  admission_queue_timeout_seconds: read(({ queue }, field) => {
    const waitMs = field.milliseconds({ most: HOUR_MS });
    if (waitMs !== null) queue['wait'] = formatDuration(waitMs);
  }),
  cancel_on_disconnect: ignored('is what llmgw always does: a client that leaves ends the call'),
  token_rate_limit_type: later('other limits', 'limits of input or output tokens alone'),
  ...forEach(
    ['user_header_name', 'user_header_mappings', 'enforce_user_param', 'missing_session_id'],
    later('spend records', 'spend by end users'),
  ),
  reject_clientside_metadata_tags: later('virtual keys', 'tags that only keys may set'),
  litellm_key_header_name: later('virtual keys', 'a header of its own for keys'),
  ...forEach(
    ['forward_client_headers_to_llm_api', 'forward_openai_org_id', 'forward_llm_provider_auth_headers'],
    later('rewriting of requests', "the client's headers"),
  ),
  allow_client_side_credentials: later('sign-in and roles', 'credentials that clients send'),
  infer_model_from_keys: ignored('is always so: providers whose key is there are served'),
  completion_model: read(readAnyName),
  ...forEach(
    ['embedding_model', 'image_generation_model', 'moderation_model'],
    later('rewriting of requests', 'one model for all requests of a kind'),
  ),
  always_include_stream_usage: ignored('is what llmgw always does; clients see it when they ask for it'),
  ...forEach(['pass_through_endpoints', 'pass_through_request_timeout'], later('pass-through routes')),
  ...forEach(
    [
      'custom_auth',
      'custom_key_generate',
      'custom_sso',
      'enable_jwt_auth',
      'litellm_jwtauth',
      'allowed_ips',
      'allowed_routes',
      'public_routes',
      'admin_only_routes',
      'ui_access_mode',
      'role_permissions',
      'enable_oauth2_auth',
    ],
    later('sign-in and roles'),
  ),
  ...forEach(['allow_user_auth', 'enable_key_management'], later('virtual keys')),
  ...forEach(
    ['ui', 'litellm_dashboard', 'proxy_base_url'],
    ignored('is for the web pages of LiteLLM; see `llmgw top`'),
  ),
  disable_auth: ignored('is no key that LiteLLM looks at; a file that needs no key says `server.auth: open`'),
  disable_master_key_hashing: ignored('is not needed: the master key is written nowhere'),
  dangerously_permit_weak_or_unset_master_key: ignored('is not needed: a weak master key counts on loopback alone'),
  ...forEach(
    ['user_api_key_cache_ttl', 'user_api_key_cache_max_size'],
    ignored('is not needed: keys are read from memory'),
  ),
  max_request_size_mb: megabytes('max_request'),
  max_response_size_mb: megabytes('max_answer'),
  max_file_size_mb: later('files, batches and fine-tuning', 'files'),
  ...forEach(
    ['key_management_system', 'key_management_settings', 'use_google_kms', 'use_azure_key_vault'],
    later('secret managers'),
  ),
  ...forEach(['scheduled_job_stagger', 'enable_drain_endpoint', 'control_plane_url', 'num_workers'], CLUSTER),
};

function noteAlertThreshold(_: SettingsDraft, field: Field): void {
  if (field.isOff) return;
  field.asksFor('alerts', 'alerts (this is the number of seconds after which a request is slow, no sum of money)');
}

function noteWebhook(_: SettingsDraft, field: Field): void {
  if (field.isOff) return;
  field.asksFor('alerts');
  if (field.tree.kind !== 'scalar') return;
  field.note('reading', 'is one address, where LiteLLM wants a map by kind of alert; llmgw takes it for all kinds');
}

/** LiteLLM answers every name with this model; here the names of the file keep their meaning. */
function readAnyName(draft: SettingsDraft, field: Field): void {
  const name = field.text();
  if (name === null) return;
  if (!groupName.safeParse(name).success) {
    field.note('ignored', 'is no name of a model, so it is not used');
    return;
  }
  draft.anyName = name;
  field.note('reading', 'answers for every name in LiteLLM; here it does for those that the file does not have');
}

function megabytes(key: string): KeyRule<SettingsDraft> {
  return read(({ server }, field) => {
    const size = field.amount({ most: MOST_MEGABYTES });
    if (size !== null && size > 0) server[key] = formatSize(Math.max(1000, Math.round(size * 1_000_000)));
  });
}
