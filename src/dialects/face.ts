import type { DialectId } from '../canonical/dialect-id.ts';
import type { JsonObject } from '../canonical/parts.ts';
import type { RequestNeeds } from '../canonical/request-needs.ts';
import type { Front } from './dialect.ts';
import type { EmbeddingFront } from './embedding.ts';
import type { RelayEndpoint } from './openai-relay/endpoints.ts';

/** One way in which clients ask: an endpoint of a dialect. */
export interface Face {
  /** As it stands in the ledger, in `llmgw route` and in messages: `chat/completions`, `messages`, `api/chat`. */
  readonly name: string;
  readonly dialect: DialectId;
  readonly task: RequestNeeds['task'];
  /** How its bodies are read and its answers are written; `null`: they only ever pass through, or are embeddings. */
  readonly front: Front | null;
  /** The same where what is asked for are embeddings; `null`: it is not. */
  readonly embedding: EmbeddingFront | null;
  /** The endpoint of OpenAI's whose requests and answers are relayed as they are; `null`: they are read. */
  readonly relay: RelayEndpoint | null;
  /** The path at an upstream of the same dialect, below its API base; `null`: its bytes never pass through. */
  readonly pathOf: ((model: string, stream: boolean) => string) | null;
  /**
   * The client's body for an upstream of the same dialect that gives the model another name, where the name stands in
   * more of it than in its field `model`; `null`: it does not.
   */
  readonly withModel: ((body: JsonObject, model: string) => JsonObject) | null;
  /** The answer where only the prompt's tokens are to be counted; `null`: the model itself is asked. */
  readonly countAnswer: ((tokens: number) => string) | null;
  /**
   * The answer to a request that asks a model nothing (Ollama's, to load one), as JSON text, where its upstream has no
   * words for it; `null`: the request does ask. `createdAt`: UTC milliseconds.
   */
  readonly answerWithout:
    ((body: JsonObject, asked: { readonly model: string; readonly createdAt: number }) => string | null) | null;
  readonly body: BodyRules;
  /** The header in which the dialect's SDKs look for an id of the request. */
  readonly requestIdHeader: 'x-request-id' | 'request-id';
}

/** What of a body can be told without knowing its dialect. */
export interface BodyRules {
  /** Where the model's name is. */
  readonly model: 'body' | 'path';
  /** Whether it is answered in a stream: `never`; by the path; or by `stream` in the body, and if that is absent. */
  readonly stream: 'never' | 'path' | { readonly whenAbsent: boolean };
  /** The field without which there is nothing to do, and whether it is always a list; `null`: none is always there. */
  readonly needed: { readonly field: string; readonly isList: boolean } | null;
}

/** What the path of a request says of it. */
export interface PathFacts {
  /** `null`: the body says it. */
  readonly model: string | null;
  readonly stream: boolean;
  /** What stands behind its `?`, as the client wrote it. */
  readonly query: string;
}

export const NOTHING_IN_PATH: PathFacts = { model: null, stream: false, query: '' };
