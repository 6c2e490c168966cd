import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ServerView } from '../../src/canonical/feed-events.ts';
import type { GatewayOptions } from '../../src/gateway/dependencies.ts';
import type { FeedLimits } from '../../src/server/event-feed.ts';
import { Secret } from '../../src/std/secret.ts';
import { cloudEndpoint, modelServer, routedProvider } from '../helpers/routes.ts';
import type { TableParts } from '../helpers/routes.ts';
import { eventStream, json, startUpstreamServer } from '../helpers/upstream-server.ts';
import type { UpstreamServer } from '../helpers/upstream-server.ts';
import { post, startFeedStage, watchEvents } from './feed-stage.ts';
import type { FeedStage } from './feed-stage.ts';

const USAGE = { prompt_tokens: 10, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 4 } };
const COMPLETION = { id: 'c', model: 'm', choices: [], usage: USAGE };
const DELTA = 'data: {"id":"c","model":"m","choices":[{"delta":{"content":"hi"},"finish_reason":null}]}\n\n';
const FINISH = 'data: {"id":"c","choices":[{"delta":{},"finish_reason":"stop"}]}\n\n';
const USAGE_CHUNK = `data: {"id":"c","choices":[],"usage":${JSON.stringify(USAGE)}}\n\n`;
const DONE = 'data: [DONE]\n\n';
const SERVER: ServerView = { name: 's', kind: 'ollama', origin: 'http://x', state: 'ready', models: 1, loaded: [] };

let upstream: UpstreamServer;
let stage: FeedStage;

async function start(
  limits: Partial<FeedLimits> = {},
  overrides: Partial<GatewayOptions> = {},
  routes: TableParts = {},
): Promise<void> {
  stage = await startFeedStage(
    {
      providers: [routedProvider(cloudEndpoint('acme', { apiBase: `${upstream.origin}/v1` }), [])],
      servers: [modelServer('ollama', ['llama3'], { origin: upstream.origin })],
      models: [{ name: 'either', targets: ['acme/first', 'ollama/llama3'] }],
      demo: true,
      ...routes,
    },
    limits,
    overrides,
  );
}

beforeEach(async () => {
  upstream = await startUpstreamServer((response) => json(response, COMPLETION));
});
afterEach(async () => {
  await stage.close();
  await upstream.close();
  expect(stage.errors).toEqual([]);
});

const chat = (model: string, more: object = {}) =>
  post(stage.port, { model, messages: [{ role: 'user', content: 'hello' }], ...more });

const NOT_YET = { input_tokens: null, output_tokens: null, cache_read_tokens: null, cache_write_tokens: null };

