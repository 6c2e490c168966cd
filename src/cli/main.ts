import { CommanderError } from 'commander';
import { nodeProblem } from './node-version.ts';
import { createProgram } from './program.ts';

const USAGE_ERROR = 2;
const FAILED = 1;

// Whoever reads has gone away, as `head` does: what is still written goes nowhere, and that is no failure.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
  });
}

const problem = nodeProblem(process.versions.node);
if (problem === null) await run();
else {
  process.stderr.write(`${problem}\n`);
  process.exitCode = FAILED;
}

async function run(): Promise<void> {
  try {
    await createProgram().parseAsync();
  } catch (error) {
    process.exitCode = await exitCodeOf(error);
  }
}

async function exitCodeOf(error: unknown): Promise<number> {
  // Help and the version, when they were asked for, end with 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE_ERROR;
  const { reportError } = await import('./report-error.ts');
  return reportError(error);
}
