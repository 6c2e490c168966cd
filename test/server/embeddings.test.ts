import { GoogleGenAI } from '@google/genai';
import { Ollama } from 'ollama';
import OpenAI from 'openai';
import { afterEach, describe, expect, it } from 'vitest';
import type { GatewayOptions } from '../../src/gateway/dependencies.ts';
import type { ServedModel } from '../../src/canonical/model.ts';
import { recording } from '../helpers/recordings.ts';
import { cloudEndpoint, modelServer, routedProvider, servedModel } from '../helpers/routes.ts';
import { KEY, startTestServer } from '../helpers/test-server.ts';
import type { TestServer } from '../helpers/test-server.ts';
import { json, startUpstreamServer } from '../helpers/upstream-server.ts';
import type { Answerer, ReceivedCall, UpstreamServer } from '../helpers/upstream-server.ts';

let upstream: UpstreamServer;
let gateway: TestServer;

afterEach(async () => {
  await gateway.close();
  await upstream.close();
});

/** Numbers that 32 bits hold exactly: base64 has no more. */
const VECTORS = [
  [0.5, -0.25, 1],
  [2, 0.125, -8],
];
const TOKENS = 7;

/** As each upstream answers by its documentation. */
const answerAnything: Answerer = (response, { url, body }) => {
  const asked = JSON.parse(String(body)) as { input?: unknown; requests?: unknown[] };
  const count = Array.isArray(asked.input) ? asked.input.length : (asked.requests?.length ?? 1);
  const vectors = VECTORS.slice(0, count);
  if (url === '/api/embed') {
    json(response, { model: 'm', embeddings: vectors, total_duration: 1, load_duration: 1, prompt_eval_count: TOKENS });
  } else if (url === '/api/embeddings') json(response, { embedding: VECTORS[0] });
  else if (url.endsWith(':batchEmbedContents')) {
    const usageMetadata = { promptTokenCount: TOKENS, totalTokenCount: TOKENS };
    json(response, { embeddings: vectors.map((values) => ({ values })), usageMetadata });
  } else if (url.endsWith(':embedContent')) json(response, { embedding: { values: VECTORS[0] } });
  else {
    const data = vectors.map((embedding, index) => ({ object: 'embedding', index, embedding }));
    const usage = { prompt_tokens: TOKENS, total_tokens: TOKENS };
    json(response, { object: 'list', data: data.reverse(), model: 'm', usage });
  }
};

/** As Gemini's older models answer, which tell no tokens. */
const untold: Answerer = (response) => json(response, { embeddings: [{ values: [1] }] });

const EMBEDDER: Partial<ServedModel> = { capabilities: ['embedding'] };

/** `ollama/m` (also `mine`), `google/m`, `openai/m` and `claude/m`. */
async function start(answer: Answerer = answerAnything, overrides: Partial<GatewayOptions> = {}): Promise<void> {
  upstream = await startUpstreamServer(answer);
  const { origin } = upstream;
  const of = (name: string, dialect: 'gemini' | 'openai-chat' | 'anthropic-messages', path: string) =>
    routedProvider(cloudEndpoint(name, { dialect, apiBase: origin + path, priceProvider: 'acme' }), ['m']);
  gateway = await startTestServer(
    { auth: 'open' },
    {
      servers: [modelServer('ollama', [servedModel('m', EMBEDDER)], { kind: 'ollama', origin })],
      providers: [
        of('google', 'gemini', '/v1beta'),
        of('openai', 'openai-chat', '/v1'),
        of('claude', 'anthropic-messages', '/v1'),
      ],
      models: [{ name: 'mine', targets: ['google/m'] }],
    },
    overrides,
  );
}

function onlyCall(): { readonly url: string; readonly body: unknown } {
  const [call, ...more] = upstream.calls as [ReceivedCall, ...ReceivedCall[]];
  expect(more).toEqual([]);
  return { url: call.url, body: JSON.parse(String(call.body)) };
}

const CALLS: Readonly<Record<string, { readonly url: string; readonly body: object }>> = {
  'ollama/m': { url: '/api/embed', body: { model: 'm', input: ['one', 'two'], truncate: false } },
  'google/m': {
    url: '/v1beta/models/m:batchEmbedContents',
    body: {
      requests: [
        { model: 'models/m', content: { parts: [{ text: 'one' }] } },
        { model: 'models/m', content: { parts: [{ text: 'two' }] } },
      ],
    },
  },
  'openai/m': { url: '/v1/embeddings', body: { model: 'm', input: ['one', 'two'] } },
};
const BACKS = Object.keys(CALLS);

