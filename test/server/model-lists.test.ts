import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import { Ollama } from 'ollama';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cloudEndpoint, modelServer, routedProvider, servedModel } from '../helpers/routes.ts';
import { KEY, startTestServer } from '../helpers/test-server.ts';
import type { TestServer } from '../helpers/test-server.ts';

const WITH_SLASHES = 'hugging/face/Qwen3-8B:Q4';
const MADE_AT = 1_760_000_000;

let gateway: TestServer;

beforeAll(async () => {
  gateway = await startTestServer(
    { auth: 'open' },
    {
      servers: [
        modelServer('ollama', [
          servedModel('qwen3:8b', {
            capabilities: ['chat', 'tools', 'thinking'],
            contextLength: 40_960,
            sizeBytes: 5_000,
            parameterSize: '8.2B',
            quantization: 'Q4_K_M',
            loaded: true,
            createdAt: MADE_AT,
          }),
          servedModel('nomic:latest', { capabilities: ['embedding'], createdAt: 8.7e15 }),
          WITH_SLASHES,
        ]),
      ],
      providers: [
        routedProvider(cloudEndpoint('openai'), ['gpt-5', 'text-embedding-3-small', 'tts-1'], true, {
          'gpt-5': { contextLength: 400_000, maxOutputTokens: 128_000, createdAt: MADE_AT },
          'text-embedding-3-small': { capabilities: ['embedding'], contextLength: 8_191 },
          'tts-1': { capabilities: ['speech'] },
        }),
      ],
    },
  );
});

afterAll(async () => {
  await gateway.close();
});

describe('the list of models', () => {
  it('is read by the client of Anthropic', async () => {
    const client = new Anthropic({ apiKey: KEY, baseURL: gateway.origin });
    const { data } = await client.models.list();
    expect(data.map(({ id }) => id)).toContain('openai/gpt-5');
    expect(data[0]).toEqual({
      type: 'model',
      id: 'qwen3:8b',
      display_name: 'qwen3:8b',
      created_at: new Date(MADE_AT * 1000).toISOString(),
      max_input_tokens: 40_960,
    });
    expect(await client.models.retrieve('qwen3:8b')).toEqual(data[0]);
    // A time that is none is no reason to have no list.
    expect(data[1]?.created_at).toBe('1970-01-01T00:00:00.000Z');
    await expect(client.models.retrieve('nobody')).rejects.toThrow(Anthropic.NotFoundError);
  });

  it('is read by the client of Google', async () => {
    const client = new GoogleGenAI({ apiKey: KEY, httpOptions: { baseUrl: gateway.origin } });
    const listed = [];
    for await (const model of await client.models.list()) listed.push(model);
    expect(listed.map(({ name }) => name)).toEqual([
      'models/qwen3:8b',
      'models/nomic:latest',
      `models/${WITH_SLASHES}`,
      'models/openai/gpt-5',
      'models/openai/text-embedding-3-small',
      'models/openai/tts-1',
    ]);
    const methods = listed.map(({ supportedActions }) => supportedActions?.[0]);
    const asked = 'generateContent';
    expect(methods).toEqual([asked, 'embedContent', asked, asked, 'embedContent', undefined]);
    expect(listed[3]).toMatchObject({ inputTokenLimit: 400_000, outputTokenLimit: 128_000 });
    expect(await client.models.get({ model: `models/${WITH_SLASHES}` })).toMatchObject({ displayName: WITH_SLASHES });
    await expect(client.models.get({ model: 'nobody' })).rejects.toMatchObject({ status: 404 });
  });

  it('has a name with a slash wherever the slash is written as such or not', async () => {
    for (const path of [WITH_SLASHES, encodeURIComponent(WITH_SLASHES)]) {
      const { status, json } = await gateway.ask({ path: `/v1beta/models/${path}` });
      expect([status, json]).toEqual([200, expect.objectContaining({ name: `models/${WITH_SLASHES}` })]);
    }
  });

  it('is in the words of Google at /v1 for its clients only', async () => {
    const client = new GoogleGenAI({ apiKey: KEY, httpOptions: { baseUrl: gateway.origin, apiVersion: 'v1' } });
    const { page } = await client.models.list();
    expect(page[0]?.name).toBe('models/qwen3:8b');
    const openai = new OpenAI({ apiKey: KEY, baseURL: `${gateway.origin}/v1` });
    const ids = (await openai.models.list()).data.map(({ id }) => id);
    expect(ids[0]).toBe('qwen3:8b');
  });
});

