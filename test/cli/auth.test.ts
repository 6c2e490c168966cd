import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Chalk } from 'chalk';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { storeKey } from '../../src/cli/auth/store-key.ts';
import type { Vault } from '../../src/cli/auth/vault.ts';
import { renderCredentials } from '../../src/cli/render/credentials.ts';
import { fileStore } from '../../src/credentials/file-store.ts';
import { readKeyIndex } from '../../src/credentials/key-index.ts';
import type { CredentialRow } from '../../src/credentials/survey.ts';
import type { StatusDocument } from '../../src/daemon/status.ts';
import { Secret } from '../../src/std/secret.ts';
import { makeHome, PROGRAM, startDaemon, type TestHome } from '../helpers/daemon.ts';
import { startKeyring, whyNoKeyring } from '../helpers/keyring.ts';
import { json, startUpstreamServer } from '../helpers/upstream-server.ts';

const KEY = 'sk-proj-4Vq0Zr8kP2mWbT6yLx1c';
const RESTRICTED = {
  error: { message: 'You have insufficient permissions for this operation. Missing scopes: api.model.read.' },
};
const noKeyring = whyNoKeyring();
if (noKeyring !== null) console.log(`skipped: auth with a real keychain, ${noKeyring}`);
const noTerminal = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0 ? null : 'no script';
if (noTerminal !== null) console.log(`skipped: the hidden prompt, ${noTerminal} of util-linux`);

let home: TestHome;
beforeEach(() => {
  home = makeHome();
});
afterEach(() => home.remove());

/** Runs a command with this on its standard input. */
async function piped(args: readonly string[], input: string, env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [PROGRAM, ...args], { env: { ...home.env, ...env }, cwd: home.folder });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

const addToFile = (account: string, key: string, env?: NodeJS.ProcessEnv) =>
  piped(['auth', 'add', account, '--stdin', '--store', 'file'], `${key}\n`, env);

