import type { JsonObject } from '../../canonical/parts.ts';
import type { ItemList, ItemQuery } from './item-list.ts';

/**
 * Whether responses are kept, for how long, and how large their file may be. Asked for at each use, so that a changed
 * config is in force at once.
 */
export interface ResponseStoreRules {
  readonly store: 'on' | 'off';
  readonly keepMs: number;
  readonly maxBytes: number;
}

/** One answer of the Responses API and what was new in its request. */
export interface StoredResponse {
  readonly id: string;
  readonly model: string;
  /** The response whose conversation this one goes on with. */
  readonly previousId: string | null;
  /** UTC milliseconds. */
  readonly createdAt: number;
  /** The items of the request itself, without those that `previousId` stands for. */
  readonly input: readonly JsonObject[];
  /** The response object as the client got it; its `output` are the items of the answer. */
  readonly response: JsonObject;
}

/** A response to keep. `keyId`: who made it, and alone may ask for it; `null`: a caller without a key. */
export interface ResponseToStore extends StoredResponse {
  readonly keyId: string | null;
}

export type PutResult =
  | 'stored'
  /** The config says so. */
  | 'off'
  /** Larger than one response may be: 16 MB, and a quarter of the room of all. */
  | 'too_large'
  /** The file cannot be written now; `status()` says why, and the log did. */
  | 'failed';

export interface ResponseStoreStatus {
  readonly path: string;
  /** Why nothing can be kept now, in a sentence; `null`: all is well. */
  readonly problem: string | null;
}

/**
 * The conversations of clients that go on with `previous_response_id`, for upstreams that keep none themselves. Every
 * call is over when it returns; a response of the usual size (below 50 KB) takes about a tenth of a millisecond.
 *
 * An id answers only to the key that made it, and only as long as the rules say. What reads throws a `GatewayError`
 * (`ledger_unavailable`) when the file cannot be read: that a response is not there is another thing.
 */
export interface ResponseStore {
  /** Whether what is put is kept, as far as is known before: the config says so, and the file could be written. */
  keeps(): boolean;
  /** Never throws for what the disk does: the client has its answer already. */
  put(response: ResponseToStore): PutResult;
  get(id: string, keyId: string | null): StoredResponse | null;
  /**
   * All items of the conversation up to this response, the oldest first: of each turn its input, then its output.
   * `null`: it, or one that it goes on with, is not there (any more). Throws a `GatewayError` (`request_too_large`) for
   * a conversation that is longer than anything could read.
   */
  chain(id: string, keyId: string | null): readonly JsonObject[] | null;
  /** What the response was made from, page by page. `null`: it is not there. */
  inputItems(id: string, keyId: string | null, query: ItemQuery): ItemList | null;
  /** Whether it was there. Its bytes are overwritten, not only forgotten. */
  delete(id: string, keyId: string | null): boolean;
  status(): ResponseStoreStatus;
  close(): void;
}
