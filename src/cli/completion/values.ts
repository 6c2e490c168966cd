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
    const values = await valuesOf(known, findPlaces(), prefix);
    return lines(values, prefix);
  } catch {
    return '';
  }
}

async function valuesOf(kind: ValueKind, places: Places, prefix: string): Promise<Iterable<string>> {
  switch (kind) {
    case 'models':
      return models(places, prefix);
    case 'profiles':
      return profiles(places);
    case 'providers':
      return providers(places);
    case 'keys':
      return keys(places);
    case 'removable_keys':
      return removableKeys(places);
    case 'stored_accounts':
      return storedAccounts(places);
    case 'testable_accounts':
      return testableAccounts(places);
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

async function models(places: Places, prefix: string): Promise<Iterable<string>> {
  const { names, cloud } = await modelNames(places);
  // Whoever types a slash has chosen the provider.
  return prefix.includes('/') ? names : [...names, ...cloud.flatMap(bareName)];
}

/** `gpt-4o` of `openai/gpt-4o`: a cloud model is found by its own name too. Not of one whose own name has a slash. */
function bareName(name: string): string[] {
  const [, bare, ...more] = name.split('/');
  return bare === undefined || bare === '' || more.length > 0 ? [] : [bare];
}

interface ModelNames {
  readonly names: readonly string[];
  /** Those of them that are `provider/model` of a provider. */
  readonly cloud: readonly string[];
}

async function modelNames(places: Places): Promise<ModelNames> {
  const answered = await askDaemon(places, (client) => client.models());
  if (answered !== null) {
    const cloud = answered.models.filter(({ group }) => group === 'cloud').map(({ name }) => name);
    return { names: answered.models.map(({ name }) => name), cloud };
  }
  const { configNames } = await import('./config-names.ts');
  // A wildcard stands for names, it is none itself.
  const inConfig = configNames(places);
  const named = inConfig.models.filter((name) => !name.includes('*'));
  const cloud = [...inConfig.cloudModels, ...cachedModels(places)];
  return { names: [...named, ...localModels(places), ...cloud], cloud };
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

/** The default one can only be made anew. */
async function removableKeys(places: Places): Promise<Iterable<string>> {
  const [all, { DEFAULT_KEY_ID }] = await Promise.all([keys(places), import('../../daemon/keys.ts')]);
  return [...all].filter((id) => id !== DEFAULT_KEY_ID);
}

/** What is stored, and the providers that the config or the environment says something of. */
async function testableAccounts(places: Places): Promise<Iterable<string>> {
  const [{ configNames }, { PROVIDERS }] = await Promise.all([
    import('./config-names.ts'),
    import('../../providers/table.ts'),
  ]);
  const isSet = (variable: string): boolean => (process.env[variable] ?? '').trim() !== '';
  const inEnvironment = PROVIDERS.filter(({ keyVariables }) => keyVariables.some(isSet)).map(({ id }) => id);
  return [...storedAccounts(places), ...configNames(places).providers, ...inEnvironment];
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
    const provider = decoded(file.replace(/\.json$/, ''));
    if (provider === null) return [];
    return ids.flatMap((id) => (typeof id === 'string' ? [`${provider}/${id}`] : []));
  });
}

/** `null`: no daemon has written this name. */
function decoded(name: string): string | null {
  try {
    return decodeURIComponent(name);
  } catch (error) {
    if (error instanceof URIError) return null;
    throw error;
  }
}

/** `null`: there is none, or it is not understood. */
function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as unknown;
  } catch {
    return null;
  }
}