describe('llmgw auth add', () => {
  it('stores what is piped in, says where it lies, and never shows it', async () => {
    const added = await addToFile('openai', KEY, { OPENAI_API_KEY: 'sk-env-4Vq0Zr8kP2mWbT6y' });
    expect(added).toMatchObject({ code: 0, stderr: '' });
    expect(added.stdout).toMatch(
      /^Stored openai in .*credentials\.enc, whose key is credentials\.key beside it: that guards/,
    );
    expect(added.stdout).toContain('OPENAI_API_KEY of the environment, used till now, comes after it.');
    const listed = await home.run(['auth', 'list', '--json'], { env: { OPENAI_API_KEY: 'sk-env-4Vq0Zr8kP2mWbT6y' } });
    expect(JSON.parse(listed.stdout)).toEqual({
      v: 1,
      keys: [
        { account: 'openai', origin: 'file', where: 'file', state: 'used', why: null },
        {
          account: 'openai',
          origin: 'environment',
          where: 'OPENAI_API_KEY (environment)',
          state: 'not_used',
          why: 'file comes first',
        },
      ],
      problems: [],
    });
    expect(added.stdout + listed.stdout).not.toContain('sk-');
  });

  it.each([
    ['a key as an argument', ['openai', KEY], 'A key is never given as an argument'],
    ['nobody who could type', ['openai'], 'Standard input is not a terminal'],
    ['a provider that there is not', ['opanai', '--stdin'], 'Did you mean openai?'],
    ['a name that is none', ['openai:', '--stdin'], 'is no provider and no key of one'],
    ['another store', ['openai', '--stdin', '--store', 'pocket'], 'Allowed choices are keychain, file'],
  ])('refuses %s', async (_name, args, sentence) => {
    const { code, stdout, stderr } = await piped(['auth', 'add', ...args], KEY);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(sentence);
    expect(stderr).not.toContain(KEY);
    expect(existsSync(join(home.folder, 'data', 'credentials.enc'))).toBe(false);
  });

  it.each([['changeme'], ['"quoted-key-12345"'], ['two words'], ['sk-admin-4Vq0Zr8kP2mWbT6y'], ['']])(
    'refuses %j, which cannot be a key',
    async (text) => {
      const { code, stderr } = await addToFile('openai', text);
      expect(code).toBe(2);
      expect(stderr).toMatch(/^llmgw: That is not stored as a key: /);
      if (text !== '') expect(stderr).not.toContain(text);
    },
  );

  it('takes a provider that only the config knows, and works with a broken config', async () => {
    writeFileSync(join(home.folder, 'config.yaml'), 'providers: {corp: {base_url: "https://c.example/v1"}}\n');
    expect(await addToFile('corp', 'corp-key-12345678')).toMatchObject({ code: 0 });
    writeFileSync(join(home.folder, 'config.yaml'), 'providrs: {}\n');
    const { code, stderr } = await addToFile('openai', KEY);
    expect(code).toBe(0);
    expect(stderr).toContain('the config cannot be used');
  });

  it('loses nothing when several run at once', async () => {
    const names = Array.from({ length: 6 }, (_, number) => `openai:key-${number}`);
    const all = await Promise.all(names.map((name) => addToFile(name, `${KEY}-${name.slice(-1)}`)));
    expect(all.map(({ code, stderr }) => ({ code, stderr }))).toEqual(names.map(() => ({ code: 0, stderr: '' })));
    const { stdout } = await home.run(['auth', 'list', '--json']);
    const { keys } = JSON.parse(stdout) as { keys: { account: string; state: string }[] };
    expect(keys.map(({ account, state }) => `${account} ${state}`)).toEqual(names.map((name) => `${name} named`));
    expect(readdirSync(join(home.folder, 'data')).sort()).toEqual([
      'credentials.enc',
      'credentials.json',
      'credentials.key',
    ]);
  });

  it('says which keychain is missing, what to do, and offers a file with what it guards', async () => {
    const { code, stderr } = await piped(['auth', 'add', 'openai', '--stdin'], KEY, { WSL_DISTRO_NAME: 'Debian' });
    if (process.platform !== 'linux') return;
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^llmgw: No keychain can be reached: this is (WSL|a container).* and has no D-Bus session\.\n/,
    );
    expect(stderr).toMatch(/`--store file`.*guards a copied file or a backup, not against.*stolen disk\.\n$/s);
    expect(readdirSync(join(home.folder, 'data'))).toEqual([]);
  });

  it('stores nothing while the list of keys is damaged', async () => {
    await addToFile('groq', 'gsk-4Vq0Zr8kP2mWbT6yLx1c');
    writeFileSync(join(home.folder, 'data', 'credentials.json'), '{');
    const { code, stderr } = await addToFile('openai', KEY);
    expect(code).toBe(6);
    expect(stderr).toMatch(/credentials\.json, the list of stored keys, is damaged\.\nRemove it and store/);
    expect(home.read('data/credentials.json')).toBe('{');
    expect((await home.run(['auth', 'list'])).stdout).not.toMatch(/^openai/m);
  });

  it('with a password wants that password from then on', async () => {
    const password = { LLMGW_MASTER_PASSWORD: 'correct horse' };
    expect((await addToFile('openai', KEY, password)).stdout).toContain('encrypted with LLMGW_MASTER_PASSWORD');
    const without = await addToFile('groq', 'gsk-4Vq0Zr8kP2mWbT6yLx1c');
    expect(without.code).toBe(1);
    expect(without.stderr).toContain('LLMGW_MASTER_PASSWORD is not set.');
    const { stdout } = await home.run(['auth', 'list']);
    expect(stdout).toMatch(/^openai +file +locked$/m);
  });
});

