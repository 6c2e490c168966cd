import { configPath, loadSettings } from '../../config/load.ts';
import { ConfigError, type ConfigProblem } from '../../config/problem.ts';
import { loadOptions } from './place.ts';

/** What is wrong with a config file. */
export interface ConfigReport {
  /** Of two files that exclude each other, the folder. */
  readonly file: string;
  readonly exists: boolean;
  readonly problems: readonly ConfigProblem[];
  /** Sentences, each beginning with the place in the file. */
  readonly warnings: readonly string[];
}

/** Reads the file as the daemon would. `undefined`: the one in its place, which need not be there. */
export function checkConfig(file: string | undefined): ConfigReport {
  const options = loadOptions(file);
  let place = { path: options.places.config, exists: true };
  try {
    place = configPath(options);
    const { warnings } = loadSettings(options);
    return { file: place.path, exists: place.exists, problems: [], warnings };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { file: place.path, exists: place.exists, problems: error.problems, warnings: [] };
  }
}
