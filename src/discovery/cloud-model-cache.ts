import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomically } from '../std/atomic-write.ts';
import { usableIds } from './usable.ts';
import { isObject } from '../std/is-object.ts';
import { parseJson } from '../std/parse-json.ts';

/** A list of models as it was when the provider gave it. */
export interface CachedModels {
  readonly ids: readonly string[];
  /** UTC milliseconds. */
  readonly fetchedAt: number;
}

/** The last list that a provider at this address gave; `null`: there is none, or it cannot be read. */
export function readCachedModels(folder: string, providerId: string, apiBase: string): CachedModels | null {
  let text: string;
  try {
    text = readFileSync(fileFor(folder, providerId), 'utf8');
  } catch {
    // No file, no permission, a folder in its place: a cache that cannot be read is an empty cache.
    return null;
  }
  const cached = parseJson(text);
  if (!isObject(cached) || cached['apiBase'] !== apiBase || !Array.isArray(cached['ids'])) return null;
  const fetchedAt = cached['fetchedAt'];
  if (typeof fetchedAt !== 'number' || !Number.isFinite(fetchedAt)) return null;
  return { ids: usableIds(cached['ids']), fetchedAt };
}

/** Keeps a list for the next start. Only ids, the address and the time go into the file, never a key. */
export function writeCachedModels(folder: string, providerId: string, apiBase: string, models: CachedModels): void {
  writeFileAtomically(fileFor(folder, providerId), JSON.stringify({ apiBase, ...models }));
}

/** Percent signs keep an id of the config (`../x`, `a/b`) inside the folder, and apart from every other id. */
function fileFor(folder: string, providerId: string): string {
  const name = encodeURIComponent(providerId).replace(/[.*]/g, (mark) => `%${mark.charCodeAt(0).toString(16)}`);
  return join(folder, 'models', `${name}.json`);
}
