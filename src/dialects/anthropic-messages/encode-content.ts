import type { ContentBlockParam, ToolResultBlockParam } from '@anthropic-ai/sdk/resources/messages';
import { placeOf } from '../../canonical/part-places.ts';
import type { AssistantPart, ForeignPart, ResultPart, ToolCallPart } from '../../canonical/parts.ts';
import type { TextPart, UserPart } from '../../canonical/parts.ts';
import type { ToolResult } from '../../canonical/request.ts';
import { isObject } from '../../std/is-object.ts';
import { parseJson } from '../../std/parse-json.ts';
import { unreachable } from '../../std/unreachable.ts';
import { unsupported } from '../fields.ts';
import { textForState } from '../thought-texts.ts';
import { cacheControl } from './cache-marks.ts';
import { customInput } from './custom-tools.ts';
import { encodeFile, encodeImage } from './encode-media.ts';
import { isOwn, ORIGIN, thinkingBlock } from './states.ts';
import type { Writing } from './writing.ts';

type ResultBlock = Exclude<NonNullable<ToolResultBlockParam['content']>, string>[number];

/** Said for a tool that failed without a word: an error without content is refused. */
const SILENT_FAILURE = 'The tool failed and said nothing.';

/** Text of white space alone is refused, and no block at all. */
export function encodeText({ text, cache }: TextPart): readonly ContentBlockParam[] {
  return text.trim() === '' ? [] : [{ type: 'text', text, ...cacheControl(cache) }];
}

/**
 * A system message behind others stays where it is, as text of the user in the tags that Claude knows for it: moved to
 * the top it would change the beginning of the prompt, which is cached, and stand before what it is about.
 */
export function encodeReminder({ text, cache }: TextPart): readonly ContentBlockParam[] {
  if (text.trim() === '') return [];
  return encodeText({ type: 'text', text: `<system-reminder>\n${text}\n</system-reminder>`, cache, state: null });
}

export function encodeUserPart(part: UserPart, at: string, writing: Writing): readonly ContentBlockParam[] {
  const path = placeOf(part, at);
  switch (part.type) {
    case 'text':
      return encodeText(part);
    case 'image':
      return [encodeImage(part, path, writing)];
    case 'file':
      return [encodeFile(part, path, writing)];
    case 'audio':
    case 'video':
      return unsupported(path, `is ${part.type}, which the model does not take`);
    case 'foreign':
      return encodeForeign(part);
    default:
      return unreachable(part);
  }
}

/** Parts of another dialect mean nothing here. One of this dialect's was a block of it, whatever its type. */
function encodeForeign({ origin, value }: ForeignPart): readonly ContentBlockParam[] {
  return origin === ORIGIN ? [{ ...value } as unknown as ContentBlockParam] : [];
}

/**
 * A result, and behind it what an error has shown, which the API refuses inside of it ("all content must be type "text"
 * if "is_error" is true").
 */
export function encodeToolResult(result: ToolResult, path: string, writing: Writing): readonly ContentBlockParam[] {
  const content = result.content.flatMap((part, index) => encodeResultPart(part, `${path}.content[${index}]`, writing));
  const mark = result.cache ?? result.content.findLast(isMarked)?.cache ?? null;
  const isError = result.isError === true;
  const block: ToolResultBlockParam = {
    type: 'tool_result',
    tool_use_id: result.callId,
    ...contentField(isError ? content.filter(({ type }) => type === 'text') : content, isError),
    ...(result.isError === null ? {} : { is_error: result.isError }),
    ...cacheControl(mark),
  };
  return isError ? [block, ...content.filter(isShown)] : [block];
}

function isShown(block: ResultBlock): block is Extract<ResultBlock, { type: 'image' | 'document' }> {
  return block.type === 'image' || block.type === 'document';
}

function contentField(content: ResultBlock[], isError: boolean): Pick<ToolResultBlockParam, 'content'> {
  const [first] = content;
  if (first === undefined) return isError ? { content: SILENT_FAILURE } : {};
  return { content: content.length === 1 && first.type === 'text' ? first.text : content };
}

/** Blocks within a result have no mark of their own: the result has it. */
function encodeResultPart(part: ResultPart, at: string, writing: Writing): readonly ResultBlock[] {
  const path = placeOf(part, at);
  switch (part.type) {
    case 'text':
      return part.text.trim() === '' ? [] : [{ type: 'text', text: part.text }];
    case 'image':
      return [encodeImage({ ...part, cache: null }, path, writing)];
    case 'file':
      return [encodeFile({ ...part, cache: null }, path, writing)];
    case 'foreign':
      return part.origin === ORIGIN ? [{ ...part.value } as unknown as ResultBlock] : [];
    default:
      return unreachable(part);
  }
}

function isMarked(part: ResultPart): part is Exclude<ResultPart, ForeignPart> {
  return part.type !== 'foreign' && part.cache !== null;
}

/**
 * A message of the assistant. What it thought goes back only with the signature that it came with. A client that has
 * no place for signatures brings one along in the id of a tool call: then the thought is put where the client's own
 * form of it stands, else at the beginning, where it was (later ones: before their call). Its text is what the client
 * still has of it, where that is known; a signature without text is what a thought that is not shown looks like.
 */
export function encodeAssistant(parts: readonly AssistantPart[], writing: Writing): readonly ContentBlockParam[] {
  const blocks: ContentBlockParam[] = [];
  let unsigned: { readonly at: number; readonly text: string } | null = null;
  let hasThought = false;
  for (const [index, part] of parts.entries()) {
    if (part.type === 'reasoning' && !isOwn(part.state)) {
      if (part.state === null) unsigned = { at: blocks.length, text: textForState(parts, index, isOwn) };
      continue;
    }
    if (part.type === 'tool_call' && isOwn(part.state)) {
      const at = unsigned?.at ?? (hasThought ? blocks.length : 0);
      blocks.splice(at, 0, thinkingBlock(unsigned?.text ?? '', part.state));
      hasThought = true;
      unsigned = null;
    } else if (part.type === 'reasoning') hasThought = true;
    blocks.push(...encodeAssistantPart(part, writing));
    if (part.type === 'reasoning' && part.text === '' && unsigned !== null) unsigned = { at: blocks.length, text: '' };
  }
  return blocks;
}

function encodeAssistantPart(part: AssistantPart, writing: Writing): readonly ContentBlockParam[] {
  switch (part.type) {
    case 'text':
      return encodeText(part);
    case 'refusal':
      return encodeText({ type: 'text', text: part.text, cache: null, state: null });
    case 'reasoning':
      return isOwn(part.state) ? [thinkingBlock(part.text, part.state)] : [];
    case 'tool_call':
      return [encodeToolCall(part, writing)];
    case 'image':
      // An assistant of this dialect makes no images, and its messages may hold none.
      writing.dropped.add('assistant_images');
      return [];
    case 'foreign':
      return encodeForeign(part);
    default:
      return unreachable(part);
  }
}

function encodeToolCall(part: ToolCallPart, { names }: Writing): ContentBlockParam {
  return {
    type: 'tool_use',
    id: part.id,
    name: names.sent(part.name),
    input: part.kind === 'custom' ? customInput(part.arguments) : inputOf(part.arguments),
    ...cacheControl(part.cache),
  };
}

/** The input must be an object; arguments that a model wrote wrongly are kept as a text in one. */
function inputOf(text: string): unknown {
  if (text.trim() === '') return {};
  const parsed = parseJson(text);
  return isObject(parsed) ? parsed : { arguments: text };
}
