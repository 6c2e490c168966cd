import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { GatewayError } from '../canonical/errors.ts';
import { hopsOf, MAX_HOPS } from '../canonical/hops.ts';
import { OPENAI_ENDPOINTS } from '../dialects/openai-chat/endpoints.ts';
import type { OpenAiEndpoint } from '../dialects/openai-chat/endpoints.ts';
import type { RouteTable } from '../routing/route-table.ts';
import { uuid7 } from '../std/uuid7.ts';
import { answerError } from './answer-error.ts';
import { clientFamily } from './client-family.ts';
import { corsHeaders } from './cors.ts';
import { findModel, listModels } from './model-list.ts';
import { profileOf } from './profiles.ts';
import { readBody } from './read-body.ts';
import type { RouteContext } from './route-context.ts';

/** Paths of the dialect with `/v1` and, for clients whose base URL lacks it, without. */
const PREFIXES = ['/v1', ''];
/** The endpoints by the paths that clients send, spelled exactly. */
const EXACT_PATHS: ReadonlyMap<string, OpenAiEndpoint> = new Map(
  PREFIXES.flatMap((prefix) => OPENAI_ENDPOINTS.map((endpoint) => [`${prefix}/${endpoint}`, endpoint] as const)),
);

/** The endpoint that a request is for when its path is spelled as clients do; `null`: the router decides. */
export function inferenceEndpoint(request: IncomingMessage): OpenAiEndpoint | null {
  return request.method === 'POST' ? (EXACT_PATHS.get(request.url ?? '') ?? null) : null;
}

/** The routes of OpenAI's dialect. */
export function addInferenceRoutes(app: FastifyInstance, context: RouteContext): void {
  for (const prefix of PREFIXES) {
    for (const endpoint of OPENAI_ENDPOINTS) {
      const path = `${prefix}/${endpoint}`;
      app.post(path, (request, reply) => {
        reply.hijack();
        startExchange(request.raw, reply.raw, endpoint, context);
      });
      app.route({
        method: ['GET', 'PUT', 'DELETE', 'PATCH'],
        url: path,
        handler: () => {
          throw new GatewayError('method_not_allowed', `${path} takes POST.`);
        },
      });
    }
    app.get(`${prefix}/models`, (request, reply) => {
      const table = tableFor(request.raw, context);
      return reply.headers(plainHeaders(request.raw, context)).send(listModels(table));
    });
    app.get<{ Params: { '*': string } }>(`${prefix}/models/*`, (request, reply) => {
      const table = tableFor(request.raw, context);
      return reply.headers(plainHeaders(request.raw, context)).send(findModel(table, request.params['*']));
    });
  }
}

/** The routes as they are for who asks. */
function tableFor(request: IncomingMessage, context: RouteContext): RouteTable {
  return context.gateway.routes(profileOf(request, context.guard.authenticate(request), context.profiles));
}

/** CORS and version, for answers that Fastify writes. */
export function plainHeaders(request: IncomingMessage, context: RouteContext): Record<string, string> {
  const list = ['x-llmgw-version', context.version, ...corsHeaders(request.headers.origin)];
  const headers: Record<string, string> = {};
  for (let index = 0; index + 1 < list.length; index += 2) headers[list[index] ?? ''] = list[index + 1] ?? '';
  return headers;
}

/** Authenticates, reads the body, hands over to the gateway. */
export function startExchange(
  request: IncomingMessage,
  response: ServerResponse,
  endpoint: OpenAiEndpoint,
  context: RouteContext,
): void {
  const startedAtMs = performance.now();
  let keyId: string | null;
  let profile: string | null;
  try {
    const caller = context.guard.authenticate(request);
    keyId = caller.keyId;
    profile = profileOf(request, caller, context.profiles);
    refuseLoop(request.rawHeaders);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    answerError(response, request, error, context.version);
    return;
  }
  readBody(request, context.rules.maxRequestBytes, (body) => {
    if (body instanceof GatewayError) {
      answerError(response, request, body, context.version);
      return;
    }
    context.gateway.run({
      exchangeId: uuid7(),
      startedAtMs,
      endpoint,
      clientHeaders: request.rawHeaders,
      body,
      profile,
      keyId,
      client: clientFamily(request.headers['user-agent']),
      response,
      answerHeaders: corsHeaders(request.headers.origin),
    });
  });
}

function refuseLoop(headers: readonly string[]): void {
  if (hopsOf(headers) < MAX_HOPS) return;
  throw new GatewayError('request_loop', `The request has come through ${MAX_HOPS} gateways and goes in a circle.`);
}
