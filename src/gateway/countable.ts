import type { EmbeddingRequest } from '../canonical/embedding.ts';
import { GatewayError } from '../canonical/errors.ts';
import { PLAIN_QUIRKS } from '../canonical/quirks.ts';
import { UNKNOWN_LIMITS } from '../canonical/target.ts';
import { UNKNOWN_USAGE } from '../canonical/usage.ts';
import type { Usage } from '../canonical/usage.ts';
import { backOf, CHAT_FACE } from '../dialects/faces.ts';
import { textTokens } from '../dialects/prompt-estimate.ts';
import type { Conversation } from './conversation.ts';
import type { Wire } from './wire.ts';

/** What stands in for an answer whose vectors are no text: nothing was written. */
export const NO_TEXT = Buffer.from('{"data":[]}');

/** The request of an attempt for counting its tokens, as far as they can be. */
export function countedRequest(conversation: Conversation, { address, body }: Wire, model: string): Buffer {
  if (address.dialect === CHAT_FACE.dialect) return body;
  try {
    return countableBody(conversation, model) ?? body;
  } catch (error) {
    // What passed through may say what only its upstream understands.
    if (error instanceof GatewayError) return body;
    throw error;
  }
}

/**
 * A request as the counting thread reads requests, in OpenAI's words, whatever it was asked in. `null`: it holds what
 * is no text. Throws a `GatewayError` (400) where the request itself cannot be read.
 */
export function countableBody(conversation: Conversation, model: string): Buffer | null {
  const { face } = conversation;
  if (face.embedding !== null) return Buffer.from(JSON.stringify({ input: conversation.embeddingRequest.inputs }));
  if (face.front === null) return conversation.head.bytes;
  const { request } = conversation;
  const { maxOutputTokens, contextTokens, loadedContextTokens } = UNKNOWN_LIMITS;
  const target = { model, quirks: PLAIN_QUIRKS, maxOutputTokens, contextTokens, loadedContextTokens };
  try {
    return Buffer.from(JSON.stringify(backOf(CHAT_FACE.dialect).encodeRequest(request, target).body));
  } catch (error) {
    // Sound, or a document: nothing that text would stand for.
    if (error instanceof GatewayError) return null;
    throw error;
  }
}

/** What embeddings take where even that cannot be counted: by the length of the texts. */
export function guessedUsage({ inputs }: EmbeddingRequest): Usage {
  const tokens = inputs.reduce((sum, one) => sum + (typeof one === 'string' ? textTokens(one) : one.length), 0);
  return { ...UNKNOWN_USAGE, inputTokens: Math.ceil(tokens) };
}
