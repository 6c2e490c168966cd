import { Command } from 'commander';

export function stopCommand(): Command {
  return new Command('stop')
    .description('let requests in flight finish (30 s at most), then end the daemon')
    .action(async () => {
      const [{ stopDaemon }, { findPlaces }, { describeStop, describeWaiting }] = await Promise.all([
        import('../../daemon/stop.ts'),
        import('../../std/places.ts'),
        import('../render/stop.ts'),
      ]);
      const report = await stopDaemon(findPlaces(), (inFlight) => process.stdout.write(describeWaiting(inFlight)));
      process.stdout.write(describeStop(report));
    });
}
