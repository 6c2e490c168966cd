import type { ResponseOutputMessage, ResponseOutputText } from 'openai/resources/responses/responses';
import type { Citation, TokenLogprob } from '../../canonical/answer.ts';
import { encodeAnnotation, encodeLogprobs } from './annotations.ts';
import type { Place } from './wire-events.ts';

type Content = ResponseOutputMessage['content'][number];
type Annotations = ResponseOutputText['annotations'];

/** The content part that is being written. Its text is put together once, at its end. */
interface OpenPart {
  readonly type: 'output_text' | 'refusal';
  readonly pieces: string[];
  characters: number;
  readonly annotations: Annotations;
  readonly logprobs: ResponseOutputText.Logprob[];
}

/** An item of text: one or several content parts, each with its begin, its deltas and its end. */
export class MessageItem {
  readonly kind = 'message';
  readonly #place: Place;
  readonly #content: Content[] = [];
  #open: OpenPart | null = null;

  constructor(place: Place) {
    this.#place = place;
    const item = this.#item('in_progress');
    place.write({ type: 'response.output_item.added', output_index: place.index, item });
  }

  text(text: string): void {
    const part = this.#openOf('output_text');
    part.pieces.push(text);
    part.characters += text.length;
    this.#place.write({ type: 'response.output_text.delta', ...this.#at(), delta: text, logprobs: [] });
  }

  refusal(text: string): void {
    this.#openOf('refusal').pieces.push(text);
    this.#place.write({ type: 'response.refusal.delta', ...this.#at(), delta: text });
  }

  /** They come beside the text that they belong to: an empty delta carries them. */
  logprobs(tokens: readonly TokenLogprob[]): void {
    const logprobs = encodeLogprobs(tokens);
    this.#openOf('output_text').logprobs.push(...logprobs);
    this.#place.write({ type: 'response.output_text.delta', ...this.#at(), delta: '', logprobs });
  }

  citation(citation: Citation): void {
    const part = this.#openOf('output_text');
    const annotation = encodeAnnotation(citation, part.characters);
    if (annotation === null) return;
    // One of OpenAI's own goes on as it came.
    part.annotations.push(annotation as Annotations[number]);
    const index = part.annotations.length - 1;
    const added = { annotation, annotation_index: index };
    this.#place.write({ type: 'response.output_text.annotation.added', ...this.#at(), ...added });
  }

  endPart(): void {
    const part = this.#open;
    if (part === null) return;
    const text = part.pieces.join('');
    if (part.type === 'refusal') {
      this.#place.write({ type: 'response.refusal.done', ...this.#at(), refusal: text });
    } else {
      this.#place.write({ type: 'response.output_text.done', ...this.#at(), text, logprobs: part.logprobs });
    }
    const content = contentOf(part, text);
    this.#place.write({ type: 'response.content_part.done', ...this.#at(), part: content });
    this.#content.push(content);
    this.#open = null;
  }

  /** `isCut`: the answer ended in the middle of it. */
  end(isCut: boolean): ResponseOutputMessage {
    this.endPart();
    const item = this.#item(isCut ? 'incomplete' : 'completed');
    this.#place.write({ type: 'response.output_item.done', output_index: this.#place.index, item });
    return item;
  }

  #item(status: ResponseOutputMessage['status']): ResponseOutputMessage {
    return { id: this.#place.id, type: 'message', status, role: 'assistant', content: [...this.#content] };
  }

  #at(): { item_id: string; output_index: number; content_index: number } {
    return { item_id: this.#place.id, output_index: this.#place.index, content_index: this.#content.length };
  }

  #openOf(type: OpenPart['type']): OpenPart {
    if (this.#open?.type === type) return this.#open;
    this.endPart();
    const part: OpenPart = { type, pieces: [], characters: 0, annotations: [], logprobs: [] };
    this.#open = part;
    this.#place.write({ type: 'response.content_part.added', ...this.#at(), part: contentOf(part, '') });
    return part;
  }
}

function contentOf({ type, annotations, logprobs }: OpenPart, text: string): Content {
  if (type === 'refusal') return { type, refusal: text };
  return { type, text, annotations, logprobs };
}
