import type { ServerKind } from '../../src/canonical/model.ts';
import type { Reply, Routes } from './serve.ts';

/** A server that does not run here, as its documentation and source describe it (payloads made for these tests). */
export interface DocumentedServer {
  readonly name: string;
  readonly kind: ServerKind;
  readonly routes: Routes;
  readonly fallback?: Reply;
  /** What must be known of its models. */
  readonly models: readonly Record<string, unknown>[];
  readonly version?: string;
}

export const list = (...data: readonly Record<string, unknown>[]): Reply => ({ body: { object: 'list', data } });
export const item = (id: string, owner: string, more: Record<string, unknown> = {}) => ({
  id,
  object: 'model',
  created: 1790000000,
  owned_by: owner,
  ...more,
});
export const HTML: Reply = { headers: { 'content-type': 'text/html' }, body: '<!doctype html><title>UI</title>' };

/** What a server that imitates Ollama answers below /api: enough for Ollama's own client. */
export const OLLAMA_IMITATION: Routes = {
  '/api/version': { body: { version: '0.9.0' } },
  '/api/tags': {
    body: { models: [{ name: 'm:latest', model: 'm:latest', size: 1, digest: 'sha256:1', details: {} }] },
  },
  '/api/ps': { body: { models: [] } },
};
