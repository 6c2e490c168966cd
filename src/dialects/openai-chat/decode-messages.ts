import { stateOfId } from '../../canonical/carried-state.ts';
import type { CacheMark, JsonObject, ResultPart, UserPart } from '../../canonical/parts.ts';
import type { Message, ToolResult } from '../../canonical/request.ts';
import { booleanField, objectsField, textField, wrong } from '../fields.ts';
import { decodeAssistant } from './decode-assistant.ts';
import { decodeResultParts, decodeTextParts, decodeUserParts, isToolResult } from './decode-parts.ts';
import { cacheMarkOf } from './decode-tools.ts';

/** The messages of a body; Anthropic's top-level `system`, where a client has one, is the first of them. */
export function decodeMessages(body: JsonObject): readonly Message[] {
  const list = objectsField(body, 'messages', '');
  if (list === null) return wrong('messages', 'must be a list of messages');
  const reader = new MessageReader();
  reader.addSystem(body['system'], 'system', null);
  list.forEach((message, index) => reader.add(message, `messages[${index}]`));
  return reader.messages;
}

class MessageReader {
  readonly messages: Message[] = [];
  /** Ids of calls that have no result yet, for results that do not say which call they belong to. */
  #unanswered: string[] = [];

  add(message: JsonObject, path: string): void {
    const role = textField(message, 'role', path);
    const cache = cacheMarkOf(message);
    switch (role) {
      case 'system':
      case 'developer':
        this.addSystem(message['content'], `${path}.content`, cache);
        return;
      case 'user':
        this.#addUser(message, path, cache);
        return;
      case 'assistant':
        this.#addAssistant(message, path, cache);
        return;
      case 'tool':
      case 'function':
        this.#addResult(toolResult(message, this.#idOf(message, path), path, cache));
        return;
      default:
        return wrong(`${path}.role`, 'must be developer, system, user, assistant or tool');
    }
  }

  addSystem(content: unknown, path: string, cache: CacheMark | null): void {
    const parts = decodeTextParts(content, path, cache);
    if (parts.length > 0) this.messages.push({ role: 'system', content: parts });
  }

  #addUser(message: JsonObject, path: string, cache: CacheMark | null): void {
    const { content } = message;
    const blocks: readonly unknown[] = Array.isArray(content) ? content : [];
    const results = blocks.flatMap((block, index) => {
      return isToolResult(block) ? [blockResult(block, `${path}.content[${index}]`)] : [];
    });
    for (const result of results) this.#addResult(result);
    const parts: readonly UserPart[] = decodeUserParts(content, `${path}.content`, cache);
    if (parts.length > 0 || results.length === 0) this.messages.push({ role: 'user', content: parts });
  }

  #addAssistant(message: JsonObject, path: string, cache: CacheMark | null): void {
    const content = decodeAssistant(message, path, this.messages.length, cache);
    this.#unanswered = content.flatMap((part) => (part.type === 'tool_call' ? [part.id] : []));
    this.messages.push({ role: 'assistant', content });
  }

  /** Results that follow each other answer the same message. */
  #addResult(result: ToolResult): void {
    this.#unanswered = this.#unanswered.filter((id) => id !== result.callId);
    const last = this.messages.at(-1);
    if (last?.role === 'tool')
      this.messages[this.messages.length - 1] = { ...last, results: [...last.results, result] };
    else this.messages.push({ role: 'tool', results: [result] });
  }

  /** The functions of old have no ids, and some clients leave them out: then results come in the order of the calls. */
  #idOf(message: JsonObject, path: string): string {
    const said = textField(message, 'tool_call_id', path);
    if (said !== null && said !== '') return stateOfId(said).id;
    return this.#unanswered[0] ?? wrong(`${path}.tool_call_id`, 'must name the call that this message answers');
  }
}

function toolResult(message: JsonObject, callId: string, path: string, cache: CacheMark | null): ToolResult {
  return {
    callId,
    name: textField(message, 'name', path),
    content: decodeResultParts(message['content'], `${path}.content`),
    isError: booleanField(message, 'is_error', path),
    cache,
  };
}

/** Anthropic's `tool_result`. */
function blockResult(block: JsonObject, path: string): ToolResult {
  const content: readonly ResultPart[] = decodeResultParts(block['content'], `${path}.content`);
  const id = textField(block, 'tool_use_id', path) ?? wrong(`${path}.tool_use_id`, 'must be a string');
  return {
    callId: stateOfId(id).id,
    name: null,
    content,
    isError: booleanField(block, 'is_error', path),
    cache: cacheMarkOf(block),
  };
}
