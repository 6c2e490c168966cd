import { createServer, STATUS_CODES } from 'node:http';
import type { RequestListener, ServerResponse, IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import Fastify from 'fastify';
import type { FastifyInstance } from 'fastify';
import { GatewayError } from '../canonical/errors.ts';
import { RESERVED_PATH_SEGMENTS } from '../canonical/reserved-names.ts';
import { encodeOpenAiError } from '../dialects/openai-chat/errors.ts';
import type { Gateway } from '../gateway/gateway.ts';
import type { Logger } from '../std/log.ts';
import { answerError, answerStranger, isAnswered } from './answer-error.ts';
import { createCallerGuard } from './callers.ts';
import { answerPreflight, isPreflight } from './cors.ts';
import { addHealthRoutes } from './health.ts';
import { addInferenceRoutes, inferenceEndpoint, startExchange } from './inference.ts';
import { addManagementRoutes } from './management.ts';
import { takeProfileFromPath } from './profiles.ts';
import type { RouteContext, ServerOptions } from './route-context.ts';

export type { Management } from './management-documents.ts';
export { createEventFeed, type EventFeed } from './event-feed.ts';
export type { KnownProfiles } from './profiles.ts';
export type { ServerOptions, ServerRules } from './route-context.ts';

export interface GatewayServer {
  readonly host: string;
  readonly port: number;
  inFlight(): number;
  /** Takes no more requests, waits for those in flight, cuts what is left after `limitMs`: how many that were. */
  drain(limitMs: number): Promise<number>;
  /** Cuts everything at once. */
  close(): Promise<void>;
}

/** Between looks for requests that take too long to arrive. */
const REQUEST_CHECK_MS = 1_000;
const IDLE_CONNECTION_MS = 72_000;
/** How long finished answers may take to leave when the server closes. */
const FLUSH_MS = 2_000;
const CLOSE_CHECK_MS = 20;
/** How long exchanges that were cut may take to book what they cost. */
const BOOKING_MS = 5_000;
/** Model names in paths may be long: a repository, a file, a quantisation. */
const MAX_PATH_PARAMETER = 512;

/** Listens, and answers from then on. Rejects with the system's error when the address cannot be had. */
export async function startServer(options: ServerOptions): Promise<GatewayServer> {
  let draining = false;
  const { rules, clientKeys, adminToken } = options;
  const { auth, allowedHosts, allowedOrigins, host: boundHost } = rules;
  const guard = createCallerGuard({ auth, boundHost, allowedHosts, allowedOrigins, clientKeys, adminToken });
  const context: RouteContext = { ...options, guard, isDraining: () => draining };
  const app = createApp(context);
  checkEveryRequest(app, context);
  addInferenceRoutes(app, context);
  addHealthRoutes(app, context);
  addManagementRoutes(app, context);
  await app.listen({ host: rules.host, port: rules.port });
  const { port } = app.server.address() as AddressInfo;
  return {
    host: rules.host,
    port,
    inFlight: () => options.gateway.inFlight(),
    async drain(limitMs) {
      draining = true;
      const left = await waitForIdle(app, options.gateway, limitMs);
      await close(app, context, left === 0 ? FLUSH_MS : 0);
      return left;
    },
    close: () => close(app, context, 0),
  };
}

function createApp(context: RouteContext): FastifyInstance {
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
    serverFactory: (routes) => createServer(limits, inferenceFirst(context, routes)),
    clientErrorHandler: answerBrokenRequest,
    frameworkErrors: (error, request, reply) => {
      if (admit(request.raw, reply.raw, context))
        answerError(reply.raw, request.raw, asGatewayError(error, context.logger), context.version);
    },
  });
  // Bodies are read by the routes themselves: inference needs the bytes, the others have none.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => {
    done(null);
  });
  return app;
}

/**
 * The paths of inference, written as clients write them, are looked up here: the router costs them a tenth of their
 * time.
 */
function inferenceFirst(context: RouteContext, routes: RequestListener): RequestListener {
  return (request, response) => {
    let endpoint = inferenceEndpoint(request);
    if (endpoint === null) {
      takeProfileFromPath(request, context.profiles);
      endpoint = inferenceEndpoint(request);
    }
    if (endpoint === null) routes(request, response);
    else if (admit(request, response, context)) startExchange(request, response, endpoint, context);
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
    answerStranger(response, request, error, context.version);
    return false;
  }
}

/** Host and Origin of every request, preflights, the end of the service, unknown routes and errors of handlers. */
function checkEveryRequest(app: FastifyInstance, context: RouteContext): void {
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
    const message = `There is no ${request.method} ${path.slice(0, 200)} here.${meantProfile(path, context)}`;
    answerError(reply.raw, request.raw, new GatewayError('not_found', message), context.version);
  });
  app.setErrorHandler((error, request, reply) => {
    reply.hijack();
    answerError(reply.raw, request.raw, asGatewayError(error, context.logger), context.version);
  });
}

/** For a path that would be right below the name of a profile. */
function meantProfile(path: string, { profiles }: RouteContext): string {
  const [, first = '', rest = ''] = /^\/([a-z][a-z0-9-]*)(\/.*)$/.exec(path) ?? [];
  const below = `${rest.replace(/^\/v1/, '')}/`;
  if (!['/chat/', '/completions/', '/embeddings/', '/models/'].some((known) => below.startsWith(known))) return '';
  return RESERVED_PATH_SEGMENTS.has(first)
    ? ''
    : ` No profile has the name ${first}; there are ${profiles.names().join(', ')}.`;
}

function asGatewayError(error: unknown, logger: Logger): GatewayError {
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

async function waitForIdle(app: FastifyInstance, gateway: Gateway, limitMs: number): Promise<number> {
  app.server.closeIdleConnections();
  await idleWithin(gateway, limitMs);
  return gateway.inFlight();
}

/** Resolves when no exchange is in flight, or after `limitMs`. */
async function idleWithin(gateway: Gateway, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  await Promise.race([gateway.idle(), limit]);
  clearTimeout(timer);
}

/**
 * Answers that are finished but not yet on the wire get `flushMs` for it. Connections that are cut end their exchanges
 * as `client_left`; those rows are queued before this resolves, unless that takes longer than `BOOKING_MS`.
 */
async function close(app: FastifyInstance, { gateway, events }: RouteContext, flushMs: number): Promise<void> {
  // Who watches has seen the end of the last request; open streams would hold the end up.
  events.close();
  const closed = app.close();
  const idle = setInterval(() => {
    app.server.closeIdleConnections();
  }, CLOSE_CHECK_MS);
  const cut = setTimeout(() => {
    app.server.closeAllConnections();
  }, flushMs);
  await closed;
  clearInterval(idle);
  clearTimeout(cut);
  await idleWithin(gateway, BOOKING_MS);
}
