import { parameterPath } from '../deployment-fields.ts';
import { formatDuration } from '../units.ts';
import { CONNECTION_KEYS } from './connection-keys.ts';
import type { DeploymentDraft, TimeLimits } from './deployment-draft.ts';
import type { Field } from './field.ts';
import { ELSEWHERE, forEach, ignored, later, noteUnknown, read } from './key-rule.ts';
import type { KeyRule, KeyTable } from './key-rule.ts';
import { CAPABILITY_KEYS } from './model-info-keys.ts';
import { nearestKey } from './note.ts';
import { otherPriceRule, PRICE_KEYS } from './price-keys.ts';
import { OLLAMA_OPTIONS, OPENAI_PARAMETERS, SERVER_PARAMETERS } from './request-parameters.ts';

/** What the native form takes. */
const MOST_ORDER = 1_000_000;
const MOST_PARALLEL = 1_000_000;
const MOST_RETRIES = 100;
const DAY_MS = 86_400_000;

/** Keys of an entry of `model_list`. */
export const ENTRY_KEYS: KeyTable<DeploymentDraft> = {
  model_name: ELSEWHERE,
  litellm_params: ELSEWHERE,
  model_info: ELSEWHERE,
  rpm: firstNumber('rpm'),
  tpm: firstNumber('tpm'),
};

/** Keys of `litellm_params`, without the parameters of requests. */
export const PARAMETER_KEYS: KeyTable<DeploymentDraft> = {
  ...CONNECTION_KEYS,
  ...PRICE_KEYS,
  rpm: firstNumber('rpm'),
  tpm: firstNumber('tpm'),
  rpm_limit: meantAs('rpm', firstNumber('rpm')),
  tpm_limit: meantAs('tpm', firstNumber('tpm')),
  itpm: later('other limits', 'limits of input tokens alone'),
  otpm: later('other limits', 'limits of output tokens alone'),
  weight: read(({ native }, field) => {
    const weight = field.amount({});
    if (weight !== null) native['weight'] = weight;
  }),
  order: read(({ native }, field) => {
    const order = field.amount({ most: MOST_ORDER });
    if (order !== null) native['order'] = order;
  }),
  max_parallel_requests: read(({ native }, field) => {
    const most = field.count({ least: 1, most: MOST_PARALLEL });
    if (most !== null) native['max_parallel'] = most;
  }),
  tags: read(({ tags }, field) => tags.push(...field.tags())),
  tag_regex: later('other limits', 'tags by the client program'),
  timeout: limit('wholeMs'),
  request_timeout: limit('wholeMs'),
  stream_timeout: limit('streamMs'),
  ttft_timeout: limit('firstTokenMs'),
  stream_idle_timeout: limit('idleMs'),
  keepalive_seconds: ignored('is one for the whole gateway here; set it in router_settings'),
  allow_client_keepalive_override: ignored('is one for the whole gateway here'),
  num_retries: firstCount('retries', 0, MOST_RETRIES),
  max_retries: firstCount('retries', 0, MOST_RETRIES),
  cooldown_time: read(({ native }, field) => {
    const cooldownMs = field.milliseconds({ most: DAY_MS });
    if (cooldownMs !== null) native['cooldown'] = cooldownMs === 0 ? 'off' : formatDuration(cooldownMs);
  }),
  ...forEach(['max_budget', 'budget_duration'], later('budgets')),
  ...forEach(['default_api_key_tpm_limit', 'default_api_key_rpm_limit'], later('virtual keys')),
  drop_params: read(readDropParams),
  additional_drop_params: read(addDropped),
  allowed_openai_params: ignored('is not needed: what a model takes is known for each provider'),
  merge_reasoning_content_in_choices: later('rewriting of requests', 'thoughts within the text of an answer'),
  cache_control_injection_points: later('rewriting of requests', 'cache marks that the gateway sets'),
  supports_system_message: later('rewriting of requests', 'system texts as a part of what the user says'),
  ...forEach(
    ['initial_prompt_value', 'roles', 'final_prompt_value', 'bos_token', 'eos_token'],
    later('rewriting of requests', 'prompt templates of its own'),
  ),
  ...forEach(['additional_headers', 'forward_client_headers'], later('rewriting of requests', "the client's headers")),
  guardrails: later('guardrails'),
  silent_model: later('mirrored traffic'),
  mock_response: read(readMock),
  ...forEach(['mock_timeout', 'mock_tool_calls', 'mock_delay'], ignored('is for tests of LiteLLM itself')),
  extra_body: read(({ body }, field) => {
    for (const [key, one] of field.fields() ?? []) body[key] = one.plain();
  }),
  context_window: meantAs('context', firstCount('context', 1)),
  max_input_tokens: meantAs('model_info.max_input_tokens', firstCount('context', 1)),
  base_model: read((draft, field) => {
    draft.baseModel ??= field.value();
  }),
  stream: ignored('is what each request says for itself'),
  messages: ignored('is what each request says for itself'),
  input: ignored('is what each request says for itself'),
  ...Object.fromEntries(
    Object.entries(CAPABILITY_KEYS).map(([key, rule]) => [key, meantAs(`model_info.${key}`, rule)]),
  ),
  ...forEach(
    [
      'auto_router_config',
      'auto_router_config_path',
      'auto_router_default_model',
      'auto_router_embedding_model',
      'complexity_router_config',
      'complexity_router_default_model',
      'adaptive_router_config',
      'quality_router_config',
    ],
    read(({ autoRouter }, field) => autoRouter.set(field.key, field)),
  ),
};

