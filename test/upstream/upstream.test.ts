import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Endpoint } from '../../src/canonical/target.ts';
import { createUpstream, NO_SECRET_HEADERS } from '../../src/upstream/upstream.ts';
import type { CallControl, CallLimits, OwnLimits, Upstream } from '../../src/upstream/upstream.ts';
import type { Secret } from '../../src/std/secret.ts';
import { cloudEndpoint } from '../helpers/routes.ts';
import { startRawServer } from '../helpers/raw-server.ts';
import { RecordingSink } from '../helpers/sink.ts';
import { freePort, json, startUpstreamServer } from '../helpers/upstream-server.ts';
import type { UpstreamServer } from '../helpers/upstream-server.ts';

const LIMITS: CallLimits = { connectMs: 2_000, firstByteMs: 5_000, idleMs: 5_000, totalMs: 10_000 };
const NO_OWN_LIMITS: OwnLimits = { connectMs: null, firstByteMs: null, idleMs: null, totalMs: null, beginMs: null };

let upstream: Upstream;
let server: UpstreamServer;
const toClose: (() => unknown)[] = [];

beforeEach(async () => {
  upstream = createUpstream(() => LIMITS);
  server = await startUpstreamServer((response) => json(response, { ok: true }));
});
afterEach(async () => {
  await upstream.close();
  await server.close();
  for (const close of toClose.splice(0)) await close();
});

interface SendOptions {
  readonly endpoint?: Partial<Endpoint>;
  readonly fresh?: boolean;
  readonly headers?: readonly string[];
  readonly through?: Upstream;
  readonly secretHeaders?: ReadonlyMap<string, Secret>;
  readonly limits?: Partial<OwnLimits>;
}

function send(origin: string, options: SendOptions = {}): { sink: RecordingSink; control: CallControl } {
  const sink = new RecordingSink();
  const endpoint = cloudEndpoint('acme', { apiBase: `${origin}/v1`, ...options.endpoint });
  const control = (options.through ?? upstream).send(
    {
      endpoint,
      address: endpoint,
      passes: true,
      headers: {},
      secretHeaders: options.secretHeaders ?? NO_SECRET_HEADERS,
      limits: options.limits === undefined ? null : { ...NO_OWN_LIMITS, ...options.limits },
      path: '/chat/completions',
      clientHeaders: options.headers ?? [],
      body: Buffer.from('{"model":"m"}'),
      freshConnection: options.fresh ?? false,
    },
    sink,
  );
  return { sink, control };
}

function limited(limits: Partial<CallLimits>): Upstream {
  const made = createUpstream(() => ({ ...LIMITS, ...limits }));
  toClose.push(() => made.close());
  return made;
}

async function rawServer(onRequest: Parameters<typeof startRawServer>[0]): Promise<string> {
  const raw = await startRawServer(onRequest);
  toClose.push(() => raw.close());
  return raw.origin;
}

const OK = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}';

