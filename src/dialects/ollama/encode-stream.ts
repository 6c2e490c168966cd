import type { AnswerContext, StreamEncoder } from '../dialect.ts';
import type { AnswerEvent, Finish } from '../../canonical/answer.ts';
import { AnswerLines } from './answer-lines.ts';
import type { CarriedState } from '../../canonical/parts.ts';
import type { ClientCall } from './client-tool-calls.ts';
import { encodeClientCall } from './client-tool-calls.ts';
import type { Endpoint } from './answer-lines.ts';
import { errorText } from './errors.ts';
import { unreachable } from '../../std/unreachable.ts';
import type { Usage } from '../../canonical/usage.ts';

export function encodeStreamOf(endpoint: Endpoint): (context: AnswerContext) => StreamEncoder {
  return (context) => new OllamaStream(endpoint, context);
}

type OpenCall = Omit<ClientCall, 'text'> & { readonly pieces: string[]; isWhole: boolean };

/** One JSON object a line; the last one has `done: true`, the counts and the durations. */
class OllamaStream implements StreamEncoder {
  readonly #endpoint: Endpoint;
  readonly #context: AnswerContext;
  #lines: AnswerLines;
  readonly #calls = new Map<number, OpenCall>();
  /** States of thoughts, which have no place for them: the next call takes them along. */
  #waiting: CarriedState[] = [];
  #usage: Usage | null = null;
  #finish: Finish | null = null;
  /** On the clock of `now`, whichever it is: `createdAt` where that is the same one. */
  readonly #beganAt: number;
  #untilFirstMs: number | null = null;

  constructor(endpoint: Endpoint, context: AnswerContext) {
    this.#endpoint = endpoint;
    this.#context = context;
    this.#lines = new AnswerLines(endpoint, context.model, context.createdAt);
    const now = context.now();
    this.#beganAt = now < context.createdAt ? now : context.createdAt;
  }

  push(event: AnswerEvent): string {
    switch (event.type) {
      case 'start':
        if (event.model === null) return '';
        this.#lines = new AnswerLines(this.#endpoint, event.model, this.#context.createdAt);
        return '';
      case 'text':
      case 'refusal':
        return this.#line(this.#lines.piece(event.text));
      case 'reasoning':
        return this.#line(this.#lines.piece('', { thinking: JSON.stringify(event.text) }));
      case 'image':
        return this.#line(this.#lines.piece('', { images: JSON.stringify([event.data]) }));
      case 'logprobs':
        return this.#line(this.#lines.piece('', { logprobs: event.tokens }));
      case 'state':
        if (event.on === 'reasoning') this.#waiting.push(event.state);
        return '';
      case 'tool_call':
        this.#open(event);
        return '';
      case 'tool_arguments':
        this.#calls.get(event.call)?.pieces.push(event.text);
        return '';
      case 'tool_call_end':
        return this.#close(event.call);
      case 'usage':
        this.#usage = event.usage;
        return '';
      case 'finish':
        this.#finish = event.finish;
        return '';
      case 'error':
        return `${JSON.stringify({ error: errorText(event.error) })}\n`;
      case 'citation':
      case 'part_end':
      case 'foreign':
        return '';
      default:
        return unreachable(event);
    }
  }

  end(): string {
    const totalMs = this.#context.now() - this.#beganAt;
    const untilFirstMs = this.#untilFirstMs;
    return `${this.#lines.last('', {}, { finish: this.#finish, usage: this.#usage, untilFirstMs, totalMs })}\n`;
  }

  /**
   * A line that says nothing. Clients parse every line as JSON, the empty one too: Zed and Ollama's library for Python
   * fail on it, the one for JavaScript writes a warning.
   */
  keepAlive(): string {
    return `${this.#lines.piece('')}\n`;
  }

  #line(line: string): string {
    this.#untilFirstMs ??= this.#context.now() - this.#beganAt;
    return `${line}\n`;
  }

  #open({ call, id, name, kind, state }: Extract<AnswerEvent, { type: 'tool_call' }>): void {
    const states = state === null ? this.#waiting : [state];
    this.#calls.set(call, { index: call, id, name, kind, states, pieces: [], isWhole: false });
    if (state === null) this.#waiting = [];
  }

  /** Calls are written in the order in which they began: one that ends before an earlier one waits for it. */
  #close(call: number): string {
    const ended = this.#calls.get(call);
    if (ended === undefined) return '';
    ended.isWhole = true;
    let lines = '';
    for (const [number, { pieces, isWhole, ...rest }] of this.#calls) {
      if (!isWhole) break;
      this.#calls.delete(number);
      const toolCalls = `[${encodeClientCall({ ...rest, text: pieces.join('') })}]`;
      lines += this.#line(this.#lines.piece('', { toolCalls }));
    }
    return lines;
  }
}
