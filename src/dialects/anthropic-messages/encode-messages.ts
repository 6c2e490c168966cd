import type { ContentBlockParam, TextBlockParam } from '@anthropic-ai/sdk/resources/messages';
import type { TextPart } from '../../canonical/parts.ts';
import type { Message } from '../../canonical/request.ts';
import { unreachable } from '../../std/unreachable.ts';
import { cacheControl } from './cache-marks.ts';
import { encodeAssistant, encodeReminder, encodeToolResult, encodeUserPart } from './encode-content.ts';
import { addToTurns, orderTurns } from './turns.ts';
import type { Turn } from './turns.ts';
import type { Writing } from './writing.ts';

export interface EncodedMessages {
  readonly system: TextBlockParam[];
  readonly turns: Turn[];
}

/** System messages at the beginning become `system`; the others stay where they are, as reminders of the user. */
export function encodeMessages(messages: readonly Message[], writing: Writing): EncodedMessages {
  const turns: Turn[] = [];
  const system: TextPart[] = [];
  messages.forEach((message, index) => {
    if (message.role === 'system' && turns.length === 0) system.push(...message.content);
    else addToTurns(turns, sideOf(message), encodeMessage(message, `messages[${index}]`, writing));
  });
  return { system: system.flatMap(encodeSystemPart), turns: orderTurns(turns) };
}

function encodeSystemPart({ text, cache }: TextPart): TextBlockParam[] {
  return text.trim() === '' ? [] : [{ type: 'text', text, ...cacheControl(cache) }];
}

function sideOf({ role }: Message): Turn['role'] {
  return role === 'assistant' ? 'assistant' : 'user';
}

function encodeMessage(message: Message, path: string, writing: Writing): readonly ContentBlockParam[] {
  switch (message.role) {
    case 'system':
      return message.content.flatMap(encodeReminder);
    case 'user':
      return message.content.flatMap((part, index) => encodeUserPart(part, `${path}.content[${index}]`, writing));
    case 'assistant':
      return encodeAssistant(message.content, writing);
    case 'tool':
      return message.results.flatMap((result) => encodeToolResult(result, path, writing));
    default:
      return unreachable(message);
  }
}