describe('the list of models, page by page', () => {
  const all = [
    'qwen3:8b',
    'nomic:latest',
    WITH_SLASHES,
    'openai/gpt-5',
    'openai/text-embedding-3-small',
    'openai/tts-1',
  ];
  const anthropic = (): Anthropic => new Anthropic({ apiKey: KEY, baseURL: gateway.origin, maxRetries: 0 });
  const google = (): GoogleGenAI => new GoogleGenAI({ apiKey: KEY, httpOptions: { baseUrl: gateway.origin } });

  it.each([1, 2, 3, 5, 6, 7, 1000, 5000])('gives the client of Anthropic each once, by %i', async (limit) => {
    const ids = [];
    for await (const { id } of anthropic().models.list({ limit })) ids.push(id);
    expect(ids).toEqual(all);
    const before = [];
    for await (const { id } of anthropic().models.list({ limit, before_id: 'openai/tts-1' })) before.push(id);
    expect([...before].sort()).toEqual(all.slice(0, -1).sort());
  });

  it('tells the client of Anthropic of each page what is before and behind it', async () => {
    expect(await anthropic().models.list({ limit: 2 })).toMatchObject({
      has_more: true,
      first_id: 'qwen3:8b',
      last_id: 'nomic:latest',
    });
    const back = await anthropic().models.list({ limit: 2, before_id: 'openai/gpt-5' });
    expect([back.data.map(({ id }) => id), back.has_more]).toEqual([['nomic:latest', WITH_SLASHES], true]);
    const rest = await anthropic().models.list({ after_id: WITH_SLASHES });
    expect([rest.data.map(({ id }) => id), rest.has_more]).toEqual([all.slice(3), false]);
    expect(rest.data[0]).toMatchObject({ max_input_tokens: 400_000, max_tokens: 128_000 });
  });

  it.each([1, 2, 3, 5, 6, 7, 1000])('gives the client of Google each once, by %i', async (pageSize) => {
    const names = [];
    for await (const { name } of await google().models.list({ config: { pageSize } })) names.push(name);
    expect(names).toEqual(all.map((name) => `models/${name}`));
  });

  it.each([
    ['limit=0', 'limit'],
    ['limit=x', 'limit'],
    ['after_id=nobody', 'after_id'],
    ['before_id=nobody', 'before_id'],
  ])('refuses ?%s in the words of Anthropic', async (query, parameter) => {
    const { status, json } = await gateway.ask({
      path: `/v1/models?${query}`,
      headers: { 'anthropic-version': '2023-06-01' },
    });
    expect([status, json]).toMatchObject([400, { type: 'error', error: { type: 'invalid_request_error' } }]);
    expect(JSON.stringify(json)).toContain(`\`${parameter}\``);
  });

  it.each(['pageSize=-1', 'pageToken=bm9ib2R5'])('refuses ?%s in the words of Google', async (query) => {
    const { status, json } = await gateway.ask({ path: `/v1beta/models?${query}` });
    expect([status, json]).toMatchObject([400, { error: { status: 'INVALID_ARGUMENT' } }]);
  });
});

describe('a client of Ollama', () => {
  const client = (): Ollama => new Ollama({ host: gateway.origin });

  it('sees every model of every provider', async () => {
    const { models } = await client().list();
    expect(models.map(({ name }) => name)).toEqual([
      'qwen3:8b',
      'nomic:latest',
      WITH_SLASHES,
      'openai/gpt-5:latest',
      'openai/text-embedding-3-small:latest',
    ]);
    const capabilities = models.map((model) => (model as { capabilities?: unknown }).capabilities);
    expect(capabilities.slice(3)).toEqual([['completion', 'tools'], ['embedding']]);
    expect(models[3]).toMatchObject({
      modified_at: new Date(MADE_AT * 1000).toISOString(),
      details: { context_length: 400_000 },
    });
    // What nobody knows is left out, or the first second of 1970, which every client can read.
    expect(models[4]).toMatchObject({ modified_at: '1970-01-01T00:00:00.000Z' });
    expect(models[2]?.details).not.toHaveProperty('context_length');
    expect(models[0]).toMatchObject({ size: 5_000, details: { parameter_size: '8.2B', quantization_level: 'Q4_K_M' } });
  });

  it.each([
    ['{bad', 'not JSON'],
    ['[]', 'must be a JSON object'],
  ])('is told what is wrong with the body that asks for one: %s', async (body, problem) => {
    const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
    const { status, text } = await gateway.ask({ method: 'POST', path: '/api/show', headers, body });
    expect([status, text]).toEqual([400, expect.stringContaining(problem)]);
  });

  it('is shown a model by the name that it lists, and without its tag', async () => {
    for (const name of ['openai/gpt-5:latest', 'openai/gpt-5', 'nomic', 'nomic:latest']) {
      expect((await client().show({ model: name })).capabilities).toBeDefined();
    }
    expect(await client().show({ model: 'nomic' })).toMatchObject({ capabilities: ['embedding'] });
    await expect(client().show({ model: 'nobody:latest' })).rejects.toMatchObject({ status_code: 404 });
  });

  it('is told what is loaded, and a version', async () => {
    const { models } = await client().ps();
    expect(models.map(({ name }) => name)).toEqual(['qwen3:8b']);
    expect((await client().version()).version).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it('is told in its own words that models are kept elsewhere', async () => {
    const refusal = {
      status_code: 501,
      message: expect.stringMatching(/^llmgw keeps no models of its own/) as unknown,
    };
    await expect(client().pull({ model: 'qwen3' })).rejects.toMatchObject(refusal);
    await expect(client().push({ model: 'qwen3' })).rejects.toMatchObject(refusal);
    await expect(client().create({ model: 'mine', from: 'qwen3' })).rejects.toMatchObject(refusal);
    await expect(client().copy({ source: 'a', destination: 'b' })).rejects.toMatchObject(refusal);
    await expect(client().delete({ model: 'qwen3' })).rejects.toMatchObject(refusal);
    const blob = await gateway.ask({ method: 'HEAD', path: '/api/blobs/sha256:00' });
    expect(blob.status).toBe(501);
  });
});
