import { GatewayError } from '../../canonical/errors.ts';
import type { JsonObject } from '../../canonical/parts.ts';
import { EFFORTS, NO_SAMPLING } from '../../canonical/request.ts';
import type { CanonicalRequest, OutputFormat, ReasoningWish } from '../../canonical/request.ts';
import {
  booleanField,
  countField,
  listField,
  neededObject,
  numberField,
  objectField,
  restOf,
  textField,
  wrong,
} from '../fields.ts';
import { decodeInput } from './decode-input.ts';
import { decodeToolChoice, decodeTools } from './decode-tools.ts';

/** Fields that have a place in the canonical request, or that the gateway answers itself (`store`). */
const KNOWN = new Set([
  'model',
  'stream',
  'stream_options',
  'input',
  'instructions',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'text',
  'reasoning',
  'include',
  'temperature',
  'top_p',
  'frequency_penalty',
  'presence_penalty',
  'max_output_tokens',
  'top_logprobs',
  'prompt_cache_key',
  'safety_identifier',
  'service_tier',
  'store',
  'background',
]);
const KNOWN_TEXT = new Set(['format', 'verbosity']);
const KNOWN_REASONING = new Set(['effort', 'summary', 'generate_summary']);
const LOGPROBS = 'message.output_text.logprobs';
/** What every answer of ours has where there is something to encrypt. */
const ENCRYPTED = 'reasoning.encrypted_content';

/**
 * Reads a body of `POST /v1/responses` (OpenAI's API reference; `ResponseCreateParamsBase` of the `openai` package).
 * `previous_response_id` and `item_reference` must have been resolved before.
 */
export function decodeRequest(
  body: JsonObject,
  asked: { readonly model: string; readonly stream: boolean },
): CanonicalRequest {
  refuseWhatNeedsAStore(body);
  const tools = decodeTools(body);
  const text = objectField(body, 'text', '') ?? {};
  const include = (listField(body, 'include', '') ?? []).filter((entry) => entry !== ENCRYPTED);
  return {
    model: asked.model,
    stream: asked.stream,
    streamUsage: true,
    messages: decodeInput(body, tools),
    tools,
    toolChoice: decodeToolChoice(body, tools),
    parallelToolCalls: booleanField(body, 'parallel_tool_calls', ''),
    output: decodeFormat(text),
    reasoning: decodeReasoning(body),
    sampling: {
      ...NO_SAMPLING,
      temperature: numberField(body, 'temperature', ''),
      topP: numberField(body, 'top_p', ''),
      frequencyPenalty: numberField(body, 'frequency_penalty', ''),
      presencePenalty: numberField(body, 'presence_penalty', ''),
    },
    maxOutputTokens: countField(body, 'max_output_tokens', ''),
    stop: [],
    choiceCount: 1,
    logprobs: decodeLogprobs(body, include),
    verbosity: textField(text, 'verbosity', 'text'),
    user: textField(body, 'safety_identifier', '') ?? textField(body, 'user', ''),
    cacheKey: textField(body, 'prompt_cache_key', ''),
    serviceTier: textField(body, 'service_tier', ''),
    extras: { origin: 'openai-responses', fields: extrasOf(body, include) },
  };
}

/** What refers to something that is kept at OpenAI cannot be answered by anyone else. */
function refuseWhatNeedsAStore(body: JsonObject): void {
  const previous = textField(body, 'previous_response_id', '');
  if (previous !== null) {
    throw new GatewayError('response_not_found', `Previous response with id '${previous}' not found.`, {
      status: 400,
      param: 'previous_response_id',
      // OpenAI's own words and code: clients that see them send the whole conversation.
      upstreamCode: 'previous_response_not_found',
      hint: 'It was not stored, or is too old. Send the whole conversation in `input`.',
    });
  }
  if (booleanField(body, 'background', '') === true) notForThisModel('background', 'Leave `background` out.');
  const whole = 'Send the whole conversation in `input`.';
  if ((body['conversation'] ?? null) !== null) notForThisModel('conversation', whole);
  if ((body['prompt'] ?? null) !== null) notForThisModel('prompt', whole);
}

function notForThisModel(field: string, hint: string): never {
  throw new GatewayError('unsupported_parameter', `\`${field}\` is not supported for this model.`, {
    param: field,
    hint,
  });
}

function decodeFormat(text: JsonObject): OutputFormat | null {
  const format = objectField(text, 'format', 'text');
  if (format === null) return null;
  const type = textField(format, 'type', 'text.format');
  if (type === null || type === 'text') return null;
  if (type === 'json_object') return { kind: 'json' };
  if (type !== 'json_schema') wrong('text.format.type', 'must be `text`, `json_object` or `json_schema`');
  return {
    kind: 'schema',
    schema: neededObject(format, 'schema', 'text.format'),
    name: textField(format, 'name', 'text.format'),
    description: textField(format, 'description', 'text.format'),
    strict: booleanField(format, 'strict', 'text.format'),
  };
}

function decodeReasoning(body: JsonObject): ReasoningWish | null {
  const reasoning = objectField(body, 'reasoning', '');
  if (reasoning === null) return null;
  const name = textField(reasoning, 'effort', 'reasoning');
  const effort = EFFORTS.find((known) => known === name) ?? null;
  if (name !== null && effort === null) wrong('reasoning.effort', `must be one of ${EFFORTS.join(', ')}`);
  // `generate_summary` is the older name.
  const summary = textField(reasoning, 'summary', 'reasoning') ?? textField(reasoning, 'generate_summary', 'reasoning');
  const shown = summary === null ? null : summary !== 'none';
  return effort === null && shown === null ? null : { effort, budgetTokens: null, shown };
}

function decodeLogprobs(body: JsonObject, include: readonly unknown[]): { readonly top: number } | null {
  const top = countField(body, 'top_logprobs', '') ?? 0;
  return top > 0 || include.includes(LOGPROBS) ? { top } : null;
}

function extrasOf(body: JsonObject, include: readonly unknown[]): JsonObject {
  const entries = include.filter((entry) => entry !== LOGPROBS);
  const text = restOf(objectField(body, 'text', '') ?? {}, KNOWN_TEXT);
  const reasoning = restOf(objectField(body, 'reasoning', '') ?? {}, KNOWN_REASONING);
  const known = textField(body, 'safety_identifier', '') === null ? new Set([...KNOWN, 'user']) : KNOWN;
  return {
    ...restOf(body, known),
    ...(entries.length > 0 ? { include: entries } : {}),
    ...(Object.keys(text).length > 0 ? { text } : {}),
    ...(Object.keys(reasoning).length > 0 ? { reasoning } : {}),
  };
}
