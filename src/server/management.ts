import type { FastifyInstance } from 'fastify';
import { plainHeaders } from './inference.ts';
import type { RouteContext } from './route-context.ts';

/** Everything of our own: below `/llmgw/`, for the holder of the admin token. */
export function addManagementRoutes(app: FastifyInstance, context: RouteContext): void {
  const { management, guard } = context;
  app.register(
    (scope, _options, done) => {
      scope.addHook('onRequest', (request, reply, next) => {
        guard.checkAdmin(request.raw);
        reply.headers(plainHeaders(request.raw, context));
        next();
      });
      scope.get('/status', () => management.status());
      scope.get('/models', () => management.models());
      scope.post('/scan', () => management.scan());
      scope.post('/shutdown', (_request, reply) => {
        reply.raw.once('finish', () => {
          management.shutdown();
        });
        return { stopping: true };
      });
      // An unknown path tells nothing to somebody without the token.
      scope.all('/*', (request, reply) => reply.callNotFound());
      done();
    },
    { prefix: '/llmgw' },
  );
}
