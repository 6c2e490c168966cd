import { CommanderError } from 'commander';
import { createProgram } from './program.ts';

/** Commander's ends that are none: help or the version was asked for and printed. */
const ASKED_FOR = ['commander.helpDisplayed', 'commander.version'];
const USAGE_ERROR = 2;

// Whoever reads has gone away, as `head` does: what is still written goes nowhere, and that is no failure.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
  });
}

try {
  await createProgram().parseAsync();
} catch (error) {
  process.exitCode = await exitCodeOf(error);
}

async function exitCodeOf(error: unknown): Promise<number> {
  if (error instanceof CommanderError) return ASKED_FOR.includes(error.code) ? 0 : USAGE_ERROR;
  const { reportError } = await import('./report-error.ts');
  return reportError(error);
}
