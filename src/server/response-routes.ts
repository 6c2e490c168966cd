import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { GatewayError } from '../canonical/errors.ts';
import { readItemQuery } from '../ledger/responses/item-list.ts';
import { plainHeaders } from './inference.ts';
import type { RouteContext } from './route-context.ts';

type OneResponse = { Params: { id: string } };

/** What is kept of the Responses API, by id, for the key that made it (`resources/responses` of OpenAI's SDK). */
export function addResponseRoutes(app: FastifyInstance, context: RouteContext): void {
  const { gateway, guard } = context;
  const keyOf = (request: IncomingMessage): string | null => guard.authenticate(request).keyId;
  for (const prefix of ['/v1', '']) {
    const path = `${prefix}/responses/:id`;
    app.get<OneResponse>(path, ({ raw, params: { id } }, reply) => {
      const stored = gateway.responses.get(id, keyOf(raw)) ?? notThere(id);
      refuseStream(queryOf(raw));
      return reply.headers(plainHeaders(raw, context)).send(stored.response);
    });
    app.delete<OneResponse>(path, ({ raw, params: { id } }, reply) => {
      if (!gateway.responses.delete(id, keyOf(raw))) notThere(id);
      return reply.headers(plainHeaders(raw, context)).send({ id, object: 'response', deleted: true });
    });
    app.get<OneResponse>(`${path}/input_items`, ({ raw, params: { id } }, reply) => {
      const page = gateway.responses.inputItems(id, keyOf(raw), readItemQuery(queryOf(raw))) ?? notThere(id);
      return reply.headers(plainHeaders(raw, context)).send(page);
    });
    app.post<OneResponse>(`${path}/cancel`, ({ raw, params: { id } }) => {
      if (gateway.responses.get(id, keyOf(raw)) === null) notThere(id);
      const hint = 'Only responses that are made in the background can be cancelled, and none is made so here.';
      throw new GatewayError('invalid_body', `The response \`${id}\` is whole: there is nothing to cancel.`, { hint });
    });
  }
}

function notThere(id: string): never {
  throw new GatewayError('response_not_found', `Response with id '${id}' not found.`, {
    hint: 'It was not kept here, or not for this key, or is too old.',
  });
}

/** What is whole is not streamed again. */
function refuseStream(query: URLSearchParams): void {
  if (query.get('stream') !== 'true') return;
  const message = '`stream` is not supported for a response that is kept here: it is given whole.';
  throw new GatewayError('unsupported_parameter', message, { param: 'stream' });
}

function queryOf({ url = '' }: IncomingMessage): URLSearchParams {
  const question = url.indexOf('?');
  return new URLSearchParams(question < 0 ? '' : url.slice(question + 1));
}
