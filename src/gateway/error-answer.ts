import type { ServerResponse } from 'node:http';
import type { GatewayError } from '../canonical/errors.ts';
import { encodeOpenAiError } from '../dialects/openai-chat/errors.ts';

/** Up to this size the copy to a string costs less than a second piece in the system call. */
const ONE_WRITE_BYTES = 16 * 1024;

/** Ends an answer with its body. As a Latin-1 string the bytes go out in one write with the head, unchanged. */
export function sendBody(response: ServerResponse, body: Buffer): void {
  if (body.length <= ONE_WRITE_BYTES) response.end(body.toString('latin1'), 'latin1');
  else response.end(body);
}

/** Answers with an error in the caller's dialect. `headers`: name, value, name, value. */
export function sendError(response: ServerResponse, error: GatewayError, headers: readonly string[]): void {
  const body = Buffer.from(encodeOpenAiError(error));
  const list = ['content-type', 'application/json; charset=utf-8', 'content-length', String(body.length), ...headers];
  if (error.retryAfter !== null && !headers.includes('retry-after')) list.push('retry-after', error.retryAfter);
  response.writeHead(error.status, list);
  response.end(body);
}
