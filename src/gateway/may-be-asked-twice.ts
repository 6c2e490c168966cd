import type { Conversation } from './conversation.ts';

/**
 * Whether two upstreams may work on a request at once: what only says something, or embeds it. Pictures, speech and
 * what else is relayed costs much for each call; a response that goes on in the background does not end with its call.
 */
export function mayBeAskedTwice(conversation: Conversation): boolean {
  const { face, relayHead } = conversation;
  if (relayHead !== null || face.task === 'relay') return false;
  return face.dialect !== 'openai-responses' || conversation.body['background'] !== true;
}
