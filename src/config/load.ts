import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Places } from '../std/places.ts';
import { parseSettings } from './parse.ts';
import type { LoadedSettings } from './parse.ts';
import { aboutFile, readingOf, readTextFile, revisionOf } from './read-file.ts';
import type { ConfigText } from './read-file.ts';
import { toSettings } from './to-settings.ts';

export interface LoadOptions {
  /** The file that the user named. `null`: `config.yaml` or `config.yml` of the config folder, if there is one. */
  readonly file: string | null;
  readonly places: Places;
  readonly env: NodeJS.ProcessEnv;
}

/** Reads the config file. No file at all is no mistake: all defaults. Throws `ConfigError` with every mistake. */
export function loadSettings(options: LoadOptions): LoadedSettings {
  return settingsOf(readConfig(options), options.env);
}

/** The text of the config file as it is now; `null`: there is none. Throws `ConfigError`. */
export function readConfig({ file, places }: Omit<LoadOptions, 'env'>): ConfigText | null {
  if (file !== null) return readTextFile(resolve(file));
  const found = findFile(places.config);
  return found === null ? null : readTextFile(found);
}

/** Throws `ConfigError`. */
export function settingsOf(text: ConfigText | null, env: NodeJS.ProcessEnv): LoadedSettings {
  if (text !== null) return parseSettings(text, env);
  return { settings: toSettings(null, {}), warnings: [], revision: revisionOf(null) };
}

/** Where the config file is or would be. Throws `ConfigError` when there are two. */
export function configPath({ file, places }: Omit<LoadOptions, 'env'>): { path: string; exists: boolean } {
  const path = file === null ? findFile(places.config) : resolve(file);
  if (path === null) return { path: join(places.config, FILE_NAMES[0]), exists: false };
  return { path, exists: exists(path) };
}

/** Every path at which the config file may be. */
export function candidatePaths({ file, places }: Omit<LoadOptions, 'env'>): readonly string[] {
  return file === null ? FILE_NAMES.map((name) => join(places.config, name)) : [resolve(file)];
}

const FILE_NAMES = ['config.yaml', 'config.yml'] as const;

function findFile(folder: string): string | null {
  const [first, second] = FILE_NAMES.map((name) => join(folder, name)).filter(exists);
  if (second !== undefined) throw aboutFile(second, `${first ?? ''} is there too; keep one of them`);
  return first ?? null;
}

function exists(path: string): boolean {
  return readingOf(path, () => statSync(path, { throwIfNoEntry: false })) !== undefined;
}
