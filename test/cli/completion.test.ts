import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandTree, everyCommand } from '../../src/cli/completion/command-tree.ts';
import { completionScript } from '../../src/cli/completion/script.ts';
import { SHELLS } from '../../src/cli/completion/value-kinds.ts';
import { createProgram } from '../../src/cli/program.ts';
import { ROOT } from '../architecture/sources.ts';
import { makeHome, type TestHome } from '../helpers/daemon.ts';

let home: TestHome;
beforeAll(() => {
  home = makeHome();
});
afterAll(() => home.remove());

describe('completions/', () => {
  const files = { bash: 'llmgw.bash', zsh: '_llmgw', fish: 'llmgw.fish' };

  it.each(SHELLS)('is what the command tree says now, for %s (else: node scripts/completions.js)', (shell) => {
    const written = readFileSync(join(ROOT, 'completions', files[shell]), 'utf8');
    expect(written).toBe(completionScript(shell, createProgram()));
  });
});

describe('the command tree', () => {
  const tree = commandTree(createProgram());
  const places = everyCommand(tree).map(({ place }) => place);

  it('has what the help shows and nothing that it hides', () => {
    expect(places).toEqual(expect.arrayContaining(['', 'start', 'profile use', 'completion install', 'help']));
    expect(places).not.toContain('complete-values');
    const start = everyCommand(tree).find(({ place }) => place === 'start');
    expect(start?.options.map(({ long }) => long)).toContain('--config');
    expect(start?.options.map(({ long }) => long)).not.toContain('--detached-child');
  });

  it('knows what a value is by its name, and its choices', () => {
    const program = new Command('x').addCommand(
      new Command('do')
        .argument('<model>')
        .argument('[others...]')
        .option('-c, --config <file>', 'a file')
        .option('--profile <name>', 'a profile')
        .option('--colour [when]', 'takes its value with = only')
        .addOption(new Option('--by <what>', 'a choice').choices(['day', 'hour'])),
    );
    const [command] = commandTree(program).commands;
    expect(command?.args).toEqual([
      { name: 'model', value: { kind: 'dynamic', name: 'model', values: 'models' }, variadic: false },
      { name: 'others', value: { kind: 'free', name: 'others' }, variadic: true },
    ]);
    expect(command?.options.map(({ long, value }) => [long, value])).toEqual([
      ['--config', { kind: 'files', name: 'file' }],
      ['--profile', { kind: 'dynamic', name: 'profile', values: 'profiles' }],
      ['--colour', null],
      ['--by', { kind: 'choices', name: 'what', choices: ['day', 'hour'] }],
      ['--help', null],
    ]);
  });
});