describe('an exchange is told as it goes', () => {
  it('streamed: opened, its first token, settled with usage, cost and route', async () => {
    await start();
    upstream.answer = (response) => eventStream(response, DELTA + DELTA + FINISH + USAGE_CHUNK + DONE);
    const watching = await watchEvents(stage.port);
    await chat('acme/m', { stream: true }).answer;
    const { exchange } = await watching.event('exchange.settled');
    const opened = await watching.event('exchange.opened');
    const [row] = stage.ledger.rows;
    expect(watching.types()).toEqual(['snapshot', 'exchange.opened', 'exchange.first_token', 'exchange.settled']);
    expect(opened.exchange).toMatchObject({
      exchange: row?.opening.exchangeId,
      opened_at: row?.opening.openedAt,
      endpoint: 'chat/completions',
      requested_model: 'acme/m',
      profile: 'default',
      client: 'test',
      key_id: 'k1',
      stream: true,
      usage: { ...NOT_YET, reasoning_tokens: null, estimated: false },
      attempts: [{ number: 1, target: 'acme/m', provider: 'acme', locality: 'cloud', outcome: null, status: null }],
    });
    expect(await watching.event('exchange.first_token')).toMatchObject({ exchange: exchange.exchange, number: 1 });
    expect(exchange).toMatchObject({
      exchange: opened.exchange.exchange,
      outcome: 'answered',
      status: 200,
      error_code: null,
      usage: { input_tokens: 10, output_tokens: 5, cache_read_tokens: 4, cache_write_tokens: null, estimated: false },
      cost_usd: '0.000000000035',
      unpriced: false,
      saved_usd: null,
      attempts: [{ number: 1, outcome: 'answered', status: 200, error_code: null }],
    });
    expect(exchange.route).toBe(opened.exchange.route);
    expect(exchange.route).not.toBe('');
    expect(exchange.attempts[0]?.first_token_at).toBe(row?.settlements[0]?.firstTokenAt);
  });

  it('whole: opened and settled, nothing of a first token', async () => {
    await start();
    const watching = await watchEvents(stage.port);
    const answer = await chat('llama3').answer;
    const { exchange } = await watching.event('exchange.settled');
    expect(watching.types()).toEqual(['snapshot', 'exchange.opened', 'exchange.settled']);
    expect(exchange).toMatchObject({ outcome: 'answered', status: 200, cost_usd: '0', stream: false });
    expect(exchange.route).toBe(answer.headers['x-llmgw-route']);
  });

  it('with a target that failed: what failed, what comes next, the new attempt, one end', async () => {
    await start();
    upstream.answer = (response, call) => {
      if (call.body.includes('first')) json(response, { error: { message: 'down' } }, 503);
      else json(response, COMPLETION);
    };
    const watching = await watchEvents(stage.port);
    await chat('either').answer;
    const { exchange } = await watching.event('exchange.settled');
    expect(watching.types()).toEqual([
      'snapshot',
      'exchange.opened',
      'attempt.failed',
      'exchange.opened',
      'exchange.settled',
    ]);
    const failed = { number: 1, target: 'acme/first', outcome: 'failed', status: 503, error_code: 'upstream_error' };
    expect(await watching.event('attempt.failed')).toMatchObject({ next: 'next_target', attempt: failed });
    const again = await watching.event('exchange.opened', 2);
    expect(again.exchange.attempts).toMatchObject([failed, { number: 2, target: 'ollama/llama3', outcome: null }]);
    expect(exchange).toMatchObject({
      outcome: 'answered',
      attempts: [failed, { number: 2, outcome: 'answered', status: 200 }],
      opened_at: again.exchange.opened_at,
    });
  });

  it('that fails for good: the last failure gives up, the end has the status of the answer', async () => {
    await start();
    upstream.answer = (response) => json(response, { error: { message: 'no' } }, 400);
    const watching = await watchEvents(stage.port);
    const { status } = await chat('acme/m').answer;
    const { exchange } = await watching.event('exchange.settled');
    expect(watching.types()).toEqual(['snapshot', 'exchange.opened', 'attempt.failed', 'exchange.settled']);
    expect(await watching.event('attempt.failed')).toMatchObject({ next: 'give_up' });
    expect(exchange).toMatchObject({ outcome: 'failed', status, error_code: 'upstream_error', cost_usd: null });
  });

  it('that breaks after it began: the client got no status for that', async () => {
    await start();
    upstream.answer = (response) => eventStream(response, DELTA);
    const watching = await watchEvents(stage.port);
    await chat('acme/m', { stream: true }).answer;
    const { exchange } = await watching.event('exchange.settled');
    expect(exchange).toMatchObject({ outcome: 'failed', status: null, error_code: 'upstream_stream_truncated' });
    expect(watching.types().slice(1)).toEqual([
      'exchange.opened',
      'exchange.first_token',
      'attempt.failed',
      'exchange.settled',
    ]);
  });

  it('refused: nothing but its end', async () => {
    await start();
    const watching = await watchEvents(stage.port);
    await chat('nothing-of-that-name').answer;
    await post(stage.port, { messages: [] }).answer;
    await watching.event('exchange.settled', 2);
    expect(watching.types()).toEqual(['snapshot', 'exchange.settled', 'exchange.settled']);
    const [, first, second] = watching.events;
    expect(first).toMatchObject({
      exchange: { outcome: 'refused', status: 404, error_code: 'model_not_found', attempts: [], route: '' },
    });
    expect(second).toMatchObject({
      exchange: { outcome: 'refused', status: 400, error_code: 'missing_field', requested_model: null },
    });
  });

  it('left by its client', async () => {
    await start();
    upstream.answer = (response) => void response.writeHead(200, { 'content-type': 'text/event-stream' }).write(DELTA);
    const watching = await watchEvents(stage.port);
    const { request } = chat('acme/m', { stream: true });
    request.on('error', () => undefined);
    await watching.event('exchange.first_token');
    request.destroy();
    const { exchange } = await watching.event('exchange.settled');
    expect(exchange).toMatchObject({ outcome: 'client_left', status: null, error_code: null });
    expect(watching.types()).not.toContain('attempt.failed');
  });

  it('whose tokens had to be counted: settled once they are', async () => {
    let counted: (counts: { inputTokens: number; outputTokens: number }) => void = () => undefined;
    await start({}, { estimateTokens: () => new Promise((resolve) => (counted = resolve)) });
    upstream.answer = (response) => eventStream(response, DELTA + FINISH + DONE);
    const watching = await watchEvents(stage.port);
    await chat('acme/m', { stream: true }).answer;
    await chat('demo/echo').answer;
    const other = await watching.event('exchange.settled');
    expect(other.exchange.requested_model).toBe('demo/echo');
    expect((await (await watchEvents(stage.port)).event('snapshot')).in_flight).toHaveLength(1);
    counted({ inputTokens: 7, outputTokens: 3 });
    const { exchange } = await watching.event('exchange.settled', 2);
    expect(exchange).toMatchObject({
      requested_model: 'acme/m',
      usage: { input_tokens: 7, output_tokens: 3, estimated: true },
      cost_usd: '0.000000000023',
    });
  });
});

