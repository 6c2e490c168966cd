import { expandEnvironment, hasLiteralPart } from './environment.ts';
import { explainIssues } from './explain.ts';
import { isKeychainReference } from './fields.ts';
import { isLoopbackHost } from '../std/loopback.ts';
import { targetsBeyondWalls } from './profile-rules.ts';
import { ConfigError, formatProblem, locateFindings } from './problem.ts';
import type { Finding } from './problem.ts';
import { revisionOf } from './read-file.ts';
import type { ConfigText } from './read-file.ts';
import { readYaml } from './read-yaml.ts';
import { findConflicts } from './rules.ts';
import { CONFIG_SCHEMA } from './schema.ts';
import type { Settings } from './settings.ts';
import { toSettings } from './to-settings.ts';
import { partAt, plainValue, textsAt } from './tree.ts';
import type { Tree } from './tree.ts';

export interface LoadedSettings {
  readonly settings: Settings;
  /** Sentences for a person, each beginning with the place in the file. */
  readonly warnings: readonly string[];
  /** Which text this is, as `watchConfig` wants it. */
  readonly revision: string;
}

/** The settings that a config's text stands for. Throws `ConfigError` with every mistake in it. */
export function parseSettings(written: ConfigText, env: NodeJS.ProcessEnv): LoadedSettings {
  const { file, text, readableByOthers } = written;
  const revision = revisionOf(written);
  const { tree: asWritten, findings } = readYaml(text);
  const fail = (all: readonly Finding[]): never => {
    throw new ConfigError(locateFindings(file, text, all));
  };
  if (findings.length > 0) fail(findings);
  if (asWritten === null) return { settings: toSettings(file, {}), warnings: [], revision };
  const { tree, findings: missing } = expandEnvironment(asWritten, env);
  const parsed = CONFIG_SCHEMA.safeParse(plainValue(tree));
  const wrong = parsed.success ? [] : explainIssues(tree, parsed.error.issues, CONFIG_SCHEMA);
  const all = [...missing, ...wrong, ...findConflicts(tree)];
  if (!parsed.success || all.length > 0) return fail(all);
  const warnings = [...(readableByOthers ? exposedKeys(tree) : []), ...keysInClear(tree), ...targetsBeyondWalls(tree)];
  return {
    settings: toSettings(file, parsed.data),
    warnings: locateFindings(file, text, warnings).map(formatProblem),
    revision,
  };
}

const ENTRIES = [
  ['servers', '*'],
  ['providers', '*'],
] as const;

function exposedKeys(tree: Tree): Finding[] {
  return ENTRIES.flatMap((entry) => textsAt(tree, [...entry, 'api_key'])).flatMap(({ at, path }) => {
    const part = partAt(tree, path);
    if (part?.kind !== 'scalar' || !hasLiteralPart(part.written) || isKeychainReference(part.written)) return [];
    const message = 'other users of this machine can read this key; `chmod 600` the file, or write "${NAME}" for it';
    return [{ at, path, message }];
  });
}

function keysInClear(tree: Tree): Finding[] {
  return ENTRIES.flatMap((entry) => textsAt(tree, [...entry, 'base_url'])).flatMap(({ at, path, text }) => {
    const url = new URL(text.trim());
    const hasKey = partAt(tree, [...path.slice(0, -1), 'api_key']) !== null;
    if (url.protocol !== 'http:' || isLoopbackHost(url.hostname) || !hasKey) return [];
    return [{ at, path, message: 'the api_key goes over the network unencrypted; use https:// if the server can' }];
  });
}
