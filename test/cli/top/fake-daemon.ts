import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { Snapshot } from '../../../src/canonical/feed-events.ts';
import { daemonFile, writeDaemonFile } from '../../../src/daemon/daemon-file.ts';
import { lockFile } from '../../../src/daemon/log-file.ts';
import type { ModelsDocument, ProfilesDocument, RouteDocument, StatusDocument } from '../../../src/daemon/status.ts';
import { acquireDaemonLock } from '../../../src/ledger/file-lock.ts';
import { findPlaces } from '../../../src/std/places.ts';
import { statusDocument } from '../../helpers/status-document.ts';
import { snapshot } from './feed-samples.ts';

const TOKEN = 'llmgw-admin-0123456789012345678901234567890123456789';

interface FakeDaemonOptions {
  /** `LLMGW_HOME`. */
  readonly home: string;
  readonly snapshot?: () => Snapshot;
  readonly status?: Partial<StatusDocument>;
  readonly models?: ModelsDocument['models'];
  readonly profiles?: ProfilesDocument;
  /** Models whose route cannot be told. */
  readonly refusedRoutes?: readonly string[];
}

/** Speaks the management API as a daemon does, and sends the events that the test says, on a real socket. */
export interface FakeDaemon {
  readonly port: number;
  /** To everyone who watches. */
  send(event: Readonly<Record<string, unknown>>): void;
  readonly watchers: () => number;
  /** Resolves when somebody watches. */
  watched(): Promise<void>;
  /** Methods and paths that were asked for. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

export async function startFakeDaemon(options: FakeDaemonOptions): Promise<FakeDaemon> {
  const places = findPlaces({ LLMGW_HOME: options.home });
  for (const folder of [places.data, places.state]) mkdirSync(folder, { recursive: true });
  writeFileSync(join(places.data, 'admin-token'), `${TOKEN}\n`, { mode: 0o600 });
  const lock = acquireDaemonLock(lockFile(places));
  if (lock === null) throw new Error('another daemon has this home');
  const watching = new Set<ServerResponse>();
  const asked: string[] = [];
  let id = 0;
  let active = (options.snapshot ?? snapshot)().profile;
  const write = (to: ServerResponse, event: Readonly<Record<string, unknown>>): void => {
    to.write(`id: ${++id}\nevent: ${String(event['type'])}\ndata: ${JSON.stringify(event)}\n\n`);
  };
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    asked.push(`${request.method ?? ''} ${pathname}`);
    const json = (body: unknown): void => {
      response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
    };
    if (request.headers.authorization !== `Bearer ${TOKEN}`) return void response.writeHead(401).end();
    const use = /^\/llmgw\/profiles\/([^/]+)\/use$/.exec(pathname);
    if (use !== null) {
      const before = active;
      active = use[1] ?? '';
      for (const to of watching) write(to, { v: 1, at: Date.now(), type: 'profile.changed', profile: active, before });
      json({ ...(options.profiles ?? PROFILES), active });
      return;
    }
    switch (pathname) {
      case '/llmgw/events':
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        watching.add(response);
        response.on('close', () => watching.delete(response));
        {
          write(response, { ...(options.snapshot ?? snapshot)(), profile: active });
          return;
        }
      case '/llmgw/status': {
        json(statusDocument({ pid: process.pid, ...options.status }));
        return;
      }
      case '/llmgw/models': {
        json({ v: 1, profile: active, models: options.models ?? [] });
        return;
      }
      case '/llmgw/profiles': {
        json({ ...(options.profiles ?? PROFILES), active });
        return;
      }
      case '/llmgw/route': {
        const model = searchParams.get('model') ?? '';
        if (options.refusedRoutes?.includes(model) === true) response.writeHead(500).end('{}');
        else json(routeTo(model));
        return;
      }
      default:
        return void response.writeHead(404).end('{}');
    }
  };
  const server = createServer(answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = address === null || typeof address === 'string' ? 0 : address.port;
  writeDaemonFile(places, {
    pid: process.pid,
    host: '127.0.0.1',
    port,
    version: '0.1.0',
    startedAt: new Date().toISOString(),
    instanceId: 'instance-1',
    command: 'llmgw',
    options: {},
  });
  return {
    port,
    asked,
    send: (event) => watching.forEach((to) => write(to, event)),
    watchers: () => watching.size,
    watched: async () => {
      while (watching.size === 0) await once(server, 'request');
    },
    close: async () => {
      // It names this process, which nobody is to end.
      rmSync(daemonFile(places));
      lock.release();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export const PROFILES: ProfilesDocument = {
  v: 1,
  active: 'dev',
  reason: 'a local chat model was found',
  profiles: [
    { name: 'dev', built_in: true, allow: 'local', stand_in: 'auto', models: [], credentials: {}, cap: null },
    {
      name: 'prod',
      built_in: true,
      allow: 'any',
      stand_in: 'none',
      models: [],
      credentials: { openai: 'work' },
      cap: { amount_usd: '50', period: 'month', spent_usd: '12.4', resets_at: '2026-12-01T00:00:00.000Z' },
    },
  ],
};

/** Local models are free, others cost what `gpt-4o` did. */
function routeTo(model: string): RouteDocument {
  const local = !model.startsWith('openai/');
  return {
    v: 1,
    group: null,
    model,
    profile: 'dev',
    endpoint: 'chat/completions',
    route: model,
    stands_in_for: null,
    next: null,
    candidates: [
      {
        target: model,
        locality: local ? 'local' : 'cloud',
        position: 1,
        reason: 'its own name',
        wire: { dialect: 'openai-chat', passes: true },
        doubt: null,
        price: local ? { input_usd: '0', output_usd: '0' } : { input_usd: '2.5', output_usd: '10' },
      },
    ],
    error: null,
  };
}
