import type { FastifyInstance } from 'fastify';
import { plainHeaders } from './inference.ts';
import type { RouteContext } from './route-context.ts';

/** What clients ask to see whether somebody is there, before they send a key: `HEAD` comes with each by itself. */
export function addRootRoutes(app: FastifyInstance, context: RouteContext): void {
  // Clients of Ollama read a text here; Claude Code asks for `/` or `/api/hello` and looks at the status only.
  for (const path of ['/', '/api/hello']) {
    app.get(path, ({ raw }, reply) =>
      reply.headers(plainHeaders(raw, context)).type('text/plain; charset=utf-8').send('llmgw is running'),
    );
  }
}
