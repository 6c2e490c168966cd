import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProfilesDocument, StatusDocument } from '../../src/daemon/status.ts';
import { makeHome, startDaemon, type TestDaemon, type TestHome } from '../helpers/daemon.ts';
import { startFakeUpstream, type FakeUpstream } from '../helpers/fake-upstream.ts';
import { eventually } from './stage.ts';

let cloud: FakeUpstream;
let box: FakeUpstream;
let home: TestHome;
beforeEach(async () => {
  cloud = await startFakeUpstream();
  box = await startFakeUpstream({ models: ['tiny:latest'] });
  home = makeHome({ config: config() });
});
afterEach(async () => {
  await home.remove();
  await cloud.close();
  await box.close();
});

/** A local server and a provider of the cloud, both fakes on this machine. */
function config(more = ''): string {
  return [
    'discovery: {enabled: false, interval: 1s}',
    `servers: [{name: box, base_url: "${box.apiBase}"}]`,
    `providers: {openai: {base_url: "${cloud.apiBase}", api_key: sk-fake-key-0123456789, models: [gpt-4o]}}`,
    more,
  ].join('\n');
}

function start(args: readonly string[] = []): Promise<TestDaemon> {
  return startDaemon({ home, profile: null, args });
}

function ask(daemon: TestDaemon, model: string, { path = '/v1', headers = {} } = {}): Promise<Response> {
  return fetch(`${daemon.url}${path}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${daemon.key}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello?' }] }),
  });
}

async function profiles(daemon: TestDaemon): Promise<ProfilesDocument> {
  return (await daemon.manage('/llmgw/profiles')) as ProfilesDocument;
}

describe('the first start', () => {
  it('takes dev when a local chat model is found, says why, and stays there without one', async () => {
    const first = await start();
    expect(first.program.stdout()).toMatch(/Profile +dev \(a local chat model was found\)/);
    await first.stop();
    await box.close();
    const second = await start();
    expect(second.program.stdout()).toMatch(/Profile +dev \(a local chat model was found at the first start\)/);
    const answer = await ask(second, 'gpt-4o');
    expect({ status: answer.status, body: await answer.text() }).toMatchObject({
      status: 503,
      body: expect.stringMatching(/"no_local_model".*|.*profile use prod/) as string,
    });
    expect(cloud.calls).toEqual([]);
    box = await startFakeUpstream();
  });

  it('takes prod when none is found', async () => {
    box.models = [];
    const daemon = await start();
    expect(daemon.program.stdout()).toMatch(/Profile +prod \(no local chat model was found\)/);
    expect((await ask(daemon, 'gpt-4o')).status).toBe(200);
    expect(cloud.calls).toHaveLength(1);
  });
});

describe('dev', () => {
  it.each(['gpt-4o', 'openai/gpt-4o', 'claude-sonnet-4-5'])(
    'answers %s by a local model, says so, and books it',
    async (name) => {
      const daemon = await start();
      const answer = await ask(daemon, name);
      expect(answer.status).toBe(200);
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        'x-llmgw-profile': 'dev',
        'x-llmgw-model': 'box/tiny:latest',
        'x-llmgw-stand-in-for': name,
        'x-llmgw-cost-usd': '0',
      });
      expect(answer.headers.get('x-llmgw-route')).toContain('stand-in');
      expect(cloud.calls).toEqual([]);
    },
  );

  it('stands in for no embedding: the answer says how to alias it', async () => {
    const daemon = await start();
    const answer = await fetch(`${daemon.url}/v1/embeddings`, {
      method: 'POST',
      headers: { authorization: `Bearer ${daemon.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'text-embedding-3-small', input: 'x' }),
    });
    expect(answer.status).toBe(404);
    expect(await answer.text()).toMatch(/profiles\.dev\.models|profiles:/);
    expect(box.calls).toEqual([]);
  });
});

