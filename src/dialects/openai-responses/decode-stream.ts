import type { AnswerEvent } from '../../canonical/answer.ts';
import { GatewayError, truncatedStream } from '../../canonical/errors.ts';
import type { JsonObject } from '../../canonical/parts.ts';
import { isObject } from '../../std/is-object.ts';
import { parseJson } from '../../std/parse-json.ts';
import type { DecodeContext, StreamDecoder } from '../dialect.ts';
import { SseFrames } from '../sse-frames.ts';
import type { SseFrame } from '../sse-frames.ts';
import { ThinkTags } from '../think-tags.ts';
import { AnswerItems, partKey, summaryKey } from './answer-items.ts';
import type { Item } from './answer-items.ts';
import { failureOf, textOrNull } from './decode-response.ts';
import { errorInside } from './errors.ts';
import { decodeEnd } from './finish.ts';

/** Reads the stream of a response. */
export function decodeStream(context: DecodeContext): StreamDecoder {
  const reader = new StreamReader(context);
  if (!context.quirks.thinkTags) return reader;
  const tags = new ThinkTags();
  const separated = (events: readonly AnswerEvent[]): readonly AnswerEvent[] =>
    events.flatMap((event) => tags.take(event));
  return { push: (chunk) => separated(reader.push(chunk)), end: () => separated(reader.end()) };
}

class StreamReader implements StreamDecoder {
  readonly #context: DecodeContext;
  readonly #frames = new SseFrames();
  readonly #items: AnswerItems;
  readonly #byIndex = new Map<number, Item>();
  readonly #byId = new Map<string, Item>();
  #last: Item | null = null;
  #isStarted = false;
  /** The answer has ended, or failed. */
  #isOver = false;

  constructor(context: DecodeContext) {
    this.#context = context;
    this.#items = new AnswerItems(context);
  }

  push(chunk: Buffer): readonly AnswerEvent[] {
    const isWithinLimit = this.#frames.push(chunk, (frame) => this.#takeFrame(frame));
    if (!isWithinLimit) {
      const message = `${this.#context.provider} sent an event larger than 8 MiB.`;
      this.#fail(new GatewayError('upstream_answer_too_large', message));
    }
    return this.#taken();
  }

  end(): readonly AnswerEvent[] {
    const rest = this.#frames.rest();
    if (rest !== null) this.#takeFrame(rest);
    this.#fail(truncatedStream(this.#context.provider));
    return this.#taken();
  }

