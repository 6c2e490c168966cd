import { Ollama } from 'ollama';
import { afterEach, describe, expect, it } from 'vitest';
import { recording } from '../helpers/recordings.ts';
import { cloudEndpoint, modelServer, routedProvider } from '../helpers/routes.ts';
import { startTestServer } from '../helpers/test-server.ts';
import type { TestServer } from '../helpers/test-server.ts';
import { json, startUpstreamServer } from '../helpers/upstream-server.ts';
import type { Answerer, UpstreamServer } from '../helpers/upstream-server.ts';

const COMPLETION = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello.' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
};

let upstream: UpstreamServer;
let gateway: TestServer;
let client: Ollama;

async function start(answer: Answerer): Promise<void> {
  upstream = await startUpstreamServer(answer);
  const { origin } = upstream;
  const openai = cloudEndpoint('openai', { apiBase: `${origin}/v1` });
  gateway = await startTestServer(
    { auth: 'open' },
    {
      servers: [
        modelServer('ollama', ['qwen3:latest', 'tiny:1b'], { kind: 'ollama', origin }),
        modelServer('box', ['plain', 'tagged:latest'], { origin }),
      ],
      providers: [routedProvider(openai, ['gpt-5'])],
      models: [
        { name: 'fast', targets: ['plain'] },
        { name: 'mine:latest', targets: ['plain'] },
      ],
      makerOf: (model) => (model === 'gpt-5' ? 'openai' : null),
    },
  );
  client = new Ollama({ host: gateway.origin });
}

afterEach(async () => {
  await gateway.close();
  await upstream.close();
});

const HI = [{ role: 'user', content: 'Hi' }];

describe('a name with the tag that clients of Ollama add', () => {
  it.each([
    ['gpt-5:latest', 'openai/gpt-5', 'gpt-5'],
    ['openai/gpt-5:latest', 'openai/gpt-5', 'gpt-5'],
    ['llmgw/gpt-5:latest', 'openai/gpt-5', 'gpt-5'],
    ['fast:latest', 'box/plain', 'plain'],
    ['plain:latest', 'box/plain', 'plain'],
    // Something is called just so.
    ['tagged:latest', 'box/tagged:latest', 'tagged:latest'],
    ['mine:latest', 'box/plain', 'plain'],
  ])('%s means %s', async (model, target, sent) => {
    await start((response) => json(response, COMPLETION));
    const { message } = await client.chat({ model, messages: HI });
    expect(message.content).toBe('Hello.');
    await gateway.ledger.settled(1);
    expect(gateway.ledger.rows[0]?.opening).toMatchObject({ requestedModel: model, target });
    expect(JSON.parse(String(upstream.calls[0]?.body))).toMatchObject({ model: sent });
  });

  it.each(['qwen3', 'qwen3:latest', 'ollama/qwen3:latest'])('%s is what Ollama calls it', async (model) => {
    const { body } = recording('ollama-0.34.0', 'api-chat');
    await start((response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(body);
    });
    await client.chat({ model, messages: HI });
    expect(JSON.parse(String(upstream.calls[0]?.body))).toMatchObject({ model: 'qwen3:latest' });
  });

  it('is unknown with it and without it', async () => {
    await start((response) => json(response, COMPLETION));
    const asked = client.chat({ model: 'nobody:latest', messages: HI });
    await expect(asked).rejects.toMatchObject({
      status_code: 404,
      error: expect.stringContaining('nobody') as unknown,
    });
  });

  it('is left as it is by clients of others', async () => {
    await start((response) => json(response, COMPLETION));
    const { status } = await gateway.ask({
      method: 'POST',
      path: '/v1/chat/completions',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'fast:latest', messages: HI }),
    });
    expect(status).toBe(404);
  });
});

describe('a request to load or to unload a model', () => {
  it.each(['plain', 'gpt-5:latest'])('is answered here for %s, which is no model of Ollama', async (model) => {
    await start((response) => json(response, COMPLETION));
    const loaded = await client.chat({ model, messages: [] });
    expect(loaded).toMatchObject({
      model,
      message: { role: 'assistant', content: '' },
      done: true,
      done_reason: 'load',
    });
    const unloaded = await client.generate({ model, prompt: '', keep_alive: 0 });
    expect(unloaded).toMatchObject({ model, response: '', done: true, done_reason: 'unload' });
    for await (const line of await client.chat({ model, stream: true })) expect(line).toMatchObject({ done: true });
    expect(upstream.calls).toEqual([]);
    expect(gateway.ledger.rows).toEqual([]);
    await gateway.gateway.idle();
  });

  it('is refused for a model that nobody has', async () => {
    await start((response) => json(response, COMPLETION));
    await expect(client.chat({ model: 'nobody' })).rejects.toMatchObject({ status_code: 404 });
  });

  it.each([
    ['/api/chat', '{"model":"tiny:1b","messages":[]}', 'api-chat-load-only'],
    ['/api/chat', '{"model":"tiny:1b","messages":[],"keep_alive":0}', 'api-chat-unload'],
  ] as const)('goes to Ollama as it is: %s %s', async (path, body, recorded) => {
    const answered = recording('ollama-0.34.0', recorded);
    await start((response) => {
      response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' });
      response.end(answered.body);
    });
    const headers = { 'content-type': 'application/json' };
    const { text } = await gateway.ask({ method: 'POST', path, headers, body });
    expect(text).toBe(String(answered.body));
    expect([upstream.calls[0]?.url, String(upstream.calls[0]?.body)]).toEqual([path, body]);
  });
});

describe('a prompt of /api/generate', () => {
  it('passes to Ollama as it is, with what no other dialect has', async () => {
    const { body } = recording('ollama-0.34.0', 'api-generate');
    await start((response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(body);
    });
    const asked = { model: 'tiny:1b', prompt: 'a', suffix: 'b', raw: true, context: [1, 2] };
    const answer = await client.generate(asked);
    expect(answer.context.length).toBeGreaterThan(0);
    const [call] = upstream.calls;
    expect(call?.url).toBe('/api/generate');
    expect(JSON.parse(String(call?.body))).toMatchObject(asked);
  });

  it('is a chat for any other model', async () => {
    await start((response) => json(response, COMPLETION));
    expect(await client.generate({ model: 'plain', prompt: 'Hi' })).toMatchObject({ response: 'Hello.' });
    expect(upstream.calls[0]?.url).toBe('/v1/chat/completions');
  });
});

it('refuses to show a name that is longer than any is', async () => {
  await start((response) => json(response, COMPLETION));
  await expect(client.show({ model: `openai/${'x'.repeat(600)}` })).rejects.toThrow('at most 512 characters');
});
