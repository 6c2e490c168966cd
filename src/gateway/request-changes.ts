import type { EmbeddingRequest } from '../canonical/embedding.ts';
import { GatewayError } from '../canonical/errors.ts';
import type { JsonObject } from '../canonical/parts.ts';
import { emptyRequest } from '../canonical/request.ts';
import type { CanonicalRequest } from '../canonical/request.ts';
import { differing, withAbsent, withMerged, withoutMember } from '../dialects/body-members.ts';
import type { EncodeTarget } from '../dialects/dialect.ts';
import type { Face } from '../dialects/face.ts';
import { backOf } from '../dialects/faces.ts';
import { decodeParameters, parameterOf, withDefaults, withoutParameters } from '../dialects/openai-parameters.ts';
import type { RequestChanges } from '../routing/group.ts';

/** What says which request it is, and what is asked: no parameter of it. */
const NEVER_CHANGED: ReadonlySet<string> = new Set([
  'model',
  'stream',
  'messages',
  'prompt',
  'input',
  'inputs',
  'contents',
]);

/** A request that is written anew, with the parameters that its deployment gives it and without those it drops. */
export function changedRequest(request: CanonicalRequest, { params, drop }: RequestChanges): CanonicalRequest {
  const given = Object.keys(params).length === 0 ? request : withDefaults(request, readParameters(params));
  return withoutParameters(given, drop);
}

/**
 * What was written in a target's dialect, with what has a place nowhere else: parameters that only chat completions
 * know, for a client of another dialect, and the fields that the config has for it.
 */
export function changedEncoding(
  body: JsonObject,
  { extras }: CanonicalRequest,
  dialect: string,
  { params, drop, body: merged }: RequestChanges,
): JsonObject {
  let changed = body;
  if (dialect === 'openai-chat') {
    if (extras.origin !== dialect) changed = withAbsent(changed, readParameters(params).extras.fields);
    for (const name of drop) if (!NEVER_CHANGED.has(name)) changed = withoutMember(changed, name);
  }
  return withMerged(changed, merged);
}

/** The same of a request for embeddings, whose only parameter is how many numbers a vector is to have. */
export function changedEmbedding(request: EmbeddingRequest, { params, drop }: RequestChanges): EmbeddingRequest {
  const { dimensions: given } = params;
  if (drop.includes('dimensions')) return { ...request, dimensions: null };
  return typeof given === 'number' && request.dimensions === null ? { ...request, dimensions: given } : request;
}

/** Whether any of it is about the body. */
export function changesBody({ params, drop, body }: RequestChanges): boolean {
  return drop.length > 0 || Object.keys(params).length > 0 || Object.keys(body).length > 0;
}

/**
 * A body that passes through, with the same changes in the words of its own dialect. Itself where nothing changes, so
 * that its bytes may stay.
 */
export function changedBody(
  body: JsonObject,
  face: Face,
  target: EncodeTarget,
  { params, drop, body: merged }: RequestChanges,
): JsonObject {
  let changed = withAbsent(body, saidIn(face, params, body, target));
  for (const name of drop) {
    for (const path of fieldsOf(face, name)) changed = withoutMember(changed, path);
  }
  return Object.keys(merged).length === 0 ? changed : withMerged(changed, merged);
}

/** Parameters as the face's dialect says them, less those that the body says in another of the words for them. */
function saidIn(face: Face, params: JsonObject, body: JsonObject, target: EncodeTarget): JsonObject {
  if (Object.keys(params).length === 0) return params;
  if (face.dialect !== 'openai-chat') return saidBy(face, readParameters(params), target);
  const said = new Set(Object.keys(body).filter((name) => (body[name] ?? null) !== null));
  const taken = new Set([...said].map(parameterOf));
  const own = Object.entries(params).filter(([name]) => !NEVER_CHANGED.has(name) && !taken.has(parameterOf(name)));
  if (face.task !== 'chat') return Object.fromEntries(own);
  const { maxOutputTokens } = readParameters(params);
  if (maxOutputTokens === null || taken.has('max_tokens')) return Object.fromEntries(own);
  // Models there are that are refused one of the two names for it.
  const limit = saidBy(face, { ...emptyRequest('', 'openai-chat'), maxOutputTokens }, target);
  return { ...Object.fromEntries(own.filter(([name]) => parameterOf(name) !== 'max_tokens')), ...limit };
}

/** What a request that says nothing but this has more than one that says nothing at all. */
function saidBy({ front, dialect }: Face, given: CanonicalRequest, target: EncodeTarget): JsonObject {
  if (front === null) return {};
  const { encodeRequest } = backOf(dialect);
  const silent: CanonicalRequest = {
    ...emptyRequest(target.model, given.extras.origin),
    messages: [{ role: 'user', content: [{ type: 'text', text: '.', cache: null, state: null }] }],
  };
  return differing(encodeRequest(withDefaults(silent, given), target).body, encodeRequest(silent, target).body);
}

/** The fields in which the face's dialect says what OpenAI calls so. */
function fieldsOf({ front, dialect }: Face, name: string): readonly string[] {
  if (NEVER_CHANGED.has(name)) return [];
  if (dialect === 'openai-chat') return [name];
  const parameter = parameterOf(name);
  if (parameter === 'max_tokens') return LIMIT_FIELDS.get(dialect) ?? [];
  return front?.parameters[parameter] ?? [name];
}

/** Anthropic's API refuses a request without it. */
const LIMIT_FIELDS: ReadonlyMap<string, readonly string[]> = new Map([
  ['openai-responses', ['max_output_tokens']],
  ['gemini', ['generationConfig.maxOutputTokens']],
  ['ollama', ['options.num_predict']],
]);

const read = new WeakMap<JsonObject, CanonicalRequest>();

/** Read once for each deployment: they are the same for every request. */
function readParameters(params: JsonObject): CanonicalRequest {
  const known = read.get(params);
  if (known !== undefined) return known;
  try {
    const decoded = decodeParameters(params);
    read.set(params, decoded);
    return decoded;
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    const message = `The config gives this model a parameter that is none: ${error.message}`;
    throw new GatewayError('unsupported_parameter', message, { cause: error });
  }
}
