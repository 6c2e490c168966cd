import type { KeychainReference } from '../canonical/credential.ts';
import { Secret } from '../std/secret.ts';
import { parseAccount } from './account.ts';
import type { FoundCredential } from './credential-source.ts';
import { fileStore } from './file-store.ts';
import { readKeyIndex, type IndexedKey } from './key-index.ts';
import { STORE_KINDS, type KeyReading, type StoreKind, type StoreTrouble } from './key-store.ts';
import type { KeychainCaller } from './keychain-messages.ts';
import { openKeychainProcess } from './keychain-process.ts';
import { keychainStore } from './keychain-store.ts';
import { systemSigns } from './surroundings.ts';

/** One key of the user's own, in one store, as it was when it was read. */
export interface StoredKey {
  readonly account: string;
  readonly store: StoreKind;
  /** ISO 8601; `null`: nothing is known of when. */
  readonly addedAt: string | null;
  readonly reading: KeyReading;
}

export type StoredFinding =
  | { readonly kind: 'found'; readonly credential: FoundCredential }
  /** `why`: sentences that say why it cannot be read and what to do. */
  | { readonly kind: 'locked'; readonly why: string }
  | { readonly kind: 'missing' };

/** What keychain and file held when they were read. Asking it never waits. */
export interface StoredCredentials {
  /** The keychain's first. */
  readonly keys: readonly StoredKey[];
  /** The key of an account, the keychain's before the file's. */
  find(account: string): StoredFinding;
  /** Sentences for a person about what could not be read. */
  readonly problems: readonly string[];
}

export interface ReadOptions {
  readonly dataFolder: string;
  readonly env: NodeJS.ProcessEnv;
  /** Left out: a process that is ended when everything is read. */
  readonly keychain?: KeychainCaller;
  /** For all keys of the keychain together. Left out: as long as a daemon can wait. */
  readonly limitMs?: number;
}

const DAEMON_LIMIT_MS = 3000;

/**
 * Reads every key that `llmgw auth` stored. The keychain is asked only for keys that lie in it, and not again once it
 * has not answered: each further question could mean another dialog. A store that cannot be read, and a list of keys
 * that cannot, is told of in `problems` and keeps nothing back of what the other one holds.
 */
export async function readStoredCredentials(options: ReadOptions): Promise<StoredCredentials> {
  const index = readKeyIndex(options.dataFolder);
  const indexed = (kind: StoreKind) => index.keys.filter(({ store }) => store === kind);
  const [inKeychain, inFile] = await Promise.all([
    readKeychain(indexed('keychain'), options),
    readFile(indexed('file'), options),
  ]);
  const unknown = index.trouble === null ? [] : hiddenBy(index.trouble, index.mentioned);
  const problems = index.trouble === null || unknown.length > 0 ? [] : [sentenceOf(index.trouble)];
  return storedCredentials([...inKeychain, ...unknown, ...inFile.keys], [...problems, ...inFile.problems]);
}

/** With the list damaged nobody knows whether the keychain has them; the file or the environment may not step in. */
function hiddenBy(trouble: StoreTrouble, accounts: readonly string[]): StoredKey[] {
  const reading = { kind: 'unreadable', trouble } as const;
  return accounts.map((account) => ({ account, store: 'keychain', addedAt: null, reading }));
}

/** A snapshot without any key: of a daemon that has not read them yet, of what runs without stores. */
export const NOTHING_STORED: StoredCredentials = { keys: [], find: () => ({ kind: 'missing' }), problems: [] };

/** A snapshot of these keys. */
export function storedCredentials(keys: readonly StoredKey[], problems: readonly string[]): StoredCredentials {
  const byAccount = new Map<string, StoredKey[]>();
  for (const key of keys) byAccount.set(key.account, [...(byAccount.get(key.account) ?? []), key]);
  return {
    keys,
    find: (account) => findIn(byAccount.get(account) ?? []),
    problems: [...problems, ...troublesIn(keys), ...keys.filter(isGone).map(goneSentence)],
  };
}

/** The key of a server or provider whose config names one of the keychain's or holds it. */
export function resolveApiKey(
  apiKey: Secret | KeychainReference | null,
  stored: StoredCredentials,
): { readonly secret: Secret | null; readonly problem: string | null } {
  if (apiKey === null || apiKey instanceof Secret) return { secret: apiKey, problem: null };
  const finding = stored.find(apiKey.account);
  switch (finding.kind) {
    case 'found':
      return { secret: finding.credential.secret, problem: null };
    case 'locked':
      return { secret: null, problem: `keychain:${apiKey.account} cannot be read. ${finding.why}` };
    case 'missing':
      return { secret: null, problem: `keychain:${apiKey.account}: ${howToStore(apiKey.account)}` };
  }
}

