import type { AnswerEvent } from '../../canonical/answer.ts';

/**
 * What a model says before it gives its answer through the tool that stands for a JSON schema is no part of that
 * answer: it is held back until it is known whether the tool is called. Text that begins as JSON does is the answer.
 */
export class HeldText {
  readonly isOn: boolean;
  #held: AnswerEvent[] = [];
  #state: 'beginning' | 'prose' | 'open';

  constructor(isOn: boolean) {
    this.isOn = isOn;
    this.#state = isOn ? 'beginning' : 'open';
  }

  take(event: AnswerEvent): readonly AnswerEvent[] {
    if (this.#state === 'open') return [event];
    this.#held.push(event);
    if (this.#state === 'beginning' && event.type === 'text') {
      const first = event.text.trimStart().charAt(0);
      if (first === '{' || first === '[') return this.release();
      if (first !== '') this.#state = 'prose';
    }
    return [];
  }

  /** The answer comes through the tool. */
  drop(): void {
    this.#held = [];
    this.#state = 'open';
  }

  /** There is no such answer, or none yet. */
  release(): readonly AnswerEvent[] {
    const held = this.#held;
    this.drop();
    return held;
  }
}
