import { isObject } from '../../std/is-object.ts';
import { dataOf } from '../../std/sse-blocks.ts';
import { MESSAGE_CHARACTERS, NAME_CHARACTERS } from './errors.ts';
import { cutId } from './ids.ts';
import type { Usage } from '../../canonical/usage.ts';
import { isBlankUsage, usageMember } from './stated-usage.ts';
import { usageFromOpenAi } from './usage.ts';

const FINISH_REASON = '"finish_reason"';
const USAGE = '"usage"';
const ERROR = '"error"';
const DONE = '[DONE]';
/** Azure's first event has an empty id and model. A server that tells them in none of the first ones never does. */
const MAX_IDENTIFYING_EVENTS = 4;

/** What a block of a stream is to the relay. */
export type BlockKind =
  /** A comment, or a block without data: keeps the connection alive, is no event. */
  | 'comment'
  /** Says that an answer begins, and nothing of it yet: an error may still come in its place. */
  | 'opening'
  | 'event'
  /** The extra chunk that only carries the usage, which the client may not have asked for. */
  | 'usage_chunk'
  /** `[DONE]`. */
  | 'done';

/** An error that an upstream sent inside a stream. */
export interface StreamedError {
  readonly message: string;
  readonly type: string | null;
  readonly code: string | null;
}

/**
 * Reads a stream that passes through: whether it is whole (a `finish_reason` of every choice or `[DONE]` was seen), its
 * usage, its ids, an error inside it. Blocks that hold none of these are only searched, never parsed: inside a JSON
 * text a quote is escaped, so the names of these keys, quotes included, cannot occur in what a model says.
 */
export class StreamTap {
  /** Every choice has its `finish_reason`. */
  finished = false;
  sawDone = false;
  /** The `usage` object as it came last with something in it. */
  usage: unknown = null;
  responseId: string | null = null;
  model: string | null = null;
  error: StreamedError | null = null;
  readonly #choiceCount: number;
  readonly #finishedChoices = new Set<unknown>();
  #eventsToIdentify = MAX_IDENTIFYING_EVENTS;

  /** `choiceCount`: how many choices the answer is to have. */
  constructor(choiceCount: number) {
    this.#choiceCount = choiceCount;
  }

  get endsAtOnce(): boolean {
    return this.usage !== null;
  }

  readUsage(): Usage | null {
    return this.usage === null ? null : usageFromOpenAi(this.usage);
  }

  read(block: Buffer): BlockKind {
    const text = block.toString('latin1');
    const hasFinish = valueFollows(text, FINISH_REASON);
    const hasUsage = valueFollows(text, USAGE);
    const hasError = valueFollows(text, ERROR);
    if (this.#eventsToIdentify === 0 && !hasFinish && !hasUsage && !hasError && !text.includes(DONE)) {
      return text.charCodeAt(0) === 0x64 || text.includes('data:') ? 'event' : 'comment';
    }
    const data = dataOf(block.toString('utf8'));
    if (data === null) return 'comment';
    if (data.trim() === DONE) {
      this.sawDone = true;
      return 'done';
    }
    return this.#readEvent(data);
  }

  #readEvent(data: string): BlockKind {
    const event = parse(data);
    if (event === null) return 'event';
    if (this.#eventsToIdentify > 0) this.#identify(event);
    if (event['error'] !== undefined && event['error'] !== null) this.error = streamedError(event['error']);
    const choices: unknown[] | null = Array.isArray(event['choices']) ? event['choices'] : null;
    if (choices !== null && !this.finished) this.#noteFinished(choices);
    const usage = usageMember(event);
    if (usage === null) return 'event';
    if (!isBlankUsage(usage)) this.usage = usage;
    return choices?.length === 0 ? 'usage_chunk' : 'event';
  }

  #noteFinished(choices: readonly unknown[]): void {
    for (const choice of choices) {
      // Servers that only ever send one choice may leave its index out.
      if (isFinished(choice)) this.#finishedChoices.add(choice['index'] ?? 0);
      this.finished = this.#finishedChoices.size >= this.#choiceCount;
      if (this.finished) return;
    }
  }

  #identify(event: Record<string, unknown>): void {
    const { id, model } = event;
    if (typeof id === 'string' && id !== '') this.responseId ??= cutId(id);
    if (typeof model === 'string' && model !== '') this.model ??= cutId(model);
    this.#eventsToIdentify = this.responseId !== null && this.model !== null ? 0 : this.#eventsToIdentify - 1;
  }
}

/** Whether the key occurs with another value than `null` behind it. */
function valueFollows(text: string, key: string): boolean {
  let at = text.indexOf(key);
  while (at >= 0) {
    let value = at + key.length;
    while (isSpaceOrColon(text.charCodeAt(value))) value++;
    if (text.charCodeAt(value) !== 0x6e) return true;
    at = text.indexOf(key, value);
  }
  return false;
}

function isSpaceOrColon(code: number): boolean {
  return code === 0x20 || code === 0x3a || code === 0x09;
}

function parse(data: string): Record<string, unknown> | null {
  try {
    const event: unknown = JSON.parse(data);
    return typeof event === 'object' && event !== null ? (event as Record<string, unknown>) : null;
  } catch (error) {
    // An event that is no JSON is relayed as it is: the client's parser, not ours, decides about it.
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** `""` is what some servers send while they go on. */
function isFinished(choice: unknown): choice is Record<string, unknown> {
  if (!isObject(choice)) return false;
  const reason = choice['finish_reason'];
  return typeof reason === 'string' && reason !== '';
}

function streamedError(error: unknown): StreamedError {
  if (typeof error === 'string') return { message: error.slice(0, MESSAGE_CHARACTERS), type: null, code: null };
  const { message, type, code } = typeof error === 'object' && error !== null ? (error as Record<string, unknown>) : {};
  return {
    message:
      typeof message === 'string'
        ? message.slice(0, MESSAGE_CHARACTERS)
        : 'the upstream sent an error without a message',
    type: typeof type === 'string' ? type.slice(0, NAME_CHARACTERS) : null,
    // OpenRouter writes the status that an answer of its own would have had.
    code: typeof code === 'string' || typeof code === 'number' ? String(code).slice(0, NAME_CHARACTERS) : null,
  };
}
