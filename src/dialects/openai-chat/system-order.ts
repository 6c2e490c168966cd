import { textPart } from '../../canonical/parts.ts';
import type { Message } from '../../canonical/request.ts';
import { leadingSystems } from '../instruction.ts';

/**
 * One message of the system, and first: the templates of many models raise an error otherwise. What the system says
 * later on stays in its place, as a text of the user's that says whose it is.
 */
export function withSystemFirst(messages: readonly Message[]): readonly Message[] {
  const at = leadingSystems(messages);
  const first = messages.slice(0, at).flatMap((message) => (message.role === 'system' ? message.content : []));
  const ordered: Message[] = first.length === 0 ? [] : [{ role: 'system', content: first }];
  for (const message of messages.slice(at))
    addMessage(ordered, message.role === 'system' ? reminderOf(message) : message);
  return ordered;
}

function reminderOf({ content }: Extract<Message, { role: 'system' }>): Message {
  const text = content.map((part) => part.text).join('\n\n');
  return { role: 'user', content: [textPart(`<system-reminder>\n${text}\n</system-reminder>`)] };
}

/** Such templates want turns that alternate. */
function addMessage(messages: Message[], message: Message): void {
  const last = messages.at(-1);
  if (last?.role === 'user' && message.role === 'user') {
    messages[messages.length - 1] = { role: 'user', content: [...last.content, ...message.content] };
  } else messages.push(message);
}
