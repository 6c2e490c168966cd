import { describe, expect, it } from 'vitest';
import { addressOf } from '../../src/discovery/address.ts';
import { FOREIGN_REST_MS, MAX_SILENT_LOOKS, Spot } from '../../src/discovery/spot.ts';
import { nodeProbe } from '../helpers/node-probe.ts';
import { named, watch } from './discover.ts';
import { afterwards, follow, freePort, start, VLLM } from './following.ts';
import { recorded } from './serve.ts';

describe('what is not asked', () => {
  it('costs a quiet machine next to nothing', async () => {
    const ports = await Promise.all(Array.from({ length: 21 }, freePort));
    const { discovery } = watch(ports);
    afterwards(() => discovery.stop());
    await discovery.firstRound;
    const rounds = 20;
    const before = process.cpuUsage();
    for (let round = 0; round < rounds; round += 1) await discovery.scan();
    const { user, system } = process.cpuUsage(before);
    // One round every 5 s: 50 ms would be 1 % of a core. About 5 ms were measured.
    expect((user + system) / 1000 / rounds).toBeLessThan(50);
  });

  it('asks a foreign server once, until a scan or a restart', async () => {
    const dev = await start({}, { fallback: { status: 404, body: 'no such page' } });
    // A server that is asked every round tells when rounds have passed.
    let rounds = 0;
    let enough: () => void = () => undefined;
    const eightRounds = (): Promise<void> =>
      new Promise((resolve) => {
        rounds = 0;
        enough = resolve;
      });
    const clock = await start({
      ...VLLM,
      '/v1/models': () => {
        rounds += 1;
        if (rounds === 8) enough();
        return recorded('vllm', 'v1-models');
      },
    });
    const passed = eightRounds();
    const { discovery, until } = follow([dev.port, clock.port]);
    await passed;
    expect(dev.requests).toEqual(['GET /v1/models']);
    await discovery.scan();
    expect(dev.requests).toHaveLength(2);

    await dev.close();
    await eightRounds();
    await start(VLLM, { port: dev.port });
    expect((await until((servers) => servers.length === 2)).map((one) => one.kind)).toEqual(['vllm', 'vllm']);
  });

  it.each([404, 502, 503])('asks a foreign server that answers %i again after ten minutes', async (status) => {
    const dev = await start({}, { fallback: { status, body: 'no' } });
    let now = 0;
    const spot = new Spot(
      {
        address: addressOf(dev.origin),
        apiKey: null,
        insecureTls: false,
        secondPath: null,
        kind: null,
        certain: false,
      },
      { probe: nodeProbe, details: new Map(), now: () => now },
    );
    const { signal } = new AbortController();
    for (now of [0, 15_000, 60_000, FOREIGN_REST_MS - 1])
      expect(await spot.look(signal)).toEqual({ seen: null, why: 'foreign' });
    expect(dev.requests).toHaveLength(1);
    now = FOREIGN_REST_MS;
    await spot.look(signal);
    expect(dev.requests).toHaveLength(2);
  });

  it('leaves alone what takes connections and says nothing, longer each time', async () => {
    const silent = await start({});
    silent.hanging = true;
    let now = 0;
    const quick = (asked: Parameters<typeof nodeProbe>[0]) =>
      nodeProbe({ ...asked, connectTimeoutMs: 20, answerTimeoutMs: 20 });
    const spot = new Spot(
      {
        address: addressOf(silent.origin),
        apiKey: null,
        insecureTls: false,
        secondPath: null,
        kind: null,
        certain: false,
      },
      { probe: quick, details: new Map(), now: () => now },
    );
    const { signal } = new AbortController();
    for (now = 0; now <= 120_000; now += 5_000) await spot.look(signal);
    // At 0, 10, 30 and 70 seconds.
    expect(silent.requests).toHaveLength(4);
    silent.hanging = false;
    silent.routes = VLLM;
    now = 150_000;
    expect((await spot.look(signal)).seen?.identity.kind).toBe('vllm');
  });

  it('waits for a model server that says it is starting, and for one that was here and is broken', async () => {
    const error = { message: 'Starting.', type: 'unavailable' };
    const server = await start({}, { fallback: { status: 503, body: { error } } });
    let now = 0;
    const spot = new Spot(
      {
        address: addressOf(server.origin),
        apiKey: null,
        insecureTls: false,
        secondPath: null,
        kind: null,
        certain: false,
      },
      { probe: nodeProbe, details: new Map(), now: () => now },
    );
    const { signal } = new AbortController();
    expect(await spot.look(signal)).toEqual({ seen: null, why: 'silent' });
    server.routes = VLLM;
    now = 10_000;
    expect((await spot.look(signal)).seen?.identity.kind).toBe('vllm');
    server.routes = { '/v1/models': { status: 500, body: 'Internal Server Error' } };
    for (let look = 0; look < MAX_SILENT_LOOKS; look += 1) expect((await spot.look(signal)).seen).not.toBeNull();
    expect((await spot.look(signal)).seen).toBeNull();
    expect(await spot.look(signal)).toEqual({ seen: null, why: 'silent' });
    server.routes = VLLM;
    now = 20_000;
    expect((await spot.look(signal)).seen?.identity.kind).toBe('vllm');
  });

  it('keeps a server that is busy for some rounds, then lets it go', async () => {
    const server = await start(VLLM);
    const quick = (asked: Parameters<typeof nodeProbe>[0]) =>
      nodeProbe({ ...asked, connectTimeoutMs: 20, answerTimeoutMs: 20 });
    const spot = new Spot(
      {
        address: addressOf(server.origin),
        apiKey: null,
        insecureTls: false,
        secondPath: null,
        kind: null,
        certain: false,
      },
      { probe: quick, details: new Map(), now: () => 0 },
    );
    const { signal } = new AbortController();
    expect((await spot.look(signal)).seen?.models).toHaveLength(1);
    server.hanging = true;
    for (let look = 0; look < MAX_SILENT_LOOKS; look += 1)
      expect((await spot.look(signal)).seen?.models).toHaveLength(1);
    expect(await spot.look(signal)).toEqual({ seen: null, why: 'silent' });
    server.hanging = false;
    expect((await spot.look(signal)).seen?.models).toHaveLength(1);
    await server.close();
    expect(await spot.look(signal)).toEqual({ seen: null, why: 'closed' });
  });

  it('asks llama-cpp-python for its list once, since every list ends the stream that it is at', async () => {
    const routes = { '/v1/models': recorded('llama-cpp-python', 'v1-models') };
    const server = await start(routes, { fallback: recorded('llama-cpp-python', 'health') });
    const { discovery, until } = follow([server.port]);
    await until(([first]) => first?.kind === 'llama-cpp-python');
    const asked = server.requests.length;
    await discovery.scan();
    await discovery.scan();
    const later = server.requests.slice(asked);
    expect(later.length).toBeGreaterThanOrEqual(2);
    expect(new Set(later)).toEqual(new Set(['GET /health']));
    // Another server in its place is seen all the same.
    server.routes = { ...VLLM, '/health': { status: 200 } };
    expect(await until(([first]) => first?.kind === 'vllm')).toHaveLength(1);
  });

  it('does not ask itself, whatever the address it is bound to', async () => {
    const itself = await start(VLLM);
    for (const host of ['127.0.0.1', 'localhost', '0.0.0.0', '::']) {
      const { discovery } = follow([itself.port], {
        ownAddresses: () => [{ host, port: itself.port }],
        servers: [named('me', `http://localhost:${itself.port}/prefix`)],
      });
      await discovery.firstRound;
      expect(discovery.servers()).toMatchObject([
        { name: 'me', state: 'down', problem: expect.stringContaining('itself') as string },
      ]);
    }
    expect(itself.requests).toEqual([]);
  });

  it('does not ask on ignored ports, nor anywhere when it is off, but always what the config names', async () => {
    const ignored = await start(VLLM);
    const first = follow([ignored.port], { ignoredPorts: [ignored.port] });
    const second = follow([ignored.port], { enabled: false });
    await Promise.all([first.discovery.firstRound, second.discovery.firstRound]);
    expect(ignored.requests).toEqual([]);
    const third = follow([ignored.port], {
      enabled: false,
      ignoredPorts: [ignored.port],
      servers: [named('box', `http://localhost:${ignored.port}/v1`)],
    });
    await third.discovery.firstRound;
    expect(third.discovery.servers()).toMatchObject([{ name: 'box', state: 'ready' }]);
  });
});
