import type { AnswerEvent } from '../canonical/answer.ts';

const OPEN = '<think>';
const CLOSE = '</think>';
/** Space before the tag; what begins with more is a text. */
const MAX_SPACE_CHARACTERS = 1_024;

type State = 'beginning' | 'thinking' | 'behind' | 'said';

/**
 * Separates what a model thinks from what it says where its server leaves both in the text: `<think>` at the very
 * beginning of the text opens the thoughts, `</think>` ends them. A tag later on is something that the model says.
 * Between two pieces as much is held back as may still become a tag.
 */
export class ThinkTags {
  #state: State = 'beginning';
  #held = '';
  #hasThought = false;

  take(event: AnswerEvent): readonly AnswerEvent[] {
    if (event.type === 'text') return this.#takeText(event.text);
    if (event.type === 'start' || event.type === 'usage' || event.type === 'logprobs') return [event];
    const rest = this.#release();
    // Thoughts that the server told apart itself, and tools, leave the beginning where it is.
    if (event.type !== 'reasoning' && event.type !== 'part_end') this.#state = 'said';
    return [...rest, event];
  }

  #takeText(text: string): readonly AnswerEvent[] {
    if (this.#is('said')) return [{ type: 'text', text }];
    this.#held += text;
    const events: AnswerEvent[] = [];
    if (this.#is('beginning')) this.#begin();
    if (this.#is('thinking')) this.#think(events);
    if (this.#is('behind')) this.#skipSpace();
    if (this.#is('said') && this.#held !== '') events.push({ type: 'text', text: this.#taken() });
    return events;
  }

  #is(state: State): boolean {
    return this.#state === state;
  }

  #begin(): void {
    const text = this.#held.trimStart();
    if (text.startsWith(OPEN)) {
      this.#held = text.slice(OPEN.length);
      this.#state = 'thinking';
    } else if (!OPEN.startsWith(text) || this.#held.length > MAX_SPACE_CHARACTERS) this.#state = 'said';
  }

  #think(events: AnswerEvent[]): void {
    if (!this.#hasThought) this.#held = this.#held.trimStart();
    const end = this.#held.indexOf(CLOSE);
    if (end >= 0) {
      const thought = this.#held.slice(0, end);
      this.#hasThought = true;
      if (thought !== '') events.push({ type: 'reasoning', text: thought });
      events.push({ type: 'part_end' });
      this.#held = this.#held.slice(end + CLOSE.length);
      this.#state = 'behind';
      return;
    }
    const kept = tailThatMayOpen(this.#held, CLOSE);
    const thought = this.#held.slice(0, this.#held.length - kept);
    if (thought === '') return;
    this.#hasThought = true;
    events.push({ type: 'reasoning', text: thought });
    this.#held = this.#held.slice(thought.length);
  }

  /** The empty lines between thoughts and answer belong to neither. */
  #skipSpace(): void {
    this.#held = this.#held.trimStart();
    if (this.#held !== '') this.#state = 'said';
  }

  #release(): readonly AnswerEvent[] {
    const text = this.#taken();
    if (text === '') return [];
    if (this.#is('thinking')) return [{ type: 'reasoning', text }];
    if (this.#is('behind')) return [];
    if (text.trim() !== '') this.#state = 'said';
    return [{ type: 'text', text }];
  }

  #taken(): string {
    const text = this.#held;
    this.#held = '';
    return text;
  }
}

/** How many characters at the end of a text may be the beginning of a tag. */
function tailThatMayOpen(text: string, tag: string): number {
  for (let length = Math.min(tag.length - 1, text.length); length > 0; length--) {
    if (text.endsWith(tag.slice(0, length))) return length;
  }
  return 0;
}
