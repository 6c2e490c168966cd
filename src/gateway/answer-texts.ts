import type { AnswerEvent } from '../canonical/answer.ts';
import type { Usage } from '../canonical/usage.ts';
import type { KeptAnswer } from './relay.ts';

/** How much of an answer is kept for counting its tokens in case the upstream does not. */
const KEPT_CHARACTERS = 256 * 1024;

/** Keeps what a model says, for counting its tokens where the upstream does not tell them, and what it does tell. */
export class AnswerTexts {
  #texts: string[] | null = [];
  #length = 0;
  #usage: Usage | null = null;
  /** More was said than the usage counts. */
  #isBehind = false;
  #finished = false;

  take(event: AnswerEvent): void {
    switch (event.type) {
      case 'text':
      case 'reasoning':
      case 'refusal':
      case 'tool_arguments':
        this.#add(event.text);
        return;
      case 'tool_call':
        this.#add(event.name);
        return;
      case 'usage':
        this.#usage = event.usage;
        this.#isBehind = false;
        return;
      case 'finish':
        this.#finished = true;
        return;
      default:
    }
  }

  /**
   * What the upstream told. Anthropic tells the input at the beginning, with one token of output: of an answer that is
   * cut off behind that, the output is not known.
   */
  get usage(): Usage | null {
    if (this.#usage === null || this.#finished || !this.#isBehind) return this.#usage;
    return { ...this.#usage, outputTokens: null, outputAudioTokens: null, reasoningTokens: null };
  }

  /** `null`: too long to keep, or told. */
  get kept(): KeptAnswer | null {
    return this.#texts === null || isTold(this.usage)
      ? null
      : { kind: 'text', pieces: [Buffer.from(this.#texts.join(''))] };
  }

  #add(text: string): void {
    this.#isBehind = true;
    this.#length += text.length;
    if (this.#length > KEPT_CHARACTERS) this.#texts = null;
    else this.#texts?.push(text);
  }
}

/** Whether there is nothing left to be counted. */
export function isTold(usage: Usage | null): boolean {
  return usage !== null && usage.inputTokens !== null && usage.outputTokens !== null;
}
