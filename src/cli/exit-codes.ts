import type { ProblemKind } from '../daemon/problem.ts';

/** What each exit code means; `llmgw --help` prints this table. */
export const EXIT_CODES = {
  0: 'done',
  1: 'it failed, for a reason that is printed',
  2: 'the command line is not understood',
  3: 'the daemon is not running',
  4: 'the address cannot be listened on, as when the port is taken',
  5: 'the config file, or what it names, is wrong',
  6: 'a file of the program cannot be used',
  130: 'ended by a second Ctrl-C, requests in flight were cut off',
} as const;

export type ExitCode = keyof typeof EXIT_CODES;

export const CODE_OF_PROBLEM: Readonly<Record<ProblemKind, ExitCode>> = {
  failed: 1,
  usage: 2,
  not_running: 3,
  already_running: 1,
  address: 4,
  config: 5,
  files: 6,
};

export function exitCodesHelp(): string {
  const lines = Object.entries(EXIT_CODES).map(([code, meaning]) => `  ${code.padEnd(3)}  ${meaning}`);
  return ['', 'Exit codes:', ...lines].join('\n');
}
