import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, renameSync, statSync, symlinkSync } from 'node:fs';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { Chalk } from 'chalk';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { askToEditAgain, editUntilGood, findEditor } from '../../src/cli/config/edit.ts';
import type { ConfigReport } from '../../src/cli/config/check.ts';
import { renderReport } from '../../src/cli/render/config.ts';
import { configJsonSchema } from '../../src/config/json-schema.ts';
import { STARTER_CONFIG } from '../../src/config/starter.ts';
import { makeHome, type TestHome } from '../helpers/daemon.ts';

let home: TestHome;
let file: string;

beforeEach(() => {
  home = makeHome();
  file = join(home.folder, 'config.yaml');
});
afterEach(() => home.remove());

const write = (text: string): void => writeFileSync(file, text, { mode: 0o600 });
const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);
const posix = process.platform !== 'win32';

const WRONG = 'server:\n  prot: 1\nprofile: staging\n';
const mistakes = (path: string): string =>
  `${path}:2:3: server.prot: is not a key here; did you mean \`port\`?\n` +
  `${path}:3:10: profile: \`staging\` is none of the profiles, which are dev, prod\n` +
  '2 mistakes.\n';

describe('llmgw config init', () => {
  it('writes a file that is accepted, and the schema beside it, for the owner alone', async () => {
    rmSync(file);
    const { stdout, code } = await home.run(['config', 'init']);
    expect({ stdout, code }).toEqual({ stdout: `Wrote ${file}.\n`, code: 0 });
    expect(readFileSync(file, 'utf8')).toBe(STARTER_CONFIG);
    const [, schema = ''] = /^# yaml-language-server: \$schema=(.*)$/m.exec(STARTER_CONFIG) ?? [];
    expect(JSON.parse(home.read(schema))).toEqual(configJsonSchema());
    if (posix) expect(mode(file)).toBe('600');
    expect((await home.run(['config', 'check'])).stdout).toBe(`${file} is fine.\n`);
  });

  it('leaves a file alone, under its other name too', async () => {
    renameSync(file, join(home.folder, 'config.yml'));
    const { stderr, code } = await home.run(['config', 'init']);
    expect(stderr).toBe(
      `llmgw: ${join(home.folder, 'config.yml')} is there already, and is left as it is.\n` +
        '`--force` writes a new one and keeps the old one beside it.\n',
    );
    expect(code).toBe(6);
    expect(existsSync(file)).toBe(false);
  });

  it('with --force keeps the old one, each time, and a link a link', async () => {
    mkdirSync(join(home.folder, 'dotfiles'));
    const real = join(home.folder, 'dotfiles', 'llmgw.yaml');
    renameSync(file, real);
    writeFileSync(real, '# mine\n');
    chmodSync(real, 0o644);
    symlinkSync(real, file);
    const { stdout } = await home.run(['config', 'init', '--force']);
    expect(stdout).toBe(`Wrote ${file}.\nThe file before is kept as ${real}.bak.\n`);
    expect(lstatSync(file).isSymbolicLink()).toBe(true);
    expect([readFileSync(real, 'utf8'), readFileSync(`${real}.bak`, 'utf8')]).toEqual([STARTER_CONFIG, '# mine\n']);
    if (posix) expect([mode(real), mode(`${real}.bak`)]).toEqual(['600', '600']);
    await home.run(['config', 'init', '--force']);
    expect(readFileSync(`${real}.bak2`, 'utf8')).toBe(STARTER_CONFIG);
  });

  it('leaves a file that has the name of the schema alone when it is not ours', async () => {
    const schema = join(home.folder, 'llmgw.schema.json');
    writeFileSync(schema, '{"title": "mine"}');
    await home.run(['config', 'init', '--force']);
    expect(readFileSync(schema, 'utf8')).toBe('{"title": "mine"}');
    writeFileSync(schema, JSON.stringify({ title: configJsonSchema()['title'] }, null, 2));
    await home.run(['config', 'init', '--force']);
    expect(JSON.parse(readFileSync(schema, 'utf8'))).toEqual(configJsonSchema());
  });
});

