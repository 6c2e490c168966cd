import { createHash, randomUUID } from 'node:crypto';
import type { AnswerEvent, TokenLogprob } from '../../canonical/answer.ts';
import { GatewayError } from '../../canonical/errors.ts';
import type { CarriedState, JsonObject } from '../../canonical/parts.ts';
import { isObject } from '../../std/is-object.ts';
import type { DecodeContext } from '../dialect.ts';
import { GEMINI_NAMES, toolNamesFor } from '../tool-names.ts';
import type { ToolNames } from '../tool-names.ts';
import { citationsOf } from './citations.ts';
import { customNames, customText } from './custom-tools.ts';
import { finishOf, finishOfBlock, isFailure } from './finish.ts';
import { decodeLogprobs } from './logprobs.ts';
import { PartialArguments } from './partial-arguments.ts';
import { stateOfSignature } from './signatures.ts';
import { decodeUsage } from './usage.ts';

/** What stands beside a candidate's content, and is sent back in the same place to clients of Gemini's. */
const METADATA = ['groundingMetadata', 'citationMetadata', 'urlContextMetadata'] as const;

/** A call whose arguments come in pieces. */
interface OpenCall {
  readonly call: number;
  readonly name: string;
  readonly args: PartialArguments;
}

/**
 * Reads `GenerateContentResponse`s: the chunks of a stream, or the one of a whole answer. Of several candidates the
 * first counts: more than one is never asked for.
 */
export class AnswerReader {
  readonly #context: DecodeContext;
  readonly #names: ToolNames;
  readonly #custom: ReadonlySet<string>;
  #events: AnswerEvent[] = [];
  #id: string | null = null;
  #hasBegun = false;
  #isOver = false;
  #callCount = 0;
  #open: OpenCall | null = null;
  /** Sources come last and name places in the text: it is kept, and its signature held back, until they are there. */
  readonly #said: string[] = [];
  #textState: CarriedState | null = null;
  readonly #metadata: Record<string, unknown> = {};

  constructor(context: DecodeContext) {
    this.#context = context;
    this.#names = toolNamesFor(context.request, GEMINI_NAMES);
    this.#custom = customNames(context.request);
  }

  /** Whether the answer is at its end: its finish, or an error. */
  get isOver(): boolean {
    return this.#isOver;
  }

  take(chunk: JsonObject): readonly AnswerEvent[] {
    this.#events = [];
    this.#begin(chunk);
    const usage = decodeUsage(chunk['usageMetadata']);
    if (usage !== null) this.#events.push({ type: 'usage', usage });
    if (!this.#isOver) this.#takeCandidates(chunk);
    return this.#events;
  }

  /** A whole answer may leave out why it ended. */
  finish(): readonly AnswerEvent[] {
    this.#events = [];
    this.#finish(null, null);
    return this.#events;
  }

  #begin(chunk: JsonObject): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    this.#id = textOf(chunk['responseId']);
    this.#events.push({ type: 'start', id: this.#id, model: textOf(chunk['modelVersion']) });
  }

