import type { Problem } from '../daemon/problem.ts';
import { CODE_OF_PROBLEM, type ExitCode } from './exit-codes.ts';

/** Prints what went wrong on standard error and gives the exit code: a sentence when it is understood, else a stack. */
export async function reportError(error: unknown): Promise<ExitCode> {
  // Loaded now: a command that goes well never needs the rooms whose errors are recognised.
  const { asProblem } = await import('../daemon/known-problems.ts');
  const problem = asProblem(error);
  if (problem !== null) {
    process.stderr.write(`${describeProblem(problem)}\n`);
    return CODE_OF_PROBLEM[problem.kind];
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`${stack}\n\nThis is a bug in llmgw: nothing that is known to go wrong looks like this.\n`);
  return 1;
}

export function describeProblem(problem: Pick<Problem, 'message' | 'hint'>): string {
  return `llmgw: ${problem.message}${problem.hint === null ? '' : `\n${problem.hint}`}`;
}
