import type { AnswerEvent } from '../../canonical/answer.ts';
import type { CanonicalRequest } from '../../canonical/request.ts';

const NAME = 'json';

/**
 * The tool whose input is the answer, for models that know no other way to keep to a schema. Its name is none of the
 * request's, so that an answer can be read with nothing but the request. `null`: no schema was asked for.
 */
export function jsonToolName(request: CanonicalRequest): string | null {
  if (request.output?.kind !== 'schema') return null;
  const taken = new Set(request.tools.map(({ name }) => name));
  let name = NAME;
  for (let number = 2; taken.has(name); number++) name = `${NAME}_${number}`;
  return name;
}

/** Makes a call of the tool the text that it stands for. A second call of it is left out: an answer is one text. */
export class JsonToolReader {
  readonly #name: string;
  /** Calls of the tool, by their number in the answer as it came; the first is the text. */
  readonly #own: number[] = [];
  #otherCalls = 0;
  #hasText = false;

  constructor(name: string) {
    this.#name = name;
  }

  take(event: AnswerEvent): readonly AnswerEvent[] {
    switch (event.type) {
      case 'tool_call':
        if (event.name !== this.#name) {
          this.#otherCalls += 1;
          return [{ ...event, call: this.#numberOf(event.call) }];
        }
        this.#own.push(event.call);
        return [];
      case 'tool_arguments':
        if (!this.#own.includes(event.call)) return [{ ...event, call: this.#numberOf(event.call) }];
        if (event.call !== this.#own[0]) return [];
        this.#hasText = true;
        return [{ type: 'text', text: event.text }];
      case 'tool_call_end':
        if (!this.#own.includes(event.call)) return [{ ...event, call: this.#numberOf(event.call) }];
        if (event.call !== this.#own[0]) return [];
        // An object without members has no arguments at all.
        return this.#hasText ? [{ type: 'part_end' }] : [{ type: 'text', text: '{}' }, { type: 'part_end' }];
      case 'finish': {
        const isAnswer = this.#own.length > 0 && this.#otherCalls === 0 && event.finish.reason === 'tool_calls';
        return [isAnswer ? { type: 'finish', finish: { ...event.finish, reason: 'stop' } } : event];
      }
      default:
        return [event];
    }
  }

  /** Calls are numbered without a gap. */
  #numberOf(call: number): number {
    return call - this.#own.filter((own) => own < call).length;
  }
}