describe('which profile answers', () => {
  it('is said by the header, then the path, then the active one', async () => {
    const daemon = await start();
    const seen = async (options: Parameters<typeof ask>[2]): Promise<string | null> =>
      (await ask(daemon, 'gpt-4o', options)).headers.get('x-llmgw-profile');
    expect(await seen({})).toBe('dev');
    expect(await seen({ path: '/prod/v1' })).toBe('prod');
    expect(await seen({ path: '/prod' })).toBe('prod');
    expect(await seen({ headers: { 'x-llmgw-profile': 'prod' } })).toBe('prod');
    expect(await seen({ path: '/prod/v1', headers: { 'x-llmgw-profile': 'dev' } })).toBe('dev');
    const unknown = await ask(daemon, 'gpt-4o', { headers: { 'x-llmgw-profile': 'prdo' } });
    expect({ status: unknown.status, text: await unknown.text() }).toEqual({
      status: 404,
      text: expect.stringMatching(/profile_not_found/) as string,
    });
    const models = await fetch(`${daemon.url}/dev/v1/models`, { headers: { authorization: `Bearer ${daemon.key}` } });
    expect(JSON.stringify(await models.json())).not.toContain('gpt-4o');
  });

  it('is fenced by the key', async () => {
    const daemon = await start();
    const { stdout } = await home.run(['key', 'add', 'intern', '--profile', 'dev']);
    const authorization = `Bearer ${stdout.trim()}`;
    expect((await ask(daemon, 'gpt-4o', { headers: { authorization } })).headers.get('x-llmgw-profile')).toBe('dev');
    await home.run(['profile', 'use', 'prod']);
    expect((await ask(daemon, 'gpt-4o', { headers: { authorization } })).headers.get('x-llmgw-profile')).toBe('dev');
    for (const options of [{ path: '/prod/v1' }, { headers: { 'x-llmgw-profile': 'prod' } }]) {
      const refused = await ask(daemon, 'gpt-4o', { ...options, headers: { ...options.headers, authorization } });
      expect({ status: refused.status, text: await refused.text() }).toEqual({
        status: 403,
        text: expect.stringMatching(/profile_not_allowed/) as string,
      });
    }
    expect(cloud.calls).toEqual([]);
  });

  it('is remembered over a restart when it was switched to', async () => {
    const daemon = await start();
    const used = await home.run(['profile', 'use', 'prod']);
    expect({ code: used.code, stderr: used.stderr }).toEqual({ code: 0, stderr: '' });
    expect((await profiles(daemon)).active).toBe('prod');
    await daemon.stop();
    expect((await profiles(await start())).active).toBe('prod');
  });
});

describe('the config file, changed while the daemon runs', () => {
  const write = (text: string): void => writeFileSync(join(home.folder, 'config.yaml'), text);
  const status = async (daemon: TestDaemon): Promise<StatusDocument> =>
    (await daemon.manage('/llmgw/status')) as StatusDocument;

  it('is in force within a second; a broken one keeps the one before, and status says so', async () => {
    const daemon = await start();
    expect((await ask(daemon, 'mine')).status).toBe(404);
    write(config('profiles: {dev: {models: {mine: box/tiny}}, squad: {allow: local}}'));
    await eventually(
      'the alias is there',
      async () => ((await ask(daemon, 'mine')).status === 200 ? true : null),
      1500,
    );
    expect((await profiles(daemon)).profiles.map(({ name }) => name)).toEqual(['dev', 'prod', 'squad']);

    write(config('profles: {}'));
    const broken = await eventually('it is told', async () => (await status(daemon)).config.problem, 1500);
    expect(broken).toMatch(/config\.yaml:4:1: profles: is not a key here.*did you mean `profiles`/);
    expect((await ask(daemon, 'mine')).status).toBe(200);
    expect((await home.run(['status'])).stdout).toMatch(/profles/);

    write(config());
    await eventually(
      'it is well again',
      async () => ((await status(daemon)).config.problem === null ? true : null),
      1500,
    );
    expect((await ask(daemon, 'mine')).status).toBe(404);
  });

  it('brings servers and providers, and takes them away', async () => {
    const daemon = await start();
    const other = await startFakeUpstream({ models: ['other:latest'] });
    try {
      write(config().replace('servers: [', `servers: [{name: second, base_url: "${other.apiBase}"}, `));
      await eventually(
        'its model answers',
        async () => ((await ask(daemon, 'other')).status === 200 ? true : null),
        3000,
      );
      write(config());
      await eventually('it is gone', async () => ((await ask(daemon, 'other')).status === 404 ? true : null), 3000);
    } finally {
      await other.close();
    }
  });
});
