import { describe, expect, it } from 'vitest';
import { explainKeychainFailure, nameKeychainFailure } from '../../src/credentials/keychain-trouble.ts';
import { findSessionBus, findSurroundings, type SystemSigns } from '../../src/credentials/surroundings.ts';

function signs(
  env: NodeJS.ProcessEnv,
  files: readonly string[] = [],
  platform: NodeJS.Platform = 'linux',
): SystemSigns {
  return { env, platform, exists: (path) => files.includes(path), userId: 1000 };
}

describe('where the program runs', () => {
  it.each([
    ['container', {}, ['/.dockerenv']],
    ['container', {}, ['/run/.containerenv']],
    ['container', { container: 'podman', SSH_CONNECTION: 'a b c d' }, []],
    ['wsl', { WSL_DISTRO_NAME: 'Debian', DISPLAY: ':0' }, []],
    ['ssh', { SSH_CONNECTION: '10.0.0.1 5 10.0.0.2 22', DISPLAY: 'localhost:10.0' }, []],
    ['headless', {}, []],
    ['desktop', { DISPLAY: ':0' }, []],
    ['desktop', { WAYLAND_DISPLAY: 'wayland-0' }, []],
  ])('is told: %s', (expected, env, files) => {
    expect(findSurroundings(signs(env, files))).toBe(expected);
  });

  it('no screen variable means nothing on other systems', () => {
    expect(findSurroundings(signs({}, [], 'darwin'))).toBe('desktop');
  });

  it.each([
    [{ DBUS_SESSION_BUS_ADDRESS: 'unix:path=/x' }, [], 'unix:path=/x'],
    [{ XDG_RUNTIME_DIR: '/run/user/7' }, ['/run/user/7/bus'], 'unix:path=/run/user/7/bus'],
    [{}, ['/run/user/1000/bus'], 'unix:path=/run/user/1000/bus'],
    [{ XDG_RUNTIME_DIR: '/run/user/7' }, [], null],
    [{ XDG_RUNTIME_DIR: '' }, ['/run/user/1000/bus'], 'unix:path=/run/user/1000/bus'],
    [{ DBUS_SESSION_BUS_ADDRESS: ' ' }, [], null],
  ])('its session bus: %j', (env, files, expected) => {
    expect(findSessionBus(signs(env, files))).toBe(expected);
  });
});

describe('what the library says', () => {
  // Recorded from @napi-rs/keyring 2.1.2 against dbus 1.14 and gnome-keyring 42.
  it.each([
    ['Platform failure: DBus error: Failed to connect to socket /tmp/x: No such file or directory', 'no_bus'],
    [
      'Platform failure: DBus error: Using X11 for dbus-daemon autolaunch was disabled at compile time, set your',
      'no_bus',
    ],
    ['Platform failure: DBus error: Did not receive a reply. Possible causes include: the remote', 'no_service'],
    ["Couldn't access platform storage: Secret Service: unlock prompt was dismissed", 'locked'],
    ['Something else', 'other'],
  ])('%s', (message, kind) => {
    expect(nameKeychainFailure(message).kind).toBe(kind);
  });
});

describe('what a person is told', () => {
  const kinds = [
    { kind: 'no_bus' },
    { kind: 'no_service' },
    { kind: 'locked' },
    { kind: 'timed_out', limitMs: 3000 },
    { kind: 'no_library', message: 'Cannot find native binding.\nstack' },
    { kind: 'other', message: 'x'.repeat(500) },
  ] as const;
  const places = [
    signs({}, ['/.dockerenv']),
    signs({ WSL_DISTRO_NAME: 'Debian' }),
    signs({ SSH_CONNECTION: 'a' }),
    signs({}),
    signs({ DISPLAY: ':0' }),
    signs({}, [], 'darwin'),
  ];

  it('is another sentence for every cause and place where the place matters', () => {
    const told = kinds
      .slice(0, 2)
      .flatMap((failure) => places.slice(0, 5).map((at) => explainKeychainFailure(failure, at).why));
    expect(new Set(told).size).toBe(10);
  });

  it('is always what to do, and what a file would guard', () => {
    for (const failure of kinds) {
      for (const at of places) {
        const { why, hint, offer } = explainKeychainFailure(failure, at);
        expect(why).toMatch(/^[A-Z].*\.$/);
        expect(hint).toMatch(/^[A-Z].*\.$/);
        expect(offer).toMatch(/--store file.*copied file or a backup.*only with a password.*stolen disk/);
        expect(why.length).toBeLessThan(320);
      }
    }
  });
});
