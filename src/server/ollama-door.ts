import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { OLLAMA_CHAT_FACE } from '../dialects/faces.ts';
import { createApp } from './app.ts';
import { createCallerGuard } from './callers.ts';
import { faceOf, POST_PATHS } from './face-of.ts';
import type { FaceMatch } from './face-of.ts';
import { addInferenceRoutes } from './inference.ts';
import { addOllamaRoutes } from './ollama-routes.ts';
import { PROFILE_HEADER } from './profiles.ts';
import { addRootRoutes } from './root-routes.ts';
import type { RouteContext } from './route-context.ts';

/** Nobody else than this machine: who comes is asked for nothing. */
export const OLLAMA_DOOR_HOST = '127.0.0.1';

/** The second listener cannot be opened; `cause` is the system's error. */
export class OllamaDoorFailure extends Error {
  readonly port: number;

  constructor(port: number, cause: unknown) {
    super(`the port ${port} for programs made for Ollama cannot be listened on`, { cause });
    this.name = 'OllamaDoorFailure';
    this.port = port;
  }
}

/**
 * Listens on a port of its own for programs that are made for Ollama, which send no key. It has Ollama's paths and
 * nothing else, answers in the active profile, and no page may call it. Rejects with an `OllamaDoorFailure`.
 */
export async function openOllamaDoor(port: number, main: RouteContext): Promise<FastifyInstance> {
  const { rules, clientKeys, adminToken } = main;
  const { allowedHosts, allowedOrigins } = rules;
  const boundHost = OLLAMA_DOOR_HOST;
  const known = { boundHost, allowedHosts, allowedOrigins, clientKeys, adminToken, ollamaPort: () => port };
  const guard = createCallerGuard({ auth: 'none', ...known });
  const context: RouteContext = { ...main, guard };
  const app = createApp(context, { faceOf: ollamaFaceOf, before: inActiveProfile, meant: () => ELSEWHERE });
  addInferenceRoutes(app, context, POST_PATHS.filter(isOllamaPath));
  addOllamaRoutes(app, context);
  addRootRoutes(app, context);
  try {
    await app.listen({ host: OLLAMA_DOOR_HOST, port });
  } catch (error) {
    throw new OllamaDoorFailure(port, error);
  }
  return app;
}

const ELSEWHERE = " This address has Ollama's API and nothing else; the gateway's own has the rest.";

function ollamaFaceOf(request: IncomingMessage): FaceMatch | null {
  inActiveProfile(request);
  const match = faceOf(request);
  return match?.face.dialect === OLLAMA_CHAT_FACE.dialect ? match : null;
}

function isOllamaPath(path: string): boolean {
  return path.startsWith('/api/');
}

/** Whoever sends no key chooses no profile. */
function inActiveProfile(request: IncomingMessage): void {
  request.headers[PROFILE_HEADER] = undefined;
}