describe('embeddings for the client of OpenAI', () => {
  const client = (): OpenAI => new OpenAI({ apiKey: KEY, baseURL: `${gateway.origin}/v1`, maxRetries: 0 });

  it.each(['ollama/m', 'google/m'])('come from %s, in base64 as it asks for them', async (model) => {
    await start();
    const { data, usage } = await client().embeddings.create({ model, input: ['one', 'two'] });
    expect(data.map(({ embedding }) => embedding)).toEqual(VECTORS);
    expect(usage).toEqual({ prompt_tokens: TOKENS, total_tokens: TOKENS });
    expect(onlyCall()).toEqual(CALLS[model]);
  });

  it.each(['ollama/m', 'google/m'])('come from %s as numbers, with its dimensions', async (model) => {
    await start();
    const asked = { model, input: 'one', dimensions: 3, encoding_format: 'float' } as const;
    const { data } = await client().embeddings.create(asked);
    expect(data).toEqual([{ object: 'embedding', index: 0, embedding: VECTORS[0] }]);
    expect(JSON.stringify(onlyCall().body)).toMatch(/"(?:dimensions|outputDimensionality)":3/);
  });

  it('pass through where the upstream speaks the same', async () => {
    await start();
    await client().embeddings.create({ model: 'openai/m', input: [[1, 2]], user: 'me' });
    expect(onlyCall().body).toEqual({ model: 'm', input: [[1, 2]], user: 'me', encoding_format: 'base64' });
  });

  it.each([
    ['ollama/m', [[1, 2]], /tokens, which Ollama/],
    ['google/m', [1, 2], /tokens, which Gemini/],
    ['claude/m', 'one', /claude\/m does not answer embeddings/],
    ['ollama/m', [], /must not be empty/],
  ])('are refused by %s for %j', async (model, input, message) => {
    await start();
    const asked = client().embeddings.create({ model, input });
    await expect(asked).rejects.toMatchObject({ status: 400, message: expect.stringMatching(message) as unknown });
    expect(upstream.calls).toEqual([]);
  });

  it('are refused by Ollama, not cut, where a text is too long', async () => {
    const { status, body } = recording('ollama-0.34.0', 'api-oversize-embed');
    await start((response) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(body);
    });
    const asked = client().embeddings.create({ model: 'ollama/m', input: 'long' });
    await expect(asked).rejects.toMatchObject({ status: 400, code: 'context_length_exceeded' });
  });

  it('name what the upstream has no word for', async () => {
    await start();
    const { response } = await client()
      .embeddings.create({ model: 'ollama/m', input: 'one', user: 'me' })
      .withResponse();
    expect(response.headers.get('x-llmgw-dropped')).toBe('user');
  });

  it.each([
    [200, '{"object":"list"}'],
    [200, '<html>'],
    [200, '{"embeddings":[["x"]]}'],
  ])('fail where the upstream answers %d %s', async (status, text) => {
    await start((response) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(text);
    });
    const asked = client().embeddings.create({ model: 'ollama/m', input: 'one' });
    await expect(asked).rejects.toMatchObject({ status: 502, code: 'upstream_invalid_answer' });
  });

  it('fail where the upstream streams', async () => {
    await start((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end('data: {}\n\n');
    });
    const asked = client().embeddings.create({ model: 'google/m', input: 'one' });
    await expect(asked).rejects.toMatchObject({ status: 502, code: 'upstream_invalid_answer' });
  });
});

describe('embeddings for the client of Google', () => {
  const client = (): GoogleGenAI => new GoogleGenAI({ apiKey: KEY, httpOptions: { baseUrl: gateway.origin } });

  it.each(['ollama/m', 'openai/m'])('come from %s', async (model) => {
    await start();
    const { embeddings } = await client().models.embedContent({ model, contents: ['one', 'two'] });
    expect(embeddings?.map(({ values }) => values)).toEqual(VECTORS);
    expect(onlyCall()).toEqual(CALLS[model]);
  });

  it('pass through with the name that the upstream knows, wherever it stands', async () => {
    await start();
    const config = { taskType: 'RETRIEVAL_QUERY', outputDimensionality: 3 };
    await client().models.embedContent({ model: 'mine', contents: ['one', 'two'], config });
    expect(onlyCall()).toMatchObject({
      url: '/v1beta/models/m:batchEmbedContents',
      body: { requests: [{ model: 'models/m', taskType: 'RETRIEVAL_QUERY' }, { model: 'models/m' }] },
    });
  });

  it('are of one text in one vector', async () => {
    await start();
    const { status, json: answer } = await gateway.ask({
      method: 'POST',
      path: '/v1beta/models/openai/m:embedContent',
      headers: { 'content-type': 'application/json' },
      body: '{"content":{"parts":[{"text":"one"}]}}',
    });
    expect([status, answer]).toMatchObject([200, { embedding: { values: VECTORS[0] } }]);
  });

  it('fail in its own words', async () => {
    await start();
    const asked = client().models.embedContent({ model: 'claude/m', contents: 'one' });
    await expect(asked).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining('INVALID_ARGUMENT') as unknown,
    });
  });
});

