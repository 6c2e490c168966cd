import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { Problem } from '../../daemon/problem.ts';
import type { ConfigReport } from './check.ts';

export interface EditSteps {
  /** Resolves when the editor was left. */
  readonly edit: () => Promise<void>;
  readonly check: () => ConfigReport;
  readonly show: (report: ConfigReport) => void;
  /** `null`: nobody is there to be asked. */
  readonly askAgain: (() => Promise<boolean>) | null;
}

/** Edits, checks, and where something is wrong offers to edit again. The last report. */
export async function editUntilGood({ edit, check, show, askAgain }: EditSteps): Promise<ConfigReport> {
  for (;;) {
    await edit();
    const report = check();
    show(report);
    if (report.problems.length === 0 || askAgain === null || !(await askAgain())) return report;
  }
}

const FALLBACKS = ['nano', 'vi'];

/** As people name their editor for every program: `$VISUAL`, `$EDITOR`, else one that is found. May have arguments. */
export function findEditor(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string {
  const named = [env['VISUAL'], env['EDITOR']].find((editor) => editor !== undefined && editor.trim() !== '');
  if (named !== undefined) return named;
  if (platform === 'win32') return 'notepad';
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const found = FALLBACKS.find((name) => folders.some((folder) => isProgram(join(folder, name))));
  if (found !== undefined) return found;
  throw new Problem('failed', 'No editor was found.', { hint: 'Set EDITOR to the name of one, as in EDITOR=nano.' });
}

/** Runs the editor in this terminal. What is in the variable is a piece of shell, as it is for git. */
export async function runEditor(editor: string, file: string, platform: NodeJS.Platform): Promise<void> {
  // Ctrl-C is the editor's own as long as it runs.
  const ignore = (): void => undefined;
  process.on('SIGINT', ignore);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      const child =
        platform === 'win32'
          ? spawn(`${editor} "${file}"`, { stdio: 'inherit', shell: true })
          : spawn('/bin/sh', ['-c', `${editor} "$@"`, 'llmgw', file], { stdio: 'inherit' });
      child.on('error', reject);
      child.on('exit', resolve);
    });
    if (code !== 0) throw new Problem('failed', `The editor \`${editor}\` ended with ${code ?? 'a signal'}.`);
  } finally {
    process.off('SIGINT', ignore);
  }
}

/** A bare Enter is yes, the end of the input no. */
export async function askToEditAgain(input: NodeJS.ReadableStream, output: NodeJS.WritableStream): Promise<boolean> {
  const lines = createInterface({ input, output });
  try {
    const ended = new Promise<string>((resolve) => lines.once('close', () => resolve('n')));
    const answer = await Promise.race([lines.question('Edit it again? [Y/n] '), ended]);
    return /^\s*(y|yes|)\s*$/i.test(answer);
  } finally {
    lines.close();
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch (error) {
    // Whatever the reason, it cannot be run from there.
    if (error instanceof Error && 'code' in error) return false;
    throw error;
  }
}
