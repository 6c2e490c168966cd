import type { AnswerEvent, AnswerPart, CanonicalAnswer, Citation, Finish, TokenLogprob } from './answer.ts';
import type { AssistantPart, CarriedState, ToolCallPart } from './parts.ts';
import { unreachable } from '../std/unreachable.ts';
import type { Usage } from './usage.ts';

type Running = { readonly type: 'text' | 'reasoning' | 'refusal'; readonly texts: string[]; citations: Citation[] };
type Call = Omit<ToolCallPart, 'arguments'> & { readonly pieces: string[] };
type Slot = { readonly kind: 'part'; readonly part: AnswerPart } | { readonly kind: 'call'; readonly call: Call };

/** Puts the pieces of an answer together. An `error` among them is thrown. */
export function foldAnswer(events: Iterable<AnswerEvent>): CanonicalAnswer {
  const fold = new Fold();
  for (const event of events) fold.take(event);
  return fold.answer();
}

class Fold {
  #id: string | null = null;
  #model: string | null = null;
  #usage: Usage | null = null;
  #finish: Finish | null = null;
  #logprobs: TokenLogprob[] | null = null;
  #running: Running | null = null;
  readonly #slots: Slot[] = [];
  readonly #calls = new Map<number, Call>();

  take(event: AnswerEvent): void {
    switch (event.type) {
      case 'start':
        this.#id = event.id;
        this.#model = event.model;
        return;
      case 'text':
      case 'reasoning':
      case 'refusal':
        this.#running = this.#openOf(event.type);
        this.#running.texts.push(event.text);
        return;
      case 'state':
        this.#endWith(this.#openOf(event.on), event.state);
        return;
      case 'citation':
        this.#running = this.#openOf('text');
        this.#running.citations.push(event.citation);
        return;
      case 'logprobs':
        this.#logprobs = [...(this.#logprobs ?? []), ...event.tokens];
        return;
      case 'part_end':
        this.#close();
        return;
      case 'tool_call':
        this.#begin(event);
        return;
      case 'tool_arguments':
        this.#calls.get(event.call)?.pieces.push(event.text);
        return;
      case 'tool_call_end':
        return;
      case 'image':
        this.#add({
          type: 'image',
          source: { kind: 'base64', mediaType: event.mediaType, data: event.data },
          detail: null,
          cache: null,
        });
        return;
      case 'foreign':
        this.#add({ type: 'foreign', origin: event.origin, value: event.value });
        return;
      case 'usage':
        this.#usage = event.usage;
        return;
      case 'finish':
        this.#close();
        this.#finish = event.finish;
        return;
      case 'error':
        throw event.error;
      default:
        unreachable(event);
    }
  }

  answer(): CanonicalAnswer {
    this.#close();
    return {
      id: this.#id,
      model: this.#model,
      content: this.#slots.map((slot) => (slot.kind === 'part' ? slot.part : wholeCall(slot.call))),
      usage: this.#usage,
      finish: this.#finish,
      logprobs: this.#logprobs,
    };
  }

  /** The open part if it is of this type, else a new one. */
  #openOf(type: Running['type']): Running {
    if (this.#running?.type === type) return this.#running;
    this.#close();
    return { type, texts: [], citations: [] };
  }

  #endWith({ type, texts, citations }: Running, state: CarriedState | null): void {
    this.#running = null;
    const text = texts.join('');
    if (text === '' && state === null && citations.length === 0) return;
    const part: AssistantPart =
      type === 'text'
        ? { type, text, cache: null, state }
        : type === 'reasoning'
          ? { type, text, state }
          : { type, text };
    this.#slots.push({ kind: 'part', part: { part, citations } });
  }

  #close(): void {
    if (this.#running !== null) this.#endWith(this.#running, null);
  }

  #begin({ call, id, name, kind, state }: Extract<AnswerEvent, { type: 'tool_call' }>): void {
    this.#close();
    const begun: Call = { type: 'tool_call', id, name, kind, state, cache: null, pieces: [] };
    this.#calls.set(call, begun);
    this.#slots.push({ kind: 'call', call: begun });
  }

  #add(part: AssistantPart): void {
    this.#close();
    this.#slots.push({ kind: 'part', part: { part, citations: [] } });
  }
}

function wholeCall({ pieces, ...call }: Call): AnswerPart {
  const text = pieces.join('');
  return { part: { ...call, arguments: text === '' && call.kind === 'function' ? '{}' : text }, citations: [] };
}
