import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { RESERVED_PATH_SEGMENTS } from '../canonical/reserved-names.ts';
import type { Gateway } from '../gateway/gateway.ts';
import { createApp } from './app.ts';
import { createCallerGuard } from './callers.ts';
import { faceOf } from './face-of.ts';
import { addInferenceRoutes } from './inference.ts';
import { listPaths } from './lite-llm/path-list.ts';
import { addLiteLlmRoutes } from './lite-llm/routes.ts';
import { addManagementRoutes } from './management.ts';
import { addModelRoutes } from './model-routes.ts';
import { openOllamaDoor } from './ollama-door.ts';
import { addOllamaRoutes } from './ollama-routes.ts';
import { addResponseRoutes } from './response-routes.ts';
import { addRootRoutes } from './root-routes.ts';
import { takeProfileFromPath } from './profiles.ts';
import type { RouteContext, ServerOptions } from './route-context.ts';

export type { Management } from './management-documents.ts';
export { createEventFeed, type EventFeed } from './event-feed.ts';
export { OLLAMA_DOOR_HOST, OllamaDoorFailure } from './ollama-door.ts';
export type { KnownProfiles } from './profiles.ts';
export type { LiteLlmKnowledge, ServerOptions, ServerRules } from './route-context.ts';

export interface GatewayServer {
  readonly host: string;
  readonly port: number;
  /** Of the second listener, which is for programs made for Ollama; `null`: there is none. */
  readonly ollamaPort: number | null;
  inFlight(): number;
  /** Takes no more requests, waits for those in flight, cuts what is left after `limitMs`: how many that were. */
  drain(limitMs: number): Promise<number>;
  /** Cuts everything at once. */
  close(): Promise<void>;
}

/** How long finished answers may take to leave when the server closes. */
const FLUSH_MS = 2_000;
const CLOSE_CHECK_MS = 20;
/** How long exchanges that were cut may take to book what they cost. */
const BOOKING_MS = 5_000;

/**
 * Listens, and answers from then on. Rejects with the system's error when the address cannot be had, and with an
 * `OllamaDoorFailure` when only the second one cannot.
 */
export async function startServer(options: ServerOptions): Promise<GatewayServer> {
  let draining = false;
  const { rules, clientKeys, adminToken } = options;
  const { auth, allowedHosts, allowedOrigins, host: boundHost } = rules;
  let { ollamaPort } = rules;
  const known = { boundHost, allowedHosts, allowedOrigins, clientKeys, adminToken, ollamaPort: () => ollamaPort };
  const guard = createCallerGuard({ auth, ...known });
  const context: RouteContext = { ...options, guard, isDraining: () => draining };
  const main = createApp(context, {
    faceOf,
    before: (request) => takeProfileFromPath(request, context.profiles),
    meant: (path) => meantProfile(path, context),
  });
  const paths = listPaths(main);
  addInferenceRoutes(main, context);
  addModelRoutes(main, context);
  addOllamaRoutes(main, context);
  addResponseRoutes(main, context);
  addRootRoutes(main, context);
  addLiteLlmRoutes(main, context, paths);
  addManagementRoutes(main, context);
  await main.listen({ host: rules.host, port: rules.port });
  const door = await doorBeside(main, context);
  ollamaPort = door === null ? null : portOf(door);
  const apps = door === null ? [main] : [main, door];
  return {
    host: rules.host,
    port: portOf(main),
    ollamaPort,
    inFlight: () => options.gateway.inFlight(),
    async drain(limitMs) {
      draining = true;
      options.gateway.endWaits();
      const left = await waitForIdle(apps, options.gateway, limitMs);
      await close(apps, context, left === 0 ? FLUSH_MS : 0);
      return left;
    },
    close: () => close(apps, context, 0),
  };
}

/** The second listener, where the config has one: without it the first does not stay open either. */
async function doorBeside(main: FastifyInstance, context: RouteContext): Promise<FastifyInstance | null> {
  const { ollamaPort } = context.rules;
  if (ollamaPort === null) return null;
  try {
    return await openOllamaDoor(ollamaPort, context);
  } catch (error) {
    await main.close();
    throw error;
  }
}

function portOf(app: FastifyInstance): number {
  return (app.server.address() as AddressInfo).port;
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

async function waitForIdle(apps: readonly FastifyInstance[], gateway: Gateway, limitMs: number): Promise<number> {
  for (const app of apps) app.server.closeIdleConnections();
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
async function close(
  apps: readonly FastifyInstance[],
  { gateway, events }: RouteContext,
  flushMs: number,
): Promise<void> {
  // Who watches has seen the end of the last request; open streams would hold the end up.
  events.close();
  const closed = Promise.all(apps.map((app) => app.close()));
  const idle = setInterval(() => {
    for (const app of apps) app.server.closeIdleConnections();
  }, CLOSE_CHECK_MS);
  const cut = setTimeout(() => {
    for (const app of apps) app.server.closeAllConnections();
  }, flushMs);
  await closed;
  clearInterval(idle);
  clearTimeout(cut);
  await idleWithin(gateway, BOOKING_MS);
}
