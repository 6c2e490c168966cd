import { createOpenAI } from '@ai-sdk/openai';
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import { streamText } from 'ai';
import { Ollama } from 'ollama';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cloudEndpoint, routedProvider } from '../helpers/routes.ts';
import { KEY, startTestServer } from '../helpers/test-server.ts';
import type { TestServer } from '../helpers/test-server.ts';
import { eventStream, startUpstreamServer } from '../helpers/upstream-server.ts';
import type { UpstreamServer } from '../helpers/upstream-server.ts';

const EVERY_MS = 100;
const ANSWER_AFTER_MS = 350;
const MESSAGES = [{ role: 'user' as const, content: 'hello' }];
const CHUNKS =
  'data: {"id":"c","model":"m","choices":[{"index":0,"delta":{"content":"hi"},"finish_reason":null}]}\n\n' +
  'data: {"id":"c","model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n';

let upstream: UpstreamServer;
let server: TestServer;
/** How many signs came before the answer, to whoever asks by `counting`. */
let signs = 0;

beforeAll(async () => {
  upstream = await startUpstreamServer((response) => {
    setTimeout(() => eventStream(response, CHUNKS), ANSWER_AFTER_MS);
  });
  const acme = routedProvider(cloudEndpoint('acme', { apiBase: `${upstream.origin}/v1` }), []);
  server = await startTestServer({}, { providers: [acme], routing: { keepAliveMs: EVERY_MS } });
});
afterAll(async () => {
  await server.close();
  await upstream.close();
});

/** Counts what is skipped on the way to a client. */
const counting: typeof fetch = async (input, init) => {
  const response = await fetch(input, init);
  signs = 0;
  const seen = new TransformStream<Uint8Array, Uint8Array>({
    transform: (chunk, controller) => {
      if (/keepalive|"ping"|"content":""|"text":""/.test(Buffer.from(chunk).toString('utf8'))) signs++;
      controller.enqueue(chunk);
    },
  });
  return new Response(response.body?.pipeThrough(seen) ?? null, response);
};

const keyed = { apiKey: KEY, fetch: counting, maxRetries: 0 };

async function joined<T>(stream: AsyncIterable<T>, textOf: (event: T) => string | null | undefined): Promise<string> {
  let text = '';
  for await (const event of stream) text += textOf(event) ?? '';
  return text;
}

const CLIENTS: Readonly<Record<string, () => Promise<string>>> = {
  'openai, chat': async () => {
    const client = new OpenAI({ baseURL: `${server.origin}/v1`, ...keyed });
    const stream = await client.chat.completions.create({ model: 'acme/m', messages: MESSAGES, stream: true });
    return joined(stream, ({ choices }) => choices[0]?.delta.content);
  },
  'openai, responses': async () => {
    const client = new OpenAI({ baseURL: `${server.origin}/v1`, ...keyed });
    const stream = await client.responses.create({ model: 'acme/m', input: 'hello', stream: true });
    return joined(stream, (event) => (event.type === 'response.output_text.delta' ? event.delta : ''));
  },
  '@anthropic-ai/sdk': async () => {
    const client = new Anthropic({ baseURL: server.origin, ...keyed });
    return client.messages.stream({ model: 'acme/m', max_tokens: 9, messages: MESSAGES }).finalText();
  },
  '@google/genai': async () => {
    const client = new GoogleGenAI({ apiKey: KEY, httpOptions: { baseUrl: server.origin, fetch: counting } });
    const stream = await client.models.generateContentStream({ model: 'acme/m', contents: 'hello' });
    return joined(stream, ({ text }) => text);
  },
  ai: async () => {
    const provider = createOpenAI({ baseURL: `${server.origin}/v1`, apiKey: KEY, fetch: counting });
    return joined(streamText({ model: provider.chat('acme/m'), prompt: 'hello', maxRetries: 0 }).textStream, String);
  },
  ollama: async () => {
    const client = new Ollama({ host: server.origin, headers: { authorization: `Bearer ${KEY}` }, fetch: counting });
    const stream = await client.chat({ model: 'acme/m', messages: MESSAGES, stream: true });
    return joined(stream, ({ message }) => message.content);
  },
};

describe('clients that wait', () => {
  it.each(Object.keys(CLIENTS))('skip what they are sent meanwhile: %s', async (name) => {
    expect(await CLIENTS[name]?.()).toBe('hi');
    expect(signs).toBeGreaterThanOrEqual(2);
  });
});
