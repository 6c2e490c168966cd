import { Command, InvalidArgumentError, Option } from 'commander';
import type { StartOptions } from '../../daemon/daemon-file.ts';
import { Problem } from '../../daemon/problem.ts';

interface StartFlags {
  readonly foreground?: true;
  readonly host?: string;
  readonly port?: number;
  readonly config?: string;
  readonly profile?: string;
  readonly demo?: true;
  readonly model?: string;
  readonly alias?: string;
  readonly api_base?: string;
  readonly debug?: true;
  readonly detailed_debug?: true;
  readonly num_workers?: string;
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
  command
    .option('--port <number>', 'port to listen on, 0 for any free one (default: 4000)', parsePort)
    .option('--host <address>', 'address to listen on (default: 127.0.0.1)')
    .option('--config <file>', 'config file (default: config.yaml in the config folder)')
    .option('--profile <name>', 'profile to start in (default: the one the config names)')
    .option('--demo', 'add the built-in model demo/echo, which needs no server and no key');
  return withLiteLlmOptions(command);
}

/** What scripts call `litellm` with, so that its name is all that has to be changed in them. */
function withLiteLlmOptions(command: Command): Command {
  command
    .option('-m, --model <name>', 'one model, as LiteLLM names it, in place of a config file')
    .option('--alias <name>', 'what --model is called')
    .option('--api_base <address>', 'where --model is');
  for (const flag of ['--debug', '--detailed_debug', '--num_workers <number>']) {
    command.addOption(new Option(flag).hideHelp());
  }
  return command;
}

/** The options that were given, and no others; the config's path as it is from here. */
export async function startOptions(flags: Omit<StartFlags, 'foreground'>): Promise<StartOptions> {
  const path = await import('node:path');
  checkLiteLlmFlags(flags);
  return {
    ...(flags.host === undefined ? {} : { host: flags.host }),
    ...(flags.port === undefined ? {} : { port: flags.port }),
    ...(flags.config === undefined ? {} : { config: path.resolve(flags.config) }),
    ...(flags.profile === undefined ? {} : { profile: flags.profile }),
    ...(flags.demo === undefined ? {} : { demo: true }),
    ...(flags.model === undefined ? {} : { model: flags.model }),
    ...(flags.alias === undefined ? {} : { alias: flags.alias }),
    ...(flags.api_base === undefined ? {} : { apiBase: flags.api_base }),
    ...(flags.debug === undefined && flags.detailed_debug === undefined ? {} : { debug: true }),
  };
}

function checkLiteLlmFlags({ model, alias, api_base, config, num_workers }: StartFlags): void {
  if (model !== undefined && config !== undefined) {
    throw new Problem('usage', '--model serves one model without a config, and --config a config: give one of them.');
  }
  if (model === undefined && (alias !== undefined || api_base !== undefined)) {
    throw new Problem('usage', '--alias and --api_base are for the model of --model.');
  }
  if (num_workers !== undefined && num_workers !== '1') {
    process.stderr.write('llmgw: --num_workers is for several processes of LiteLLM; llmgw is one.\n');
  }
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > HIGHEST_PORT)
    throw new InvalidArgumentError(`A port is a number from 0 to ${HIGHEST_PORT}.`);
  return port;
}
