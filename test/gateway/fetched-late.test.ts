import { EventEmitter, once } from 'node:events';
import http from 'node:http';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { GatewayError } from '../../src/canonical/errors.ts';
import { PLAIN_QUIRKS } from '../../src/canonical/quirks.ts';
import type { GatewayOptions } from '../../src/gateway/dependencies.ts';
import { cloudEndpoint, routedProvider } from '../helpers/routes.ts';
import { KEY, startTestServer } from '../helpers/test-server.ts';
import type { TestServer } from '../helpers/test-server.ts';
import { json, startUpstreamServer } from '../helpers/upstream-server.ts';
import type { UpstreamServer } from '../helpers/upstream-server.ts';

// An image that a request names by its address is fetched for targets that take the bytes only.

let upstream: UpstreamServer;
let server: TestServer | null = null;
beforeEach(async () => {
  upstream = await startUpstreamServer((response) => json(response, { error: { message: 'down' } }, 503));
});
afterEach(async () => {
  await server?.close();
  await upstream.close();
});

const BODY = JSON.stringify({
  model: 'gemini/pictures',
  messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://images.example/a.png' } }] }],
});

async function startWith(overrides: Partial<GatewayOptions>): Promise<TestServer> {
  const endpoint = cloudEndpoint('gemini', {
    dialect: 'gemini',
    apiBase: `${upstream.origin}/v1beta`,
    quirks: { ...PLAIN_QUIRKS, images: 'inline' },
  });
  server = await startTestServer({}, { providers: [routedProvider(endpoint, ['pictures'])] }, overrides);
  return server;
}

const question = {
  method: 'POST',
  path: '/v1/chat/completions',
  headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
  body: BODY,
};

it('fetches nothing for a request that the limits refuse', async () => {
  const fetched: string[] = [];
  const started = await startWith({
    limits: {
      admit: () => {
        throw new GatewayError('budget_exceeded', 'The budget is spent.');
      },
    },
    fetchMedia: (url) => {
      fetched.push(url);
      return Promise.resolve({ kind: 'failed', reason: 'unreachable', problem: 'could not be reached' });
    },
  });
  const answer = await started.ask(question);
  expect(answer.json).toMatchObject({ error: { code: 'budget_exceeded' } });
  expect(fetched).toEqual([]);
});

it('stops fetching when the client leaves, and makes no call', async () => {
  const settled: (number | null)[] = [];
  const told = new EventEmitter();
  const [begun, stopped] = [once(told, 'begun'), once(told, 'stopped')];
  const started = await startWith({
    limits: { admit: () => ({ settle: (costPico) => void settled.push(costPico) }) },
    fetchMedia: (_, { signal }) => {
      told.emit('begun');
      return new Promise((resolve) => {
        signal?.addEventListener('abort', () => {
          resolve({ kind: 'failed', reason: 'aborted', problem: 'was no longer needed' });
          told.emit('stopped');
        });
      });
    },
  });
  const { method, path, headers } = question;
  const request = http.request({ host: '127.0.0.1', port: started.server.port, method, path, headers });
  request.on('error', () => undefined);
  request.end(BODY);
  await begun;
  request.destroy();
  await stopped;
  await started.gateway.idle();
  expect({ settled, calls: upstream.calls.length }).toEqual({ settled: [0], calls: 0 });
});
