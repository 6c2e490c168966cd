import { createServer } from 'node:http';
import { Ollama } from 'ollama';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answering, frontOf, written, writtenWhole } from './contexts.ts';
import { decodeEmbedRequest, decodeEmbeddingsRequest } from '../../../src/dialects/ollama/embeddings.ts';
import { encodeEmbedAnswer, encodeEmbeddingsAnswer } from '../../../src/dialects/ollama/embeddings.ts';
import { GatewayError } from '../../../src/canonical/errors.ts';
import { loadAnswer, isLoadRequest } from '../../../src/dialects/ollama/load.ts';
import { ollama } from '../../../src/dialects/ollama/index.ts';
import { ollamaGenerate } from '../../../src/dialects/ollama/generate.ts';
import { psAnswer, showAnswer, tagsAnswer, versionAnswer } from '../../../src/dialects/ollama/model-answers.ts';
import { streamOf } from '../../../src/dialects/ollama/decode-request.ts';
import { UNKNOWN_USAGE } from '../../../src/canonical/usage.ts';
import type { AddressInfo } from 'node:net';
import type { AnswerEvent } from '../../../src/canonical/answer.ts';
import type { CanonicalRequest } from '../../../src/canonical/request.ts';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { JsonObject } from '../../../src/canonical/parts.ts';
import type { Message } from 'ollama';

const chatFront = frontOf(ollama.front);
const MODEL = { name: 'gpt-5', contextLength: 400_000, capabilities: ['chat', 'tools', 'vision'] } as const;

const finish = (reason: 'stop' | 'tool_calls'): AnswerEvent => ({
  type: 'finish',
  finish: { reason, raw: null, stopSequence: null, detail: null },
});
const START: AnswerEvent = { type: 'start', id: 'chatcmpl-1', model: 'gpt-5-2026' };
const USAGE: AnswerEvent = {
  type: 'usage',
  usage: { ...UNKNOWN_USAGE, inputTokens: 12, outputTokens: 34, cacheReadTokens: 5 },
};
const HELLO: readonly AnswerEvent[] = [
  START,
  { type: 'reasoning', text: 'A "greeting"\n' },
  { type: 'text', text: 'Hello,' },
  { type: 'text', text: ' wörld 🙂\n' },
  USAGE,
  finish('stop'),
];
/** Two calls whose pieces overlap; Gemini's signature on the first, Anthropic's of the thoughts before it is not lost. */
const CALLS: readonly AnswerEvent[] = [
  START,
  { type: 'state', on: 'reasoning', state: { origin: 'anthropic-messages', data: 'SIG' } },
  { type: 'tool_call', call: 0, id: 'call_1', name: 'get_weather', kind: 'function', state: null },
  { type: 'tool_call', call: 1, id: 'call_2', name: 'now', kind: 'function', state: { origin: 'gemini', data: 'g=' } },
  { type: 'tool_arguments', call: 0, text: '{\n "city":' },
  { type: 'tool_call_end', call: 1 },
  { type: 'tool_arguments', call: 0, text: ' "Ghent"}' },
  { type: 'tool_call_end', call: 0 },
  finish('tool_calls'),
];
const FAILED: readonly AnswerEvent[] = [
  START,
  { type: 'text', text: 'Hel' },
  { type: 'error', error: new GatewayError('upstream_reset', 'openai broke off.') },
];

/** What the client sent last, as the gateway sees it. */
let received: CanonicalRequest | null = null;

function eventsFor({ messages }: CanonicalRequest): readonly AnswerEvent[] {
  const last = messages.at(-1);
  const text = JSON.stringify(last);
  if (text.includes('fail')) return FAILED;
  return last?.role === 'user' && text.includes('weather') ? CALLS : HELLO;
}

async function bodyOf(request: IncomingMessage): Promise<JsonObject> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  return text === '' ? {} : (JSON.parse(text) as JsonObject);
}

function send(response: ServerResponse, text: string, type = 'application/json; charset=utf-8', status = 200): void {
  response.writeHead(status, { 'content-type': type }).end(text);
}

