import { Command, InvalidArgumentError, Option } from 'commander';
import type { StartOptions } from '../../daemon/daemon-file.ts';

interface StartFlags {
  readonly foreground?: true;
  readonly host?: string;
  readonly port?: number;
  readonly config?: string;
  readonly profile?: string;
  readonly demo?: true;
  /** Set by `start` for the process that it starts: how people call the program. */
  readonly detachedChild?: string;
}

const HIGHEST_PORT = 65_535;

export function startCommand(): Command {
  const command = new Command('start')
    .description('start the daemon, and return when it answers')
    .option('--foreground', 'stay in this terminal; Ctrl-C ends it');
  return withStartOptions(command)
    .addOption(new Option('--detached-child <command>').hideHelp())
    .action(async (flags: StartFlags) => {
      const options = await startOptions(flags);
      if (flags.foreground === true) {
        const { runInForeground } = await import('../foreground.ts');
        await runInForeground(options, flags.detachedChild ?? null);
        return;
      }
      const { startInBackground } = await import('../start.ts');
      await startInBackground(options);
    });
}

/** What `start` and `restart` both take. */
export function withStartOptions(command: Command): Command {
  return command
    .option('--port <number>', 'port to listen on, 0 for any free one (default: 4000)', parsePort)
    .option('--host <address>', 'address to listen on (default: 127.0.0.1)')
    .option('--config <file>', 'config file (default: config.yaml in the config folder)')
    .option('--profile <name>', 'profile to start in (default: the one the config names)')
    .option('--demo', 'add the built-in model demo/echo, which needs no server and no key');
}

/** The options that were given, and no others; the config's path as it is from here. */
export async function startOptions(flags: Omit<StartFlags, 'foreground'>): Promise<StartOptions> {
  const path = await import('node:path');
  return {
    ...(flags.host === undefined ? {} : { host: flags.host }),
    ...(flags.port === undefined ? {} : { port: flags.port }),
    ...(flags.config === undefined ? {} : { config: path.resolve(flags.config) }),
    ...(flags.profile === undefined ? {} : { profile: flags.profile }),
    ...(flags.demo === undefined ? {} : { demo: true }),
  };
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > HIGHEST_PORT)
    throw new InvalidArgumentError(`A port is a number from 0 to ${HIGHEST_PORT}.`);
  return port;
}
