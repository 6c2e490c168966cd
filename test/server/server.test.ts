import http from 'node:http';
import net from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cloudEndpoint, modelServer, routedProvider, servedModel } from '../helpers/routes.ts';
import { eventStream, json, startUpstreamServer } from '../helpers/upstream-server.ts';
import type { UpstreamServer } from '../helpers/upstream-server.ts';
import { ADMIN, ask, KEY, startTestServer } from '../helpers/test-server.ts';
import type { Answer, Question, TestServer } from '../helpers/test-server.ts';

const AUTH = { authorization: `Bearer ${KEY}` };
const CHAT = JSON.stringify({ model: 'm', messages: [] });

let upstream: UpstreamServer;
let server: TestServer;
beforeEach(async () => {
  upstream = await startUpstreamServer((response) => json(response, { id: 'c', model: 'm', choices: [], usage: null }));
  const models = [
    'm',
    servedModel('llama3:latest', { contextLength: 4096, capabilities: ['chat'], createdAt: 7 }),
    'openai/gpt-oss-20b',
    'a:b@c d/é',
  ];
  server = await startTestServer(
    {},
    {
      servers: [modelServer('local', models, { origin: upstream.origin })],
      providers: [routedProvider(cloudEndpoint('openai'), ['gpt-4o'])],
      models: [
        { name: 'fast', targets: ['m'] },
        { name: 'broken', targets: ['nowhere'] },
      ],
    },
  );
});
afterEach(async () => {
  await server.close();
  await upstream.close();
});

const codeOf = ({ json: body }: Answer): unknown => (body as { error?: { code?: unknown } } | null)?.error?.code;

describe('paths', () => {
  it.each([
    ['chat/completions', { messages: [] }],
    ['completions', { prompt: 'hi' }],
    ['embeddings', { input: 'hi' }],
  ])('%s, with /v1 and without, with a slash behind or a query', async (endpoint, more) => {
    for (const path of [`/v1/${endpoint}`, `/${endpoint}`, `/v1/${endpoint}/`, `/v1/${endpoint}?api-version=1`]) {
      const answer = await server.ask({
        method: 'POST',
        path,
        headers: AUTH,
        body: JSON.stringify({ model: 'm', ...more }),
      });
      expect({ path, status: answer.status }).toEqual({ path, status: 200 });
    }
    expect(new Set(upstream.calls.map(({ url }) => url))).toEqual(new Set([`/v1/${endpoint}`]));
  });

  it.each([
    ['GET', '/v1/chat/completions', 405, 'method_not_allowed'],
    ['PUT', '/completions', 405, 'method_not_allowed'],
    ['GET', '/v1/nothing', 404, 'not_found'],
    ['POST', '/', 404, 'not_found'],
    ['PROPFIND', '/v1/models', 404, 'not_found'],
    ['GET', '/v1/models/%zz', 400, 'request_malformed'],
    ['GET', '/%', 400, 'request_malformed'],
    ['GET', `/v1/${'x'.repeat(5000)}`, 404, 'not_found'],
    ['GET', '//evil.com/v1/models', 404, 'not_found'],
    ['GET', '/v1/../llmgw/status', 404, 'not_found'],
  ])('%s %s: %i %s in OpenAI’s shape', async (method, path, status, code) => {
    const answer = await server.ask({ method, path, headers: AUTH });
    expect({ status: answer.status, code: codeOf(answer) }).toEqual({ status, code });
    expect(answer.headers['content-type']).toContain('application/json');
  });

  it.each(['', '/v1'])('health under %j needs no key and makes no call', async (prefix) => {
    for (const name of ['', '/liveliness', '/liveness', '/readiness']) {
      const answer = await server.ask({ path: `${prefix}/health${name}` });
      expect(answer.status).toBe(200);
      expect((await server.ask({ method: 'HEAD', path: `${prefix}/health${name}` })).status).toBe(200);
    }
    expect(upstream.calls).toHaveLength(0);
  });

  it.each<Question>([
    { path: '/health' },
    { path: '/v1/models' },
    { path: '/%zz' },
    { path: '/nothing' },
    { path: '/llmgw/status' },
    { method: 'POST', path: '/v1/chat/completions', body: CHAT },
    { method: 'POST', path: '/v1/chat/completions/', body: CHAT },
    {
      method: 'OPTIONS',
      path: '/v1/models',
      headers: { origin: 'http://localhost', 'access-control-request-method': 'GET' },
    },
  ])('a foreign Host gets nowhere: $method $path', async (question) => {
    const answer = await server.ask({
      ...question,
      headers: { ...AUTH, ...question.headers, host: 'rebound.evil.com' },
    });
    expect({ status: answer.status, code: codeOf(answer) }).toEqual({ status: 403, code: 'host_not_allowed' });
    expect(upstream.calls).toHaveLength(0);
  });
});

