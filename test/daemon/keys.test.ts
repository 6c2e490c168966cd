import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadClientKey, loadKeys, readAdminToken } from '../../src/daemon/keys.ts';

let data: string;

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'llmgw-keys-'));
});
afterEach(() => rmSync(data, { recursive: true, force: true }));

const mode = (path: string): number => statSync(path).mode & 0o777;

describe('keys', () => {
  it('makes both at the first start and finds the same ones at the next', () => {
    const first = loadKeys(data);
    const next = loadKeys(data);
    expect(first.clientKey.id).toBe('default');
    expect(first.clientKey.secret.reveal()).toMatch(/^sk-llmgw-[0-9A-Za-z]{32,}$/);
    expect(first.adminToken.reveal()).not.toBe(first.clientKey.secret.reveal());
    expect(next.clientKey.secret.reveal()).toBe(first.clientKey.secret.reveal());
    expect(next.adminToken.reveal()).toBe(first.adminToken.reveal());
    expect(next.warnings).toEqual([]);
  });

  it('leaves nothing but the two files, readable by their owner alone', () => {
    loadKeys(data);
    expect(readdirSync(data).sort()).toEqual(['admin-token', 'client-key']);
    expect(mode(join(data, 'client-key'))).toBe(0o600);
    expect(mode(join(data, 'admin-token'))).toBe(0o600);
  });

  it('makes another key in another folder', () => {
    const other = mkdtempSync(join(tmpdir(), 'llmgw-keys-'));
    try {
      expect(loadClientKey(other).secret.reveal()).not.toBe(loadClientKey(data).secret.reveal());
    } finally {
      rmSync(other, { recursive: true });
    }
  });

  it('tightens a file that others can read, and says so', () => {
    const { clientKey } = loadKeys(data);
    chmodSync(join(data, 'client-key'), 0o644);
    const again = loadKeys(data);
    expect(mode(join(data, 'client-key'))).toBe(0o600);
    expect(again.clientKey.secret.reveal()).toBe(clientKey.secret.reveal());
    expect(again.warnings).toHaveLength(1);
    expect(again.warnings[0]).toContain('mode 644');
    expect(again.warnings[0]).not.toContain(clientKey.secret.reveal());
  });

  it('takes a key written by hand, with a line end of any system', () => {
    writeFileSync(join(data, 'client-key'), 'sk-my-own-key-0123456789\r\n', { mode: 0o600 });
    expect(loadClientKey(data).secret.reveal()).toBe('sk-my-own-key-0123456789');
  });

  it.each(['', 'short', 'two words that are long enough', 'x'.repeat(5000)])(
    'refuses a file that holds no key: %j',
    (text) => {
      writeFileSync(join(data, 'client-key'), text);
      expect(() => loadClientKey(data)).toThrow(/client-key does not hold a key/);
      expect(readFileSync(join(data, 'client-key'), 'utf8')).toBe(text);
    },
  );

  it('does not make the admin token by asking for it', () => {
    expect(readAdminToken(data)).toBeNull();
    expect(existsSync(join(data, 'admin-token'))).toBe(false);
    const { adminToken } = loadKeys(data);
    expect(readAdminToken(data)?.reveal()).toBe(adminToken.reveal());
  });
});
