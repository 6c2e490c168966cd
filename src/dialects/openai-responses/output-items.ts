import type { ResponseOutputItem } from 'openai/resources/responses/responses';
import { idWithState } from '../../canonical/carried-state.ts';
import type { AnswerEvent } from '../../canonical/answer.ts';
import type { CarriedState, JsonObject } from '../../canonical/parts.ts';
import type { AnswerContext } from '../dialect.ts';
import { CallItem } from './call-item.ts';
import type { Called } from './call-item.ts';
import { itemIdOf } from './ids.ts';
import { MessageItem } from './message-item.ts';
import { namespacesOf } from './namespaces.ts';
import type { LocalName } from './namespaces.ts';
import { ReasoningItem } from './reasoning-item.ts';
import { reasoningStateOf } from './reasoning-state.ts';
import { hasClientSearch, TOOL_SEARCH } from './tool-search.ts';
import type { Place, WireEvent } from './wire-events.ts';

const ID_PREFIXES: Readonly<Record<Called['form'], string>> = {
  function: 'fc',
  custom: 'ctc',
  wrapped: 'ctc',
  search: 'tsc',
};

type OpenItem = MessageItem | ReasoningItem | CallItem;

/** Makes an answer's events into items of a response, one after the other, and writes the events that they have. */
export class OutputItems {
  /** The items that are whole. Those of OpenAI's own stand there as they came. */
  readonly output: (ResponseOutputItem | JsonObject)[] = [];
  readonly #exchangeId: string;
  readonly #write: (event: WireEvent) => void;
  readonly #customTools: ReadonlySet<string>;
  readonly #namespaces: ReadonlyMap<string, LocalName>;
  readonly #hasSearch: boolean;
  #open: OpenItem | null = null;

  constructor(context: AnswerContext, write: (event: WireEvent) => void) {
    this.#exchangeId = context.exchangeId;
    this.#write = write;
    const custom = context.request.tools.filter(({ kind }) => kind === 'custom');
    this.#customTools = new Set(custom.map(({ name }) => name));
    this.#namespaces = namespacesOf(context.body);
    this.#hasSearch = hasClientSearch(context.body);
  }

  /** Calls must not overlap. Text is never empty. */
  take(event: AnswerEvent): void {
    switch (event.type) {
      case 'text':
        if (event.text !== '') this.#message().text(event.text);
        break;
      case 'refusal':
        if (event.text !== '') this.#message().refusal(event.text);
        break;
      case 'logprobs':
        this.#message().logprobs(event.tokens);
        break;
      case 'citation':
        this.#message().citation(event.citation);
        break;
      case 'reasoning':
        if (event.text !== '') this.#reasoning().text(event.text);
        break;
      case 'state':
        this.#state(event.on, event.state);
        break;
      case 'part_end':
        if (this.#open?.kind === 'message') this.#open.endPart();
        else if (this.#open?.kind === 'reasoning') this.#close(false);
        break;
      case 'finish':
        // What is still open when an answer is cut is what was cut.
        this.#close(event.finish.reason === 'length');
        break;
      default:
        this.#takeItem(event);
    }
  }

  #takeItem(event: AnswerEvent): void {
    switch (event.type) {
      case 'tool_call':
        this.#call(event);
        break;
      case 'tool_arguments':
        if (this.#open?.kind === 'call') this.#open.arguments(event.text);
        break;
      case 'tool_call_end':
        this.#close(false);
        break;
      case 'image':
        this.#image(event.data);
        break;
      case 'foreign':
        if (event.origin === 'openai-responses') this.#whole(event.value, event.value);
        break;
      default:
        // The begin, the usage and errors are no items.
        break;
    }
  }

  #message(): MessageItem {
    if (this.#open?.kind === 'message') return this.#open;
    const item = new MessageItem(this.#nextPlace('msg'));
    this.#open = item;
    return item;
  }

  #reasoning(): ReasoningItem {
    if (this.#open?.kind === 'reasoning') return this.#open;
    const item = new ReasoningItem(this.#nextPlace('rs'));
    this.#open = item;
    return item;
  }

  /** Nothing of a response carries the state of a text. */
  #state(on: 'reasoning' | 'text', state: CarriedState): void {
    if (on === 'text') {
      if (this.#open?.kind === 'message') this.#open.endPart();
      return;
    }
    if (this.#open?.kind !== 'reasoning') {
      // Thoughts of OpenAI's own that nothing has been told of can keep their id, which their state is bound to.
      const place = this.#nextPlace('rs');
      this.#open = new ReasoningItem({ ...place, id: reasoningStateOf(state)?.id ?? place.id });
    }
    this.output.push(this.#open.end(state));
    this.#open = null;
  }

  #call(event: Extract<AnswerEvent, { type: 'tool_call' }>): void {
    const form = this.#formOf(event);
    this.#open = new CallItem(this.#nextPlace(ID_PREFIXES[form]), {
      callId: idWithState(event.id, event.state),
      name: event.name,
      local: this.#namespaces.get(event.name) ?? null,
      form,
    });
  }

  #formOf({ kind, name }: Extract<AnswerEvent, { type: 'tool_call' }>): Called['form'] {
    if (kind === 'function' && this.#customTools.has(name)) return 'wrapped';
    return this.#hasSearch && name === TOOL_SEARCH ? 'search' : kind;
  }

  #image(result: string): void {
    this.#close(false);
    const id = itemIdOf('ig', this.#exchangeId, this.output.length);
    this.#whole(
      { type: 'image_generation_call', id, status: 'in_progress', result: null },
      { type: 'image_generation_call', id, status: 'completed', result },
    );
  }

  /** An item that comes whole. */
  #whole(begun: JsonObject, done: JsonObject): void {
    this.#close(false);
    const at = { output_index: this.output.length };
    // What OpenAI's own tools give was never read.
    this.#write({ type: 'response.output_item.added', ...at, item: begun as unknown as ResponseOutputItem });
    this.#write({ type: 'response.output_item.done', ...at, item: done as unknown as ResponseOutputItem });
    this.output.push(done);
  }

  #nextPlace(prefix: string): Place {
    this.#close(false);
    const index = this.output.length;
    return { id: itemIdOf(prefix, this.#exchangeId, index), index, write: this.#write };
  }

  #close(isCut: boolean): void {
    const open = this.#open;
    if (open === null) return;
    this.#open = null;
    this.output.push(open.kind === 'reasoning' ? open.end(null) : open.end(isCut));
  }
}
