import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeHome, startDaemon, type TestHome } from '../helpers/daemon.ts';

const CONFIG = 'discovery: {enabled: false}\nprofiles: {staging: {allow: local}}\n';

async function withHome(work: (home: TestHome) => Promise<void>): Promise<void> {
  const home = makeHome({ config: CONFIG });
  try {
    await work(home);
  } finally {
    await home.remove();
  }
}

async function listed(home: TestHome): Promise<unknown> {
  return (JSON.parse((await home.run(['key', 'list', '--json'])).stdout) as { keys: unknown }).keys;
}

describe('key', () => {
  it('prints a new key alone, once, and keeps its digest only', () =>
    withHome(async (home) => {
      const added = await home.run(['key', 'add', 'ci', '--profile', 'staging']);
      expect(added.code).toBe(0);
      expect(added.stdout).toMatch(/^sk-llmgw-[0-9A-Za-z]{40}\n$/);
      expect(added.stderr).toBe(
        'llmgw: made the key ci. Its requests are answered in staging only. Keep it: it is not shown again.\n',
      );
      expect(home.read('data/client-keys.json')).not.toContain(added.stdout.trim());
      expect(statSync(join(home.folder, 'data', 'client-keys.json')).mode & 0o777).toBe(0o600);
      const list = await home.run(['key', 'list']);
      expect(list.stdout).not.toContain('sk-llmgw-');
      expect(await listed(home)).toEqual([
        { id: 'default', profile: null, created_at: null, problem: null },
        { id: 'ci', profile: 'staging', created_at: expect.stringMatching(/^\d{4}-.*Z$/) as string, problem: null },
      ]);
      expect(await home.run(['key', 'show', 'ci'])).toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringContaining('only its digest is kept') as string,
      });
      expect(existsSync(join(home.folder, 'data', 'client-key'))).toBe(false);
    }));

  it('shows the default key by either name', () =>
    withHome(async (home) => {
      const { stdout } = await home.run(['key', 'show']);
      expect((await home.run(['key', 'show', 'default'])).stdout).toBe(stdout);
    }));

  it.each([
    ['a taken name', ['add', 'default'], /There is a key default already/],
    ['a name that is none', ['add', 'Two Words'], /is no name for a key/],
    ['a path for a name', ['add', '../x'], /is no name for a key/],
    ['an unknown profile', ['add', 'ci', '--profile', 'stagin'], /Did you mean staging\?/],
    ['an unknown key to remove', ['remove', 'defalt'], /There is no key "defalt".*Did you mean default\?/],
    ['the default key to remove', ['remove', 'default'], /cannot be removed/],
    ['an unknown key to show', ['show', 'ci'], /There is no key "ci"/],
  ])('refuses %s with 2', (_what, args, message) =>
    withHome(async (home) => {
      const { code, stdout, stderr } = await home.run(['key', ...args]);
      expect(stderr).toMatch(message);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    }),
  );

  it('marks a key whose profile is no more', () =>
    withHome(async (home) => {
      await home.run(['key', 'add', 'ci', '--profile', 'staging']);
      writeFileSync(join(home.folder, 'config.yaml'), 'discovery: {enabled: false}\n');
      expect(await listed(home)).toMatchObject([{ problem: null }, { problem: 'refused: there is no such profile' }]);
    }));

  it('says that the file cannot be used, with 6', () =>
    withHome(async (home) => {
      await home.run(['key', 'add', 'ci']);
      writeFileSync(join(home.folder, 'data', 'client-keys.json'), '{"v":1,"keys":[{"id":"ci"}]}');
      for (const args of [['list'], ['add', 'more'], ['remove', 'ci']]) {
        expect(await home.run(['key', ...args])).toMatchObject({ code: 6, stdout: '' });
      }
      expect(home.read('data/client-keys.json')).toContain('"id":"ci"}');
    }));

  it('is in force at the daemon when the command has ended, and its profile is a fence', async () => {
    const daemon = await startDaemon({ config: CONFIG, args: ['--demo'] });
    try {
      const { home, url } = daemon;
      const ask = async (key: string, headers: Record<string, string> = {}): Promise<number> =>
        (await fetch(`${url}/v1/models`, { headers: { authorization: `Bearer ${key}`, ...headers } })).status;
      const key = (await home.run(['key', 'add', 'ci', '--profile', 'staging'])).stdout.trim();
      const free = (await home.run(['key', 'add', 'free'])).stdout.trim();
      expect(await ask(key)).toBe(200);
      expect(await ask(key, { 'x-llmgw-profile': 'staging' })).toBe(200);
      expect(await ask(key, { 'x-llmgw-profile': 'prod' })).toBe(403);
      expect(await ask(free, { 'x-llmgw-profile': 'prod' })).toBe(200);
      expect(await ask(daemon.key)).toBe(200);
      expect(await home.run(['key', 'remove', 'ci'])).toMatchObject({ code: 0, stdout: 'The key ci is removed.\n' });
      expect(await ask(key)).toBe(401);
      expect(await ask(free)).toBe(200);
    } finally {
      await daemon.remove();
    }
  });
});
