import type { GatewayError } from '../canonical/errors.ts';
import type { Usage } from '../canonical/usage.ts';
import type { AnswerHeaders } from '../upstream/upstream.ts';
import type { KeptAnswer } from './relay.ts';
import type { WholeAnswer } from './whole-answer.ts';

/** What is known of an answer at the end of an attempt, however it ended. Times: UTC milliseconds. */
export interface AnswerFacts {
  readonly status: number | null;
  readonly headers: AnswerHeaders;
  readonly actualModel: string | null;
  readonly responseId: string | null;
  readonly firstTokenAt: number | null;
  /** A stream said that it was whole, and the client has had all of it; `null`: none did. */
  readonly doneAt: number | null;
  readonly usage: Usage | null;
  /** Of the sound that was heard, where that is what is paid for. */
  readonly audioSeconds?: number | null;
  /** `usage` was counted here; absent: it is the upstream's. */
  readonly estimated?: boolean;
  /** The answer, if usage is missing and it is worth counting. */
  readonly kept: KeptAnswer | null;
  readonly isStream: boolean;
}

export type AttemptEnd =
  /** A whole answer; `body` is still to be sent, `null`: it was streamed. */
  | { readonly kind: 'answered'; readonly facts: AnswerFacts; readonly body: WholeBody | null }
  | {
      readonly kind: 'failed';
      readonly facts: AnswerFacts;
      readonly error: GatewayError;
      readonly staleConnection: boolean;
      /** The client has had a part of the answer and was told in-band. */
      readonly committed: boolean;
    };

/** `contentType`: `null`: the upstream's own. */
export type WholeBody = Pick<WholeAnswer, 'body' | 'contentType' | 'withCounted'>;
