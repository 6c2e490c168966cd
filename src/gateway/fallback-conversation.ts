import type { FallbackTarget } from '../routing/progress.ts';
import { Conversation } from './conversation.ts';
import type { InferenceCall } from './inference-call.ts';

/**
 * What a fallback asks that has messages or parameters of its own: the client's request with them in their place.
 * Throws a `GatewayError` where that is no request.
 */
export function conversationOf(call: InferenceCall, asked: Conversation, { overrides }: FallbackTarget): Conversation {
  const bytes = Buffer.from(JSON.stringify({ ...asked.writableBody, ...overrides }));
  const conversation = new Conversation(call.face, bytes, call.path);
  conversation.checkNeeded();
  if (asked.turn !== null) conversation.goOnWith(asked.turn);
  return conversation;
}
