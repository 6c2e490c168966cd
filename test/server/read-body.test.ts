import net from 'node:net';
import { once } from 'node:events';
import zlib from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KEY, startTestServer } from '../helpers/test-server.ts';
import type { Answer, TestServer } from '../helpers/test-server.ts';

const LIMIT = 64 * 1024;
/** Whole and good, of a model that nobody has: the answer of a body that was read is 404. */
const BODY = JSON.stringify({ model: 'nope', messages: [] });
const READ = { status: 404, code: 'model_not_found' };

let server: TestServer;
beforeEach(async () => {
  server = await startTestServer({ maxRequestBytes: LIMIT, requestTimeoutMs: 1_000 });
});
afterEach(() => server.close());

async function post(
  body: string | Buffer,
  headers: Record<string, string> = {},
): Promise<{ status: number; code: unknown }> {
  return outcome(
    await server.ask({
      method: 'POST',
      path: '/v1/chat/completions',
      body,
      headers: { authorization: `Bearer ${KEY}`, ...headers },
    }),
  );
}

function outcome({ status, json }: Answer): { status: number; code: unknown } {
  return { status, code: (json as { error?: { code?: unknown } } | null)?.error?.code };
}

describe('a body', () => {
  it.each<[string, (body: string) => Buffer]>([
    ['identity', (body) => Buffer.from(body)],
    ['gzip', zlib.gzipSync],
    ['x-gzip', zlib.gzipSync],
    ['GZIP', zlib.gzipSync],
    ['deflate', zlib.deflateSync],
    ['br', zlib.brotliCompressSync],
  ])('may be compressed: %s', async (encoding, compress) => {
    expect(await post(compress(BODY), { 'content-encoding': encoding })).toEqual(READ);
  });

  it.each(['compress', 'gzip, br', 'identity, gzip', 'constructor', '__proto__', 'aes128gcm'])(
    'compressed as %s is 415',
    async (encoding) => {
      expect(await post(BODY, { 'content-encoding': encoding })).toEqual({
        status: 415,
        code: 'unsupported_content_encoding',
      });
    },
  );

  it.each(['gzip', 'deflate', 'br'])('that is no %s, or half of it, is 400', async (encoding) => {
    const refused = { status: 400, code: 'invalid_content_encoding' };
    expect(await post(BODY, { 'content-encoding': encoding })).toEqual(refused);
    expect(await post('', { 'content-encoding': encoding })).toEqual(refused);
    if (encoding === 'gzip')
      expect(await post(zlib.gzipSync(BODY).subarray(0, -9), { 'content-encoding': encoding })).toEqual(refused);
  });

  it('may be as large as the limit, and no larger', async () => {
    const padded = (size: number): string => BODY + ' '.repeat(size - BODY.length);
    expect(await post(padded(LIMIT))).toEqual(READ);
    expect(await post(padded(LIMIT + 1))).toEqual({ status: 413, code: 'request_too_large' });
    expect(await post(padded(LIMIT), { 'transfer-encoding': 'chunked' })).toEqual(READ);
    expect(await post(padded(LIMIT + 1), { 'transfer-encoding': 'chunked' })).toEqual({
      status: 413,
      code: 'request_too_large',
    });
  });

  it.each<[string, (body: string) => Buffer]>([
    ['gzip', zlib.gzipSync],
    ['br', zlib.brotliCompressSync],
    ['deflate', zlib.deflateSync],
  ])('that unpacks to more than the limit is 413 (%s)', async (encoding, compress) => {
    const bomb = compress(' '.repeat(20 * 1024 * 1024));
    expect(bomb.length).toBeLessThan(LIMIT);
    expect(await post(bomb, { 'content-encoding': encoding })).toEqual({ status: 413, code: 'request_too_large' });
  });

  it('is in an error not quoted', async () => {
    const { text } = await server.ask({
      method: 'POST',
      path: '/v1/chat/completions',
      body: '{"messages": my secret',
      headers: { authorization: `Bearer ${KEY}` },
    });
    expect(text).toContain('invalid_json');
    expect(text).not.toContain('secret');
  });
});

/** Sends a head, then a piece of a body again and again; everything that came back until the connection was closed. */
async function flood(head: string, piece: string, pieces: number): Promise<string> {
  const socket = net.connect(server.server.port, '127.0.0.1');
  let received = '';
  // A reset in the middle of sending is what a client sees that does not get the answer.
  socket.on('error', () => undefined);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write(head);
  for (let sent = 0; sent < pieces && socket.writable; sent++) {
    if (!socket.write(piece)) await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), closed]);
  }
  // Many clients read only when they have sent everything.
  socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
  if (socket.writable) socket.end();
  await closed;
  return received;
}

const head = (more: string): string =>
  `POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${more}\r\n\r\n`;
const AUTHORISED = `Authorization: Bearer ${KEY}\r\n`;

describe('a client that is still sending', () => {
  const MANY = 20 * 1024 * 1024;

  const PIECE = ' '.repeat(MANY / 320);
  const LENGTH = `Content-Length: ${MANY}`;

  it('sees the 413 of what it announced', async () => {
    expect(await flood(head(AUTHORISED + LENGTH), PIECE, 320)).toMatch(/^HTTP\/1\.1 413 .*"request_too_large"/s);
  });

  it('sees the 413 of what was counted', async () => {
    const chunk = `${PIECE.length.toString(16)}\r\n${PIECE}\r\n`;
    const start = head(`${AUTHORISED}Transfer-Encoding: chunked`);
    expect(await flood(start, chunk, 320)).toMatch(/^HTTP\/1\.1 413 .*"request_too_large"/s);
  });

  it('sees the 401 of a missing key', async () => {
    expect(await flood(head(LENGTH), PIECE, 320)).toMatch(/^HTTP\/1\.1 401 .*"invalid_api_key"/s);
  });

  it('sees the 403 of a foreign host', async () => {
    const strange = head(LENGTH).replace('Host: localhost', 'Host: evil.com');
    expect(await flood(strange, PIECE, 320)).toMatch(/^HTTP\/1\.1 403 .*"host_not_allowed"/s);
  });

  it('and sends its whole body can go on with the same connection', async () => {
    const length = `Content-Length: ${PIECE.length}`;
    const again = `GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`;
    const received = await flood(head(`${AUTHORISED}Content-Encoding: x\r\n${length}`), PIECE + again, 1);
    expect(received.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 415', 'HTTP/1.1 200']);
  });
});

describe('a client that is slow', () => {
  async function stall(text: string): Promise<string> {
    const socket = net.connect(server.server.port, '127.0.0.1');
    let received = '';
    socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
    socket.on('error', () => undefined);
    socket.write(text);
    await once(socket, 'close');
    return received;
  }

  it('gets a 408 in OpenAI’s shape when its body does not arrive in time', async () => {
    const answer = await stall(`${head(`${AUTHORISED}Content-Length: 100`)}{"model":`);
    expect(answer).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toMatchObject({
      error: { code: 'request_timeout', type: 'invalid_request_error' },
    });
  });

  it('gets it too when its headers do not', async () => {
    expect(await stall('POST /v1/chat/completions HTTP/1.1\r\nHost: local')).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('that leaves in the middle of its body leaves nothing behind', async () => {
    const socket = net.connect(server.server.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write(`${head(`${AUTHORISED}Content-Length: 100`)}{"model":`, () => socket.resetAndDestroy());
    await once(socket, 'close');
    expect(await post(BODY)).toEqual(READ);
    expect(server.server.inFlight()).toBe(0);
    expect(server.ledger.rows).toHaveLength(1);
    expect(server.errors).toEqual([]);
  });
});
