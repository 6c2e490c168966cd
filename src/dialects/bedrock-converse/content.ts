import { placeOf } from '../../canonical/part-places.ts';
import type { AssistantPart, FilePart, ImagePart, JsonObject } from '../../canonical/parts.ts';
import type { ResultPart, ToolCallPart, UserPart } from '../../canonical/parts.ts';
import type { ToolResult } from '../../canonical/request.ts';
import { isObject } from '../../std/is-object.ts';
import { parseJson } from '../../std/parse-json.ts';
import { unreachable } from '../../std/unreachable.ts';
import { textForState } from '../thought-texts.ts';
import type { ToolNames } from '../tool-names.ts';
import { cachePoints } from './cache.ts';
import type { Dropped } from './dropped.ts';
import { audioBlock, documentBlock, imageBlock, videoBlock } from './media.ts';
import type { Documents } from './media.ts';
import type { ConverseModel } from './models.ts';
import { blockOfState, isOwn, ORIGIN } from './state.ts';
import type { ToolIds } from './tool-ids.ts';
import { FREE_TEXT } from './tool-specs.ts';
import type { Block, ResultBlock, ToolResultBlock } from './wire.ts';

/** What the blocks of one request have in common. */
export interface Blocks {
  readonly model: ConverseModel;
  readonly names: ToolNames;
  readonly ids: ToolIds;
  readonly documents: Documents;
  readonly dropped: Dropped;
}

/** Blank texts are refused: they are left out. */
export function textBlocks(text: string): { text: string }[] {
  return text.trim() === '' ? [] : [{ text }];
}

export function userBlocks(part: UserPart, path: string, blocks: Blocks): Block[] {
  if (part.type === 'foreign') return foreignBlocks(part.origin, part.value);
  const said = part.type === 'text' ? textBlocks(part.text) : [mediaBlock(part, placeOf(part, path), blocks)];
  return said.length === 0 ? [] : [...said, ...cachePoints(part.cache, blocks.model, blocks.dropped)];
}

function mediaBlock(part: Exclude<UserPart, { type: 'text' | 'foreign' }>, path: string, blocks: Blocks) {
  switch (part.type) {
    case 'image':
      return imageBlock(part, path);
    case 'file':
      return documentBlock(part, path, blocks.documents);
    case 'audio':
      return audioBlock(part, path, blocks.model);
    case 'video':
      return videoBlock(part, path);
    default:
      return unreachable(part);
  }
}

/** A piece of ours that came through a client; no other dialect's means anything here. */
function foreignBlocks(origin: string, value: JsonObject): Block[] {
  return origin === ORIGIN ? [value as unknown as Block] : [];
}

/** What an assistant said, and the calls in it: the client's id and the one that is sent. */
export interface AssistantTurn {
  readonly content: Block[];
  readonly calls: readonly { readonly id: string; readonly sent: string }[];
}

export function assistantTurn(parts: readonly AssistantPart[], blocks: Blocks): AssistantTurn {
  const content: Block[] = [];
  const calls: { id: string; sent: string }[] = [];
  /** Thoughts whose state was taken from them by a client that has no place for it: it comes with the next call. */
  let unsigned: { readonly text: string; readonly at: number } | null = null;
  for (const [index, part] of parts.entries()) {
    switch (part.type) {
      case 'reasoning': {
        const block = blockOfState(part.state, part.text, blocks.model);
        if (block === null) unsigned = { text: textForState(parts, index, isOwn), at: content.length };
        else content.push(block);
        // One of several: which of the words belong to it is not known any more.
        if (block !== null && part.text === '' && unsigned !== null) unsigned = { text: '', at: content.length };
        break;
      }
      case 'tool_call': {
        const thought = blockOfState(part.state, unsigned?.text ?? '', blocks.model);
        // Thoughts stand before what was said after them.
        const isFirst = calls.length === 0 && !content.some((block) => 'reasoningContent' in block);
        if (thought !== null) content.splice(unsigned?.at ?? (isFirst ? 0 : content.length), 0, thought);
        unsigned = null;
        const sent = blocks.ids.next(part.id);
        calls.push({ id: part.id, sent });
        content.push({ toolUse: { toolUseId: sent, name: blocks.names.sent(part.name), input: inputOf(part) } });
        content.push(...cachePoints(part.cache, blocks.model, blocks.dropped));
        break;
      }
      case 'text':
        content.push(...userBlocks(part, '', blocks));
        break;
      case 'refusal':
        content.push(...textBlocks(part.text));
        break;
      case 'foreign':
        content.push(...foreignBlocks(part.origin, part.value));
        break;
      case 'image':
        // No model on Bedrock takes back an image as its own.
        break;
      default:
        unreachable(part);
    }
  }
  return { content, calls };
}

/** What is no JSON object was never a call that a tool could take; the model sees what it wrote. */
function inputOf({ kind, arguments: text }: ToolCallPart): JsonObject {
  if (kind === 'custom') return { [FREE_TEXT]: text };
  if (text.trim() === '') return {};
  const input = parseJson(text);
  return isObject(input) ? input : { [FREE_TEXT]: text };
}

export function resultBlock(
  { content, isError }: ToolResult,
  toolUseId: string,
  path: string,
  blocks: Blocks,
): ToolResultBlock {
  const said = resultContent(content, path, blocks);
  // Nothing at all would be refused.
  const whole = said.length === 0 ? [{ text: '(nothing)' }] : said;
  if (isError !== true) return { toolResult: { toolUseId, content: whole } };
  // Claude takes nothing but text in what is marked as an error.
  if (said.every((block) => 'text' in block)) return { toolResult: { toolUseId, content: whole, status: 'error' } };
  return { toolResult: { toolUseId, content: [{ text: 'The tool failed:' }, ...said] } };
}

/** Bedrock answers 400 where a call has no result. */
export function missingResult(toolUseId: string): ToolResultBlock {
  return { toolResult: { toolUseId, content: [{ text: 'There is no result of this call.' }], status: 'error' } };
}

export function resultContent(content: readonly ResultPart[], path: string, blocks: Blocks): ResultBlock[] {
  return content.flatMap((part, index): ResultBlock[] => {
    switch (part.type) {
      case 'text':
        return textBlocks(part.text);
      case 'image':
      case 'file':
        return [resultMedia(part, `${path}.content[${index}]`, blocks)];
      case 'foreign':
        return [];
      default:
        return unreachable(part);
    }
  });
}

function resultMedia(part: ImagePart | FilePart, at: string, blocks: Blocks): ResultBlock {
  const path = placeOf(part, at);
  return part.type === 'image' ? imageBlock(part, path) : documentBlock(part, path, blocks.documents);
}
