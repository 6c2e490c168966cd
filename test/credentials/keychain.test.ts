import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addToKeyIndex } from '../../src/credentials/key-index.ts';
import { openKeychainProcess, type KeychainProcess } from '../../src/credentials/keychain-process.ts';
import { keychainStore } from '../../src/credentials/keychain-store.ts';
import { readStoredCredentials } from '../../src/credentials/stored-credentials.ts';
import { systemSigns } from '../../src/credentials/surroundings.ts';
import { Secret } from '../../src/std/secret.ts';
import { startKeyring, whyNoKeyring, type Keyring, type KeyringOptions } from '../helpers/keyring.ts';

const missing = whyNoKeyring();
if (missing !== null) console.log(`skipped: the real keychain, ${missing}`);

const KEY = new Secret('sk-proj-4Vq0Zr8kP2mWbT6yLx1c');

describe.skipIf(missing !== null)('the keychain, with a real gnome-keyring', () => {
  let keyring: Keyring;
  let keychain: KeychainProcess;
  let folder: string;

  async function begin(options: KeyringOptions = {}): Promise<void> {
    keyring = await startKeyring(options);
    keychain = openKeychainProcess(keyring.env);
  }
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'llmgw-keys-'));
  });
  afterEach(async () => {
    keychain.close();
    await keyring.close();
    rmSync(folder, { recursive: true });
  });
  const storeHere = (limitMs = 10_000) => keychainStore({ caller: keychain, signs: systemSigns(keyring.env), limitMs });
  const readAll = (limitMs: number) =>
    readStoredCredentials({ dataFolder: folder, env: keyring.env, keychain, limitMs });

  it('keeps keys by account, where other programs show them', async () => {
    await begin();
    const store = storeHere();
    expect(await store.read('openai')).toEqual({ kind: 'missing' });
    await store.write('openai', KEY);
    await store.write('openai:work', new Secret('sk-work-é"\\\n'));
    const readings = await Promise.all([store.read('openai'), store.read('openai:work')]);
    expect(readings.map((one) => one.kind === 'found' && one.secret.reveal())).toEqual([
      KEY.reveal(),
      'sk-work-é"\\\n',
    ]);
    expect(keyring.entries().sort()).toEqual(['openai', 'openai:work']);
    expect(await store.remove('openai')).toBe(true);
    expect(await store.remove('openai')).toBe(false);
    expect(keyring.entries()).toEqual(['openai:work']);
  });

  it('tells of an entry that another program removed, and goes on with the others', async () => {
    await begin();
    for (const account of ['groq', 'openai']) {
      await storeHere().write(account, KEY);
      await addToKeyIndex(folder, account, 'keychain');
    }
    keyring.removeEntry('openai');
    const stored = await readAll(10_000);
    expect(stored.find('openai')).toEqual({ kind: 'missing' });
    expect(stored.find('groq')).toMatchObject({ kind: 'found', credential: { where: 'keychain' } });
    expect(stored.problems).toEqual([expect.stringContaining('openai was removed from the keychain by another')]);
  });

  it('is locked when it is locked, for reading and writing', async () => {
    await begin();
    await storeHere().write('openai', KEY);
    keyring.lock();
    expect(await storeHere().read('openai')).toMatchObject({ kind: 'unreadable', trouble: { kind: 'locked' } });
    await expect(storeHere().write('groq', KEY)).rejects.toMatchObject({ trouble: { kind: 'locked' } });
  });

  it('is locked within the limit while a dialog waits for somebody, and holds nothing up meanwhile', async () => {
    await begin({ prompt: 'hangs' });
    for (const account of ['groq', 'openai']) {
      await storeHere().write(account, KEY);
      await addToKeyIndex(folder, account, 'keychain');
    }
    keyring.lock();
    let longestMs = 0;
    let lastMs = performance.now();
    const pulse = setInterval(() => {
      longestMs = Math.max(longestMs, performance.now() - lastMs);
      lastMs = performance.now();
    }, 10);
    const startedMs = performance.now();
    const stored = await readAll(1500);
    const tookMs = performance.now() - startedMs;
    clearInterval(pulse);
    expect(stored.find('openai').kind).toBe('locked');
    expect(stored.find('groq').kind).toBe('locked');
    // One limit for both keys, and one sentence.
    expect(tookMs).toBeLessThan(3000);
    expect(stored.problems).toEqual([expect.stringMatching(/^groq, openai cannot be read\. .*within 1\.5 s/)]);
    expect(longestMs).toBeLessThan(500);
    // Nothing is left of the call that still waits, so that the end of this process has to wait for nothing.
    await expect.poll(keychainProcesses).toEqual([]);
  });

  it('asks one question at a time', async () => {
    await begin({ prompt: 'hangs' });
    await storeHere().write('openai', KEY);
    keyring.lock();
    const startedMs = performance.now();
    const both = await Promise.all([storeHere(600).read('openai'), storeHere(600).read('openai')]);
    expect(both.map(({ kind }) => kind)).toEqual(['unreadable', 'unreadable']);
    expect(performance.now() - startedMs).toBeGreaterThan(1150);
  });

  it('says that nobody answers on the bus', async () => {
    await begin({ service: false });
    const reading = await storeHere().read('openai');
    expect(reading).toMatchObject({ kind: 'unreadable', trouble: { kind: 'unreachable' } });
    expect(reading.kind === 'unreadable' && reading.trouble.why).toContain('no Secret Service answers');
  });

  it('gives its process nothing of the environment but what finds the keychain', async () => {
    keyring = await startKeyring({ prompt: 'hangs' });
    keychain = openKeychainProcess({
      ...keyring.env,
      LLMGW_MASTER_PASSWORD: 'hunter2-hunter2',
      OPENAI_API_KEY: KEY.reveal(),
    });
    await storeHere().write('openai', KEY);
    const [pid = ''] = keychainProcesses();
    const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    expect(environment).toContain('DBUS_SESSION_BUS_ADDRESS');
    expect(environment + command).not.toMatch(/hunter2|sk-proj/);
  });
});

describe('without a D-Bus session', () => {
  it('says so without asking anybody', async () => {
    const asked: unknown[] = [];
    const caller = {
      ask: (question: unknown) => {
        asked.push(question);
        return Promise.resolve({ kind: 'missing' } as const);
      },
    };
    const signs = { env: {}, platform: 'linux', exists: () => false, userId: null } as const;
    const reading = await keychainStore({ caller, signs, limitMs: 1000 }).read('openai');
    expect(reading).toMatchObject({ kind: 'unreadable', trouble: { kind: 'unreachable' } });
    expect(asked).toEqual([]);
  });
});

const noProc = existsSync('/proc/self/status') ? null : 'no /proc, by which its process is found';
if (noProc !== null) console.log(`skipped: a keychain process that ends by itself, ${noProc}`);

describe.skipIf(noProc !== null)('a keychain process that ends by itself', () => {
  it('leaves nothing that waits for our own end', async () => {
    const before = process.listenerCount('exit');
    const keychain = openKeychainProcess({
      PATH: process.env['PATH'],
      DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere',
    });
    for (let round = 0; round < 3; round++) {
      await keychain.ask({ kind: 'read', account: 'openai' }, 10_000);
      for (const pid of keychainProcesses()) process.kill(Number(pid), 'SIGKILL');
      await expect.poll(() => process.listenerCount('exit')).toBe(before);
    }
    keychain.close();
  });
});

/** Children of this process that talk to a keychain. */
function keychainProcesses(): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const [, parent] = /^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
      if (parent !== String(process.pid)) return false;
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('keychain.js');
    } catch (error) {
      if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
      throw error;
    }
  });
}
