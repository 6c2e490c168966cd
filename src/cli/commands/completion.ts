import { Argument, Command, InvalidArgumentError } from 'commander';
import { SHELLS, type Shell } from '../completion/value-kinds.ts';

export function completionCommand(): Command {
  const completion = new Command('completion');
  const install = new Command('install')
    .description('install the completions where the shell looks for them')
    .addArgument(shellArgument('[shell]', 'default: the one of $SHELL'))
    .action(async (shell: Shell | undefined) => {
      const { installCompletion } = await import('../completion/install.ts');
      const { script, asked } = await scriptOf(completion, shell);
      process.stdout.write(installCompletion(asked, script));
    });
  const uninstall = new Command('uninstall')
    .description('remove what install has put there')
    .addArgument(shellArgument('[shell]', 'default: the one of $SHELL'))
    .action(async (shell: Shell | undefined) => {
      const { shellOf, uninstallCompletion } = await import('../completion/install.ts');
      process.stdout.write(uninstallCompletion(shell ?? shellOf(process.env)));
    });
  return completion
    .description('print or install the completions of commands, models and profiles for a shell')
    .addArgument(shellArgument('<shell>', 'the shell to print them for'))
    .action(async (shell: Shell) => {
      process.stdout.write((await scriptOf(completion, shell)).script);
    })
    .addCommand(install)
    .addCommand(uninstall);
}

async function scriptOf(command: Command, shell: Shell | undefined): Promise<{ asked: Shell; script: string }> {
  const [{ completionScript }, { shellOf }] = await Promise.all([
    import('../completion/script.ts'),
    import('../completion/install.ts'),
  ]);
  const asked = shell ?? shellOf(process.env);
  return { asked, script: completionScript(asked, command.parent ?? command) };
}

function shellArgument(name: string, description: string): Argument {
  return new Argument(name, description).choices(SHELLS).argParser((text: string): Shell => {
    const shell = SHELLS.find((known) => known === text);
    if (shell !== undefined) return shell;
    const there = `There are completions for ${SHELLS.join(', ')}`;
    const isPowerShell = /^(powershell|pwsh)(\.exe)?$/i.test(text);
    throw new InvalidArgumentError(isPowerShell ? `${there}; PowerShell has none yet.` : `${there}.`);
  });
}
