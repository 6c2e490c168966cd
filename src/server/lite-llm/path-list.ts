import type { FastifyInstance } from 'fastify';
import { POST_PATHS } from '../face-of.ts';

/** One of the paths that are served, as LiteLLM's `GET /routes` lists them. */
export interface ServedPath {
  readonly path: string;
  readonly methods: readonly string[];
}

export type PathList = () => readonly ServedPath[];

/** The paths that the application gets from here on, each once, in that order. */
export function listPaths(app: FastifyInstance): PathList {
  const served = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    // There the other methods are routes too, which say that they are not taken.
    const methods = POST_PATHS.includes(url) ? ['POST'] : [method].flat();
    const known = served.get(url);
    if (known === undefined) served.set(url, new Set(methods));
    else for (const one of methods) known.add(one);
  });
  return () => Array.from(served, ([path, methods]) => ({ path, methods: [...methods] }));
}
