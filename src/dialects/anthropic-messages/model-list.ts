import type { ModelInfo } from '@anthropic-ai/sdk/resources/models';
import type { MessageTokensCount } from '@anthropic-ai/sdk/resources/messages';

export interface ListedModel {
  readonly id: string;
  /** UTC milliseconds. */
  readonly createdAt: number | null;
  readonly displayName: string;
  readonly contextLength: number | null;
}

/** What of the SDK's `ModelInfo` is known of any model; clients do without the newer fields of it. */
type Entry = Pick<ModelInfo, 'type' | 'id' | 'display_name' | 'created_at'> & { readonly max_input_tokens?: number };

/** `GET /v1/models` as Anthropic answers it: everything on one page. */
export function anthropicModelList(models: readonly ListedModel[]): {
  readonly data: readonly Entry[];
  readonly has_more: false;
  readonly first_id: string | null;
  readonly last_id: string | null;
} {
  const { id: first = null } = models[0] ?? {};
  return { data: models.map(anthropicModel), has_more: false, first_id: first, last_id: models.at(-1)?.id ?? null };
}

/** `GET /v1/models/{id}`. Nobody knows when a local model was made. */
export function anthropicModel({ id, createdAt, displayName, contextLength }: ListedModel): Entry {
  return {
    type: 'model',
    id,
    display_name: displayName,
    created_at: timeOf(createdAt),
    ...(contextLength === null ? {} : { max_input_tokens: contextLength }),
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
