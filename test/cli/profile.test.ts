import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeHome, startDaemon, type TestHome } from '../helpers/daemon.ts';
import type { ProfilesDocument } from '../../src/daemon/status.ts';

const CONFIG = `
discovery: {enabled: false}
profiles:
  dev: {models: {"gpt-*": ollama/qwen3:32b}}
  staging: {allow: cloud, cap: 5/week}
`;

async function withHome(work: (home: TestHome) => Promise<void>, config = CONFIG): Promise<void> {
  const home = makeHome({ config });
  try {
    await work(home);
  } finally {
    await home.remove();
  }
}

async function listed(home: TestHome): Promise<ProfilesDocument> {
  const { code, stdout, stderr } = await home.run(['profile', 'list', '--json']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as ProfilesDocument;
}

describe('profile, without a daemon', () => {
  it('lists what the config says, the built-in ones too', () =>
    withHome(async (home) => {
      const { active, profiles } = await listed(home);
      expect(active).toBe('dev');
      expect(profiles.map(({ name, built_in, allow }) => [name, built_in, allow])).toEqual([
        ['dev', true, 'local'],
        ['prod', true, 'any'],
        ['staging', false, 'cloud'],
      ]);
      expect(profiles[0]?.models).toEqual([{ name: 'gpt-*', targets: ['ollama/qwen3:32b'] }]);
      expect(profiles[2]?.cap).toMatchObject({ amount_usd: '5', period: 'week', spent_usd: '0' });
      const resets = new Date(profiles[2]?.cap?.resets_at ?? '');
      expect([resets.getDay(), resets.getHours()]).toEqual([1, 0]);
      expect((await home.run(['profile', 'list'])).stdout).toMatch(/^\* {2}dev/m);
    }));

  it('keeps what was chosen for the next start', () =>
    withHome(async (home) => {
      const used = await home.run(['profile', 'use', 'prod']);
      expect(used).toMatchObject({
        code: 0,
        stdout:
          'prod (from the next start on: no daemon runs): cloud models answer under their own names and cost money.\n',
        stderr: '',
      });
      expect((await listed(home)).active).toBe('prod');
      const daemon = await startDaemon({ home });
      try {
        expect(await daemon.manage('/llmgw/profiles')).toMatchObject({ active: 'prod' });
      } finally {
        await daemon.stop();
      }
    }));

  it.each([
    ['use', 'prdo', /There is no profile "prdo"\. Known: dev, prod, staging\. Did you mean prod\?/],
    ['show', 'stagin', /Did you mean staging\?/],
  ])('%s names the nearest of an unknown one and ends with 2', (word, name, message) =>
    withHome(async (home) => {
      const { code, stdout, stderr } = await home.run(['profile', word, name]);
      expect(stderr).toMatch(message);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    }),
  );

  it('takes the config that was named', () =>
    withHome(async (home) => {
      writeFileSync(join(home.folder, 'other.yaml'), 'profiles: {mine: {allow: local}}\n');
      const { stdout } = await home.run(['profile', 'show', 'mine', '--json', '--config', 'other.yaml']);
      expect(JSON.parse(stdout)).toMatchObject({ v: 1, active: 'dev', profile: { name: 'mine', allow: 'local' } });
    }));

  it('shows the one that a project file sets, and says so', () =>
    withHome(async (home) => {
      const file = join(home.folder, '.llmgw.yaml');
      writeFileSync(file, 'profile: staging\n');
      const shown = JSON.parse((await home.run(['profile', 'show', '--json'])).stdout) as unknown;
      expect(shown).toMatchObject({
        v: 1,
        active: 'dev',
        project_file: { name: 'staging', file },
        profile: { name: 'staging' },
      });
      expect((await home.run(['profile', 'show', 'dev'])).stdout).toContain(
        '.llmgw.yaml sets staging for llmgw commands run in',
      );
      const used = await home.run(['profile', 'use', 'dev']);
      expect(used).toMatchObject({
        code: 0,
        stderr: `llmgw: ${file} still sets staging for llmgw commands run in this folder.\n`,
      });
      writeFileSync(file, 'profile: stagng\n');
      expect(await home.run(['profile', 'show'])).toMatchObject({
        code: 2,
        stderr: expect.stringContaining(`The name is from ${file}.`) as string,
      });
    }));
});

describe('profile, with a daemon', () => {
  it('switches at once, and the choice outlives the daemon', async () => {
    const home = makeHome({ config: CONFIG });
    let daemon = await startDaemon({ home });
    try {
      const before = daemon.pid;
      expect(await home.run(['profile', 'use', 'staging'])).toMatchObject({
        code: 0,
        stdout: 'staging: only cloud models answer, and cost money, at most $5 a week.\n',
        stderr: '',
      });
      expect(await daemon.manage('/llmgw/profiles')).toMatchObject({ active: 'staging' });
      expect((await listed(home)).active).toBe('staging');
      expect(daemon.pid).toBe(before);
      await daemon.manage('/llmgw/profiles/prod/use', 'POST');
      expect(await home.run(['profile', 'use', 'dve'])).toMatchObject({
        code: 2,
        stdout: '',
        stderr: expect.stringContaining('Did you mean dev?') as string,
      });
      await daemon.stop();
      daemon = await startDaemon({ home });
      expect(await daemon.manage('/llmgw/profiles')).toMatchObject({ active: 'prod' });
    } finally {
      await daemon.remove();
    }
  });

  it('lists the names of a profile, and of the one that a project file sets', async () => {
    const daemon = await startDaemon({
      config: 'discovery: {enabled: false}\nprofiles: {staging: {models: {mine: demo/echo}}}\n',
      args: ['--demo'],
    });
    try {
      const { home } = daemon;
      const profileOf = async (...args: string[]): Promise<string> =>
        (JSON.parse((await home.run(['models', '--json', ...args])).stdout) as { profile: string }).profile;
      expect(await profileOf('--profile', 'staging')).toBe('staging');
      expect(await profileOf()).not.toBe('staging');
      writeFileSync(join(home.folder, '.llmgw.yaml'), 'profile: staging\n');
      expect(await profileOf()).toBe('staging');
      expect(await profileOf('--profile', 'dev')).toBe('dev');
      expect(await home.run(['models', '--profile', 'nope'])).toMatchObject({ code: 2, stdout: '' });
    } finally {
      await daemon.remove();
    }
  });
});