describe('a call', () => {
  it('posts the bytes below the API base and gives back head, body and end', async () => {
    server.answer = (response) => json(response, { a: 'é' }, 201, { 'x-request-id': 'r1' });
    const { sink } = send(server.origin);
    expect(await sink.ended).toEqual({ kind: 'end' });
    expect(sink.status).toBe(201);
    expect(sink.headers['x-request-id']).toBe('r1');
    expect(sink.text()).toBe('{"a":"é"}');
    expect(server.calls[0]).toMatchObject({ method: 'POST', url: '/v1/chat/completions' });
    expect(server.calls[0]?.body.toString()).toBe('{"model":"m"}');
    expect(server.calls[0]?.headers['content-length']).toBe('13');
    expect(server.calls[0]?.headers.host).toBe(new URL(server.origin).host);
  });

  it('keeps the path of the base, also when it is none', async () => {
    for (const apiBase of [server.origin, `${server.origin}/a/b`])
      await send(server.origin, { endpoint: { apiBase } }).sink.ended;
    expect(server.calls.map(({ url }) => url)).toEqual(['/chat/completions', '/a/b/chat/completions']);
  });

  it("carries the provider's key and none of the client's", async () => {
    const secrets = [
      'Authorization',
      'X-Api-Key',
      'Cookie',
      'Api-Key',
      'X-Goog-Api-Key',
      'X-Forwarded-For',
      'Origin',
      'x-llmgw-x',
    ];
    await send(server.origin, { headers: secrets.flatMap((name) => [name, 'of-the-client']) }).sink.ended;
    const raw = server.calls[0]?.rawHeaders.join('\n') ?? '';
    expect(raw).not.toContain('of-the-client');
    expect(server.calls[0]?.headers.authorization).toBe('Bearer key-of-acme');
    expect(server.calls[0]?.headers['accept-encoding']).toBe('identity');
  });

  it('follows no redirect: its credential stays where it belongs', async () => {
    const elsewhere = await startUpstreamServer((response) => json(response, {}));
    toClose.push(() => elsewhere.close());
    server.answer = (response) =>
      response.writeHead(307, { location: `${elsewhere.origin}/v1/chat/completions` }).end();
    const { sink } = send(server.origin);
    expect(await sink.ended).toEqual({ kind: 'end' });
    expect(sink.status).toBe(307);
    expect(elsewhere.calls).toHaveLength(0);
  });

  it('does not show 1xx answers', async () => {
    const origin = await rawServer((socket) => socket.write(`HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n${OK}`));
    const { sink } = send(origin);
    expect(await sink.ended).toEqual({ kind: 'end' });
    expect(sink.status).toBe(200);
  });
});

