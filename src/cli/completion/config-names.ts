import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../../config/problem.ts';
import { readTextFile } from '../../config/read-file.ts';
import { readYaml } from '../../config/read-yaml.ts';
import { plainValue } from '../../config/tree.ts';
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
 * The names in the config file, without checking the rest of it: that takes longer than a person waits for a
 * completion, and a file with a mistake has names too.
 */
export function configNames(places: Places): ConfigNames {
  const path = ['config.yaml', 'config.yml'].map((name) => join(places.config, name)).find((file) => existsSync(file));
  if (path === undefined) return NONE;
  try {
    const { tree } = readYaml(readTextFile(path).text);
    const file: unknown = tree === null ? null : plainValue(tree);
    return isObject(file) ? namesIn(file) : NONE;
  } catch (error) {
    if (error instanceof ConfigError) return NONE;
    throw error;
  }
}

function namesIn(file: Record<string, unknown>): ConfigNames {
  const profiles = Object.values(objectOr(file['profiles']));
  const aliases = profiles.flatMap((profile) => Object.keys(objectOr(objectOr(profile)['models'])));
  const cloudModels = Object.entries(objectOr(file['providers'])).flatMap(([provider, settings]) => {
    const listed = objectOr(settings)['models'];
    const ids: readonly unknown[] = Array.isArray(listed) ? listed : [];
    return ids.flatMap((id) => (typeof id === 'string' ? [`${provider}/${id}`] : []));
  });
  return {
    cloudModels,
    models: [...Object.keys(objectOr(file['models'])), ...aliases],
    profiles: Object.keys(objectOr(file['profiles'])),
    providers: Object.keys(objectOr(file['providers'])),
  };
}

function objectOr(value: unknown): Record<string, unknown> {
  return isObject(value) ? value : {};
}
