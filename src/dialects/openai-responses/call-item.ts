import type {
  ResponseCustomToolCall,
  ResponseFunctionToolCall,
  ResponseToolSearchCall,
} from 'openai/resources/responses/responses';
import { isObject } from '../../std/is-object.ts';
import { parseJson } from '../../std/parse-json.ts';
import type { LocalName } from './namespaces.ts';
import type { Place } from './wire-events.ts';

/** What is called, and how its arguments come. */
export interface Called {
  readonly callId: string;
  readonly name: string;
  /** The name as the client wrote it, where it stands in a namespace. */
  readonly local: LocalName | null;
  /**
   * `custom`: any text, as it comes. `wrapped`: the same for the client, but the model knew it as a function with one
   * parameter, `input`. `search`: the client's search for tools, whose arguments are an object and come whole.
   */
  readonly form: 'function' | 'custom' | 'wrapped' | 'search';
}

type WireSearch = ResponseToolSearchCall;
type WireCall = ResponseFunctionToolCall | ResponseCustomToolCall | WireSearch;

/** A call of a tool that the client runs. */
export class CallItem {
  readonly kind = 'call';
  readonly #place: Place;
  readonly #called: Called;
  readonly #pieces: string[] = [];

  constructor(place: Place, called: Called) {
    this.#place = place;
    this.#called = called;
    const item = this.#item('', 'in_progress');
    place.write({ type: 'response.output_item.added', output_index: place.index, item });
  }

  arguments(text: string): void {
    this.#pieces.push(text);
    // What is wrapped can be unwrapped only as a whole, and a search has no pieces.
    if (this.#called.form === 'function' || this.#called.form === 'custom') this.#delta(text);
  }

  /** `isCut`: the answer ended in the middle of it. */
  end(isCut: boolean): WireCall {
    const text = this.#whole();
    const at = { item_id: this.#place.id, output_index: this.#place.index };
    if (this.#called.form === 'function') {
      const name = this.#called.local?.name ?? this.#called.name;
      this.#place.write({ type: 'response.function_call_arguments.done', ...at, name, arguments: text });
    } else if (this.#called.form !== 'search') {
      this.#place.write({ type: 'response.custom_tool_call_input.done', ...at, input: text });
    }
    const item = this.#item(text, isCut ? 'incomplete' : 'completed');
    this.#place.write({ type: 'response.output_item.done', output_index: this.#place.index, item });
    return item;
  }

  #whole(): string {
    const text = this.#pieces.join('');
    if (this.#called.form === 'custom' || this.#called.form === 'search') return text;
    if (this.#called.form === 'function') {
      if (text === '') this.#delta('{}');
      return text === '' ? '{}' : text;
    }
    const input = unwrapped(text);
    if (input !== '') this.#delta(input);
    return input;
  }

  #delta(delta: string): void {
    const isFunction = this.#called.form === 'function';
    const type = isFunction ? 'response.function_call_arguments.delta' : 'response.custom_tool_call_input.delta';
    this.#place.write({ type, item_id: this.#place.id, output_index: this.#place.index, delta });
  }

  #item(text: string, status: 'in_progress' | 'completed' | 'incomplete'): WireCall {
    const { callId, local } = this.#called;
    if (this.#called.form === 'search') return searchCall(this.#place.id, callId, text, status);
    const called = {
      id: this.#place.id,
      call_id: callId,
      name: local?.name ?? this.#called.name,
      ...(local === null ? {} : { namespace: local.namespace }),
    };
    if (this.#called.form === 'function') return { type: 'function_call', ...called, arguments: text, status };
    // The SDK has the `status` in the item that is stored alone; OpenAI sends it in both.
    return { type: 'custom_tool_call', ...called, input: text, ...{ status } };
  }
}

/** Arguments that are no JSON are a text, so that the client can refuse them. */
function searchCall(id: string, callId: string, text: string, status: WireSearch['status']): WireSearch {
  const given = text === '' ? {} : (parseJson(text) ?? text);
  return { type: 'tool_search_call', id, call_id: callId, execution: 'client', arguments: given, status };
}

/** `{"input": "…"}`, or whatever else the model wrote. */
function unwrapped(text: string): string {
  const parsed = parseJson(text);
  if (typeof parsed === 'string') return parsed;
  const input = isObject(parsed) ? parsed['input'] : null;
  return typeof input === 'string' ? input : text;
}
