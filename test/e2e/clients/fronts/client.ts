import type { DialectId } from '../../../../src/canonical/dialect-id.ts';
import type { PlayedFinish } from '../scenario.ts';

/** An SDK of a vendor, behind the same few calls as all others. It repeats nothing by itself. */
export interface Client {
  /** As it stands in the names of tests. */
  readonly name: string;
  /** What it speaks to the gateway. */
  readonly dialect: DialectId;
  /** The SDK's own words for how an answer ended. */
  readonly finishes: Readonly<Record<PlayedFinish, string>>;
  /** Classes of usage that the SDK has a field for besides the totals. */
  readonly counts: { readonly cacheRead: boolean; readonly reasoning: boolean };
  /** Whether it can ask to see what is thought; else providers show it that do so unasked. */
  readonly asksToSee: boolean;
  readonly open: (access: Access) => Conversation;
  /** What the SDK says of a failure; `null`: it is no error of the SDK's own. */
  readonly failureOf: (error: unknown) => Failure | null;
}

export interface Access {
  /** The gateway, without a path. */
  readonly origin: string;
  readonly key: string;
  readonly model: string;
  readonly fetch: typeof fetch;
}

export interface Failure {
  /** `null`: it came in the middle of a stream. */
  readonly status: number | null;
  readonly message: string;
}

export interface Conversation {
  /** Asks with all that was said before. */
  readonly ask: (question: Question, how: How) => Promise<Said>;
  /**
   * Gives the results of all calls of the last answer, as the SDK's documentation does; the last one first where calls
   * have ids to tell them apart, since tools do not end in the order in which they are called.
   */
  readonly answer: (results: readonly string[], how: How) => Promise<Said>;
}

export interface Question {
  readonly text: string;
  readonly image?: { readonly mediaType: string; readonly bytes: Buffer };
}

export interface How {
  readonly stream: boolean;
  /** Asks for thoughts, and to see them. */
  readonly thinks?: boolean;
  /** Offers the tools `weather` and `clock`. */
  readonly tools?: boolean;
  readonly signal?: AbortSignal;
  /** Called with each piece of text of a stream. */
  readonly onText?: () => void;
}

/** An answer as the SDK gives it. */
export interface Said {
  readonly text: string;
  readonly thought: string;
  readonly calls: readonly {
    readonly id: string | null;
    readonly name: string;
    readonly arguments: unknown;
  }[];
  readonly finish: string | null;
  readonly usage: {
    readonly input: number | null;
    readonly output: number | null;
    readonly cacheRead: number | null;
    readonly reasoning: number | null;
  };
}
