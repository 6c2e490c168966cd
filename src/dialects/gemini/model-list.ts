import type { JsonObject } from '../../canonical/parts.ts';

const METHODS = ['generateContent', 'streamGenerateContent', 'countTokens'] as const;
const EMBEDDING_METHODS = ['embedContent', 'batchEmbedContents'] as const;

/** A model of `GET /v1beta/models` and `GET /v1beta/models/{model}` (ai.google.dev/api/models). */
export function geminiModel(model: {
  readonly id: string;
  /** Tokens; `null`: not known. */
  readonly contextLength: number | null;
  readonly maxOutputTokens: number | null;
  /** Not there: not known. */
  readonly thinking?: boolean | null | undefined;
  readonly embeds?: boolean;
}): JsonObject {
  const { id, contextLength, maxOutputTokens, thinking = null, embeds = false } = model;
  return {
    name: `models/${id}`,
    baseModelId: id,
    version: '001',
    displayName: id,
    description: `${id} behind llmgw`,
    ...(contextLength === null ? {} : { inputTokenLimit: contextLength }),
    ...(maxOutputTokens === null ? {} : { outputTokenLimit: maxOutputTokens }),
    supportedGenerationMethods: embeds ? EMBEDDING_METHODS : METHODS,
    ...(thinking === null ? {} : { thinking }),
  };
}