  #taken(): readonly AnswerEvent[] {
    const { events } = this.#items;
    this.#items.events = [];
    return events;
  }

  #fail(error: GatewayError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#items.events.push({ type: 'error', error });
  }

  #takeFrame(frame: SseFrame): void {
    if (this.#isOver) return;
    // What is no JSON says nothing: `[DONE]`, which some send at the end as chat completions do, and garbage.
    const data = parseJson(frame.data);
    if (isObject(data)) this.#take(textOrNull(data['type']) ?? frame.event ?? '', data);
  }

  #take(type: string, data: JsonObject): void {
    switch (type) {
      case 'error': {
        this.#fail(errorInside(data, this.#context.provider));
        return;
      }
      case 'response.failed':
      case 'response.cancelled':
      case 'response.completed':
      case 'response.incomplete': {
        this.#complete(data, type);
        return;
      }
      default:
        if (type.startsWith('response.')) this.#takePiece(type, data);
        else if ('error' in data) this.#fail(errorInside(data, this.#context.provider));
    }
  }

  #complete(data: JsonObject, type: string): void {
    const response = isObject(data['response']) ? data['response'] : {};
    this.#start(response);
    const failure = failureOf(response, this.#context.provider);
    if (failure !== null) {
      this.#fail(failure);
      return;
    }
    if (type === 'response.failed' || type === 'response.cancelled') {
      this.#fail(errorInside(response['error'], this.#context.provider));
      return;
    }
    this.#finishItems(Array.isArray(response['output']) ? (response['output'] as unknown[]) : []);
    const status = response['status'] ?? (type === 'response.incomplete' ? 'incomplete' : 'completed');
    const end = decodeEnd({ ...response, status }, this.#context.request, this.#items.hasCalls);
    this.#items.events.push(...end);
    this.#isOver = true;
  }

  /** What the last event says of items that have not ended; of all items where none has come before. */
  #finishItems(output: readonly unknown[]): void {
    const isFirst = this.#last === null;
    output.forEach((value, index) => {
      if (!isObject(value)) return;
      const known = this.#byIndex.get(index) ?? this.#byId.get(textOrNull(value['id']) ?? '');
      const item = isFirst ? this.#items.newItem() : known;
      if (item !== undefined) this.#items.done(item, value);
    });
    for (const item of [...this.#byIndex.values(), ...this.#byId.values()]) this.#items.abandon(item);
  }

  #start(response: JsonObject): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#items.start(textOrNull(response['id']), textOrNull(response['model']));
  }

  #takePiece(type: string, data: JsonObject): void {
    const { response } = data;
    this.#start(isObject(response) ? response : {});
    const value = isObject(data['item']) ? data['item'] : {};
    switch (type) {
      case 'response.output_item.added': {
        this.#items.added(this.#begun(data, value), value);
        return;
      }
      case 'response.output_item.done': {
        this.#items.done(this.#itemOf(data, value), value);
        return;
      }
      case 'response.function_call_arguments.delta':
      case 'response.custom_tool_call_input.delta': {
        this.#items.argumentsDelta(this.#itemOf(data, value), textOrNull(data['delta']) ?? '');
        return;
      }
      case 'response.function_call_arguments.done': {
        this.#items.restOfArguments(this.#itemOf(data, value), data['arguments']);
        return;
      }
      case 'response.custom_tool_call_input.done': {
        this.#items.restOfArguments(this.#itemOf(data, value), data['input']);
        return;
      }
      default:
        this.#takeContent(type, data, value);
    }
  }

  #takeContent(type: string, data: JsonObject, value: JsonObject): void {
    const delta = textOrNull(data['delta']) ?? '';
    const key = partKey(data['content_index']);
    switch (type) {
      case 'response.output_text.delta': {
        const item = this.#itemOf(data, value);
        this.#items.delta(item, key, 'text', delta);
        this.#items.logprobs(item, key, data['logprobs']);
        return;
      }
      case 'response.output_text.done': {
        this.#items.restOfText(this.#itemOf(data, value), key, 'text', data['text']);
        return;
      }
      case 'response.output_text.annotation.added': {
        this.#items.annotation(this.#itemOf(data, value), key, data['annotation']);
        return;
      }
      case 'response.refusal.delta': {
        this.#items.delta(this.#itemOf(data, value), key, 'refusal', delta);
        return;
      }
      case 'response.refusal.done': {
        this.#items.restOfText(this.#itemOf(data, value), key, 'refusal', data['refusal']);
        return;
      }
      case 'response.reasoning_text.delta': {
        this.#items.delta(this.#itemOf(data, value), key, 'reasoning', delta);
        return;
      }
      case 'response.reasoning_text.done': {
        this.#items.restOfText(this.#itemOf(data, value), key, 'reasoning', data['text']);
        return;
      }
      case 'response.reasoning_summary_text.delta': {
        this.#items.delta(this.#itemOf(data, value), summaryKey(data['summary_index']), 'reasoning', delta);
        return;
      }
      case 'response.reasoning_summary_text.done': {
        const summary = summaryKey(data['summary_index']);
        this.#items.restOfText(this.#itemOf(data, value), summary, 'reasoning', data['text']);
        return;
      }
      default:
        // Steps of tools that the provider runs: their items tell at the end what came of them.
        return;
    }
  }

  #begun(data: JsonObject, value: JsonObject): Item {
    const item = this.#itemOf(data, value);
    const id = textOrNull(value['id']);
    if (id !== null) this.#byId.set(id, item);
    return item;
  }

  /**
   * By its index, since the ids of one item differ from event to event behind GitHub Copilot; by its id where there is
   * no index (llama.cpp); else the last one.
   */
  #itemOf(data: JsonObject, value: JsonObject): Item {
    const { output_index: index } = data;
    const id = textOrNull(data['item_id']) ?? textOrNull(value['id']);
    const known = typeof index === 'number' ? this.#byIndex.get(index) : id === null ? this.#last : this.#byId.get(id);
    const item = known ?? this.#items.newItem();
    if (typeof index === 'number') this.#byIndex.set(index, item);
    else if (id !== null) this.#byId.set(id, item);
    this.#last = item;
    return item;
  }
}
