import type { SnapshotParts } from '../server/event-feed.ts';
import { VERSION } from '../std/version.ts';
import type { Control } from './control.ts';
import type { AssembleOptions } from './parts.ts';

/** How everything is now, for those who begin to watch. */
export function describeSnapshot(
  { instanceId, startedAt }: Pick<AssembleOptions, 'instanceId' | 'startedAt'>,
  control: Control,
): SnapshotParts {
  return {
    version: VERSION,
    instance_id: instanceId,
    started_at: startedAt.getTime(),
    profile: control.active.chosen.name,
    profiles: control.settings.profiles.map(({ name }) => name),
    config_problem: control.configProblem,
    servers: [...control.servers],
  };
}
