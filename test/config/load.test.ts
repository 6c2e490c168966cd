import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSettings } from '../../src/config/load.ts';
import type { LoadedSettings } from '../../src/config/parse.ts';
import { ConfigError } from '../../src/config/problem.ts';
import { findPlaces } from '../../src/std/places.ts';

let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'llmgw-config-'));
});
afterEach(() => {
  rmSync(home, { recursive: true });
});

const load = (file: string | null = null): LoadedSettings =>
  loadSettings({ file, places: findPlaces({ LLMGW_HOME: home }), env: {} });

const write = (name: string, content: string | Uint8Array): string => {
  const path = join(home, name);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
};

describe('without --config', () => {
  it('no file is all defaults, and so is no folder', () => {
    expect(load().settings).toMatchObject({ file: null, server: { port: 4000 }, profile: null });
    home = join(home, 'not-made');
    expect(load().settings.file).toBeNull();
    mkdirSync(home);
  });

  it.each(['config.yaml', 'config.yml'])('%s of the config folder is read', (name) => {
    const path = write(name, 'server: {port: 4999}');
    expect(load().settings).toMatchObject({ file: path, server: { port: 4999 } });
  });

  it('two files are a mistake', () => {
    const [first, second] = [write('config.yaml', ''), write('config.yml', '')];
    expect(() => load()).toThrow(
      new ConfigError([
        { file: second, line: null, column: null, path: '', message: `${first} is there too; keep one of them` },
      ]),
    );
  });
});

describe('a file that is named', () => {
  it('is read instead of the one of the folder, from a relative path too', () => {
    write('config.yaml', 'server: {port: 1}');
    const path = write('other.yaml', 'server: {port: 2}');
    expect(load(path).settings).toMatchObject({ file: path, server: { port: 2 } });
    const before = process.cwd();
    expect(() => load('other.yaml')).toThrow(`${join(before, 'other.yaml')}: there is no such file`);
  });

  it.each<[string, (name: string) => unknown, string]>([
    ['missing', () => undefined, 'there is no such file; check the name given with --config'],
    ['a folder', (name) => mkdirSync(join(home, name)), 'is a folder; name a YAML file'],
    ['binary', (name) => write(name, new Uint8Array([0x89, 0x50, 0, 1])), 'is a binary file; name a YAML file'],
    ['UTF-16', (name) => write(name, Buffer.from('\ufeffa: 1', 'utf16le')), 'is UTF-16; save it as UTF-8'],
    [
      'too large',
      (name) => write(name, `#${'x'.repeat(1024 ** 2)}`),
      'is larger than 1 MiB; this is not a config file',
    ],
    [
      'a link to itself',
      (name) => symlinkSync(join(home, name), join(home, name)),
      'its symbolic links go round in a circle',
    ],
  ])('and is %s is a clear error', (_, make, message) => {
    make('named');
    expect(() => load(join(home, 'named'))).toThrow(ConfigError);
    expect(() => load(join(home, 'named'))).toThrow(message);
  });

  it('and is a pipe is a clear error, without waiting for a writer', (context) => {
    if (process.platform === 'win32') context.skip('Windows has no named pipes in folders');
    execFileSync('mkfifo', [join(home, 'pipe')]);
    expect(() => load(join(home, 'pipe'))).toThrow('is no regular file; name a YAML file');
  });

  it('and is not UTF-8 is an error that names the line', () => {
    const path = write('latin1.yaml', Buffer.from('# fine: ü\nserver:\n  # Gerät\n', 'latin1'));
    expect(() => load(path)).toThrow(`${path}:1:1: is not UTF-8; save it as UTF-8`);
    const later = write('later.yaml', Buffer.concat([Buffer.from('# fine: ü�\n\n'), Buffer.from([0xe4, 0x0a])]));
    expect(() => load(later)).toThrow(`${later}:3:1: is not UTF-8`);
  });

  it('may begin with a byte order mark', () => {
    expect(load(write('bom.yaml', '\ufeffserver: {port: 3}')).settings.server.port).toBe(3);
  });

  it('and cannot be read is a clear error', (context) => {
    if (process.platform === 'win32' || process.getuid?.() === 0) context.skip('root and Windows read it all the same');
    const path = write('closed.yaml', '');
    chmodSync(path, 0);
    expect(() => load(path)).toThrow('cannot be read: permission denied; check its owner and mode');
  });

  it('holds a key and can be read by others is a warning', (context) => {
    if (process.platform === 'win32') context.skip('Windows has no such bits');
    const path = write('keys.yaml', 'providers: {openai: {api_key: sk-x}}');
    expect(load(path).warnings).toEqual([]);
    chmodSync(path, 0o640);
    expect(load(path).warnings).toEqual([
      `${path}:1:31: providers.openai.api_key: other users of this machine can read this key; \`chmod 600\` the file, ` +
        'or write "${NAME}" for it',
    ]);
  });
});