describe('complete-values', () => {
  it('reads the names in the config and in what was remembered, without a daemon, and leaves nothing behind', async () => {
    const other = makeHome({
      config:
        'models: {"my:fast": ollama/x, "gpt-*": ollama/x}\nprofiles: {staging: {models: {mine: ollama/x}}}\n' +
        'providers: {own: {models: [big]}}\n',
    });
    try {
      mkdirSync(join(other.folder, 'cache', 'models'), { recursive: true });
      mkdirSync(join(other.folder, 'state'));
      writeFileSync(
        join(other.folder, 'cache', 'models', 'some%2Ehost.json'),
        '{"apiBase":"x","ids":["a/b","\\u001b[2J"]}',
      );
      writeFileSync(join(other.folder, 'cache', 'models', 'broken.json'), '{');
      writeFileSync(join(other.folder, 'cache', 'models', '50%.json'), '{"ids":["x"]}');
      writeFileSync(join(other.folder, 'cache', 'models', 'openai.json'), '{"ids":["gpt-4o"]}');
      writeFileSync(join(other.folder, 'state', 'local-models.json'), JSON.stringify({ 'qwen3:8b': 1 }));
      const before = readdirSync(other.folder, { recursive: true }).sort();
      const ask = async (...args: string[]): Promise<string[]> => {
        const { code, stdout, stderr } = await other.run(['complete-values', ...args]);
        expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
        return stdout.split('\n').filter((line) => line !== '');
      };
      const full = ['my:fast', 'mine', 'qwen3:8b', 'own/big', 'openai/gpt-4o', 'some.host/a/b'];
      expect(await ask('models')).toEqual([...full, 'big', 'gpt-4o']);
      expect(await ask('models', 'gp')).toEqual(['gpt-4o']);
      expect(await ask('models', '--', 'openai/')).toEqual(['openai/gpt-4o']);
      expect(await ask('models', 'my')).toEqual(['my:fast']);
      expect(await ask('models', '--', '--help')).toEqual([]);
      expect(await ask('profiles')).toEqual(['dev', 'prod', 'staging']);
      expect(await ask('providers', 'openai')).toEqual(expect.arrayContaining(['openai']));
      expect(await ask('keys')).toEqual(['default']);
      expect(await ask('removable_keys')).toEqual([]);
      expect(await ask('stored_accounts')).toEqual([]);
      expect(await ask('testable_accounts')).toEqual(['own']);
      expect(readdirSync(other.folder, { recursive: true }).sort()).toEqual(before);
    } finally {
      await other.remove();
    }
  });

  it("reads the names in LiteLLM's file, and in what it includes", async () => {
    const config = `include: [more.yaml]
model_list:
  - {model_name: chat, litellm_params: {model: openai/gpt-4o}}
  - {model_name: chat, litellm_params: {model: azure/gpt-4o}}
  - {model_name: "openai/*", litellm_params: {model: "openai/*"}}
  - {model_name: 7}
  - no entry
router_settings: {num_retries: 1, model_group_alias: {quick: chat, unlisted: {model: chat, hidden: true}}, num_retries: 2}
`;
    const other = makeHome({ config });
    try {
      const included = 'model_list: [{model_name: included, litellm_params: {model: ollama/x}}]\n';
      writeFileSync(join(other.folder, 'more.yaml'), included);
      const { stdout, stderr } = await other.run(['complete-values', 'models']);
      expect({ names: stdout.split('\n').sort(), stderr }).toEqual({
        names: ['', 'chat', 'included', 'quick'],
        stderr: '',
      });
    } finally {
      await other.remove();
    }
  });

  it.each([
    ['a config that is no YAML', 'models: [}'],
    ['a LiteLLM file whose included file is missing', 'include: [nowhere.yaml]\nmodel_list: []\n'],
    ['a LiteLLM file of another shape', 'model_list: {chat: 1}\nrouter_settings: [model_group_alias]\n'],
    ['a config of another shape', '- models\n- profiles\n'],
    ['parts of another shape', 'models: 7\nprofiles: [dev]\nproviders: null\n'],
  ])('says nothing of %s', async (_what, config) => {
    const other = makeHome({ config });
    try {
      expect(await other.run(['complete-values', 'profiles'])).toMatchObject({
        code: 0,
        stdout: 'dev\nprod\n',
        stderr: '',
      });
    } finally {
      await other.remove();
    }
  });

  it('has an end', async () => {
    const other = makeHome();
    try {
      mkdirSync(join(other.folder, 'state'));
      const many = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`model-${index}`, 1]));
      writeFileSync(join(other.folder, 'state', 'local-models.json'), JSON.stringify(many));
      const lines = async (prefix: string): Promise<number> =>
        (await other.run(['complete-values', 'models', prefix])).stdout.split('\n').length - 1;
      expect(await lines('')).toBe(3000);
      expect(await lines('model-1999')).toBe(11);
    } finally {
      await other.remove();
    }
  });

  it('offers nothing of a kind that it does not know', async () => {
    expect(await home.run(['complete-values', 'secrets'])).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });
});

