import type { AnswerEvent } from '../../canonical/answer.ts';
import type { CarriedState } from '../../canonical/parts.ts';
import type { AnswerContext, StreamEncoder } from '../dialect.ts';
import { AnswerEnd, metadataIn, PartMaker, takeAside } from './answer-parts.ts';
import { errorBody } from './errors.ts';
import type { WirePart } from './wire.ts';

/** How chunks follow each other. */
interface Framing {
  readonly chunk: (json: string, isFirst: boolean) => string;
  /** Behind the last chunk; `isFirst`: there was none. */
  readonly last: (isFirst: boolean) => string;
  readonly keepAlive: string;
}

/** As Gemini itself ends many a stream. A chunk without any text makes a chat of the SDK forget its turn. */
const EMPTY_TEXT = '{"candidates":[{"content":{"parts":[{"text":""}],"role":"model"},"index":0}]}';

/**
 * What keeps a connection alive is a piece of no length, not a comment: Google's SDK for Python takes every line for
 * JSON (`google/genai/_api_client.py`), and those for JavaScript before `@google/genai` 2 find no event behind a
 * comment.
 */
const EVENTS: Framing = {
  chunk: (json) => `data: ${json}\r\n\r\n`,
  last: () => '',
  keepAlive: `data: ${EMPTY_TEXT}\r\n\r\n`,
};

const LIST: Framing = {
  chunk: (json, isFirst) => (isFirst ? `[${json}` : `,\r\n${json}`),
  last: (isFirst) => (isFirst ? '[]' : ']'),
  keepAlive: '\n',
};

/** `:streamGenerateContent?alt=sse`: events with nothing but data, which end with the connection. */
export function encodeStream(context: AnswerContext): StreamEncoder {
  return new Encoder(context, EVENTS);
}

/** `:streamGenerateContent` without `alt=sse`: one list of JSON (`application/json`), written as it grows. */
export function encodeArrayStream(context: AnswerContext): StreamEncoder {
  return new Encoder(context, LIST);
}

interface OpenCall {
  readonly id: string;
  readonly name: string;
  readonly state: CarriedState | null;
  readonly pieces: string[];
  isWhole: boolean;
}

class Encoder implements StreamEncoder {
  readonly #framing: Framing;
  readonly #maker: PartMaker;
  readonly #end: AnswerEnd;
  readonly #calls = new Map<number, OpenCall>();
  #isFirst = true;
  /** Where the text that is open begins; `null`: none is. */
  #textFrom: number | null = null;
  /** What stands before and behind the part in every chunk, made once. */
  #around: readonly [string, string] | null = null;

  constructor(context: AnswerContext, framing: Framing) {
    this.#framing = framing;
    this.#maker = new PartMaker(context);
    this.#end = new AnswerEnd(context);
  }

  push(event: AnswerEvent): string {
    switch (event.type) {
      case 'text':
        this.#textFrom ??= this.#end.saidLength;
        this.#end.text(event.text);
        return this.#write(this.#maker.text(event.text, null));
      case 'refusal':
        return this.#write(this.#maker.text(event.text, null));
      case 'reasoning':
        return this.#writeApart(this.#maker.reasoning(event.text, null));
      case 'state':
        return this.#writeApart(this.#maker[event.on]('', event.state));
      case 'tool_call': {
        const { id, name, state } = event;
        this.#textFrom = null;
        this.#calls.set(event.call, { id, name, state, pieces: [], isWhole: false });
        return '';
      }
      case 'tool_arguments':
        this.#calls.get(event.call)?.pieces.push(event.text);
        return '';
      case 'tool_call_end':
        return this.#writeCall(event.call);
      case 'image':
        return this.#writeApart([this.#maker.image(event.mediaType, event.data)]);
      case 'foreign':
        return this.#takeForeign(event);
      case 'part_end':
        this.#textFrom = null;
        return '';
      case 'error':
        return this.#chunk(JSON.stringify(errorBody(event.error))) + this.#framing.last(false);
      default:
        takeAside(this.#end, event, this.#textFrom ?? this.#end.saidLength);
        return '';
    }
  }

  end(): string {
    const calls = [...this.#calls.keys()].map((call) => this.#writeCall(call)).join('');
    return calls + this.#chunk(JSON.stringify(this.#end.answer([]))) + this.#framing.last(this.#isFirst);
  }

  keepAlive(): string {
    return this.#framing.keepAlive;
  }

  #takeForeign({ origin, value }: Extract<AnswerEvent, { type: 'foreign' }>): string {
    if (origin !== 'gemini') return '';
    const metadata = metadataIn(value);
    if (metadata === null) return this.#writeApart([value]);
    this.#end.metadata(metadata);
    return '';
  }

  /** Calls are written in the order in which they began: one that ends before an earlier one waits for it. */
  #writeCall(call: number): string {
    const ended = this.#calls.get(call);
    if (ended === undefined) return '';
    ended.isWhole = true;
    let chunks = '';
    for (const [number, { pieces, isWhole, ...open }] of this.#calls) {
      if (!isWhole) break;
      this.#calls.delete(number);
      chunks += this.#writeApart([this.#maker.call({ ...open, arguments: pieces.join('') })]);
    }
    return chunks;
  }

  /** Ends the text that is open. */
  #writeApart(parts: readonly WirePart[]): string {
    this.#textFrom = null;
    return this.#write(parts);
  }

  #write(parts: readonly WirePart[]): string {
    const [part] = parts;
    if (part === undefined) return '';
    this.#around ??= this.#madeAround();
    return this.#chunk(this.#around[0] + JSON.stringify(part) + this.#around[1]);
  }

  #madeAround(): readonly [string, string] {
    const names = JSON.stringify(this.#end.names());
    return ['{"candidates":[{"content":{"role":"model","parts":[', `]},"index":0}],${names.slice(1)}`];
  }

  #chunk(json: string): string {
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    return this.#framing.chunk(json, isFirst);
  }
}
