import type { ChatCompletionContentPart, ChatCompletionMessageParam } from 'openai/resources/chat/completions';
import type { JsonObject, TextPart, UserPart } from '../../canonical/parts.ts';
import type { CanonicalRequest, Message, ToolResult } from '../../canonical/request.ts';
import { unreachable } from '../../std/unreachable.ts';
import { withAnsweredCalls } from '../answered-calls.ts';
import type { EncodeTarget } from '../dialect.ts';
import { withInstruction } from '../instruction.ts';
import { COMMON_NAMES, toolNamesFor } from '../tool-names.ts';
import type { ToolNames } from '../tool-names.ts';
import { sentCallId } from './call-ids.ts';
import { encodeAssistant } from './encode-assistant.ts';
import { encodeResult, encodeTexts, encodeUserPart } from './encode-parts.ts';
import { withSystemFirst } from './system-order.ts';

/** A message as the SDK declares it, or with what else a server has in it (`reasoning_content`, `cache_control`). */
export type ChatMessage = ChatCompletionMessageParam | JsonObject;

/** `instruction`: what the system has to say besides. */
export function encodeMessages(
  request: CanonicalRequest,
  target: EncodeTarget,
  instruction: string | null,
): readonly ChatMessage[] {
  const messages = withAnsweredCalls(withInstruction(request.messages, instruction));
  const ordered = target.quirks.singleSystem ? withSystemFirst(messages) : messages;
  const writer = new MessageWriter(target, toolNamesFor(request, COMMON_NAMES));
  ordered.forEach((message, index) => writer.add(message, `messages[${index}]`));
  return target.quirks.strictTurns ? inStrictTurns(writer.end()) : writer.end();
}

/** What stands between a result and what the user says behind it. */
const HEARD = { role: 'assistant', content: 'OK.' } as const;

/**
 * Mistral wants a word of the assistant's behind results ("Unexpected role 'user' after role 'tool'", 3230), where
 * Claude Code's reminders stand; and a beginning of the answer marked as one ("Expected last role User or Tool (or
 * Assistant with prefix True)").
 */
function inStrictTurns(messages: readonly ChatMessage[]): readonly ChatMessage[] {
  return messages.flatMap((message, index): readonly ChatMessage[] => {
    const { role } = message;
    if (role === 'user' && messages[index - 1]?.role === 'tool') return [HEARD, message];
    return role === 'assistant' && index === messages.length - 1 ? [{ ...message, prefix: true }] : [message];
  });
}

class MessageWriter {
  readonly #messages: ChatMessage[] = [];
  readonly #target: EncodeTarget;
  readonly #names: ToolNames;
  /** What results of tools have shown, for the user's message behind them: a tool's message holds text alone. */
  #shown: ChatCompletionContentPart[] = [];

  constructor(target: EncodeTarget, names: ToolNames) {
    this.#target = target;
    this.#names = names;
  }

  add(message: Message, path: string): void {
    switch (message.role) {
      case 'system':
        this.#flush();
        this.#addSystem(message.content);
        return;
      case 'user':
        this.#addUser(message.content, path);
        return;
      case 'assistant': {
        this.#flush();
        const said = encodeAssistant(message.content, this.#target, this.#names);
        if (said !== null) this.#messages.push(said);
        return;
      }
      case 'tool':
        message.results.forEach((result, index) => this.#addResult(result, `${path}.results[${index}]`));
        return;
      default:
        unreachable(message);
    }
  }

  end(): readonly ChatMessage[] {
    this.#flush();
    return this.#messages;
  }

  #addSystem(parts: readonly TextPart[]): void {
    const content = encodeTexts(parts, this.#target);
    if (content !== '') this.#messages.push({ role: this.#target.quirks.systemRole, content });
  }

  #addUser(parts: readonly UserPart[], path: string): void {
    const texts = parts.filter((part) => part.type === 'text');
    if (texts.length === parts.length && this.#shown.length === 0) {
      this.#messages.push({ role: 'user', content: encodeTexts(texts, this.#target) });
      return;
    }
    const content = parts.flatMap((part, index) => encodeUserPart(part, `${path}.content[${index}]`, this.#target));
    this.#messages.push({ role: 'user', content: [...this.#shown, ...content] });
    this.#shown = [];
  }

  #addResult(result: ToolResult, path: string): void {
    const id = sentCallId(result.callId, this.#target.quirks.shortToolIds);
    const { content, shown } = encodeResult(result, path, this.#target);
    this.#messages.push({ role: 'tool', tool_call_id: id, content });
    if (shown.length === 0) return;
    this.#shown.push({ type: 'text', text: `The result of the tool call ${id} also has:` }, ...shown);
  }

  #flush(): void {
    if (this.#shown.length === 0) return;
    this.#messages.push({ role: 'user', content: this.#shown });
    this.#shown = [];
  }
}