describe('progress', () => {
  it('tells how much has come, only when more has, and a cost where there is a price', async () => {
    await start({ progressMs: 10 });
    let send: (text: string) => void = () => undefined;
    upstream.answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      send = (text) => void response.write(text);
      send(DELTA + DELTA);
    };
    const watching = await watchEvents(stage.port);
    const { answer } = chat('acme/m', { stream: true });
    const told = await watching.event('exchange.progress');
    const { exchange } = (await watching.event('exchange.opened')).exchange;
    expect(told).toMatchObject({ exchange, number: 1 });
    // Pieces of one write may have come apart.
    await watching.until(() =>
      watching.events.some((event) => event.type === 'exchange.progress' && event.output_tokens === 2),
    );
    send(DELTA);
    await watching.until(() =>
      watching.events.some((event) => event.type === 'exchange.progress' && event.output_tokens === 3),
    );
    const late = await watchEvents(stage.port);
    const [inFlight] = (await late.event('snapshot')).in_flight;
    expect(inFlight).toMatchObject({ exchange, usage: { output_tokens: 3, estimated: true } });
    expect(inFlight?.cost_usd).toMatch(/^0\.0+\d+$/);
    send(FINISH + DONE);
    upstream.calls[0]?.socket.end();
    await answer;
    await watching.event('exchange.settled');
    const counts = watching.events.flatMap((event) => (event.type === 'exchange.progress' ? event.output_tokens : []));
    expect(counts).toEqual([...new Set(counts)].sort((a, b) => a - b));
  });
});

describe('an exchange that began before anybody watched', () => {
  it('is in the snapshot with the attempts it has had, and its end is told', async () => {
    await start();
    upstream.answer = (response, call) => {
      if (call.body.includes('first')) json(response, { error: { message: 'down' } }, 503);
      else response.writeHead(200, { 'content-type': 'text/event-stream' }).write(DELTA);
    };
    const { answer } = chat('either', { stream: true });
    await upstream.called(2);
    const watching = await watchEvents(stage.port);
    const [inFlight] = (await watching.event('snapshot')).in_flight;
    expect(inFlight?.attempts).toMatchObject([
      { number: 1, outcome: 'failed' },
      { number: 2, outcome: null },
    ]);
    upstream.calls[1]?.socket.end();
    await answer;
    const { exchange } = await watching.event('exchange.settled');
    expect(exchange).toMatchObject({ exchange: inFlight?.exchange, attempts: [{ number: 1 }, { number: 2 }] });
  });
});

describe('an exchange whose tokens are being counted when somebody begins to watch', () => {
  it('has its attempt in the snapshot and at its end, and the time of its answer is not that of the count', async () => {
    let counted: (counts: { inputTokens: number; outputTokens: number }) => void = () => undefined;
    await start({}, { estimateTokens: () => new Promise((resolve) => (counted = resolve)) });
    upstream.answer = (response) => eventStream(response, DELTA + FINISH + DONE);
    await chat('acme/m', { stream: true }).answer;
    const answeredAt = Date.now();
    const watching = await watchEvents(stage.port);
    const [inFlight] = (await watching.event('snapshot')).in_flight;
    expect(inFlight?.attempts).toMatchObject([{ number: 1, outcome: 'answered' }]);
    while (Date.now() <= answeredAt) await new Promise((resolve) => setImmediate(resolve));
    counted({ inputTokens: 7, outputTokens: 3 });
    const { exchange } = await watching.event('exchange.settled');
    expect(exchange.attempts).toMatchObject([{ number: 1, outcome: 'answered', target: 'acme/m' }]);
    expect(exchange.ended_at).toBeLessThanOrEqual(answeredAt);
    expect(exchange.settled_at).toBeGreaterThan(answeredAt);
  });
});

