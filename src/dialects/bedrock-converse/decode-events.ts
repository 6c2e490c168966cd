import { randomUUID } from 'node:crypto';
import type { AnswerEvent, Citation, Finish, FinishReason } from '../../canonical/answer.ts';
import type { JsonObject } from '../../canonical/parts.ts';
import { isObject } from '../../std/is-object.ts';
import { parseJson } from '../../std/parse-json.ts';
import type { DecodeContext } from '../dialect.ts';
import { malformed } from './errors.ts';
import { HeldText } from './held-text.ts';
import { ORIGIN, redactedState, signatureState } from './state.ts';
import { FREE_TEXT } from './tool-specs.ts';
import { requestTools } from './tools.ts';
import type { RequestTools } from './tools.ts';
import { usageOf } from './usage.ts';

/** API_runtime_ConverseStream and API_runtime_Converse, `stopReason`. */
const REASONS: ReadonlyMap<string, FinishReason> = new Map<string, FinishReason>([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['tool_use', 'tool_calls'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['guardrail_intervened', 'content_filter'],
  ['content_filtered', 'content_filter'],
]);
const MALFORMED = new Set(['malformed_model_output', 'malformed_tool_use']);

/** A block that is being written. */
type Open =
  | { readonly kind: 'text' | 'reasoning' }
  | { readonly kind: 'call'; readonly call: number; readonly isCustom: boolean; readonly pieces: string[] }
  /** The answer in the form that was asked for, through the tool that stands for it. */
  | { readonly kind: 'answer' }
  | { readonly kind: 'redacted'; readonly pieces: Buffer[] }
  | { readonly kind: 'image'; readonly format: string; readonly pieces: string[] }
  | { readonly kind: 'ignored' };

/** The events of one answer from those of a stream; a whole answer is told as such a stream. */
export class ConverseEvents {
  readonly #context: DecodeContext;
  readonly #tools: RequestTools;
  readonly #customTools: ReadonlySet<string>;
  readonly #held: HeldText;
  readonly #open = new Map<number, Open>();
  #calls = 0;
  #state: 'new' | 'begun' | 'finished' | 'failed' = 'new';
  #events: AnswerEvent[] = [];

  constructor(context: DecodeContext) {
    this.#context = context;
    this.#tools = requestTools(context.request);
    const custom = context.request.tools.filter(({ kind }) => kind === 'custom');
    this.#customTools = new Set(custom.map(({ name }) => name));
    this.#held = new HeldText(context.request.output?.kind === 'schema');
  }

  /** `messageStop` has come, or an error. */
  isOver(): boolean {
    return this.#state === 'finished' || this.#state === 'failed';
  }

  /** `name`: `contentBlockDelta`. What is unknown says nothing. */
  take(name: string, payload: JsonObject): readonly AnswerEvent[] {
    this.#events = [];
    if (name === 'metadata') this.#takeUsage(payload['usage']);
    else if (!this.isOver()) this.#takeContent(name, payload);
    return this.#events;
  }

  fail(event: AnswerEvent & { readonly type: 'error' }): readonly AnswerEvent[] {
    if (this.isOver()) return [];
    this.#state = 'failed';
    return [event];
  }

  #takeUsage(usage: unknown): void {
    if (this.#state === 'failed' || !isObject(usage)) return;
    this.#begin();
    this.#events.push({ type: 'usage', usage: usageOf(usage) });
  }

  #takeContent(name: string, payload: JsonObject): void {
    const index = typeof payload['contentBlockIndex'] === 'number' ? payload['contentBlockIndex'] : 0;
    switch (name) {
      case 'messageStart':
        this.#begin();
        return;
      case 'contentBlockStart':
        this.#begin();
        this.#startBlock(index, objectAt(payload, 'start'));
        return;
      case 'contentBlockDelta':
        this.#begin();
        this.#takeDelta(index, objectAt(payload, 'delta'));
        return;
      case 'contentBlockStop':
        this.#stopBlock(index);
        return;
      case 'messageStop':
        this.#begin();
        this.#finish(payload);
        return;
      default:
    }
  }

  /** The id of an answer is in a header, and no model is named. */
  #begin(): void {
    if (this.#state !== 'new') return;
    this.#state = 'begun';
    this.#events.push({ type: 'start', id: null, model: null });
  }

  #startBlock(index: number, start: JsonObject): void {
    const toolUse = objectAt(start, 'toolUse');
    const format = textAt(objectAt(start, 'image'), 'format');
    if ('toolUse' in start && toolUse['type'] !== 'server_tool_use') this.#startCall(index, toolUse);
    else if (format !== null) this.#openBlock(index, { kind: 'image', format, pieces: [] });
    else if ('toolUse' in start || 'toolResult' in start) this.#openBlock(index, { kind: 'ignored' });
  }

  #startCall(index: number, toolUse: JsonObject): void {
    const sent = textAt(toolUse, 'name') ?? '';
    if (this.#held.isOn && sent === this.#tools.answerTool) {
      this.#held.drop();
      this.#openBlock(index, { kind: 'answer' });
      return;
    }
    const name = this.#tools.names.original(sent);
    const isCustom = this.#customTools.has(name);
    const call = this.#calls++;
    this.#openBlock(index, { kind: 'call', call, isCustom, pieces: [] });
    const id = textAt(toolUse, 'toolUseId') ?? `tooluse_${randomUUID().replaceAll('-', '').slice(0, 22)}`;
    this.#events.push(...this.#held.release());
    this.#events.push({ type: 'tool_call', call, id, name, kind: isCustom ? 'custom' : 'function', state: null });
  }

  /** Text and thoughts end where another block begins; their stop is not always told. */
  #openBlock(index: number, open: Open): void {
    for (const [other, { kind }] of this.#open) {
      if (other === index || (kind !== 'text' && kind !== 'reasoning' && kind !== 'redacted')) continue;
      this.#stopBlock(other);
    }
    this.#open.set(index, open);
  }

  #takeDelta(index: number, delta: JsonObject): void {
    const text = textAt(delta, 'text');
    if (text !== null) this.#takeText(index, text);
    else if ('toolUse' in delta) this.#takeInput(index, textAt(objectAt(delta, 'toolUse'), 'input') ?? '');
    else if ('reasoningContent' in delta) this.#takeReasoning(index, objectAt(delta, 'reasoningContent'));
    else if ('citation' in delta) this.#takeCitation(index, objectAt(delta, 'citation'));
    else if ('image' in delta) this.#takeImage(index, objectAt(objectAt(delta, 'image'), 'source'));
  }

  #takeText(index: number, text: string): void {
    if (this.#open.get(index)?.kind === 'ignored') return;
    if (this.#open.get(index)?.kind !== 'text') this.#openBlock(index, { kind: 'text' });
    if (text !== '') this.#events.push(...this.#held.take({ type: 'text', text }));
  }

  #takeInput(index: number, text: string): void {
    const open = this.#open.get(index);
    if (text === '' || open === undefined) return;
    if (open.kind === 'answer') this.#events.push({ type: 'text', text });
    if (open.kind !== 'call') return;
    if (open.isCustom) open.pieces.push(text);
    else this.#events.push({ type: 'tool_arguments', call: open.call, text });
  }

  #takeReasoning(index: number, content: JsonObject): void {
    const text = textAt(content, 'text');
    const signature = textAt(content, 'signature');
    const redacted = textAt(content, 'redactedContent') ?? textAt(content, 'data');
    const open = this.#open.get(index);
    if (redacted !== null) {
      const pieces = open?.kind === 'redacted' ? open.pieces : [];
      if (open?.kind !== 'redacted') this.#openBlock(index, { kind: 'redacted', pieces });
      pieces.push(Buffer.from(redacted, 'base64'));
      return;
    }
    if (open?.kind !== 'reasoning') this.#openBlock(index, { kind: 'reasoning' });
    if (text !== null && text !== '') this.#events.push({ type: 'reasoning', text });
    if (signature !== null && signature !== '')
      this.#events.push({ type: 'state', on: 'reasoning', state: signatureState(signature) });
  }

  #takeCitation(index: number, value: JsonObject): void {
    if (this.#open.get(index)?.kind !== 'text') this.#openBlock(index, { kind: 'text' });
    this.#events.push(...this.#held.take({ type: 'citation', citation: citationOf(value) }));
  }

  #takeImage(index: number, source: JsonObject): void {
    const open = this.#open.get(index);
    const bytes = textAt(source, 'bytes');
    if (open?.kind === 'image' && bytes !== null) open.pieces.push(bytes);
  }

  #stopBlock(index: number): void {
    const open = this.#open.get(index);
    if (open === undefined) return;
    this.#open.delete(index);
    switch (open.kind) {
      case 'text':
        this.#events.push(...this.#held.take({ type: 'part_end' }));
        return;
      case 'reasoning':
      case 'answer':
        this.#events.push({ type: 'part_end' });
        return;
      case 'call':
        if (open.isCustom) this.#tellFreeText(open.call, open.pieces.join(''));
        this.#events.push({ type: 'tool_call_end', call: open.call });
        return;
      case 'redacted': {
        const state = redactedState(Buffer.concat(open.pieces).toString('base64'));
        this.#events.push({ type: 'state', on: 'reasoning', state });
        return;
      }
      case 'image':
        this.#events.push({ type: 'image', mediaType: `image/${open.format}`, data: open.pieces.join('') });
        return;
      case 'ignored':
    }
  }

  /** The text in the one argument; what the model wrote, where it is not there. */
  #tellFreeText(call: number, json: string): void {
    const parsed = parseJson(json);
    const text = (isObject(parsed) ? textAt(parsed, FREE_TEXT) : null) ?? json;
    if (text !== '') this.#events.push({ type: 'tool_arguments', call, text });
  }

  #finish(payload: JsonObject): void {
    const raw = textAt(payload, 'stopReason');
    for (const index of [...this.#open.keys()]) this.#stopBlock(index);
    this.#events.push(...this.#held.release());
    if (raw !== null && MALFORMED.has(raw)) {
      this.#state = 'failed';
      this.#events.push({ type: 'error', error: malformed(this.#context.provider, raw) });
      return;
    }
    this.#state = 'finished';
    const stopSequence = stopSequenceIn(objectAt(payload, 'additionalModelResponseFields'));
    this.#events.push({ type: 'finish', finish: this.#finishOf(raw, stopSequence) });
  }

  #finishOf(raw: string | null, stopSequence: string | null): Finish {
    const said = REASONS.get(raw ?? '') ?? 'stop';
    // The tool that stands for the answer is none of the client's.
    const isCall = this.#calls > 0 && (said === 'tool_calls' || said === 'stop');
    const reason = isCall ? 'tool_calls' : said === 'tool_calls' ? 'stop' : said;
    return { reason, raw, stopSequence, detail: null };
  }
}

/** API_runtime_Citation: a place in a document, or an address of the web. */
function citationOf(value: JsonObject): Citation {
  const web = objectAt(objectAt(value, 'location'), 'web');
  const sources = Array.isArray(value['sourceContent']) ? (value['sourceContent'] as unknown[]) : [];
  const cited = sources.map((source) => (isObject(source) ? (textAt(source, 'text') ?? '') : '')).join('');
  return {
    url: textAt(web, 'url'),
    title: textAt(value, 'title'),
    citedText: cited === '' ? null : cited,
    start: null,
    end: null,
    raw: { origin: ORIGIN, value },
  };
}

/** In a stream below `delta`, where Claude's own event has it. */
function stopSequenceIn(fields: JsonObject): string | null {
  return textAt(fields, 'stop_sequence') ?? textAt(objectAt(fields, 'delta'), 'stop_sequence');
}

function objectAt(object: JsonObject, key: string): JsonObject {
  const value = object[key];
  return isObject(value) ? value : {};
}

function textAt(object: JsonObject, key: string): string | null {
  const value = object[key];
  return typeof value === 'string' ? value : null;
}
