import { Command } from 'commander';
import { VERSION } from '../std/version.ts';
import { authCommand } from './commands/auth.ts';
import { completionCommand } from './commands/completion.ts';
import { configCommand } from './commands/config.ts';
import { keyCommand } from './commands/key.ts';
import { logsCommand } from './commands/logs.ts';
import { modelsCommand } from './commands/models.ts';
import { profileCommand } from './commands/profile.ts';
import { restartCommand } from './commands/restart.ts';
import { routeCommand } from './commands/route.ts';
import { scanCommand } from './commands/scan.ts';
import { spendCommand } from './commands/spend.ts';
import { startCommand } from './commands/start.ts';
import { statusCommand } from './commands/status.ts';
import { stopCommand } from './commands/stop.ts';
import { topCommand } from './commands/top.ts';
import { exitCodesHelp } from './exit-codes.ts';

/** The command tree. What a command needs is loaded when it runs, so that help and mistakes are answered at once. */
export function createProgram(): Command {
  const program = new Command('llmgw')
    .description('One local address for every language model you have, and a ledger of what they cost.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .showHelpAfterError('(--help prints what there is)')
    .addHelpText('after', exitCodesHelp());
  const commands = [
    startCommand(),
    stopCommand(),
    restartCommand(),
    statusCommand(),
    logsCommand(),
    scanCommand(),
    modelsCommand(),
    profileCommand(),
    routeCommand(),
    authCommand(),
    keyCommand(),
    configCommand(),
    spendCommand(),
    topCommand(),
    completionCommand(),
  ];
  for (const command of commands) program.addCommand(command);
  throwInsteadOfExit(program);
  return program;
}

/** Commander would end the process itself, with exit codes of its own. */
function throwInsteadOfExit(command: Command): void {
  command.exitOverride();
  for (const child of command.commands) {
    child.copyInheritedSettings(command);
    throwInsteadOfExit(child);
  }
}
