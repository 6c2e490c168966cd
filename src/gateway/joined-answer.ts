import type { Writable } from 'node:stream';
import type { AnswerEvent } from '../canonical/answer.ts';
import type { GatewayError } from '../canonical/errors.ts';
import type { Target } from '../canonical/target.ts';
import { UNKNOWN_USAGE } from '../canonical/usage.ts';
import type { Usage } from '../canonical/usage.ts';
import type { StreamEncoder } from '../dialects/dialect.ts';
import { estimatePromptTokens, textTokens } from '../dialects/prompt-estimate.ts';
import { remedyOf } from '../routing/failure-kind.ts';
import type { Conversation } from './conversation.ts';

/** Of a longer text nobody is asked to go on: it would have to be sent whole. */
const MOST_CHARACTERS = 256 * 1024;
/** Within an answer of 200 nothing but its words says that an error is the fault of the request, or of a filter. */
const AT_FAULT = /invalid_request|content_filter|content_policy|moderation_blocked|data_inspection_failed/i;
const EVENTS_TYPE = /^text\/event-stream/;

/**
 * `whole`: one upstream writes it; `broken`: it broke off, and nobody has gone on yet; `resumed`: another one goes on,
 * and is the last to.
 */
type State = 'whole' | 'broken' | 'resumed';

/**
 * A streamed answer with which another deployment may go on where it breaks off: its events go through one encoder,
 * whoever sends them, so that the client gets one answer with one head and one end. As an encoder it stands before that
 * one: of whoever goes on it leaves out the head and the thoughts, and to the usage it adds that of the first part.
 */
export class JoinedAnswer implements StreamEncoder {
  readonly #conversation: Conversation;
  readonly #response: Writable;
  #encoder: StreamEncoder | null = null;
  #state: State = 'whole';
  /** What was said; `null`: something else than text was, or too much. */
  #text: string | null = '';
  #usageBefore: Usage | null = null;
  /** Nothing is said by whoever goes on, but perhaps thought. */
  #isSilent = false;

  constructor(conversation: Conversation, response: Writable) {
    this.#conversation = conversation;
    this.#response = response;
  }

  /** The text to go on with; `null`: the answer is not open for anybody. */
  get openText(): string | null {
    return this.#state === 'broken' ? this.#text : null;
  }

  /** Begins with the encoder that is made, if there is none yet. */
  with(make: () => StreamEncoder): this {
    this.#encoder ??= make();
    return this;
  }

  /** Its upstream has failed in the midst of it. Whether it stays open for another one. */
  breaks(error: GatewayError): boolean {
    if (this.#state !== 'whole' || this.#text === null || this.#text.trim() === '') return false;
    const remedy = remedyOf(error);
    if (AT_FAULT.test(`${error.type} ${error.wireCode}`)) return false;
    if (remedy !== 'again' && remedy !== 'elsewhere') return false;
    this.#state = 'broken';
    this.#isSilent = true;
    return true;
  }

  /** What one took that has failed, once it is known: several may have, of whom but one said something. */
  took(usage: Usage): void {
    this.#usageBefore = this.#usageBefore === null ? usage : sumOf(this.#usageBefore, usage);
  }

  /** Marks where another one goes on, for whoever reads the stream itself. `false`: the answer has not broken off. */
  mark({ name }: Target): boolean {
    if (this.#state === 'whole') return false;
    const type = this.#conversation.face.front?.streamContentType ?? '';
    if (EVENTS_TYPE.test(type)) this.#response.write(`: llmgw: ${name.replace(/[^\x20-\x7e]/g, '?')} goes on\n\n`);
    return true;
  }

  /** Ends what broke off with all of the rest at once. `false`: it has not broken off. */
  endWith(rest: Buffer): boolean {
    if (this.#state === 'whole') return false;
    this.#response.end(rest);
    return true;
  }

  /** Nobody goes on: ends it with the error. `event`: in other words than the dialect's. `false`: it is not broken. */
  fail(error: GatewayError, event: string | null): boolean {
    if (this.#state === 'whole') return false;
    const { writableEnded, destroyed } = this.#response;
    if (!writableEnded && !destroyed) this.#response.end(event ?? this.#open.push({ type: 'error', error }));
    return true;
  }

  push(event: AnswerEvent): string {
    if (this.#state === 'whole') {
      this.#note(event);
      return this.#open.push(event);
    }
    switch (event.type) {
      case 'start':
        return '';
      case 'reasoning':
        this.#isSilent = true;
        return '';
      case 'state':
        return event.on === 'reasoning' ? '' : this.#open.push(event);
      case 'part_end':
        return this.#isSilent ? '' : this.#open.push(event);
      case 'usage':
        return this.#open.push({ type: 'usage', usage: sumOf(this.#usageBefore ?? this.#guess(), event.usage) });
      case 'error':
        return this.#open.push(event);
      default:
        this.#isSilent = false;
        this.#state = 'resumed';
        return this.#open.push(event);
    }
  }

  end(): string {
    return this.#open.end();
  }

  keepAlive(): string {
    return this.#open.keepAlive();
  }

  get #open(): StreamEncoder {
    if (this.#encoder === null) throw new Error('an answer was written without an encoder');
    return this.#encoder;
  }

  #note(event: AnswerEvent): void {
    switch (event.type) {
      case 'text':
        if (this.#text === null) return;
        this.#text = this.#text.length + event.text.length > MOST_CHARACTERS ? null : this.#text + event.text;
        return;
      case 'start':
      case 'usage':
      case 'reasoning':
      case 'state':
      case 'part_end':
      case 'citation':
      case 'error':
        return;
      default:
        this.#text = null;
    }
  }

  /** Where the first part was not counted yet. */
  #guess(): Usage {
    const outputTokens = Math.ceil(textTokens(this.#text ?? ''));
    return { ...UNKNOWN_USAGE, inputTokens: estimatePromptTokens(this.#conversation.request), outputTokens };
  }
}

/** What one of them does not know counts as nothing; what neither knows is `null`. */
function sumOf(one: Usage, other: Usage): Usage {
  const sum = (of: (usage: Usage) => number | null): number | null => {
    const [first, second] = [of(one), of(other)];
    return first === null && second === null ? null : (first ?? 0) + (second ?? 0);
  };
  return {
    inputTokens: sum(({ inputTokens }) => inputTokens),
    outputTokens: sum(({ outputTokens }) => outputTokens),
    cacheReadTokens: sum(({ cacheReadTokens }) => cacheReadTokens),
    cacheWrite5mTokens: sum(({ cacheWrite5mTokens }) => cacheWrite5mTokens),
    cacheWrite1hTokens: sum(({ cacheWrite1hTokens }) => cacheWrite1hTokens),
    inputAudioTokens: sum(({ inputAudioTokens }) => inputAudioTokens),
    outputAudioTokens: sum(({ outputAudioTokens }) => outputAudioTokens),
    imageTokens: sum(({ imageTokens }) => imageTokens),
    reasoningTokens: sum(({ reasoningTokens }) => reasoningTokens),
  };
}
