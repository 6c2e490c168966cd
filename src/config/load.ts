import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Places } from '../std/places.ts';
import { loadLiteLlm } from './litellm/load.ts';
import { isLiteLlm } from './litellm/read.ts';
import { singleModelSettings } from './litellm/single-model.ts';
import type { SingleModel } from './litellm/single-model.ts';
import { liteLlmSettings } from './litellm/to-settings.ts';
import { parseSettings } from './parse.ts';
import type { LoadedSettings } from './parse.ts';
import { aboutFile, readingOf, readTextFile, revisionOf } from './read-file.ts';
import type { ConfigText } from './read-file.ts';
import { readYaml } from './read-yaml.ts';
import { toSettings } from './to-settings.ts';

export interface LoadOptions {
  /** The file that the user named. `null`: `config.yaml` or `config.yml` of the config folder, if there is one. */
  readonly file: string | null;
  readonly places: Places;
  readonly env: NodeJS.ProcessEnv;
  /** A model that is served in place of what a file says; absent: the file. */
  readonly model?: SingleModel | null;
}

/**
 * Reads the config file, llmgw's or LiteLLM's. No file at all is no mistake: all defaults. Throws `ConfigError` with
 * every mistake.
 */
export function loadSettings(options: LoadOptions): LoadedSettings {
  const { model = null, env } = options;
  if (model !== null) return singleModelSettings(model, env);
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
  if (text !== null) return isOfLiteLlm(text) ? ofLiteLlm(text, env) : parseSettings(text, env);
  const settings = toSettings(null, {});
  return { settings, warnings: [], revision: revisionOf(null), furtherFiles: [], nativeText: null, liteLlm: null };
}

/** Whether a text is that of a file of LiteLLM's. */
export function isOfLiteLlm({ text }: ConfigText): boolean {
  return isLiteLlm(readYaml(text, 'last counts').tree);
}

function ofLiteLlm(text: ConfigText, env: NodeJS.ProcessEnv): LoadedSettings {
  return liteLlmSettings(text, loadLiteLlm(text, env, 'leave out'), env);
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
