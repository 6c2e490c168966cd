import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomically } from '../std/atomic-write.ts';
import { z } from '../std/schema.ts';
import { LOCK_FILE } from './file-store.ts';
import { STORE_KINDS, StoreTroubleError, type StoreKind } from './key-store.ts';
import { withFileLock } from './with-file-lock.ts';
import { parseJson } from '../std/parse-json.ts';

const FILE = 'credentials.json';

const REMEDY = 'Remove it and store the keys again with `llmgw auth add`.';

const ENTRY = z.object({ account: z.string(), store: z.enum(STORE_KINDS), added_at: z.string() });
const INDEX = z.object({ v: z.literal(1), keys: z.array(ENTRY) });

/** A key that was stored: where, and when. */
export interface IndexedKey {
  readonly account: string;
  readonly store: StoreKind;
  /** ISO 8601. */
  readonly added_at: string;
}

/**
 * Which keys were stored, without the keys. The keychain is not searched for them: listing a keychain means reading
 * every key in it, which on macOS asks the user for each, and a daemon without stored keys never has to open it.
 * `problem`: the file is there and cannot be understood.
 */
export function readKeyIndex(dataFolder: string): { keys: readonly IndexedKey[]; problem: string | null } {
  const path = join(dataFolder, FILE);
  const text = readIfThere(path);
  if (text === null) return { keys: [], problem: null };
  const parsed = parseIndex(text);
  if (parsed !== null) return { keys: parsed, problem: null };
  return { keys: [], problem: `${path}, the list of stored keys, is damaged. ${REMEDY}` };
}

/** The keys, where nothing else will do. Throws `StoreTroubleError`. */
export function readableKeyIndex(dataFolder: string): { keys: readonly IndexedKey[] } {
  const { keys, problem } = readKeyIndex(dataFolder);
  if (problem === null) return { keys };
  throw new StoreTroubleError({
    kind: 'damaged',
    why: problem.slice(0, -REMEDY.length - 1),
    hint: REMEDY,
    offer: null,
  });
}

export async function addToKeyIndex(dataFolder: string, account: string, store: StoreKind): Promise<void> {
  const added = { account, store, added_at: new Date().toISOString() };
  await change(dataFolder, (keys) => [...keys.filter((one) => !isKey(one, account, store)), added]);
}

export async function removeFromKeyIndex(dataFolder: string, account: string, store: StoreKind): Promise<void> {
  await change(dataFolder, (keys) => keys.filter((one) => !isKey(one, account, store)));
}

async function change(
  dataFolder: string,
  update: (keys: readonly IndexedKey[]) => readonly IndexedKey[],
): Promise<void> {
  await withFileLock(join(dataFolder, LOCK_FILE), () => {
    const { keys } = readableKeyIndex(dataFolder);
    const sorted = [...update(keys)].sort((one, other) => one.account.localeCompare(other.account, 'en'));
    writeFileAtomically(join(dataFolder, FILE), `${JSON.stringify({ v: 1, keys: sorted }, null, 2)}\n`);
    return Promise.resolve();
  });
}

function isKey(one: IndexedKey, account: string, store: StoreKind): boolean {
  return one.account === account && one.store === store;
}

function parseIndex(text: string): readonly IndexedKey[] | null {
  return INDEX.safeParse(parseJson(text)).data?.keys ?? null;
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
