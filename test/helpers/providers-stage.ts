import type { DialectId } from '../../src/canonical/dialect-id.ts';
import type { GatewayOptions } from '../../src/gateway/dependencies.ts';
import { COMPLETION } from './exchange-stage.ts';
import { cloudEndpoint, routedProvider } from './routes.ts';
import type { TableParts } from './routes.ts';
import { KEY, startTestServer } from './test-server.ts';
import type { Answer, TestServer } from './test-server.ts';
import { json, startUpstreamServer } from './upstream-server.ts';
import type { UpstreamServer } from './upstream-server.ts';

/** The real server before providers that each have an upstream of their own. */
export interface ProvidersStage {
  readonly server: TestServer;
  readonly at: (provider: string) => UpstreamServer;
  /** How many calls each of them got. */
  calls(): Readonly<Record<string, number>>;
  chat(body: object, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** Number, target, outcome, code and whether it is the end, of all rows. */
  rows(): Promise<readonly unknown[]>;
  close(): Promise<void>;
}

interface StageRoutes extends TableParts {
  /** Of providers that speak another one than OpenAI's chat. */
  readonly dialects?: Readonly<Record<string, DialectId>>;
}

export async function startProvidersStage(
  names: readonly string[],
  { dialects = {}, ...routes }: StageRoutes,
  overrides: Partial<GatewayOptions> = {},
): Promise<ProvidersStage> {
  const upstreams = new Map<string, UpstreamServer>();
  for (const name of names) upstreams.set(name, await startUpstreamServer((response) => json(response, COMPLETION)));
  const providers = [...upstreams].map(([name, { origin }]) =>
    routedProvider(cloudEndpoint(name, { apiBase: `${origin}/v1`, dialect: dialects[name] ?? 'openai-chat' }), []),
  );
  const server = await startTestServer({}, { providers, ...routes }, overrides);
  return {
    server,
    at: (provider) => {
      const found = upstreams.get(provider);
      if (found === undefined) throw new Error(`${provider} is no provider of this stage`);
      return found;
    },
    calls: () => Object.fromEntries([...upstreams].map(([name, { calls }]) => [name, calls.length])),
    chat: (body, headers = {}) =>
      server.ask({
        method: 'POST',
        path: '/v1/chat/completions',
        headers: { authorization: `Bearer ${KEY}`, ...headers },
        body: JSON.stringify({ messages: [{ role: 'user', content: 'hello' }], ...body }),
      }),
    rows: async () => {
      await server.gateway.idle();
      await server.ledger.flush();
      return server.ledger.rows.map(({ opening, settlements }) => {
        const [end, ...others] = settlements;
        if (end === undefined || others.length > 0) throw new Error('a row is not settled exactly once');
        return [opening.number, opening.target, end.outcome, end.errorCode, end.final];
      });
    },
    close: async () => {
      await server.close();
      await Promise.all([...upstreams.values()].map((upstream) => upstream.close()));
    },
  };
}

/** An answer of an upstream that failed. */
export const failing =
  (status: number, headers: Readonly<Record<string, string>> = {}, error: object = { message: 'not now' }) =>
  (response: Parameters<UpstreamServer['answer']>[0]): void => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify({ error }));
  };
