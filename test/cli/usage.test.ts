import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createProgram } from '../../src/cli/program.ts';
import { makeHome, type TestHome } from '../helpers/daemon.ts';

let home: TestHome;
beforeAll(() => {
  home = makeHome();
});
afterAll(() => home.remove());

describe('the command line', () => {
  it('prints its version', async () => {
    const packaged = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    for (const flag of ['--version', '-V']) {
      expect(await home.run([flag])).toMatchObject({ code: 0, stdout: `${packaged.version}\n`, stderr: '' });
    }
  });

  it('names every command and every exit code in its help', async () => {
    const { code, stdout } = await home.run(['--help']);
    expect(code).toBe(0);
    for (const command of ['start', 'stop', 'restart', 'status', 'logs', 'scan', 'models', 'key', 'spend']) {
      expect(stdout).toMatch(new RegExp(`^ {2}${command}( |$)`, 'm'));
    }
    for (const exit of ['0', '1', '2', '3', '4', '5', '6', '130'])
      expect(stdout).toMatch(new RegExp(`^ {2}${exit} +\\w`, 'm'));
  });

  it.each([
    ['an unknown command', ['statsu'], /Did you mean status\?/],
    ['an unknown option', ['start', '--foregruond'], /Did you mean --foreground\?/],
    ['an argument too many', ['status', 'now'], /too many arguments/],
    ['a port that is none', ['start', '--port', '70000'], /A port is a number from 0 to 65535/],
    ['a port in words', ['start', '--port', 'http'], /A port is a number/],
    ['an option without its value', ['start', '--profile'], /argument missing/],
    ['a part of a command', ['key'], /Usage: llmgw key/],
    ['nothing', [], /Usage: llmgw/],
  ])('ends with 2 and says why at %s', async (_what, args, message) => {
    const { code, stdout, stderr } = await home.run(args);
    expect(stderr).toMatch(message);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  it('does not mention what only the program itself uses', async () => {
    expect((await home.run(['start', '--help'])).stdout).not.toContain('detached');
  });
});

describe('without a daemon', () => {
  it('status says so and ends with 3', async () => {
    expect(await home.run(['status'])).toMatchObject({ code: 3, stdout: 'llmgw is not running.\n', stderr: '' });
    const json = await home.run(['status', '--json']);
    expect(json.code).toBe(3);
    expect(JSON.parse(json.stdout)).toEqual({ v: 1, running: false });
  });

  it('stop says so and ends with 0', async () => {
    expect(await home.run(['stop'])).toMatchObject({ code: 0, stdout: 'llmgw is not running.\n', stderr: '' });
  });

  it('logs says that there is none', async () => {
    expect(await home.run(['logs'])).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('There is no log yet') as string,
    });
  });

  it('scan looks by itself', async () => {
    const { code, stdout } = await home.run(['scan', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ v: 1, servers: [] });
    expect(await home.run(['scan'])).toMatchObject({ code: 0, stdout: 'No model server found.\n' });
  });

  it('models looks by itself', async () => {
    const { code, stdout } = await home.run(['models', '--json']);
    expect({ code, document: JSON.parse(stdout) as unknown }).toEqual({
      code: 0,
      document: { v: 1, profile: 'prod', models: [] },
    });
  });
});

describe('key show', () => {
  it('prints the key alone, and one key to everybody who asks at once', async () => {
    const other = makeHome();
    try {
      const asked = await Promise.all(Array.from({ length: 4 }, () => other.run(['key', 'show'])));
      const keys = new Set(asked.map(({ stdout }) => stdout));
      expect(asked.map(({ code, stderr }) => ({ code, stderr }))).toEqual(Array(4).fill({ code: 0, stderr: '' }));
      expect(keys.size).toBe(1);
      expect([...keys][0]).toMatch(/^sk-llmgw-[0-9A-Za-z]{32,}\n$/);
      expect(other.read('data/client-key')).toBe([...keys][0]);
    } finally {
      await other.remove();
    }
  });
});

describe('the tree of commands', () => {
  it('is made without asking for the time zone, which takes longer than all the rest', () => {
    const asked = vi.spyOn(Intl, 'DateTimeFormat');
    createProgram();
    expect(asked).not.toHaveBeenCalled();
    asked.mockRestore();
  });
});
