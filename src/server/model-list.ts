import type { KnownModel } from './known-models.ts';

/** One entry of `GET /v1/models`: OpenAI's fields, and what is known beyond them. */
export interface ListedModel {
  readonly id: string;
  readonly object: 'model';
  /** Seconds since 1970; 0 where nobody tells. */
  readonly created: number;
  readonly owned_by: string;
  readonly context_length?: number;
  readonly capabilities?: readonly string[];
}

/** The list in OpenAI's shape. */
export function listModels(models: readonly KnownModel[]): { object: 'list'; data: readonly ListedModel[] } {
  return { object: 'list', data: models.map(listedModel) };
}

export function listedModel({ name, ownedBy, facts }: KnownModel): ListedModel {
  const { createdAt, contextLength, capabilities } = facts;
  return {
    id: name,
    object: 'model',
    created: createdAt ?? 0,
    owned_by: ownedBy,
    ...(contextLength === null ? {} : { context_length: contextLength }),
    ...(capabilities === null ? {} : { capabilities }),
  };
}
