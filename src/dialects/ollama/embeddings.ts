import type { EmbeddingAnswer, EmbeddingRequest } from '../../canonical/embedding.ts';
import type { EmbedRequest } from 'ollama';
import { measured } from './answer-lines.ts';
import { countField, objectField, restOf, textField, unsupported, wrong } from '../fields.ts';
import { decodeError } from './errors.ts';
import { encodeExtras } from './extras.ts';
import type { EncodedRequest } from '../dialect.ts';
import { GatewayError } from '../../canonical/errors.ts';
import { isObject } from '../../std/is-object.ts';
import type { JsonObject } from '../../canonical/parts.ts';
import { usageOf } from './usage.ts';

/** Where an upstream answers them, below its API base. */
export const EMBED_PATH = '/api/embed';

const FIELDS: ReadonlySet<string> = new Set(['model', 'input', 'prompt', 'dimensions', 'stream']);

const NOT_CUT: ReadonlySet<string> = new Set([...FIELDS, 'truncate']);

/** A body of `/api/embed`: one text or a list. */
export function decodeEmbedRequest(body: JsonObject, model: string): EmbeddingRequest {
  objectField(body, 'options', '');
  return {
    model,
    inputs: inputsOf(body['input']),
    // Ollama takes 0 for "all of them" (`Dimensions` in `api/types.go`).
    dimensions: countField(body, 'dimensions', '') || null,
    encoding: 'float',
    // `truncate: false` says nothing: a text that is too long is an error anyway.
    extras: { origin: 'ollama', fields: restOf(body, body['truncate'] === false ? NOT_CUT : FIELDS) },
  };
}

/** A body of the older `/api/embeddings`: one prompt. */
export function decodeEmbeddingsRequest(body: JsonObject, model: string): EmbeddingRequest {
  const prompt = textField(body, 'prompt', '') ?? '';
  return { ...decodeEmbedRequest({ ...body, input: undefined }, model), inputs: prompt === '' ? [] : [prompt] };
}

/** Whether nothing is given that a vector could be made of: then a model is only loaded. */
export function isEmbedLoad(input: unknown): boolean {
  return input === undefined || input === null || input === '' || (Array.isArray(input) && input.length === 0);
}

function inputsOf(input: unknown): readonly string[] {
  if (isEmbedLoad(input)) return [];
  if (typeof input === 'string') return [input];
  if (!Array.isArray(input)) return wrong('input', 'must be a string or a list of strings');
  return (input as unknown[]).map((text, index) =>
    typeof text === 'string' ? text : wrong(`input[${index}]`, 'must be a string'),
  );
}

/** The answer of `/api/embed` as JSON text. `tookMs`: how long it took. */
export function encodeEmbedAnswer(
  { vectors, model, usage }: EmbeddingAnswer,
  context: { readonly model: string; readonly tookMs: number },
): string {
  return JSON.stringify({
    model: model ?? context.model,
    embeddings: vectors,
    ...measured('total_duration', context.tookMs),
    ...(usage === null || usage.inputTokens === null ? {} : { prompt_eval_count: usage.inputTokens }),
  });
}

/** The answer of `/api/embeddings` as JSON text: the vector alone. */
export function encodeEmbeddingsAnswer({ vectors }: EmbeddingAnswer): string {
  return JSON.stringify({ embedding: vectors[0] ?? [] });
}

/** A body for `/api/embed`. Texts that are too long are refused (`truncate: false`), not cut silently. */
export function encodeEmbedRequest(request: EmbeddingRequest, target: { readonly model: string }): EncodedRequest {
  const dropped = new Set<string>();
  const { fields, options, truncate } = encodeExtras(request, dropped);
  const body: EmbedRequest = {
    model: target.model,
    input: request.inputs.map(textOf),
    truncate,
    ...(request.dimensions === null ? {} : { dimensions: request.dimensions }),
    ...(Object.keys(options).length === 0 ? {} : { options }),
    ...fields,
  };
  return { body: { ...body }, dropped: [...dropped], headers: {} };
}

function textOf(input: string | readonly number[], index: number): string {
  if (typeof input === 'string') return input;
  return unsupported(`input[${index}]`, 'is a list of tokens, which Ollama does not take');
}

/** The vectors of `/api/embed`, or of the older endpoint's one. */
export function decodeEmbedAnswer(body: unknown, provider: string): EmbeddingAnswer | GatewayError {
  if (isObject(body) && body['error'] !== undefined && body['error'] !== null) {
    return decodeError({ provider, status: 200, retryAfter: null, body: JSON.stringify(body) });
  }
  const vectors = isObject(body) ? vectorsOf(body['embeddings'] ?? [body['embedding']]) : null;
  if (!isObject(body) || vectors === null) {
    return new GatewayError('upstream_invalid_answer', `${provider} answered with something that is no embedding.`);
  }
  const usage = usageOf(body);
  return {
    vectors,
    model: typeof body['model'] === 'string' && body['model'] !== '' ? body['model'] : null,
    // Nothing is written for an embedding.
    usage: usage === null ? null : { ...usage, outputTokens: 0 },
  };
}

function vectorsOf(value: unknown): readonly (readonly number[])[] | null {
  return Array.isArray(value) && value.every(isVector) ? value : null;
}

function isVector(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((number) => typeof number === 'number');
}
