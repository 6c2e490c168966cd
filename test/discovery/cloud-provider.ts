import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, request, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach } from 'vitest';
import type { Probe } from '../../src/canonical/probe.ts';
import { startCloudCatalog, type CloudCatalog } from '../../src/discovery/cloud-models.ts';
import type { ActiveProvider } from '../../src/providers/active-provider.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { providerRow } from '../../src/providers/provider-row.ts';
import { Secret } from '../../src/std/secret.ts';

export const KEY = 'sk-cloud-4Vq0Zr8kP2mW';
export const undo: (() => void | Promise<void>)[] = [];

afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

interface Asked {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

/** A provider on a real socket; `answer` writes the response. */
export async function serve(answer: (asked: IncomingMessage, response: ServerResponse) => void) {
  const asked: Asked[] = [];
  const server = createServer((incoming, response) => {
    asked.push({ url: incoming.url ?? '', headers: incoming.headers });
    answer(incoming, response);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  undo.push(() => {
    server.closeAllConnections();
    return new Promise<void>((closed) => server.close(() => closed()));
  });
  return { base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

export function json(value: unknown, status = 200) {
  return (_asked: IncomingMessage, response: ServerResponse): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  };
}

/** The probe of this test: a request on a real socket, within the limits that it is given. */
export const probe: Probe = (asked) =>
  new Promise((resolve) => {
    const signal = asked.signal ?? new AbortController().signal;
    const sent = request(asked.url, { headers: { ...asked.headers }, signal }, (response) => {
      const pieces: Buffer[] = [];
      let length = 0;
      response.on('data', (piece: Buffer) => {
        pieces.push(piece);
        length += piece.length;
        if (length > asked.maxBytes) {
          resolve('too_large');
          response.destroy();
        }
      });
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: {}, body: Buffer.concat(pieces).toString('utf8') });
      });
      response.on('error', () => resolve('not_http'));
    });
    sent.on('error', (error: NodeJS.ErrnoException) => {
      resolve(signal.aborted ? 'aborted' : error.code === 'ECONNREFUSED' ? 'refused' : 'not_http');
    });
    sent.end();
  });

export function cacheFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'llmgw-models-'));
  undo.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function provider(apiBase: string, fields: Partial<Provider> = {}): Provider {
  return providerRow({ id: 'cloud', displayName: 'Cloud', apiBase, keyVariables: [], ...fields });
}

export function active(row: Provider, fields: Partial<ActiveProvider> = {}): ActiveProvider {
  return {
    provider: row,
    apiBase: row.apiBase,
    credential: new Secret(KEY),
    signer: null,
    credentialSource: 'config',
    configuredModels: null,
    headers: new Map(),
    insecureTls: false,
    ...fields,
  };
}

export interface Started {
  readonly catalog: CloudCatalog;
  readonly changes: () => number;
  readonly log: () => string;
}

export function start(
  providers: readonly ActiveProvider[],
  folder: string,
  now?: () => number,
  refreshMs?: number,
): Started {
  let changes = 0;
  let log = '';
  const logger = pino({ level: 'debug' }, { write: (line: string) => void (log += line) });
  const catalog = startCloudCatalog({
    providers,
    probe,
    cacheFolder: folder,
    logger,
    onChange: () => {
      changes++;
    },
    ...(now && { now }),
    ...(refreshMs !== undefined && { refreshMs }),
  });
  undo.push(() => catalog.stop());
  return { catalog, changes: () => changes, log: () => log };
}

export function cacheFiles(folder: string): string[] {
  const models = join(folder, 'models');
  return existsSync(models) ? readdirSync(models).map((name) => join(models, name)) : [];
}
