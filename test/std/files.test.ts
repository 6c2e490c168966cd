import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makePrivateFolder, writeFileAtomically } from '../../src/std/atomic-write.ts';
import { findPlaces } from '../../src/std/places.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'llmgw-files-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('writeFileAtomically', () => {
  it('makes a file and its folders for their owner alone', () => {
    const path = join(folder, 'a', 'b', 'file');
    writeFileAtomically(path, 'text');
    expect(readFileSync(path, 'utf8')).toBe('text');
    if (process.platform === 'win32') return;
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'a')).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, 'a', 'b')).mode & 0o777).toBe(0o700);
  });

  it('replaces what is there, whose mode is not inherited, and leaves nothing beside it', () => {
    const path = join(folder, 'file');
    writeFileSync(path, 'old and longer', { mode: 0o644 });
    writeFileAtomically(path, Buffer.from([1, 2, 3]));
    expect([...readFileSync(path)]).toEqual([1, 2, 3]);
    expect(readdirSync(folder)).toEqual(['file']);
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('leaves nothing behind when the file cannot be replaced', () => {
    const path = join(folder, 'taken');
    mkdirSync(join(path, 'full'), { recursive: true });
    expect(() => writeFileAtomically(path, 'text')).toThrow();
    expect(readdirSync(folder)).toEqual(['taken']);
  });

  it('makes a folder that is there already without complaint', () => {
    makePrivateFolder(join(folder, 'x'));
    expect(() => makePrivateFolder(join(folder, 'x'))).not.toThrow();
  });
});

describe('findPlaces', () => {
  it('puts everything under LLMGW_HOME on every platform, as absolute paths', () => {
    for (const platform of ['linux', 'darwin', 'win32'] as const) {
      const places = findPlaces({ LLMGW_HOME: folder, XDG_DATA_HOME: '/elsewhere', APPDATA: '/elsewhere' }, platform);
      expect(places).toEqual({
        config: folder,
        data: join(folder, 'data'),
        state: join(folder, 'state'),
        cache: join(folder, 'cache'),
      });
    }
    expect(findPlaces({ LLMGW_HOME: 'here' }, 'linux').data).toBe(join(process.cwd(), 'here', 'data'));
  });

  it('follows XDG on Linux and ignores relative and empty paths there', () => {
    const home = homedir();
    expect(findPlaces({ XDG_CONFIG_HOME: '/c', XDG_DATA_HOME: 'relative', XDG_STATE_HOME: '' }, 'linux')).toEqual({
      config: '/c/llmgw',
      data: join(home, '.local/share/llmgw'),
      state: join(home, '.local/state/llmgw'),
      cache: join(home, '.cache/llmgw'),
    });
  });

  it('uses Library on macOS, AppData on Windows', () => {
    expect(findPlaces({}, 'darwin').config).toBe(join(homedir(), 'Library', 'Application Support', 'llmgw'));
    expect(findPlaces({ APPDATA: '/roaming', LOCALAPPDATA: '/local' }, 'win32')).toMatchObject({
      config: join('/roaming', 'llmgw'),
      data: join('/local', 'llmgw', 'data'),
    });
  });

  it('gives four absolute folders, none in another that may be deleted', () => {
    for (const platform of ['linux', 'darwin', 'win32'] as const) {
      const { config, data, state, cache } = findPlaces({ APPDATA: '', LOCALAPPDATA: '' }, platform);
      const all = [config, data, state, cache];
      expect(all.filter((path) => !isAbsolute(path))).toEqual([]);
      expect(new Set(all).size).toBe(4);
      expect([config, data, state].filter((path) => path.startsWith(cache))).toEqual([]);
    }
  });
});
