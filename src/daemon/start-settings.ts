import { summaryOf } from '../config/litellm/summary.ts';
import { loadSettings } from '../config/load.ts';
import type { LoadOptions } from '../config/load.ts';
import type { LoadedSettings } from '../config/parse.ts';
import { isWeakMasterKey } from '../config/secret-places.ts';
import type { ServerSettings, Settings } from '../config/settings.ts';
import { isLoopbackHost } from '../std/loopback.ts';
import { nearest } from '../std/nearest.ts';
import type { Places } from '../std/places.ts';
import { Secret } from '../std/secret.ts';
import type { StartOptions } from './daemon-file.ts';
import { Problem } from './problem.ts';

/** The config file with what the command line says put over it. */
export interface StartSettings {
  readonly settings: Settings;
  /** Sentences about the config and about how it listens. */
  readonly warnings: readonly string[];
}

/** The settings at the start, and what they were read from. */
export type ReadSettings = StartSettings & Omit<LoadedSettings, keyof StartSettings>;

/** Throws `ConfigError`, or a `Problem` when config and command line do not fit each other. */
export function readStartSettings(places: Places, env: NodeJS.ProcessEnv, start: StartOptions): ReadSettings {
  const loaded = loadSettings(loadOptionsOf(places, env, start));
  return { ...loaded, ...withStartOptions(loaded, start) };
}

/** Where the settings come from, as the command line has it. */
export function loadOptionsOf(places: Places, env: NodeJS.ProcessEnv, start: StartOptions): LoadOptions {
  const { config, model, alias, apiBase } = start;
  const single = model === undefined ? null : { model, alias: alias ?? null, apiBase: apiBase ?? null };
  return { file: config ?? null, places, env, model: single };
}

/** Puts the command line over a config that was read. Throws a `Problem` when the two do not fit each other. */
export function withStartOptions(
  { settings, warnings, liteLlm }: Pick<LoadedSettings, 'settings' | 'warnings' | 'liteLlm'>,
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
  checkMasterKey(server);
  const summary = liteLlm === null ? [] : summaryOf(liteLlm);
  return { settings: { ...settings, server }, warnings: [...exposure(server.host), ...summary, ...warnings] };
}

/** A key that is easily guessed is for programs of this machine, whichever of the two made the host another one. */
function checkMasterKey({ host, masterKey }: ServerSettings): void {
  if (!(masterKey instanceof Secret) || isLoopbackHost(host) || !isWeakMasterKey(masterKey.reveal())) return;
  throw new Problem('config', `With a master key that is easily guessed, ${host} cannot be listened on.`, {
    hint: 'Take a key of 16 characters or more that is not sk-1234, or listen on 127.0.0.1.',
  });
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
