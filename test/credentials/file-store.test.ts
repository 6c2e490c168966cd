import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileStore } from '../../src/credentials/file-store.ts';
import type { KeyReading } from '../../src/credentials/key-store.ts';
import { withFileLock } from '../../src/credentials/with-file-lock.ts';
import { readStoredCredentials, unreadableAccounts } from '../../src/credentials/stored-credentials.ts';
import { Secret } from '../../src/std/secret.ts';

const KEY = 'sk-proj-4Vq0Zr8kP2mWbT6yLx1c';
const PASSWORD = { LLMGW_MASTER_PASSWORD: 'correct horse' };

let folder: string;
const path = (name: string) => join(folder, name);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'llmgw-keys-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function textOf(reading: KeyReading): string {
  switch (reading.kind) {
    case 'found':
      return reading.secret.reveal();
    case 'missing':
      return '(missing)';
    case 'unreadable':
      return `${reading.trouble.kind}: ${reading.trouble.why}`;
  }
}
const read = async (account: string, env: NodeJS.ProcessEnv = {}) => textOf(await fileStore(folder, env).read(account));

describe('a file of keys', () => {
  it('gives back what was written, to its owner alone, and shows nothing of it', async () => {
    await fileStore(folder, {}).write('openai', new Secret(KEY));
    await fileStore(folder, {}).write('openai:work', new Secret('sk-other'));
    expect([await read('openai'), await read('openai:work'), await read('groq')]).toEqual([
      KEY,
      'sk-other',
      '(missing)',
    ]);
    expect(readdirSync(folder).sort()).toEqual(['credentials.enc', 'credentials.key']);
    for (const name of readdirSync(folder)) {
      expect(statSync(path(name)).mode & 0o777).toBe(0o600);
      expect(readFileSync(path(name), 'latin1')).not.toMatch(/sk-|openai/);
    }
  });

  it('removes one and keeps the others', async () => {
    await fileStore(folder, {}).write('openai', new Secret(KEY));
    await fileStore(folder, {}).write('groq', new Secret('gsk-1'));
    expect(await fileStore(folder, {}).remove('openai')).toBe(true);
    expect(await fileStore(folder, {}).remove('openai')).toBe(false);
    expect([await read('openai'), await read('groq')]).toEqual(['(missing)', 'gsk-1']);
  });

  it('has another nonce at every writing', async () => {
    const bytes = new Set<string>();
    for (let round = 0; round < 5; round++) {
      await fileStore(folder, {}).write('openai', new Secret(KEY));
      const sealed = readFileSync(path('credentials.enc'));
      const start = sealed.indexOf(0x0a) + 1;
      bytes.add(sealed.subarray(start, start + 12).toString('hex'));
    }
    expect(bytes.size).toBe(5);
  });

  it('under a password opens with that password alone, and has no key file', async () => {
    await fileStore(folder, PASSWORD).write('openai', new Secret(KEY));
    expect(await read('openai', PASSWORD)).toBe(KEY);
    expect(readdirSync(folder)).toEqual(['credentials.enc']);
    expect(await read('openai', { LLMGW_MASTER_PASSWORD: 'wrong horse' })).toMatch(
      /^locked: The password in .* is not the/,
    );
    expect(await read('openai')).toMatch(
      /^locked: .* is protected by a password, and LLMGW_MASTER_PASSWORD is not set\.$/,
    );
    const before = readFileSync(path('credentials.enc'));
    for (const env of [{}, { LLMGW_MASTER_PASSWORD: 'wrong horse' }]) {
      await expect(fileStore(folder, env).write('groq', new Secret('x'))).rejects.toThrow(/password/i);
    }
    expect(readFileSync(path('credentials.enc'))).toEqual(before);
  });

  it('is taken over by a password when a key is stored, and its key file goes', async () => {
    await fileStore(folder, {}).write('openai', new Secret(KEY));
    expect(await read('openai', PASSWORD)).toBe(KEY);
    await fileStore(folder, PASSWORD).write('groq', new Secret('gsk-1'));
    expect(readdirSync(folder)).toEqual(['credentials.enc']);
    expect([await read('openai', PASSWORD), await read('groq', PASSWORD)]).toEqual([KEY, 'gsk-1']);
    expect(await read('openai')).toMatch(/^locked/);
  });

  it.each([
    [
      'another key',
      () => writeFileSync(path('credentials.key'), `${'ab'.repeat(32)}\n`),
      /credentials\.key is not the key of/,
    ],
    ['no key', () => rmSync(path('credentials.key')), /credentials\.key, the key of .*, is missing\.$/],
    ['half a key', () => writeFileSync(path('credentials.key'), 'abcd'), /credentials\.key does not hold a key\.$/],
    [
      'an empty file',
      () => writeFileSync(path('credentials.enc'), ''),
      /credentials\.enc is damaged: its first line is missing/,
    ],
    [
      'another file',
      () => writeFileSync(path('credentials.enc'), '{"v":2}\nxyz'),
      /is damaged: its first line is not one of ours/,
    ],
  ])('with %s says so, and is not written over', async (_name, damage, sentence) => {
    await fileStore(folder, {}).write('openai', new Secret(KEY));
    damage();
    const before = readFileSync(path('credentials.enc'));
    expect(await read('openai')).toMatch(/^damaged: /);
    expect(await read('openai')).toMatch(sentence);
    await expect(fileStore(folder, {}).write('groq', new Secret('gsk-1'))).rejects.toThrow(sentence);
    expect(readFileSync(path('credentials.enc'))).toEqual(before);
  });

  it('cut off anywhere is damaged, in one sentence', async () => {
    await fileStore(folder, {}).write('openai', new Secret(KEY));
    const whole = readFileSync(path('credentials.enc'));
    for (let length = 0; length < whole.length; length++) {
      writeFileSync(path('credentials.enc'), whole.subarray(0, length));
      expect(await read('openai'), String(length)).toMatch(/^damaged: [^\n]*credentials\.enc is damaged: [^.\n]*\.$/);
    }
  });

  it('with any bit of any byte changed is not read', async () => {
    await fileStore(folder, {}).write('openai', new Secret(KEY));
    const whole = readFileSync(path('credentials.enc'));
    for (let at = 0; at < whole.length; at++) {
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      writeFileSync(path('credentials.enc'), changed);
      expect(await read('openai'), `byte ${at}`).toMatch(/^(damaged|locked): [^\n]*\.$/);
    }
  });

  it('never takes more memory or time for a password than it would have written', async () => {
    await fileStore(folder, PASSWORD).write('openai', new Secret(KEY));
    const sealed = readFileSync(path('credentials.enc')).toString('latin1');
    writeFileSync(path('credentials.enc'), Buffer.from(sealed.replace('"n":65536', '"n":1073741824'), 'latin1'));
    expect(await read('openai', PASSWORD)).toMatch(/^damaged: /);
  });

  it('keeps any text under any account', async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string({ minLength: 1 }), fc.string(), { maxKeys: 4 }), async (keys) => {
        rmSync(path('credentials.enc'), { force: true });
        for (const [account, text] of Object.entries(keys))
          await fileStore(folder, {}).write(account, new Secret(text));
        for (const [account, text] of Object.entries(keys)) expect(await read(account)).toBe(text);
      }),
      { numRuns: 20 },
    );
  });
});

