import type { ChatCompletionChunk } from 'openai/resources/chat/completions';
import type { AnswerEvent, Citation, Finish } from '../../canonical/answer.ts';
import type { CarriedState, JsonObject } from '../../canonical/parts.ts';
import type { Usage } from '../../canonical/usage.ts';
import { unreachable } from '../../std/unreachable.ts';
import type { AnswerContext, StreamEncoder } from '../dialect.ts';
import { annotationsOf } from './annotations.ts';
import { isLegacy } from './decode-tools.ts';
import { answerId, encodeFinish, encodeLogprob, imageOf, legacyCall } from './encode-response.ts';
import { encodeUsage } from './encode-usage.ts';
import { encodeOpenAiErrorEvent } from './errors.ts';
import { detailsOfState } from './own-state.ts';
import { StateInIds } from './state-in-ids.ts';
import { blockOfThinking } from './thinking-blocks.ts';

const DONE = 'data: [DONE]\n\n';
/** A comment: every parser of server-sent events skips it. */
const KEEP_ALIVE = ': keepalive\n\n';

type Delta = ChatCompletionChunk.Choice.Delta;
type ToolCall = Extract<AnswerEvent, { type: 'tool_call' }>;

/** A stream of chunks, as OpenAI's SDKs read it. */
export function encodeStream(context: AnswerContext): StreamEncoder {
  return new ChunkWriter(context);
}

class ChunkWriter implements StreamEncoder {
  readonly #context: AnswerContext;
  readonly #isOld: boolean;
  readonly #states = new StateInIds();
  /** Kinds of the calls that have begun and have no arguments yet. */
  readonly #bare = new Set<number>();
  readonly #custom = new Set<number>();
  /** What stands before and behind the delta of a chunk: written once, since a stream has thousands. */
  #head = '';
  #tail = '';
  #usage: Usage | null = null;
  #images = 0;
  /** Something was thought that has not ended. */
  #isThinking = false;
  #thoughts = 0;
  #citations: Citation[] = [];
  #textLength = 0;
  /** Where the open part of the text begins. */
  #textStart = 0;

  constructor(context: AnswerContext) {
    this.#context = context;
    this.#isOld = isLegacy(context.body);
  }

  push(event: AnswerEvent): string {
    switch (event.type) {
      case 'start':
        return this.#start(event.model);
      case 'text':
        this.#textLength += event.text.length;
        return `${this.#endThought()}${this.#head}{"content":${JSON.stringify(event.text)}}${this.#tail}`;
      case 'reasoning':
        this.#isThinking = true;
        return `${this.#endText()}${this.#head}{"reasoning_content":${JSON.stringify(event.text)}}${this.#tail}`;
      case 'refusal':
        return this.#endPart() + this.#chunk({ refusal: event.text });
      case 'state':
        return this.#state(event);
      case 'citation':
        this.#citations.push(event.citation);
        return '';
      case 'logprobs':
        return this.#last({}, { logprobs: { content: event.tokens.map(encodeLogprob), refusal: null } });
      case 'part_end':
        return this.#endPart();
      case 'tool_call':
        return this.#endPart() + this.#call(event);
      case 'tool_arguments':
        this.#bare.delete(event.call);
        return this.#arguments(event.call, event.text);
      case 'tool_call_end':
        // A call without arguments has an empty object of them.
        return this.#bare.delete(event.call) && !this.#custom.has(event.call) ? this.#arguments(event.call, '{}') : '';
      case 'image':
        return this.#image(event.mediaType, event.data);
      case 'foreign':
        return '';
      case 'usage':
        this.#usage = event.usage;
        return '';
      case 'finish':
        return this.#endPart() + this.#finish(event.finish);
      case 'error':
        return encodeOpenAiErrorEvent(event.error);
      default:
        return unreachable(event);
    }
  }

  end(): string {
    const usage = this.#context.request.streamUsage ? encodeUsage(this.#usage) : null;
    if (usage === null) return DONE;
    const open = this.#head.slice(0, this.#head.lastIndexOf('"choices"'));
    return `${open}"choices":[],"usage":${JSON.stringify(usage)}}\n\n${DONE}`;
  }

