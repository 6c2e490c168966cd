import type { JsonObject } from '../../canonical/parts.ts';

const METHODS = {
  content: ['generateContent', 'streamGenerateContent', 'countTokens'],
  embedding: ['embedContent', 'batchEmbedContents'],
  other: [],
} as const;

/** A model of `GET /v1beta/models` and `GET /v1beta/models/{model}` (ai.google.dev/api/models). */
export function geminiModel(model: {
  readonly id: string;
  /** Tokens; `null`: not known. */
  readonly contextLength: number | null;
  readonly maxOutputTokens: number | null;
  /** Not there: not known. */
  readonly thinking?: boolean | null | undefined;
  /** What it is for: `other` is what is asked for at endpoints that are not Google's. */
  readonly use: 'content' | 'embedding' | 'other';
}): JsonObject {
  const { id, contextLength, maxOutputTokens, thinking = null, use } = model;
  return {
    name: `models/${id}`,
    baseModelId: id,
    version: '001',
    displayName: id,
    description: `${id} behind llmgw`,
    ...(contextLength === null ? {} : { inputTokenLimit: contextLength }),
    ...(maxOutputTokens === null ? {} : { outputTokenLimit: maxOutputTokens }),
    supportedGenerationMethods: METHODS[use],
    ...(thinking === null ? {} : { thinking }),
  };
}
