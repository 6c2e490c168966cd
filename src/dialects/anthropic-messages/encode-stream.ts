import type { RawMessageDeltaEvent, RawMessageStreamEvent } from '@anthropic-ai/sdk/resources/messages';
import type { AnswerEvent, Citation, Finish } from '../../canonical/answer.ts';
import type { CarriedState, JsonObject } from '../../canonical/parts.ts';
import { UNKNOWN_USAGE } from '../../canonical/usage.ts';
import type { Usage } from '../../canonical/usage.ts';
import { isObject } from '../../std/is-object.ts';
import { unreachable } from '../../std/unreachable.ts';
import type { AnswerContext, StreamEncoder } from '../dialect.ts';
import { foreignBlock, imageBlock, toolUse } from './answer-blocks.ts';
import { writeCitation } from './citations.ts';
import { customInput } from './custom-tools.ts';
import { encodeError } from './errors.ts';
import { writeMessage } from './message.ts';
import type { Stop, WrittenMessage } from './message.ts';
import { redactedData, signatureOf } from './states.ts';
import { stopFields } from './stop-reasons.ts';
import { writeDeltaUsage, writeUsage } from './usage.ts';

/** Blocks whose input a client puts together from deltas, and does not read where they begin. */
const FILLED_BY_DELTAS = new Set(['server_tool_use', 'mcp_tool_use']);
const NOT_STOPPED: Stop = { stop_reason: null, stop_sequence: null, stop_details: null };

type Open =
  | { readonly kind: 'text' | 'refusal' | 'reasoning' }
  /** `custom`: the pieces of its text so far, since it becomes a member of an object; `null`: JSON as it comes. */
  | { readonly kind: 'call'; readonly call: number; readonly custom: string[] | null };

export function encodeStream(context: AnswerContext): StreamEncoder {
  return new MessageStreamEncoder(context);
}

/**
 * The blocks of this dialect's streams come strictly one after the other: while a call is being written, everything
 * that is not part of it waits until it has ended.
 */
class MessageStreamEncoder implements StreamEncoder {
  readonly #context: AnswerContext;
  #hasStarted = false;
  /** The index of the open block, or of the next one. */
  #index = 0;
  #open: Open | null = null;
  #waiting: ContentEvent[] = [];
  #hasRefusal = false;
  #usage: Usage | null = null;
  #finish: Finish | null = null;

  constructor(context: AnswerContext) {
    this.#context = context;
  }

  push(event: AnswerEvent): string {
    switch (event.type) {
      case 'start':
        return this.#start(event.model);
      case 'usage':
        this.#usage = event.usage;
        return '';
      case 'error':
        return `event: error\ndata: ${encodeError(event.error, this.#context).body}\n\n`;
      case 'finish':
        this.#finish = event.finish;
        return this.#start(null) + this.#closeAll();
      default:
        return this.#start(null) + this.#content(event);
    }
  }

