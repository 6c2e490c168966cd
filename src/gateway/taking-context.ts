import type { JsonObject } from '../canonical/parts.ts';
import type { CanonicalRequest } from '../canonical/request.ts';
import type { AnswerContext } from '../dialects/dialect.ts';
import { estimatePromptTokens } from '../dialects/prompt-estimate.ts';
import type { AnswerParts } from './answer-parts.ts';

/** What an answer is written with. A class, since the guess costs a walk through the prompt, and few ask for it. */
export class TakingContext implements AnswerContext {
  readonly request: CanonicalRequest;
  readonly body: JsonObject;
  readonly exchangeId: string;
  readonly model: string;
  readonly createdAt: number;
  readonly isKept: boolean;
  now: () => number = Date.now;

  constructor({ conversation, target, exchangeId, keeper }: AnswerParts, createdAt: number) {
    this.request = conversation.request;
    this.body = conversation.body;
    this.exchangeId = exchangeId;
    this.model = target.model;
    this.createdAt = createdAt;
    this.isKept = keeper !== null;
  }

  /** The same for a stream that is written when all of it is there: how long its pieces took to come nobody knows. */
  atOnce(): this {
    const endedAt = Date.now();
    this.now = () => endedAt;
    return this;
  }

  get inputTokensGuess(): number {
    return estimatePromptTokens(this.request);
  }
}
