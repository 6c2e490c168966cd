import type { AnswerEvent } from '../../canonical/answer.ts';
import type { JsonObject } from '../../canonical/parts.ts';
import { isObject } from '../../std/is-object.ts';
import type { DecodeContext } from '../dialect.ts';
import { COMMON_NAMES, toolNamesFor } from '../tool-names.ts';
import type { ToolNames } from '../tool-names.ts';
import { decodeAnnotation, decodeLogprobs } from './annotations.ts';
import { calledName } from './namespaces.ts';
import { stateOfItem } from './reasoning-state.ts';

type Kind = 'text' | 'reasoning' | 'refusal';

/** One part of an item's content: a text, a refusal, a summary, a thought. */
interface Part {
  readonly key: string;
  readonly kind: Kind;
  /** Characters, annotations and tokens with log probabilities that have been given on. */
  characters: number;
  annotations: number;
  tokens: number;
}

/** An item of the answer, as far as it has come. */
export interface Item {
  readonly parts: Map<string, Part>;
  /** Its number among the calls; `null`: it is none, or has not begun since its name is not known yet. */
  call: number | null;
  /** Arguments that came before the name did. */
  held: string;
  /** Characters of the arguments that have been given on. */
  characters: number;
  isDone: boolean;
}

/**
 * Turns the items of an answer into events: in pieces as they stream, or whole, where what has not been said yet is all
 * there is. So a clone that leaves out deltas, parts or items' ends still gives everything once.
 */
export class AnswerItems {
  /** What has been made since it was last taken. */
  events: AnswerEvent[] = [];
  hasCalls = false;
  readonly #context: DecodeContext;
  readonly #names: ToolNames;
  /** The part that is gone on with, and its item. */
  #open: { readonly item: Item; readonly part: Part } | null = null;
  #calls = 0;
  #answerId = '';

  constructor(context: DecodeContext) {
    this.#context = context;
    this.#names = toolNamesFor(context.request, COMMON_NAMES);
  }

  start(id: string | null, model: string | null): void {
    this.#answerId = id ?? '';
    this.events.push({ type: 'start', id, model });
  }

  newItem(): Item {
    return { parts: new Map(), call: null, held: '', characters: 0, isDone: false };
  }

  /** A call can begin as soon as its name is known. */
  added(item: Item, value: JsonObject): void {
    if (callKind(value) !== null && textOf(value['name']) !== '') this.#beginCall(item, value);
  }

  delta(item: Item, key: string, kind: Kind, text: string): void {
    if (text === '') return;
    const part = this.#goOn(item, key, kind);
    part.characters += text.length;
    this.events.push({ type: kind, text });
  }

