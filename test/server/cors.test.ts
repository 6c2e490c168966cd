import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KEY, startTestServer } from '../helpers/test-server.ts';
import type { TestServer } from '../helpers/test-server.ts';

let server: TestServer;
beforeEach(async () => {
  server = await startTestServer();
});
afterEach(() => server.close());

const PAGE = 'http://localhost:3000';

describe('a preflight', () => {
  const ask = (headers: Record<string, string>, path = '/v1/chat/completions') =>
    server.ask({
      method: 'OPTIONS',
      path,
      headers: { origin: PAGE, 'access-control-request-method': 'POST', ...headers },
    });

  it('needs no key and allows exactly what was asked for and may be sent', async () => {
    const headers =
      'authorization, content-type,x-stainless-lang , X-Stainless-Retry-Count,anthropic-version,x-api-key,cookie,x-evil';
    const answer = await ask({ 'access-control-request-headers': headers });
    expect(answer.status).toBe(204);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': PAGE,
      'access-control-allow-headers':
        'authorization, content-type, x-stainless-lang, x-stainless-retry-count, anthropic-version, x-api-key',
      vary: 'Origin',
    });
    expect(answer.headers['access-control-allow-methods']).toContain('POST');
    expect(answer.headers).not.toHaveProperty('access-control-allow-credentials');
    expect(answer.headers).not.toHaveProperty('access-control-allow-private-network');
  });

  it('of an editor is answered, and about the private network when asked', async () => {
    const answer = await ask({
      origin: 'vscode-webview://abc',
      'access-control-request-private-network': 'true',
      'sec-fetch-site': 'cross-site',
    });
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': 'vscode-webview://abc',
      'access-control-allow-private-network': 'true',
    });
  });

  it.each(['https://evil.com', 'null', 'http://localhost.evil.com'])(
    'of %s is refused without a word that a browser would take',
    async (origin) => {
      const answer = await ask({ origin });
      expect(answer.status).toBe(403);
      expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    },
  );

  it('is refused to every page under `auth: open`', async () => {
    await server.close();
    server = await startTestServer({ auth: 'open' });
    const answer = await ask({});
    expect(answer.status).toBe(403);
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
  });

  it('is none without an Origin', async () => {
    expect((await server.ask({ method: 'OPTIONS', path: '/v1/models' })).status).toBe(404);
  });
});

describe('an answer', () => {
  const body = JSON.stringify({ model: 'nope', messages: [] });

  it('may be read by an allowed page, errors and streams too', async () => {
    const headers = { origin: PAGE, authorization: `Bearer ${KEY}` };
    for (const path of ['/v1/models', '/health', '/nowhere']) {
      expect((await server.ask({ path, headers })).headers['access-control-allow-origin']).toBe(PAGE);
    }
    const refused = await server.ask({ method: 'POST', path: '/v1/chat/completions', headers, body });
    expect(refused.status).toBe(404);
    expect(refused.headers['access-control-allow-origin']).toBe(PAGE);
    expect(refused.headers['access-control-expose-headers']).toContain('x-llmgw-request-id');
    const keyless = await server.ask({ method: 'POST', path: '/v1/chat/completions', headers: { origin: PAGE }, body });
    expect(keyless.status).toBe(401);
    expect(keyless.headers['access-control-allow-origin']).toBe(PAGE);
  });

  it('has no CORS headers without an Origin', async () => {
    const answer = await server.ask({ path: '/health' });
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });
});
