import { Command, InvalidArgumentError } from 'commander';

const DEFAULT_LINES = 100;
const MOST_LINES = 100_000;

interface LogsFlags {
  readonly follow?: true;
  readonly lines: number;
  readonly json?: true;
}

export function logsCommand(): Command {
  return new Command('logs')
    .description("print the end of the daemon's log")
    .option('-f, --follow', 'go on with what is added, until Ctrl-C')
    .option('-n, --lines <count>', 'how many lines to begin with', parseCount, DEFAULT_LINES)
    .option('--json', 'the lines as they are in the file')
    .action(async (flags: LogsFlags) => {
      const { showLogs } = await import('../show-logs.ts');
      await showLogs({ follow: flags.follow === true, lines: flags.lines, raw: flags.json === true });
    });
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count > MOST_LINES) throw new InvalidArgumentError(`A number from 0 to ${MOST_LINES}.`);
  return count;
}
