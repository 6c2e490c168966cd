import { stateOfId } from '../../canonical/carried-state.ts';
import { textPart } from '../../canonical/parts.ts';
import type { AssistantPart, CacheMark, ForeignPart, JsonObject, ToolCallPart } from '../../canonical/parts.ts';
import type { ResultPart, TextPart, UserPart } from '../../canonical/parts.ts';
import { isObject } from '../../std/is-object.ts';
import { neededText, objectField, textField, wrong } from '../fields.ts';
import { decodeMedia } from './decode-media.ts';
import { cacheMarkOf } from './decode-tools.ts';
import { thinkingOfBlock } from './thinking-blocks.ts';

/** The texts of a system message: a string, or parts. */
export function decodeTextParts(content: unknown, path: string, cache: CacheMark | null): readonly TextPart[] {
  return partsOf(content, path, cache).flatMap(({ part, path: at }) => {
    if (!isText(part)) return wrong(at, 'must be a text');
    return listOf(textOf(part, at));
  });
}

export function decodeUserParts(content: unknown, path: string, cache: CacheMark | null): readonly UserPart[] {
  return partsOf(content, path, cache).flatMap(({ part, path: at }): readonly UserPart[] => {
    if (isToolResult(part)) return [];
    return isText(part) ? listOf(textOf(part, at)) : [decodeMedia(part, at) ?? foreign(part)];
  });
}

export function decodeResultParts(content: unknown, path: string): readonly ResultPart[] {
  return partsOf(content, path, null).flatMap(({ part, path: at }): readonly ResultPart[] => {
    if (isText(part)) return listOf(textOf(part, at));
    const media = decodeMedia(part, at);
    return [media?.type === 'image' || media?.type === 'file' ? media : foreign(part)];
  });
}

/** The content of an assistant's message, with the blocks that Anthropic and Mistral have in it. */
export function decodeSaidParts(content: unknown, path: string, cache: CacheMark | null): readonly AssistantPart[] {
  return partsOf(content, path, cache).flatMap(({ part, path: at }): readonly AssistantPart[] => {
    if (isText(part)) return listOf(textOf(part, at));
    switch (part['type']) {
      case 'refusal':
        return [{ type: 'refusal', text: neededText(part, 'refusal', at) }];
      case 'tool_use':
        return [toolUse(part, at)];
      case 'thinking':
      case 'redacted_thinking':
        return listOf(thinkingOfBlock(part));
      default: {
        const media = decodeMedia(part, at);
        return [media?.type === 'image' ? media : foreign(part)];
      }
    }
  });
}

export function isToolResult(part: unknown): part is JsonObject {
  return isObject(part) && part['type'] === 'tool_result';
}

interface Piece {
  readonly part: JsonObject;
  readonly path: string;
}

function partsOf(content: unknown, path: string, cache: CacheMark | null): readonly Piece[] {
  if (content === undefined || content === null || content === '') return [];
  if (typeof content === 'string') return [{ part: markedText(content, cache), path }];
  // Some clients send the one part without a list around it.
  const list: readonly unknown[] = isObject(content) ? [content] : Array.isArray(content) ? content : [];
  if (list.length === 0 && !Array.isArray(content)) return wrong(path, 'must be a string or a list of parts');
  return list.map((part, index) => {
    if (typeof part === 'string') return { part: markedText(part, null), path: `${path}[${index}]` };
    if (isObject(part)) return { part, path: `${path}[${index}]` };
    return wrong(`${path}[${index}]`, 'must be an object');
  });
}

function markedText(text: string, cache: CacheMark | null): JsonObject {
  if (cache === null) return { type: 'text', text };
  return { type: 'text', text, cache_control: { type: 'ephemeral', ttl: cache } };
}

/** Also by the names of OpenAI's Responses, and without a type. */
function isText({ type, text }: JsonObject): boolean {
  if (type === 'text' || type === 'input_text' || type === 'output_text') return true;
  return (type === undefined || type === null) && typeof text === 'string';
}

/** A text that says nothing is none. */
function textOf(part: JsonObject, path: string): TextPart | null {
  const text = textField(part, 'text', path) ?? '';
  return text === '' ? null : textPart(text, cacheMarkOf(part));
}

function toolUse(block: JsonObject, path: string): ToolCallPart {
  const { id, state } = stateOfId(neededText(block, 'id', path));
  const input = objectField(block, 'input', path) ?? {};
  const name = neededText(block, 'name', path);
  return { type: 'tool_call', id, name, arguments: JSON.stringify(input), kind: 'function', state, cache: null };
}

/** A part that this dialect's upstreams may know. */
function foreign(value: JsonObject): ForeignPart {
  return { type: 'foreign', origin: 'openai-chat', value };
}

function listOf<Part>(part: Part | null): readonly Part[] {
  return part === null ? [] : [part];
}
