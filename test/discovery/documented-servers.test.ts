import { afterEach, describe, expect, it } from 'vitest';
import { discoverAt, named } from './discover.ts';
import { DOCUMENTED } from './documented-servers.ts';
import { recorded, serve, type Reply, type Routes, type TestServer } from './serve.ts';

let server: TestServer | undefined;
afterEach(() => server?.close());

describe('documented servers', () => {
  it.each(DOCUMENTED)('$name is $kind', async ({ kind, routes, fallback, models, version }) => {
    server = await serve(routes, fallback === undefined ? {} : { fallback });
    const found = await discoverAt(server.port);
    expect(found).toMatchObject({ kind, state: 'ready', problem: null, apiBase: `${server.origin}/v1` });
    expect(found?.models).toMatchObject(models);
    if (version !== undefined) expect(found?.version).toBe(version);
    // Command lines and paths in answers are not taken over.
    expect(JSON.stringify(found)).not.toContain('api-key');
    // Nothing but reading: no load, no pull, no generation, no report that holds keys.
    expect(server.requests.filter((request) => !request.startsWith('GET '))).toEqual([]);
    expect(server.requests.filter((request) => /load$|pull|server_info|slots/.test(request))).toEqual([]);
  });

  it('is local where the config says so, gateway or not, and cloud where it says so', async () => {
    const gateway = DOCUMENTED.find((one) => one.kind === 'litellm');
    server = await serve(gateway?.routes ?? {});
    const stated = async (local: boolean | null) =>
      (await discoverAt(1, { servers: [named('g', server?.origin ?? '', { local })] }))?.models.map(
        (model) => model.locality,
      );
    expect(await stated(true)).toEqual(['local', 'local']);
    expect(await stated(false)).toEqual(['cloud', 'cloud']);
    expect(await stated(null)).toEqual(['cloud', 'cloud']);
  });

  it('takes Ollama’s cloud models for what they are, on a local server too', async () => {
    const digest = 'a'.repeat(64);
    const model = (name: string, more = {}) => ({ name, model: name, size: 384, digest, details: {}, ...more });
    server = await serve({
      '/v1/models': { body: { object: 'list', data: null } },
      '/': recorded('ollama-0.34.0', 'root'),
      '/api/version': recorded('ollama-0.34.0', 'api-version'),
      '/api/status': recorded('ollama-0.34.0', 'api-status'),
      '/api/ps': { body: { models: [] } },
      '/api/tags': {
        body: {
          models: [
            model('a:120b-cloud'),
            model('b:cloud'),
            model('c', { remote_host: 'https://ollama.com:443' }),
            model('cloudy:8b'),
          ],
        },
      },
      'POST /api/show': { body: { capabilities: ['completion'] } },
    });
    const found = await discoverAt(server.port);
    expect(found?.locality).toBe('local');
    expect(found?.models.map((one) => [one.id, one.locality])).toEqual([
      ['a:120b-cloud', 'cloud'],
      ['b:cloud', 'cloud'],
      ['c', 'cloud'],
      ['cloudy:8b', 'local'],
    ]);
    // Of a cloud model the server might ask ollama.com: only the local one is asked about.
    expect(server.requests.filter((request) => request.startsWith('POST'))).toEqual(['POST /api/show']);
  });
});

const OPENAI_401 = { error: { message: 'No key.', type: 'auth_error', param: 'None', code: '401' } };

describe('servers behind a key', () => {
  it.each<{ name: string; routes: Routes; kind: string }>([
    {
      name: 'Jan',
      kind: 'jan',
      routes: { '/v1/models': { status: 401, body: 'Invalid or missing authorization token' } },
    },
    {
      name: 'LiteLLM',
      kind: 'litellm',
      routes: { '/v1/models': { status: 401, body: OPENAI_401 }, '/health/liveliness': { body: '"I\'m alive!"' } },
    },
    {
      name: 'LocalAI, whose description is open',
      kind: 'localai',
      routes: {
        '/v1/models': { status: 401, body: OPENAI_401 },
        '/.well-known/localai.json': { body: { endpoints: {} } },
      },
    },
    {
      name: 'one that speaks the dialect',
      kind: 'openai-compatible',
      routes: { '/v1/models': { status: 401, body: OPENAI_401 } },
    },
  ])('$name', async ({ routes, kind }) => {
    server = await serve(routes, { fallback: { status: 401, body: OPENAI_401 } });
    expect(await discoverAt(server.port)).toMatchObject({ kind, state: 'locked', models: [] });
  });
});

const page: Reply = { headers: { 'content-type': 'text/html' }, body: '<!doctype html><div id="root"></div>' };

describe('what is no model server', () => {
  it.each<{ name: string; fallback: Reply; routes?: Routes; requests: number }>([
    { name: 'a dev server that answers 404', fallback: { status: 404, body: 'nope' }, requests: 1 },
    { name: 'a single-page application that answers its page to everything', fallback: page, requests: 1 },
    {
      name: 'an API with some list of models of its own',
      fallback: { body: { data: [{ id: 7, make: 'Volvo' }] } },
      requests: 1,
    },
    { name: 'an API that answers an empty object', fallback: { body: {} }, requests: 1 },
    { name: 'a web application behind a login', fallback: { status: 401, body: { message: 'Log in.' } }, requests: 1 },
    {
      name: 'a web application with vLLM’s way of refusing',
      fallback: { status: 401, body: { error: 'Unauthorized' } },
      requests: 2,
    },
    {
      name: 'AirPlay on port 5000',
      fallback: { status: 403, headers: { server: 'AirTunes/775.3.1' }, body: '' },
      requests: 1,
    },
    { name: 'a redirect to a login', fallback: { status: 302, headers: { location: '/login' } }, requests: 1 },
    { name: 'a broken one', fallback: { status: 500, body: 'Internal Server Error' }, requests: 1 },
    {
      name: 'another llmgw',
      fallback: { status: 401, headers: { 'x-llmgw-request-id': '0193' }, body: OPENAI_401 },
      requests: 1,
    },
    {
      name: 'the gateway of the Ollama desktop app',
      fallback: { status: 404 },
      routes: { '/v1/models': { headers: { 'x-ollama-claude-gateway': '1' }, body: { object: 'list', data: [] } } },
      requests: 1,
    },
    {
      name: 'half a JSON',
      fallback: { headers: { 'content-type': 'application/json' }, body: '{"object":"list","da' },
      requests: 1,
    },
    { name: 'too much', fallback: { body: { object: 'list', data: [], pad: 'x'.repeat(5_000_000) } }, requests: 1 },
  ])('$name is left alone after $requests', async ({ fallback, routes, requests }) => {
    server = await serve(routes ?? {}, { fallback });
    expect(await discoverAt(server.port)).toBeNull();
    expect(server.requests).toHaveLength(requests);
  });
});
