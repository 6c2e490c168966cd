import { Command } from 'commander';

export function keyCommand(): Command {
  const show = new Command('show')
    .description('print the key that clients send, made if there is none yet')
    .action(async () => {
      const [{ loadClientKey }, { findPlaces }] = await Promise.all([
        import('../../daemon/keys.ts'),
        import('../../std/places.ts'),
      ]);
      const warnings: string[] = [];
      const { secret } = loadClientKey(findPlaces().data, warnings);
      for (const warning of warnings) process.stderr.write(`llmgw: ${warning}\n`);
      process.stdout.write(`${secret.reveal()}\n`);
    });
  return new Command('key').description('the key that clients send').addCommand(show);
}
