import { NO_SAMPLING } from '../canonical/request.ts';
import type { CanonicalRequest, Sampling } from '../canonical/request.ts';
import type { JsonObject } from '../canonical/parts.ts';
import { CHAT_FACE } from './faces.ts';
import { PARAMETERS } from './openai-chat/parameters.ts';

/**
 * Parameters of a request in OpenAI's words, and in those of servers that imitate it, as a request that says nothing
 * else. Throws a `GatewayError` (400) that names the field of a wrong type.
 */
export function decodeParameters(params: JsonObject): CanonicalRequest {
  const { front } = CHAT_FACE;
  if (front === null) throw new Error('chat completions are read by nobody');
  return front.decodeRequest({ ...params, messages: [] }, { model: '', stream: false });
}

/** The request with what others say where it says nothing. */
export function withDefaults(request: CanonicalRequest, given: CanonicalRequest): CanonicalRequest {
  return {
    ...request,
    tools: request.tools.length > 0 ? request.tools : given.tools,
    toolChoice: request.toolChoice ?? given.toolChoice,
    parallelToolCalls: request.parallelToolCalls ?? given.parallelToolCalls,
    output: request.output ?? given.output,
    reasoning: request.reasoning ?? given.reasoning,
    sampling: withSampling(request.sampling, given.sampling),
    maxOutputTokens: request.maxOutputTokens ?? given.maxOutputTokens,
    stop: request.stop.length > 0 ? request.stop : given.stop,
    choiceCount: request.choiceCount > 1 ? request.choiceCount : given.choiceCount,
    logprobs: request.logprobs ?? given.logprobs,
    verbosity: request.verbosity ?? given.verbosity,
    user: request.user ?? given.user,
    cacheKey: request.cacheKey ?? given.cacheKey,
    serviceTier: request.serviceTier ?? given.serviceTier,
    extras: withExtras(request.extras, given.extras),
  };
}

function withSampling(said: Sampling, given: Sampling): Sampling {
  return {
    temperature: said.temperature ?? given.temperature,
    topP: said.topP ?? given.topP,
    topK: said.topK ?? given.topK,
    seed: said.seed ?? given.seed,
    frequencyPenalty: said.frequencyPenalty ?? given.frequencyPenalty,
    presencePenalty: said.presencePenalty ?? given.presencePenalty,
  };
}

type Extras = CanonicalRequest['extras'];

/** What only one dialect has a word for means nothing among the fields of another. */
function withExtras(said: Extras, given: Extras): Extras {
  if (said.origin !== given.origin) return said;
  return { origin: said.origin, fields: { ...given.fields, ...said.fields } };
}

/** The request without what these names say, each of them a field of OpenAI's. */
export function withoutParameters(request: CanonicalRequest, names: readonly string[]): CanonicalRequest {
  return names.reduce(withoutOne, request);
}

function withoutOne(request: CanonicalRequest, name: string): CanonicalRequest {
  const parameter = parameterOf(name);
  const { sampling, extras } = request;
  const sampled = SAMPLED.get(parameter);
  if (sampled !== undefined) return { ...request, sampling: { ...sampling, [sampled]: NO_SAMPLING[sampled] } };
  const silent = SILENT.get(parameter);
  if (silent !== undefined) return { ...request, ...silent };
  if (!Object.hasOwn(extras.fields, name)) return request;
  const fields = Object.fromEntries(Object.entries(extras.fields).filter(([key]) => key !== name));
  return { ...request, extras: { ...extras, fields } };
}

/** One name for all fields that say the same. */
export function parameterOf(field: string): string {
  return SYNONYMS.get(field) ?? field;
}

const SYNONYMS: ReadonlyMap<string, string> = new Map([
  ...Object.entries(PARAMETERS).flatMap(([name, fields]) => fields.map((field) => [field, name] as const)),
  ['max_completion_tokens', 'max_tokens'],
  ['functions', 'tools'],
  ['top_logprobs', 'logprobs'],
]);

const SAMPLED: ReadonlyMap<string, keyof Sampling> = new Map([
  ['temperature', 'temperature'],
  ['top_p', 'topP'],
  ['top_k', 'topK'],
  ['seed', 'seed'],
  ['frequency_penalty', 'frequencyPenalty'],
  ['presence_penalty', 'presencePenalty'],
]);

const SILENT: ReadonlyMap<string, Partial<CanonicalRequest>> = new Map<string, Partial<CanonicalRequest>>([
  ['tools', { tools: [], toolChoice: null, parallelToolCalls: null }],
  ['tool_choice', { toolChoice: null }],
  ['parallel_tool_calls', { parallelToolCalls: null }],
  ['response_format', { output: null }],
  ['reasoning', { reasoning: null }],
  ['max_tokens', { maxOutputTokens: null }],
  ['stop', { stop: [] }],
  ['n', { choiceCount: 1 }],
  ['logprobs', { logprobs: null }],
  ['verbosity', { verbosity: null }],
  ['user', { user: null }],
  ['prompt_cache_key', { cacheKey: null }],
  ['service_tier', { serviceTier: null }],
]);
