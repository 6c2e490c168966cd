import { Command } from 'commander';
import type { ModelsDocument } from '../../daemon/status.ts';
import type { Places } from '../../std/places.ts';

export function modelsCommand(): Command {
  return new Command('models')
    .description('list the names that a request can carry in `model`')
    .option('--json', 'as JSON')
    .option('--config <file>', 'config file to use when no daemon runs')
    .action(async ({ json, config }: { json?: true; config?: string }) => {
      const [{ findOurDaemon }, { findPlaces }] = await Promise.all([
        import('../our-daemon.ts'),
        import('../../std/places.ts'),
      ]);
      const places = findPlaces();
      const found = await findOurDaemon(places);
      const document = found === null ? await modelsHere(places, config) : await found.client.models();
      if (json === true) {
        process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
        return;
      }
      const [{ renderModels }, { findTerminal }] = await Promise.all([
        import('../render/models.ts'),
        import('../render/terminal.ts'),
      ]);
      process.stdout.write(renderModels(document, findTerminal()));
    });
}

async function modelsHere(places: Places, config: string | undefined): Promise<ModelsDocument> {
  const [{ modelsOnce }, { findLaunch }] = await Promise.all([import('../../daemon/look.ts'), import('../launch.ts')]);
  return modelsOnce({ places, env: process.env, config: config ?? null, command: findLaunch().command });
}
