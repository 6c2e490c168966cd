import { Command } from 'commander';
import type { ScanDocument } from '../../daemon/status.ts';
import type { Places } from '../../std/places.ts';

export function scanCommand(): Command {
  return new Command('scan')
    .description('look for model servers now, with or without a daemon')
    .option('--json', 'as JSON')
    .option('--config <file>', 'config file to use when no daemon runs')
    .action(async ({ json, config }: { json?: true; config?: string }) => {
      const [{ findOurDaemon }, { findPlaces }] = await Promise.all([
        import('../our-daemon.ts'),
        import('../../std/places.ts'),
      ]);
      const places = findPlaces();
      const found = await findOurDaemon(places);
      const document = found === null ? await scanHere(places, config) : await found.client.scan();
      if (json === true) {
        process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
        return;
      }
      const [{ renderServers }, { findTerminal }] = await Promise.all([
        import('../render/servers.ts'),
        import('../render/terminal.ts'),
      ]);
      process.stdout.write(renderServers(document.servers, findTerminal()));
    });
}

async function scanHere(places: Places, config: string | undefined): Promise<ScanDocument> {
  const [{ scanOnce }, { findLaunch }] = await Promise.all([import('../../daemon/look.ts'), import('../launch.ts')]);
  return scanOnce({ places, env: process.env, config: config ?? null, command: findLaunch().command });
}
