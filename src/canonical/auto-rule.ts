import type { Effort } from './request.ts';

/** One line of a list of rules: who answers when all that it asks for holds. */
export interface AutoRule {
  /** `null`: always. */
  readonly when: AutoCondition | null;
  /** The name of a group or model. */
  readonly use: string;
}

/** What a rule asks of a request; what is `null` or empty is not asked. */
export interface AutoCondition {
  /** Tokens of the prompt, not counting the bound itself. */
  readonly tokensOver: number | null;
  readonly tokensUnder: number | null;
  /** Whether tools are offered. */
  readonly tools: boolean | null;
  /** Whether there are images. */
  readonly images: boolean | null;
  /** One of these words or phrases stands in the last text of the user. */
  readonly words: readonly string[];
  /** At least this much thinking is asked for. */
  readonly effort: Effort | null;
}
