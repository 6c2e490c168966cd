import { Command } from 'commander';
import { VALUE_KINDS } from '../completion/value-kinds.ts';

/** Asked by the completion scripts of the shells; never fails, and says nothing but the values. */
export function completeValuesCommand(): Command {
  return new Command('complete-values')
    .description('print what a word on a command line can be')
    .argument('<kind>', VALUE_KINDS.join(', '))
    .argument('[prefix]', 'what is typed of it', '')
    .action(async (kind: string, prefix: string) => {
      const { completeValues } = await import('../completion/values.ts');
      process.stdout.write(await completeValues(kind, prefix));
    });
}
