import type { CanonicalRequest, Message } from '../canonical/request.ts';

/** Whether an image is to be looked at otherwise than models do by themselves, which is what `auto` means. */
export function asksForDetail({ messages }: CanonicalRequest): boolean {
  return messages.some((message) => contentsOf(message).some(hasDetail));
}

function contentsOf(message: Message): readonly object[] {
  return message.role === 'tool' ? message.results.flatMap(({ content }) => content) : message.content;
}

function hasDetail(part: object): boolean {
  return 'detail' in part && part.detail !== null && part.detail !== 'auto';
}
