import type { AnswerEvent, Citation, Finish, TokenLogprob } from '../../canonical/answer.ts';
import type { AssistantPart, CarriedState, JsonObject, ToolCallPart } from '../../canonical/parts.ts';
import type { Usage } from '../../canonical/usage.ts';
import { isObject } from '../../std/is-object.ts';
import type { AnswerContext } from '../dialect.ts';
import { groundingOf } from './citations.ts';
import { argumentsObject } from './encode-result.ts';
import { finishReasonOf } from './finish.ts';
import { encodeLogprobs } from './logprobs.ts';
import { signatureOfState } from './signatures.ts';
import { encodeUsage } from './usage.ts';
import type { WireAnswer, WireCandidate, WirePart } from './wire.ts';

export type WireCall = Pick<ToolCallPart, 'id' | 'name' | 'arguments' | 'state'>;

/** Content that says nothing: SDKs' chats take a candidate without parts for a broken one, and Google sends this. */
export const NO_PARTS: readonly WirePart[] = [{ text: '' }];

/**
 * Makes the parts of an answer's content, whole or in pieces. Thoughts are given to those who asked for them
 * (`includeThoughts`): older SDKs, and whoever reads `parts[0].text`, take every text for the answer. The state of
 * thoughts is also written on the next call, since Gemini CLI sends back the calls alone.
 */
export class PartMaker {
  readonly #showsThoughts: boolean;
  #ofThoughts: CarriedState | null = null;

  constructor({ request }: AnswerContext) {
    this.#showsThoughts = request.reasoning?.shown === true;
  }

  reasoning(text: string, state: CarriedState | null): readonly WirePart[] {
    if (state !== null && state.origin !== 'gemini') this.#ofThoughts = state;
    const isKept = this.#showsThoughts || state?.origin === 'gemini';
    if (!isKept || (text === '' && state === null)) return [];
    return [{ text: this.#showsThoughts ? text : '', thought: true, ...signed(state) }];
  }

  text(text: string, state: CarriedState | null): readonly WirePart[] {
    return text === '' && state === null ? [] : [{ text, ...signed(state) }];
  }

  call({ id, name, arguments: args, state }: WireCall): WirePart {
    const carried = state ?? this.#ofThoughts;
    this.#ofThoughts = null;
    return { functionCall: { id, name, args: argumentsObject(args) }, ...signed(carried) };
  }

  image(mimeType: string, data: string): WirePart {
    return { inlineData: { mimeType, data } };
  }

  /** Any part of an answer; an image that is no bytes, and what is another dialect's, give none. */
  of(part: AssistantPart): readonly WirePart[] {
    switch (part.type) {
      case 'text':
        return this.text(part.text, part.state);
      case 'refusal':
        return this.text(part.text, null);
      case 'reasoning':
        return this.reasoning(part.text, part.state);
      case 'tool_call':
        return [this.call(part)];
      case 'image':
        return part.source.kind === 'base64' ? [this.image(part.source.mediaType, part.source.data)] : [];
      case 'foreign':
        return part.origin === 'gemini' && metadataIn(part.value) === null ? [part.value] : [];
    }
  }
}

function signed(state: CarriedState | null): { thoughtSignature?: string } {
  return state === null ? {} : { thoughtSignature: signatureOfState(state) };
}

/** What stood beside the content of one of Gemini's candidates (`answer-reader.ts`). */
export function metadataIn(value: JsonObject): JsonObject | null {
  return isObject(value['candidate']) ? value['candidate'] : null;
}

/** What the last chunk of an answer, or the whole one, says besides its content. */
export class AnswerEnd {
  readonly #context: AnswerContext;
  #id: string | null = null;
  #model: string | null = null;
  #finish: Finish | null = null;
  #usage: Usage | null = null;
  #metadata: JsonObject | null = null;
  readonly #tokens: TokenLogprob[] = [];
  readonly #said: string[] = [];
  #saidLength = 0;
  readonly #citations: Citation[] = [];

  constructor(context: AnswerContext) {
    this.#context = context;
  }

  start({ id, model }: { readonly id: string | null; readonly model: string | null }): void {
    this.#id = id;
    this.#model = model;
  }

  text(text: string): void {
    this.#said.push(text);
    this.#saidLength += text.length;
  }

  get saidLength(): number {
    return this.#saidLength;
  }

  /** `from`: where the text that it belongs to begins in all that was said. */
  citation(citation: Citation, from: number): void {
    const { start, end } = citation;
    this.#citations.push({
      ...citation,
      start: start === null ? null : start + from,
      end: end === null ? null : end + from,
    });
  }

  metadata(metadata: JsonObject): void {
    this.#metadata = metadata;
  }

  logprobs(tokens: readonly TokenLogprob[]): void {
    for (const token of tokens) this.#tokens.push(token);
  }

  usage(usage: Usage | null): void {
    if (usage !== null) this.#usage = usage;
  }

  finish(finish: Finish | null): void {
    this.#finish = finish;
  }

  /** What is the same in every chunk. */
  names(): { modelVersion: string; responseId: string } {
    return { modelVersion: this.#model ?? this.#context.model, responseId: this.#id ?? this.#context.exchangeId };
  }

  answer(parts: readonly WirePart[]): WireAnswer {
    const usage = this.#usage === null ? {} : { usageMetadata: encodeUsage(this.#usage) };
    return { candidates: [this.#candidate(parts)], ...usage, ...this.names() };
  }

  #candidate(parts: readonly WirePart[]): WireCandidate {
    const finish = this.#finish;
    return {
      content: { role: 'model', parts: [...(parts.length === 0 ? NO_PARTS : parts)] },
      // The type of the reasons is a list that grows; what Gemini itself said goes back as it came.
      ...(finish === null
        ? {}
        : { finishReason: finishReasonOf(finish) as NonNullable<WireCandidate['finishReason']> }),
      ...(finish === null || finish.detail === null ? {} : { finishMessage: finish.detail }),
      index: 0,
      ...this.#sources(),
      ...(this.#tokens.length === 0 ? {} : { logprobsResult: encodeLogprobs(this.#tokens) }),
    };
  }

  #sources(): Partial<WireCandidate> {
    if (this.#metadata !== null) return this.#metadata;
    if (this.#citations.length === 0) return {};
    return { groundingMetadata: groundingOf(this.#citations, this.#said.join('')) };
  }
}

/** Takes what an event says about the end; `from`: where the open text begins. */
export function takeAside(end: AnswerEnd, event: AnswerEvent, from: number): void {
  if (event.type === 'start') end.start(event);
  else if (event.type === 'citation') end.citation(event.citation, from);
  else if (event.type === 'logprobs') end.logprobs(event.tokens);
  else if (event.type === 'usage') end.usage(event.usage);
  else if (event.type === 'finish') end.finish(event.finish);
}
