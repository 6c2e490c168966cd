import type { ModelInfo } from '@anthropic-ai/sdk/resources/models';
import type { MessageTokensCount } from '@anthropic-ai/sdk/resources/messages';

export interface ListedModel {
  readonly id: string;
  /** UTC milliseconds. */
  readonly createdAt: number | null;
  readonly displayName: string;
  /** Tokens. */
  readonly contextLength: number | null;
  readonly maxOutputTokens: number | null;
}

/** What of the SDK's `ModelInfo` is known of any model; clients do without the newer fields of it. */
type Entry = Pick<ModelInfo, 'type' | 'id' | 'display_name' | 'created_at'> & {
  readonly max_input_tokens?: number;
  readonly max_tokens?: number;
};

/** `GET /v1/models` as Anthropic answers it: one page. `hasMore`: in the direction in which the client goes. */
export function anthropicModelList(
  models: readonly ListedModel[],
  hasMore: boolean,
): {
  readonly data: readonly Entry[];
  readonly has_more: boolean;
  readonly first_id: string | null;
  readonly last_id: string | null;
} {
  const { id: first = null } = models[0] ?? {};
  return { data: models.map(anthropicModel), has_more: hasMore, first_id: first, last_id: models.at(-1)?.id ?? null };
}

/** `GET /v1/models/{id}`. A time that nobody knows is 1970's first second, as Anthropic's reference has it. */
export function anthropicModel({ id, createdAt, displayName, contextLength, maxOutputTokens }: ListedModel): Entry {
  return {
    type: 'model',
    id,
    display_name: displayName,
    created_at: timeOf(createdAt),
    ...(contextLength === null ? {} : { max_input_tokens: contextLength }),
    ...(maxOutputTokens === null ? {} : { max_tokens: maxOutputTokens }),
  };
}

/** What a server tells may be no time at all. */
function timeOf(createdAt: number | null): string {
  const date = new Date(createdAt ?? 0);
  return (Number.isNaN(date.getTime()) ? new Date(0) : date).toISOString();
}

/** The answer of `/v1/messages/count_tokens`. */
export function countTokensBody(inputTokens: number): MessageTokensCount {
  return { input_tokens: inputTokens };
}
