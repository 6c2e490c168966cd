import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { GatewayError } from '../canonical/errors.ts';
import { hopsOf, MAX_HOPS } from '../canonical/hops.ts';
import type { RouteTable } from '../routing/route-table.ts';
import { uuid7 } from '../std/uuid7.ts';
import { answerError } from './answer-error.ts';
import { clientFamily } from './client-family.ts';
import { corsHeaders } from './cors.ts';
import { faceOf, POST_PATHS } from './face-of.ts';
import type { FaceMatch } from './face-of.ts';
import { profileOf } from './profiles.ts';
import { readBody } from './read-body.ts';
import type { RouteContext } from './route-context.ts';

/** The routes of inference. What clients spell as they should never comes here: `faceOf` finds it before. */
export function addInferenceRoutes(app: FastifyInstance, context: RouteContext, paths = POST_PATHS): void {
  for (const path of paths) {
    app.post(path, (request, reply) => {
      reply.hijack();
      request.raw.url = path;
      const match = faceOf(request.raw);
      if (match === null) throw new Error(`${path} is no endpoint of inference`);
      startExchange(request.raw, reply.raw, match, context);
    });
    app.route({
      method: ['GET', 'PUT', 'DELETE', 'PATCH'],
      url: path,
      handler: () => {
        throw new GatewayError('method_not_allowed', `${path} takes POST.`);
      },
    });
  }
}

/** The routes as they are for who asks. */
export function tableFor(request: IncomingMessage, context: RouteContext): RouteTable {
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
  { face, path }: FaceMatch,
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
    answerError(response, request, error, context);
    return;
  }
  readBody(request, context.rules.maxRequestBytes, (body) => {
    if (body instanceof GatewayError) {
      answerError(response, request, body, context);
      return;
    }
    const asLiteLlm = context.isLiteLlm();
    const call = {
      exchangeId: uuid7(),
      startedAtMs,
      face,
      path,
      clientHeaders: request.rawHeaders,
      body,
      profile,
      keyId,
      client: clientFamily(request.headers['user-agent']),
      response,
      answerHeaders: corsHeaders(request.headers.origin, asLiteLlm),
      asLiteLlm,
    };
    if (face.countAnswer === null) context.gateway.run(call);
    else context.gateway.countTokens(call);
  });
}

function refuseLoop(headers: readonly string[]): void {
  if (hopsOf(headers) < MAX_HOPS) return;
  throw new GatewayError('request_loop', `The request has come through ${MAX_HOPS} gateways and goes in a circle.`);
}
