import type { CreateEmbeddingResponse, Embedding, EmbeddingCreateParams } from 'openai/resources/embeddings';
import type { EmbeddingAnswer, EmbeddingRequest } from '../../canonical/embedding.ts';
import { GatewayError } from '../../canonical/errors.ts';
import type { JsonObject } from '../../canonical/parts.ts';
import { UNKNOWN_USAGE } from '../../canonical/usage.ts';
import type { Usage } from '../../canonical/usage.ts';
import { isObject } from '../../std/is-object.ts';
import type { EncodedRequest } from '../dialect.ts';
import type { EmbeddingContext } from '../embedding.ts';
import { extraNames } from '../extra-names.ts';
import { countField, restOf, textField, wrong } from '../fields.ts';
import { decodeOpenAiError } from './errors.ts';
import { cutId } from './ids.ts';
import { usageFromOpenAi } from './usage.ts';

const KNOWN = new Set(['model', 'input', 'dimensions', 'encoding_format', 'stream']);
const FLOAT_BYTES = 4;

/** A body of `/v1/embeddings` (developers.openai.com/api/reference, and the types of the `openai` package). */
export function decodeEmbedRequest(body: JsonObject, { model }: { readonly model: string }): EmbeddingRequest {
  const format = textField(body, 'encoding_format', '') ?? 'float';
  if (format !== 'float' && format !== 'base64') return wrong('encoding_format', 'must be "float" or "base64"');
  return {
    model,
    inputs: inputsOf(body['input']),
    dimensions: countField(body, 'dimensions', ''),
    encoding: format,
    extras: { origin: 'openai-chat', fields: restOf(body, KNOWN) },
  };
}

/** One text, one list of tokens, or a list of either. */
function inputsOf(input: unknown): EmbeddingRequest['inputs'] {
  if (typeof input === 'string') return [input];
  if (!Array.isArray(input)) return wrong('input', 'must be a string or a list');
  const list = input as readonly unknown[];
  if (list.length === 0) return wrong('input', 'must not be empty');
  if (isTokens(list)) return [list];
  return list.map((one, index) => {
    if (typeof one === 'string' || (Array.isArray(one) && isTokens(one))) return one;
    return wrong(`input[${index}]`, 'must be a string or a list of tokens');
  });
}

function isTokens(list: readonly unknown[]): list is readonly number[] {
  return list.length > 0 && list.every((token) => Number.isSafeInteger(token));
}

/** The answer as JSON text. OpenAI's SDKs ask for base64 by themselves, and give numbers to their callers. */
export function encodeEmbedAnswer({ vectors, model, usage }: EmbeddingAnswer, context: EmbeddingContext): string {
  const inBase64 = context.request.encoding === 'base64';
  const tokens = usage?.inputTokens ?? null;
  const data = vectors.map((vector, index) => ({
    object: 'embedding' as const,
    index,
    embedding: inBase64 ? base64Of(vector) : vector,
  }));
  // The SDK's types know the numbers only, and take it for granted that the tokens are known.
  const answer: Omit<CreateEmbeddingResponse, 'data' | 'usage'> & {
    readonly data: readonly (Omit<Embedding, 'embedding'> & { readonly embedding: string | readonly number[] })[];
    readonly usage?: CreateEmbeddingResponse.Usage;
  } = {
    object: 'list',
    data,
    model: model ?? context.model,
    ...(tokens === null ? {} : { usage: { prompt_tokens: tokens, total_tokens: tokens } }),
  };
  return JSON.stringify(answer);
}

/** Floats of 32 bits, the lowest byte first. */
function base64Of(vector: readonly number[]): string {
  const bytes = Buffer.allocUnsafe(vector.length * FLOAT_BYTES);
  vector.forEach((value, index) => bytes.writeFloatLE(value, index * FLOAT_BYTES));
  return bytes.toString('base64');
}

/** A body for `/embeddings`. */
export function encodeEmbedRequest(request: EmbeddingRequest, target: { readonly model: string }): EncodedRequest {
  const { origin, fields } = request.extras;
  const isOwn = origin === 'openai-chat';
  const input: readonly (string | readonly number[])[] = request.inputs;
  const body: Omit<EmbeddingCreateParams, 'input'> & { readonly input: typeof input } = {
    ...(isOwn ? fields : {}),
    model: target.model,
    input,
    ...(request.dimensions === null ? {} : { dimensions: request.dimensions }),
  };
  const dropped = isOwn ? [] : extraNames(request.extras);
  return { body: { ...body }, dropped, headers: {} };
}

/** The vectors of `/embeddings`, in the order of their `index`; as numbers, or in base64 where a server prefers it. */
export function decodeEmbedAnswer(body: unknown, provider: string): EmbeddingAnswer | GatewayError {
  const answer: JsonObject = isObject(body) ? body : {};
  if (answer['error'] !== undefined && answer['error'] !== null) {
    return decodeOpenAiError({ provider, status: 200, retryAfter: null, body: JSON.stringify(answer) });
  }
  const vectors = vectorsOf(answer['data']);
  if (vectors === null) {
    return new GatewayError('upstream_invalid_answer', `${provider} sent an answer without embeddings.`);
  }
  const { model } = answer;
  return {
    vectors,
    model: typeof model === 'string' && model !== '' ? cutId(model) : null,
    usage: usageOf(answer['usage']),
  };
}

/** Nothing is written for an embedding. */
function usageOf(told: unknown): Usage | null {
  const inputTokens = usageFromOpenAi(told)?.inputTokens ?? null;
  return inputTokens === null ? null : { ...UNKNOWN_USAGE, inputTokens, outputTokens: 0 };
}

function vectorsOf(data: unknown): readonly (readonly number[])[] | null {
  if (!Array.isArray(data) || data.length === 0) return null;
  const found = (data as readonly unknown[]).map((one, position) => {
    const item: JsonObject = isObject(one) ? one : {};
    const { index, embedding } = item;
    return { index: typeof index === 'number' ? index : position, vector: vectorOf(embedding) };
  });
  const vectors = found.sort((one, other) => one.index - other.index).map(({ vector }) => vector);
  return vectors.every((vector) => vector !== null) ? vectors : null;
}

function vectorOf(embedding: unknown): readonly number[] | null {
  if (typeof embedding === 'string') return floatsOf(Buffer.from(embedding, 'base64'));
  if (!Array.isArray(embedding)) return null;
  return embedding.every((value) => typeof value === 'number') ? embedding : null;
}

function floatsOf(bytes: Buffer): readonly number[] | null {
  if (bytes.length === 0 || bytes.length % FLOAT_BYTES !== 0) return null;
  return Array.from({ length: bytes.length / FLOAT_BYTES }, (_, index) => bytes.readFloatLE(index * FLOAT_BYTES));
}