  keepAlive(): string {
    return KEEP_ALIVE;
  }

  #start(model: string | null): string {
    const chunk = {
      id: answerId(this.#context),
      object: 'chat.completion.chunk',
      created: Math.floor(this.#context.createdAt / 1000),
      model: model ?? this.#context.model,
    } satisfies Omit<ChatCompletionChunk, 'choices'>;
    this.#head = `data: ${JSON.stringify(chunk).slice(0, -1)},"choices":[{"index":0,"delta":`;
    this.#tail = `,"logprobs":null,"finish_reason":null}]${this.#usageMember()}}\n\n`;
    return this.#chunk({ role: 'assistant', content: '' });
  }

  /** With the usage asked for, every chunk but the last says that it has none. */
  #usageMember(): string {
    return this.#context.request.streamUsage ? ',"usage":null' : '';
  }

  #chunk(delta: Delta | JsonObject): string {
    return this.#head + JSON.stringify(delta) + this.#tail;
  }

  /** A chunk with something beside its delta. */
  #last(delta: Delta, beside: Partial<ChatCompletionChunk.Choice> | JsonObject): string {
    const members = JSON.stringify({ logprobs: null, finish_reason: null, ...beside }).slice(1);
    return `${this.#head}${JSON.stringify(delta)},${members}]${this.#usageMember()}}\n\n`;
  }

  #state({ on, state }: Extract<AnswerEvent, { type: 'state' }>): string {
    if (on === 'text') return this.#endPart();
    this.#isThinking = false;
    this.#states.noteThoughts(state);
    // The text has been told; whoever puts the details together has it.
    const details = detailsOfState(state, '');
    return this.#endText() + (details === null ? this.#thought(state) : this.#chunk({ reasoning_details: details }));
  }

  /** What has to come back with thoughts, once they are told. Python's SDK wants an index in every list. */
  #thought(state: CarriedState | null): string {
    const block = { index: this.#thoughts++, ...blockOfThinking('', state) };
    return this.#chunk({ thinking_blocks: [block] });
  }

  #endThought(): string {
    if (!this.#isThinking) return '';
    this.#isThinking = false;
    return this.#thought(null);
  }

  #endPart(): string {
    return this.#endText() + this.#endThought();
  }

  #call({ call, id: ownId, name, kind, state }: ToolCall): string {
    const { id, extra } = this.#states.take(ownId, state);
    this.#bare.add(call);
    if (kind === 'custom') this.#custom.add(call);
    if (this.#isOld) return call === 0 ? this.#chunk(legacyCall({ name, arguments: '' })) : '';
    // The SDK's type of a delta knows functions only; OpenAI streams custom calls in the form of whole ones.
    const called = kind === 'custom' ? { custom: { name, input: '' } } : { function: { name, arguments: '' } };
    const beside = extra === null ? {} : { extra_content: extra };
    return this.#chunk({ tool_calls: [{ index: call, id, type: kind, ...called, ...beside }] });
  }

  #arguments(call: number, text: string): string {
    if (this.#isOld) return call === 0 ? this.#chunk(legacyCall({ arguments: text })) : '';
    const field = this.#custom.has(call) ? '"custom":{"input":' : '"function":{"arguments":';
    return `${this.#head}{"tool_calls":[{"index":${call},${field}${JSON.stringify(text)}}}]}${this.#tail}`;
  }

  #image(mediaType: string, data: string): string {
    const images = [{ ...imageOf(mediaType, data), index: this.#images++ }];
    return this.#endPart() + this.#chunk({ images });
  }

  #finish(finish: Finish): string {
    const { reason, detail } = finish;
    const refusal = reason === 'content_filter' && detail !== null ? this.#chunk({ refusal: detail }) : '';
    return refusal + this.#last({}, encodeFinish(finish, this.#isOld));
  }

  /** Citations are told when their part of the text is whole: those without a place are of all of it. */
  #endText(): string {
    const part = { start: this.#textStart, end: this.#textLength };
    this.#textStart = this.#textLength;
    if (this.#citations.length === 0) return '';
    const annotations = annotationsOf(this.#citations, part);
    this.#citations = [];
    return annotations.length === 0 ? '' : this.#chunk({ annotations });
  }
}