describe('a file that cannot be read at all', () => {
  it.each([
    ['a folder of its name', () => mkdirSync(path('credentials.enc')), /credentials\.enc cannot be read \(EISDIR\)/],
    ['a folder in place of its key', () => breakKey(), /credentials\.key cannot be read \(EISDIR\)/],
    [
      'one too large',
      () => writeFileSync(path('credentials.enc'), Buffer.alloc(5 << 20)),
      /is larger than 4194304 bytes/,
    ],
  ])('is an answer, not an error, and nothing is written over: %s', async (_name, spoil, sentence) => {
    await fileStore(folder, {}).write('openai', new Secret(KEY));
    rmSync(path('credentials.enc'));
    spoil();
    expect(await read('openai')).toMatch(sentence);
    await expect(fileStore(folder, {}).write('groq', new Secret('gsk-1'))).rejects.toMatchObject({
      name: 'StoreTroubleError',
      message: expect.stringMatching(sentence) as string,
    });
    const stored = await readStoredCredentials({ dataFolder: folder, env: {} });
    expect(stored.problems).toEqual([expect.stringMatching(sentence)]);
  });

  const breakKey = () => {
    writeFileSync(path('credentials.enc'), `{"v":1,"key":{"kdf":"key-file"},"key_id":"${'0'.repeat(32)}"}\n`);
    rmSync(path('credentials.key'));
    mkdirSync(path('credentials.key'));
  };

  it('keeps nothing back of what the keychain holds', async () => {
    const keys = [{ account: 'openai', store: 'keychain', added_at: '2026-01-01T00:00:00Z' }];
    writeFileSync(path('credentials.json'), JSON.stringify({ v: 1, keys }));
    mkdirSync(path('credentials.enc'));
    const keychain = { ask: () => Promise.resolve({ kind: 'found', text: KEY } as const) };
    const env = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/x' };
    const stored = await readStoredCredentials({ dataFolder: folder, env, keychain });
    expect(stored.find('openai')).toMatchObject({ kind: 'found', credential: { where: 'keychain' } });
  });

  it('is never made: what would be too large is refused, and the keys before it stay', async () => {
    await fileStore(folder, {}).write('openai', new Secret(KEY));
    await expect(fileStore(folder, {}).write('groq', new Secret('x'.repeat(5 << 20)))).rejects.toMatchObject({
      trouble: { kind: 'full' },
    });
    expect(await read('openai')).toBe(KEY);
  });
});