describe('what no event holds', () => {
  it('is a prompt, an answer, a credential, a header or what an upstream says', async () => {
    const secret = 'SENTINEL-4711';
    await start(
      { progressMs: 5 },
      {},
      {
        providers: [
          routedProvider(
            cloudEndpoint('acme', { apiBase: `${upstream.origin}/v1`, credential: new Secret(`key-${secret}`) }),
            [],
          ),
        ],
      },
    );
    const watching = await watchEvents(stage.port);
    const body = { messages: [{ role: 'user', content: secret }], user: secret };
    const headers = { authorization: `Bearer ${secret}`, 'x-custom': secret, 'user-agent': secret };
    const send = (model: string, stream = false) => post(stage.port, { model, stream, ...body }, { headers }).answer;
    const head = { 'x-request-id': secret, 'x-ratelimit-limit': secret };
    upstream.answer = (response) =>
      json(
        response,
        { ...COMPLETION, id: secret, model: secret, choices: [{ message: { content: secret } }] },
        200,
        head,
      );
    await send('acme/m');
    upstream.answer = (response) => eventStream(response, DELTA.replaceAll('hi', secret) + FINISH + DONE);
    await send('acme/m', true);
    upstream.answer = (response) =>
      json(response, { error: { message: secret, type: secret, code: secret } }, 500, head);
    await send('either');
    upstream.answer = (response) => eventStream(response, `${DELTA}data: {"error":{"message":"${secret}"}}\n\n`);
    await send('acme/m', true);
    await watching.event('exchange.settled', 4);
    expect(watching.text()).toContain('attempt.failed');
    expect(watching.text()).not.toContain('SENTINEL');
  });
});