/** The end of a sentence about a key that is not there. */
export function howToStore(account: string): string {
  return `no key ${account} is stored; \`llmgw auth add ${account}\` stores one`;
}

async function readKeychain(keys: readonly IndexedKey[], options: ReadOptions): Promise<StoredKey[]> {
  if (options.keychain !== undefined) return askKeychain(keys, options, options.keychain);
  const keychain = openKeychainProcess(options.env);
  try {
    return await askKeychain(keys, options, keychain);
  } finally {
    keychain.close();
  }
}

async function askKeychain(
  keys: readonly IndexedKey[],
  options: ReadOptions,
  caller: KeychainCaller,
): Promise<StoredKey[]> {
  const limitMs = options.limitMs ?? DAEMON_LIMIT_MS;
  const deadline = performance.now() + limitMs;
  const signs = systemSigns(options.env);
  const read: StoredKey[] = [];
  let trouble: StoreTrouble | null = null;
  for (const { account, added_at: addedAt } of keys) {
    let reading: KeyReading;
    if (trouble === null) {
      const leftMs = Math.max(1, Math.min(limitMs, Math.round(deadline - performance.now())));
      reading = await keychainStore({ caller, signs, limitMs: leftMs }).read(account);
    } else {
      reading = { kind: 'unreadable', trouble };
    }
    if (reading.kind === 'unreadable') trouble = reading.trouble;
    read.push({ account, store: 'keychain', addedAt, reading });
  }
  return read;
}

/** What lies in the file counts, whatever the index says; without its password only the index tells what it should. */
async function readFile(
  indexed: readonly IndexedKey[],
  { dataFolder, env }: ReadOptions,
): Promise<{ keys: StoredKey[]; problems: string[] }> {
  const store = fileStore(dataFolder, env);
  const there = await store.accounts();
  const known = 'why' in there ? [] : there;
  const accounts = new Set([...indexed.map(({ account }) => account), ...known]);
  const read: StoredKey[] = [];
  for (const account of accounts) {
    const addedAt = indexed.find((one) => one.account === account)?.added_at ?? null;
    read.push({ account, store: 'file', addedAt, reading: await store.read(account) });
  }
  // With a key in it that the list knows, the key says it.
  return { keys: read, problems: 'why' in there && read.length === 0 ? [sentenceOf(there)] : [] };
}

/** The first that can be told anything of; one that is locked hides those after it, so that no other key is used. */
function findIn(keys: readonly StoredKey[]): StoredFinding {
  for (const kind of STORE_KINDS) {
    const key = keys.find(({ store }) => store === kind);
    if (key?.reading.kind === 'found') {
      return { kind: 'found', credential: { secret: key.reading.secret, where: whereOf(key) } };
    }
    if (key?.reading.kind === 'unreadable') {
      return { kind: 'locked', why: sentenceOf(key.reading.trouble) };
    }
  }
  return { kind: 'missing' };
}

/** `keychain`, `file`; with a name where the key has one: `keychain (openai:work)`. */
export function whereOf({ account, store }: Pick<StoredKey, 'account' | 'store'>): string {
  return parseAccount(account)?.name === null ? store : `${store} (${account})`;
}

/** Each once, however many keys it keeps away. */
function troublesIn(keys: readonly StoredKey[]): string[] {
  const sentences = new Map<string, string[]>();
  for (const { account, reading } of keys) {
    if (reading.kind !== 'unreadable') continue;
    const sentence = sentenceOf(reading.trouble);
    sentences.set(sentence, [...(sentences.get(sentence) ?? []), account]);
  }
  return [...sentences].map(([sentence, accounts]) => `${accounts.join(', ')}${UNREADABLE}${sentence}`);
}

const UNREADABLE = ' cannot be read. ';

/** The accounts that one of the `problems` of a snapshot says cannot be read; none: it is about something else. */
export function unreadableAccounts(problem: string): readonly string[] {
  const end = problem.indexOf(UNREADABLE);
  const accounts = end < 0 ? [] : problem.slice(0, end).split(', ');
  return accounts.every((account) => parseAccount(account) !== null) ? accounts : [];
}

function sentenceOf({ why, hint }: StoreTrouble): string {
  return `${why} ${hint}`;
}

function isGone({ reading }: StoredKey): boolean {
  return reading.kind === 'missing';
}

function goneSentence({ account, store }: StoredKey): string {
  return (
    `${account} was removed from the ${store} by another program; \`llmgw auth add ${account}\` stores it again, ` +
    `\`llmgw auth remove ${account}\` forgets it.`
  );
}