function generate(response: ServerResponse, body: JsonObject, endpoint: 'chat' | 'generate'): void {
  const front = endpoint === 'chat' ? chatFront : ollamaGenerate;
  if (isLoadRequest(body)) {
    send(response, loadAnswer('gpt-5', { endpoint, body, createdAt: 0 }));
    return;
  }
  const stream = streamOf(body);
  received = front.decodeRequest(body, { model: String(body['model']), stream });
  const context = answering({ request: received, body });
  const events = eventsFor(received);
  if (stream) send(response, written(events, front, context), front.streamContentType);
  else send(response, writtenWhole(events, front, context));
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await bodyOf(request);
  if (body['model'] === 'nope') {
    const error = new GatewayError('model_not_found', 'No model is called nope.', { hint: 'See `llmgw models`.' });
    const { status, body: text } = chatFront.encodeError(error, { exchangeId: 'x' });
    send(response, text, 'application/json', status);
  } else if (request.url === '/api/chat') generate(response, body, 'chat');
  else if (request.url === '/api/generate') generate(response, body, 'generate');
  else send(response, toldBy(request.url ?? '', body));
}

function toldBy(url: string, body: JsonObject): string {
  switch (url) {
    case '/api/tags':
      return tagsAnswer([MODEL]);
    case '/api/ps':
      return psAnswer([MODEL], Date.UTC(2026, 10, 21));
    case '/api/show':
      return showAnswer(MODEL);
    case '/api/version':
      return versionAnswer();
    case '/api/embed': {
      const vectors = decodeEmbedRequest(body, 'm').inputs.map((input) => [input.length, 0.5]);
      const usage = { ...UNKNOWN_USAGE, inputTokens: 3 };
      return encodeEmbedAnswer({ vectors, model: null, usage }, { model: 'm', tookMs: 2 });
    }
    case '/api/embeddings': {
      const vectors = decodeEmbeddingsRequest(body, 'm').inputs.map(() => [1, 2]);
      return encodeEmbeddingsAnswer({ vectors, model: null, usage: null });
    }
    default:
      throw new Error(`nothing is at ${url}`);
  }
}

const server = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => send(response, String(error), 'text/plain', 500));
});
let client: Ollama;

beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  client = new Ollama({ host: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
afterAll(() => new Promise((done) => server.close(done)));

const user = (content: string): Message => ({ role: 'user', content });
const TOOL = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'Weather',
    parameters: { type: 'object', required: ['city'], properties: { city: { type: 'string' } } },
  },
};

