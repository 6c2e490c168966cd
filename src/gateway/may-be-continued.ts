import { GatewayError } from '../canonical/errors.ts';
import type { Conversation } from './conversation.ts';
import type { Opened } from './sending.ts';

/** Fields of OpenAI's by which more than a text is asked for. */
const NO_TEXTS = ['audio', 'modalities'];

/**
 * Whether another deployment may go on with the answer of this attempt where it breaks off: a streamed chat, as text,
 * once. A response that its upstream keeps under its own id is passed on as it comes, since it could not be gone on
 * with by the id of another.
 */
export function mayBeContinued({ group, conversation, wire }: Opened): boolean {
  if (!group.continueStreams) return false;
  const { face, head, relayHead } = conversation;
  if (!head.stream || relayHead !== null || face.task !== 'chat' || face.front === null || wire.back === null) {
    return false;
  }
  if (wire.passes && face.dialect === 'openai-responses') return false;
  return asksForOneText(conversation);
}

function asksForOneText(conversation: Conversation): boolean {
  try {
    const { output, logprobs, choiceCount, extras } = conversation.request;
    if (output !== null || logprobs !== null || choiceCount !== 1) return false;
    return NO_TEXTS.every((field) => (extras.fields[field] ?? null) === null);
  } catch (error) {
    // What passes through may say what only its upstream understands.
    if (error instanceof GatewayError) return false;
    throw error;
  }
}
