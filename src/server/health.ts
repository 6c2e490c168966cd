import type { FastifyInstance } from 'fastify';
import { plainHeaders } from './inference.ts';
import type { RouteContext } from './route-context.ts';

/** The free health checks, by the names that LiteLLM gave them. They need no key and make no call. */
export function addHealthRoutes(app: FastifyInstance, context: RouteContext): void {
  for (const prefix of ['', '/v1']) {
    app.get(`${prefix}/health`, (request, reply) =>
      reply.headers(plainHeaders(request.raw, context)).send({ status: 'ok' }),
    );
    for (const name of ['liveliness', 'liveness']) {
      app.get(`${prefix}/health/${name}`, (request, reply) =>
        reply.headers(plainHeaders(request.raw, context)).type('application/json').send(JSON.stringify("I'm alive!")),
      );
    }
    app.get(`${prefix}/health/readiness`, (request, reply) => {
      const ready = !context.isDraining();
      return reply
        .code(ready ? 200 : 503)
        .headers(plainHeaders(request.raw, context))
        .send({ status: ready ? 'ready' : 'stopping' });
    });
  }
}
