import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Where the program runs, as far as it decides whether there is a keychain; `desktop`: where there should be one. */
export type Surroundings = 'container' | 'wsl' | 'ssh' | 'headless' | 'desktop';

export interface SystemSigns {
  readonly env: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
  readonly exists: (path: string) => boolean;
  /** `null` where the system has no such numbers. */
  readonly userId: number | null;
}

export function systemSigns(env: NodeJS.ProcessEnv): SystemSigns {
  return { env, platform: process.platform, exists: existsSync, userId: process.getuid?.() ?? null };
}

/** Told from cheap signs, the most particular first: a container on a machine reached over SSH is a container. */
export function findSurroundings({ env, platform, exists }: SystemSigns): Surroundings {
  const isSet = (name: string): boolean => (env[name] ?? '') !== '';
  if (isSet('container') || exists('/.dockerenv') || exists('/run/.containerenv')) return 'container';
  if (isSet('WSL_DISTRO_NAME')) return 'wsl';
  if (isSet('SSH_CONNECTION') || isSet('SSH_TTY')) return 'ssh';
  if (platform === 'linux' && !isSet('DISPLAY') && !isSet('WAYLAND_DISPLAY')) return 'headless';
  return 'desktop';
}

/** The address of the D-Bus session, where the Secret Service of Linux and the BSDs is found; `null`: there is none. */
export function findSessionBus({ env, exists, userId }: SystemSigns): string | null {
  const named = env['DBUS_SESSION_BUS_ADDRESS']?.trim() ?? '';
  if (named !== '') return named;
  const runtime = env['XDG_RUNTIME_DIR']?.trim() ?? '';
  const folder = runtime === '' && userId !== null ? `/run/user/${userId}` : runtime;
  if (folder === '') return null;
  const socket = join(folder, 'bus');
  return exists(socket) ? `unix:path=${socket}` : null;
}

/** Systems that keep keys in a Secret Service, which is reached over D-Bus; the others have a keychain of their own. */
export function needsSessionBus(platform: NodeJS.Platform): boolean {
  return platform !== 'darwin' && platform !== 'win32';
}
