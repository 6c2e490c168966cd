import { DEFAULT_PROFILE } from '../canonical/reserved-names.ts';
import { loadSettings } from '../config/load.ts';
import type { ConfiguredModel, Settings } from '../config/settings.ts';
import { isLoopbackHost } from '../std/loopback.ts';
import { nearest } from '../std/nearest.ts';
import type { Places } from '../std/places.ts';
import type { StartOptions } from './daemon-file.ts';
import { Problem } from './problem.ts';
import type { ProfileStatus } from './status.ts';

/** The config file with what the command line says put over it. */
export interface StartSettings {
  readonly settings: Settings;
  /** Sentences about the config and about how it listens. */
  readonly warnings: readonly string[];
  readonly profile: ProfileStatus;
  /** The exact aliases of the profile. */
  readonly aliases: readonly ConfiguredModel[];
  readonly demo: boolean;
}

/** Throws `ConfigError`, or a `Problem` when config and command line do not fit each other. */
export function readStartSettings(places: Places, env: NodeJS.ProcessEnv, start: StartOptions): StartSettings {
  const { settings: written, warnings } = loadSettings({ file: start.config ?? null, places, env });
  const profile = chooseProfile(written, start.profile ?? null);
  const server = {
    ...written.server,
    host: start.host ?? written.server.host,
    port: start.port ?? written.server.port,
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
  const aliases = written.profiles.find(({ name }) => name === profile.name)?.models ?? [];
  return {
    settings: { ...written, server, profile: profile.name },
    warnings: [...exposure(server.host), ...warnings],
    profile,
    aliases,
    demo: start.demo === true,
  };
}

/** Whoever listens on another address than loopback is told what it means, every time. */
function exposure(host: string): string[] {
  if (isLoopbackHost(host)) return [];
  return [
    `Listening on ${host}: whoever can reach this machine over the network and has the key spends your money and ` +
      'uses your models. The key travels unencrypted: put a TLS proxy before it beyond a network that you trust.',
  ];
}

function chooseProfile(settings: Settings, asked: string | null): ProfileStatus {
  const known = [...new Set([DEFAULT_PROFILE, ...settings.profiles.map(({ name }) => name)])];
  const name = asked ?? settings.profile;
  if (!known.includes(name)) {
    const [close] = nearest(name, known, 1);
    const suggestion = close === undefined ? '' : ` Did you mean ${close}?`;
    throw new Problem('config', `There is no profile ${name}. Known: ${known.join(', ')}.${suggestion}`);
  }
  return { name, reason: reasonFor(settings, asked, known), known };
}

function reasonFor(settings: Settings, asked: string | null, known: readonly string[]): string {
  if (asked !== null) return 'chosen by --profile';
  if (settings.profile !== DEFAULT_PROFILE) return 'chosen in the config';
  return known.length === 1 ? 'no other is configured' : 'no other was chosen';
}
