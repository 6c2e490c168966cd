import { stateOfId } from '../../canonical/carried-state.ts';
import { placed } from '../../canonical/part-places.ts';
import { reasoningPart, textPart } from '../../canonical/parts.ts';
import type { AssistantPart, JsonObject, ReasoningPart, ToolCallPart } from '../../canonical/parts.ts';
import type { Message, Tool, ToolResult } from '../../canonical/request.ts';
import { GatewayError } from '../../canonical/errors.ts';
import { isObject } from '../../std/is-object.ts';
import { neededText, objectsField, textField, wrong } from '../fields.ts';
import { decodeAssistantContent, decodeResultContent, decodeSystemContent, decodeUserContent } from './decode-parts.ts';
import { decodeTool } from './decode-tools.ts';
import { calledName } from './namespaces.ts';
import { stateOfItem } from './reasoning-state.ts';
import { isClientCall, isClientOutput, TOOL_SEARCH } from './tool-search.ts';

/**
 * The conversation: `instructions`, then `input`, a text or a list of items. Items of the assistant that follow each
 * other (thoughts, text, calls, tools that OpenAI ran) are one message, and so are results that follow each other.
 */
export function decodeInput(body: JsonObject, tools: readonly Tool[]): readonly Message[] {
  const conversation = new Conversation();
  const instructions = textField(body, 'instructions', '');
  if (instructions !== null) conversation.add({ role: 'system', content: [textPart(instructions)] });
  const input = body['input'] ?? null;
  if (input === null) {
    throw new GatewayError('missing_field', 'The request body has no `input`.', { param: 'input' });
  }
  if (typeof input === 'string') conversation.add({ role: 'user', content: [textPart(input)] });
  else if (Array.isArray(input)) {
    (input as unknown[]).forEach((item, index) => {
      const path = `input[${index}]`;
      addItem(conversation, isObject(item) ? item : wrong(path, 'must be an object'), path, tools);
    });
  } else wrong('input', 'must be a string or a list');
  return conversation.messages;
}

/** Messages in the making: the last one is gone on with as long as the same side speaks. */
class Conversation {
  readonly messages: Message[] = [];
  #assistant: AssistantPart[] | null = null;
  #results: ToolResult[] | null = null;

  add(message: Message): void {
    this.messages.push(message);
    this.#assistant = null;
    this.#results = null;
  }

  addAssistant(...parts: readonly AssistantPart[]): void {
    if (this.#assistant === null) {
      const content: AssistantPart[] = [];
      this.add({ role: 'assistant', content });
      this.#assistant = content;
    }
    this.#assistant.push(...parts);
  }

  addResult(result: ToolResult): void {
    if (this.#results === null) {
      const results: ToolResult[] = [];
      this.add({ role: 'tool', results });
      this.#results = results;
    }
    this.#results.push(result);
  }
}

function addItem(conversation: Conversation, item: JsonObject, path: string, tools: readonly Tool[]): void {
  // An item with a role and no type is a message (EasyInputMessage): the AI SDK sends nothing else.
  const type = textField(item, 'type', path) ?? ('role' in item ? 'message' : wrong(`${path}.type`, 'is missing'));
  switch (type) {
    case 'message': {
      addMessage(conversation, item, path);
      return;
    }
    case 'reasoning': {
      const part = decodeReasoningItem(item, path);
      if (part !== null) conversation.addAssistant(part);
      return;
    }
    case 'function_call': {
      conversation.addAssistant(decodeCall(item, path, 'function', tools));
      return;
    }
    case 'custom_tool_call': {
      conversation.addAssistant(decodeCall(item, path, 'custom', tools));
      return;
    }
    case 'function_call_output':
    case 'custom_tool_call_output': {
      conversation.addResult(decodeResult(item, path));
      return;
    }
    case 'tool_search_call':
    case 'tool_search_output':
    case 'additional_tools': {
      addSearch(conversation, item, path);
      return;
    }
    case 'item_reference':
      return unknownReference(item, path);
    default: {
      conversation.addAssistant(placed({ type: 'foreign', origin: 'openai-responses', value: item }, path));
      return;
    }
  }
}

