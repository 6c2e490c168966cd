import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, delimiter, join, sep } from 'node:path';
import { errorCode, Problem } from '../../daemon/problem.ts';
import { writeFileAtomically } from '../../std/atomic-write.ts';
import { unreachable } from '../../std/unreachable.ts';
import { SCRIPT_MARK, shellQuoted } from './quoting.ts';
import { SHELLS, type Shell } from './value-kinds.ts';

/** Puts a script where the shell looks for it, and gives what to tell the person. No rc file is touched. */
export function installCompletion(shell: Shell, script: string, env: NodeJS.ProcessEnv = process.env): string {
  const place = placeFor(shell, env);
  const before = readIfThere(place.file);
  if (before !== null && !before.includes(SCRIPT_MARK)) throw foreign(place.file);
  if (before !== script) write(place.file, script);
  const what = before === null ? 'are now' : before === script ? 'are already' : 'are brought up to date';
  return `Completions for ${shell} ${what} in ${place.file}\n${place.next}\n`;
}

/** Removes what `installCompletion` has put there, and gives what to tell the person. */
export function uninstallCompletion(shell: Shell, env: NodeJS.ProcessEnv = process.env): string {
  const { file, forget } = placeFor(shell, env);
  const before = readIfThere(file);
  if (before === null) return `There are no completions for ${shell}: ${file} does not exist.\n`;
  if (!before.includes(SCRIPT_MARK)) throw foreign(file);
  try {
    rmSync(file);
  } catch (error) {
    throw unusable(file, error);
  }
  return `Removed ${file}\n${forget === null ? '' : `${forget}\n`}`;
}

/** The shell of `$SHELL`. Fails with a `usage` problem when it has no completions. */
export function shellOf(env: NodeJS.ProcessEnv): Shell {
  const name = basename(env['SHELL'] ?? '');
  const shell = SHELLS.find((known) => known === name);
  if (shell !== undefined) return shell;
  const found = name === '' ? '$SHELL is not set' : `There are no completions for ${name}`;
  const noPowerShell = process.platform === 'win32' ? ' PowerShell has none yet.' : '';
  throw new Problem('usage', `${found}. Name one of ${SHELLS.join(', ')}.${noPowerShell}`);
}

interface Place {
  readonly file: string;
  /** What is still to do, in sentences. */
  readonly next: string;
  /** What is left to be undone by hand; `null`: nothing. */
  readonly forget: string | null;
}

function placeFor(shell: Shell, env: NodeJS.ProcessEnv): Place {
  switch (shell) {
    case 'bash':
      return bashPlace(env);
    case 'zsh':
      return zshPlace(env);
    case 'fish':
      return {
        file: join(xdg(env, 'XDG_CONFIG_HOME', '.config'), 'fish', 'completions', 'llmgw.fish'),
        next: 'New and running shells have them at once.',
        forget: null,
      };
    default:
      return unreachable(shell);
  }
}

/** The folder that the bash-completion package loads from when a command is first completed. */
function bashPlace(env: NodeJS.ProcessEnv): Place {
  const [own = ''] = (env['BASH_COMPLETION_USER_DIR'] ?? '').split(delimiter);
  const folder = own === '' ? join(xdg(env, 'XDG_DATA_HOME', '.local/share'), 'bash-completion') : own;
  const file = join(folder, 'completions', 'llmgw');
  const line = `  source ${shellQuoted(file)}`;
  const next = `Where the bash-completion package is installed, new shells have them. Else add to ~/.bashrc:\n${line}`;
  return { file, next, forget: 'If you have added a `source` line for it to ~/.bashrc, remove that.' };
}

/** A folder of the user's own that zsh searches already, where it tells (an exported FPATH); else one of llmgw's. */
function zshPlace(env: NodeJS.ProcessEnv): Place {
  const searched = ownFolderOf((env['FPATH'] ?? '').split(':'));
  const folder = searched ?? join(xdg(env, 'XDG_DATA_HOME', '.local/share'), 'llmgw', 'zsh');
  const file = join(folder, '_llmgw');
  if (searched !== null) {
    return {
      file,
      next: 'zsh searches that folder: new shells have them (after `rm -f ~/.zcompdump*`).',
      forget: null,
    };
  }
  const lines = [`  fpath=(${shellQuoted(folder)} $fpath)`, '  autoload -Uz compinit && compinit'];
  const todo = 'Add these lines to ~/.zshrc, before any other that calls compinit, and open a new shell:';
  const next = [todo, ...lines].join('\n');
  return { file, next, forget: `If you have added ${folder} to fpath in ~/.zshrc, remove that line.` };
}

/** Below the home folder and there already: those of the system are not ours to write to. */
function ownFolderOf(folders: readonly string[]): string | null {
  const home = `${homedir()}${sep}`;
  const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  return folders.find((folder) => folder.startsWith(home) && existsSync(folder) && isFolder(folder)) ?? null;
}

/** A relative path in one of these variables must be ignored. */
function xdg(env: NodeJS.ProcessEnv, name: string, fallback: string): string {
  const value = env[name];
  return value?.startsWith('/') === true ? value : join(homedir(), fallback);
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw unusable(file, error);
  }
}

function write(file: string, script: string): void {
  try {
    writeFileAtomically(file, script);
  } catch (error) {
    throw unusable(file, error);
  }
}

function foreign(file: string): Problem {
  return new Problem('files', `${file} is there and was not written by llmgw: it is left alone.`, {
    hint: 'Move it away, then try again.',
  });
}

function unusable(file: string, cause: unknown): Problem {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new Problem('files', `The completions in ${file} cannot be changed: ${why}`, { cause });
}
