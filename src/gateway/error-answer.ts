import type { ServerResponse } from 'node:http';
import type { GatewayError } from '../canonical/errors.ts';
import type { Face } from '../dialects/face.ts';
import { encodeOpenAiError } from '../dialects/openai-chat/errors.ts';
import { inLiteLlmWords, takesLiteLlmErrors } from './lite-llm-errors.ts';

/** Up to this size the copy to a string costs less than a second piece in the system call. */
const ONE_WRITE_BYTES = 16 * 1024;

/** Ends an answer with its body. As a Latin-1 string the bytes go out in one write with the head, unchanged. */
export function sendBody(response: ServerResponse, body: Buffer): void {
  if (body.length <= ONE_WRITE_BYTES) response.end(body.toString('latin1'), 'latin1');
  else response.end(body);
}

export interface ErrorAnswer {
  /** The endpoint that was asked; `null`: none of a dialect. */
  readonly face: Face | null;
  readonly exchangeId: string;
  /** Name, value, name, value. */
  readonly headers: readonly string[];
  /** For clients of LiteLLM's, with the name of the model that was asked for; `null`: it is none. */
  readonly liteLlm: { readonly model: string | null } | null;
}

/** Answers with an error in the caller's dialect, and says with which status. */
export function sendError(response: ServerResponse, error: GatewayError, answer: ErrorAnswer): number {
  const { headers } = answer;
  const { status, text } = encoded(error, answer);
  const body = Buffer.from(text);
  const list = ['content-type', 'application/json; charset=utf-8', 'content-length', String(body.length), ...headers];
  if (error.retryAfter !== null && !headers.includes('retry-after')) list.push('retry-after', error.retryAfter);
  response.writeHead(status, list);
  response.end(body);
  return status;
}

function encoded(error: GatewayError, { face, exchangeId, liteLlm }: ErrorAnswer): { status: number; text: string } {
  if (liteLlm !== null && takesLiteLlmErrors(face)) {
    const { status, ...words } = inLiteLlmWords(error, liteLlm.model);
    return { status, text: JSON.stringify({ error: words }) };
  }
  const front = face?.front ?? face?.embedding ?? null;
  if (front === null) return { status: error.status, text: encodeOpenAiError(error) };
  const { status, body } = front.encodeError(error, { exchangeId });
  return { status, text: body };
}
