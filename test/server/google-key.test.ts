import { afterEach, describe, expect, it } from 'vitest';
import { cloudEndpoint, routedProvider } from '../helpers/routes.ts';
import { KEY, startTestServer } from '../helpers/test-server.ts';
import type { TestServer } from '../helpers/test-server.ts';
import { json, startUpstreamServer } from '../helpers/upstream-server.ts';
import type { UpstreamServer } from '../helpers/upstream-server.ts';

let upstream: UpstreamServer;
let gateway: TestServer;

async function start(): Promise<void> {
  upstream = await startUpstreamServer((response) =>
    json(response, { candidates: [{ content: { parts: [{ text: 'Hello.' }] }, finishReason: 'STOP' }] }),
  );
  const google = cloudEndpoint('google', { dialect: 'gemini', apiBase: `${upstream.origin}/v1beta` });
  gateway = await startTestServer({}, { providers: [routedProvider(google, ['flash'])] });
}

afterEach(async () => {
  await gateway.close();
  await upstream.close();
});

const BODY = '{"contents":[{"role":"user","parts":[{"text":"Hi"}]}]}';

describe("a key in the address, as Google's clients may send it", () => {
  it.each(['v1beta', 'v1alpha', 'v1', 'dev/v1beta'])('lets in at /%s, and goes no further', async (version) => {
    await start();
    const path = `/${version}/models/google/flash:generateContent?key=${KEY}&alt=json`;
    const headers = { 'content-type': 'application/json' };
    const { status } = await gateway.ask({ method: 'POST', path, headers, body: BODY });
    expect(status).toBe(200);
    const [call] = upstream.calls;
    expect(call?.url).toBe('/v1beta/models/flash:generateContent');
    expect(JSON.stringify(call?.rawHeaders)).not.toContain(KEY);
    await gateway.ledger.settled(1);
    expect(gateway.ledger.rows[0]?.opening.keyId).toBe('k1');
    expect(JSON.stringify(gateway.ledger.rows)).not.toContain(KEY);
  });

  it.each(['/v1beta/models', '/v1alpha/models', '/v1/models', '/v1beta/models/google/flash'])(
    'lets in at %s',
    async (path) => {
      await start();
      const { status, text } = await gateway.ask({ path: `${path}?pageSize=5&key=${KEY}` });
      expect([status, text]).toEqual([200, expect.stringContaining('models/google/flash')]);
      const wrong = await gateway.ask({ path: `${path}?key=sk-llmgw-wrong` });
      expect([wrong.status, wrong.json]).toMatchObject([401, { error: { status: 'UNAUTHENTICATED' } }]);
    },
  );

  it.each(['/api/tags', '/llmgw/status', '/models', '/v1/responses/x'])('is none at %s', async (path) => {
    await start();
    const { status, text } = await gateway.ask({ path: `${path}?key=${KEY}` });
    expect([401, 404]).toContain(status);
    expect(text).not.toContain(KEY);
  });

  it('is repeated in no error', async () => {
    await start();
    const asked = await Promise.all([
      gateway.ask({ path: `/v1beta/models/nobody?key=${KEY}` }),
      gateway.ask({ method: 'POST', path: `/v1beta/nothing?key=${KEY}` }),
      gateway.ask({ method: 'POST', path: `/v1beta/models/nobody:generateContent?key=${KEY}`, body: BODY }),
    ]);
    for (const { status, text } of asked) {
      expect(status).toBe(404);
      expect(text).not.toContain(KEY);
    }
    expect(gateway.serverErrors).toEqual([]);
  });
});