describe('failures have names', () => {
  it('connection refused', async () => {
    const end = await send(`http://127.0.0.1:${await freePort()}`, { endpoint: { locality: 'local' } }).sink.ended;
    expect(end).toMatchObject({ kind: 'failure', stale: false, error: { code: 'upstream_refused', status: 503 } });
    expect(end).toHaveProperty('error.hint', expect.stringContaining('Start acme'));
  });

  it('a host that does not exist', async () => {
    const end = await send('http://no-such-host.invalid').sink.ended;
    expect(end).toMatchObject({ error: { code: 'upstream_unknown_host', status: 502 } });
  });

  it('no first byte in time', async () => {
    server.answer = () => undefined;
    const end = await send(server.origin, { through: limited({ firstByteMs: 50 }) }).sink.ended;
    expect(end).toMatchObject({ stale: false, error: { code: 'upstream_first_byte_timeout', status: 504 } });
  });

  it('no first byte in time, over a connection that was kept: the call was heard', async () => {
    const through = limited({ firstByteMs: 100 });
    expect(await send(server.origin, { through }).sink.ended).toEqual({ kind: 'end' });
    // The connection is free for the next call one turn later.
    await new Promise((resolve) => setImmediate(resolve));
    server.answer = () => undefined;
    const end = await send(server.origin, { through }).sink.ended;
    expect(end).toMatchObject({ stale: false, error: { code: 'upstream_first_byte_timeout' } });
  });

  it('no further byte in time', async () => {
    server.answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: 1\n\n');
    };
    const { sink } = send(server.origin, { through: limited({ idleMs: 50 }) });
    expect(await sink.ended).toMatchObject({ stale: false, error: { code: 'upstream_idle_timeout', status: 504 } });
    expect(sink.text()).toBe('data: 1\n\n');
  });

  it('not done in all in time, though bytes keep coming', async () => {
    server.answer = (response) => {
      const timer = setInterval(() => response.write('data: 1\n\n'), 10);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.once('close', () => clearInterval(timer));
    };
    const { sink } = send(server.origin, { through: limited({ totalMs: 120 }) });
    const message = expect.stringMatching(/ took longer than 0\.12 s\.$/) as unknown;
    expect(await sink.ended).toMatchObject({ error: { code: 'upstream_total_timeout', status: 504, message } });
    expect(sink.size()).toBeGreaterThan(0);
    await server.calls[0]?.gone;
  });

  it('half a body', async () => {
    const origin = await rawServer((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"half":'));
    const { sink } = send(origin);
    expect(await sink.ended).toMatchObject({ stale: false, error: { code: 'upstream_reset', status: 502 } });
    expect(sink.text()).toBe('{"half":');
  });

  it.each(['SSH-2.0-OpenSSH_9.2\r\n', 'HTTP/1.1 abc\r\n\r\n', 'HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n'])(
    'something that is not HTTP: %j',
    async (text) => {
      const origin = await rawServer((socket) => socket.end(text));
      expect(await send(origin).sink.ended).toMatchObject({ error: { code: 'upstream_invalid_answer', status: 502 } });
    },
  );

  it('a header that cannot be sent is a failure of this call alone', async () => {
    const { sink } = send(server.origin, { headers: ['X-Odd', 'a\u0001b'] });
    expect(await sink.ended).toMatchObject({ kind: 'failure', stale: false });
    expect(await send(server.origin).sink.ended).toEqual({ kind: 'end' });
  });
});

describe('a reused connection', () => {
  it.each(['resetAndDestroy', 'end', 'destroy'] as const)(
    'closed before any byte (%s) is stale; a fresh one is not',
    async (how) => {
      const origin = await rawServer((socket, count) => {
        if (count === 1) socket.write(OK);
        else socket[how]();
      });
      expect(await send(origin).sink.done()).toEqual({ kind: 'end' });
      expect(await send(origin).sink.done()).toMatchObject({
        kind: 'failure',
        stale: true,
        error: { code: 'upstream_reset' },
      });
    },
  );

  it.each(['resetAndDestroy', 'end', 'destroy'] as const)(
    'that was new when it was closed (%s) is not stale',
    async (how) => {
      const origin = await rawServer((socket) => void socket[how]());
      for (const fresh of [false, true]) {
        expect(await send(origin, { fresh }).sink.done()).toMatchObject({
          kind: 'failure',
          stale: false,
          error: { code: 'upstream_reset' },
        });
      }
    },
  );

  it('closed after a part of the answer is not stale', async () => {
    const origin = await rawServer((socket, count) => {
      if (count === 1) socket.write(OK);
      else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{', () => socket.resetAndDestroy());
    });
    await send(origin).sink.done();
    expect(await send(origin).sink.done()).toMatchObject({ kind: 'failure', stale: false });
  });

  it('is used again, and not for a call that wants a fresh one', async () => {
    for (const fresh of [false, false, true, true])
      expect(await send(server.origin, { fresh }).sink.done()).toEqual({ kind: 'end' });
    const [first, second, third, fourth] = server.calls.map(({ socket }) => socket);
    expect([second === first, third === first, fourth === third, fourth === first]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});

describe('a call with limits of its own', () => {
  const silent: UpstreamServer['answer'] = () => undefined;
  const endless: UpstreamServer['answer'] = (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
  };

  it.each<[string, UpstreamServer['answer'], Partial<OwnLimits>, string]>([
    ['before a first byte', silent, { firstByteMs: 50 }, 'upstream_first_byte_timeout'],
    ['before it begins', silent, { beginMs: 50 }, 'upstream_first_byte_timeout'],
    ['behind a head without a body', endless, { beginMs: 50 }, 'upstream_first_byte_timeout'],
    ['between two pieces', endless, { idleMs: 50 }, 'upstream_idle_timeout'],
    ['in all', endless, { totalMs: 50 }, 'upstream_total_timeout'],
    [
      'in all, where that is less than it may take to begin',
      endless,
      { totalMs: 50, beginMs: 60 },
      'upstream_total_timeout',
    ],
  ])('is ended by them: %s', async (_, answer, limits, code) => {
    server.answer = answer;
    expect(await send(server.origin, { limits }).sink.ended).toMatchObject({ error: { code } });
    await server.calls[0]?.gone;
  });

  it('may go on for all of its time once it has begun', async () => {
    server.answer = (response) => {
      const timer = setInterval(() => response.write('data: 1\n\n'), 10);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.once('close', () => clearInterval(timer));
    };
    const { sink } = send(server.origin, { limits: { beginMs: 150, totalMs: 300 } });
    expect(await sink.ended).toMatchObject({ error: { code: 'upstream_total_timeout' } });
  });

  it('has connections of its own where connecting may take another time, and leaves the others open', async () => {
    for (const limits of [{}, { connectMs: 1_500 }, {}, { connectMs: 1_500 }]) {
      expect(await send(server.origin, { limits }).sink.done()).toEqual({ kind: 'end' });
    }
    const [usual, own, ...later] = server.calls.map(({ socket }) => socket);
    expect(own).not.toBe(usual);
    expect(later).toEqual([usual, own]);
  });
});

describe('a connect timeout that changes', () => {
  it('closes the connections made under the old one when their calls are done, and only then', async () => {
    let limits = LIMITS;
    const changing = createUpstream(() => limits);
    toClose.push(() => changing.close());
    let finish: () => void = () => undefined;
    server.answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: 1\n\n');
      finish = () => void response.end('data: 2\n\n');
    };
    const early = send(server.origin, { through: changing });
    await early.sink.received(9);
    server.answer = (response) => json(response, {});
    expect(await send(server.origin, { through: changing }).sink.ended).toEqual({ kind: 'end' });
    const idleOne = server.calls[1]?.socket;
    limits = { ...LIMITS, connectMs: 1_500 };
    const late = { through: changing };
    expect(await send(server.origin, late).sink.ended).toEqual({ kind: 'end' });
    await closed(idleOne);
    expect(server.calls[0]?.socket.destroyed).toBe(false);
    finish();
    expect(await early.sink.ended).toEqual({ kind: 'end' });
    expect(early.sink.text()).toBe('data: 1\n\ndata: 2\n\n');
    await closed(server.calls[0]?.socket);
    // Those of the new one are kept as before.
    expect(await send(server.origin, late).sink.ended).toEqual({ kind: 'end' });
    expect(server.calls[3]?.socket).toBe(server.calls[2]?.socket);
    expect(server.calls[2]?.socket).not.toBe(idleOne);
  });

  it('leaves nothing behind when all is closed while an old call runs', async () => {
    let limits = LIMITS;
    const changing = createUpstream(() => limits);
    server.answer = (response) => {
      response.writeHead(200);
      response.write('1');
    };
    const early = send(server.origin, { through: changing });
    await early.sink.received(1);
    limits = { ...LIMITS, connectMs: 1_500 };
    const late = send(server.origin, { through: changing });
    await late.sink.received(1);
    await changing.close();
    for (const { sink } of [early, late]) expect(await sink.ended).toMatchObject({ kind: 'failure' });
    for (const { gone } of server.calls) await gone;
  });
});

async function closed(socket: Socket | undefined): Promise<void> {
  if (socket === undefined) throw new Error('there was no such call');
  if (!socket.destroyed) await once(socket, 'close');
}

describe('control', () => {
  it('abort closes the connection, and nothing is told any more', async () => {
    server.answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: 1\n\n');
    };
    const { sink, control } = send(server.origin);
    await sink.received(9);
    control.abort();
    control.abort();
    await server.calls[0]?.gone;
    expect(sink.end).toBeNull();
  });

  it('abort before the connection stands sends nothing', async () => {
    const { sink, control } = send(server.origin);
    control.abort();
    expect(await send(server.origin).sink.ended).toEqual({ kind: 'end' });
    expect(server.calls).toHaveLength(1);
    expect(sink.end).toBeNull();
  });

  it('pause stops the upstream: what it can get rid of is bounded; resume goes on', async () => {
    const size = 64 * 1024 * 1024;
    let written = 0;
    let blocked: () => void = () => undefined;
    const isBlocked = new Promise<void>((resolve) => (blocked = resolve));
    server.answer = (response) => {
      const piece = Buffer.alloc(64 * 1024, 'x');
      response.writeHead(200, { 'content-length': String(size) });
      const write = (): void => {
        while (written < size) {
          written += piece.length;
          if (!response.write(piece, afterWrite)) return;
        }
        response.end();
      };
      let idle: NodeJS.Timeout | undefined;
      // Blocked: for a while no write has got through.
      const afterWrite = (): void => {
        clearTimeout(idle);
        idle = setTimeout(blocked, 200);
      };
      response.on('drain', write);
      write();
    };
    const { sink, control } = send(server.origin);
    await sink.received(1);
    control.pause();
    await isBlocked;
    expect(written).toBeLessThan(size / 2);
    expect(sink.size()).toBeLessThan(size / 2);
    control.resume();
    expect(await sink.ended).toEqual({ kind: 'end' });
    expect(sink.size()).toBe(size);
  });
});
