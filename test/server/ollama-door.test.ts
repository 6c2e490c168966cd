import { Ollama } from 'ollama';
import { afterEach, describe, expect, it } from 'vitest';
import { OllamaDoorFailure } from '../../src/server/server.ts';
import { modelServer, servedModel } from '../helpers/routes.ts';
import { ask, BOUND_KEY, KEY, startTestServer } from '../helpers/test-server.ts';
import type { Answer, Question, TestServer } from '../helpers/test-server.ts';
import { freePort, json, startUpstreamServer } from '../helpers/upstream-server.ts';
import type { UpstreamServer } from '../helpers/upstream-server.ts';

const COMPLETION = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  model: 'tiny',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello.' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
};

let upstream: UpstreamServer;
let gateway: TestServer;

async function start(): Promise<void> {
  upstream = await startUpstreamServer((response) => json(response, COMPLETION));
  const servers = [modelServer('box', [servedModel('tiny')], { origin: upstream.origin })];
  gateway = await startTestServer({ ollamaPort: 0 }, { servers });
}

afterEach(async () => {
  await gateway.close();
  await upstream.close();
});

function atDoor(question: Question): Promise<Answer> {
  return ask(gateway.server.ollamaPort ?? 0, question);
}

const JSON_BODY = { 'content-type': 'application/json' };

describe('the second listener', () => {
  it('answers clients of Ollama that send no key', async () => {
    await start();
    const client = new Ollama({ host: `http://127.0.0.1:${gateway.server.ollamaPort}` });
    expect((await client.list()).models).toHaveLength(1);
    const { message } = await client.chat({ model: 'tiny', messages: [{ role: 'user', content: 'Hi' }] });
    expect(message.content).toBe('Hello.');
    await gateway.ledger.settled(1);
    expect(gateway.ledger.rows[0]?.opening).toMatchObject({ keyId: null, endpoint: 'api/chat' });
    expect((await atDoor({ method: 'HEAD', path: '/' })).status).toBe(200);
    expect((await atDoor({ path: '/' })).status).toBe(200);
  });

  it('looks at no key and lets nobody choose a profile', async () => {
    await start();
    for (const authorization of [`Bearer ${BOUND_KEY}`, 'Bearer sk-llmgw-gone', 'Bearer anything']) {
      const headers = { ...JSON_BODY, authorization, 'x-llmgw-profile': 'nowhere' };
      const body = '{"model":"tiny","messages":[{"role":"user","content":"Hi"}],"stream":false}';
      const answer = await atDoor({ method: 'POST', path: '/api/chat', headers, body });
      expect([answer.status, answer.headers['x-llmgw-profile']]).toEqual([200, 'default']);
    }
    await gateway.ledger.settled(3);
    expect(gateway.ledger.rows.map(({ opening }) => opening.keyId)).toEqual([null, null, null]);
  });

  it.each([
    '/v1/chat/completions',
    '/v1/models',
    '/v1/messages',
    '/v1beta/models',
    '/llmgw/status',
    '/health',
    '/dev/api/tags',
  ])('has no %s', async (path) => {
    await start();
    const headers = { ...JSON_BODY, authorization: `Bearer ${KEY}` };
    const method = path.includes('models') || !path.startsWith('/v1') ? 'GET' : 'POST';
    const answer = await atDoor({ method, path, headers, ...(method === 'POST' ? { body: '{}' } : {}) });
    expect(answer.status).toBe(404);
    expect(answer.text).toContain("Ollama's API and nothing else");
  });

  it('lets no page in', async () => {
    await start();
    const question = { path: '/api/tags', headers: { origin: 'http://localhost:3000' } };
    expect((await atDoor(question)).status).toBe(403);
    expect((await atDoor({ path: '/api/tags', headers: { 'sec-fetch-site': 'cross-site' } })).status).toBe(403);
    expect((await atDoor({ path: '/api/tags', headers: { host: 'evil.example' } })).status).toBe(403);
    const form = { 'content-type': 'text/plain' };
    const { status, json: said } = await atDoor({ method: 'POST', path: '/api/chat', headers: form, body: '{}' });
    expect([status, said]).toEqual([415, { error: expect.stringContaining('application/json') as unknown }]);
    expect(upstream.calls).toEqual([]);
  });

  it('ends with the first, after what is under way', async () => {
    await start();
    let answer: (() => void) | null = null;
    upstream.answer = (response) => void (answer = () => json(response, COMPLETION));
    const body = '{"model":"tiny","messages":[{"role":"user","content":"Hi"}],"stream":false}';
    const asked = atDoor({ method: 'POST', path: '/api/chat', headers: JSON_BODY, body });
    await upstream.called(1);
    const drained = gateway.server.drain(5_000);
    (answer as (() => void) | null)?.();
    expect((await asked).status).toBe(200);
    expect(await drained).toBe(0);
    await expect(atDoor({ path: '/api/tags' })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('keeps the first from opening where its port is taken', async () => {
    await start();
    const [taken, port] = [gateway.server.ollamaPort ?? 0, await freePort()];
    const failed: unknown = await startTestServer({ port, ollamaPort: taken }).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(OllamaDoorFailure);
    expect(failed).toMatchObject({ port: taken, cause: { code: 'EADDRINUSE' } });
    await expect(ask(port, { path: '/' })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});

describe('the first listener', () => {
  it('says to a client of Ollama without a key how it is let in', async () => {
    await start();
    const { status, json: said } = await gateway.ask({ path: '/api/tags' });
    const address = `http://127.0.0.1:${gateway.server.ollamaPort}.`;
    expect([status, said]).toEqual([401, { error: expect.stringContaining(address) as unknown }]);
    const other = await gateway.ask({ path: '/v1/models' });
    expect(other.text).not.toContain('11436');
  });
});
