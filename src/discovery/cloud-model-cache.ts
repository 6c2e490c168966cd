import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomically } from '../std/atomic-write.ts';
import { CAPABILITIES, UNKNOWN_FACTS } from '../canonical/model.ts';
import { isObject } from '../std/is-object.ts';
import { parseJson } from '../std/parse-json.ts';
import type { CloudModel } from './cloud-model-list.ts';
import { usableEntries } from './usable.ts';

/** A list of models as it was when the provider gave it. */
export interface CachedModels {
  readonly models: readonly CloudModel[];
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
  if (!isObject(cached) || cached['apiBase'] !== apiBase) return null;
  const { fetchedAt, models, ids } = cached;
  if (typeof fetchedAt !== 'number' || !Number.isFinite(fetchedAt)) return null;
  if (Array.isArray(models)) return { models: usableEntries(models.flatMap(modelIn), ({ id }) => id), fetchedAt };
  // Earlier versions wrote ids alone: they will do until the provider has been asked for the rest.
  return Array.isArray(ids) ? { models: usableEntries(ids.flatMap(idAlone), ({ id }) => id), fetchedAt: 0 } : null;
}

/** Somebody may have written into the file: what is none of ours is left out. */
function modelIn(entry: unknown): CloudModel[] {
  if (!isObject(entry) || typeof entry['id'] !== 'string') return [];
  const { id, capabilities, contextLength, maxOutputTokens, createdAt } = entry;
  const known = Array.isArray(capabilities) ? CAPABILITIES.filter((one) => capabilities.includes(one)) : [];
  return [
    {
      id,
      capabilities: known.length === 0 ? null : known,
      contextLength: countIn(contextLength),
      maxOutputTokens: countIn(maxOutputTokens),
      createdAt: countIn(createdAt),
    },
  ];
}

function countIn(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : null;
}

function idAlone(id: unknown): CloudModel[] {
  return typeof id === 'string' ? [{ id, ...UNKNOWN_FACTS }] : [];
}

/** Keeps a list for the next start. Only the list, the address and the time go into the file, never a key. */
export function writeCachedModels(folder: string, providerId: string, apiBase: string, cached: CachedModels): void {
  writeFileAtomically(fileFor(folder, providerId), JSON.stringify({ apiBase, ...cached }, withoutNulls));
}

function withoutNulls(_name: string, value: unknown): unknown {
  return value ?? undefined;
}

/** Percent signs keep an id of the config (`../x`, `a/b`) inside the folder, and apart from every other id. */
function fileFor(folder: string, providerId: string): string {
  const name = encodeURIComponent(providerId).replace(/[.*]/g, (mark) => `%${mark.charCodeAt(0).toString(16)}`);
  return join(folder, 'models', `${name}.json`);
}
