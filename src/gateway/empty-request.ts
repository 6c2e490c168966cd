import type { DialectId } from '../canonical/dialect-id.ts';
import { GatewayError } from '../canonical/errors.ts';
import type { JsonObject, ResultPart, AssistantPart, UserPart } from '../canonical/parts.ts';
import type { CanonicalRequest, Message } from '../canonical/request.ts';
import type { Face } from '../dialects/face.ts';

/** What a conversation is called in the bodies of the fronts. */
const CONVERSATIONS = ['messages', 'input', 'contents', 'prompt'] as const;

/**
 * Throws the 400 for a request in which nothing is left that the target's dialect could say: most dialects need a turn
 * of the user's, and one that was made up would be answered, and paid for. A system prompt alone is something: OpenAI
 * answers it.
 */
export function refuseEmpty(request: CanonicalRequest, dialect: DialectId, asked: AskedWith): void {
  const field = fieldOf(asked);
  // What Anthropic, Google and OpenAI's chat completions refuse themselves, whatever the system prompt says.
  if (asked.face.body.needed !== null && isEmptyList(asked.body[field])) throw refusal(field, 'must not be empty');
  if (request.messages.some((message) => saysSomething(message, dialect))) return;
  throw refusal(field, 'has nothing in it that the model could be told: no text, no image, no result of a tool');
}

/** A client's body, and the endpoint that it was sent to. */
interface AskedWith {
  readonly face: Face;
  readonly body: JsonObject;
}

function fieldOf({ face, body }: AskedWith): string {
  return face.body.needed?.field ?? CONVERSATIONS.find((field) => Object.hasOwn(body, field)) ?? 'messages';
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

function saysSomething(message: Message, dialect: DialectId): boolean {
  return message.role === 'tool'
    ? message.results.length > 0
    : message.content.some((part) => isSomething(part, dialect));
}

function isSomething(part: UserPart | AssistantPart | ResultPart, dialect: DialectId): boolean {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return part.text !== '';
    case 'reasoning':
      return false;
    case 'foreign':
      return part.origin === dialect;
    default:
      return true;
  }
}

function refusal(field: string, problem: string): GatewayError {
  return new GatewayError('invalid_body', `\`${field}\` ${problem}.`, { param: field });
}