describe('a key under a password that the daemon does not have', () => {
  const password = { LLMGW_MASTER_PASSWORD: 'correct horse' };

  it('is warned of before, and not said to be taken over', async () => {
    const daemon = await startDaemon({ home });
    try {
      expect((await addToFile('openai', KEY)).stdout).toMatch(/\nThe running daemon has taken it over\.\n$/);
      const { stdout, stderr } = await addToFile('groq', 'gsk-4Vq0Zr8kP2mWbT6yLx1c', password);
      expect(stderr).toMatch(
        /^llmgw: LLMGW_MASTER_PASSWORD is set, so every key .* daemon needs LLMGW_MASTER_PASSWORD/,
      );
      expect(stdout).toContain('The running daemon could not take it over.\n');
      expect(stdout).toMatch(/There groq, openai cannot be read\. .*LLMGW_MASTER_PASSWORD is not set\./);
      expect(stdout).not.toContain('has taken it over');
      const { providers } = (await daemon.manage('/llmgw/status')) as StatusDocument;
      expect(providers.map(({ id, state }) => `${id} ${state}`).sort()).toEqual(['groq locked', 'openai locked']);
      // Once they are under it there is nothing to warn of.
      expect((await addToFile('mistral', 'mistral-4Vq0Zr8k', password)).stderr).toBe('');
    } finally {
      await daemon.stop();
    }
  });

  it.skipIf(noTerminal !== null)('is asked about on a terminal', async () => {
    await addToFile('openai', KEY);
    const before = readFileSync(join(home.folder, 'data', 'credentials.enc'));
    const command = `"${process.execPath}" "${PROGRAM}" auth add groq --store file; echo "code $?"`;
    const answers = [/\(not shown\): $/, /Put them under the password\? \[y\/N\] $/];
    const env = { ...home.env, ...password, TERM: 'dumb' };
    const terminal = spawn('script', ['-qec', command, '/dev/null'], { env });
    let shown = '';
    terminal.stdout.setEncoding('utf8').on('data', (text: string) => {
      shown += text;
      if (answers[0]?.test(shown) !== true) return;
      answers.shift();
      terminal.stdin.write(answers.length === 1 ? 'gsk-4Vq0Zr8kP2mWbT6yLx1c\r' : 'n\r');
    });
    await once(terminal, 'close');
    expect(shown).toMatch(/LLMGW_MASTER_PASSWORD is set, so every key.*Nothing was stored\.\s+code 1\s*$/s);
    expect(readFileSync(join(home.folder, 'data', 'credentials.enc'))).toEqual(before);
    expect(JSON.parse(home.read('data/credentials.json'))).toMatchObject({ keys: [{ account: 'openai' }] });
  });
});

describe('llmgw auth list', () => {
  it('tells a running daemon of what can be read here', async () => {
    const daemon = await startDaemon({ home });
    try {
      // Stored behind its back, as by a command that could not reach it.
      await fileStore(join(home.folder, 'data'), {}).write('openai', new Secret(KEY));
      const known = async () =>
        ((await daemon.manage('/llmgw/status')) as StatusDocument).providers.map(({ id }) => id);
      expect(await known()).toEqual([]);
      expect(await home.run(['auth', 'list'])).toMatchObject({ code: 0, stderr: '' });
      expect(await known()).toEqual(['openai']);
    } finally {
      await daemon.stop();
    }
  });
});

describe('storing a key', () => {
  /** A keychain in memory that can refuse, in a data folder of its own. */
  const vaultWith = (write: (account: string) => Promise<void>): Vault => {
    const refuse = () => Promise.reject(new Error('not asked for here'));
    return {
      places: { data: home.folder, config: home.folder, state: home.folder, cache: home.folder },
      env: {},
      providers: [],
      profiles: [],
      ownPort: 0,
      read: refuse,
      storeOf: () => ({
        kind: 'keychain',
        write,
        read: () => Promise.resolve({ kind: 'found', secret: new Secret(KEY) }),
        remove: refuse,
      }),
    };
  };
  const listed = () => readKeyIndex(home.folder).keys.map(({ account }) => account);
  const store = (vault: Vault, name: string | null = null) =>
    storeKey(vault, { provider: 'openai', name }, new Secret(KEY), 'keychain');

  it('lists the key before it lies anywhere', async () => {
    const listedAtWriting: string[][] = [];
    await store(vaultWith(() => Promise.resolve(void listedAtWriting.push(listed()))));
    expect(listedAtWriting).toEqual([['openai']]);
  });

  it('takes the entry back when the store refuses, but not that of a key which was there before', async () => {
    const refusing = vaultWith(() => Promise.reject(new Error('the keychain refuses')));
    await expect(store(refusing)).rejects.toThrow('the keychain refuses');
    expect([listed(), existsSync(join(home.folder, 'credentials.json'))]).toEqual([[], false]);
    await store(vaultWith(() => Promise.resolve()));
    await expect(store(refusing)).rejects.toThrow('the keychain refuses');
    await expect(store(refusing, 'work')).rejects.toThrow('the keychain refuses');
    expect(listed()).toEqual(['openai']);
  });
});

