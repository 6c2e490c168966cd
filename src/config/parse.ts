import type { LiteLlmReading } from './litellm/read.ts';
import { expandEnvironment } from './environment.ts';
import { explainIssues } from './explain.ts';
import { doubtfulGroups } from './group-warnings.ts';
import { targetsBeyondWalls } from './profile-rules.ts';
import { ConfigError, formatProblem, locateFindings } from './problem.ts';
import type { Finding } from './problem.ts';
import { revisionOf } from './read-file.ts';
import type { ConfigText } from './read-file.ts';
import { readYaml } from './read-yaml.ts';
import { findConflicts } from './rules.ts';
import { CONFIG_SCHEMA } from './schema.ts';
import { exposedKeys, idleMasterKey, keysInClear } from './secret-places.ts';
import type { Settings } from './settings.ts';
import { toSettings } from './to-settings.ts';
import { plainValue } from './tree.ts';
import type { Tree } from './tree.ts';
import { withPricesAsWritten } from './written-prices.ts';

export interface LoadedSettings {
  readonly settings: Settings;
  /** Sentences for a person, each beginning with the place in the file. */
  readonly warnings: readonly string[];
  /** Which text this is, as `watchConfig` wants it. */
  readonly revision: string;
  /** What was read beside the file, or would be if it were there: a change of one is a change of the config. */
  readonly furtherFiles: readonly string[];
  /** The file in the native form; it holds what keys the file holds. `null`: there is none. */
  readonly nativeText: string | null;
  /** `null`: it is no file of LiteLLM's. */
  readonly liteLlm: LiteLlmReading | null;
}

/** The settings that a config's text stands for. Throws `ConfigError` with every mistake in it. */
export function parseSettings(written: ConfigText, env: NodeJS.ProcessEnv): LoadedSettings {
  const { file, text, readableByOthers } = written;
  const { tree, findings } = readYaml(text);
  const checked = findings.length > 0 ? { findings } : checkTree(tree, { file, readableByOthers, env });
  if ('findings' in checked) throw new ConfigError(locateFindings(file, text, checked.findings));
  return {
    settings: checked.settings,
    warnings: locateFindings(file, text, checked.warnings).map(formatProblem),
    revision: revisionOf(written),
    furtherFiles: [],
    nativeText: text,
    liteLlm: null,
  };
}

export interface CheckOptions {
  /** Where it comes from. */
  readonly file: string | null;
  readonly readableByOthers: boolean;
  readonly env: NodeJS.ProcessEnv;
}

/** The settings that the native form stands for and what is doubtful in it, or every mistake in it. */
export function checkTree(
  asWritten: Tree | null,
  { file, readableByOthers, env }: CheckOptions,
): { settings: Settings; warnings: readonly Finding[] } | { findings: readonly Finding[] } {
  if (asWritten === null) return { settings: toSettings(file, {}), warnings: [] };
  const { tree, findings: missing } = expandEnvironment(asWritten, env);
  const parsed = CONFIG_SCHEMA.safeParse(plainValue(withPricesAsWritten(tree)));
  const wrong = parsed.success ? [] : explainIssues(tree, parsed.error.issues, CONFIG_SCHEMA);
  const findings = [...missing, ...wrong, ...findConflicts(tree)];
  if (!parsed.success || findings.length > 0) return { findings };
  const warnings = [
    ...(readableByOthers ? exposedKeys(tree) : []),
    ...keysInClear(tree),
    ...idleMasterKey(tree),
    ...targetsBeyondWalls(tree),
    ...doubtfulGroups(tree),
  ];
  return { settings: toSettings(file, parsed.data), warnings };
}
