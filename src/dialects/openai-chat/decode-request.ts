import type { JsonObject } from '../../canonical/parts.ts';
import type { CanonicalRequest, OutputFormat, Sampling } from '../../canonical/request.ts';
import { booleanField, countField, numberField, objectField, restOf, textField, wrong } from '../fields.ts';
import { isObject } from '../../std/is-object.ts';
import { decodeMessages } from './decode-messages.ts';
import { decodeReasoning } from './decode-reasoning.ts';
import { decodeParallel, decodeToolChoice, decodeTools } from './decode-tools.ts';
import { parseJson } from '../../std/parse-json.ts';

/** Fields that have a place in the canonical request; all others travel in `extras`. */
const KNOWN = new Set([
  'model',
  'messages',
  'system',
  'stream',
  'stream_options',
  'tools',
  'tool_choice',
  'functions',
  'function_call',
  'parallel_tool_calls',
  'response_format',
  'reasoning_effort',
  'reasoning',
  'include_reasoning',
  'thinking',
  'enable_thinking',
  'thinking_budget',
  'temperature',
  'top_p',
  'top_k',
  'seed',
  'random_seed',
  'frequency_penalty',
  'presence_penalty',
  'max_tokens',
  'max_completion_tokens',
  'stop',
  'stop_sequences',
  'n',
  'logprobs',
  'top_logprobs',
  'verbosity',
  'user',
  'safety_identifier',
  'prompt_cache_key',
  'service_tier',
]);
const KNOWN_BUT_FORMAT = new Set([...KNOWN].filter((key) => key !== 'response_format'));

/**
 * A body of `/v1/chat/completions` as OpenAI and those who imitate it define it, with the pieces of Anthropic's
 * messages that Cursor mixes in (top-level `system`, `input_schema`, `tool_use`, `tool_result`).
 */
export function decodeRequest(
  body: JsonObject,
  asked: { readonly model: string; readonly stream: boolean },
): CanonicalRequest {
  const output = decodeOutput(body);
  return {
    model: asked.model,
    stream: asked.stream,
    streamUsage: objectField(body, 'stream_options', '')?.['include_usage'] === true,
    messages: decodeMessages(body),
    tools: decodeTools(body),
    toolChoice: decodeToolChoice(body),
    parallelToolCalls: decodeParallel(body),
    output: output === 'unknown' ? null : output,
    reasoning: decodeReasoning(body),
    sampling: decodeSampling(body),
    maxOutputTokens: tokenLimit(body, 'max_completion_tokens') ?? tokenLimit(body, 'max_tokens'),
    stop: decodeStop(body, 'stop') ?? decodeStop(body, 'stop_sequences') ?? [],
    choiceCount: Math.max(1, countField(body, 'n', '') ?? 1),
    logprobs: booleanField(body, 'logprobs', '') === true ? { top: countField(body, 'top_logprobs', '') ?? 0 } : null,
    verbosity: textField(body, 'verbosity', ''),
    user: textField(body, 'safety_identifier', '') ?? textField(body, 'user', ''),
    cacheKey: textField(body, 'prompt_cache_key', ''),
    serviceTier: textField(body, 'service_tier', ''),
    extras: { origin: 'openai-chat', fields: restOf(body, output === 'unknown' ? KNOWN_BUT_FORMAT : KNOWN) },
  };
}

/** `unknown`: a format of the server's own (a grammar, a regular expression), which stays as it is. */
function decodeOutput(body: JsonObject): OutputFormat | null | 'unknown' {
  const format = objectField(body, 'response_format', '');
  if (format === null) return null;
  switch (textField(format, 'type', 'response_format')) {
    case null:
    case 'text':
      return null;
    case 'json_object':
      // llama.cpp takes the schema beside the type.
      return schemaFormat(format, format) ?? { kind: 'json' };
    case 'json_schema': {
      const named = objectField(format, 'json_schema', 'response_format');
      return schemaFormat(named ?? format, named ?? format) ?? { kind: 'json' };
    }
    default:
      return 'unknown';
  }
}

function schemaFormat(object: JsonObject, named: JsonObject): OutputFormat | null {
  const path = 'response_format.json_schema';
  const given = object['schema'];
  // Some templates hand on the schema as they have it, as text.
  const schema = typeof given === 'string' ? parseJson(given) : given;
  if (schema === undefined || schema === null) return null;
  if (!isObject(schema)) return wrong(`${path}.schema`, 'must be an object');
  return {
    kind: 'schema',
    schema,
    name: textField(named, 'name', path),
    description: textField(named, 'description', path),
    strict: booleanField(named, 'strict', path),
  };
}

function decodeSampling(body: JsonObject): Sampling {
  return {
    temperature: numberField(body, 'temperature', ''),
    topP: numberField(body, 'top_p', ''),
    topK: numberField(body, 'top_k', ''),
    seed: numberField(body, 'seed', '') ?? numberField(body, 'random_seed', ''),
    frequencyPenalty: numberField(body, 'frequency_penalty', ''),
    presencePenalty: numberField(body, 'presence_penalty', ''),
  };
}

/** Clients made for llama.cpp and LM Studio say -1 for "no limit". */
function tokenLimit(body: JsonObject, key: string): number | null {
  return body[key] === -1 ? null : countField(body, key, '');
}

function decodeStop(body: JsonObject, key: string): readonly string[] | null {
  const stop = body[key];
  if (stop === undefined || stop === null) return null;
  if (typeof stop === 'string') return [stop];
  if (Array.isArray(stop) && stop.every((text) => typeof text === 'string')) return stop;
  return wrong(key, 'must be a string or a list of strings');
}
