import type { DialectId } from './dialect-id.ts';
import type { JsonObject } from './parts.ts';
import type { Usage } from './usage.ts';

/** A request for embeddings, in no dialect. */
export interface EmbeddingRequest {
  readonly model: string;
  /** Texts, or tokens of the model. */
  readonly inputs: readonly (string | readonly number[])[];
  /** Numbers that a vector is to have; `null`: the model's own. */
  readonly dimensions: number | null;
  readonly encoding: 'float' | 'base64';
  /** Fields of the body that the dialect it came in knows and no other has a word for. */
  readonly extras: { readonly origin: DialectId; readonly fields: JsonObject };
}

/** One vector for every input, in their order. */
export interface EmbeddingAnswer {
  readonly vectors: readonly (readonly number[])[];
  /** As the upstream names it; `null`: it does not say. */
  readonly model: string | null;
  /** `null`: the upstream does not say. */
  readonly usage: Usage | null;
}
