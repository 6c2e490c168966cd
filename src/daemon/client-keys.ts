import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { acquireDaemonLock, type DaemonLock } from '../ledger/file-lock.ts';
import { keyDigest, type ClientKey } from '../server/callers.ts';
import { writeFileAtomically } from '../std/atomic-write.ts';
import { isObject } from '../std/is-object.ts';
import { nearest } from '../std/nearest.ts';
import type { Secret } from '../std/secret.ts';
import { clientKeyFile, DEFAULT_KEY_ID, loadClientKey, newClientKey } from './keys.ts';
import { errorCode, Problem } from './problem.ts';
import { parseJson } from '../std/parse-json.ts';

/** A client key as a list shows it: everything but the key. */
export interface ClientKeyEntry {
  readonly id: string;
  /** The one profile that its requests are answered in; `null`: any. */
  readonly profile: string | null;
  /** ISO 8601; `null`: it is not made yet, as the default key before the first start. */
  readonly createdAt: string | null;
}

/** What `client-keys.json` holds of a key. Its text is shown once and kept nowhere: who reads the file has no key. */
interface StoredKey {
  readonly id: string;
  /** SHA-256 of the text, in hexadecimal digits. */
  readonly digest: string;
  readonly profile: string | null;
  readonly created_at: string;
}

const MASTER_KEY_ID = 'master';
const KEY_ID = /^[a-z0-9][a-z0-9._-]*$/;
const MAX_ID_LENGTH = 64;
const MAX_KEYS = 1000;
const MAX_FILE_BYTES = 1024 ** 2;
const LOCK_LIMIT_MS = 5000;
const LOCK_PAUSE_MS = 10;

/** The keys that clients may call with: the default one, made where it is missing, and those that were added. */
export function loadClientKeys(dataFolder: string): ClientKey[] {
  const { id, secret } = loadClientKey(dataFolder);
  const added = readStored(dataFolder).map((key) => ({
    id: key.id,
    digest: Buffer.from(key.digest, 'hex'),
    profile: key.profile,
  }));
  return [{ id, digest: keyDigest(secret.reveal()), profile: null }, ...added];
}

/** The config's master key as one that clients call with. */
export function masterClientKey(secret: Secret): ClientKey {
  return { id: MASTER_KEY_ID, digest: keyDigest(secret.reveal()), profile: null, isMaster: true };
}

/** Every key there is, the default one first. Makes none. */
export function listClientKeys(dataFolder: string): ClientKeyEntry[] {
  const added = readStored(dataFolder).map(({ id, profile, created_at }) => ({ id, profile, createdAt: created_at }));
  return [{ id: DEFAULT_KEY_ID, profile: null, createdAt: modifiedAt(clientKeyFile(dataFolder)) }, ...added];
}

/**
 * Makes a key and gives its text, which cannot be had a second time. Fails with a `usage` problem when the id is taken
 * or is none.
 */
export async function addClientKey(dataFolder: string, id: string, profile: string | null): Promise<Secret> {
  checkId(id);
  const secret = newClientKey();
  await changeStored(dataFolder, (stored) => {
    if (stored.some((key) => key.id === id)) throw taken(id);
    if (stored.length >= MAX_KEYS)
      throw new Problem('failed', `There are ${MAX_KEYS} keys already, which is the most.`);
    const digest = keyDigest(secret.reveal()).toString('hex');
    return [...stored, { id, digest, profile, created_at: new Date().toISOString() }];
  });
  return secret;
}

/** Fails with a `usage` problem when there is none of that id, or it is the default one. */
export async function removeClientKey(dataFolder: string, id: string): Promise<void> {
  if (id === DEFAULT_KEY_ID) {
    throw new Problem('usage', 'The default key cannot be removed.', {
      hint: `For a new one delete ${clientKeyFile(dataFolder)} and restart the daemon.`,
    });
  }
  await changeStored(dataFolder, (stored) => {
    if (!stored.some((key) => key.id === id)) throw unknownKey(id, [DEFAULT_KEY_ID, ...stored.map((key) => key.id)]);
    return stored.filter((key) => key.id !== id);
  });
}