describe.skipIf(noTerminal !== null)('the hidden prompt', () => {
  /** A real terminal: what is shown on it, and what `stty` says afterwards. */
  async function typed(keys: string): Promise<string> {
    const command = `"${process.execPath}" "${PROGRAM}" auth add openai --store file; echo "code $?"; stty -a`;
    const terminal = spawn('script', ['-qec', command, '/dev/null'], { env: { ...home.env, TERM: 'xterm' } });
    let shown = '';
    let isTyped = false;
    terminal.stdout.setEncoding('utf8').on('data', (text: string) => {
      shown += text;
      if (isTyped || !shown.includes('(not shown): ')) return;
      isTyped = true;
      terminal.stdin.write(keys);
    });
    await once(terminal, 'close');
    return shown;
  }
  const stored = async () => {
    const { fileStore } = await import('../../src/credentials/file-store.ts');
    const reading = await fileStore(join(home.folder, 'data'), {}).read('openai');
    return reading.kind === 'found' ? reading.secret.reveal() : reading.kind;
  };

  it.each([
    ['as it is', `${KEY}\r`],
    ['with a correction', `${KEY}xy\u007f\u007f\r`],
    ['typed anew', `wrong\u0015${KEY}\r`],
    ['pasted between marks', `\u001b[200~${KEY}\u001b[201~\r`],
  ])('takes a key %s and shows nothing of it', async (_name, keys) => {
    const shown = await typed(keys);
    expect(shown).toContain('Stored openai in');
    expect(shown).not.toMatch(/sk-|proj|wrong|\*/);
    expect(await stored()).toBe(KEY);
    expect(shown).toMatch(/\sisig icanon.*\secho /s);
  });

  it.each([
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('%s ends it, stores nothing and gives the terminal back', async (_name, key) => {
    const shown = await typed(`sk-half${key}`);
    expect(shown).toContain('nothing was stored');
    expect(shown).toContain('code 130');
    expect(shown).not.toContain('sk-half');
    expect(shown).toMatch(/\sisig icanon.*\secho /s);
    expect(await stored()).toBe('missing');
  });
});

describe('llmgw auth test', () => {
  it.each([
    [200, { data: [{ id: 'a' }, { id: 'b' }] }, 0, 'works, 2 models'],
    [401, { error: { message: `Incorrect API key provided: ${KEY}` } }, 1, 'wrong key'],
    [403, {}, 1, 'wrong key'],
    // OpenAI's words for a restricted key, with either status: github.com/microsoft/PowerToys/issues/32989.
    [403, RESTRICTED, 1, 'cannot be told: the provider knows it, but it may not list models (status 403)'],
    [401, RESTRICTED, 1, 'cannot be told: the provider knows it, but it may not list models (status 401)'],
    // Gemini's for a wrong one: ai.google.dev, and the reason is of google.rpc.ErrorInfo.
    [400, { error: { code: 400, details: [{ reason: 'API_KEY_INVALID' }] } }, 1, 'wrong key'],
    // xAI's: github.com/continuedev/continue/issues/10778.
    [400, { code: 'x', error: 'Incorrect API key provided: na***ys.' }, 1, 'wrong key'],
    [400, { error: { message: 'bad request' } }, 1, 'cannot be told: it answered with status 400'],
    [500, {}, 1, 'cannot be told: it answered with status 500'],
    [200, { hello: 1 }, 1, 'cannot be told: its answer is not a list of models'],
    [302, {}, 1, 'cannot be told: it answered with status 302'],
  ])('on status %i', async (status, body, code, sentence) => {
    const elsewhere = await startUpstreamServer((response) => json(response, {}));
    const provider = await startUpstreamServer((response) =>
      json(response, body, status, { location: `${elsewhere.origin}/v1/models` }),
    );
    const config = `providers: {corp: {base_url: "${provider.origin}/v1"}}\n`;
    writeFileSync(join(home.folder, 'config.yaml'), config);
    await addToFile('corp', KEY);
    const tested = await home.run(['auth', 'test', 'corp']);
    expect(tested).toMatchObject({ code, stderr: '' });
    expect(tested.stdout).toContain(`corp (file): ${sentence}`);
    expect(tested.stdout).not.toContain(KEY);
    expect(provider.calls.map((call) => [call.method, call.url, call.headers.authorization])).toEqual([
      ['GET', '/v1/models', `Bearer ${KEY}`],
    ]);
    // A redirect is not followed, and the key goes nowhere else.
    expect(elsewhere.calls).toEqual([]);
    await Promise.all([provider.close(), elsewhere.close()]);
  });

  it('tells no network from a wrong key, and says it in JSON', async () => {
    const provider = await startUpstreamServer((response) => json(response, {}));
    await provider.close();
    writeFileSync(join(home.folder, 'config.yaml'), `providers: {corp: {base_url: "${provider.origin}/v1"}}\n`);
    await addToFile('corp:work', KEY);
    const { code, stdout } = await home.run(['auth', 'test', 'corp:work', '--json']);
    expect({ code, document: JSON.parse(stdout) as unknown }).toEqual({
      code: 1,
      document: {
        v: 1,
        account: 'corp:work',
        source: 'file (corp:work)',
        result: 'no_network',
        models: null,
        status: null,
        why: 'the connection was refused',
      },
    });
  });

  it('cannot tell where a list is open to everybody, and sends no key for it', async () => {
    await addToFile('openrouter', 'sk-or-4Vq0Zr8kP2mWbT6yLx1c');
    const { code, stdout } = await home.run(['auth', 'test', 'openrouter']);
    expect(code).toBe(1);
    expect(stdout).toContain('cannot be told: it gives its list of models to everybody');
  });

  it('says how to store a key that is not there', async () => {
    const { code, stderr } = await home.run(['auth', 'test', 'openai:work']);
    expect(code).toBe(1);
    expect(stderr).toContain('`llmgw auth add openai:work`');
  });
});

describe('llmgw auth remove', () => {
  it('removes a key, says what is used instead, and names those that are there', async () => {
    await addToFile('openai', KEY);
    const removed = await home.run(['auth', 'remove', 'openai'], { env: { OPENAI_API_KEY: KEY } });
    expect(removed).toMatchObject({ code: 0, stderr: '' });
    expect(removed.stdout).toBe(
      'Removed openai from the file.\nOPENAI_API_KEY of the environment is used from now on.\n',
    );
    await addToFile('openai:work', KEY);
    const unknown = await home.run(['auth', 'remove', 'openai:wrok']);
    expect(unknown).toMatchObject({ code: 2, stdout: '' });
    expect(unknown.stderr).toBe(
      'llmgw: No key openai:wrok is stored.\nStored: openai:work. Did you mean openai:work?\n',
    );
  });
});

describe('llmgw auth import', () => {
  const env = { OPENAI_API_KEY: KEY, ANTHROPIC_API_KEY: 'changeme', MISTRAL_API_KEY: 'mistral-4Vq0Zr8k' };

  it('stores all that are found with --yes, shows none, and tells what still lies in the open', async () => {
    writeFileSync(
      join(home.folder, '.env'),
      '\uFEFF# keys\nexport GROQ_API_KEY="gsk-4Vq0Zr8kP2mWbT6y" # work\r\nMISTRAL_API_KEY=mistral-another1\nOTHER=1\n',
    );
    const imported = await home.run(['auth', 'import', '--yes', '--store', 'file'], { env });
    expect(imported.code).toBe(0);
    expect(imported.stdout).toMatch(/^Stored 3 keys \(openai, mistral, groq\) in /);
    expect(imported.stdout).toMatch(/OPENAI_API_KEY, MISTRAL_API_KEY in the environment\. /);
    expect(imported.stdout).toMatch(/GROQ_API_KEY in .*\.env\. /);
    expect(imported.stderr).toContain('ANTHROPIC_API_KEY in the environment is left out: it is a placeholder.');
    expect(imported.stderr).toMatch(/MISTRAL_API_KEY in .*\.env is left out: it is another key than MISTRAL_API_KEY/);
    expect(imported.stdout + imported.stderr).not.toMatch(/4Vq0|another1|changeme/);
    const again = await home.run(['auth', 'import', '--yes', '--store', 'file'], { env });
    expect(again.stdout).toContain('openai: OPENAI_API_KEY in the environment is stored already.');
    expect(again.stdout).toMatch(/Nothing was stored\.\n$/);
    const other = { ...env, OPENAI_API_KEY: `${KEY}-2` };
    expect((await home.run(['auth', 'import', '--yes', '--store', 'file'], { env: other })).stdout).toContain(
      'openai: another key is stored already; `llmgw auth add openai` replaces it.',
    );
  });

  it('asks nobody where nobody is', async () => {
    const { code, stderr } = await home.run(['auth', 'import', '--store', 'file'], { env });
    expect(code).toBe(2);
    expect(stderr).toContain('`llmgw auth import --yes`');
  });

  it('names a file that is not there', async () => {
    const { code, stderr } = await home.run(['auth', 'import', '--from', 'nothing.env']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/nothing\.env cannot be read \(ENOENT\)/);
    expect(await home.run(['auth', 'import'])).toMatchObject({
      code: 0,
      stdout: 'No key was found in the environment or in a .env file.\n',
    });
  });

  it('tells which were stored before one could not be', async () => {
    const file = join(home.folder, 'some.env');
    writeFileSync(file, `OPENAI_API_KEY=${KEY}\nGROQ_API_KEY=gsk-${'4Vq0Zr8k'.repeat(640 * 1024)}\n`);
    const daemon = await startDaemon({ home });
    try {
      const { code, stdout, stderr } = await home.run(['auth', 'import', '--yes', '--store', 'file', '--from', file]);
      expect(code).toBe(1);
      expect(stderr).toContain('would become larger than');
      expect(stdout).toMatch(/^Stored 1 key \(openai\) in .*\nThe running daemon has taken it over\.\n$/s);
      const { providers } = (await daemon.manage('/llmgw/status')) as StatusDocument;
      expect(providers.map(({ id }) => id)).toEqual(['openai']);
      expect(JSON.parse(home.read('data/credentials.json'))).toMatchObject({ keys: [{ account: 'openai' }] });
    } finally {
      await daemon.stop();
    }
  });

  it.skipIf(noTerminal !== null).each([
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('%s at the question ends it, and nothing is stored', async (_name, key) => {
    const command = `"${process.execPath}" "${PROGRAM}" auth import --store file; echo "code $?"`;
    const terminal = spawn('script', ['-qec', command, '/dev/null'], { env: { ...home.env, ...env, TERM: 'xterm' } });
    let shown = '';
    let isAnswered = false;
    terminal.stdout.setEncoding('utf8').on('data', (text: string) => {
      shown += text;
      if (isAnswered || !shown.includes('[y/N] ')) return;
      isAnswered = true;
      terminal.stdin.write(key);
    });
    await once(terminal, 'close');
    expect(shown).toMatch(/llmgw: Interrupted; nothing was stored\.\s+code 1\s*$/);
    expect(shown).not.toMatch(/AbortError|\bat /);
    expect(existsSync(join(home.folder, 'data', 'credentials.enc'))).toBe(false);
  });

  it.skipIf(noTerminal !== null)('asks for each key on a terminal', async () => {
    const command = `"${process.execPath}" "${PROGRAM}" auth import --store file`;
    const terminal = spawn('script', ['-qec', command, '/dev/null'], { env: { ...home.env, ...env, TERM: 'xterm' } });
    let shown = '';
    let answered = 0;
    terminal.stdout.setEncoding('utf8').on('data', (text: string) => {
      shown += text;
      if ([...shown.matchAll(/\[y\/N\] /g)].length <= answered) return;
      terminal.stdin.write(['y\r', 'n\r'][answered] ?? '\r');
      answered++;
    });
    await once(terminal, 'close');
    expect(shown).toContain('openai: store OPENAI_API_KEY of the environment in the file? [y/N]');
    expect(shown).toContain('Stored 1 key (openai) in');
    expect(shown).not.toContain('4Vq0');
  });
});

describe.skipIf(noKeyring !== null)('with a real keychain', () => {
  it('adds, lists, and removes, also what another program removed', async () => {
    const keyring = await startKeyring();
    try {
      const added = await piped(['auth', 'add', 'openai', '--stdin'], KEY, keyring.env);
      expect(added).toEqual({ code: 0, stdout: 'Stored openai in the keychain, service llmgw.\n', stderr: '' });
      await piped(['auth', 'add', 'openai:work', '--stdin'], KEY, keyring.env);
      expect(keyring.entries().sort()).toEqual(['openai', 'openai:work']);
      expect(readFileSync(join(home.folder, 'data', 'credentials.json'), 'utf8')).not.toContain(KEY);
      keyring.removeEntry('openai');
      const { stdout } = await home.run(['auth', 'list'], { env: keyring.env });
      expect(stdout).toMatch(/^openai +keychain +gone: another program removed it$/m);
      expect(stdout).toMatch(/^openai:work +keychain \(openai:work\) +used where named: /m);
      const forgotten = await home.run(['auth', 'remove', 'openai'], { env: keyring.env });
      expect(forgotten.stdout).toBe('openai was not in the keychain any more; forgotten.\n');
      keyring.lock();
      const locked = await piped(['auth', 'add', 'groq', '--stdin'], KEY, keyring.env);
      expect(locked.code).toBe(1);
      expect(locked.stderr).toMatch(/^llmgw: The keychain is locked/);
      expect((await home.run(['auth', 'list'], { env: keyring.env })).stdout).toMatch(/^openai:work .* locked$/m);
    } finally {
      await keyring.close();
    }
  });
});

describe('what auth list prints', () => {
  const row = (fields: Partial<CredentialRow>): CredentialRow => ({
    account: 'openai',
    origin: 'keychain',
    where: 'keychain',
    state: 'used',
    why: null,
    ...fields,
  });
  const survey = {
    rows: [
      row({}),
      row({ where: 'OPENAI_API_KEY (environment)', state: 'not_used', why: 'keychain comes first' }),
      row({ account: 'openai:work', where: 'keychain (openai:work)', state: 'named', why: 'for profile prod' }),
      row({ account: 'groq', state: 'locked', why: 'The keychain is locked. Unlock it.' }),
      row({ account: 'evil\u001b[2J', where: 'file', state: 'gone', why: 'another program removed it' }),
    ],
    problems: [
      'groq cannot be read. The keychain is locked. Unlock it (in Seahorse, or by logging in with a password).',
    ],
  };

  it('has a line for every source, at 80 columns', () => {
    const text = renderCredentials(survey, { columns: 80, paint: new Chalk({ level: 0 }) });
    expect(text).toMatchInlineSnapshot(`
      "KEY          SOURCE                        STATE
      openai       keychain                      used
                   OPENAI_API_KEY (environment)  not used: keychain comes first
      openai:work  keychain (openai:work)        used where named: for profile prod
      groq         keychain                      locked
      evil[2J      file                          gone: another program removed it

      ! groq cannot be read. The keychain is locked. Unlock it (in Seahorse, or by
        logging in with a password).
      "
    `);
    expect(text.split('\n').every((line) => line.length <= 80)).toBe(true);
  });

  it('says the same without colours', () => {
    const colored = renderCredentials(survey, { columns: 80, paint: new Chalk({ level: 1 }) });
    const bare = renderCredentials(survey, { columns: 80, paint: new Chalk({ level: 0 }) });
    expect(colored).not.toBe(bare);
    // eslint-disable-next-line no-control-regex -- these are the colours
    expect(colored.replace(/\u001b\[\d+m/g, '')).toBe(bare);
  });

  it('says how to begin when there is nothing', () => {
    const nothing = renderCredentials({ rows: [], problems: [] }, { columns: 80, paint: new Chalk({ level: 0 }) });
    expect(nothing).toContain('`llmgw auth add PROVIDER` stores one.');
  });
});
