import type { EmbeddingAnswer, EmbeddingRequest } from '../canonical/embedding.ts';
import type { GatewayError } from '../canonical/errors.ts';
import type { JsonObject } from '../canonical/parts.ts';
import type { Back, EncodedRequest, Front } from './dialect.ts';

/** How clients of a dialect ask for embeddings: whole answers only. */
export interface EmbeddingFront {
  /** Throws a `GatewayError` (400) that names the field. */
  readonly decodeRequest: (body: JsonObject, asked: { readonly model: string }) => EmbeddingRequest;
  /** As JSON text. */
  readonly encodeAnswer: (answer: EmbeddingAnswer, context: EmbeddingContext) => string;
  readonly encodeError: Front['encodeError'];
}

/** What an answer to a client is made with besides its vectors. */
export interface EmbeddingContext {
  readonly request: EmbeddingRequest;
  /** The model that answers, where its upstream does not name it. */
  readonly model: string;
  /** Since the request was sent, in milliseconds. */
  readonly tookMs: number;
}

/** How upstreams of a dialect are asked for embeddings. */
export interface EmbeddingBack {
  /** Below the API base. */
  readonly pathOf: (model: string) => string;
  /** Throws a `GatewayError` (400) for what the dialect does not take, as lists of tokens. */
  readonly encodeRequest: (request: EmbeddingRequest, target: { readonly model: string }) => EncodedRequest;
  /** `GatewayError`: it is an error, or no answer at all. */
  readonly decodeAnswer: (body: unknown, provider: string) => EmbeddingAnswer | GatewayError;
  readonly decodeError: Back['decodeError'];
}