  logprobs(item: Item, key: string, list: unknown): void {
    // Some give them unasked (LM Studio).
    if (this.#context.request.logprobs === null || !Array.isArray(list) || list.length === 0) return;
    const tokens = decodeLogprobs(list);
    if (tokens.length === 0) return;
    this.#goOn(item, key, 'text').tokens += tokens.length;
    this.events.push({ type: 'logprobs', tokens });
  }

  annotation(item: Item, key: string, annotation: unknown): void {
    const citation = decodeAnnotation(annotation);
    if (citation === null) return;
    this.#goOn(item, key, 'text').annotations++;
    this.events.push({ type: 'citation', citation });
  }

  argumentsDelta(item: Item, text: string): void {
    if (text === '') return;
    if (item.call === null) {
      item.held += text;
      return;
    }
    item.characters += text.length;
    this.events.push({ type: 'tool_arguments', call: item.call, text });
  }

  /** What of a whole text has not been given on yet. */
  restOfText(item: Item, key: string, kind: Kind, text: unknown): void {
    const known = item.parts.get(key)?.characters ?? 0;
    if (typeof text === 'string' && text.length > known) this.delta(item, key, kind, text.slice(known));
  }

  restOfArguments(item: Item, text: unknown): void {
    const written = typeof text === 'string' ? text : isObject(text) ? JSON.stringify(text) : '';
    const known = item.characters + item.held.length;
    if (written.length > known) this.argumentsDelta(item, written.slice(known));
  }

  /** The item is whole: what is missing of it is given on, and its parts end. */
  done(item: Item, value: JsonObject): void {
    if (item.isDone) return;
    item.isDone = true;
    if (callKind(value) !== null) {
      this.#callDone(item, value);
      return;
    }
    switch (value['type']) {
      case 'message':
        this.#messageDone(item, value);
        break;
      case 'reasoning':
        this.#reasoningDone(item, value);
        break;
      default:
        if (typeof value['type'] !== 'string') return;
        this.#endPart();
        this.events.push({ type: 'foreign', origin: 'openai-responses', value });
    }
    if (this.#open?.item === item) this.#endPart();
  }

  /** The answer has ended without saying so of this item. */
  abandon(item: Item): void {
    if (item.isDone || (item.call === null && item.held === '')) return;
    item.isDone = true;
    this.#callDone(item, { type: 'function_call' });
  }

  #messageDone(item: Item, value: JsonObject): void {
    listOf(value['content']).forEach((part, index) => {
      if (!isObject(part)) return;
      const key = partKey(index);
      if (part['type'] === 'refusal') {
        this.restOfText(item, key, 'refusal', part['refusal']);
        return;
      }
      this.restOfText(item, key, 'text', part['text']);
      const known = item.parts.get(key);
      this.logprobs(item, key, listOf(part['logprobs']).slice(known?.tokens ?? 0));
      const annotations = listOf(part['annotations']).slice(known?.annotations ?? 0);
      for (const annotation of annotations) this.annotation(item, key, annotation);
    });
  }

  #reasoningDone(item: Item, value: JsonObject): void {
    for (const list of ['summary', 'content'] as const) {
      // Where there is a summary, the thoughts themselves are not shown to anyone.
      if (list === 'content' && item.parts.has(summaryKey(0))) break;
      listOf(value[list]).forEach((part, index) => {
        const key = list === 'summary' ? summaryKey(index) : partKey(index);
        if (isObject(part)) this.restOfText(item, key, 'reasoning', part['text']);
      });
    }
    const state = stateOfItem(value);
    if (state === null) return;
    // Another item's thoughts are not what this state is of.
    if (this.#open !== null && this.#open.item !== item) this.#endPart();
    this.events.push({ type: 'state', on: 'reasoning', state });
    this.#open = null;
  }

  #callDone(item: Item, value: JsonObject): void {
    if (item.call === null) this.#beginCall(item, value);
    this.restOfArguments(item, value['type'] === 'custom_tool_call' ? value['input'] : value['arguments']);
    if (item.call !== null) this.events.push({ type: 'tool_call_end', call: item.call });
  }

  #beginCall(item: Item, value: JsonObject): void {
    this.#endPart();
    const call = this.#calls++;
    item.call = call;
    this.hasCalls = true;
    const given = textOf(value['call_id']) || textOf(value['id']);
    const name = this.#names.original(textOf(value['name']));
    this.events.push({
      type: 'tool_call',
      call,
      // Made of the answer's own id, so that the same answer gives the same id however it is cut.
      id: given === '' ? `call_${this.#answerId.replace(/[^a-zA-Z0-9]/g, '').slice(-24)}_${call}` : given,
      name: calledName(this.#context.request.tools, value['namespace'], name),
      kind: callKind(value) ?? 'function',
      state: null,
    });
    const { held } = item;
    item.held = '';
    this.argumentsDelta(item, held);
  }

  /** The part with this key, which is the open one from now on. */
  #goOn(item: Item, key: string, kind: Kind): Part {
    const open = this.#open;
    if (open !== null && open.item === item && open.part.key === key) return open.part;
    let part = item.parts.get(key);
    if (open !== null && open.part.kind === kind) this.#between(open.item === item, kind);
    if (part === undefined) {
      part = { key, kind, characters: 0, annotations: 0, tokens: 0 };
      item.parts.set(key, part);
    }
    this.#open = { item, part };
    return part;
  }

  /** Summaries of one item are one text, with an empty line between them; other parts are apart. */
  #between(isSameItem: boolean, kind: Kind): void {
    if (kind === 'reasoning' && isSameItem) this.events.push({ type: 'reasoning', text: '\n\n' });
    else this.#endPart();
  }

  #endPart(): void {
    if (this.#open === null) return;
    this.events.push({ type: 'part_end' });
    this.#open = null;
  }
}

export function partKey(index: unknown): string {
  return `content:${typeof index === 'number' ? index : 0}`;
}

export function summaryKey(index: unknown): string {
  return `summary:${typeof index === 'number' ? index : 0}`;
}

function callKind({ type }: JsonObject): 'function' | 'custom' | null {
  return type === 'function_call' ? 'function' : type === 'custom_tool_call' ? 'custom' : null;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}