describe('completion', () => {
  it('prints the script', async () => {
    for (const shell of SHELLS) {
      const { code, stdout, stderr } = await home.run(['completion', shell]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toBe(completionScript(shell, createProgram()));
    }
  });

  it.each([
    ['powershell', /PowerShell has none yet/],
    ['pwsh', /PowerShell has none yet/],
    ['tcsh', /There are completions for bash, zsh, fish\./],
  ])('says that %s has none', async (shell, message) => {
    const { code, stdout, stderr } = await home.run(['completion', shell]);
    expect(stderr).toMatch(message);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });
});

describe('completion install', () => {
  const files = {
    bash: '.local/share/bash-completion/completions/llmgw',
    zsh: '.local/share/llmgw/zsh/_llmgw',
    fish: '.config/fish/completions/llmgw.fish',
  };

  it.each(SHELLS)('puts the script of %s where it is looked for, once, and takes it away again', async (shell) => {
    const other = makeHome({ env: { SHELL: `/usr/bin/${shell}` } });
    try {
      const file = join(other.folder, files[shell]);
      const first = await other.run(['completion', 'install']);
      expect(first).toMatchObject({ code: 0, stderr: '' });
      expect(first.stdout).toContain(`Completions for ${shell} are now in ${file}`);
      expect(readFileSync(file, 'utf8')).toBe(completionScript(shell, createProgram()));
      expect((await other.run(['completion', 'install', shell])).stdout).toContain('are already in');
      writeFileSync(file, readFileSync(file, 'utf8').replace('do not edit', 'of before'));
      expect((await other.run(['completion', 'install', shell])).stdout).toContain('are brought up to date in');
      const removed = await other.run(['completion', 'uninstall']);
      expect(removed).toMatchObject({ code: 0, stderr: '' });
      expect(existsSync(file)).toBe(false);
      expect((await other.run(['completion', 'uninstall'])).stdout).toContain('There are no completions');
      // No rc file was made or touched.
      expect(readdirSync(other.folder).filter((name) => /rc$|profile|zsh/.test(name))).toEqual([]);
    } finally {
      await other.remove();
    }
  });

  it('leaves a file alone that is not of llmgw', async () => {
    const other = makeHome();
    try {
      const file = join(other.folder, files.fish);
      mkdirSync(join(file, '..'), { recursive: true });
      writeFileSync(file, '# mine\n');
      for (const word of ['install', 'uninstall']) {
        const { code, stderr } = await other.run(['completion', word, 'fish']);
        expect({ code, stderr }).toMatchObject({ code: 6, stderr: expect.stringContaining('left alone') as string });
      }
      expect(readFileSync(file, 'utf8')).toBe('# mine\n');
    } finally {
      await other.remove();
    }
  });

  it('keeps to the folders that the environment names', async () => {
    const other = makeHome();
    try {
      const own = join(other.folder, 'functions');
      mkdirSync(own);
      const env = {
        FPATH: `/usr/share/zsh/functions:${own}`,
        XDG_CONFIG_HOME: join(other.folder, 'etc'),
        BASH_COMPLETION_USER_DIR: join(other.folder, 'bash'),
      };
      for (const shell of SHELLS)
        expect(await other.run(['completion', 'install', shell], { env })).toMatchObject({ code: 0 });
      expect(existsSync(join(own, '_llmgw'))).toBe(true);
      expect(existsSync(join(other.folder, 'etc', 'fish', 'completions', 'llmgw.fish'))).toBe(true);
      expect(existsSync(join(other.folder, 'bash', 'completions', 'llmgw'))).toBe(true);
    } finally {
      await other.remove();
    }
  });

  it.each([
    ['', /\$SHELL is not set\. Name one of bash, zsh, fish\./],
    ['/bin/tcsh', /There are no completions for tcsh\./],
  ])('asks for a shell when $SHELL is %j', async (shell, message) => {
    const { code, stdout, stderr } = await home.run(['completion', 'install'], { env: { SHELL: shell } });
    expect(stderr).toMatch(message);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });
});
