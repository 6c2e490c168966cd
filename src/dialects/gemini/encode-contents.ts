import type { AssistantPart, TextPart, ToolCallPart, UserPart } from '../../canonical/parts.ts';
import type { ChatQuirks } from '../../canonical/quirks.ts';
import type { Message, ToolResult } from '../../canonical/request.ts';
import { unreachable } from '../../std/unreachable.ts';
import type { ToolNames } from '../tool-names.ts';
import { customArguments } from './custom-tools.ts';
import type { Drop } from './dropped.ts';
import { argumentsObject, partsOfResult } from './encode-result.ts';
import { partOfMedia } from './media.ts';
import type { ModelTraits } from './models.ts';
import { NO_SIGNATURE } from './signatures.ts';
import type { WireContent, WirePart } from './wire.ts';

/** A turn of the user's that says nothing: Gemini wants one first, and an empty text is refused. */
const SILENCE: WirePart = { text: ' ' };

export interface ContentsContext {
  readonly names: ToolNames;
  readonly traits: ModelTraits;
  readonly images: ChatQuirks['images'];
  /** The request came from a client of Gemini's: its thoughts are Gemini's. */
  readonly isOwn: boolean;
  readonly drop: Drop;
}

/** A message with its place in the request, for errors. */
interface Placed<Kind extends Message = Message> {
  readonly message: Kind;
  readonly path: string;
}
type Answer = Extract<Message, { role: 'assistant' }>;

/**
 * `systemInstruction` and `contents`. System messages that come later keep their place as text of the user. The results
 * of the model's calls stand in one content right behind them: all of them, one that is missing says so itself, and
 * what answers no call is left out.
 */
export function encodeMessages(
  messages: readonly Message[],
  context: ContentsContext,
): { readonly system: WireContent | null; readonly contents: WireContent[] } {
  const placed = messages.map((message, index): Placed => ({ message, path: `messages[${index}]` }));
  const firstOther = placed.findIndex(({ message }) => message.role !== 'system');
  const leading = firstOther < 0 ? placed : placed.slice(0, firstOther);
  const systemParts = leading.flatMap(({ message }) => (message.role === 'system' ? textParts(message.content) : []));
  const contents = contentsOf(placed.slice(leading.length), context);
  if (contents[0]?.role !== 'user') contents.unshift({ role: 'user', parts: [SILENCE] });
  if (contents.at(-1)?.role === 'model' && context.traits.hasFixedSampling) {
    // Such models refuse to go on with what was begun for them.
    context.drop('prefill');
    contents.push({ role: 'user', parts: [SILENCE] });
  }
  return { system: systemParts.length === 0 ? null : { parts: systemParts }, contents };
}

function contentsOf(placed: readonly Placed[], context: ContentsContext): WireContent[] {
  const contents: WireContent[] = [];
  for (let at = 0; at < placed.length;) {
    const answers: Placed<Answer>[] = [];
    while (at < placed.length && isAnswer(placed[at])) answers.push(placed[at++] as Placed<Answer>);
    const between: Placed[] = [];
    for (let next = placed[at]; next !== undefined && !isAnswer(next); next = placed[++at]) between.push(next);
    addAnswers(contents, answers, context);
    addResults(contents, answers, between, context);
    addUser(contents, between, context);
  }
  return contents;
}

function isAnswer(placed: Placed | undefined): boolean {
  return placed?.message.role === 'assistant';
}

function addAnswers(contents: WireContent[], answers: readonly Placed<Answer>[], context: ContentsContext): void {
  const parts: WirePart[] = [];
  let isFirstCall = true;
  for (const { message, path } of answers) {
    message.content.forEach((part, index) => {
      if (part.type === 'tool_call') parts.push(callPart(part, isFirstCall, context));
      else parts.push(...answerPart(part, `${path}.content[${index}]`, context));
      if (part.type === 'tool_call') isFirstCall = false;
    });
  }
  const last = contents.at(-1);
  if (last?.role === 'model') last.parts.push(...parts);
  else if (parts.length > 0) contents.push({ role: 'model', parts });
}

