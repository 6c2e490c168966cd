import http from 'node:http';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configured, modelGroup } from '../helpers/model-groups.ts';
import { NO_RETRIES } from '../helpers/no-retries.ts';
import { failing, startProvidersStage } from '../helpers/providers-stage.ts';
import type { ProvidersStage } from '../helpers/providers-stage.ts';
import { KEY } from '../helpers/test-server.ts';
import { json } from '../helpers/upstream-server.ts';
import { COMPLETION } from '../helpers/exchange-stage.ts';

const REQUESTS = 40;

let stage: ProvidersStage;
let agent: http.Agent;
const warnings: Error[] = [];
const onWarning = (warning: Error): void => void warnings.push(warning);

beforeEach(async () => {
  agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const models = [modelGroup('chat', [configured('a/m'), configured('b/m')], { strategy: 'in-order' })];
  stage = await startProvidersStage(['a', 'b'], { models, routing: { ...NO_RETRIES, keepAliveMs: 60_000 } });
  process.on('warning', onWarning);
});
afterEach(async () => {
  process.off('warning', onWarning);
  agent.destroy();
  await stage.close();
});

/** The status, and the connection on which the answer came. */
function ask(body: object): Promise<readonly [number, Socket]> {
  const { port } = stage.server.server;
  const headers = { authorization: `Bearer ${KEY}` };
  const options = { host: '127.0.0.1', port, method: 'POST', path: '/v1/chat/completions', headers, agent };
  return new Promise((resolve, reject) => {
    const request = http.request(options, (response) => {
      const { socket } = response;
      response.resume().on('end', () => resolve([response.statusCode ?? 0, socket]));
    });
    request.on('error', reject);
    request.end(JSON.stringify({ model: 'chat', messages: [{ role: 'user', content: 'hello' }], ...body }));
  });
}

describe('a connection that many requests are sent on', () => {
  it('is not listened to by more and more, whatever becomes of them', async () => {
    // The first is tried and fails, the second answers every other time.
    stage.at('a').answer = failing(503);
    stage.at('b').answer = (response, _call, index) =>
      index % 2 === 0 ? json(response, COMPLETION) : failing(503)(response);
    const statuses = new Set<number>();
    const connections = new Set<Socket>();
    for (let index = 0; index < REQUESTS; index++) {
      const [status, connection] = await ask(index % 5 === 0 ? { model: 'nobody' } : { stream: index % 3 === 0 });
      statuses.add(status);
      connections.add(connection);
    }
    // Warnings are told in a later turn.
    await new Promise((resolve) => setImmediate(resolve));
    expect(connections.size).toBe(1);
    expect([...statuses].sort()).toEqual([200, 404, 503]);
    expect(stage.at('b').calls.length).toBeGreaterThan(REQUESTS / 2);
    expect(warnings).toEqual([]);
    for (const { socket } of stage.at('b').calls) expect(socket.listenerCount('close')).toBeLessThan(10);
  });
});
