import { Command } from 'commander';
import { startOptions, withStartOptions } from './start.ts';

export function restartCommand(): Command {
  const command = new Command('restart').description(
    'stop the daemon, and start it as it was, with what is given here changed',
  );
  return withStartOptions(command).action(async (flags: Parameters<typeof startOptions>[0]) => {
    const { restart } = await import('../start.ts');
    await restart(await startOptions(flags));
  });
}
