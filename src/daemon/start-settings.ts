import { loadSettings } from '../config/load.ts';
import type { LoadedSettings } from '../config/parse.ts';
import type { Settings } from '../config/settings.ts';
import { isLoopbackHost } from '../std/loopback.ts';
import { nearest } from '../std/nearest.ts';
import type { Places } from '../std/places.ts';
import type { StartOptions } from './daemon-file.ts';
import { Problem } from './problem.ts';

/** The config file with what the command line says put over it. */
export interface StartSettings {
  readonly settings: Settings;
  /** Sentences about the config and about how it listens. */
  readonly warnings: readonly string[];
}

/** The settings at the start, and which revision of the file they are. */
export interface ReadSettings extends StartSettings {
  readonly revision: string;
}

/** Throws `ConfigError`, or a `Problem` when config and command line do not fit each other. */
export function readStartSettings(places: Places, env: NodeJS.ProcessEnv, start: StartOptions): ReadSettings {
  const loaded = loadSettings({ file: start.config ?? null, places, env });
  return { ...withStartOptions(loaded, start), revision: loaded.revision };
}

/** Puts the command line over a config that was read. Throws a `Problem` when the two do not fit each other. */
export function withStartOptions(
  { settings, warnings }: Omit<LoadedSettings, 'revision'>,
  start: StartOptions,
): StartSettings {
  checkProfile(settings, start.profile ?? null);
  const server = {
    ...settings.server,
    host: start.host ?? settings.server.host,
    port: start.port ?? settings.server.port,
  };
  if (server.auth === 'open' && !isLoopbackHost(server.host)) {
    throw new Problem(
      'config',
      `With server.auth: open nobody is asked for a key, so ${server.host} cannot be listened on.`,
      {
        hint: 'Set server.auth: key in the config, or listen on 127.0.0.1.',
      },
    );
  }
  return { settings: { ...settings, server }, warnings: [...exposure(server.host), ...warnings] };
}

/** Whoever listens on another address than loopback is told what it means, every time. */
function exposure(host: string): string[] {
  if (isLoopbackHost(host)) return [];
  return [
    `Listening on ${host}: whoever can reach this machine over the network and has the key spends your money and ` +
      'uses your models. The key travels unencrypted: put a TLS proxy before it beyond a network that you trust.',
  ];
}

function checkProfile({ profiles }: Settings, asked: string | null): void {
  const known = profiles.map(({ name }) => name);
  if (asked === null || known.includes(asked)) return;
  const [close] = nearest(asked, known, 1);
  const suggestion = close === undefined ? '' : ` Did you mean ${close}?`;
  throw new Problem('config', `There is no profile ${asked}. Known: ${known.join(', ')}.${suggestion}`);
}
