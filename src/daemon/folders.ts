import { chmodSync, statSync } from 'node:fs';
import { makePrivateFolder, PRIVATE_FOLDER_MODE } from '../std/atomic-write.ts';
import type { Places } from '../std/places.ts';

/** Makes the folders that the daemon writes into, for their owner alone; one sentence for each that was open. */
export function prepareFolders(places: Places): string[] {
  return [places.data, places.state, places.cache].flatMap((folder) => {
    makePrivateFolder(folder);
    return tighten(folder);
  });
}

/** Windows keeps permissions elsewhere: AppData is its owner's alone. */
function tighten(folder: string): string[] {
  if (process.platform === 'win32') return [];
  const mode = statSync(folder).mode & 0o777;
  if ((mode & 0o077) === 0) return [];
  chmodSync(folder, PRIVATE_FOLDER_MODE);
  return [`${folder} could be entered by others (mode ${mode.toString(8)}); it is now 700.`];
}
