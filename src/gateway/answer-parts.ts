import type { Target } from '../canonical/target.ts';
import type { Conversation } from './conversation.ts';
import type { JoinedAnswer } from './joined-answer.ts';
import type { TurnKeeper } from './response-turns.ts';
import type { Wire } from './wire.ts';

/** What an answer is taken with. */
export interface AnswerParts {
  readonly wire: Wire;
  readonly conversation: Conversation;
  readonly target: Target;
  readonly exchangeId: string;
  /** The client is one of LiteLLM's: errors in its stream are too. */
  readonly asLiteLlm: boolean;
  /** Keeps the answer for who goes on with it by its id; `null`: nobody does. */
  readonly keeper: TurnKeeper | null;
  /** The answer, where another one may go on with it, or goes on with it; `null`: it is this one's alone. */
  readonly joined: JoinedAnswer | null;
  /** How long what comes before the first event of a stream is held back, in milliseconds. */
  readonly openingHeldMs: number;
  /** An answer that a filter held back is a failure: others are to be asked. */
  readonly filterFails: boolean;
}
