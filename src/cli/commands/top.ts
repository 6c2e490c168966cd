import { Command, Option } from 'commander';
import type { Places } from '../../std/places.ts';

interface TopOptions {
  readonly once?: true;
  readonly json?: true;
}

/** `llmgw top`: a client of the daemon, never its parent. The screen's code is loaded for the screen only. */
export function topCommand(): Command {
  return new Command('top')
    .description('show requests, spending, models and providers live')
    .addOption(new Option('--once', 'print what is in flight as plain text, and end').conflicts('json'))
    .option('--json', 'stream the events, a JSON object a line, until Ctrl-C')
    .action(async ({ once, json }: TopOptions) => {
      const [{ findPlaces }, { findLaunch }] = await Promise.all([
        import('../../std/places.ts'),
        import('../launch.ts'),
      ]);
      const places = findPlaces();
      const { command } = findLaunch();
      if (json === true) {
        const { streamEvents } = await import('../top/stream-events.ts');
        await streamEvents(places, command);
      } else if (once === true) {
        const { printOnce } = await import('../top/print-once.tsx');
        await printOnce(places, command);
      } else {
        await showScreen(places, command);
      }
    });
}

async function showScreen(places: Places, command: string): Promise<void> {
  const { stdin, stdout } = process;
  if (!stdin.isTTY || !stdout.isTTY) {
    const { Problem } = await import('../../daemon/problem.ts');
    throw new Problem('usage', 'llmgw top needs a terminal for its screen and its keys.', {
      hint: `\`${command} top --once\` prints one frame as text, \`${command} top --json\` streams the events.`,
    });
  }
  const { runTop } = await import('../top/run-top.tsx');
  const exitCode = await runTop({ places, command, stdin, stdout });
  // A question that the daemon has not answered yet is not waited for.
  process.exit(exitCode);
}
