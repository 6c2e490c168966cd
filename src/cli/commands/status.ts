import { Command } from 'commander';

const NOT_RUNNING = 3;

export function statusCommand(): Command {
  return new Command('status')
    .description('tell how the daemon is: servers, credentials, ledger, requests in flight')
    .option('--json', 'as JSON')
    .action(async ({ json }: { json?: true }) => {
      const [{ findOurDaemon }, { findPlaces }] = await Promise.all([
        import('../our-daemon.ts'),
        import('../../std/places.ts'),
      ]);
      const found = await findOurDaemon(findPlaces());
      if (found === null) {
        process.stdout.write(json === true ? '{"v":1,"running":false}\n' : 'llmgw is not running.\n');
        process.exitCode = NOT_RUNNING;
        return;
      }
      if (json === true) {
        process.stdout.write(`${JSON.stringify(found.status, null, 2)}\n`);
        return;
      }
      const [{ renderStatus }, { findTerminal }] = await Promise.all([
        import('../render/status.ts'),
        import('../render/terminal.ts'),
      ]);
      process.stdout.write(renderStatus(found.status, findTerminal()));
    });
}
