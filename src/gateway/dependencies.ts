import type { Usage } from '../canonical/usage.ts';
import type { Limits } from '../limits/limits.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { ResponseStore } from '../ledger/responses/response-store.ts';
import type { PriceBook } from '../pricing/price-book.ts';
import type { HealthBook } from '../routing/health-book.ts';
import type { RouteTable } from '../routing/route-table.ts';
import type { Stickiness } from '../routing/stickiness.ts';
import type { Logger } from '../std/log.ts';
import type { FetchMedia } from '../upstream/fetch-media.ts';
import type { Upstream } from '../upstream/upstream.ts';
import type { DemoUpstream } from './demo.ts';
import type { FeedSink } from './feed.ts';
import type { MediaRoom } from './media-room.ts';
import type { WaitingRoom } from './waiting-room.ts';

/** An answer whose tokens are to be counted, because the upstream did not. */
export interface CountInput {
  readonly model: string;
  readonly request: Uint8Array;
  readonly answer: readonly Uint8Array[];
  /** `text`: it is the text that was said. */
  readonly answerKind: 'json' | 'sse' | 'text';
}

export interface TokenCounts {
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
}

/** What is kept of conversations whose upstream keeps nothing: an id answers only to the key that made it. */
export type KeptResponses = Omit<ResponseStore, 'status' | 'close'>;

export interface GatewayOptions {
  /**
   * Requests that come before are held until then: a name means another target while the local servers are not known
   * yet, one that costs money. Must resolve soon, whatever is found.
   */
  readonly ready?: Promise<void>;
  readonly ledger: Ledger;
  /** The table in force now, of a profile that is there; `null`: of the active one. */
  readonly routes: (profile: string | null) => RouteTable;
  /** What is known of the deployments; it outlives the tables. */
  readonly health: HealthBook;
  readonly stickiness: Stickiness;
  readonly prices: () => PriceBook;
  readonly limits: Limits;
  /** Answers that clients of the Responses API go on with by their ids. */
  readonly responses: KeptResponses;
  /** Told of what happens, while it is watched. */
  readonly feed: FeedSink;
  readonly upstream: Upstream;
  /** Gets what a request names by its address, for models that take only the bytes. */
  readonly fetchMedia: FetchMedia;
  readonly mediaRoom: MediaRoom;
  /** Whether parameters that a model does not have are left out of what it is sent. */
  readonly dropsParams: () => boolean;
  /** Whether prompts are marked for upstreams that cache nothing unmarked, where clients have no words for it. */
  readonly marksPrompts: () => boolean;
  readonly demo: DemoUpstream;
  readonly estimateTokens: (input: CountInput) => Promise<TokenCounts>;
  readonly maxAnswerBytes: number;
  /** UTC milliseconds. */
  readonly now: () => number;
  /** A number from 0 up to but not including 1. */
  readonly random: () => number;
  readonly logger: Logger;
}

/** What an exchange needs of the gateway. */
export interface GatewayDependencies extends Omit<GatewayOptions, 'estimateTokens' | 'ready'> {
  readonly waiting: WaitingRoom;
  readonly countTokens: (input: CountInput, done: (usage: Usage | null, estimated: boolean) => void) => void;
}