describe("Ollama's own client", () => {
  it('reads a whole answer', async () => {
    const answer = await client.chat({ model: 'gpt-5', messages: [user('hi')], options: { temperature: 0 } });
    expect(answer.message).toEqual({ role: 'assistant', content: 'Hello, wörld 🙂\n', thinking: 'A "greeting"\n' });
    expect(answer).toMatchObject({
      model: 'gpt-5-2026',
      created_at: '2026-11-21T09:30:00.000Z',
      done: true,
      done_reason: 'stop',
      prompt_eval_count: 12,
      prompt_eval_cached_count: 5,
      eval_count: 34,
      total_duration: 1_500_000_000,
    });
    expect(received).toMatchObject({ stream: false, sampling: { temperature: 0 } });
  });

  it('reads a stream', async () => {
    const parts = [];
    for await (const part of await client.chat({ model: 'gpt-5', messages: [user('hi')], stream: true })) {
      parts.push(part);
    }
    expect(parts.map(({ message }) => message.content).join('')).toBe('Hello, wörld 🙂\n');
    expect(parts.map(({ message }) => message.thinking ?? '').join('')).toBe('A "greeting"\n');
    expect(parts.map(({ done }) => done)).toEqual([false, false, false, true]);
    expect(parts.at(-1)).toMatchObject({ done_reason: 'stop', prompt_eval_count: 12, eval_count: 34 });
    expect(parts.every(({ message }) => message.role === 'assistant')).toBe(true);
  });

  it.each([true, false])(
    'makes the calls of a model, and brings back what rides on their ids (stream: %s)',
    async (stream) => {
      const asked = { model: 'gpt-5', messages: [user('weather?')], tools: [TOOL] };
      const calls = [];
      if (stream) {
        for await (const { message } of await client.chat({ ...asked, stream }))
          calls.push(...(message.tool_calls ?? []));
      } else calls.push(...((await client.chat({ ...asked, stream })).message.tool_calls ?? []));
      const byName = Object.fromEntries(calls.map((call) => [call.function.name, call.function.arguments]));
      expect(byName).toEqual({ get_weather: { city: 'Ghent' }, now: {} });
      const turn: Message = { role: 'assistant', content: '', tool_calls: calls };
      const results: Message[] = calls.map(({ function: { name } }) => ({
        role: 'tool',
        content: 'ok',
        tool_name: name,
      }));
      const last = await client.chat({ ...asked, messages: [user('weather?'), turn, ...results] });
      expect(last.message.content).toContain('Hello');
      const [, made, answered] = received?.messages ?? [];
      expect(made?.role === 'assistant' && [...made.content].sort(byId)).toMatchObject([
        { id: 'call_1', arguments: '{"city":"Ghent"}', state: { origin: 'anthropic-messages', data: 'SIG' } },
        { id: 'call_2', arguments: '{}', state: { origin: 'gemini', data: 'g=' } },
      ]);
      expect(answered?.role === 'tool' && answered.results.map(({ callId }) => callId).sort()).toEqual([
        'call_1',
        'call_2',
      ]);
    },
  );

  it('throws an error that comes in the middle', async () => {
    const read = async (): Promise<void> => {
      const parts = await client.chat({ model: 'gpt-5', messages: [user('fail')], stream: true });
      for await (const part of parts) expect(part.message.content).toBe('Hel');
    };
    await expect(read()).rejects.toThrow('openai broke off.');
  });

  it('throws an error that comes at once, with what to do', async () => {
    const asked = client.chat({ model: 'nope', messages: [user('hi')] });
    await expect(asked).rejects.toMatchObject({
      status_code: 404,
      message: 'No model is called nope. See `llmgw models`.',
    });
  });

  it('generates', async () => {
    const whole = await client.generate({
      model: 'gpt-5',
      prompt: 'hi',
      system: 'Be brief.',
      images: ['iVBORw0KGgo='],
    });
    expect(whole).toMatchObject({
      response: 'Hello, wörld 🙂\n',
      thinking: 'A "greeting"\n',
      done: true,
      eval_count: 34,
    });
    expect(received?.messages.map(({ role }) => role)).toEqual(['system', 'user']);
    let text = '';
    for await (const part of await client.generate({ model: 'gpt-5', prompt: 'hi', stream: true }))
      text += part.response ?? '';
    expect(text).toBe('Hello, wörld 🙂\n');
  });

  it('loads a model and unloads it', async () => {
    const loaded = await client.generate({ model: 'gpt-5', prompt: '', keep_alive: '10m' });
    expect(loaded).toMatchObject({ done: true, done_reason: 'load', response: '' });
    const unloaded = await client.chat({ model: 'gpt-5', messages: [], keep_alive: 0 });
    expect(unloaded).toMatchObject({ done: true, done_reason: 'unload', message: { content: '' } });
  });

  it('sees the models', async () => {
    const { models } = await client.list();
    expect(models).toMatchObject([
      { name: 'gpt-5:latest', model: 'gpt-5:latest', size: 0, details: { family: 'gpt' } },
    ]);
    const shown = await client.show({ model: 'gpt-5' });
    expect(shown.capabilities).toEqual(['completion', 'tools', 'vision']);
    expect((await client.ps()).models).toMatchObject([
      { name: 'gpt-5:latest', expires_at: '2026-11-21T00:05:00.000Z' },
    ]);
    expect((await client.version()).version).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it('embeds', async () => {
    expect(await client.embed({ model: 'm', input: ['a', 'bcd'] })).toMatchObject({
      model: 'm',
      embeddings: [
        [1, 0.5],
        [3, 0.5],
      ],
      prompt_eval_count: 3,
    });
    expect(await client.embeddings({ model: 'm', prompt: 'x' })).toEqual({ embedding: [1, 2] });
  });
});

function byId(left: object, right: object): number {
  return JSON.stringify(left) < JSON.stringify(right) ? -1 : 1;
}
