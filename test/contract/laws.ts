import type { AnswerEvent, FinishReason } from '../../src/canonical/answer.ts';
import { foldAnswer } from '../../src/canonical/fold-answer.ts';
import type { Usage } from '../../src/canonical/usage.ts';
import { PLAIN_QUIRKS } from '../../src/canonical/quirks.ts';
import type { ChatQuirks } from '../../src/canonical/quirks.ts';
import { emptyRequest } from '../../src/canonical/request.ts';
import type { CanonicalRequest, Tool } from '../../src/canonical/request.ts';
import { parseJson } from '../../src/std/parse-json.ts';
import type { AnswerContext, DecodeContext, Dialect, EncodeTarget, Front } from '../../src/dialects/dialect.ts';
import type { AnswerShape } from './generate-answer.ts';
import type { ContentKind } from './generate-content.ts';
import type { RequestShape } from './generate-request.ts';

/** What the law suite has to know of a dialect: what its words can say, and what becomes of the rest. */
export interface DialectLaws {
  readonly dialect: Dialect;
  /** Every name that `encodeRequest` may put into `dropped`. */
  readonly droppable: readonly (string | RegExp)[];
  /** What requests are made of for it. */
  readonly requests: Omit<RequestShape, 'dialect'>;
  /** Content that its encoder answers with a 400; what is in neither list depends on the model. */
  readonly refuses: readonly ContentKind[];
  readonly answers: Omit<AnswerShape, 'dialect'>;
  /** What `decodeRequest` is expected to read in the body that `encodeRequest` wrote; `null`: it has no front. */
  readonly asSpoken: ((request: CanonicalRequest, dropped: readonly string[]) => CanonicalRequest) | null;
  /** Fields that become what the model knows of them, and so are told by tables of the dialect's own tests. */
  readonly modelDependent: readonly (keyof CanonicalRequest)[];
  /** What was read, without what `encodeRequest` adds that no request says. */
  readonly withoutOwn: (request: CanonicalRequest) => CanonicalRequest;
  /** The classes of tokens that its usage can tell. */
  readonly usageTold: readonly (keyof Usage)[];
  /** Whether an answer keeps ids of tool calls. */
  readonly keepsCallIds: boolean;
  /** How it tells why an answer ended, in its own coarser words. */
  readonly finishTold: (reason: FinishReason | null, hasRefusal: boolean) => FinishReason | null;
  /** An answer of an upstream as it comes over the wire: what the front writes, or the test where there is none. */
  readonly wire: Wire;
}

export interface Wire {
  /** Without a `finish` among the events the stream has no end either. */
  readonly stream: (events: readonly AnswerEvent[], request: CanonicalRequest) => Buffer;
  readonly answer: (events: readonly AnswerEvent[], request: CanonicalRequest) => unknown;
}

export function frontOf({ id, front }: Dialect): Front {
  if (front === null) throw new Error(`no client speaks ${id}`);
  return front;
}

/** What the front of a dialect writes. */
export function wireOfFront(front: Front): Wire {
  return {
    stream: (events, request) => {
      const encoder = front.encodeStream(answerContext(request));
      const texts = events.map((event) => encoder.push(event));
      const isWhole = events.some(({ type }) => type === 'finish');
      return Buffer.from(texts.join('') + (isWhole ? encoder.end() : ''));
    },
    answer: (events, request) => parseJson(front.encodeAnswer(foldAnswer(events), answerContext(request))),
  };
}

/** An upstream that takes everything that the dialect can say. */
export const WILLING: ChatQuirks = {
  ...PLAIN_QUIRKS,
  maxTokensField: 'max_completion_tokens',
  files: true,
  audio: true,
  cacheMarks: true,
  echoesReasoning: true,
};

export function targetOf(request: CanonicalRequest): EncodeTarget {
  return {
    model: request.model,
    quirks: WILLING,
    maxOutputTokens: MAX_OUTPUT_TOKENS,
    contextTokens: null,
    loadedContextTokens: null,
  };
}

export const MAX_OUTPUT_TOKENS = 64_000;
export const EXCHANGE_ID = '01983a2e-7c1f-7abc-8def-0123456789ab';

export function decodeContext(request: CanonicalRequest): DecodeContext {
  return { request, provider: 'somewhere', quirks: WILLING };
}

export function answerContext(request: CanonicalRequest): AnswerContext {
  return {
    request,
    body: { model: request.model },
    exchangeId: EXCHANGE_ID,
    model: 'the-model',
    createdAt: Date.UTC(2026, 7, 1, 12),
    now: () => Date.UTC(2026, 7, 1, 12, 0, 1),
    isKept: true,
    inputTokensGuess: 17,
  };
}

/** A request to which these events are an answer: the tools that they call are its own. */
export function requestFor(dialect: Dialect, events: readonly AnswerEvent[]): CanonicalRequest {
  const tools = events.flatMap((event): Tool[] => {
    if (event.type !== 'tool_call') return [];
    const { name } = event;
    if (event.kind === 'custom') return [{ kind: 'custom', name, description: null, format: null }];
    const rest = { description: null, parameters: null, strict: null, namespace: null, cache: null };
    return [{ kind: 'function', name, ...rest }];
  });
  return { ...plainRequest(dialect), tools };
}

export function plainRequest(dialect: Dialect): CanonicalRequest {
  // Some dialects show thoughts only to who asks for them.
  const reasoning = { effort: 'medium', budgetTokens: null, shown: true } as const;
  return { ...emptyRequest('the-model', dialect.id), stream: true, streamUsage: true, reasoning };
}
