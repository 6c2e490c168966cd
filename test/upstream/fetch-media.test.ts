import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createMediaFetcher } from '../../src/upstream/fetch-media.ts';
import type { MediaFetcherOptions, MediaLimits } from '../../src/upstream/fetch-media.ts';
import type { LookUp } from '../../src/upstream/guarded-connect.ts';
import { isPublicAddress } from '../../src/upstream/public-address.ts';
import { startRawServer } from '../helpers/raw-server.ts';

const PNG = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.alloc(100, 7)]);
const JPEG = Buffer.concat([Buffer.from('ffd8ffe0', 'hex'), Buffer.alloc(100, 7)]);
const PDF = Buffer.from('%PDF-1.7\nand so on');

const LIMITS: MediaLimits = { maxBytes: 10_000, timeoutMs: 5_000, allowedTypes: ['image/png', 'image/jpeg'] };

interface Asked {
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
}

interface Host {
  readonly port: number;
  readonly origin: string;
  readonly asked: readonly Asked[];
  /** Connections, those without a request included. */
  readonly connections: () => number;
}

type Play = (response: http.ServerResponse, path: string) => void;

/** A server on loopback. */
async function startHost(play: Play): Promise<Host> {
  const asked: Asked[] = [];
  let connections = 0;
  const server = http.createServer(({ url = '', headers }, response) => {
    asked.push({ path: url, headers });
    play(response, url);
  });
  server.on('connection', () => connections++);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { port, origin: `http://127.0.0.1:${port}`, asked, connections: () => connections };
}

/** Sends bytes as if they were of this type. */
const send = (bytes: Buffer, headers: http.OutgoingHttpHeaders = { 'content-type': 'image/png' }): Play => {
  return (response) => {
    response.writeHead(200, headers);
    response.end(bytes);
  };
};

/** What a real fetcher lets in, and this machine's loopback on IPv4. */
const withLoopback = (address: string) => address === '127.0.0.1' || isPublicAddress(address);
const fetchFrom = (url: string, limits: Partial<MediaLimits> = {}, options: MediaFetcherOptions = {}) =>
  createMediaFetcher({ isAllowedAddress: withLoopback, ...options })(url, { ...LIMITS, ...limits });