describe('llmgw config path', () => {
  it('prints the path alone, and beside it whether it is there', async () => {
    expect(await home.run(['config', 'path'])).toMatchObject({ stdout: `${file}\n`, stderr: '', code: 0 });
    rmSync(file);
    const absent = 'llmgw: It is not there: all defaults are in force.\n';
    expect(await home.run(['config', 'path'])).toMatchObject({ stdout: `${file}\n`, stderr: absent, code: 0 });
    const { stdout } = await home.run(['config', 'path', '--json']);
    expect(JSON.parse(stdout)).toEqual({ v: 1, file, exists: false, daemon: null });
    const named = await home.run(['config', 'path', '--config', 'other.yaml']);
    expect(named.stdout).toBe(`${join(home.folder, 'other.yaml')}\n`);
  });

  it('tells of a daemon that has another file', async () => {
    const other = join(home.folder, 'other.yaml');
    writeFileSync(other, 'discovery: {enabled: false}\nserver: {port: 0}\n', { mode: 0o600 });
    expect(await home.run(['start', '--config', other])).toMatchObject({ code: 0 });
    const { stdout, stderr } = await home.run(['config', 'path']);
    expect({ stdout, stderr }).toEqual({
      stdout: `${file}\n`,
      stderr: `llmgw: The daemon that runs was started with ${other}.\n`,
    });
    expect((await home.run(['config', 'path', '--config', other])).stderr).toBe('');
  });
});

