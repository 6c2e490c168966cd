import type { AnswerEvent, FinishReason } from '../../src/canonical/answer.ts';
import { foldAnswer } from '../../src/canonical/fold-answer.ts';
import type { JsonObject } from '../../src/canonical/parts.ts';
import { UNKNOWN_USAGE } from '../../src/canonical/usage.ts';
import type { Usage } from '../../src/canonical/usage.ts';
import { bedrockConverse } from '../../src/dialects/bedrock-converse/index.ts';
import { DROPPED_NAMES } from '../../src/dialects/bedrock-converse/dropped.ts';
import { converseFrame } from './event-stream-frames.ts';
import type { DialectLaws, Wire } from './laws.ts';

/** Converse has no front: what an upstream would send is written here, by the API's reference. */
const wire: Wire = {
  stream: (events) => Buffer.concat(new ConverseStream().all(events).map(converseFrame)),
  answer: (events) => {
    const { content, usage, finish } = foldAnswer(events);
    return {
      output: { message: { role: 'assistant', content: content.map(({ part }) => blockOf(part)) } },
      stopReason: stopReasonOf(finish?.reason ?? 'stop'),
      ...(usage === null ? {} : { usage: usageOf(usage) }),
      metrics: { latencyMs: 5 },
    };
  },
};

export const BEDROCK_CONVERSE: DialectLaws = {
  dialect: bedrockConverse,
  droppable: [...DROPPED_NAMES, /^tools\.elsewhere$/],
  requests: {
    models: ['anthropic.claude-sonnet-4-5-20250929-v1:0', 'us.amazon.nova-pro-v1:0'],
    contents: ['image-base64'],
    resultContents: ['image-base64'],
    providerTools: [],
    reasoningStates: ['s:EqoBCkgIARAB'],
    callStates: [],
  },
  refuses: ['image-url', 'file-url'],
  answers: { customTools: false, reasoningStates: ['s:EqoBCkgIARAB'] },
  asSpoken: null,
  modelDependent: [],
  withoutOwn: (request) => request,
  usageTold: ['inputTokens', 'outputTokens', 'cacheReadTokens', 'cacheWrite5mTokens'],
  keepsCallIds: true,
  finishTold: (reason) => reason,
  wire,
};

type ContentPart = ReturnType<typeof foldAnswer>['content'][number]['part'];

function blockOf(part: ContentPart): JsonObject {
  switch (part.type) {
    case 'reasoning':
      return {
        reasoningContent: {
          reasoningText: {
            text: part.text,
            ...(part.state === null ? {} : { signature: part.state.data.slice(2) }),
          },
        },
      };
    case 'tool_call':
      return { toolUse: { toolUseId: part.id, name: part.name, input: JSON.parse(part.arguments) as unknown } };
    case 'text':
    case 'refusal':
      return { text: part.text };
    default:
      throw new Error(`Converse has no ${part.type}`);
  }
}

/** Blocks one after the other, each with its index; text has no start. */
class ConverseStream {
  readonly #sent: JsonObject[] = [{ messageStart: { role: 'assistant' } }];
  #index = -1;
  #open: string | null = null;
  readonly #calls = new Map<number, number>();

  all(events: readonly AnswerEvent[]): readonly JsonObject[] {
    for (const event of events) this.#take(event);
    return this.#sent;
  }

  #take(event: AnswerEvent): void {
    switch (event.type) {
      case 'text':
      case 'refusal':
        this.#delta(event.type, { text: event.text });
        return;
      case 'reasoning':
        this.#delta('reasoning', { reasoningContent: { text: event.text } });
        return;
      case 'state':
        this.#delta(event.on, { reasoningContent: { signature: event.state.data.slice(2) } });
        this.#stop();
        return;
      case 'tool_call':
        this.#stop();
        this.#index += 1;
        this.#calls.set(event.call, this.#index);
        this.#send('contentBlockStart', this.#index, {
          start: { toolUse: { toolUseId: event.id, name: event.name } },
        });
        return;
      case 'tool_arguments':
        this.#send('contentBlockDelta', this.#calls.get(event.call), { delta: { toolUse: { input: event.text } } });
        return;
      case 'tool_call_end':
        this.#send('contentBlockStop', this.#calls.get(event.call), {});
        return;
      case 'part_end':
        this.#stop();
        return;
      case 'finish':
        this.#stop();
        this.#sent.push({ messageStop: { stopReason: stopReasonOf(event.finish.reason) } });
        return;
      case 'usage':
        this.#sent.push({ metadata: { usage: usageOf(event.usage), metrics: { latencyMs: 5 } } });
        return;
      default:
    }
  }

  #delta(type: string, delta: JsonObject): void {
    if (this.#open !== type) {
      this.#stop();
      this.#index += 1;
      this.#open = type;
    }
    this.#send('contentBlockDelta', this.#index, { delta });
  }

  #stop(): void {
    if (this.#open !== null) this.#send('contentBlockStop', this.#index, {});
    this.#open = null;
  }

  #send(name: string, contentBlockIndex: number | undefined, rest: JsonObject): void {
    this.#sent.push({ [name]: { contentBlockIndex, ...rest, p: 'abcdefghij' } });
  }
}

const STOP_REASONS: Readonly<Record<FinishReason, string>> = {
  stop: 'end_turn',
  length: 'max_tokens',
  tool_calls: 'tool_use',
  content_filter: 'content_filtered',
};

function stopReasonOf(reason: FinishReason): string {
  return STOP_REASONS[reason];
}

/** Converse's input is without what was read from a cache and written to it. */
function usageOf(usage: Usage): JsonObject {
  const { inputTokens, outputTokens, cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens } = {
    ...UNKNOWN_USAGE,
    ...usage,
  };
  const written = (cacheWrite5mTokens ?? 0) + (cacheWrite1hTokens ?? 0);
  return {
    inputTokens: (inputTokens ?? 0) - (cacheReadTokens ?? 0) - written,
    outputTokens: outputTokens ?? 0,
    totalTokens: (inputTokens ?? 0) + (outputTokens ?? 0),
    ...(cacheReadTokens === null ? {} : { cacheReadInputTokens: cacheReadTokens }),
    cacheWriteInputTokens: written,
  };
}
