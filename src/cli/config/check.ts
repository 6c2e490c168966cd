import { configPath, loadSettings } from '../../config/load.ts';
import { ConfigError, type ConfigProblem } from '../../config/problem.ts';
import { overview } from '../../config/litellm/summary.ts';
import type { LiteLlmNote } from '../../config/litellm/note.ts';
import { loadOptions } from './place.ts';

/** What is wrong with a config file. */
export interface ConfigReport {
  /** Of two files that exclude each other, the folder. */
  readonly file: string;
  readonly exists: boolean;
  readonly problems: readonly ConfigProblem[];
  /** Sentences, each beginning with the place in the file. */
  readonly warnings: readonly string[];
  /** `null`: it is no file of LiteLLM's. */
  readonly liteLlm: LiteLlmReport | null;
}

/** What becomes of LiteLLM's file. */
export interface LiteLlmReport {
  /** In sentences: what is served, and what is not. */
  readonly summary: readonly string[];
  readonly notes: readonly LiteLlmNote[];
}

/** Reads the file as the daemon would. `undefined`: the one in its place, which need not be there. */
export function checkConfig(file: string | undefined): ConfigReport {
  const options = loadOptions(file);
  let place = { path: options.places.config, exists: true };
  try {
    place = configPath(options);
    const { warnings, liteLlm: reading } = loadSettings(options);
    const liteLlm = reading === null ? null : { summary: overview(reading), notes: reading.notes };
    return { file: place.path, exists: place.exists, problems: [], warnings, liteLlm };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { file: place.path, exists: place.exists, problems: error.problems, warnings: [], liteLlm: null };
  }
}
