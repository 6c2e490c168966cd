import { join } from 'node:path';
import { writeFileAtomically } from '../std/atomic-write.ts';
import { z } from '../std/schema.ts';
import { parseAccount } from './account.ts';
import { LOCK_FILE } from './file-store.ts';
import { STORE_KINDS, StoreTroubleError, type StoreKind, type StoreTrouble } from './key-store.ts';
import { readIfThere, removeIfThere } from './own-files.ts';
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

export interface KeyIndex {
  readonly keys: readonly IndexedKey[];
  /** Why the list cannot be understood; `null`: it can, or there is none. */
  readonly trouble: StoreTrouble | null;
  /** Accounts that still stand in a list that cannot be understood: some store has a key of theirs. */
  readonly mentioned: readonly string[];
}

/**
 * Which keys were stored, without the keys. The keychain is not searched for them: listing a keychain means reading
 * every key in it, which on macOS asks the user for each, and a daemon without stored keys never has to open it.
 * Never throws because of the file: what is wrong with it is an answer.
 */
export function readKeyIndex(dataFolder: string): KeyIndex {
  const path = join(dataFolder, FILE);
  let text;
  try {
    text = readIfThere(path)?.toString('utf8') ?? null;
  } catch (error) {
    if (error instanceof StoreTroubleError) return { keys: [], trouble: error.trouble, mentioned: [] };
    throw error;
  }
  if (text === null) return { keys: [], trouble: null, mentioned: [] };
  const keys = parseIndex(text);
  if (keys !== null) return { keys, trouble: null, mentioned: [] };
  const why = `${path}, the list of stored keys, is damaged.`;
  return { keys: [], trouble: { kind: 'damaged', why, hint: REMEDY, offer: null }, mentioned: accountsIn(text) };
}

/** The keys, where nothing else will do. Throws `StoreTroubleError`. */
export function readableKeyIndex(dataFolder: string): { keys: readonly IndexedKey[] } {
  const { keys, trouble } = readKeyIndex(dataFolder);
  if (trouble !== null) throw new StoreTroubleError(trouble);
  return { keys };
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
    const path = join(dataFolder, FILE);
    if (sorted.length === 0) removeIfThere(path);
    else writeFileAtomically(path, `${JSON.stringify({ v: 1, keys: sorted }, null, 2)}\n`);
    return Promise.resolve();
  });
}

function isKey(one: IndexedKey, account: string, store: StoreKind): boolean {
  return one.account === account && one.store === store;
}

function parseIndex(text: string): readonly IndexedKey[] | null {
  return INDEX.safeParse(parseJson(text)).data?.keys ?? null;
}

function accountsIn(text: string): readonly string[] {
  const accounts = [...text.matchAll(/"account"\s*:\s*"([^"\\]{1,256})"/g)].map(([, account = '']) => account);
  return [...new Set(accounts)].filter((account) => parseAccount(account) !== null);
}
