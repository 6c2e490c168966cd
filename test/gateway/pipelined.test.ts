import net from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { modelServer } from '../helpers/routes.ts';
import { KEY, startTestServer } from '../helpers/test-server.ts';
import type { TestServer } from '../helpers/test-server.ts';
import { json, startUpstreamServer } from '../helpers/upstream-server.ts';
import type { UpstreamServer } from '../helpers/upstream-server.ts';

let upstream: UpstreamServer;
let server: TestServer;
beforeEach(async () => {
  upstream = await startUpstreamServer(() => undefined);
  server = await startTestServer({}, { servers: [modelServer('local', ['m'], { origin: upstream.origin })] });
});
afterEach(async () => {
  await server.close();
  await upstream.close();
});

const BODY = JSON.stringify({ model: 'm', messages: [] });
const REQUEST = [
  'POST /v1/chat/completions HTTP/1.1',
  'Host: 127.0.0.1',
  `Authorization: Bearer ${KEY}`,
  `Content-Length: ${BODY.length}`,
  '',
  BODY,
].join('\r\n');

/** A connection on which so many requests were sent at once. */
async function pipeline(count: number): Promise<net.Socket> {
  const socket = net.connect(server.server.port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(REQUEST.repeat(count));
  await upstream.called(count);
  return socket;
}

const outcomes = () => server.ledger.rows.flatMap(({ settlements }) => settlements.map(({ outcome }) => outcome));

describe('requests sent ahead on one connection', () => {
  it('all end when their client leaves, also those whose answer would have waited', async () => {
    const socket = await pipeline(3);
    socket.destroy();
    await Promise.all(upstream.calls.map(({ gone }) => gone));
    await server.gateway.idle();
    await server.ledger.settled(3);
    expect(outcomes()).toEqual(['client_left', 'client_left', 'client_left']);
  });

  it('ends an answered one that waits behind another', async () => {
    upstream.answer = (response, _call, index) => {
      if (index === 1) json(response, { id: 'c', choices: [] });
    };
    const socket = await pipeline(2);
    await server.ledger.settled(1);
    expect(server.server.inFlight()).toBe(2);
    socket.destroy();
    await server.gateway.idle();
    await server.ledger.settled(2);
    expect(outcomes().sort()).toEqual(['answered', 'client_left']);
  });

  it('are watched by one listener', async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on('warning', onWarning);
    const socket = await pipeline(15);
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
    socket.destroy();
    await server.gateway.idle();
  });
});

describe('a server that is closed', () => {
  it('cuts them all', async () => {
    await pipeline(3);
    await server.server.close();
    expect(server.server.inFlight()).toBe(0);
    await server.ledger.settled(3);
    expect(outcomes()).toEqual(['client_left', 'client_left', 'client_left']);
  });
});
