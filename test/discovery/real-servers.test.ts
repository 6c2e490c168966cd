import { afterEach, describe, expect, it } from 'vitest';
import type { ModelServer } from '../../src/canonical/model.ts';
import { Secret } from '../../src/std/secret.ts';
import { discoverAt, named, watch } from './discover.ts';
import { recorded, serve, type Routes, type TestServer } from './serve.ts';

/** Recorded answers of real servers, see test/fixtures/real-servers; replayed over real sockets. */
let server: TestServer | undefined;
afterEach(() => server?.close());

async function replay(name: string, files: Record<string, string>, more: Routes = {}): Promise<ModelServer | null> {
  const routes = Object.fromEntries(Object.entries(files).map(([path, file]) => [path, recorded(name, file)]));
  server = await serve({ ...routes, ...more }, { fallback: recorded(name, 'error-unknown-path') });
  return discoverAt(server.port);
}

const OLLAMA = {
  '/': 'root',
  '/v1/models': 'v1-models',
  '/api/tags': 'api-tags',
  '/api/version': 'api-version',
  '/api/status': 'api-status',
  '/api/ps': 'api-ps-num-ctx-small',
};

describe('recorded servers', () => {
  it.each(['0.24.0', '0.34.0'])('Ollama %s, by tags, ps and show', async (version) => {
    const show = (body: string) =>
      recorded(`ollama-${version}`, `api-show-${(JSON.parse(body) as { model: string }).model.replace(':latest', '')}`);
    const withoutHello = (body: string) =>
      body.includes('tiny-hello') ? { status: 404, body: { error: 'gone' } } : show(body);
    const found = await replay(`ollama-${version}`, OLLAMA, { 'POST /api/show': withoutHello });

    expect(found).toMatchObject({ kind: 'ollama', version, state: 'ready', locality: 'local', fromConfig: false });
    expect(found?.apiBase).toBe(`${server?.origin ?? ''}/v1`);
    const byId = new Map(found?.models.map((model) => [model.id, model]));
    expect([...byId.keys()].sort()).toEqual([
      'tiny-embed:latest',
      'tiny-hello:latest',
      'tiny-think:latest',
      'tiny-tools:latest',
      'tiny:latest',
    ]);
    // Loaded with num_ctx 256: what is in effect counts, not what it was trained for.
    expect(byId.get('tiny:latest')).toMatchObject({
      loaded: true,
      contextLength: 256,
      capabilities: ['chat', 'completion'],
    });
    expect(byId.get('tiny-embed:latest')).toMatchObject({
      capabilities: ['embedding'],
      contextLength: 512,
      parameterSize: '109K',
    });
    expect(byId.get('tiny-tools:latest')).toMatchObject({
      capabilities: ['chat', 'completion', 'tools'],
      contextLength: 2048,
    });
    expect(byId.get('tiny-think:latest')).toMatchObject({ capabilities: ['chat', 'completion', 'thinking'] });
    expect(byId.get('tiny:latest')?.createdAt).toBe(1795178860);
    expect(byId.get('tiny:latest')?.quantization).toBeNull();
    // 0.34 tells capabilities in the list, 0.24 has to be asked; a model that is gone meanwhile is without details.
    const shown = server?.requests.filter((request) => request === 'POST /api/show').length;
    expect(shown).toBe(5);
    expect(byId.get('tiny:latest')).toMatchObject({ trainedContextLength: 2048, contextBytesPerToken: 512 });
    expect(byId.get('tiny-hello:latest')).not.toHaveProperty('contextBytesPerToken');
    expect(byId.get('tiny-hello:latest')?.capabilities).toEqual(version === '0.34.0' ? ['chat', 'completion'] : null);
    expect(server?.requests.some((request) => /generate|chat|pull|load/.test(request))).toBe(false);
  });

  it('Ollama without models', async () => {
    const found = await replay('ollama-0.34.0', OLLAMA, {
      '/v1/models': { body: { object: 'list', data: null } },
      '/api/tags': { body: { models: [] } },
      '/api/ps': { body: { models: [] } },
    });
    expect(found).toMatchObject({ kind: 'ollama', state: 'ready', models: [] });
  });

  it('Ollama from before /api/status', async () => {
    const found = await replay('ollama-0.24.0', OLLAMA, {
      '/api/status': recorded('ollama-0.24.0', 'error-unknown-path'),
    });
    expect(found?.kind).toBe('ollama');
  });

  it('llama-server', async () => {
    const found = await replay('llama.cpp', { '/v1/models': 'v1-models', '/props': 'props', '/health': 'health' });
    expect(found).toMatchObject({ kind: 'llama.cpp', version: 'b0-0c1e57098', state: 'ready' });
    expect(found?.models).toEqual([
      {
        id: 'tiny',
        locality: 'local',
        // Its own `"capabilities":["completion"]` is not believed: it says so of embedders too.
        capabilities: null,
        contextLength: 2048,
        sizeBytes: 479488,
        parameterSize: '120K',
        quantization: 'all F32',
        loaded: true,
        createdAt: 1795178792,
      },
    ]);
  });

  it('llama-server with a tools template and a projector', async () => {
    const props = JSON.parse(String(recorded('llama.cpp', 'props').body)) as Record<string, unknown>;
    const found = await replay(
      'llama.cpp',
      { '/v1/models': 'v1-models' },
      {
        '/props': {
          body: {
            ...props,
            default_generation_settings: { n_ctx: 512 },
            modalities: { vision: true, audio: false },
            chat_template_caps: { supports_tools: true },
          },
        },
      },
    );
    expect(found?.models[0]).toMatchObject({
      capabilities: ['chat', 'completion', 'tools', 'vision'],
      contextLength: 512,
    });
  });

  it('llama-server as a router: nothing is loaded by looking, no path is shown', async () => {
    const routes = { '/v1/models': 'router-v1-models', '/props': 'router-props' };
    const found = await replay('llama.cpp', routes);
    expect(found?.kind).toBe('llama.cpp');
    expect(found?.models.map((model) => [model.id, model.loaded])).toEqual([
      ['tiny', false],
      ['tiny-embed', false],
      ['tiny-hello', false],
      ['tiny-think', false],
      ['tiny-tools', false],
    ]);
    expect(server?.requests.filter((request) => request.includes('model='))).toEqual([]);
    expect(JSON.stringify(found)).not.toContain('/srv/');
  });

  it('llama-server as a router: a loaded model is asked about without loading it', async () => {
    const found = await replay(
      'llama.cpp',
      { '/v1/models': 'router-v1-models-loaded', '/props': 'router-props' },
      {
        '/props?model=tiny&autoload=false': recorded('llama.cpp', 'props'),
      },
    );
    expect(found?.models[0]).toMatchObject({ id: 'tiny', loaded: true, contextLength: 2048, sizeBytes: 479488 });
    expect(server?.requests.filter((request) => request.includes('model='))).toEqual([
      'GET /props?model=tiny&autoload=false',
    ]);
  });

  it('llama-server that loads its model, then has it', async () => {
    const loading = { error: { code: 503, message: 'Loading model', type: 'unavailable_error' } };
    const reply = { status: 503, headers: { server: 'llama.cpp' }, body: loading };
    server = await serve({}, { fallback: reply });
    const { discovery, until } = watch([server.port], { intervalMs: 20 });
    expect(await until((servers) => servers.length === 1)).toMatchObject([
      { kind: 'llama.cpp', state: 'ready', models: [] },
    ]);
    server.routes = { '/v1/models': recorded('llama.cpp', 'v1-models'), '/props': recorded('llama.cpp', 'props') };
    expect(await until(([first]) => first?.models.length === 1)).toMatchObject([{ models: [{ id: 'tiny' }] }]);
    await discovery.stop();
  });

  it('llama-server behind a key: locked, by its Server header', async () => {
    const found = await replay('llama.cpp', {
      '/v1/models': 'auth-none-v1-models',
      '/props': 'auth-none-props',
      '/health': 'auth-none-health',
    });
    expect(found).toMatchObject({ kind: 'llama.cpp', state: 'locked', models: [] });
    expect(found?.problem).toContain('api_key');
    expect(server?.requests).toEqual(['GET /v1/models']);
  });

  it('vLLM', async () => {
    const found = await replay('vllm', { '/v1/models': 'v1-models', '/version': 'version', '/health': 'health' });
    expect(found).toMatchObject({ kind: 'vllm', version: '0.32.0', state: 'ready' });
    expect(found?.models).toMatchObject([{ id: 'tiny', contextLength: 1024, loaded: true, capabilities: null }]);
  });

  it('vLLM behind a key: locked, and open with the key', async () => {
    const routes = {
      '/v1/models': recorded('vllm', 'auth-none-v1-models'),
      '/version': recorded('vllm', 'auth-none-version'),
    };
    server = await serve(routes, { fallback: recorded('vllm', 'error-unknown-path') });
    expect(await discoverAt(server.port)).toMatchObject({ kind: 'vllm', state: 'locked' });

    server.routes = { ...routes, '/v1/models': recorded('vllm', 'auth-wrong-v1-models') };
    const wrong = await discoverAt(1, { servers: [named('box', server.origin, { apiKey: new Secret('wrong') })] });
    expect(wrong).toMatchObject({ name: 'box', state: 'locked', problem: 'It refused the key.' });
    expect(server.headers.at(-1)?.authorization).toBe('Bearer wrong');

    server.routes = { ...routes, '/v1/models': recorded('vllm', 'auth-right-v1-models') };
    const right = await discoverAt(1, { servers: [named('box', server.origin, { apiKey: new Secret('secret') })] });
    expect(right).toMatchObject({ name: 'box', kind: 'vllm', version: '0.32.0', state: 'ready', problem: null });
  });

  it('llama-cpp-python', async () => {
    const found = await replay('llama-cpp-python', { '/': 'root', '/v1/models': 'v1-models' });
    expect(found).toMatchObject({ kind: 'llama-cpp-python', models: [{ id: 'tiny', loaded: true, createdAt: null }] });
    expect(server?.requests).toHaveLength(2);
  });

  it('transformers, whose times are fractions', async () => {
    const found = await replay('transformers', { '/': 'root', '/v1/models': 'v1-models', '/health': 'health' });
    expect(found?.kind).toBe('transformers');
    expect(found?.models.find((model) => model.id === 'local/tiny')).toMatchObject({
      createdAt: 1795178418,
      loaded: null,
    });
  });

  it('sends its name, no Origin and no key to what it was not given a key for', async () => {
    await replay('vllm', { '/v1/models': 'v1-models', '/version': 'version' });
    for (const headers of server?.headers ?? []) {
      expect(headers['user-agent']).toBe('llmgw-discovery');
      expect(headers.host).toBe(`127.0.0.1:${server?.port ?? 0}`);
      expect(headers.origin).toBeUndefined();
      expect(headers.authorization).toBeUndefined();
    }
  });
});