describe('models', () => {
  it('are listed in OpenAI’s shape, each by a name that works', async () => {
    const { json: body } = await server.ask({ path: '/v1/models', headers: AUTH });
    const { object, data } = body as { object: string; data: { id: string; owned_by: string }[] };
    expect(object).toBe('list');
    expect(data.map(({ id }) => id).sort()).toEqual([
      'a:b@c d/é',
      'fast',
      'llama3:latest',
      'm',
      'openai/gpt-4o',
      'openai/gpt-oss-20b',
    ]);
    expect(data.find(({ id }) => id === 'llama3:latest')).toEqual({
      id: 'llama3:latest',
      object: 'model',
      created: 7,
      owned_by: 'local',
      context_length: 4096,
      capabilities: ['chat'],
    });
    expect((await server.ask({ path: '/models', headers: AUTH })).json).toEqual(body);
  });

  it.each([
    'm',
    'llama3',
    'llama3:latest',
    'fast',
    'llmgw/m',
    'openai/gpt-oss-20b',
    'local/openai/gpt-oss-20b',
    'openai/gpt-4o',
    'a:b@c d/é',
  ])('are found one by one: %s', async (name) => {
    for (const path of [`/v1/models/${encodeURIComponent(name)}`, `/models/${encodeURI(name)}`]) {
      expect((await server.ask({ path, headers: AUTH })).json).toMatchObject({ id: name, object: 'model' });
    }
  });

  it('need a key, and are 404 when nobody has them', async () => {
    expect((await server.ask({ path: '/v1/models' })).status).toBe(401);
    expect((await server.ask({ path: '/v1/models/m' })).status).toBe(401);
    const unknown = await server.ask({ path: '/v1/models/lama3', headers: AUTH });
    expect([unknown.status, codeOf(unknown)]).toEqual([404, 'model_not_found']);
    expect(unknown.text).toContain('`llama3`');
    expect((await server.ask({ path: '/v1/models/broken', headers: AUTH })).status).toBe(404);
  });
});

describe('/llmgw/', () => {
  const admin = { authorization: `Bearer ${ADMIN}` };

  it('is for the holder of the admin token', async () => {
    for (const [method, path] of [
      ['GET', 'status'],
      ['GET', 'models'],
      ['POST', 'scan'],
      ['POST', 'shutdown'],
      ['GET', 'nothing'],
      ['PUT', 'x/y'],
    ] as const) {
      for (const headers of [{}, AUTH]) {
        const answer = await server.ask({ method, path: `/llmgw/${path}`, headers });
        expect([path, answer.status, codeOf(answer)]).toEqual([path, 401, 'admin_token_required']);
      }
    }
    expect(server.managed).toEqual([]);
    for (const [method, path] of [
      ['GET', 'status'],
      ['GET', 'models'],
      ['POST', 'scan'],
      ['POST', 'shutdown'],
    ] as const) {
      expect((await server.ask({ method, path: `/llmgw/${path}`, headers: admin })).status).toBe(200);
    }
    expect(server.managed).toEqual(['status', 'models', 'scan', 'shutdown']);
    expect((await server.ask({ path: '/llmgw/nothing', headers: admin })).status).toBe(404);
  });
});

describe('broken HTTP', () => {
  async function raw(text: string): Promise<string> {
    const socket = net.connect(server.server.port, '127.0.0.1');
    let received = '';
    socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
    socket.on('error', () => undefined);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.write(text);
    await closed;
    return received;
  }

  it.each([
    ['hello\r\n\r\n', 400],
    ['GET / HTTP/1.1\r\n\r\n', 400],
    ['GET / HTTP/1.0\r\nConnection: close\r\n\r\n', 403],
    ['POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n', 400],
    [
      'POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      400,
    ],
    [`GET /health HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
  ])('%j: %i', async (text, status) => {
    const answer = await raw(text);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    if (status !== 400 || answer.includes('json')) expect(answer).toContain('"error":{"message"');
    expect((await server.ask({ path: '/health' })).status).toBe(200);
  });
});

describe('draining', () => {
  const body = JSON.stringify({ ...(JSON.parse(CHAT) as object), stream: true });
  const post = (): Promise<Answer> =>
    ask(server.server.port, { method: 'POST', path: '/v1/chat/completions', headers: AUTH, body });

  it('waits for what is in flight, and takes nothing more', async () => {
    let release: () => void = () => undefined;
    upstream.answer = (response) =>
      (release = () => eventStream(response, 'data: {"choices":[{"finish_reason":"stop"}]}\n\n'));
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const kept = http.get({ port: server.server.port, host: '127.0.0.1', path: '/health', agent });
    const [first] = (await once(kept, 'response')) as [http.IncomingMessage];
    first.resume();
    const answer = post();
    await upstream.called(1);
    expect(server.server.inFlight()).toBe(1);
    const drained = server.server.drain(10_000);
    release();
    expect((await answer).text).toMatch(/\[DONE\]\n\n$/);
    expect(await drained).toBe(0);
    agent.destroy();
    await expect(post()).rejects.toThrow(/ECONNREFUSED/);
  });

  it('lets a slow reader have its answer to the end', async () => {
    const size = 900 * 1024;
    const body = JSON.stringify({ id: 'c', usage: { prompt_tokens: 1, completion_tokens: 1 }, text: 'x'.repeat(size) });
    upstream.answer = (response) => response.writeHead(200, { 'content-type': 'application/json' }).end(body);
    const asked = http.request({
      port: server.server.port,
      host: '127.0.0.1',
      method: 'POST',
      path: '/v1/chat/completions',
      headers: AUTH,
    });
    asked.end(CHAT);
    const [response] = (await once(asked, 'response')) as [http.IncomingMessage];
    await server.ledger.settled(1);
    // The exchange is settled; its answer is still on its way, in buffers and on the wire.
    const drained = server.server.drain(10_000);
    let received = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      received += chunk.length;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(received).toBe(body.length);
    expect(await drained).toBe(0);
  });

  it('cuts what is left after the limit, and says how many', async () => {
    upstream.answer = () => undefined;
    const answer = post();
    const failed = expect(answer).rejects.toThrow();
    await upstream.called(1);
    expect(await server.server.drain(1)).toBe(1);
    await failed;
    await server.ledger.flush();
    expect(server.ledger.rows.map(({ settlements }) => settlements.map(({ outcome }) => outcome))).toEqual([
      ['client_left'],
    ]);
  });
});
