import type { EmbeddingRequest } from '../../canonical/embedding.ts';
import type { JsonObject } from '../../canonical/parts.ts';
import type { EncodedRequest } from '../dialect.ts';
import { extraNames } from '../extra-names.ts';
import { unsupported } from '../fields.ts';
import { methodPath } from './path.ts';

/*
 * Embeddings on Vertex AI, which knows `:batchEmbedContents` not at all, and `:embedContent` of newer models only.
 * Sources: `embedContent` of `@google/genai` with `vertexai: true`;
 * cloud.google.com/vertex-ai/generative-ai/docs/embeddings/get-text-embeddings.
 */

/** Below the API base. */
export function vertexEmbedPath(model: string): string {
  return methodPath(model, isPredicted(model) ? 'predict' : 'embedContent');
}

/** A body of `:predict`, or of `:embedContent`, which takes one text. */
export function encodeVertexEmbedRequest(
  request: EmbeddingRequest,
  { model }: { readonly model: string },
): EncodedRequest {
  const texts = request.inputs.map((input, index) => {
    if (typeof input === 'string') return input;
    return unsupported(placeOfInput(request, index), 'is given in tokens, which Gemini does not take');
  });
  if (texts.length > 1 && takesOne(model)) {
    unsupported(placeOfInput(request, 1), `is one too many: ${model} takes one text in each request on Vertex AI`);
  }
  const isOwn = request.extras.origin === 'gemini';
  const fields = isOwn ? request.extras.fields : {};
  const body = isPredicted(model) ? predictBody(texts, request, fields) : embedBody(texts, request, fields);
  return { body, dropped: isOwn ? unknownIn(fields) : extraNames(request.extras), headers: {} };
}

const KNOWN: ReadonlySet<string> = new Set(['taskType', 'title', 'autoTruncate', 'embedContentConfig']);

function unknownIn(fields: JsonObject): readonly string[] {
  return Object.keys(fields).filter((name) => !KNOWN.has(name));
}

function predictBody(texts: readonly string[], { dimensions }: EmbeddingRequest, fields: JsonObject): JsonObject {
  const { taskType, title, autoTruncate } = configIn(fields);
  const parameters = {
    ...(dimensions === null ? {} : { outputDimensionality: dimensions }),
    ...(autoTruncate === undefined ? {} : { autoTruncate }),
  };
  const instances = texts.map((content) => ({
    content,
    ...(taskType === undefined ? {} : { task_type: taskType }),
    ...(title === undefined ? {} : { title }),
  }));
  return { instances, ...(Object.keys(parameters).length === 0 ? {} : { parameters }) };
}

function embedBody(texts: readonly string[], { dimensions }: EmbeddingRequest, fields: JsonObject): JsonObject {
  const { taskType, title, autoTruncate } = configIn(fields);
  const config = {
    ...(taskType === undefined ? {} : { taskType }),
    ...(title === undefined ? {} : { title }),
    ...(dimensions === null ? {} : { outputDimensionality: dimensions }),
    ...(autoTruncate === undefined ? {} : { autoTruncate }),
  };
  const content = { parts: [{ text: texts[0] ?? '' }] };
  return { content, ...(Object.keys(config).length === 0 ? {} : { embedContentConfig: config }) };
}

/** What the Gemini API has beside the text stands within `embedContentConfig` in newer SDKs. */
function configIn(fields: JsonObject): JsonObject {
  const { embedContentConfig: config } = fields;
  return { ...(typeof config === 'object' ? config : {}), ...fields };
}

/** As Google's SDK decides. */
function isPredicted(model: string): boolean {
  return (!model.includes('gemini') || model === 'gemini-embedding-001') && !model.includes('maas');
}

function takesOne(model: string): boolean {
  return !isPredicted(model) || model === 'gemini-embedding-001';
}

/** In the client's own words. */
function placeOfInput({ extras }: EmbeddingRequest, index: number): string {
  return extras.origin === 'gemini' ? `requests[${index}]` : `input[${index}]`;
}
