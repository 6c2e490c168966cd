import { Command, Option } from 'commander';
import type { AddOptions } from '../auth/add.ts';
import type { ImportOptions } from '../auth/import.ts';
import type { StoreKind } from '../../credentials/key-store.ts';

export function authCommand(): Command {
  return new Command('auth')
    .description('the keys of providers: store, list, test, remove')
    .addCommand(addCommand())
    .addCommand(listCommand())
    .addCommand(testCommand())
    .addCommand(removeCommand())
    .addCommand(importCommand());
}

const KEY = '<provider[:name]>';

function storeOption(): Option {
  return new Option('--store <where>', 'where keys are kept').choices(['keychain', 'file']);
}

function configOption(): Option {
  return new Option('--config <file>', 'config file to use');
}

function addCommand(): Command {
  return (
    new Command('add')
      .description('store a key; it is asked for, and not shown')
      .argument(KEY, 'a provider, or one of several keys of it: openai, openai:work')
      // Taken so that it can be refused with the reason, and without being repeated.
      .argument('[extra...]', 'nothing: a key is never an argument')
      .option('--stdin', 'read the key from standard input')
      .addOption(storeOption().default('keychain'))
      .addOption(configOption())
      .action(async (key: string, extra: string[], options: AddOptions) => {
        const { addKey } = await import('../auth/add.ts');
        await addKey(key, extra, options);
      })
  );
}

function listCommand(): Command {
  return new Command('list')
    .description('every key that is there, where it comes from, and which one is used')
    .option('--json', 'as JSON')
    .addOption(configOption())
    .action(async (options: { json?: true; config?: string }) => {
      const { listKeys } = await import('../auth/list.ts');
      await listKeys(options);
    });
}

function testCommand(): Command {
  return new Command('test')
    .description('ask the provider whether it takes the key, with a call that costs nothing')
    .argument(KEY, 'openai, openai:work')
    .option('--json', 'as JSON')
    .addOption(configOption())
    .action(async (key: string, options: { json?: true; config?: string }) => {
      const { testKey } = await import('../auth/test.ts');
      await testKey(key, options);
    });
}

function removeCommand(): Command {
  return new Command('remove')
    .description('remove a key that was stored')
    .argument(KEY, 'openai, openai:work')
    .addOption(storeOption())
    .action(async (key: string, options: { store?: StoreKind }) => {
      const { removeKey } = await import('../auth/remove.ts');
      await removeKey(key, options);
    });
}

function importCommand(): Command {
  return (
    new Command('import')
      .description('store what the environment and a .env file hold, asking for each key')
      // Not --env-file: Node 20 takes that for its own wherever it stands, and ends with 9 when there is no such file.
      .option('--from <path>', 'file to read instead of .env in this folder')
      .option('--yes', 'store all that are not stored yet without asking')
      .addOption(storeOption().default('keychain'))
      .action(async (options: ImportOptions) => {
        const { importKeys } = await import('../auth/import.ts');
        await importKeys(options);
      })
  );
}
