import type { RequestNeeds } from '../canonical/request-needs.ts';
import { GatewayError } from '../canonical/errors.ts';
import { isObject } from '../std/is-object.ts';
import type { AnswerSink, CallControl } from '../upstream/upstream.ts';

/** Between two pieces of a streamed echo: slow enough to be seen. */
const PIECE_MS = 15;
const MAX_ECHO_CHARACTERS = 4_000;

export interface DemoCall {
  readonly task: RequestNeeds['task'];
  /** The client's body, which is known to be good. */
  readonly bytes: Buffer;
  readonly stream: boolean;
  /** What it says, in place of what it was told; `null`: that. */
  readonly mock: string | null;
  /** As the answer names it. */
  readonly model: string;
}

/**
 * Stands for an upstream without a network: `demo/echo` answers with what it was told, a model that the config has an
 * answer for with that. Words count as tokens.
 */
export interface DemoUpstream {
  send(call: DemoCall, sink: AnswerSink): CallControl;
}

export function createDemo(): DemoUpstream {
  return { send: answer };
}

function answer(call: DemoCall, sink: AnswerSink): CallControl {
  const echo = new Echo(call, sink);
  // As on a network, nothing arrives before the caller holds the call.
  setImmediate(() => {
    echo.start();
  });
  return echo;
}

class Echo implements CallControl {
  readonly #call: DemoCall;
  readonly #sink: AnswerSink;
  readonly #id = `chatcmpl-demo-${Date.now().toString(36)}`;
  readonly #created = Math.floor(Date.now() / 1000);
  #pieces: string[] = [];
  #usage = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };
  #next = 0;
  #paused = false;
  #ended = false;
  #timer: NodeJS.Timeout | null = null;

  constructor(call: DemoCall, sink: AnswerSink) {
    this.#call = call;
    this.#sink = sink;
  }

  start(): void {
    if (this.#ended) return;
    if (this.#call.task === 'embedding') {
      const message = `${this.#call.mock === null ? 'demo/echo' : 'An answer from the config'} makes no embeddings.`;
      const error = new GatewayError('endpoint_not_supported', message, { param: 'model' });
      this.#ended = true;
      this.#sink.onFailure(error, false);
      return;
    }
    const prompt = promptOf(this.#call);
    this.#pieces = piecesOf(this.#call.mock ?? `You said: ${prompt.last}`);
    const input = countWords(prompt.all);
    const output = this.#pieces.length;
    this.#usage = { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
    if (this.#call.stream) this.#startStream();
    else this.#answerWhole();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    if (!this.#ended && this.#call.stream) this.#schedule();
  }

  abort(): void {
    this.#ended = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #answerWhole(): void {
    const choice = { index: 0, finish_reason: 'stop', ...this.#content(this.#pieces.join(''), 'message') };
    const body = { ...this.#head(''), choices: [choice], usage: this.#usage };
    this.#sink.onHead(200, { 'content-type': 'application/json' });
    this.#sink.onData(Buffer.from(JSON.stringify(body)));
    this.#end();
  }

  #startStream(): void {
    this.#sink.onHead(200, { 'content-type': 'text/event-stream' });
    this.#schedule();
  }

  #schedule(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#step();
    }, PIECE_MS);
  }

  #step(): void {
    if (this.#ended || this.#paused) return;
    const piece = this.#pieces[this.#next++];
    if (piece !== undefined) {
      this.#event({
        ...this.#head('.chunk'),
        choices: [{ index: 0, finish_reason: null, ...this.#content(piece, 'delta') }],
      });
      this.#schedule();
      return;
    }
    const last = this.#call.task === 'completion' ? { text: '' } : { delta: {} };
    this.#event({ ...this.#head('.chunk'), choices: [{ index: 0, finish_reason: 'stop', ...last }] });
    this.#event({ ...this.#head('.chunk'), choices: [], usage: this.#usage });
    this.#sink.onData(Buffer.from('data: [DONE]\n\n'));
    this.#end();
  }

  #head(suffix: string): Record<string, unknown> {
    const object = this.#call.task === 'completion' ? 'text_completion' : `chat.completion${suffix}`;
    return { id: this.#id, object, created: this.#created, model: this.#call.model };
  }

  #content(text: string, name: 'message' | 'delta'): Record<string, unknown> {
    if (this.#call.task === 'completion') return { text };
    return { [name]: { role: 'assistant', content: text } };
  }

  #event(event: Record<string, unknown>): void {
    this.#sink.onData(Buffer.from(`data: ${JSON.stringify(event)}\n\n`));
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#sink.onEnd();
  }
}

/** The whole prompt, for counting, and what was said last, for echoing. */
function promptOf(call: DemoCall): { all: string; last: string } {
  const body: unknown = JSON.parse(call.bytes.toString('utf8'));
  if (!isObject(body)) return { all: '', last: '' };
  const said: unknown[] = Array.isArray(body['messages']) ? body['messages'] : [{ content: body['prompt'] }];
  const texts = said.map((message) => (isObject(message) ? textOf(message['content']) : ''));
  return { all: texts.join(' '), last: (texts.at(-1) ?? '').slice(0, MAX_ECHO_CHARACTERS) };
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  const parts: unknown[] = content;
  return parts
    .map((part) => (isObject(part) ? part['text'] : part))
    .filter((text) => typeof text === 'string')
    .join('');
}

/** Words, each with the space before it. */
function piecesOf(text: string): string[] {
  return text.match(/\s*\S+/g) ?? [];
}

/** Without a list of the words: a prompt may be as large as a body may. */
function countWords(text: string): number {
  let count = 0;
  for (const word = /\S+/g; word.test(text);) count++;
  return count;
}
