import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DaemonClient } from '../../daemon/client.ts';
import { isObject } from '../../std/is-object.ts';
import { findPlaces, type Places } from '../../std/places.ts';
import { VALUE_KINDS, type ValueKind } from './value-kinds.ts';

/** More than anybody reads; a shell takes as long over them as over the rest together. */
const MAX_LINES = 3000;
const DAEMON_LIMIT_MS = 100;

/**
 * The values that begin with `prefix`, one a line: from the daemon when it answers at once, else from the config and
 * from what the daemon has left in its files. Makes no call to the outside and changes nothing. It is asked while
 * somebody types: whatever goes wrong, an error would land in the line, so there is nothing to offer then.
 */
export async function completeValues(kind: string, prefix: string): Promise<string> {
  const known = VALUE_KINDS.find((name) => name === kind);
  if (known === undefined) return '';
  try {
    const values = await valuesOf(known, findPlaces());
    return lines(values, prefix);
  } catch {
    return '';
  }
}

function valuesOf(kind: ValueKind, places: Places): Promise<Iterable<string>> {
  switch (kind) {
    case 'models':
      return models(places);
    case 'profiles':
      return profiles(places);
    case 'providers':
      return providers(places);
    case 'keys':
      return keys(places);
  }
}

/** A name with a control character could steer the terminal, one with a space is no name of a model. */
function lines(values: Iterable<string>, prefix: string): string {
  const found = new Set<string>();
  for (const value of values) {
    if (found.size >= MAX_LINES) break;
    if (value.startsWith(prefix) && /^[^\s\p{C}]+$/u.test(value)) found.add(value);
  }
  return [...found].map((value) => `${value}\n`).join('');
}

async function models(places: Places): Promise<Iterable<string>> {
  const answered = await askDaemon(places, (client) => client.models());
  if (answered !== null) return answered.models.map(({ name }) => name);
  const { configNames } = await import('./config-names.ts');
  // A wildcard stands for names, it is none itself.
  const named = configNames(places).models.filter((name) => !name.includes('*'));
  return [...named, ...localModels(places), ...cachedModels(places)];
}

async function profiles(places: Places): Promise<Iterable<string>> {
  const answered = await askDaemon(places, (client) => client.profiles());
  if (answered !== null) return answered.profiles.map(({ name }) => name);
  const [{ configNames }, { BUILT_IN_PROFILES }] = await Promise.all([
    import('./config-names.ts'),
    import('../../canonical/profile.ts'),
  ]);
  return [...BUILT_IN_PROFILES.map(({ name }) => name), ...configNames(places).profiles];
}

async function providers(places: Places): Promise<Iterable<string>> {
  const [{ configNames }, { PROVIDERS }] = await Promise.all([
    import('./config-names.ts'),
    import('../../providers/table.ts'),
  ]);
  return [...configNames(places).providers, ...storedAccounts(places), ...PROVIDERS.map(({ id }) => id)].sort();
}

async function keys(places: Places): Promise<Iterable<string>> {
  const { listClientKeys } = await import('../../daemon/client-keys.ts');
  return listClientKeys(places.data).map(({ id }) => id);
}

async function askDaemon<Answer>(
  places: Places,
  ask: (client: DaemonClient) => Promise<Answer>,
): Promise<Answer | null> {
  const [{ knownDaemon }, { Problem }] = await Promise.all([
    import('../../daemon/client.ts'),
    import('../../daemon/problem.ts'),
  ]);
  const known = knownDaemon(places);
  if (known === null) return null;
  try {
    return await ask(known.client(DAEMON_LIMIT_MS));
  } catch (error) {
    if (error instanceof Problem) return null;
    throw error;
  }
}

/** Which keys of providers were stored: `openai`, `openai:work`. The list has no key in it. */
function storedAccounts(places: Places): string[] {
  const index = readJson(join(places.data, 'credentials.json')) as { keys?: unknown } | null;
  const stored: readonly unknown[] = Array.isArray(index?.keys) ? index.keys : [];
  return stored.flatMap((key) => (isObject(key) && typeof key['account'] === 'string' ? [key['account']] : []));
}

/** What local servers have served, as the daemon remembers it. */
function localModels(places: Places): string[] {
  const seen = readJson(join(places.state, 'local-models.json'));
  return typeof seen === 'object' && seen !== null ? Object.keys(seen) : [];
}

/** What providers have listed, as the daemon remembers it: a file for each, named after it. */
function cachedModels(places: Places): string[] {
  const folder = join(places.cache, 'models');
  let files;
  try {
    files = readdirSync(folder);
  } catch {
    // No folder, or none that can be read: nothing is remembered.
    return [];
  }
  return files.flatMap((file) => {
    const cached = readJson(join(folder, file)) as { ids?: unknown } | null;
    const ids: readonly unknown[] = Array.isArray(cached?.ids) ? cached.ids : [];
    const provider = decodeURIComponent(file.replace(/\.json$/, ''));
    return ids.flatMap((id) => (typeof id === 'string' ? [`${provider}/${id}`] : []));
  });
}

/** `null`: there is none, or it is not understood. */
function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as unknown;
  } catch {
    return null;
  }
}
