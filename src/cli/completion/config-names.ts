import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Notes } from '../../config/litellm/note.ts';
import { isLiteLlm } from '../../config/litellm/read.ts';
import { readSources } from '../../config/litellm/sources.ts';
import { ConfigError } from '../../config/problem.ts';
import { readTextFile, type ConfigText } from '../../config/read-file.ts';
import { readYaml } from '../../config/read-yaml.ts';
import { plainValue } from '../../config/tree.ts';
import { readDaemonFile } from '../../daemon/daemon-file.ts';
import { isObject } from '../../std/is-object.ts';
import type { Places } from '../../std/places.ts';

/** What the config file gives a name to. */
export interface ConfigNames {
  readonly models: readonly string[];
  /** `provider/model`, of providers whose models it lists. */
  readonly cloudModels: readonly string[];
  readonly profiles: readonly string[];
  readonly providers: readonly string[];
}

const NONE: ConfigNames = { models: [], cloudModels: [], profiles: [], providers: [] };

/**
 * The names in the config file, llmgw's or LiteLLM's, without checking the rest of it: that takes longer than a person
 * waits for a completion, and a file with a mistake has names too.
 */
export function configNames(places: Places): ConfigNames {
  const path = configFile(places);
  if (path === null) return NONE;
  try {
    const text = readTextFile(path);
    const { tree } = readYaml(text.text, 'last counts');
    if (isLiteLlm(tree)) return liteLlmNames(text);
    const file: unknown = tree === null ? null : plainValue(tree);
    return isObject(file) ? namesIn(file) : NONE;
  } catch (error) {
    if (error instanceof ConfigError) return NONE;
    throw error;
  }
}

/** The one that the daemon was started with, if it runs and only does not answer at once; else the usual one. */
function configFile(places: Places): string | null {
  const named = readDaemonFile(places)?.options.config;
  const usual = ['config.yaml', 'config.yml'].map((name) => join(places.config, name));
  return [...(named === undefined ? [] : [named]), ...usual].find((file) => existsSync(file)) ?? null;
}

function namesIn(file: Record<string, unknown>): ConfigNames {
  const profiles = Object.values(objectOr(file['profiles']));
  const aliases = profiles.flatMap((profile) => Object.keys(objectOr(objectOr(profile)['models'])));
  const cloudModels = Object.entries(objectOr(file['providers'])).flatMap(([provider, settings]) => {
    const ids = listOr(objectOr(settings)['models']);
    return ids.flatMap((id) => (typeof id === 'string' ? [`${provider}/${id}`] : []));
  });
  return {
    cloudModels,
    models: [...Object.keys(objectOr(file['models'])), ...aliases],
    profiles: Object.keys(objectOr(file['profiles'])),
    providers: Object.keys(objectOr(file['providers'])),
  };
}

/** Those of `model_list` and of the aliases, also where they are in files that it includes. */
function liteLlmNames(text: ConfigText): ConfigNames {
  const file = objectOr(plainValue(readSources(text, readTextFile, new Notes()).tree));
  const models = listOr(file['model_list']).flatMap((entry) => objectOr(entry)['model_name'] ?? []);
  const aliases = Object.entries(objectOr(objectOr(file['router_settings'])['model_group_alias']));
  const shown = aliases.filter(([, meant]) => objectOr(meant)['hidden'] !== true).map(([name]) => name);
  const names = [...models.filter((name) => typeof name === 'string'), ...shown];
  return { ...NONE, models: [...new Set(names)] };
}

function objectOr(value: unknown): Record<string, unknown> {
  return isObject(value) ? value : {};
}

function listOr(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
