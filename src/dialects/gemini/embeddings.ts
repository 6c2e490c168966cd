import type { EmbeddingAnswer, EmbeddingRequest } from '../../canonical/embedding.ts';
import { GatewayError } from '../../canonical/errors.ts';
import type { JsonObject } from '../../canonical/parts.ts';
import { UNKNOWN_USAGE } from '../../canonical/usage.ts';
import { isObject } from '../../std/is-object.ts';
import type { EncodedRequest } from '../dialect.ts';
import { extraNames } from '../extra-names.ts';
import { countField, neededObject, neededText, objectsField, restOf, unsupported, wrong } from '../fields.ts';
import { decodeErrorBody, errorIn } from './errors.ts';
import { methodPath, resourceName } from './path.ts';
import { camelKeys } from './spelling.ts';
import { decodeUsage } from './usage.ts';

const KNOWN = new Set(['model', 'content', 'outputDimensionality']);

/** One text of an embedding request, with what is asked of it. */
interface Wish {
  readonly text: string;
  readonly dimensions: number | null;
  readonly rest: JsonObject;
}

/**
 * A body of `:embedContent`, or with `batch` of `:batchEmbedContents` (ai.google.dev/api/embeddings). The requests of a
 * batch are taken to ask for the same model and the same dimensions.
 */
export function decodeEmbedRequest(given: JsonObject, batch: boolean, model: string): EmbeddingRequest {
  const body = camelKeys(given);
  const requests = batch ? (objectsField(body, 'requests', '') ?? [neededObject(body, 'requests', '')]) : [body];
  const wishes = requests.map((one, index) => decodeWish(camelKeys(one), batch ? `requests[${index}]` : ''));
  const [first] = wishes;
  if (first === undefined) wrong('requests', 'must not be empty');
  const other = wishes.findIndex(({ dimensions }) => dimensions !== first.dimensions);
  if (other >= 0) unsupported(`requests[${other}].outputDimensionality`, 'must be the same in all requests');
  return {
    model,
    inputs: wishes.map(({ text }) => text),
    dimensions: first.dimensions,
    encoding: 'float',
    extras: { origin: 'gemini', fields: first.rest },
  };
}

function decodeWish(request: JsonObject, path: string): Wish {
  const at = path === '' ? 'content' : `${path}.content`;
  const content = camelKeys(neededObject(request, 'content', path));
  const parts = isObject(content['parts']) ? [content['parts']] : (objectsField(content, 'parts', at) ?? []);
  const texts = parts.map((part, index) => neededText(part, 'text', `${at}.parts[${index}]`));
  // Also within `embedContentConfig` in newer SDKs.
  const config = isObject(request['embedContentConfig']) ? camelKeys(request['embedContentConfig']) : {};
  const dimensions = countField({ ...config, ...request }, 'outputDimensionality', path);
  return { text: texts.join('\n'), dimensions, rest: restOf(request, KNOWN) };
}

/** The answer to either method. */
export function encodeEmbedAnswer(answer: EmbeddingAnswer, batch: boolean): string {
  const embeddings = answer.vectors.map((values) => ({ values }));
  const tokens = answer.usage?.inputTokens ?? null;
  const usage = tokens === null ? {} : { usageMetadata: { promptTokenCount: tokens, totalTokenCount: tokens } };
  return JSON.stringify({ ...(batch ? { embeddings } : { embedding: embeddings[0] ?? { values: [] } }), ...usage });
}

/** Below the API base. */
export function embedPath(model: string): string {
  return methodPath(model, 'batchEmbedContents');
}

/** A body of either method for an upstream of the same dialect, which wants the name of the path in all of it. */
export function embedBodyWithModel(body: JsonObject, model: string): JsonObject {
  const name = resourceName(model);
  const { requests } = body;
  return {
    ...body,
    ...(body['model'] === undefined ? {} : { model: name }),
    ...(Array.isArray(requests)
      ? { requests: (requests as unknown[]).map((one) => (isObject(one) ? { ...one, model: name } : one)) }
      : {}),
  };
}

/** A body of `:batchEmbedContents`, whatever the number of inputs. */
export function encodeEmbedRequest(request: EmbeddingRequest, target: { readonly model: string }): EncodedRequest {
  const { model } = target;
  const name = resourceName(model);
  const isOwn = request.extras.origin === 'gemini';
  const requests = request.inputs.map((input, index) => {
    if (typeof input !== 'string') unsupported(`input[${index}]`, 'is given in tokens, which Gemini does not take');
    return {
      ...(isOwn ? request.extras.fields : {}),
      model: name,
      content: { parts: [{ text: input }] },
      ...(request.dimensions === null ? {} : { outputDimensionality: request.dimensions }),
    };
  });
  const dropped = isOwn ? [] : extraNames(request.extras);
  return { body: { requests }, dropped, headers: {} };
}

/** Reads the answers of both methods, and of Vertex AI's `:predict`, whose tokens stand with each vector. */
export function decodeEmbedAnswer(body: unknown, provider: string): EmbeddingAnswer | GatewayError {
  const error = errorIn(body);
  if (error !== null) return decodeErrorBody(error, provider);
  const answer: JsonObject = isObject(body) ? body : {};
  const found = embeddingsIn(answer);
  const vectors = found.map(({ values }) => (isVector(values) ? values : null));
  if (vectors.length === 0 || !vectors.every((vector) => vector !== null)) {
    return new GatewayError('upstream_invalid_answer', `${provider} sent an answer without embeddings.`);
  }
  const usage = decodeUsage(answer['usageMetadata']) ?? usageIn(found);
  // Nothing is written for an embedding.
  return { vectors, model: null, usage: usage === null ? null : { ...usage, outputTokens: 0 } };
}

function embeddingsIn(answer: JsonObject): readonly JsonObject[] {
  const { embedding, embeddings, predictions } = answer;
  if (isObject(embedding)) return [embedding];
  if (Array.isArray(embeddings)) return (embeddings as unknown[]).map(objectOf);
  if (!Array.isArray(predictions)) return [];
  return (predictions as unknown[]).map((prediction) => objectOf(objectOf(prediction)['embeddings']));
}

function usageIn(embeddings: readonly JsonObject[]): EmbeddingAnswer['usage'] {
  let inputTokens = 0;
  for (const { statistics } of embeddings) {
    const tokens = objectOf(statistics)['token_count'] ?? objectOf(statistics)['tokenCount'];
    if (typeof tokens !== 'number' || !Number.isSafeInteger(tokens) || tokens < 0) return null;
    inputTokens += tokens;
  }
  return { ...UNKNOWN_USAGE, inputTokens };
}

function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

function isVector(values: unknown): values is readonly number[] {
  return Array.isArray(values) && values.every((value) => typeof value === 'number');
}
