import type { CacheMark, TextPart, UserPart } from '../canonical/parts.ts';
import { placedLike } from '../canonical/part-places.ts';
import type { CanonicalRequest, Message, Tool } from '../canonical/request.ts';

/** More questions than this are a conversation that goes on. */
const FEW_QUESTIONS = 2;
/** The ends of the prompt that are marked: of this request, and of the one before. */
const MARKED_ENDS = 2;
const MARK: CacheMark = '5m';

/**
 * The request with marks for the prompt cache, for an upstream that caches nothing unmarked, where its client has no
 * words for that: three of the four that Anthropic and Amazon take. One stands behind what is the same in every turn
 * (the system's text, or the tools), one behind the last question, and one behind the question before: there the last
 * request ended, and it is found also where more lies between than the 20 blocks that are looked back.
 *
 * A request that nobody goes on with is left as it is: what is written to the cache costs 1.25 times its price, what is
 * read from it a tenth. A prompt shorter than the least that a model caches (512 to 4,096 tokens) is taken as if there
 * were no mark, at no price. Sources: platform.claude.com/docs/en/build-with-claude/prompt-caching,
 * docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html.
 */
export function markPrompt(request: CanonicalRequest): CanonicalRequest {
  // Who speaks Anthropic's dialect and marks nothing means it.
  if (request.extras.origin === 'anthropic-messages' || !goesOn(request) || isMarked(request)) return request;
  const system = lastOfSystem(request.messages);
  const places = new Set([system, ...lastQuestions(request.messages)]);
  return {
    ...request,
    // They stand before the system's text, whose mark covers them.
    tools: system < 0 ? withMarkedTool(request.tools) : request.tools,
    messages: request.messages.map((message, index) => (places.has(index) ? marked(message) : message)),
  };
}

/** An agent at work, or somebody who has asked more than once or twice. */
function goesOn({ messages, tools }: CanonicalRequest): boolean {
  const isAnswered = messages.some(({ role }) => role === 'assistant');
  const questions = messages.filter(({ role }) => role === 'user').length;
  return isAnswered && (tools.length > 0 || questions > FEW_QUESTIONS);
}

/** Whoever marks something knows what a mark is. */
function isMarked({ messages, tools }: CanonicalRequest): boolean {
  return tools.some(hasMark) || messages.some((message) => piecesOf(message).some(hasMark));
}

function piecesOf(message: Message): readonly object[] {
  if (message.role !== 'tool') return message.content;
  return message.results.flatMap((result) => [result, ...result.content]);
}

function hasMark(piece: object): boolean {
  return 'cache' in piece && piece.cache !== null;
}

/** The last message of the system before anybody else speaks; -1: none says anything there. */
function lastOfSystem(messages: readonly Message[]): number {
  const first = messages.findIndex(({ role }) => role !== 'system');
  return messages.slice(0, Math.max(0, first)).findLastIndex(canBeMarked);
}

/** What the model is to answer now, and what it was asked before its last answer. */
function lastQuestions(messages: readonly Message[]): readonly number[] {
  const found: number[] = [];
  let isAnswered = true;
  for (const [index, message] of [...messages.entries()].reverse()) {
    if (found.length === MARKED_ENDS) break;
    if (message.role === 'assistant') isAnswered = true;
    else if (isAnswered && message.role !== 'system' && canBeMarked(message)) {
      found.push(index);
      isAnswered = false;
    }
  }
  return found;
}

function canBeMarked(message: Message): boolean {
  return message.role === 'tool' ? message.results.length > 0 : message.content.some(isText);
}

/** One of nothing but space is left out; behind documents Bedrock does not take every mark. */
function isText(part: { readonly type: string }): part is TextPart {
  return part.type === 'text' && 'text' in part && typeof part.text === 'string' && part.text.trim() !== '';
}

function marked(message: Message): Message {
  switch (message.role) {
    case 'tool': {
      const last = message.results.length - 1;
      const results = message.results.map((one, index) => (index === last ? { ...one, cache: MARK } : one));
      return { ...message, results };
    }
    case 'user':
      return { ...message, content: withMarkedText(message.content) };
    case 'system':
      return { ...message, content: withMarkedText(message.content) };
    case 'assistant':
      return message;
  }
}

function withMarkedText<Part extends UserPart>(content: readonly Part[]): readonly Part[] {
  const last = content.findLastIndex(isText);
  return content.map((part, index) => (index === last ? placedLike({ ...part, cache: MARK }, part) : part));
}

function withMarkedTool(tools: readonly Tool[]): readonly Tool[] {
  const last = tools.findLastIndex(({ kind }) => kind === 'function');
  return tools.map((tool, index) => (index === last && tool.kind === 'function' ? { ...tool, cache: MARK } : tool));
}