describe('llmgw config show', () => {
  it('prints every setting in the words of the file, and no key', async () => {
    write('servers: [{name: box, base_url: "http://127.0.0.1:1", api_key: sk-PLANTED}]\nmodels: {fast: box/m}\n');
    const { stdout, stderr, code } = await home.run(['config', 'show']);
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    expect(stdout.split('\n')[0]).toBe(`# ${file}, with every default filled in`);
    expect(stdout).not.toContain('PLANTED');
    expect(parse(stdout)).toMatchObject({
      server: { host: '127.0.0.1', port: 4000, auth: 'key', max_request: '64MB', request_timeout: '1m' },
      servers: [{ name: 'box', base_url: 'http://127.0.0.1:1', api_key: '[secret]', insecure_tls: false }],
      models: { fast: 'box/m' },
      profiles: { dev: { allow: 'local', stand_in: 'auto' }, prod: { allow: 'any', stand_in: 'none' } },
    });
    const json = JSON.parse((await home.run(['config', 'show', '--json'])).stdout) as Record<string, unknown>;
    expect(json).toEqual({ v: 1, file, config: parse(stdout) as unknown, warnings: [] });
  });

  it('without a file prints the defaults, and with a wrong one its mistakes', async () => {
    rmSync(file);
    expect((await home.run(['config', 'show'])).stdout).toMatch(/^# No file, with every default filled in\nserver:\n/);
    write(WRONG);
    const { stdout, stderr, code } = await home.run(['config', 'show']);
    expect({ stdout, code }).toEqual({ stdout: '', code: 5 });
    expect(stderr).toContain('server.prot: is not a key here');
  });
});

describe('llmgw config check', () => {
  it('names every mistake with its place, and ends with 5', async () => {
    write(WRONG);
    expect(await home.run(['config', 'check'])).toMatchObject({ stdout: mistakes(file), stderr: '', code: 5 });
    const { stdout, code } = await home.run(['config', 'check', '--json']);
    expect(code).toBe(5);
    expect(JSON.parse(stdout)).toEqual({
      v: 1,
      ok: false,
      file,
      exists: true,
      keys: [],
      liteLlm: null,
      outlook: null,
      readableByOthers: false,
      problems: [
        { file, line: 2, column: 3, path: 'server.prot', message: 'is not a key here', nearest: 'port' },
        {
          file,
          line: 3,
          column: 10,
          path: 'profile',
          message: '`staging` is none of the profiles, which are dev, prod',
          nearest: null,
        },
      ],
      warnings: [],
    });
  });

  it('takes another file', async () => {
    const other = join(home.folder, 'other.yaml');
    writeFileSync(other, WRONG);
    expect(await home.run(['config', 'check', 'other.yaml'])).toMatchObject({ stdout: mistakes(other), code: 5 });
    const missing = `${join(home.folder, 'nowhere.yaml')}: there is no such file`;
    expect((await home.run(['config', 'check', 'nowhere.yaml'])).stdout).toContain(missing);
  });

  it('says what is fine and what is doubtful', async () => {
    write('profiles: {dev: {models: {a: openai/gpt-4o}}}');
    const { stdout, code } = await home.run(['config', 'check']);
    expect(code).toBe(0);
    expect(stdout).toBe(
      `${file}:1:30: profiles.dev.models.a: \`openai/gpt-4o\` is in the cloud by its name, and this profile is ` +
        '`allow: local`: it is passed over, unless a local server has a model of this very name\n\n' +
        `${file} is fine, with 1 warning.\n`,
    );
    rmSync(file);
    expect((await home.run(['config', 'check'])).stdout).toBe(`There is no ${file}: all defaults are in force.\n`);
  });

  it('says so when there are two files', async () => {
    writeFileSync(join(home.folder, 'config.yml'), '');
    const { stdout, code } = await home.run(['config', 'check']);
    expect(code).toBe(5);
    expect(stdout).toBe(`${join(home.folder, 'config.yml')}: ${file} is there too; keep one of them\n1 mistake.\n`);
  });

  it('in colour says the same', () => {
    const report: ConfigReport = { file: 'f', exists: true, problems: [], warnings: ['f:1:1: odd'], liteLlm: null };
    const bad = { ...report, problems: [{ file: 'f', line: 1, column: 2, path: 'a', message: 'is wrong' }] };
    const paint = new Chalk({ level: 1 });
    expect(renderReport(bad, { columns: 80, paint })).toBe('f:1:2: a: is wrong\n\u001b[31m1 mistake.\u001b[39m\n');
    expect(renderReport(report, { columns: 80, paint })).toBe(
      'f:1:1: odd\n\u001b[33mf is fine, with 1 warning.\u001b[39m\n',
    );
  });
});

describe('llmgw config schema', () => {
  it('prints the JSON Schema', async () => {
    const { stdout, code } = await home.run(['config', 'schema']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual(configJsonSchema());
  });
});

describe.runIf(posix)('llmgw config edit (editors here are pieces of POSIX shell)', () => {
  const editor = (text: string): NodeJS.ProcessEnv => {
    writeFileSync(join(home.folder, 'new text'), text);
    return { EDITOR: `cp "${join(home.folder, 'new text')}"` };
  };

  it('opens the editor, which can have arguments, on a file that it makes, and checks it', async () => {
    rmSync(file);
    const env = { VISUAL: 'grep -c yaml-language-server', EDITOR: 'false' };
    const { stdout, code } = await home.run(['config', 'edit'], { env });
    expect({ stdout, code }).toEqual({ stdout: `1\n${file} is fine.\n`, code: 0 });
    expect(mode(file)).toBe('600');
  });

  it('tells what is wrong afterwards; without a terminal nobody is asked', async () => {
    const { stdout, code } = await home.run(['config', 'edit'], { env: editor(WRONG) });
    expect(stdout).toBe(`${mistakes(file)}A daemon that runs keeps to what the file said before.\n`);
    expect(code).toBe(5);
  });

  it('says so when the editor fails or there is none', async () => {
    const failed = await home.run(['config', 'edit'], { env: { EDITOR: 'exit 3;' } });
    expect(failed).toMatchObject({ stderr: 'llmgw: The editor `exit 3;` ended with 3.\n', code: 1 });
    const none = await home.run(['config', 'edit'], { env: { PATH: home.folder } });
    expect(none).toMatchObject({
      stderr: 'llmgw: No editor was found.\nSet EDITOR to the name of one, as in EDITOR=nano.\n',
      code: 1,
    });
  });

  it.runIf(canUseScript())('asks on a terminal whether to edit again (needs script(1) of util-linux)', async () => {
    // The first edit breaks the file, the second mends it.
    writeFileSync(join(home.folder, 'bad'), WRONG);
    writeFileSync(
      join(home.folder, 'editor.sh'),
      'if [ -e bad ]; then mv bad config.yaml; else echo "server: {}" > config.yaml; fi\n',
    );
    const program = `'${process.execPath}' '${join(process.cwd(), 'bin/llmgw.js')}' config edit`;
    const child = spawn('script', ['-qec', program, '/dev/null'], {
      cwd: home.folder,
      env: { ...home.env, EDITOR: `sh ${join(home.folder, 'editor.sh')} --` },
    });
    let screen = '';
    child.stdout.on('data', (chunk: Buffer) => {
      const asked = screen.includes('[Y/n]');
      screen += chunk.toString();
      if (!asked && screen.includes('[Y/n]')) child.stdin.write('\r');
    });
    const code = await new Promise((resolve) => child.on('exit', resolve));
    expect(screen).toContain('2 mistakes.');
    expect(screen).toContain(`${file} is fine.`);
    expect(code).toBe(0);
  });
});

describe('editing', () => {
  const report = (mistakes: number): ConfigReport => ({
    file: 'f',
    exists: true,
    problems: Array.from({ length: mistakes }, () => ({ file: 'f', line: 1, column: 1, path: '', message: 'no' })),
    warnings: [],
    liteLlm: null,
  });

  it.each([
    [[0], [], 1],
    [[2, 0], [true], 2],
    [[2, 1, 0], [true, true], 3],
    [[2, 1], [true, false], 2],
  ])('goes on while there are mistakes (%j) and the answer is yes (%j)', async (results, answers, edits) => {
    const left = { results: [...results], answers: [...answers] };
    let count = 0;
    const last = await editUntilGood({
      edit: () => Promise.resolve(void (count += 1)),
      check: () => report(left.results.shift() ?? 0),
      show: () => undefined,
      askAgain: () => Promise.resolve(left.answers.shift() ?? false),
    });
    expect([count, last.problems.length]).toEqual([edits, results.at(-1)]);
  });

  it.each([
    ['\n', true],
    ['y\n', true],
    ['Yes\n', true],
    ['n\n', false],
    ['q\n', false],
    ['', false],
  ])('takes %j as %j', async (typed, expected) => {
    const input = new PassThrough();
    input.end(typed);
    expect(await askToEditAgain(input, new PassThrough())).toBe(expected);
  });

  it('takes $VISUAL, then $EDITOR, then what is there', () => {
    expect(findEditor({ VISUAL: 'code --wait', EDITOR: 'vi' }, 'linux')).toBe('code --wait');
    expect(findEditor({ VISUAL: ' ', EDITOR: 'emacs' }, 'linux')).toBe('emacs');
    expect(findEditor({}, 'win32')).toBe('notepad');
    if (!posix) return;
    const program = join(home.folder, 'vi');
    writeFileSync(program, '');
    expect(() => findEditor({ PATH: home.folder }, 'linux')).toThrow('No editor was found.');
    chmodSync(program, 0o755);
    expect(findEditor({ PATH: `/nowhere:${home.folder}` }, 'linux')).toBe('vi');
  });
});

function canUseScript(): boolean {
  if (process.platform !== 'linux') return false;
  try {
    return execFileSync('script', ['--version'], { encoding: 'utf8' }).includes('util-linux');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}