describe('the password', () => {
  it('is announced only where it would take over keys, and not taken by a removal', async () => {
    const next = (env: NodeJS.ProcessEnv) => fileStore(folder, env).takesPasswordNext();
    expect(await next(PASSWORD)).toBe(false);
    await fileStore(folder, {}).write('openai', new Secret(KEY));
    await fileStore(folder, {}).write('groq', new Secret('gsk-1'));
    expect([await next({}), await next(PASSWORD)]).toEqual([false, true]);
    await fileStore(folder, PASSWORD).remove('groq');
    expect(await read('openai')).toBe(KEY);
    await fileStore(folder, PASSWORD).write('groq', new Secret('gsk-1'));
    expect(await next(PASSWORD)).toBe(false);
  });
});

describe('the lock', () => {
  it('is left to whoever has taken it over', async () => {
    const lock = path('credentials.lock');
    await withFileLock(lock, () => {
      rmSync(lock);
      writeFileSync(lock, `${process.pid} of another`);
      return Promise.resolve();
    });
    expect(readFileSync(lock, 'utf8')).toBe(`${process.pid} of another`);
  });

  it('may be gone already, and goes', async () => {
    const lock = path('credentials.lock');
    const done = await withFileLock(lock, () => {
      rmSync(lock);
      return Promise.resolve('done');
    });
    expect(done).toBe('done');
    expect(await withFileLock(lock, () => Promise.resolve('again'))).toBe('again');
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('several that write at once', () => {
  it('lose no key, within one process', async () => {
    const accounts = Array.from({ length: 12 }, (_, number) => `openai:${number}`);
    await Promise.all(accounts.map((account) => fileStore(folder, {}).write(account, new Secret(account))));
    const stored = await fileStore(folder, {}).accounts();
    expect([...(stored as readonly string[])].sort()).toEqual([...accounts].sort());
  });

  it('do not wait for one that is gone', async () => {
    // No process has this number: the largest that Linux gives is 2^22.
    writeFileSync(path('credentials.lock'), '99999999');
    await fileStore(folder, {}).write('openai', new Secret(KEY));
    expect(await read('openai')).toBe(KEY);
  });

  it('do not wait for one that died before it had written its number', async () => {
    writeFileSync(path('credentials.lock'), '');
    utimesSync(path('credentials.lock'), new Date(0), new Date(0));
    await fileStore(folder, {}).write('openai', new Secret(KEY));
    expect(await read('openai')).toBe(KEY);
  });
});

describe('the snapshot', () => {
  it('holds what the file holds, also where the list of keys is lost, and never a value when it is printed', async () => {
    await fileStore(folder, {}).write('openai', new Secret(KEY));
    const stored = await readStoredCredentials({ dataFolder: folder, env: {} });
    expect(stored.find('openai')).toMatchObject({ kind: 'found', credential: { where: 'file' } });
    expect(JSON.stringify(stored.keys)).not.toContain('sk-');
    expect(stored.problems).toEqual([]);
  });

  it('tells of a list that is damaged', async () => {
    writeFileSync(path('credentials.json'), '{');
    const stored = await readStoredCredentials({ dataFolder: folder, env: {} });
    expect(stored.problems).toEqual([expect.stringMatching(/credentials\.json, the list of stored keys, is damaged/)]);
  });

  it('lets nothing step in for a key that a damaged list still mentions', async () => {
    writeFileSync(path('credentials.json'), '{"v":1,"keys":[{"account":"openai","sto');
    const stored = await readStoredCredentials({ dataFolder: folder, env: {} });
    expect(stored.find('openai')).toMatchObject({
      kind: 'locked',
      why: expect.stringContaining('is damaged') as string,
    });
    expect(stored.find('groq')).toEqual({ kind: 'missing' });
    expect(stored.problems).toEqual([
      expect.stringMatching(/^openai cannot be read\. .*credentials\.json.* is damaged/),
    ]);
    expect(stored.problems.flatMap(unreadableAccounts)).toEqual(['openai']);
  });

  it('tells of a list that cannot be read at all', async () => {
    await fileStore(folder, {}).write('openai', new Secret(KEY));
    mkdirSync(path('credentials.json'));
    const stored = await readStoredCredentials({ dataFolder: folder, env: {} });
    expect(stored.find('openai').kind).toBe('found');
    expect(stored.problems).toEqual([expect.stringMatching(/credentials\.json cannot be read \(EISDIR\)/)]);
  });
});
