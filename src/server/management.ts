import type { FastifyInstance } from 'fastify';
import { GatewayError } from '../canonical/errors.ts';
import { addEventRoute } from './feed-route.ts';
import { plainHeaders } from './inference.ts';
import { unknownProfile } from './profiles.ts';
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
      scope.get<{ Querystring: Query }>('/models', ({ query }) => management.models(profileIn(query, context)));
      scope.get<{ Querystring: Query }>('/deployments', ({ query }) =>
        management.deployments(profileIn(query, context)),
      );
      scope.get('/profiles', () => management.profiles());
      scope.post<{ Params: { name: string } }>('/profiles/:name/use', ({ params: { name } }) => {
        if (!context.profiles.has(name)) throw unknownProfile(name, context.profiles);
        return management.useProfile(name);
      });
      scope.get<{ Querystring: Query }>('/route', ({ query }) => {
        const { model } = query;
        if (typeof model !== 'string' || model === '') {
          throw new GatewayError('missing_field', 'The query has no `model`.', { param: 'model' });
        }
        return management.route({ model, profile: profileIn(query, context), query });
      });
      scope.post('/credentials/reload', () => management.reloadCredentials());
      scope.post('/keys/reload', () => management.reloadKeys());
      addEventRoute(scope, context.events);
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

type Query = Readonly<Record<string, unknown>>;

/** The profile that a query names; `null`: none. */
function profileIn({ profile }: Query, { profiles }: RouteContext): string | null {
  if (typeof profile !== 'string' || profile === '') return null;
  if (!profiles.has(profile)) throw unknownProfile(profile, profiles);
  return profile;
}
