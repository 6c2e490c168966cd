import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addClientKey, listClientKeys, loadClientKeys, removeClientKey } from '../../src/daemon/client-keys.ts';
import { loadClientKey } from '../../src/daemon/keys.ts';
import { keyDigest } from '../../src/server/callers.ts';
import { makeHome } from '../helpers/daemon.ts';

let data: string;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'llmgw-keys-'));
});
afterEach(() => rmSync(data, { recursive: true, force: true }));

describe('client keys', () => {
  it('are loaded as digests, the default one first', async () => {
    const secret = await addClientKey(data, 'ci', 'dev');
    const other = await addClientKey(data, '0.a_b-c', null);
    expect(loadClientKeys(data)).toEqual([
      { id: 'default', digest: keyDigest(loadClientKey(data).secret.reveal()), profile: null },
      { id: 'ci', digest: keyDigest(secret.reveal()), profile: 'dev' },
      { id: '0.a_b-c', digest: keyDigest(other.reveal()), profile: null },
    ]);
    expect(readFileSync(join(data, 'client-keys.json'), 'utf8')).not.toContain(secret.reveal().slice(-20));
  });

  it('lose nothing when many commands change them at once', async () => {
    const home = makeHome();
    try {
      const names = Array.from({ length: 6 }, (_, index) => `key-${index}`);
      const added = await Promise.all(names.map((name) => home.run(['key', 'add', name])));
      expect(added.map(({ code }) => code)).toEqual(names.map(() => 0));
      const folder = join(home.folder, 'data');
      expect(new Set(listClientKeys(folder).map(({ id }) => id))).toEqual(new Set(['default', ...names]));
      const digests = loadClientKeys(folder).map(({ digest }) => digest.toString('hex'));
      for (const { stdout } of added) expect(digests).toContain(keyDigest(stdout.trim()).toString('hex'));
      const removed = await Promise.all(names.slice(1).map((name) => home.run(['key', 'remove', name])));
      expect(removed.map(({ code }) => code)).toEqual(names.slice(1).map(() => 0));
      expect(listClientKeys(folder).map(({ id }) => id)).toEqual(['default', 'key-0']);
    } finally {
      await home.remove();
    }
  });

  it('are as they were when a change is refused', async () => {
    await addClientKey(data, 'ci', null);
    const before = readFileSync(join(data, 'client-keys.json'), 'utf8');
    await expect(addClientKey(data, 'ci', 'dev')).rejects.toThrow('There is a key ci already.');
    await expect(removeClientKey(data, 'cj')).rejects.toThrow(
      'There is no key "cj". Known: default, ci. Did you mean ci?',
    );
    expect(readFileSync(join(data, 'client-keys.json'), 'utf8')).toBe(before);
  });

  it.each([
    ['no JSON', '{'],
    ['another version', '{"v":2,"keys":[]}'],
    ['no list', '{"v":1,"keys":{}}'],
    ['a digest that is none', '{"v":1,"keys":[{"id":"a","digest":"00","profile":null,"created_at":"x"}]}'],
    [
      'a second default',
      `{"v":1,"keys":[{"id":"default","digest":"${'0'.repeat(64)}","profile":null,"created_at":"x"}]}`,
    ],
    ['a profile that is none', `{"v":1,"keys":[{"id":"a","digest":"${'0'.repeat(64)}","profile":7,"created_at":"x"}]}`],
  ])('of a file with %s are none at all', (_what, text) => {
    writeFileSync(join(data, 'client-keys.json'), text);
    expect(() => loadClientKeys(data)).toThrow(/client-keys\.json cannot be used/);
  });

  it('are as many as a file may hold', async () => {
    const keys = Array.from({ length: 1000 }, (_, index) => ({
      id: `k${index}`,
      digest: '0'.repeat(64),
      profile: null,
      created_at: '2026-11-20T10:00:00.000Z',
    }));
    writeFileSync(join(data, 'client-keys.json'), JSON.stringify({ v: 1, keys }));
    await expect(addClientKey(data, 'more', null)).rejects.toThrow('There are 1000 keys already');
    expect(loadClientKeys(data)).toHaveLength(1001);
  });
});
