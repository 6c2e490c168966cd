import { afterEach, expect, it } from 'vitest';
import { Secret } from '../../src/std/secret.ts';
import { modelServer } from '../helpers/routes.ts';
import { KEY, startTestServer } from '../helpers/test-server.ts';
import type { Answer, TestServer } from '../helpers/test-server.ts';
import { json, startUpstreamServer } from '../helpers/upstream-server.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

it.each<[string, string | undefined, string | null]>([
  ['a client', undefined, '1'],
  ['a first gateway', '1', '2'],
  ['a second gateway', '2', '3'],
  ['a third gateway', '3', null],
  ['a tenth gateway', '10', null],
  ['a client that writes nonsense', '-1e9', '1'],
])('counts the gateways of a request by %s', async (_, hops, passedOn) => {
  const upstream = await startUpstreamServer((response) => json(response, { id: 'c', choices: [] }));
  open.push(upstream);
  const server = await serverOn(upstream.origin);
  const answer = await askWith(server, hops);
  if (passedOn === null) {
    expect(answer.status).toBe(508);
    expect(answer.json).toMatchObject({ error: { code: 'request_loop' } });
  } else expect(answer.status).toBe(200);
  expect(upstream.calls.map(({ headers }) => headers['x-llmgw-hop'])).toEqual(passedOn === null ? [] : [passedOn]);
});

it('ends a circle of two gateways that name each other', async () => {
  // A gateway that does not know its port yet is told through the server in between.
  let second: TestServer | null = null;
  const between = await startUpstreamServer((response, call) => {
    void second
      ?.ask({ method: 'POST', path: '/v1/chat/completions', headers: call.headers, body: call.body })
      .then((answer) => json(response, answer.json, answer.status));
  });
  open.push(between);
  const first = await serverOn(between.origin);
  second = await serverOn(first.origin);
  const answer = await askWith(first, undefined);
  expect(answer.status).toBe(508);
  expect(answer.text).toContain('request_loop');
  expect(between.calls.length).toBeLessThan(4);
});

async function serverOn(origin: string): Promise<TestServer> {
  const server = await startTestServer(
    {},
    { servers: [modelServer('other', ['m'], { origin, apiKey: new Secret(KEY) })] },
  );
  open.push(server);
  return server;
}

function askWith(server: TestServer, hops: string | undefined): Promise<Answer> {
  const headers = { authorization: `Bearer ${KEY}`, ...(hops === undefined ? {} : { 'x-llmgw-hop': hops }) };
  const body = JSON.stringify({ model: 'm', messages: [] });
  return server.ask({ method: 'POST', path: '/v1/chat/completions', headers, body });
}