  #takeCandidates(chunk: JsonObject): void {
    const candidates = Array.isArray(chunk['candidates']) ? (chunk['candidates'] as unknown[]).filter(isObject) : [];
    const candidate = candidates.find(({ index }) => index === undefined || index === 0);
    if (candidate !== undefined) {
      this.#takeCandidate(candidate);
      return;
    }
    const feedback = isObject(chunk['promptFeedback']) ? chunk['promptFeedback'] : {};
    const reason = textOf(feedback['blockReason']);
    if (reason === null || candidates.length > 0) return;
    this.#isOver = true;
    this.#events.push({ type: 'finish', finish: finishOfBlock(reason, textOf(feedback['blockReasonMessage'])) });
  }

  #takeCandidate(candidate: JsonObject): void {
    const content = isObject(candidate['content']) ? candidate['content'] : {};
    const parts = Array.isArray(content['parts']) ? (content['parts'] as unknown[]) : [];
    for (const part of parts) if (isObject(part)) this.#takePart(part);
    const tokens: readonly TokenLogprob[] = decodeLogprobs(candidate['logprobsResult']);
    if (tokens.length > 0) this.#events.push({ type: 'logprobs', tokens });
    for (const key of METADATA) if (isObject(candidate[key])) this.#metadata[key] = candidate[key];
    const reason = textOf(candidate['finishReason']);
    if (reason === null || reason === 'FINISH_REASON_UNSPECIFIED') return;
    const message = textOf(candidate['finishMessage']);
    if (isFailure(reason)) this.#fail(reason, message);
    else this.#finish(reason, message);
  }

  #takePart(part: JsonObject): void {
    const state = stateOfSignature(textOf(part['thoughtSignature']));
    const { text, functionCall } = part;
    if (typeof text === 'string') {
      this.#takeText(text, part['thought'] === true ? 'reasoning' : 'text', state);
      return;
    }
    this.#releaseState();
    if (isObject(functionCall)) {
      this.#takeCall(functionCall, state);
      return;
    }
    const inline = isObject(part['inlineData']) ? part['inlineData'] : {};
    const { mimeType, data } = inline;
    const isImage = typeof mimeType === 'string' && mimeType.startsWith('image/') && typeof data === 'string';
    // Pictures that a model drew while it thought are no part of the answer.
    if (isImage && part['thought'] !== true) {
      this.#events.push({ type: 'image', mediaType: mimeType, data });
      if (state !== null) this.#events.push({ type: 'state', on: 'text', state });
    } else if (Object.keys(part).length > 0) this.#events.push({ type: 'foreign', origin: 'gemini', value: part });
  }

  #takeText(text: string, type: 'text' | 'reasoning', state: CarriedState | null): void {
    if (text !== '') {
      this.#releaseState();
      this.#events.push({ type, text });
      if (type === 'text') this.#said.push(text);
    }
    if (state === null) return;
    if (type === 'reasoning') this.#events.push({ type: 'state', on: 'reasoning', state });
    else {
      this.#releaseState();
      this.#textState = state;
    }
  }

  #releaseState(): void {
    if (this.#textState !== null) this.#events.push({ type: 'state', on: 'text', state: this.#textState });
    this.#textState = null;
  }

  #takeCall(functionCall: JsonObject, state: CarriedState | null): void {
    const name = textOf(functionCall['name']);
    if (name !== null) {
      this.#closeCall();
      this.#open = this.#beginCall(name, textOf(functionCall['id']), state);
    }
    const open = this.#open;
    if (open === null) return;
    const { args, partialArgs, willContinue } = functionCall;
    if (Array.isArray(partialArgs)) open.args.take(partialArgs as unknown[]);
    if (willContinue === true) return;
    this.#open = null;
    this.#endCall(open, isObject(args) ? JSON.stringify(args) : open.args.text());
  }

  #beginCall(name: string, id: string | null, state: CarriedState | null): OpenCall {
    const original = this.#names.original(name);
    const call = this.#callCount++;
    this.#events.push({
      type: 'tool_call',
      call,
      id: id ?? this.#madeId(call),
      name: original,
      kind: this.#custom.has(original) ? 'custom' : 'function',
      state,
    });
    return { call, name: original, args: new PartialArguments() };
  }

  #endCall({ call, name }: OpenCall, args: string): void {
    const text = this.#custom.has(name) ? customText(args) : args;
    if (text !== '') this.#events.push({ type: 'tool_arguments', call, text });
    this.#events.push({ type: 'tool_call_end', call });
  }

  #closeCall(): void {
    if (this.#open !== null) this.#endCall(this.#open, this.#open.args.text());
    this.#open = null;
  }

  /** Made of the answer's id, so that it is no other call's of the conversation; 40 characters are OpenAI's limit. */
  #madeId(call: number): string {
    this.#id ??= randomUUID();
    return `call_${createHash('sha256').update(`${this.#id}:${call}`).digest('hex').slice(0, 24)}`;
  }

  #finish(reason: string | null, message: string | null): void {
    this.#closeCall();
    for (const citation of citationsOf(this.#metadata, this.#said.join(''))) {
      this.#events.push({ type: 'citation', citation });
    }
    this.#releaseState();
    if (Object.keys(this.#metadata).length > 0) {
      this.#events.push({ type: 'foreign', origin: 'gemini', value: { candidate: this.#metadata } });
    }
    this.#isOver = true;
    this.#events.push({ type: 'finish', finish: finishOf(reason, this.#callCount > 0, message) });
  }

  #fail(reason: string, message: string | null): void {
    const text = `${this.#context.provider} ended the answer with ${reason}${message === null ? '.' : `: ${message}`}`;
    this.#isOver = true;
    this.#events.push({ type: 'error', error: new GatewayError('upstream_error', text, { upstreamCode: reason }) });
  }
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
