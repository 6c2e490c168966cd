import net from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProbeRequest } from '../../src/canonical/probe.ts';
import { createProber } from '../../src/upstream/probe.ts';
import type { Prober } from '../../src/upstream/probe.ts';
import { freePort, json, startUpstreamServer } from '../helpers/upstream-server.ts';
import type { UpstreamServer } from '../helpers/upstream-server.ts';

let prober: Prober;
let server: UpstreamServer;
beforeEach(async () => {
  prober = createProber();
  server = await startUpstreamServer((response) => json(response, { ok: true }, 200, { 'x-many': ['a', 'b'] }));
});
afterEach(async () => {
  await prober.close();
  await server.close();
});

function ask(url: string, more: Partial<ProbeRequest> = {}): ReturnType<Prober['probe']> {
  return prober.probe({ url, connectTimeoutMs: 1_000, answerTimeoutMs: 2_000, maxBytes: 1_000, ...more });
}

describe('a probe', () => {
  it('gives status, headers and text', async () => {
    expect(await ask(`${server.origin}/x`)).toMatchObject({
      status: 200,
      body: '{"ok":true}',
      headers: { 'x-many': 'a, b' },
    });
    expect(server.calls[0]).toMatchObject({ method: 'GET', url: '/x' });
  });

  it('posts', async () => {
    await ask(`${server.origin}/x`, {
      method: 'POST',
      body: '{"a":1}',
      headers: { 'content-type': 'application/json' },
    });
    expect(server.calls[0]).toMatchObject({ method: 'POST', body: Buffer.from('{"a":1}') });
  });

  it('keeps no connection: a server that went away is seen at once', async () => {
    await ask(server.origin);
    await server.calls[0]?.gone;
    await ask(server.origin);
    expect(server.calls[0]?.socket === server.calls[1]?.socket).toBe(false);
  });

  it('follows no redirect', async () => {
    server.answer = (response) => response.writeHead(302, { location: '/y' }).end();
    expect(await ask(`${server.origin}/x`)).toMatchObject({ status: 302 });
    expect(server.calls).toHaveLength(1);
  });

  it('tells a refused connection from a silent server', async () => {
    expect(await ask(`http://127.0.0.1:${await freePort()}`)).toBe('refused');
    server.answer = () => undefined;
    expect(await ask(server.origin, { connectTimeoutMs: 50, answerTimeoutMs: 50 })).toBe('timeout');
  });

  it('stops at too large an answer and on a signal', async () => {
    server.answer = (response) => response.end('x'.repeat(2_000));
    expect(await ask(server.origin)).toBe('too_large');
    server.answer = () => undefined;
    const controller = new AbortController();
    const asked = ask(server.origin, { signal: controller.signal });
    await server.called(2);
    controller.abort();
    expect(await asked).toBe('aborted');
  });

  it('knows what is not HTTP, and plain HTTP where TLS was expected', async () => {
    const raw = net.createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end('220 mail.example ESMTP\r\n'));
    });
    raw.listen(0, '127.0.0.1');
    await once(raw, 'listening');
    expect(await ask(`http://127.0.0.1:${(raw.address() as net.AddressInfo).port}`)).toBe('not_http');
    raw.close();
    expect(await ask(server.origin.replace('http:', 'https:'))).toBe('tls');
  });
});