const namesAre = (names: Readonly<Record<string, readonly string[]>>): LookUp => {
  return (hostname, done) => {
    const found = names[hostname];
    if (found === undefined) done(Object.assign(new Error('not found'), { code: 'ENOTFOUND' }), []);
    else
      done(
        null,
        found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
  };
};

const UNREACHABLE = { kind: 'failed', reason: 'unreachable', problem: 'could not be reached at a public address' };

describe('what is fetched', () => {
  it.each([
    ['image/png', PNG, 'image/png'],
    ['image/jpg', JPEG, 'image/jpeg'],
    ['application/octet-stream', JPEG, 'image/jpeg'],
    [undefined, PNG, 'image/png'],
    // The bytes are what the model has to read.
    ['image/png', JPEG, 'image/jpeg'],
    ['application/pdf', PDF, 'application/pdf'],
  ])('that is called %s is what its bytes are', async (contentType, bytes, mediaType) => {
    const host = await startHost(send(bytes, contentType === undefined ? {} : { 'content-type': contentType }));
    const limits: Partial<MediaLimits> = { allowedTypes: ['image/png', 'image/jpeg', 'application/pdf'] };
    const result = await fetchFrom(`${host.origin}/a?b=c#d`, limits);
    expect(result).toEqual({ kind: 'fetched', mediaType, bytes });
  });

  it('is asked for in few words, none of which tells of the client', async () => {
    const host = await startHost(send(PNG));
    await fetchFrom(`${host.origin}/a?b=c#d`);
    expect(host.asked).toEqual([
      {
        path: '/a?b=c',
        headers: {
          host: `127.0.0.1:${host.port}`,
          connection: 'close',
          accept: 'image/png, image/jpeg',
          'accept-encoding': 'identity',
          'user-agent': expect.stringMatching(/^llmgw\/\d/) as string,
        },
      },
    ]);
  });

  it('goes through no proxy of the environment', async () => {
    const host = await startHost(send(PNG));
    const proxy = await startHost(send(PNG));
    for (const name of ['HTTP_PROXY', 'http_proxy', 'ALL_PROXY']) process.env[name] = proxy.origin;
    onTestFinished(() => {
      for (const name of ['HTTP_PROXY', 'http_proxy', 'ALL_PROXY']) Reflect.deleteProperty(process.env, name);
    });
    expect(await fetchFrom(host.origin)).toMatchObject({ kind: 'fetched' });
    expect(proxy.connections()).toBe(0);
  });

  it('comes from a name with several addresses', async () => {
    const host = await startHost(send(PNG));
    const lookUp = namesAre({ 'images.example': ['127.0.0.1', '127.0.0.1'] });
    expect(await fetchFrom(`http://images.example:${host.port}/`, {}, { lookUp })).toMatchObject({ kind: 'fetched' });
    expect(host.asked[0]?.headers.host).toBe(`images.example:${host.port}`);
  });
});

describe('an address that is not fetched', () => {
  it.each([
    'ftp://example.com/a.png',
    'file:///etc/passwd',
    'gs://bucket/a.png',
    'javascript:alert(1)',
    'not an address',
    '',
    'http://user:pass@example.com/a.png',
    'http://user@example.com/a.png',
    'http://example.com:22/a.png',
    'http://example.com:25/',
    `http://example.com/${'x'.repeat(9_000)}`,
  ])('is %.60s, which says so itself', async (url) => {
    const lookUp: LookUp = () => expect.fail('nothing is looked up');
    expect(await fetchFrom(url, {}, { lookUp })).toMatchObject({ kind: 'failed', reason: 'bad_address' });
  });

  it.each([
    'http://127.0.0.1:PORT/',
    'http://2130706433:PORT/',
    'http://0x7f.1:PORT/',
    'http://0177.0.0.1:PORT/',
    'http://127.1:PORT/',
    'http://127.0.0.1.:PORT/',
    'http://0.0.0.0:PORT/',
    'http://[::1]:PORT/',
    'http://[::ffff:127.0.0.1]:PORT/',
    'http://[64:ff9b::7f00:1]:PORT/',
    'http://localhost:PORT/',
    'http://LOCALHOST:PORT/',
    'http://169.254.169.254/latest/meta-data/',
  ])('is %s, and nobody is connected to', async (url) => {
    const host = await startHost(send(PNG));
    const result = await createMediaFetcher()(url.replace('PORT', `${host.port}`), LIMITS);
    expect(result).toEqual(UNREACHABLE);
    expect(host.connections()).toBe(0);
  });

  it.each([
    ['private', ['10.0.0.1']],
    ['private among public ones', ['93.184.215.14', '192.168.1.1']],
    ['of loopback on IPv6', ['::1']],
    ['of IPv4 in IPv6', ['::ffff:169.254.169.254']],
    ['none', []],
  ])('is a name whose addresses are %s', async (_, addresses) => {
    const lookUp = namesAre({ 'images.example': addresses });
    expect(await fetchFrom('http://images.example/', {}, { lookUp })).toEqual(UNREACHABLE);
  });

  it('tells nothing of the network: a refused one, an unknown one and a closed port are the same', async () => {
    const closed = await startRawServer(() => undefined);
    closed.close();
    const lookUp = namesAre({ 'inside.example': ['10.0.0.1'] });
    for (const url of ['http://inside.example/', 'http://unknown.example/', 'http://10.0.0.1/', `${closed.origin}/`]) {
      expect(await fetchFrom(url, {}, { lookUp })).toEqual(UNREACHABLE);
    }
  });

  it('is one that is public when it is looked at and private when it is connected to', async () => {
    const host = await startHost(send(PNG));
    const answers = [['127.0.0.1'], ['127.0.0.2']];
    let lookUps = 0;
    const lookUp: LookUp = (_, done) => {
      const addresses = answers[lookUps++] ?? [];
      done(
        null,
        addresses.map((address) => ({ address, family: 4 })),
      );
    };
    const fetch = createMediaFetcher({ isAllowedAddress: withLoopback, lookUp });
    // Each fetch asks once, and connects to what it was told then.
    expect(await fetch(`http://rebound.example:${host.port}/`, LIMITS)).toMatchObject({ kind: 'fetched' });
    expect(lookUps).toBe(1);
    expect(await fetch(`http://rebound.example:${host.port}/`, LIMITS)).toEqual(UNREACHABLE);
    expect(host.asked).toHaveLength(1);
  });
});

describe('a redirect', () => {
  const redirectTo = (location: (path: string) => string, status = 302): Play => {
    return (response, path) => {
      if (path.includes('/end')) {
        send(PNG)(response, path);
        return;
      }
      response.writeHead(status, { location: location(path) });
      response.end('moved');
    };
  };

  it.each([301, 302, 303, 307, 308])(
    'with status %d is followed, with its path from where it stands',
    async (status) => {
      const host = await startHost(redirectTo(() => '../end?x=1', status));
      expect(await fetchFrom(`${host.origin}/a/b/c`)).toMatchObject({ kind: 'fetched' });
      expect(host.asked.map(({ path }) => path)).toEqual(['/a/b/c', '/a/end?x=1']);
    },
  );

  it('is followed three times and no more', async () => {
    const host = await startHost(redirectTo((path) => (path === '/1' ? '/end' : `/${Number(path.slice(1)) - 1}`)));
    expect(await fetchFrom(`${host.origin}/3`)).toMatchObject({ kind: 'fetched' });
    expect(await fetchFrom(`${host.origin}/4`)).toMatchObject({ kind: 'failed', reason: 'too_many_redirects' });
    expect(host.asked).toHaveLength(8);
  });

  it.each([
    ['a private address', 'http://10.0.0.1/'],
    ['a private address of IPv6', 'http://[fd00::1]/'],
    ['the metadata of a cloud', 'http://169.254.169.254/latest/'],
    ['a private name', 'http://inside.example/'],
  ])('to %s is refused', async (_, location) => {
    const host = await startHost(redirectTo(() => location));
    const lookUp = namesAre({ 'inside.example': ['192.168.0.1'] });
    expect(await fetchFrom(`${host.origin}/`, {}, { lookUp })).toEqual(UNREACHABLE);
  });

  it('to another server of this machine is not even connected to', async () => {
    const inner = await startHost(send(PNG));
    const host = await startHost(redirectTo(() => `http://127.0.0.2:${inner.port}/`));
    expect(await fetchFrom(host.origin)).toEqual(UNREACHABLE);
    expect(inner.connections()).toBe(0);
  });

  it.each([
    ['to another scheme', 'file:///etc/passwd', 'bad_address'],
    ['with a password', 'http://a:b@example.com/', 'bad_address'],
    ['to no address', 'http://[', 'bad_status'],
  ])('%s is refused', async (_, location, reason) => {
    const host = await startHost(redirectTo(() => location));
    expect(await fetchFrom(host.origin)).toMatchObject({ kind: 'failed', reason });
  });

  it('that says not where to is a status like others', async () => {
    const host = await startHost((response) => response.writeHead(302).end());
    expect(await fetchFrom(host.origin)).toMatchObject({ reason: 'bad_status', problem: 'answered with status 302' });
  });
});

describe('an answer that is not taken', () => {
  it.each([404, 500, 401, 204, 206, 304])('has status %d', async (status) => {
    const host = await startHost((response) => response.writeHead(status, { 'content-type': 'image/png' }).end());
    expect(await fetchFrom(host.origin)).toMatchObject({
      reason: 'bad_status',
      problem: `answered with status ${status}`,
    });
  });

  it.each([
    ['is a page', 'text/html', Buffer.from('<html>')],
    ['is a picture by its name only', 'image/png', Buffer.from('<html>')],
    ['is an image of a type that is not taken', 'image/svg+xml', Buffer.from('<svg>')],
    ['is another type than those that were asked for', 'application/pdf', PDF],
    ['is another type, and does not say so', 'application/octet-stream', PDF],
    ['is a picture by its bytes only', 'text/html', PNG],
    ['is empty', 'image/png', Buffer.alloc(0)],
  ])('%s', async (_, contentType, bytes) => {
    const host = await startHost(send(bytes, { 'content-type': contentType }));
    const problem = 'is none of image/png, image/jpeg';
    expect(await fetchFrom(host.origin)).toEqual({ kind: 'failed', reason: 'wrong_type', problem });
  });

  it('is compressed: it may hold a thousand times what came', async () => {
    const bomb = gzipSync(Buffer.concat([PNG, Buffer.alloc(50_000_000)]));
    const host = await startHost(send(bomb, { 'content-type': 'image/png', 'content-encoding': 'gzip' }));
    expect(await fetchFrom(host.origin, { maxBytes: 100_000 })).toMatchObject({ reason: 'wrong_type' });
  });

  it('says that it is too large', async () => {
    const host = await startHost((response) => {
      response.writeHead(200, { 'content-type': 'image/png', 'content-length': 10_001 });
      response.write(PNG);
    });
    const problem = 'is larger than 10000 bytes';
    expect(await fetchFrom(host.origin)).toEqual({ kind: 'failed', reason: 'too_large', problem });
  });

  it('turns out to be too large, and is not read on', async () => {
    let written = 0;
    const host = await startHost((response) => {
      response.writeHead(200, { 'content-type': 'image/png' });
      const piece = Buffer.alloc(4_096, 7);
      const more = (): void => {
        for (let room = true; room && written < 500_000_000;) {
          room = response.write(piece);
          written += piece.length;
        }
      };
      response.on('drain', more);
      response.write(PNG);
      more();
    });
    expect(await fetchFrom(host.origin)).toMatchObject({ reason: 'too_large' });
    expect(written).toBeLessThan(50_000_000);
  });

  it('is of just the largest size', async () => {
    const bytes = Buffer.concat([PNG, Buffer.alloc(10_000 - PNG.length)]);
    const host = await startHost(send(bytes));
    expect(await fetchFrom(host.origin)).toMatchObject({ kind: 'fetched' });
  });

  it('is no HTTP', async () => {
    const server = await startRawServer((socket) => socket.end('220 smtp.example ESMTP\r\n'));
    onTestFinished(() => server.close());
    expect(await fetchFrom(server.origin)).toEqual(UNREACHABLE);
  });

  it('breaks off', async () => {
    const head = 'HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: 1000\r\n\r\n';
    const server = await startRawServer((socket) => socket.end(Buffer.concat([Buffer.from(head), PNG])));
    onTestFinished(() => server.close());
    expect(await fetchFrom(server.origin)).toMatchObject({ kind: 'failed' });
  });
});

describe('a fetch that takes too long', () => {
  const drip: Play = (response) => {
    response.writeHead(200, { 'content-type': 'image/png' });
    response.write(PNG);
    const timer = setInterval(() => response.write('x'), 5);
    response.once('close', () => clearInterval(timer));
  };

  it.each<[string, Play]>([
    ['comes drop by drop', drip],
    ['does not begin', () => undefined],
    [
      'stops after its head',
      (response) => {
        response.writeHead(200, { 'content-type': 'image/png' }).flushHeaders();
      },
    ],
  ])('because it %s is ended', async (_, play) => {
    const host = await startHost(play);
    const started = performance.now();
    const result = await fetchFrom(host.origin, { timeoutMs: 200, maxBytes: 1_000_000 });
    expect(result).toEqual({ kind: 'failed', reason: 'timeout', problem: 'did not arrive within 0.2 s' });
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  it('because its name is not resolved is ended', async () => {
    const result = await fetchFrom('http://slow.example/', { timeoutMs: 100 }, { lookUp: () => undefined });
    expect(result).toMatchObject({ reason: 'timeout' });
  });

  it('because it redirects slowly is ended by one clock', async () => {
    const host = await startHost((response, path) => {
      setTimeout(() => response.writeHead(302, { location: `${path}x` }).end(), 120);
    });
    expect(await fetchFrom(`${host.origin}/`, { timeoutMs: 300 })).toMatchObject({ reason: 'timeout' });
  });

  it('is ended when nobody needs it any more', async () => {
    const controller = new AbortController();
    const host = await startHost((response) => {
      drip(response, '');
      controller.abort();
    });
    expect(await fetchFrom(host.origin, { signal: controller.signal })).toMatchObject({ reason: 'aborted' });
    expect(await fetchFrom(host.origin, { signal: controller.signal })).toMatchObject({ reason: 'aborted' });
    expect(host.asked).toHaveLength(1);
  });
});

describe('a name that nobody knows', () => {
  // Node's own lookup gives no list at all then; `.invalid` is reserved for names that are never there (RFC 2606).
  it('fails like any other address that cannot be had', async () => {
    expect(await createMediaFetcher()('https://images.invalid/x.png', LIMITS)).toMatchObject({ kind: 'failed' });
  });
});

describe('many fetches at once', () => {
  it('take turns', async () => {
    let running = 0;
    let most = 0;
    const host = await startHost((response, path) => {
      most = Math.max(most, ++running);
      setTimeout(() => {
        running--;
        send(PNG)(response, path);
      }, 20);
    });
    const fetch = createMediaFetcher({ isAllowedAddress: withLoopback, maxAtOnce: 3 });
    const results = await Promise.all(Array.from({ length: 12 }, () => fetch(host.origin, LIMITS)));
    expect(results.every(({ kind }) => kind === 'fetched')).toBe(true);
    expect(most).toBe(3);
  });

  it('are not all kept waiting, and none that waits is forgotten', async () => {
    const host = await startHost(() => undefined);
    const fetch = createMediaFetcher({ isAllowedAddress: withLoopback, maxAtOnce: 1 });
    const all = Array.from({ length: 70 }, () => fetch(host.origin, { ...LIMITS, timeoutMs: 300 }));
    const reasons = (await Promise.all(all)).map((result) => (result.kind === 'failed' ? result.reason : 'fetched'));
    expect(reasons.filter((reason) => reason === 'busy')).toHaveLength(5);
    expect(reasons.filter((reason) => reason === 'timeout')).toHaveLength(65);
    const after = await startHost(send(PNG));
    expect(await fetch(after.origin, LIMITS)).toMatchObject({ kind: 'fetched' });
  });
});
