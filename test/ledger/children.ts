import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { onTestFinished } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
// Below node_modules, so that packages are found, and out of everyone's sight.
const FOLDER = join(ROOT, 'node_modules', '.cache', 'llmgw-tests');

/** Starts TypeScript of this folder as a process of its own; it is ended with the test. */
export async function startChild(file: string, args: readonly string[]): Promise<ChildProcess> {
  mkdirSync(FOLDER, { recursive: true });
  const outfile = join(FOLDER, `${file}.${process.pid}.mjs`);
  const entry = join(ROOT, 'test', 'ledger', file);
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    external: ['better-sqlite3'],
  });
  const child = fork(outfile, args, { execArgv: [] });
  onTestFinished(() => {
    child.kill('SIGKILL');
    rmSync(outfile, { force: true });
  });
  return child;
}

export function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => child.once('exit', () => resolve()));
}

export function nextMessage(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve) => child.once('message', resolve));
}
