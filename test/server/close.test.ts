import { describe, expect, it } from 'vitest';
import { modelServer } from '../helpers/routes.ts';
import { KEY, startTestServer } from '../helpers/test-server.ts';
import { json, startUpstreamServer } from '../helpers/upstream-server.ts';

describe('a server that is closed', () => {
  it('does not wait for ever for a row that cannot be booked', { timeout: 15_000 }, async () => {
    const upstream = await startUpstreamServer((response) => json(response, { id: 'c', choices: [] }));
    const routes = { servers: [modelServer('local', ['m'], { origin: upstream.origin })] };
    const server = await startTestServer({}, routes, { estimateTokens: () => new Promise(() => undefined) });
    await server.ask({
      method: 'POST',
      path: '/v1/chat/completions',
      headers: { authorization: `Bearer ${KEY}` },
      body: JSON.stringify({ model: 'm', messages: [] }),
    });
    await server.close();
    expect(server.server.inFlight()).toBe(1);
    await upstream.close();
  });
});
