import { textPart } from '../canonical/parts.ts';
import type { CanonicalRequest } from '../canonical/request.ts';
import { textTokens } from '../dialects/prompt-estimate.ts';

const GO_ON =
  'Your answer was cut off. Go on exactly where it ended, in the middle of a word if need be: ' +
  'repeat nothing of it, and add no remark.';

/**
 * A request whose answer broke off behind a text, as whoever goes on is asked. Not every model takes a turn of its own
 * as the beginning of its answer, and some refuse one: so a turn of the user follows it.
 */
export function withGoOn(request: CanonicalRequest, text: string): CanonicalRequest {
  const { messages, maxOutputTokens, reasoning } = request;
  // A budget for thoughts has to have room in it.
  const left = maxOutputTokens === null ? null : maxOutputTokens - Math.ceil(textTokens(text));
  const least = (reasoning?.budgetTokens ?? 0) + 1;
  return {
    ...request,
    messages: [
      ...messages,
      { role: 'assistant', content: [textPart(text)] },
      { role: 'user', content: [textPart(GO_ON)] },
    ],
    maxOutputTokens: left === null ? null : Math.max(left, least),
  };
}
