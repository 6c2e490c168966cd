import { randomUUID } from 'node:crypto';
import type { AnswerEvent } from '../../canonical/answer.ts';
import type { JsonObject } from '../../canonical/parts.ts';
import { isObject } from '../../std/is-object.ts';
import { parseJson } from '../../std/parse-json.ts';
import { readCitation } from './citations.ts';
import { ORIGIN, stateOfRedacted, stateOfSignature } from './states.ts';

type Open =
  | { readonly kind: 'text' }
  | { readonly kind: 'thinking'; signature: string }
  | { readonly kind: 'redacted'; readonly data: string }
  | { readonly kind: 'call'; readonly call: number; readonly input: unknown; hasArguments: boolean }
  /** A block of a kind that no other dialect has. `members`: what it has beside its input. */
  | { readonly kind: 'foreign'; members: JsonObject; readonly input: string[] };

/** What a tool is to the client, by the name that the upstream knows. */
type ToolLookup = (sent: string) => { readonly name: string; readonly kind: 'function' | 'custom' };

/**
 * Reads the blocks of an answer. They come one after the other, but llama.cpp begins its text before it ends its
 * thoughts, so that they are told apart by their index.
 */
export class BlockReader {
  readonly #lookUp: ToolLookup;
  readonly #open = new Map<number, Open>();
  /** The block whose text or thought goes on; `null`: none. */
  #running: number | null = null;
  #calls = 0;

  constructor(lookUp: ToolLookup) {
    this.#lookUp = lookUp;
  }

  get hasCalls(): boolean {
    return this.#calls > 0;
  }

  start(index: number, block: JsonObject): readonly AnswerEvent[] {
    const before = [...this.stop(index), ...this.#interrupt()];
    switch (block['type']) {
      case 'text':
        this.#run(index, { kind: 'text' });
        return [...before, ...textEvents('text', block['text']), ...citationEvents(block['citations'])];
      case 'thinking':
        this.#run(index, { kind: 'thinking', signature: textOf(block['signature']) });
        return [...before, ...textEvents('reasoning', block['thinking'])];
      case 'redacted_thinking':
        this.#open.set(index, { kind: 'redacted', data: textOf(block['data']) });
        return before;
      case 'tool_use':
        return [...before, this.#startCall(index, block)];
      default:
        this.#open.set(index, { kind: 'foreign', members: block, input: [] });
        return before;
    }
  }

  delta(index: number, delta: JsonObject): readonly AnswerEvent[] {
    const open = this.#open.get(index);
    switch (delta['type']) {
      case 'text_delta':
        return this.#goOn(index, 'text', delta['text']);
      case 'thinking_delta':
        return this.#goOn(index, 'reasoning', delta['thinking']);
      case 'signature_delta':
        if (open?.kind === 'thinking') open.signature = textOf(delta['signature']);
        return [];
      case 'citations_delta':
        return index === this.#running ? citationEvents([delta['citation']]) : [];
      case 'input_json_delta':
        return inputEvents(open, textOf(delta['partial_json']));
      default:
        // What another kind of block is filled with (`compaction_delta`: `content`).
        if (open?.kind === 'foreign') open.members = { ...open.members, ...delta, type: open.members['type'] };
        return [];
    }
  }

  stop(index: number): readonly AnswerEvent[] {
    const open = this.#open.get(index);
    if (open === undefined) return [];
    this.#open.delete(index);
    const isRunning = this.#running === index;
    if (isRunning) this.#running = null;
    switch (open.kind) {
      case 'text':
        return isRunning ? [{ type: 'part_end' }] : [];
      case 'thinking': {
        const state = stateOfSignature(open.signature);
        if (!isRunning) return [];
        return [state === null ? { type: 'part_end' } : { type: 'state', on: 'reasoning', state }];
      }
      case 'redacted':
        return [{ type: 'state', on: 'reasoning', state: stateOfRedacted(open.data) }];
      case 'call':
        return [...wholeInput(open), { type: 'tool_call_end', call: open.call }];
      case 'foreign':
        return [{ type: 'foreign', origin: ORIGIN, value: foreignValue(open) }];
    }
  }

  /** Ends what was left open. */
  stopAll(): readonly AnswerEvent[] {
    return [...this.#open.keys()].flatMap((index) => this.stop(index));
  }

  #run(index: number, open: Open): void {
    this.#open.set(index, open);
    this.#running = index;
  }

  /** Another block begins: a text or thought that was not ended goes on no more, and its signature comes too late. */
  #interrupt(): readonly AnswerEvent[] {
    if (this.#running === null) return [];
    this.#running = null;
    return [{ type: 'part_end' }];
  }

  /** A piece for a block that never began begins it. */
  #goOn(index: number, type: 'text' | 'reasoning', text: unknown): readonly AnswerEvent[] {
    if (this.#open.get(index) === undefined) {
      const before = this.#interrupt();
      this.#run(index, type === 'text' ? { kind: 'text' } : { kind: 'thinking', signature: '' });
      return [...before, ...textEvents(type, text)];
    }
    return textEvents(type, text);
  }

  #startCall(index: number, block: JsonObject): AnswerEvent {
    const call = this.#calls;
    this.#calls += 1;
    this.#open.set(index, { kind: 'call', call, input: block['input'], hasArguments: false });
    const id = textOf(block['id']) || `toolu_${randomUUID().replaceAll('-', '').slice(0, 24)}`;
    return { type: 'tool_call', call, id, ...this.#lookUp(textOf(block['name'])), state: null };
  }
}

function inputEvents(open: Open | undefined, text: string): readonly AnswerEvent[] {
  if (text === '') return [];
  if (open?.kind === 'foreign') open.input.push(text);
  if (open?.kind !== 'call') return [];
  open.hasArguments = true;
  return [{ type: 'tool_arguments', call: open.call, text }];
}

/** An input that stood in the block itself, as in a whole answer. In a stream it is `{}` there, or missing. */
function wholeInput({ call, input, hasArguments }: Extract<Open, { kind: 'call' }>): readonly AnswerEvent[] {
  if (hasArguments || input === undefined || input === null) return [];
  const text = typeof input === 'string' ? input : JSON.stringify(input);
  return text === '{}' || text === '' ? [] : [{ type: 'tool_arguments', call, text }];
}

function foreignValue({ members, input }: Extract<Open, { kind: 'foreign' }>): JsonObject {
  if (input.length === 0) return members;
  const text = input.join('');
  return { ...members, input: parseJson(text) ?? text };
}

function textEvents(type: 'text' | 'reasoning', text: unknown): readonly AnswerEvent[] {
  return typeof text === 'string' && text !== '' ? [{ type, text }] : [];
}

function citationEvents(citations: unknown): readonly AnswerEvent[] {
  if (!Array.isArray(citations)) return [];
  return (citations as unknown[])
    .filter(isObject)
    .map((value) => ({ type: 'citation', citation: readCitation(value) }));
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
