import http from 'node:http';
import type { GatewayOptions } from '../../src/gateway/dependencies.ts';
import type { Management, ServerRules } from '../../src/server/server.ts';
import { startServer } from '../../src/server/server.ts';
import type { GatewayServer } from '../../src/server/server.ts';
import { createEventFeed, type SnapshotParts } from '../../src/server/event-feed.ts';
import { keyDigest } from '../../src/server/callers.ts';
import { HealthBook } from '../../src/routing/health-book.ts';
import { Secret } from '../../src/std/secret.ts';
import { testGateway, testLogger } from './gateway.ts';
import type { TestGateway } from './gateway.ts';
import type { TableParts } from './routes.ts';

export const KEY = 'sk-llmgw-test';
export const ADMIN = 'admin-token';

export interface Question {
  readonly method?: string;
  readonly path: string;
  readonly headers?: http.OutgoingHttpHeaders;
  readonly body?: string | Buffer;
}

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
  readonly json: unknown;
}

export interface TestServer extends TestGateway {
  readonly server: GatewayServer;
  readonly origin: string;
  /** What the server itself logged as an error; `errors` are those of the gateway. */
  readonly serverErrors: readonly string[];
  /** Called by the management routes, in order. */
  readonly managed: readonly string[];
  ask(question: Question): Promise<Answer>;
}

/** Bound to the profile `dev`. */
export const BOUND_KEY = 'sk-llmgw-bound-to-dev';
/** Bound to a profile that is no more. */
export const ORPHAN_KEY = 'sk-llmgw-bound-to-nothing';
const PROFILES = ['dev', 'prod'];

const SNAPSHOT: SnapshotParts = {
  version: '1.2.3',
  instance_id: 'test',
  started_at: 0,
  profile: 'dev',
  profiles: PROFILES,
  config_problem: null,
  servers: [],
};

const RULES: ServerRules = {
  host: '127.0.0.1',
  port: 0,
  auth: 'key',
  allowedHosts: [],
  allowedOrigins: [],
  maxRequestBytes: 1024 * 1024,
  requestTimeoutMs: 10_000,
  ollamaPort: null,
};

/** The real server on a free port of loopback. */
export async function startTestServer(
  { isLiteLlm = false, ...rules }: Partial<ServerRules> & { readonly isLiteLlm?: boolean } = {},
  routes: TableParts = {},
  overrides: Partial<GatewayOptions> = {},
): Promise<TestServer> {
  const health = overrides.health ?? new HealthBook();
  const gateway = testGateway({ routes, overrides: { ...overrides, health } });
  const managed: string[] = [];
  const events = createEventFeed({
    describe: () => SNAPSHOT,
    inFlight: () => gateway.gateway.exchanges(),
    tellProgress: () => gateway.gateway.tellProgress(),
    now: Date.now,
  });
  const { logger, errors } = testLogger();
  const server = await startServer({
    rules: { ...RULES, ...rules },
    clientKeys: () => [
      { id: 'k1', digest: keyDigest(KEY), profile: null },
      { id: 'bound', digest: keyDigest(BOUND_KEY), profile: 'dev' },
      { id: 'orphan', digest: keyDigest(ORPHAN_KEY), profile: 'gone' },
    ],
    adminToken: new Secret(ADMIN),
    profiles: { has: (name) => PROFILES.includes(name), names: () => PROFILES },
    gateway: gateway.gateway,
    management: managementThatSays(managed),
    liteLlm: { words: (provider) => provider, health, isLedgerWritable: () => true },
    events,
    version: '1.2.3',
    isLiteLlm: () => isLiteLlm,
    logger,
  });
  return {
    ...gateway,
    serverErrors: errors,
    server,
    origin: `http://127.0.0.1:${server.port}`,
    managed,
    ask: (question) => ask(server.port, question),
    close: async () => {
      await server.close();
      await gateway.close();
    },
  };
}

function managementThatSays(managed: string[]): Management {
  const said = (name: string): { did: string } => {
    managed.push(name);
    return { did: name };
  };
  return {
    status: () => said('status'),
    models: (profile) => said(`models ${profile ?? ''}`.trim()),
    deployments: (profile) => said(`deployments ${profile ?? ''}`.trim()),
    profiles: () => said('profiles'),
    useProfile: (name) => said(`use ${name}`),
    route: ({ model, profile }) => said(`route ${model} ${profile ?? ''}`.trim()),
    reloadCredentials: () => Promise.resolve(said('credentials')),
    reloadKeys: () => said('keys'),
    scan: () => Promise.resolve(said('scan')),
    shutdown: () => void said('shutdown'),
  };
}

/** One request on a connection of its own. */
export function ask(port: number, { method = 'GET', path, headers = {}, body }: Question): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: parsed(text) });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
