import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeHome, startDaemon, type TestDaemon } from '../helpers/daemon.ts';
import { startFakeUpstream, type FakeUpstream } from '../helpers/fake-upstream.ts';
import { eventually } from './stage.ts';

/**
 * Stands before the system's own way of finding names, in the daemon's process: hosts of `.example` are this machine
 * while a file says so; else nobody answers who knows names, and it takes the system five seconds to say so.
 */
const RESOLVER = `
import dns from 'node:dns';
import { existsSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
const asSystem = dns.lookup;
dns.lookup = (host, options, done = options) => {
  if (!host.endsWith('.example')) return asSystem(host, options, done);
  if (existsSync(process.env.THERE_IS_A_NETWORK)) {
    if (options.all === true) return done(null, [{ address: '127.0.0.1', family: 4 }]);
    return done(null, '127.0.0.1', 4);
  }
  const failure = Object.assign(new Error('getaddrinfo EAI_AGAIN ' + host), { code: 'EAI_AGAIN' });
  setTimeout(() => done(failure), 5_000).unref();
};
syncBuiltinESMExports();
`;

let folder: string;
let cloud: FakeUpstream;
let local: FakeUpstream;
let daemon: TestDaemon;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'llmgw-no-network-'));
  writeFileSync(join(folder, 'resolver.mjs'), RESOLVER);
  [cloud, local] = await Promise.all([startFakeUpstream(), startFakeUpstream({ models: ['tiny'] })]);
  const home = makeHome({
    config: [
      'discovery: {enabled: false}',
      `servers: [{name: box, base_url: "${local.apiBase}"}]`,
      'providers:',
      `  one: {dialect: openai-chat, base_url: "http://api.one.example:${cloud.port}/v1", api_key: key-of-one}`,
      `  two: {dialect: openai-chat, base_url: "http://api.two.example:${cloud.port}/v1", api_key: key-of-two}`,
      'models:',
      '  several: [one/big, two/big, box/tiny]',
      '  single: {deployments: [{target: one/big}], fallbacks: [box/tiny]}',
    ].join('\n'),
    env: {
      NODE_OPTIONS: `--import=${pathToFileURL(join(folder, 'resolver.mjs')).href}`,
      THERE_IS_A_NETWORK: join(folder, 'network'),
    },
  });
  daemon = await startDaemon({ home });
});
afterAll(async () => {
  await daemon.remove();
  await Promise.all([cloud.close(), local.close()]);
  rmSync(folder, { recursive: true, force: true });
});

async function ask(model: string): Promise<{ by: string; ms: number }> {
  const began = performance.now();
  const answer = await fetch(`${daemon.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${daemon.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello.' }] }),
  });
  await answer.arrayBuffer();
  return { by: answer.headers.get('x-llmgw-model') ?? String(answer.status), ms: performance.now() - began };
}

describe('without a network', () => {
  it('the first request waits three seconds for a name, the next ones go here at once', async () => {
    const first = await ask('several');
    expect(first.by).toBe('box/tiny');
    expect(first.ms).toBeLessThan(6_000);
    for (const model of ['several', 'single', 'several', 'single']) {
      const { by, ms } = await ask(model);
      expect({ model, by }).toEqual({ model, by: 'box/tiny' });
      expect(ms).toBeLessThan(1_000);
    }
    expect(cloud.calls).toHaveLength(0);
  });

  it('says so', async () => {
    const route = await daemon.manage('/llmgw/route?model=single');
    const left_out = 'there is no network';
    expect(route).toMatchObject({ group: { deployments: [{ state: 'offline', left_out }] } });
  });

  it('comes back by itself', async () => {
    writeFileSync(join(folder, 'network'), '');
    await eventually('a request goes out', async () => ((await ask('single')).by === 'one/big' ? true : null));
    expect((await ask('several')).by).toBe('one/big');
  });
});
