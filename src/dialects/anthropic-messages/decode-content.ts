import { stateOfId } from '../../canonical/carried-state.ts';
import type { AssistantPart, JsonObject, ResultPart, TextPart, ToolCallPart, UserPart } from '../../canonical/parts.ts';
import { reasoningPart, textPart } from '../../canonical/parts.ts';
import type { ToolResult } from '../../canonical/request.ts';
import { isObject } from '../../std/is-object.ts';
import { booleanField, neededText, textField, wrong } from '../fields.ts';
import { readCacheMark } from './cache-marks.ts';
import { decodeDocument, decodeImage, decodeSearchResult } from './decode-media.ts';
import { ORIGIN, stateOfEchoedSignature, stateOfRedacted } from './states.ts';

/**
 * The first block of Claude Code's system prompt. It changes with every request: in front of a prompt it would spoil
 * every cache of an upstream to whom it means nothing.
 */
const BILLING_LINE = 'x-anthropic-billing-header:';

export function decodeSystem(content: unknown, path: string): readonly TextPart[] {
  return blocksOf(content, path).flatMap((block, index) => {
    const part = decodeText(block, `${path}[${index}]`);
    return part.text === '' || part.text.startsWith(BILLING_LINE) ? [] : [part];
  });
}

/** A user's turn: the results of tools in it, and the rest. */
export interface UserContent {
  readonly results: readonly ToolResult[];
  readonly parts: readonly UserPart[];
}

export function decodeUserContent(content: unknown, path: string): UserContent {
  const results: ToolResult[] = [];
  const parts: UserPart[] = [];
  blocksOf(content, path).forEach((block, index) => {
    const at = `${path}[${index}]`;
    if (block['type'] === 'tool_result') results.push(decodeToolResult(block, at));
    else parts.push(...decodeShown(block, at));
  });
  return { results, parts };
}

export function decodeAssistantContent(content: unknown, path: string): readonly AssistantPart[] {
  return blocksOf(content, path).flatMap((block, index) => decodeAssistantBlock(block, `${path}[${index}]`));
}

function decodeAssistantBlock(block: JsonObject, path: string): readonly AssistantPart[] {
  switch (neededText(block, 'type', path)) {
    case 'text':
      return someText(block, path);
    case 'thinking': {
      const signature = textField(block, 'signature', path);
      return [reasoningPart(textField(block, 'thinking', path) ?? '', stateOfEchoedSignature(signature))];
    }
    case 'redacted_thinking':
      return [reasoningPart('', stateOfRedacted(neededText(block, 'data', path)))];
    case 'tool_use':
      return [decodeToolUse(block, path)];
    case 'image':
      return [decodeImage(block, path)];
    case 'tool_result':
      return wrong(`${path}.type`, 'belongs into a message of the user');
    default:
      return [{ type: 'foreign', origin: ORIGIN, value: block }];
  }
}

function decodeToolUse(block: JsonObject, path: string): ToolCallPart {
  const { id, state } = stateOfId(neededText(block, 'id', path));
  return {
    type: 'tool_call',
    id,
    name: neededText(block, 'name', path),
    arguments: JSON.stringify(block['input'] ?? {}),
    kind: 'function',
    state,
    cache: readCacheMark(block, path),
  };
}

function decodeToolResult(block: JsonObject, path: string): ToolResult {
  return {
    callId: stateOfId(neededText(block, 'tool_use_id', path)).id,
    name: null,
    content: blocksOf(block['content'], `${path}.content`).flatMap((inner, index) =>
      decodeShown(inner, `${path}.content[${index}]`),
    ),
    isError: booleanField(block, 'is_error', path),
    cache: readCacheMark(block, path),
  };
}

/** A block of what the model is shown: by the user, or as the result of a tool. */
function decodeShown(block: JsonObject, path: string): readonly ResultPart[] {
  switch (neededText(block, 'type', path)) {
    case 'text':
      return someText(block, path);
    case 'image':
      return [decodeImage(block, path)];
    case 'document':
      return decodeDocument(block, path);
    case 'search_result':
      return [decodeSearchResult(block, path)];
    case 'tool_reference':
      return [loadedTool(block, path)];
    case 'tool_use':
      return wrong(`${path}.type`, 'belongs into a message of the assistant');
    default:
      return [{ type: 'foreign', origin: ORIGIN, value: block }];
  }
}

/**
 * What a search for deferred tools has found (Claude Code's `ToolSearch`): the tool stands in `tools` from there on. To
 * those who know nothing of deferred tools it is said in words; the result would be empty without.
 */
function loadedTool(block: JsonObject, path: string): TextPart {
  const name = neededText(block, 'tool_name', path);
  return textPart(`The tool ${name} is loaded and can be called.`, readCacheMark(block, path));
}

function someText(block: JsonObject, path: string): readonly TextPart[] {
  const part = decodeText(block, path);
  return part.text === '' ? [] : [part];
}

function decodeText(block: JsonObject, path: string): TextPart {
  return textPart(textField(block, 'text', path) ?? '', readCacheMark(block, path));
}

/** A text stands for a list with one block of it; nothing for an empty list. */
function blocksOf(content: unknown, path: string): readonly JsonObject[] {
  if (content === undefined || content === null) return [];
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  if (!Array.isArray(content)) return wrong(path, 'must be a string or a list');
  return (content as unknown[]).map((block, index) => {
    if (typeof block === 'string') return { type: 'text', text: block };
    return isObject(block) ? block : wrong(`${path}[${index}]`, 'must be an object');
  });
}