export function unknownKey(id: string, known: readonly string[]): Problem {
  const [close] = nearest(id, known, 1);
  const suggestion = close === undefined ? '' : ` Did you mean ${close}?`;
  return new Problem('usage', `There is no key ${JSON.stringify(id)}. Known: ${known.join(', ')}.${suggestion}`);
}

function checkId(id: string): void {
  if (id === DEFAULT_KEY_ID || id === MASTER_KEY_ID) throw taken(id);
  if (KEY_ID.test(id) && id.length <= MAX_ID_LENGTH) return;
  const rule = `small letters, digits, dots, _ and -, a letter or digit first, at most ${MAX_ID_LENGTH}`;
  throw new Problem('usage', `${JSON.stringify(id.slice(0, 100))} is no name for a key: ${rule}.`);
}

function taken(id: string): Problem {
  return new Problem('usage', `There is a key ${id} already.`, {
    hint: 'Take another name, or remove that one first.',
  });
}

/** Reads, changes and writes while nobody else does. */
async function changeStored(
  dataFolder: string,
  change: (stored: readonly StoredKey[]) => readonly StoredKey[],
): Promise<void> {
  const lock = await acquireLock(dataFolder);
  try {
    const keys = change(readStored(dataFolder));
    writeFileAtomically(storedFile(dataFolder), `${JSON.stringify({ v: 1, keys }, null, 2)}\n`);
  } finally {
    lock.release();
  }
}

/** The lock is the system's, so that a command that is killed leaves none behind. */
async function acquireLock(dataFolder: string): Promise<DaemonLock> {
  const until = Date.now() + LOCK_LIMIT_MS;
  for (;;) {
    const lock = acquireDaemonLock(join(dataFolder, 'client-keys.lock'));
    if (lock !== null) return lock;
    if (Date.now() >= until)
      throw new Problem('files', 'Another command is changing the client keys and does not end.');
    await wait(LOCK_PAUSE_MS);
  }
}

function storedFile(dataFolder: string): string {
  return join(dataFolder, 'client-keys.json');
}

function readStored(dataFolder: string): readonly StoredKey[] {
  const path = storedFile(dataFolder);
  let text;
  try {
    text = statSync(path).size > MAX_FILE_BYTES ? '' : readFileSync(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw unusable(path, error instanceof Error ? error.message : String(error), error);
  }
  const keys = parseStored(text);
  if (keys === null) throw unusable(path, 'it is not what `llmgw key add` writes');
  return keys;
}

/** `null`: it is not understood, and so no key of it is taken: a key that was removed must not come back by halves. */
function parseStored(text: string): readonly StoredKey[] | null {
  const value = parseJson(text);
  const keys: unknown = isObject(value) && value['v'] === 1 ? value['keys'] : null;
  return Array.isArray(keys) && keys.every(isStoredKey) ? keys : null;
}

function isStoredKey(value: unknown): value is StoredKey {
  if (!isObject(value)) return false;
  const { id, digest, profile, created_at } = value;
  return (
    typeof id === 'string' &&
    KEY_ID.test(id) &&
    id !== DEFAULT_KEY_ID &&
    typeof digest === 'string' &&
    /^[0-9a-f]{64}$/.test(digest) &&
    (profile === null || typeof profile === 'string') &&
    typeof created_at === 'string'
  );
}

function unusable(path: string, why: string, cause?: unknown): Problem {
  return new Problem('files', `The client keys in ${path} cannot be used: ${why}`, {
    hint: 'Put it right, or delete the file and add the keys again; clients must then be given the new ones.',
    ...(cause === undefined ? {} : { cause }),
  });
}

function modifiedAt(path: string): string | null {
  return statSync(path, { throwIfNoEntry: false })?.mtime.toISOString() ?? null;
}