describe('the stream', () => {
  it('begins with retry and a snapshot, counts its ids up, and says the same to all', async () => {
    await start();
    const first = await watchEvents(stage.port);
    await first.event('snapshot');
    stage.feed.publish({ type: 'server.changed', server: SERVER });
    stage.feed.publish({ type: 'profile.changed', profile: 'prod', before: 'dev' });
    await first.event('profile.changed');
    const second = await watchEvents(stage.port, { 'last-event-id': '1' });
    await second.event('snapshot');
    stage.feed.publish({ type: 'config.rejected', problem: 'no' });
    await Promise.all([first.event('config.rejected'), second.event('config.rejected')]);
    expect(first.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    expect(first.text().startsWith('retry: 1000\n\nid: 0\nevent: snapshot\ndata: {"v":1,')).toBe(true);
    expect(first.types()).toEqual(['snapshot', 'server.changed', 'profile.changed', 'config.rejected']);
    expect(first.ids).toEqual([0, 1, 2, 3]);
    expect(second.types()).toEqual(['snapshot', 'config.rejected']);
    expect(second.ids).toEqual([2, 3]);
  });

  it('is kept alive by a comment', async () => {
    await start({ heartbeatMs: 5 });
    const watching = await watchEvents(stage.port);
    await watching.until(() => watching.text().endsWith('\n\n:\n\n'));
    expect(watching.types()).toEqual(['snapshot']);
  });

  it('is ended when the feed is closed, and none begins any more', async () => {
    await start();
    const watching = await watchEvents(stage.port);
    stage.feed.publish({ type: 'config.rejected', problem: null });
    stage.feed.close();
    await watching.ended;
    expect(watching.types()).toEqual(['snapshot', 'config.rejected']);
    expect(stage.feed.watched).toBe(false);
    expect((await watchEvents(stage.port)).status).toBe(503);
  });

  it('answers HEAD without becoming a watcher', async () => {
    await start();
    const request = http.request({ host: '127.0.0.1', port: stage.port, method: 'HEAD', agent: false }).end();
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    expect([response.statusCode, response.headers['content-type']]).toEqual([200, 'text/event-stream; charset=utf-8']);
    expect(stage.feed.watcherCount()).toBe(0);
  });

  it('is for so many and no more; whoever leaves makes room', async () => {
    await start({ watchers: 2 });
    const first = await watchEvents(stage.port);
    await watchEvents(stage.port);
    expect((await watchEvents(stage.port)).status).toBe(503);
    first.leave();
    const [stream] = stage.streams;
    if (stream?.destroyed === false) await once(stream, 'close');
    expect(stage.feed.watcherCount()).toBe(1);
    expect((await watchEvents(stage.port)).status).toBe(200);
    expect(stage.feed.watched).toBe(true);
  });

  it('counts events that are too many for one turn as left out for everybody', async () => {
    await start({ queuedEvents: 10 });
    const watching = await watchEvents(stage.port);
    await watching.event('snapshot');
    for (let count = 0; count < 25; count++) stage.feed.publish({ type: 'server.changed', server: SERVER });
    expect(await watching.event('dropped')).toMatchObject({ count: 25 });
    await watching.event('snapshot', 2);
    expect(watching.types()).toEqual(['snapshot', 'dropped', 'snapshot']);
  });
});

describe('more exchanges than anybody can follow', () => {
  it('are left out and counted, and then comes how everything is', async () => {
    await start({ eventsInWindow: 5, windowMs: 20 });
    const watching = await watchEvents(stage.port);
    const answers = await Promise.all(Array.from({ length: 20 }, () => chat('demo/echo').answer));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    const told = (): number =>
      watching.events.reduce((sum, event) => {
        if (event.type === 'snapshot') return sum;
        return sum + (event.type === 'dropped' ? event.count : 1);
      }, 0);
    await watching.until(() => told() >= 40);
    await watching.until(() => watching.types().at(-1) !== 'dropped');
    expect(told()).toBe(40);
    expect(watching.types()).toContain('dropped');
    for (const [index, type] of watching.types().entries()) {
      if (type === 'dropped') expect(watching.types()[index + 1]).toBe('snapshot');
    }
  });
});

describe('a watcher that does not read', () => {
  it('loses events, which are counted; nobody waits for it and nothing piles up', { timeout: 60_000 }, async () => {
    const waitingBytes = 64 * 1024;
    await start({ waitingBytes });
    const socket = net.connect(stage.port, '127.0.0.1');
    socket.pause();
    socket.write('GET /llmgw/events HTTP/1.1\r\nhost: x\r\n\r\n');
    while (stage.feed.watcherCount() === 0) await new Promise((resolve) => setImmediate(resolve));
    const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });
    const message = { model: 'demo/echo', messages: [{ role: 'user', content: 'hello' }] };
    let mostWaiting = 0;
    let answered = 0;
    for (let round = 0; round < 100; round++) {
      for (let count = 0; count < 180; count++) stage.feed.publish({ type: 'server.changed', server: SERVER });
      const answers = Array.from({ length: 10 }, () => post(stage.port, message, { agent }).answer);
      answered += (await Promise.all(answers)).filter(({ status }) => status === 200).length;
      mostWaiting = Math.max(mostWaiting, stage.streams[0]?.writableLength ?? 0);
    }
    agent.destroy();
    expect(answered).toBe(1_000);
    expect(mostWaiting).toBeLessThanOrEqual(waitingBytes + 16 * 1024);

    let text = '';
    socket.setEncoding('utf8').on('data', (part: string) => (text += part));
    socket.resume();
    const names = (): (string | undefined)[] => [...text.matchAll(/^event: (.*)$/gm)].map(([, name]) => name);
    const dropped = (): number =>
      [...text.matchAll(/"type":"dropped","count":(\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0);
    const own = ['snapshot', 'dropped', 'config.rejected'];
    const told = (): number => names().filter((name) => !own.includes(name ?? '')).length + dropped();
    // What it has missed comes in several steps, as it reads. Once it knows of all, it is told what happens next.
    await expect.poll(() => (told() === 20_000 ? names().at(-1) : told()), { timeout: 20_000 }).toBe('snapshot');
    stage.feed.publish({ type: 'config.rejected', problem: null });
    await expect.poll(() => names().at(-1), { timeout: 20_000 }).toBe('config.rejected');
    socket.destroy();
    expect(told()).toBe(20_000);
    for (const [index, name] of names().entries()) if (name === 'dropped') expect(names()[index + 1]).toBe('snapshot');
    expect(dropped()).toBeGreaterThan(0);
  });
});
