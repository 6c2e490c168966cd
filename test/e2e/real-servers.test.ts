import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDaemon } from '../helpers/daemon.ts';
import type { TestDaemon } from '../helpers/daemon.ts';
import { CLIENTS } from './clients/clients.ts';
import type { Client, Conversation } from './clients/fronts/client.ts';

/**
 * A real Ollama with the scripted models `tiny` (noise), `tiny-hello` (a fixed text), `tiny-think` and `tiny-tools`
 * (calls `get_weather`), each with a context of 2048 tokens.
 */
const server = process.env['LLMGW_REAL_OLLAMA'] ?? '';
if (server === '') console.warn('real-servers.test.ts is skipped: LLMGW_REAL_OLLAMA names no server (http://…:11434)');

const HELLO = 'Hello from a real server. 🙂';
const TOO_LONG = 'x'.repeat(9_000);
const RED_DOT = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

describe.skipIf(server === '')('a real Ollama', () => {
  let daemon: TestDaemon;
  beforeAll(async () => {
    const config = `discovery: {enabled: false}\nservers: [{name: real, base_url: "${server}"}]\n`;
    daemon = await startDaemon({ config });
  });
  afterAll(() => daemon.remove());

  const open = (client: Client, model: string): Conversation =>
    client.open({ origin: daemon.url, key: daemon.key, model: `${model}:latest`, fetch });

  describe.each(CLIENTS.map((client) => [client.name, client] as const))('asked by %s', (_, client) => {
    it.each([false, true])('says its text, which ends whole (streamed: %s)', async (stream) => {
      const said = await open(client, 'tiny-hello').ask({ text: 'Hi' }, { stream });
      expect(said).toMatchObject({ text: HELLO, calls: [], finish: client.finishes.stop });
      expect(said.usage.output).toBeGreaterThan(5);
      expect(said.usage.input).toBeGreaterThan(10);
    });

    it.each([false, true])('thinks apart from its text (streamed: %s)', async (stream) => {
      const said = await open(client, 'tiny-think').ask({ text: 'Hi' }, { stream, thinks: true });
      expect({ text: said.text.trim(), thought: said.thought.trim() }).toEqual({
        text: 'It is 42.',
        thought: 'The user wants a number.',
      });
    });

    // Ollama cuts prompts of its own clients, as it does without us.
    it.skipIf(client.dialect === 'ollama').each([false, true])(
      'says that a prompt is too long (streamed: %s)',
      async (stream) => {
        const error: unknown = await open(client, 'tiny-hello')
          .ask({ text: TOO_LONG }, { stream })
          .catch((reason: unknown) => reason);
        expect(client.failureOf(error)).toMatchObject({ status: 400 });
        expect(client.failureOf(error)?.message).toMatch(/exceeds the available context size|prompt is too long/);
      },
    );

    it('refuses an image for a model that sees none, and a model that is not there', async () => {
      const image = { mediaType: 'image/png', bytes: RED_DOT };
      const seen: unknown = await open(client, 'tiny-hello')
        .ask({ text: 'Hi', image }, { stream: false })
        .catch((reason: unknown) => reason);
      expect(client.failureOf(seen)).toMatchObject({ status: 400 });
      const missing: unknown = await open(client, 'tiny-missing')
        .ask({ text: 'Hi' }, { stream: true })
        .catch((reason: unknown) => reason);
      expect(client.failureOf(missing)).toMatchObject({ status: 404 });
    });

    it('answers the next one when a client has left in the middle of a stream', async () => {
      const left = new AbortController();
      const going = open(client, 'tiny').ask(
        { text: 'Hi' },
        {
          stream: true,
          signal: left.signal,
          onText: () => left.abort(),
        },
      );
      await going.catch((reason: unknown) => reason);
      const said = await open(client, 'tiny-hello').ask({ text: 'Hi' }, { stream: true });
      expect(said.text).toBe(HELLO);
    });
  });

  it.each<[string, object, RegExp]>([
    [
      '/v1/chat/completions',
      { messages: said('Hi'), tools: [{ type: 'function', function: tool('parameters') }] },
      /"tool_calls"/,
    ],
    ['/v1/responses', { input: 'Hi', tools: [{ type: 'function', ...tool('parameters') }] }, /"function_call"/],
    ['/v1/messages', { messages: said('Hi'), max_tokens: 200, tools: [tool('input_schema')] }, /"tool_use"/],
    [
      '/api/chat',
      { messages: said('Hi'), tools: [{ type: 'function', function: tool('parameters') }] },
      /"tool_calls"/,
    ],
  ])('calls a tool: %s', async (path, body, call) => {
    const answer = await fetch(daemon.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${daemon.key}` },
      body: JSON.stringify({ model: 'tiny-tools:latest', stream: true, ...body }),
    });
    const text = await answer.text();
    expect(text).toMatch(call);
    expect(text).toContain('get_weather');
    expect(text.replaceAll(/[^a-zA-Z]/g, '')).toMatch(/Gh.*ent/);
  });

  it('has the context that its own client asks for, and room enough for all others', async () => {
    const small = { model: 'tiny:latest', messages: said('Hi'), options: { num_ctx: 512, num_predict: 5 } };
    await ask(daemon, '/api/chat', { ...small, stream: false });
    expect(await loadedContext('tiny:latest')).toBe(512);
    for (const limit of [1_000, 5]) {
      await ask(daemon, '/v1/chat/completions', { model: 'tiny:latest', messages: said('Hi'), max_tokens: limit });
      // The smaller request behind the larger one does not load the model anew.
      expect(await loadedContext('tiny:latest')).toBe(2_048);
    }
  });
});

async function loadedContext(model: string): Promise<number | undefined> {
  const answer = await fetch(`${server}/api/ps`);
  const { models } = (await answer.json()) as { models: { model: string; context_length: number }[] };
  return models.find((loaded) => loaded.model === model)?.context_length;
}

function said(content: string): object[] {
  return [{ role: 'user', content }];
}

function tool(schemaField: string): object {
  const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
  return { name: 'get_weather', description: 'Says how the weather is.', [schemaField]: schema };
}

async function ask({ url, key }: TestDaemon, path: string, body: object): Promise<void> {
  const answer = await fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(200);
  await answer.text();
}
