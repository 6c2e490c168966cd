import type { AnswerContext } from '../dialect.ts';
import { countsOf } from './usage.ts';
import { encodeLogprobs } from './logprobs.ts';
import type { Finish, TokenLogprob } from '../../canonical/answer.ts';
import type { Usage } from '../../canonical/usage.ts';

/** `chat` has its text in `message`, `generate` beside the rest. */
export type Endpoint = 'chat' | 'generate';

/** What a line says besides its text, each as JSON text. */
export interface Beside {
  readonly thinking?: string;
  readonly toolCalls?: string;
  readonly images?: string;
  readonly logprobs?: readonly TokenLogprob[];
}

export interface Ending {
  readonly finish: Finish | null;
  readonly usage: Usage | null;
  /** Milliseconds from the beginning to the first piece of the answer. `null`: nobody knows any more. */
  readonly untilFirstMs: number | null;
  /** `null`: nobody knows. */
  readonly totalMs: number | null;
}

const DONE_REASONS: Readonly<Record<Finish['reason'], string>> = {
  stop: 'stop',
  length: 'length',
  // Ollama has no word of its own for it.
  tool_calls: 'stop',
  // Nor for this one; it is no end that a client should take for a whole answer.
  content_filter: 'content_filter',
};

/**
 * Writes the objects of one answer as JSON text without a line end. What they have in common is written once: a line
 * costs no more than its own text.
 */
export class AnswerLines {
  readonly #head: string;
  readonly #close: string;

  constructor(endpoint: Endpoint, model: string, createdAt: number) {
    const time = JSON.stringify(new Date(createdAt).toISOString());
    const begin = `{"model":${JSON.stringify(model)},"created_at":${time},`;
    this.#head = begin + (endpoint === 'chat' ? '"message":{"role":"assistant","content":' : '"response":');
    this.#close = endpoint === 'chat' ? '}' : '';
  }

  piece(text: string, beside: Beside = NOTHING): string {
    return `${this.#said(text, beside)},"done":false}`;
  }

  last(text: string, beside: Beside, ending: Ending): string {
    return `${this.#said(text, beside)},"done":true${endingFields(ending)}}`;
  }

  #said(text: string, { thinking, images, toolCalls, logprobs }: Beside): string {
    let said = this.#head + JSON.stringify(text);
    if (thinking !== undefined) said += `,"thinking":${thinking}`;
    if (images !== undefined) said += `,"images":${images}`;
    if (toolCalls !== undefined) said += `,"tool_calls":${toolCalls}`;
    said += this.#close;
    return logprobs === undefined ? said : `${said},"logprobs":${JSON.stringify(encodeLogprobs(logprobs))}`;
  }
}

const NOTHING: Beside = {};

function endingFields({ finish, usage, untilFirstMs, totalMs }: Ending): string {
  // Where all of it came at once, nobody knows when it began to be written.
  const writingMs = totalMs === null || untilFirstMs === null ? 0 : totalMs - untilFirstMs;
  const reason = finish === null ? 'stop' : DONE_REASONS[finish.reason];
  const fields = {
    done_reason: reason,
    ...measured('total_duration', totalMs),
    ...countsOf(usage),
    ...measured('prompt_eval_duration', writingMs > 0 ? untilFirstMs : null),
    ...measured('eval_duration', writingMs),
  };
  return `,${JSON.stringify(fields).slice(1, -1)}`;
}

/**
 * A duration in nanoseconds, where one was measured: clients divide the counts by it. Ollama leaves out what is 0
 * (`omitempty` in `Metrics`, `api/types.go`), so that they know an answer without.
 */
export function measured<Name extends string>(name: Name, ms: number | null): { readonly [K in Name]?: number } {
  if (ms === null || ms <= 0) return {};
  // A computed key is an index to the compiler.
  return { [name]: Math.round(ms * 1e6) } as { readonly [K in Name]?: number };
}

/** Milliseconds since the answer began. `null`: `now` is another clock than the one of `createdAt`. */
export function elapsedMs({ now, createdAt }: AnswerContext): number | null {
  const elapsed = now() - createdAt;
  return elapsed < 0 ? null : elapsed;
}
