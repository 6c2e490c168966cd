import type { ServerResponse } from 'node:http';
import type { GatewayError } from '../canonical/errors.ts';
import { encodeOpenAiError } from '../dialects/openai-chat/errors.ts';

/** Answers with an error in the caller's dialect. `headers`: name, value, name, value. */
export function sendError(response: ServerResponse, error: GatewayError, headers: readonly string[]): void {
  const body = Buffer.from(encodeOpenAiError(error));
  const list = ['content-type', 'application/json; charset=utf-8', 'content-length', String(body.length), ...headers];
  if (error.retryAfter !== null && !headers.includes('retry-after')) list.push('retry-after', error.retryAfter);
  response.writeHead(error.status, list);
  response.end(body);
}
