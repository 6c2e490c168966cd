import type { ServerResponse } from 'node:http';
import http from 'node:http';
import { once } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { KeepAlive } from '../../src/gateway/keep-alive.ts';
import { COMPLETION } from '../helpers/exchange-stage.ts';
import { configured, modelGroup } from '../helpers/model-groups.ts';
import { NO_RETRIES } from '../helpers/no-retries.ts';
import { failing, startProvidersStage } from '../helpers/providers-stage.ts';
import type { ProvidersStage } from '../helpers/providers-stage.ts';
import { KEY } from '../helpers/test-server.ts';
import { json } from '../helpers/upstream-server.ts';

const EVERY_MS = 100;
const MESSAGES = [{ role: 'user', content: 'hello' }];
const CONTENTS = { contents: [{ role: 'user', parts: [{ text: 'hello' }] }] };
const CHUNKS =
  'data: {"id":"c","model":"m","choices":[{"index":0,"delta":{"content":"hi"},"finish_reason":null}]}\n\n' +
  'data: {"id":"c","model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n';

/** Each way to ask for a stream, what its clients skip, and the beginning of an error in its stream. */
const COMMENT = /^: keepalive\r?\n\r?\n/;
const DIALECTS = [
  ['/v1/chat/completions', { messages: MESSAGES, stream: true }, COMMENT, /^data: \{"error":\{/],
  ['/v1/completions', { prompt: 'hello', stream: true }, COMMENT, /^data: \{"error":\{/],
  ['/v1/responses', { input: 'hello', stream: true }, COMMENT, /event: response\.failed\n/],
  [
    '/v1/messages',
    { messages: MESSAGES, max_tokens: 9, stream: true },
    /^event: ping\ndata: \{"type":"ping"\}\n\n/,
    /^event: error\ndata: \{"type":"error",/,
  ],
  [
    '/v1beta/models/a/m:streamGenerateContent?alt=sse',
    CONTENTS,
    /^data: \{"candidates":\[\{"content":\{"parts":\[\{"text":""\}\][^\n]*\r\n\r\n/,
    /^data: \{"error":\{/,
  ],
  ['/v1beta/models/a/m:streamGenerateContent', CONTENTS, /^\n/, /^\[\{"error":\{.*\}\]$/s],
  ['/api/chat', { messages: MESSAGES }, /^\{"model":"a\/m",[^\n]*"content":""[^\n]*"done":false\}\n/, /^\{"error":"/],
] as const;

let stage: ProvidersStage;
afterEach(async () => {
  await stage.close();
});

/** `a` and `b` hold what they are asked until they are told. */
async function start(keepAliveMs: number | null = EVERY_MS): Promise<ServerResponse[]> {
  const models = [
    modelGroup('two', [configured('a/m'), configured('b/m')], { strategy: 'in-order' }),
    modelGroup('narrow', [configured('a/m', { maxParallel: 1 })]),
  ];
  stage = await startProvidersStage(['a', 'b'], { models, routing: { ...NO_RETRIES, keepAliveMs } });
  const held: ServerResponse[] = [];
  for (const name of ['a', 'b']) stage.at(name).answer = (response) => void held.push(response);
  return held;
}

interface Reading {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  /** What has come when this resolves: some of it at least. */
  some(): Promise<string>;
  rest(): Promise<string>;
  leave(): void;
}

async function open(path: string, body: object): Promise<Reading> {
  const { port } = stage.server.server;
  const headers = { authorization: `Bearer ${KEY}` };
  const request = http.request({ host: '127.0.0.1', port, method: 'POST', path, headers, agent: false });
  request.end(JSON.stringify({ model: 'a/m', ...body }));
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  const pieces = response.setEncoding('utf8').iterator({ destroyOnReturn: false });
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    some: async () => String((await pieces.next()).value),
    rest: async () => {
      let text = '';
      for await (const piece of pieces) text += String(piece);
      return text;
    },
    leave: () => request.destroy(),
  };
}

function next(held: ServerResponse[]): ServerResponse {
  const response = held.shift();
  if (response === undefined) throw new Error('nothing is held');
  return response;
}

function answer(held: ServerResponse[]): void {
  next(held).writeHead(200, { 'content-type': 'text/event-stream', 'x-request-id': 'of the upstream' }).end(CHUNKS);
}

/** Without the signs that came before something else. */
function withoutSigns(text: string, sign: RegExp): string {
  let rest = text;
  while (sign.test(rest)) rest = rest.replace(sign, '');
  return rest;
}

describe('a client that waits for a stream', () => {
  it.each(DIALECTS)('hears of it at %s, and gets its answer behind that', async (path, body, sign) => {
    const held = await start();
    const reading = await open(path, body);
    expect(reading.status).toBe(200);
    expect(reading.headers).toMatchObject({ 'x-llmgw-route': expect.stringContaining('a/m') as unknown });
    expect(reading.headers['x-llmgw-model']).toBeUndefined();
    expect(await reading.some()).toMatch(sign);
    expect(await reading.some()).toMatch(sign);
    answer(held);
    const rest = withoutSigns(await reading.rest(), sign);
    expect(rest).not.toMatch(sign);
    expect(rest).toContain('hi');
    expect(await stage.rows()).toEqual([[1, 'a/m', 'answered', null, true]]);
  });

  it.each(DIALECTS)('is told in the stream at %s when nobody answers', async (path, body, sign, error) => {
    const held = await start();
    const reading = await open(path, body);
    await reading.some();
    json(next(held), { error: { message: 'out of memory', type: 'server_error' } }, 500);
    const rest = withoutSigns(await reading.rest(), sign);
    expect(rest).toMatch(error);
    expect(rest).toContain('out of memory');
    expect(await stage.rows()).toEqual([[1, 'a/m', 'failed', 'upstream_error', true]]);
  });

  it('notices nothing when another deployment answers', async () => {
    const held = await start();
    const reading = await open('/v1/chat/completions', { model: 'two', messages: MESSAGES, stream: true });
    await reading.some();
    failing(503)(next(held));
    await stage.at('b').called(1);
    answer(held);
    expect(withoutSigns(await reading.rest(), COMMENT)).toBe(CHUNKS);
    expect(await stage.rows()).toEqual([
      [1, 'a/m', 'failed', 'upstream_error', false],
      [2, 'b/m', 'answered', null, true],
    ]);
  });

  it('hears of it in line for room too, and while an upstream says nothing but comments', async () => {
    const held = await start();
    const body = { model: 'narrow', messages: MESSAGES, stream: true };
    const first = await open('/v1/chat/completions', body);
    const second = await open('/v1/chat/completions', body);
    expect(stage.at('a').calls).toHaveLength(1);
    const slow = next(held).writeHead(200, { 'content-type': 'text/event-stream' });
    slow.write(': PROCESSING\n\n');
    expect(await first.some()).toMatch(COMMENT);
    expect(await second.some()).toMatch(COMMENT);
    slow.end(CHUNKS);
    expect(withoutSigns(await first.rest(), COMMENT)).toBe(CHUNKS);
    await stage.at('a').called(2);
    answer(held);
    expect(withoutSigns(await second.rest(), COMMENT)).toBe(CHUNKS);
  });

  it('gets a whole answer of an upstream that does not stream as the stream that it asked for', async () => {
    const held = await start();
    const reading = await open('/v1/chat/completions', { messages: MESSAGES, stream: true });
    await reading.some();
    json(next(held), COMPLETION);
    const rest = withoutSigns(await reading.rest(), COMMENT);
    expect(rest).toMatch(/^data: \{.*"content":"hi".*data: \[DONE\]\n\n$/s);
  });

  it('hears nothing more of it once the answer has begun', async () => {
    const held = await start();
    const reading = await open('/v1/chat/completions', { messages: MESSAGES, stream: true });
    await reading.some();
    const [first = '', rest = ''] = CHUNKS.split(/(?<=\n\n)(.*)/s);
    const response = next(held).writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(first);
    setTimeout(() => response.end(rest), 4 * EVERY_MS);
    expect(withoutSigns(await reading.rest(), COMMENT)).toBe(CHUNKS);
  });

  it('may leave, which ends the call', async () => {
    const held = await start();
    const reading = await open('/v1/chat/completions', { messages: MESSAGES, stream: true });
    await reading.some();
    reading.leave();
    await stage.at('a').calls[0]?.gone;
    expect(held).toHaveLength(1);
    expect(await stage.rows()).toEqual([[1, 'a/m', 'client_left', null, true]]);
  });
});

describe('nothing is sent ahead of an answer', () => {
  it.each([
    ['to who does not ask for a stream', EVERY_MS, '/v1/chat/completions', { messages: MESSAGES }],
    ['for embeddings', EVERY_MS, '/v1/embeddings', { input: 'hello', stream: true }],
    ['where it is off', null, '/v1/chat/completions', { messages: MESSAGES, stream: true }],
  ] as const)('%s', async (_name, everyMs, path, body) => {
    const held = await start(everyMs);
    void stage
      .at('a')
      .called(1)
      .then(() => setTimeout(() => failing(500)(next(held)), 3 * EVERY_MS));
    const { status, headers } = await open(path, body);
    expect(status).toBe(500);
    expect(headers['content-type']).toMatch(/^application\/json/);
  });
});

describe('the signs', () => {
  it('end with the connection, and wait for who does not read them', async () => {
    stage = await startProvidersStage([], {});
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const server = http.createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as { port: number };
      const request = http.get({ host: '127.0.0.1', port, agent: false });
      request.on('error', () => undefined);
      const [, response] = (await once(server, 'request')) as [http.IncomingMessage, ServerResponse];
      const listeners = response.listenerCount('close');
      let begun = 0;
      const signs: string[] = [];
      const sign = (): string => {
        signs.push('x');
        return 'x'.repeat(100_000);
      };
      const keepAlive = new KeepAlive({ response, everyMs: 1000, begin: () => begun++, sign });
      expect(vi.getTimerCount()).toBe(1);
      vi.advanceTimersByTime(999);
      expect([keepAlive.hasBegun, begun, signs.length]).toEqual([false, 0, 0]);
      vi.advanceTimersByTime(10_000);
      expect([keepAlive.hasBegun, begun, signs.length]).toEqual([true, 1, 1]);
      request.destroy();
      await once(response, 'close');
      expect(vi.getTimerCount()).toBe(0);
      expect(response.listenerCount('close')).toBe(listeners);
      server.close();
    } finally {
      vi.useRealTimers();
    }
  });
});
