import type { Settings } from '../config/settings.ts';
import { Problem } from '../daemon/problem.ts';
import type { ProfileEntry, ProfilesDocument } from '../daemon/status.ts';
import { nearest } from '../std/nearest.ts';
import type { Places } from '../std/places.ts';
import { findOurDaemon, type RunningDaemonFound } from './our-daemon.ts';

/** `settings`: no daemon runs, so they were read here. */
export type FoundProfiles =
  | { readonly daemon: RunningDaemonFound; readonly document: ProfilesDocument }
  | { readonly daemon: null; readonly settings: Settings; readonly document: ProfilesDocument };

/** The profiles of the daemon that runs; without one, those of the config: `null` is the one in its place. */
export async function findProfiles(places: Places, config: string | null): Promise<FoundProfiles> {
  const daemon = await findOurDaemon(places);
  if (daemon !== null) return { daemon, document: await daemon.client.profiles() };
  const { profilesHere } = await import('./profiles-here.ts');
  const clock = { now: Date.now(), timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone };
  return { daemon: null, ...profilesHere(places, config, clock) };
}

/** Fails with a `usage` problem that names the nearest when there is none of that name; `hint`: who gave the name. */
export function profileNamed({ profiles }: ProfilesDocument, name: string, hint?: string): ProfileEntry {
  const entry = profiles.find((profile) => profile.name === name);
  if (entry !== undefined) return entry;
  const known = profiles.map((profile) => profile.name);
  const [close] = nearest(name, known, 1);
  const suggestion = close === undefined ? '' : ` Did you mean ${close}?`;
  const shown = JSON.stringify(name.slice(0, 100));
  const message = `There is no profile ${shown}. Known: ${known.join(', ')}.${suggestion}`;
  throw new Problem('usage', message, hint === undefined ? {} : { hint });
}
