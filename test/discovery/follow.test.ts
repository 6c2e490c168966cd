import net from 'node:net';
import { describe, expect, it } from 'vitest';
import { named, watch } from './discover.ts';
import { afterwards, closed, follow, freePort, listOf, start, VLLM } from './following.ts';
import { recorded } from './serve.ts';

describe('following', () => {
  it('sees a server appear, change its models and vanish, with a log line and one call each', async () => {
    const port = await freePort();
    const { discovery, changes, until, logLines } = follow([port]);
    await discovery.firstRound;
    expect(discovery.servers()).toEqual([]);
    expect(changes).toEqual([]);

    const server = await start(VLLM, { port });
    expect(await until((servers) => servers.length === 1)).toMatchObject([
      { name: `vllm-${port}`, models: [{ id: 'tiny' }] },
    ]);

    server.routes = { ...VLLM, '/v1/models': listOf('tiny', 'second') };
    await until(([first]) => first?.models.length === 2);

    await server.close();
    await until((servers) => servers.length === 0);
    expect(changes.map((servers) => servers.flatMap((one) => one.models.map((model) => model.id)))).toEqual([
      ['tiny'],
      ['tiny', 'second'],
      [],
    ]);
    const said = logLines.map((line) => JSON.parse(line) as { level: number; msg: string });
    expect(said.filter((line) => line.level === 30).map((line) => line.msg)).toEqual([
      `model server vllm-${port} found at http://127.0.0.1:${port} with 1 model`,
      `model server vllm-${port} changed its models: +second`,
      `model server vllm-${port} is gone`,
    ]);
  });

  it('says nothing while only times and order change, and asks a known server for its list alone', async () => {
    let polls = 0;
    let enough: () => void = () => undefined;
    const sixPolls = new Promise<void>((resolve) => {
      enough = resolve;
    });
    const server = await start({
      ...VLLM,
      '/v1/models': () => {
        polls += 1;
        if (polls === 6) enough();
        const data = ['m', 'n'].map((id) => ({
          id,
          object: 'model',
          created: 1_790_000_000 + polls,
          owned_by: 'vllm',
        }));
        return { body: { object: 'list', data: polls % 2 === 0 ? data : data.reverse() } };
      },
    });
    const { changes } = follow([server.port]);
    await sixPolls;
    expect(changes).toHaveLength(1);
    expect(server.requests.filter((request) => request !== 'GET /v1/models')).toEqual(['GET /version']);
  });

  it('asks for details once, as long as the list is the same', async () => {
    let polls = 0;
    let enough: () => void = () => undefined;
    const sixPolls = new Promise<void>((resolve) => {
      enough = resolve;
    });
    const server = await start({
      '/props': recorded('llama.cpp', 'props'),
      '/v1/models': () => {
        polls += 1;
        if (polls === 6) enough();
        return recorded('llama.cpp', 'v1-models');
      },
    });
    follow([server.port]);
    await sixPolls;
    // For the version, and for the context of a slot.
    expect(server.requests.filter((request) => request === 'GET /props')).toHaveLength(2);
  });

  it('follows what is loaded, and asks an Ollama about a digest once', async () => {
    const files = {
      '/': 'root',
      '/v1/models': 'v1-models',
      '/api/tags': 'api-tags',
      '/api/version': 'api-version',
      '/api/status': 'api-status',
    };
    const routes = Object.fromEntries(
      Object.entries(files).map(([path, file]) => [path, recorded('ollama-0.24.0', file)]),
    );
    const show = { 'POST /api/show': recorded('ollama-0.24.0', 'api-show-tiny') };
    const server = await start({ ...routes, ...show, '/api/ps': recorded('ollama-0.24.0', 'api-ps-empty') });
    const { until } = follow([server.port]);
    const first = await until((servers) => servers.length === 1);
    expect(first[0]?.models.map((model) => model.loaded)).toEqual([false, false, false, false, false]);

    server.routes = { ...server.routes, '/api/ps': recorded('ollama-0.24.0', 'api-ps-loaded') };
    const second = await until(([one]) => one?.models.some((model) => model.loaded === true) === true);
    expect(second[0]?.models.filter((model) => model.loaded === true).map((model) => model.id)).toEqual([
      'tiny:latest',
    ]);
    expect(second[0]?.models.every((model) => model.capabilities !== null)).toBe(true);
    expect(server.requests.filter((request) => request === 'POST /api/show')).toHaveLength(5);
  });

  it('sees another kind of server take the place of one', async () => {
    const server = await start(VLLM);
    const { until } = follow([server.port]);
    await until(([first]) => first?.kind === 'vllm');
    await server.close();
    await start({ '/v1/models': recorded('llama-cpp-python', 'v1-models') }, { port: server.port });
    const servers = await until(([first]) => first?.kind === 'llama-cpp-python');
    expect(servers).toMatchObject([{ name: `llama-cpp-python-${server.port}` }]);
  });

  it('sees a server ask for a key, and no longer', async () => {
    const server = await start(VLLM);
    const { until } = follow([server.port]);
    await until(([first]) => first?.state === 'ready');
    server.routes = { ...VLLM, '/v1/models': recorded('vllm', 'auth-none-v1-models') };
    expect(await until(([first]) => first?.state === 'locked')).toMatchObject([{ kind: 'vllm', models: [] }]);
    server.routes = VLLM;
    expect(await until(([first]) => first?.state === 'ready')).toMatchObject([
      { kind: 'vllm', models: [{ id: 'tiny' }] },
    ]);
  });

  it('is one server on 127.0.0.1 and ::1', async () => {
    const server = await start(VLLM);
    const twin = net.createServer((socket) => socket.pipe(net.connect(server.port, '127.0.0.1')).pipe(socket));
    const onIpv6 = await new Promise<boolean>((resolve) => {
      twin.once('error', () => resolve(false));
      twin.listen(server.port, '::1', () => resolve(true));
    });
    afterwards(() => closed(twin));
    const { discovery } = follow([server.port]);
    await discovery.firstRound;
    expect(discovery.servers().map((one) => one.origin)).toEqual([server.origin]);
    if (!onIpv6) console.log('not tried on ::1: this machine has no IPv6 loopback');
  });

  it('finds a server that listens on ::1 alone', async (context) => {
    const server = await start(VLLM);
    const port = await freePort();
    const only6 = net.createServer((socket) => socket.pipe(net.connect(server.port, '127.0.0.1')).pipe(socket));
    const onIpv6 = await new Promise<boolean>((resolve) => {
      only6.once('error', () => resolve(false));
      only6.listen(port, '::1', () => resolve(true));
    });
    if (!onIpv6) context.skip('this machine has no IPv6 loopback');
    afterwards(() => closed(only6));
    const { discovery } = follow([port]);
    await discovery.firstRound;
    expect(discovery.servers()).toMatchObject([{ name: `vllm-${port}`, origin: `http://[::1]:${port}` }]);
  });

  it('looks at several places at once: a dead one costs its time-out once', async () => {
    const silent = await Promise.all(Array.from({ length: 8 }, () => start({})));
    for (const server of silent) server.hanging = true;
    const good = await start(VLLM);
    const startedAt = performance.now();
    const { discovery } = follow([...silent.map((server) => server.port), good.port]);
    await discovery.firstRound;
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(discovery.servers()).toHaveLength(1);
  });

  it('stops at once, in the middle of a question, and calls nobody after', async () => {
    const server = await start({});
    server.hanging = true;
    const { discovery, changes } = watch([server.port], { servers: [named('box', server.origin)] });
    while (server.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const startedAt = performance.now();
    await discovery.stop();
    expect(performance.now() - startedAt).toBeLessThan(500);
    await discovery.firstRound;
    expect(changes).toEqual([]);
  });
});
