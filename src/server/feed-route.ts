import type { OutgoingHttpHeaders } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { EventFeed } from './event-feed.ts';

/** `GET /events` of the management scope, whose own hook has checked the admin token. */
export function addEventRoute(scope: FastifyInstance, feed: EventFeed): void {
  scope.get('/events', (request, reply) => {
    const headers: OutgoingHttpHeaders = {};
    for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) headers[name] = value;
    feed.watch(request.raw, reply.raw, headers);
    reply.hijack();
  });
}
