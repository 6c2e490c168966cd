import { describe, expect, it } from 'vitest';
import { localPort } from '../../src/discovery/candidates.ts';
import { Secret } from '../../src/std/secret.ts';
import { named } from './discover.ts';
import { follow, freePort, listOf, start, VLLM } from './following.ts';
import { recorded } from './serve.ts';

describe('servers of the config', () => {
  it('never disappear: down with a sentence, up again, in the order of the config, before the others', async () => {
    const port = await freePort();
    const other = await start(VLLM);
    const { discovery, until, logLines } = follow([other.port], {
      servers: [
        named('b', `http://127.0.0.1:${port}`, { apiKey: new Secret('hidden') }),
        named('a', `http://localhost:${other.port}/v1`),
      ],
    });
    expect(discovery.servers()).toMatchObject([
      { name: 'b', state: 'down' },
      { name: 'a', state: 'down' },
    ]);
    await discovery.firstRound;
    expect(discovery.servers()).toMatchObject([
      {
        name: 'b',
        state: 'down',
        models: [],
        problem: `Nobody listens at http://127.0.0.1:${port}; start the server.`,
      },
      // At the same place as a candidate: once, under the config's name.
      { name: 'a', state: 'ready', fromConfig: true },
    ]);
    const server = await start(VLLM, { port });
    await until(([first]) => first?.state === 'ready');
    expect(server.headers[0]?.authorization).toBe('Bearer hidden');
    await server.close();
    expect(await until(([first]) => first?.state === 'down')).toMatchObject([
      { kind: 'vllm', problem: expect.stringContaining('Nobody') as string },
      {},
    ]);
    expect(logLines.join('')).not.toContain('hidden');
  });

  it('tells what is wrong', async () => {
    const page = await start({}, { fallback: { body: '<html>' } });
    const hanging = await start({});
    hanging.hanging = true;
    const broken = await start({}, { fallback: { status: 502, body: '<html>Bad Gateway' } });
    const login = await start({}, { fallback: { status: 403, body: 'Forbidden' } });
    const { discovery } = follow([], {
      servers: [
        named('page', page.origin),
        named('hanging', hanging.origin),
        named('login', login.origin, { apiKey: new Secret('k') }),
        named('keyless', login.origin),
        named('stated', login.origin, { kind: 'tgi' }),
        named('broken', broken.origin),
        named('nothing', 'http://127.0.0.1:1', { kind: 'vllm' }),
      ],
    });
    await discovery.firstRound;
    expect(discovery.servers().map((one) => [one.name, one.kind, one.state, one.problem])).toEqual([
      [
        'page',
        'openai-compatible',
        'down',
        `What answers at ${page.origin} lists no models; check base_url if requests to it fail.`,
      ],
      ['hanging', 'openai-compatible', 'down', expect.stringContaining('does not answer in time') as string],
      ['login', 'openai-compatible', 'locked', 'It refused the key.'],
      ['keyless', 'openai-compatible', 'locked', 'It wants a key: set api_key in its entry of the config.'],
      ['stated', 'tgi', 'locked', 'It wants a key: set api_key in its entry of the config.'],
      ['broken', 'openai-compatible', 'down', expect.stringContaining('server errors') as string],
      ['nothing', 'vllm', 'down', expect.stringContaining('Nobody listens') as string],
    ]);
  });

  it('are read as the kind that the config states', async () => {
    const server = await start({
      '/api/tags': recorded('ollama-0.34.0', 'api-tags'),
      '/api/ps': recorded('ollama-0.34.0', 'api-ps-empty'),
    });
    const { discovery } = follow([], { servers: [named('old', server.origin, { kind: 'ollama' })] });
    await discovery.firstRound;
    expect(discovery.servers()).toMatchObject([
      { name: 'old', kind: 'ollama', state: 'ready', apiBase: `${server.origin}/v1` },
    ]);
    expect(discovery.servers()[0]?.models).toHaveLength(5);
  });

  it('are read as the kind that the config states, behind an API base of its own', async () => {
    const server = await start({ '/openai/models': listOf('m') });
    const { discovery } = follow([], { servers: [named('box', `${server.origin}/openai`, { kind: 'sglang' })] });
    await discovery.firstRound;
    expect(discovery.servers()).toMatchObject([{ kind: 'sglang', state: 'ready', apiBase: `${server.origin}/openai` }]);
  });

  it.each<[string, string, string]>([
    ['a prefix', '/ollama', '/ollama/v1'],
    ['a prefix and the version', '/ollama/v1', '/ollama/v1'],
    ['an API base without a version', '/openai', '/openai'],
  ])('keep %s', async (_, written, apiPath) => {
    const server = await start({ [`${apiPath}/models`]: listOf('m'), '/ollama/version': { body: { version: '1' } } });
    const { discovery } = follow([], { servers: [named('box', `${server.origin}${written}`)] });
    await discovery.firstRound;
    expect(discovery.servers()).toMatchObject([
      { kind: 'vllm', state: 'ready', apiBase: `${server.origin}${apiPath}`, origin: server.origin },
    ]);
  });

  it('take their name before a discovered server does', async () => {
    const found = await start(VLLM);
    const { discovery } = follow([], {
      candidates: [localPort(found.port)],
      servers: [named(`vllm-${found.port}`, 'http://127.0.0.1:1')],
    });
    await discovery.firstRound;
    expect(discovery.servers().map((one) => one.name)).toEqual([`vllm-${found.port}`, `vllm-${found.port}-2`]);
  });

  it('are cloud on another machine unless the config says local', async () => {
    const { discovery } = follow([], {
      servers: [
        named('far', 'http://gpu-box.invalid:1'),
        named('near', 'http://gpu-box.invalid:1', { local: true }),
        named('here', 'http://127.0.0.1:1'),
        named('rooted', 'http://localhost.:2'),
      ],
    });
    await discovery.firstRound;
    expect(discovery.servers().map((one) => one.locality)).toEqual(['cloud', 'local', 'local', 'local']);
  });
});

it('finds Docker Model Runner where only its own API base is served, and TGI without a model list', async () => {
  const docker = await start({
    '/engines/v1/models': {
      body: { object: 'list', data: [{ id: 'ai/smollm2', object: 'model', created: 5, owned_by: 'docker' }] },
    },
    '/engines/ps': { body: [] },
  });
  const tgi = await start({
    '/info': { body: { model_id: 'g', max_total_tokens: 10, router: 'text-generation-router', version: '2' } },
  });
  const { discovery } = follow([], {
    candidates: [
      localPort(docker.port, { apiPaths: ['/v1', '/engines/v1'] }),
      localPort(tgi.port, { secondPath: '/info' }),
    ],
  });
  await discovery.firstRound;
  expect(discovery.servers()).toMatchObject([
    {
      kind: 'docker-model-runner',
      apiBase: `${docker.origin}/engines/v1`,
      models: [{ id: 'ai/smollm2', loaded: false }],
    },
    { kind: 'tgi', apiBase: `${tgi.origin}/v1`, models: [{ id: 'g', contextLength: 10 }] },
  ]);
});
