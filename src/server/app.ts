import { createServer, STATUS_CODES } from 'node:http';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import Fastify from 'fastify';
import type { FastifyInstance } from 'fastify';
import { GatewayError } from '../canonical/errors.ts';
import { encodeOpenAiError } from '../dialects/openai-chat/errors.ts';
import type { Logger } from '../std/log.ts';
import { answerError, answerStranger, isAnswered } from './answer-error.ts';
import { answerPreflight, isPreflight } from './cors.ts';
import type { FaceMatch } from './face-of.ts';
import { startExchange } from './inference.ts';
import type { RouteContext } from './route-context.ts';

/** Between looks for requests that take too long to arrive. */
const REQUEST_CHECK_MS = 1_000;
const IDLE_CONNECTION_MS = 72_000;
/** Model names in paths may be long: a repository, a file, a quantisation. */
const MAX_PATH_PARAMETER = 512;

/** What an application serves besides its routes. */
export interface AppRules {
  /** The endpoint of inference that a request is for. */
  readonly faceOf: (request: IncomingMessage) => FaceMatch | null;
  /** Done to a request that is for none, after which it is looked at again. */
  readonly before: (request: IncomingMessage) => void;
  /** What is added to the answer for a path that is not there: a hint, or nothing. */
  readonly meant: (path: string) => string;
}

/** An application without routes of its own yet: inference, and what every request is checked for. */
export function createApp(context: RouteContext, rules: AppRules): FastifyInstance {
  const { requestTimeoutMs } = context.rules;
  const limits = {
    keepAliveTimeout: IDLE_CONNECTION_MS,
    requestTimeout: requestTimeoutMs,
    headersTimeout: requestTimeoutMs,
    connectionsCheckingInterval: REQUEST_CHECK_MS,
  };
  const app = Fastify({
    logger: false,
    routerOptions: { maxParamLength: MAX_PATH_PARAMETER, ignoreTrailingSlash: true },
    forceCloseConnections: false,
    exposeHeadRoutes: true,
    serverFactory: (routes) => createServer(limits, inferenceFirst(context, rules, routes)),
    clientErrorHandler: answerBrokenRequest,
    frameworkErrors: (error, request, reply) => {
      if (admit(request.raw, reply.raw, context))
        answerError(reply.raw, request.raw, asGatewayError(error, context.logger), context);
    },
  });
  // Bodies are read by the routes themselves: inference needs the bytes, the others have none.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => {
    done(null);
  });
  checkEveryRequest(app, context, rules);
  return app;
}

/**
 * The paths of inference, written as clients write them, are looked up here: the router costs them a tenth of their
 * time.
 */
function inferenceFirst(context: RouteContext, { faceOf, before }: AppRules, routes: RequestListener): RequestListener {
  return (request, response) => {
    let match = faceOf(request);
    if (match === null) {
      before(request);
      match = faceOf(request);
    }
    if (match === null) routes(request, response);
    else if (admit(request, response, context)) startExchange(request, response, match, context);
  };
}

/** Checks Host and Origin and whether the gateway is stopping; `false`: the request has been answered. */
function admit(request: IncomingMessage, response: ServerResponse, context: RouteContext): boolean {
  try {
    context.guard.checkOrigin(request);
    if (context.isDraining()) throw new GatewayError('shutting_down', 'The gateway is stopping.');
    return true;
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    // A connection whose request is still arriving is cut when that has come to its end, or does not.
    if (request.complete) response.shouldKeepAlive = false;
    answerStranger(response, request, error, context);
    return false;
  }
}

/** Host and Origin of every request, preflights, the end of the service, unknown routes and errors of handlers. */
function checkEveryRequest(app: FastifyInstance, context: RouteContext, { meant }: AppRules): void {
  app.addHook('onRequest', (request, reply, done) => {
    const { raw } = request;
    if (!admit(raw, reply.raw, context)) {
      reply.hijack();
      return;
    }
    if (isPreflight(raw)) {
      reply.hijack();
      answerPreflight(raw, reply.raw);
      return;
    }
    done();
  });
  app.setNotFoundHandler((request, reply) => {
    reply.hijack();
    const path = request.url.split('?')[0] ?? '';
    const message = `There is no ${request.method} ${path.slice(0, 200)} here.${meant(path)}`;
    answerError(reply.raw, request.raw, new GatewayError('not_found', message), context);
  });
  app.setErrorHandler((error, request, reply) => {
    reply.hijack();
    answerError(reply.raw, request.raw, asGatewayError(error, context.logger), context);
  });
}

/** An error of a handler: what is none of ours is a bug, which is logged and answered. */
export function asGatewayError(error: unknown, logger: Logger): GatewayError {
  if (error instanceof GatewayError) return error;
  const { statusCode, message } = error as { statusCode?: unknown; message?: unknown };
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500 && typeof message === 'string') {
    return new GatewayError('request_malformed', message, { status: statusCode });
  }
  logger.error({ err: error }, 'a request failed inside the gateway');
  return new GatewayError('internal_error', 'The gateway failed.', { cause: error });
}

/** Requests that Node's parser or its clock gives up on: answered in OpenAI's shape, the connection is closed. */
function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable || isAnswered(socket)) {
    socket.destroy();
    return;
  }
  const refusal = nameBrokenRequest(error.code ?? '');
  const body = encodeOpenAiError(refusal);
  const head = [
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status] ?? 'Bad Request'}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

function nameBrokenRequest(code: string): GatewayError {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new GatewayError('request_timeout', 'The request took too long to arrive.');
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new GatewayError('request_malformed', 'The headers of the request are too large.', { status: 431 });
  }
  return new GatewayError('request_malformed', 'The request is not valid HTTP.');
}