/** Own thoughts go back as they came; thoughts of other models are of no use to this one. */
function answerPart(
  part: Exclude<AssistantPart, ToolCallPart>,
  path: string,
  { isOwn, images }: ContentsContext,
): readonly WirePart[] {
  switch (part.type) {
    case 'text':
      return textParts([part]);
    case 'reasoning': {
      if (part.state === null) return isOwn && part.text !== '' ? [{ text: part.text, thought: true }] : [];
      if (part.state.origin !== 'gemini') return [];
      return [{ text: part.text, thought: true, thoughtSignature: part.state.data }];
    }
    case 'refusal':
      return part.text === '' ? [] : [{ text: part.text }];
    case 'image':
      return [partOfMedia(part, path, images)];
    case 'foreign':
      return part.origin === 'gemini' && part.value['candidate'] === undefined ? [part.value] : [];
    default:
      unreachable(part);
  }
}

/** The first call of a step must be signed; a step is all that the model said in one turn. */
function callPart(call: ToolCallPart, isFirst: boolean, { names, traits }: ContentsContext): WirePart {
  const args = call.kind === 'custom' ? customArguments(call.arguments) : argumentsObject(call.arguments);
  const part: WirePart = { functionCall: { id: call.id, name: names.sent(call.name), args } };
  if (call.state?.origin === 'gemini') return { ...part, thoughtSignature: call.state.data };
  return isFirst && traits.isThird ? { ...part, thoughtSignature: NO_SIGNATURE } : part;
}

/** Ids may stand twice where a client makes them up: results are given out in their order. */
function addResults(
  contents: WireContent[],
  answers: readonly Placed<Answer>[],
  between: readonly Placed[],
  { names, traits, images }: ContentsContext,
): void {
  const calls = answers.flatMap(({ message }) => message.content.filter((part) => part.type === 'tool_call'));
  if (calls.length === 0) return;
  const waiting = new Map<string, { readonly result: ToolResult; readonly path: string }[]>();
  for (const { message, path } of between) {
    if (message.role !== 'tool') continue;
    message.results.forEach((result, index) => {
      const queue = waiting.get(result.callId) ?? [];
      queue.push({ result, path: `${path}.results[${index}]` });
      waiting.set(result.callId, queue);
    });
  }
  const parts = calls.flatMap((call) => {
    const answered = waiting.get(call.id)?.shift() ?? null;
    return partsOfResult({ call, name: names.sent(call.name), traits, images }, answered);
  });
  // Gemini counts the responses of this content; pictures of older models' results may stand behind them.
  const responses = parts.filter((part) => part.functionResponse !== undefined);
  contents.push({
    role: 'user',
    parts: [...responses, ...parts.filter((part) => part.functionResponse === undefined)],
  });
}

function addUser(contents: WireContent[], placed: readonly Placed[], context: ContentsContext): void {
  const parts: WirePart[] = [];
  for (const { message, path } of placed) {
    if (message.role === 'system') parts.push(...reminder(message.content));
    if (message.role !== 'user') continue;
    message.content.forEach((part, index) => parts.push(...userPart(part, `${path}.content[${index}]`, context)));
  }
  if (parts.length > 0) contents.push({ role: 'user', parts });
  // Two turns of the model's with nothing but an empty turn between them.
  else if (placed.some(({ message }) => message.role === 'user')) contents.push({ role: 'user', parts: [SILENCE] });
}

function userPart(part: UserPart, path: string, { drop, images }: ContentsContext): readonly WirePart[] {
  if (part.type === 'text') return textParts([part]);
  if (part.type === 'foreign') return part.origin === 'gemini' ? [part.value] : [];
  if (part.type === 'image' && part.detail !== null && part.detail !== 'auto') drop('image_detail');
  return [partOfMedia(part, path, images)];
}

function reminder(content: readonly TextPart[]): readonly WirePart[] {
  const text = content.map((part) => part.text).join('\n');
  return text === '' ? [] : [{ text: `<system-reminder>\n${text}\n</system-reminder>` }];
}

/** Empty texts are refused by Gemini unless they are there for their signature. */
function textParts(parts: readonly TextPart[]): WirePart[] {
  return parts.flatMap(({ text, state }): WirePart[] => {
    if (state?.origin === 'gemini') return [{ text, thoughtSignature: state.data }];
    return text === '' ? [] : [{ text }];
  });
}
