import { findDaemon, type FoundDaemon } from '../daemon/client.ts';
import type { Places } from '../std/places.ts';
import { VERSION } from '../std/version.ts';
import { findLaunch } from './launch.ts';

export type RunningDaemonFound = Extract<FoundDaemon, { state: 'running' }>;

/** The daemon that runs; `null`: none does. One of another version than this program is said on standard error. */
export async function findOurDaemon(places: Places): Promise<RunningDaemonFound | null> {
  const found = await findDaemon(places);
  if (found.state === 'silent') throw found.problem;
  if (found.state === 'stopped') return null;
  const notice = versionNotice(found.status.version, findLaunch().command);
  if (notice !== null) process.stderr.write(notice);
  return found;
}

export function versionNotice(daemonVersion: string, command: string): string | null {
  if (daemonVersion === VERSION) return null;
  const versions = `the daemon is version ${daemonVersion}, this program is ${VERSION}`;
  return `llmgw: ${versions}: \`${command} restart\` brings it up to date.\n`;
}