  end(): string {
    const delta: RawMessageDeltaEvent = {
      type: 'message_delta',
      delta: { ...stopFields(this.#finish, this.#hasRefusal), container: null },
      usage: writeDeltaUsage(this.#usage),
    };
    return this.#start(null) + sseOf(delta) + sseOf({ type: 'message_stop' });
  }

  keepAlive(): string {
    return 'event: ping\ndata: {"type":"ping"}\n\n';
  }

  #start(model: string | null): string {
    if (this.#hasStarted) return '';
    this.#hasStarted = true;
    const usage = writeUsage({ ...UNKNOWN_USAGE, inputTokens: this.#context.inputTokensGuess });
    const message = writeMessage(model, this.#context, { content: [], stop: NOT_STOPPED, usage });
    return sseOf({ type: 'message_start', message });
  }

  #content(event: ContentEvent): string {
    const open = this.#open;
    if (open?.kind !== 'call') return this.#write(event);
    if (!('call' in event) || event.call !== open.call || event.type === 'tool_call') {
      this.#waiting.push(event);
      return '';
    }
    const text = this.#write(event);
    return event.type === 'tool_call_end' ? text + this.#writeWaiting() : text;
  }

  /** Pieces of other calls wait again where the first of those that waited is another call. */
  #writeWaiting(): string {
    const waiting = this.#waiting;
    this.#waiting = [];
    return waiting.map((event) => this.#content(event)).join('');
  }

  #closeAll(): string {
    let text = this.#close();
    while (this.#waiting.length > 0) text += this.#writeWaiting() + this.#close();
    return text;
  }

  #write(event: ContentEvent): string {
    switch (event.type) {
      case 'text':
      case 'refusal':
      case 'reasoning':
        return event.text === '' ? '' : this.#writeText(event.type, event.text);
      case 'state':
        return event.on === 'text' ? this.#close() : this.#writeState(event.state);
      case 'citation':
        return this.#writeCitation(event.citation);
      case 'part_end':
        return this.#close();
      case 'tool_call': {
        const block = toolUse(event.id, event.name, event.state, {});
        return this.#begin({ kind: 'call', call: event.call, custom: event.kind === 'custom' ? [] : null }, block);
      }
      case 'tool_arguments':
        return this.#writeArguments(event.call, event.text);
      case 'tool_call_end':
        return this.#endCall(event.call);
      case 'image': {
        const source = { kind: 'base64', mediaType: event.mediaType, data: event.data } as const;
        const block = imageBlock({ type: 'image', source, detail: null, cache: null });
        return block === null ? '' : this.#writeWhole(block);
      }
      case 'foreign':
        return foreignBlock(event)
          .map((block) => this.#writeWhole(block))
          .join('');
      case 'logprobs':
        return '';
      default:
        return unreachable(event);
    }
  }

  #writeText(kind: 'text' | 'refusal' | 'reasoning', text: string): string {
    const begun = this.#open?.kind === kind ? '' : this.#begin({ kind }, emptyBlock(kind));
    if (kind === 'refusal') this.#hasRefusal = true;
    const delta =
      kind === 'reasoning'
        ? `{"type":"thinking_delta","thinking":${JSON.stringify(text)}}`
        : `{"type":"text_delta","text":${JSON.stringify(text)}}`;
    return begun + this.#delta(delta);
  }

  #writeState(state: CarriedState): string {
    const data = redactedData(state);
    if (data !== null) return this.#writeWhole({ type: 'redacted_thinking', data });
    const begun = this.#open?.kind === 'reasoning' ? '' : this.#begin({ kind: 'reasoning' }, emptyBlock('reasoning'));
    return begun + this.#signature(state) + this.#stop();
  }

  #writeCitation(citation: Citation): string {
    const written = writeCitation(citation);
    if (written === null) return '';
    const begun = this.#open?.kind === 'text' ? '' : this.#begin({ kind: 'text' }, emptyBlock('text'));
    return begun + this.#delta(JSON.stringify({ type: 'citations_delta', citation: written }));
  }

  #writeArguments(call: number, text: string): string {
    if (this.#open?.kind !== 'call' || this.#open.call !== call) return '';
    if (this.#open.custom === null) return this.#inputDelta(text);
    this.#open.custom.push(text);
    return '';
  }

  #endCall(call: number): string {
    return this.#open?.kind === 'call' && this.#open.call === call ? this.#close() : '';
  }

  #inputDelta(text: string): string {
    return this.#delta(`{"type":"input_json_delta","partial_json":${JSON.stringify(text)}}`);
  }

  #writeWhole(block: JsonObject): string {
    const input = block['input'];
    const isFilled = typeof block['type'] === 'string' && FILLED_BY_DELTAS.has(block['type']) && isObject(input);
    if (!isFilled || Object.keys(input).length === 0) return this.#begin(null, block) + this.#stop();
    return this.#begin(null, { ...block, input: {} }) + this.#inputDelta(JSON.stringify(input)) + this.#stop();
  }

  #begin(open: Open | null, block: object): string {
    const closed = this.#close();
    this.#open = open;
    const begun = `{"type":"content_block_start","index":${this.#index},"content_block":${JSON.stringify(block)}}`;
    return `${closed}event: content_block_start\ndata: ${begun}\n\n`;
  }

  #signature(state: CarriedState | null): string {
    return this.#delta(`{"type":"signature_delta","signature":${JSON.stringify(signatureOf(state))}}`);
  }

  #close(): string {
    const open = this.#open;
    if (open === null) return '';
    // Thoughts that end without a state say so.
    if (open.kind === 'reasoning') return this.#signature(null) + this.#stop();
    const whole = open.kind === 'call' && open.custom !== null ? JSON.stringify(customInput(open.custom.join(''))) : '';
    return (whole === '' ? '' : this.#inputDelta(whole)) + this.#stop();
  }

  #stop(): string {
    this.#open = null;
    const index = this.#index;
    this.#index += 1;
    return `event: content_block_stop\ndata: {"type":"content_block_stop","index":${index}}\n\n`;
  }

  #delta(delta: string): string {
    const data = `{"type":"content_block_delta","index":${this.#index},"delta":${delta}}`;
    return `event: content_block_delta\ndata: ${data}\n\n`;
  }
}

type ContentEvent = Exclude<AnswerEvent, { readonly type: 'start' | 'usage' | 'error' | 'finish' }>;

function emptyBlock(kind: 'text' | 'refusal' | 'reasoning'): object {
  return kind === 'reasoning' ? { type: 'thinking', thinking: '', signature: '' } : { type: 'text', text: '' };
}

type WrittenEvent =
  | Extract<RawMessageStreamEvent, { type: 'message_delta' | 'message_stop' }>
  | { readonly type: 'message_start'; readonly message: WrittenMessage };

function sseOf(event: WrittenEvent): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
