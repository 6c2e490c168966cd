import { expect } from 'vitest';
import type { AttemptSettlement } from '../../src/ledger/ledger.ts';
import { NO_RETRIES } from './no-retries.ts';
import { cloudEndpoint, modelServer, routedProvider, servedModel } from './routes.ts';
import { ask, KEY, startTestServer } from './test-server.ts';
import type { Answer, TestServer } from './test-server.ts';
import { freePort, json, startUpstreamServer } from './upstream-server.ts';
import type { UpstreamServer } from './upstream-server.ts';

export const USAGE = { prompt_tokens: 10, completion_tokens: 5 };
export const COMPLETION = {
  id: 'chatcmpl-1',
  model: 'm-2026',
  choices: [{ message: { content: 'hi' }, finish_reason: 'stop' }],
  usage: USAGE,
};

/** The real server before a provider `acme` (and `priceless`, at the same place), one that is `down`, and a local one. */
export interface ExchangeStage {
  readonly acme: UpstreamServer;
  readonly local: UpstreamServer;
  readonly server: TestServer;
  chat(model: string, more?: object): Promise<Answer>;
  /** Those of all rows once there are so many, and no others. */
  settlements(count?: number): Promise<readonly AttemptSettlement[]>;
  close(): Promise<void>;
}

export async function startExchangeStage(): Promise<ExchangeStage> {
  const acme = await startUpstreamServer((response) => json(response, COMPLETION));
  const local = await startUpstreamServer((response) => json(response, COMPLETION));
  const server = await startTestServer(
    {},
    {
      providers: [
        routedProvider(cloudEndpoint('acme', { apiBase: `${acme.origin}/v1` }), []),
        routedProvider(cloudEndpoint('priceless', { apiBase: `${acme.origin}/v1`, priceProvider: null }), []),
        routedProvider(cloudEndpoint('down', { apiBase: `http://127.0.0.1:${await freePort()}/v1` }), []),
      ],
      servers: [
        modelServer('ollama', ['llama3', servedModel('big:cloud', { locality: 'cloud' })], { origin: local.origin }),
      ],
      routing: NO_RETRIES,
      models: [
        { name: 'smart', targets: ['acme/m', 'ollama/llama3'] },
        { name: 'fallback', targets: ['down/m', 'ollama/llama3'] },
      ],
      aliases: [{ name: 'gpt-4o', targets: ['ollama/llama3'] }],
      demo: true,
    },
  );
  return {
    acme,
    local,
    server,
    chat: (model, more = {}) =>
      ask(server.server.port, {
        method: 'POST',
        path: '/v1/chat/completions',
        headers: { authorization: `Bearer ${KEY}`, 'user-agent': 'OpenAI/Python 1.0' },
        body: JSON.stringify({ model, messages: [{ role: 'user', content: 'hello' }], ...more }),
      }),
    settlements: async (count = 1) => {
      await server.ledger.settled(count);
      await server.ledger.flush();
      expect(server.ledger.rows).toHaveLength(count);
      return server.ledger.rows.flatMap((row) => row.settlements);
    },
    close: async () => {
      await server.close();
      await Promise.all([acme.close(), local.close()]);
      await server.ledger.flush();
      // Every row that was opened is settled exactly once, and the last of each exchange is its end.
      expect(server.ledger.rows.filter(({ settlements }) => settlements.length !== 1)).toEqual([]);
    },
  };
}

export const errorOf = ({ json: body }: Answer): { message: string; type: string; code: unknown } =>
  (body as { error: { message: string; type: string; code: unknown } }).error;