describe('embeddings for the client of Ollama', () => {
  const client = (): Ollama => new Ollama({ host: gateway.origin });

  it.each(['google/m', 'openai/m'])('come from %s', async (model) => {
    await start();
    const answer = await client().embed({ model: `${model}:latest`, input: ['one', 'two'] });
    expect(answer).toMatchObject({ embeddings: VECTORS, prompt_eval_count: TOKENS });
    expect(onlyCall()).toEqual(CALLS[model]);
  });

  it.each(BACKS)('come from %s by the older endpoint', async (model) => {
    await start();
    expect(await client().embeddings({ model, prompt: 'one' })).toEqual({ embedding: VECTORS[0] });
  });

  it('pass through to Ollama, which may cut what is too long if the client wants it so', async () => {
    await start();
    await client().embed({ model: 'm', input: 'one', truncate: true, keep_alive: '1m' });
    const body = { model: 'm', input: 'one', truncate: true, keep_alive: '1m' };
    expect(onlyCall()).toEqual({ url: '/api/embed', body });
  });

  it('are none for no text, which only loads a model', async () => {
    await start();
    expect(await client().embed({ model: 'openai/m', input: [] })).toEqual({ model: 'openai/m', embeddings: [] });
    expect(upstream.calls).toEqual([]);
  });

  it('fail in its own words', async () => {
    await start((response) => json(response, { error: { message: 'no such model', type: 'x' } }, 404));
    const asked = client().embed({ model: 'openai/m', input: 'one' });
    await expect(asked).rejects.toMatchObject({
      status_code: 404,
      error: expect.stringContaining('no such model') as unknown,
    });
  });
});

describe('the row of embeddings', () => {
  it('has the tokens and the price that the upstream told', async () => {
    await start();
    const client = new Ollama({ host: gateway.origin });
    await client.embed({ model: 'openai/m', input: 'one' });
    await gateway.ledger.settled(1);
    const [row] = gateway.ledger.rows;
    expect(row?.opening).toMatchObject({ endpoint: 'api/embed', target: 'openai/m', stream: false });
    const usage = { inputTokens: TOKENS, outputTokens: 0 };
    expect(row?.settlements).toMatchObject([{ outcome: 'answered', estimated: false, usage, costPico: TOKENS * 2 }]);
  });

  it('has tokens that were counted in the texts where it told none', async () => {
    await start(untold);
    const client = new OpenAI({ apiKey: KEY, baseURL: `${gateway.origin}/v1` });
    const asked = client.embeddings.create({ model: 'google/m', input: 'one' });
    const { data: answer, response } = await asked.withResponse();
    // The counter of these tests counts bytes.
    const inputTokens = '{"input":["one"]}'.length;
    expect(answer.usage).toEqual({ prompt_tokens: inputTokens, total_tokens: inputTokens });
    expect(response.headers.get('x-llmgw-cost-usd')).toMatch(/^0\.0*[1-9]/);
    await gateway.ledger.settled(1);
    const [settled, ...more] = gateway.ledger.rows[0]?.settlements ?? [];
    expect(settled).toMatchObject({ outcome: 'answered', estimated: true, usage: { inputTokens } });
    expect(more).toEqual([]);
  });

  it('and so are those of /api/embed', async () => {
    await start(untold);
    const answer = await new Ollama({ host: gateway.origin }).embed({ model: 'google/m', input: 'one' });
    expect(answer.prompt_eval_count).toBe('{"input":["one"]}'.length);
  });

  it('has a guess in its place for the client where nothing can count them', async () => {
    await start(untold, { estimateTokens: () => Promise.resolve({ inputTokens: null, outputTokens: null }) });
    const client = new OpenAI({ apiKey: KEY, baseURL: `${gateway.origin}/v1` });
    const { usage } = await client.embeddings.create({ model: 'google/m', input: 'one two three' });
    expect(usage.prompt_tokens).toBe(Math.ceil('one two three'.length / 3));
    await gateway.ledger.settled(1);
    const usageOfRow = { inputTokens: null, outputTokens: null };
    expect(gateway.ledger.rows[0]?.settlements).toMatchObject([{ usage: usageOfRow, costPico: null, unpriced: true }]);
  });
});