/** The tools themselves are with the others; a search that OpenAI ran means nothing to anyone else. */
function addSearch(conversation: Conversation, item: JsonObject, path: string): void {
  if (isClientCall(item)) {
    const call = { ...item, name: TOOL_SEARCH, arguments: JSON.stringify(item['arguments'] ?? {}) };
    conversation.addAssistant(decodeCall(call, path, 'function', []));
  } else if (isClientOutput(item)) {
    conversation.addResult(decodeResult({ ...item, output: foundInWords(item, path) }, path));
  } else if (item['type'] !== 'additional_tools') {
    conversation.addAssistant({ type: 'foreign', origin: 'openai-responses', value: item });
  }
}

/** What was found, by the names that the model calls it by. */
function foundInWords(item: JsonObject, path: string): string {
  const names = (objectsField(item, 'tools', path) ?? []).flatMap((tool, index) => {
    const at = `${path}.tools[${index}]`;
    return decodeTool(tool, at).map(({ name }) => name);
  });
  if (names.length === 0) return 'No tools were found.';
  return `These tools were found and can be called: ${names.join(', ')}.`;
}

function addMessage(conversation: Conversation, item: JsonObject, path: string): void {
  const role = neededText(item, 'role', path);
  switch (role) {
    case 'assistant': {
      conversation.addAssistant(...decodeAssistantContent(item, path));
      return;
    }
    case 'user': {
      conversation.add({ role: 'user', content: decodeUserContent(item, path) });
      return;
    }
    case 'system':
    case 'developer': {
      conversation.add({ role: 'system', content: decodeSystemContent(item, path) });
      return;
    }
    default:
      return wrong(`${path}.role`, 'must be `user`, `assistant`, `system` or `developer`');
  }
}

/** Thoughts that are neither readable nor encrypted say nothing to anyone who has not stored them. */
function decodeReasoningItem(item: JsonObject, path: string): ReasoningPart | null {
  const summary = textsOf(item, 'summary', path);
  // Open-weight models show their thoughts in `content`; Codex sends it as `null`.
  const text = summary === '' ? textsOf(item, 'content', path) : summary;
  const state = stateOfItem(item);
  return text === '' && state === null ? null : reasoningPart(text, state);
}

function textsOf(item: JsonObject, key: string, path: string): string {
  const parts = objectsField(item, key, path) ?? [];
  return parts.map((part, index) => neededText(part, 'text', `${path}.${key}[${index}]`)).join('\n\n');
}

function decodeCall(item: JsonObject, path: string, kind: ToolCallPart['kind'], tools: readonly Tool[]): ToolCallPart {
  const { id, state } = stateOfId(neededText(item, 'call_id', path));
  const written = textField(item, kind === 'function' ? 'arguments' : 'input', path) ?? '';
  return {
    type: 'tool_call',
    id,
    name: calledName(tools, item['namespace'], neededText(item, 'name', path)),
    arguments: kind === 'function' && written === '' ? '{}' : written,
    kind,
    state,
    cache: null,
  };
}

function decodeResult(item: JsonObject, path: string): ToolResult {
  return {
    callId: stateOfId(neededText(item, 'call_id', path)).id,
    name: null,
    content: decodeResultContent(item, path),
    isError: null,
    cache: null,
  };
}

/** To leave out what the conversation refers to would be to answer another one. */
function unknownReference(item: JsonObject, path: string): never {
  const id = neededText(item, 'id', path);
  throw new GatewayError('response_not_found', `The item \`${id}\` that \`${path}\` refers to is not known.`, {
    status: 400,
    param: path,
    hint: 'It was not stored, or is too old. Send the item itself (`store: false`).',
  });
}
