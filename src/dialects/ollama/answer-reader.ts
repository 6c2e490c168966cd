import { createHash } from 'node:crypto';
import type { AnswerEvent, Finish } from '../../canonical/answer.ts';
import { calledTool } from './tools.ts';
import type { DecodeContext } from '../dialect.ts';
import { decodeLogprobs } from './logprobs.ts';
import { errorInStream } from './errors.ts';
import type { GatewayError } from '../../canonical/errors.ts';
import { isObject } from '../../std/is-object.ts';
import type { JsonObject } from '../../canonical/parts.ts';
import { ThinkTags } from '../think-tags.ts';
import { usageOf } from './usage.ts';

/**
 * Reads the objects of an answer: the lines of a stream, or the one of a whole answer, which has the same shape. Reads
 * `/api/generate` too, which has the text in `response` and the thoughts beside it.
 */
export class AnswerReader {
  readonly #context: DecodeContext;
  readonly #tags: ThinkTags | null;
  #hasStarted = false;
  #isOver = false;
  #calls = 0;

  constructor(context: DecodeContext) {
    this.#context = context;
    this.#tags = context.quirks.thinkTags ? new ThinkTags() : null;
  }

  /** Its end, or an error, has been read. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** What is no object of an answer adds nothing. */
  read(value: unknown): readonly AnswerEvent[] {
    if (this.#isOver || !isObject(value)) return [];
    const error = errorInStream(value, this.#context.provider);
    if (error !== null) return this.fail(error);
    if (!isAnswer(value)) return [];
    const events = [...this.#start(value), ...this.#contentOf(value)];
    if (value['done'] === true) events.push(...this.#finish(value));
    return this.#tags === null ? events : events.flatMap((event) => this.#tags?.take(event) ?? []);
  }

  /** Ends it with an error. */
  fail(error: GatewayError): readonly AnswerEvent[] {
    if (this.#isOver) return [];
    this.#isOver = true;
    const event: AnswerEvent = { type: 'error', error };
    return this.#tags?.take(event) ?? [event];
  }

  #start({ model }: JsonObject): readonly AnswerEvent[] {
    if (this.#hasStarted) return [];
    this.#hasStarted = true;
    return [{ type: 'start', id: null, model: typeof model === 'string' && model !== '' ? model : null }];
  }

  #contentOf(line: JsonObject): AnswerEvent[] {
    const message = isObject(line['message']) ? line['message'] : line;
    const { thinking, content, response, tool_calls: calls } = message;
    const text = content ?? response;
    const events: AnswerEvent[] = [];
    if (typeof thinking === 'string' && thinking !== '') events.push({ type: 'reasoning', text: thinking });
    if (typeof text === 'string' && text !== '') events.push({ type: 'text', text });
    const tokens = decodeLogprobs(line['logprobs']);
    if (tokens.length > 0) events.push({ type: 'logprobs', tokens });
    for (const call of Array.isArray(calls) ? (calls as unknown[]) : []) events.push(...this.#callOf(call, line));
    return events;
  }

  /** A call comes whole. One without a name cannot be called. */
  #callOf(value: unknown, line: JsonObject): readonly AnswerEvent[] {
    const called = isObject(value) ? value['function'] : null;
    if (!isObject(value) || !isObject(called)) return [];
    const name = called['name'];
    if (typeof name !== 'string' || name === '') return [];
    const call = this.#calls++;
    const { kind, text } = calledTool(name, called['arguments'], this.#context.request);
    const id = typeof value['id'] === 'string' && value['id'] !== '' ? value['id'] : madeId(line, call, name + text);
    return [
      { type: 'tool_call', call, id, name, kind, state: null },
      ...(text === '' ? [] : [{ type: 'tool_arguments', call, text } as const]),
      { type: 'tool_call_end', call },
    ];
  }

  #finish(line: JsonObject): readonly AnswerEvent[] {
    this.#isOver = true;
    const usage = usageOf(line);
    const finish: Finish = {
      reason: this.#reasonOf(line),
      raw: typeof line['done_reason'] === 'string' ? line['done_reason'] : null,
      stopSequence: null,
      detail: null,
    };
    return [...(usage === null ? [] : [{ type: 'usage', usage } as const]), { type: 'finish', finish }];
  }

  /** Ollama says `stop` after tool calls too, and `load` where a model was only loaded. */
  #reasonOf(line: JsonObject): Finish['reason'] {
    if (this.#calls > 0) return 'tool_calls';
    return line['done_reason'] === 'length' ? 'length' : 'stop';
  }
}

function isAnswer(value: JsonObject): boolean {
  return isObject(value['message']) || typeof value['response'] === 'string' || value['done'] === true;
}

/** Versions before 0.12 send no ids. However the stream is cut the same, and another one in each answer. */
function madeId(line: JsonObject, call: number, content: string): string {
  const seed = `${String(line['created_at'])} ${call} ${content}`;
  return `call_${createHash('sha256').update(seed).digest('hex').slice(0, 12)}`;
}
