import { lstatSync, statSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { z } from '../std/schema.ts';
import { explainIssues } from './explain.ts';
import { ConfigError, locateFindings } from './problem.ts';
import type { Finding } from './problem.ts';
import { readingOf, readTextFile } from './read-file.ts';
import { readYaml } from './read-yaml.ts';
import { profileName } from './schema.ts';
import { plainValue } from './tree.ts';

const PROJECT_FILE = '.llmgw.yaml';

export interface ProjectFile {
  readonly file: string;
  /** A name of the right form; whether there is such a profile is for the reader to check. `null`: it says nothing. */
  readonly profile: string | null;
}

export interface ProjectFileFound {
  /** `null`: there is none, or none that may be followed. */
  readonly project: ProjectFile | null;
  /** Sentences about a file that was left alone. */
  readonly warnings: readonly string[];
}

export interface ProjectFileOptions {
  readonly startFolder: string;
  /** The walk up ends here, or at the root. */
  readonly home: string;
  /** `null`: the system has no such ids (Windows), and the rights of folders are not looked at. */
  readonly userId: number | null;
}

const MAX_FOLDERS = 100;

const PROJECT_SCHEMA = z.strictObject({ profile: profileName.optional() });

/**
 * The nearest `.llmgw.yaml` at or above a folder: `{profile: NAME}` for the `llmgw` commands that are run there. Such a
 * file comes with a repository, so it may be hostile: it can choose among the profiles that exist and nothing else.
 * That can be `prod`, which spends, and so it counts for commands only, never for a request. One that other users can
 * write, or put there, is left alone with a warning. Throws `ConfigError` with every mistake in it.
 */
export function readProjectFile(options: ProjectFileOptions): ProjectFileFound {
  const file = findFile(options);
  if (file === null) return { project: null, warnings: [] };
  const doubt = whyNotTrusted(file, options.userId);
  if (doubt !== null) return { project: null, warnings: [`${file} is left alone: ${doubt}.`] };
  return { project: { file, profile: profileIn(file) }, warnings: [] };
}

function findFile({ startFolder, home }: ProjectFileOptions): string | null {
  const last = resolve(home);
  let folder = resolve(startFolder);
  for (let count = 0; count < MAX_FOLDERS; count++) {
    const file = join(folder, PROJECT_FILE);
    if (readingOf(file, () => lstatSync(file, { throwIfNoEntry: false })) !== undefined) return file;
    const above = dirname(folder);
    if (folder === last || above === folder) return null;
    folder = above;
  }
  return null;
}

/** The folder, the file, and where a link leads: whoever can write one of them decides what is read. */
function whyNotTrusted(file: string, userId: number | null): string | null {
  if (userId === null) return null;
  const folder = dirname(file);
  const looked: [string, Stats | undefined][] = [
    [`the folder ${folder}`, readingOf(file, () => statSync(folder, { throwIfNoEntry: false }))],
    ['the file', readingOf(file, () => lstatSync(file, { throwIfNoEntry: false }))],
    ['what it links to', readingOf(file, () => statSync(file, { throwIfNoEntry: false }))],
  ];
  for (const [what, stats] of looked) {
    if (stats === undefined) continue;
    if (stats.uid !== userId) return `${what} belongs to another user`;
    // A link has all bits set and none that counts.
    if (!stats.isSymbolicLink() && (stats.mode & 0o002) !== 0) return `every user can write ${what}`;
  }
  return null;
}

function profileIn(file: string): string | null {
  const { text } = readTextFile(file);
  const { tree, findings } = readYaml(text);
  const fail = (all: readonly Finding[]): never => {
    throw new ConfigError(locateFindings(file, text, all));
  };
  if (findings.length > 0) return fail(findings);
  if (tree === null) return null;
  const parsed = PROJECT_SCHEMA.safeParse(plainValue(tree));
  if (!parsed.success) return fail(explainIssues(tree, parsed.error.issues, PROJECT_SCHEMA));
  return parsed.data.profile ?? null;
}
