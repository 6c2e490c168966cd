import { Command } from 'commander';
import type { ModelsDocument } from '../../daemon/status.ts';
import type { Places } from '../../std/places.ts';

export function modelsCommand(): Command {
  return new Command('models')
    .description('list the names that a request can carry in `model`')
    .option('--json', 'as JSON')
    .option('--profile <profile>', 'the names in this profile (default: the one in force in this folder)')
    .option('--config <file>', 'config file to use when no daemon runs')
    .action(async ({ json, config, profile: asked }: { json?: true; config?: string; profile?: string }) => {
      const [{ findOurDaemon }, { findPlaces }, { profileHere }] = await Promise.all([
        import('../our-daemon.ts'),
        import('../../std/places.ts'),
        import('../project-profile.ts'),
      ]);
      const places = findPlaces();
      const profile = asked ?? profileHere(process.cwd())?.name ?? null;
      const found = await findOurDaemon(places);
      const document = found === null ? await modelsHere(places, config, profile) : await found.client.models(profile);
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

async function modelsHere(places: Places, config: string | undefined, profile: string | null): Promise<ModelsDocument> {
  const [{ modelsOnce }, { findLaunch }] = await Promise.all([import('../../daemon/look.ts'), import('../launch.ts')]);
  return modelsOnce({ places, env: process.env, config: config ?? null, command: findLaunch().command }, profile);
}
