import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { GatewayError } from '../canonical/errors.ts';
import { sendError } from '../gateway/error-answer.ts';
import { LITELLM_VERSION } from '../gateway/lite-llm-headers.ts';
import { uuid7 } from '../std/uuid7.ts';
import { corsHeaders } from './cors.ts';
import { errorFaceOf } from './face-of.ts';

/** How long the rest of a refused body is read. */
const REFUSED_BODY_MS = 5_000;

/** What an answer needs to know of who gives it. */
export interface Answering {
  readonly version: string;
  /** The config in force is a file of LiteLLM's. */
  readonly isLiteLlm: () => boolean;
}

/** An answer to somebody who may not call: nothing that a browser would let a page read. */
export function answerStranger(
  response: ServerResponse,
  request: IncomingMessage,
  error: GatewayError,
  by: Answering,
): void {
  readAway(request);
  send(response, request, error, by);
}

/** Answers a request that got as far as a route with an error of ours. */
export function answerError(
  response: ServerResponse,
  request: IncomingMessage,
  error: GatewayError,
  by: Answering,
): void {
  readAway(request);
  send(response, request, error, by, corsHeaders(request.headers.origin, by.isLiteLlm()));
}

/** In the shape of the dialect that the path belongs to. */
function send(
  response: ServerResponse,
  request: IncomingMessage,
  error: GatewayError,
  { version, isLiteLlm }: Answering,
  cors: readonly string[] = [],
): void {
  const exchangeId = uuid7();
  const headers = ['x-llmgw-version', version, ...cors];
  // What is below /llmgw/ is ours, and for our own command.
  const asLiteLlm = isLiteLlm() && request.url?.startsWith('/llmgw/') !== true;
  if (asLiteLlm) headers.push('x-litellm-call-id', exchangeId, 'x-litellm-version', LITELLM_VERSION);
  const liteLlm = asLiteLlm ? { model: null } : null;
  sendError(response, error, { face: errorFaceOf(request), exchangeId, headers, liteLlm });
}

/** Whether the request that arrives on a connection has its answer already, before its end. */
export function isAnswered(socket: Socket): boolean {
  return answeredEarly.has(socket);
}

const answeredEarly = new WeakSet<Socket>();

/**
 * Reads what is left of a request that is being answered, and throws it away. Closing the connection at once would
 * reset it, and a client that is still sending would never see the answer; one that does not come to an end is cut.
 */
function readAway(request: IncomingMessage): void {
  if (request.complete) return;
  const { socket } = request;
  answeredEarly.add(socket);
  const timer = setTimeout(() => request.destroy(), REFUSED_BODY_MS);
  request.once('close', () => {
    clearTimeout(timer);
    answeredEarly.delete(socket);
  });
  request.resume();
}