/** A key of `litellm_params` that has no rule: a price, a parameter of requests, a slip, or the server's own. */
export function readOtherParameter(draft: DeploymentDraft, field: Field, apply: ApplyRule): void {
  const { key } = field;
  const price = otherPriceRule(key);
  if (price !== null) {
    apply(price, field);
    return;
  }
  if (OPENAI_PARAMETERS.has(key)) draft.params[key] = field.plain();
  else if (OLLAMA_OPTIONS.has(key) || SERVER_PARAMETERS.has(key)) draft.serverParams[key] = field.plain();
  else if (nearestKey(key, Object.keys(PARAMETER_KEYS)) !== null) noteUnknown(field, Object.keys(PARAMETER_KEYS));
  else {
    draft.serverParams[key] = field.plain();
    const message = 'is no key that LiteLLM or llmgw knows; it is sent to the server as a parameter, as LiteLLM does';
    field.note('unknown', message, nearestKey(key, OPENAI_PARAMETERS));
  }
}

export type ApplyRule = (rule: KeyRule<DeploymentDraft>, field: Field) => void;

/** The first place that says it counts: the entry, then `litellm_params`, then `model_info`. */
function firstNumber(key: string): KeyRule<DeploymentDraft> {
  return firstCount(key, 1);
}

function firstCount(key: string, least = 0, most?: number): KeyRule<DeploymentDraft> {
  return read(({ native }, field) => {
    const count = field.count(most === undefined ? { least } : { least, most });
    if (count !== null) native[key] ??= count;
  });
}

function limit(slot: keyof TimeLimits): KeyRule<DeploymentDraft> {
  return read(({ limits }, field) => {
    const limitMs = field.milliseconds();
    if (limitMs !== null && limitMs > 0) limits[slot] ??= limitMs;
  });
}

/** A key that LiteLLM does not know here, and whose meaning is plain. */
function meantAs(meant: string, rule: KeyRule<DeploymentDraft>): KeyRule<DeploymentDraft> {
  return read((draft, field) => {
    field.note('reading', `is no key of litellm_params for LiteLLM; llmgw reads it as \`${meant}\``);
    if (rule.kind === 'read') rule.read(draft, field);
  });
}

function readDropParams(draft: DeploymentDraft, field: Field): void {
  if (field.tree.kind === 'list') {
    field.note('reading', 'is a list, which LiteLLM takes for `true`; llmgw leaves out the parameters that it names');
    addDropped(draft, field);
  } else if (field.boolean() === false) {
    field.note('ignored', 'is one for the whole gateway here; set it in litellm_settings');
  }
}

function addDropped({ drop }: DeploymentDraft, field: Field): void {
  for (const item of field.items() ?? []) {
    const name = item.text();
    if (name === null) continue;
    if (parameterPath.safeParse(name).success) drop.push(name);
    else item.note('ignored', 'is no name of a parameter, nor of a part of one');
  }
}

/** Texts that name an exception make LiteLLM fail in that way. */
function readMock({ native }: DeploymentDraft, field: Field): void {
  const text = field.value();
  if (text === null) return;
  if (/^(?:litellm\.|Exception)/.test(text.text))
    field.note('ignored', 'makes LiteLLM fail for a test; it is not used');
  else native['mock'] = text.written;
}
