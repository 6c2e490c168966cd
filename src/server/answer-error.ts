import type { IncomingMessage, ServerResponse } from 'node:http';
import type { GatewayError } from '../canonical/errors.ts';
import { sendError } from '../gateway/error-answer.ts';
import { corsHeaders } from './cors.ts';

/** An answer to somebody who may not call: nothing that a browser would let a page read. */
export function answerStranger(
  response: ServerResponse,
  request: IncomingMessage,
  error: GatewayError,
  version: string,
): void {
  request.resume();
  sendError(response, error, ['x-llmgw-version', version]);
}

/** Answers a request that got as far as a route with an error of ours. */
export function answerError(
  response: ServerResponse,
  request: IncomingMessage,
  error: GatewayError,
  version: string,
): void {
  request.resume();
  sendError(response, error, ['x-llmgw-version', version, ...corsHeaders(request.headers.origin)]);
}
