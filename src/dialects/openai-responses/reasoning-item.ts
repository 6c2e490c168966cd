import type { ResponseReasoningItem } from 'openai/resources/responses/responses';
import type { CarriedState } from '../../canonical/parts.ts';
import { encryptedContentOf } from './reasoning-state.ts';
import type { Place } from './wire-events.ts';

/** Thoughts, shown as the summary of an item: the form that every client of OpenAI's models knows. */
export class ReasoningItem {
  readonly kind = 'reasoning';
  readonly #place: Place;
  readonly #pieces: string[] = [];

  constructor(place: Place) {
    this.#place = place;
    const item: ResponseReasoningItem = { id: place.id, type: 'reasoning', summary: [] };
    place.write({ type: 'response.output_item.added', output_index: place.index, item });
  }

  text(text: string): void {
    if (this.#pieces.length === 0) {
      const part = { type: 'summary_text', text: '' } as const;
      this.#place.write({ type: 'response.reasoning_summary_part.added', ...this.#at(), part });
    }
    this.#pieces.push(text);
    this.#place.write({ type: 'response.reasoning_summary_text.delta', ...this.#at(), delta: text });
  }

  /** `state`: what has to come back with the next request. */
  end(state: CarriedState | null): ResponseReasoningItem {
    const text = this.#pieces.join('');
    const summary = this.#pieces.length === 0 ? [] : [{ type: 'summary_text', text } as const];
    for (const part of summary) {
      this.#place.write({ type: 'response.reasoning_summary_text.done', ...this.#at(), text });
      this.#place.write({ type: 'response.reasoning_summary_part.done', ...this.#at(), part });
    }
    const { id, index } = this.#place;
    const encrypted_content = encryptedContentOf(state, id);
    const item: ResponseReasoningItem = { id, type: 'reasoning', summary, encrypted_content };
    this.#place.write({ type: 'response.output_item.done', output_index: index, item });
    return item;
  }

  #at(): { item_id: string; output_index: number; summary_index: number } {
    return { item_id: this.#place.id, output_index: this.#place.index, summary_index: 0 };
  }
}
