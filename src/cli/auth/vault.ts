import { loadSettings } from '../../config/load.ts';
import { ConfigError } from '../../config/problem.ts';
import { environmentWith } from '../../config/settings.ts';
import type { Settings } from '../../config/settings.ts';
import { parseAccount, type Account } from '../../credentials/account.ts';
import { fileStore } from '../../credentials/file-store.ts';
import { StoreTroubleError, type KeyStore, type StoreKind } from '../../credentials/key-store.ts';
import type { KeychainCaller } from '../../credentials/keychain-messages.ts';
import { openKeychainProcess } from '../../credentials/keychain-process.ts';
import { keychainStore } from '../../credentials/keychain-store.ts';
import { readStoredCredentials, type StoredCredentials } from '../../credentials/stored-credentials.ts';
import { systemSigns } from '../../credentials/surroundings.ts';
import { readDaemonFile } from '../../daemon/daemon-file.ts';
import { prepareFolders } from '../../daemon/folders.ts';
import { Problem } from '../../daemon/problem.ts';
import { PROVIDERS } from '../../providers/table.ts';
import { nearest } from '../../std/nearest.ts';
import { findPlaces, type Places } from '../../std/places.ts';

/** What the `auth` commands work with: the places, the config, and the stores of keys. */
export interface Vault {
  readonly places: Places;
  readonly env: NodeJS.ProcessEnv;
  readonly providers: Settings['providers'];
  readonly profiles: Settings['profiles'];
  /** Where llmgw itself listens, or would. */
  readonly ownPort: number;
  storeOf(kind: StoreKind): KeyStore;
  read(): Promise<StoredCredentials>;
}

/** A person may have to find the dialog and type a password. */
const LIMIT_MS = 60_000;
const NOTICE_AFTER_MS = 1500;

/** Runs a command with the stores; what they cannot do comes as a `Problem`. */
export async function withVault<Result>(
  { config }: { readonly config?: string | undefined },
  use: (vault: Vault) => Promise<Result>,
): Promise<Result> {
  const places = findPlaces();
  const settings = settingsOf(places, process.env, config ?? null);
  const { providers, profiles, server } = settings;
  const env = environmentWith(settings, process.env);
  const folder = places.data;
  const keychain = openKeychainProcess(env);
  const caller = withNotice(keychain);
  const signs = systemSigns(env);
  try {
    for (const warning of prepareFolders(places)) process.stderr.write(`llmgw: ${warning}\n`);
    return await use({
      places,
      env,
      providers,
      profiles,
      ownPort: readDaemonFile(places)?.port ?? server.port,
      storeOf: (kind) =>
        kind === 'file' ? fileStore(folder, env) : keychainStore({ caller, signs, limitMs: LIMIT_MS }),
      read: () => readStoredCredentials({ dataFolder: folder, env, keychain: caller, limitMs: LIMIT_MS }),
    });
  } catch (error) {
    if (error instanceof StoreTroubleError) throw asProblem(error);
    throw error;
  } finally {
    keychain.close();
  }
}

/** An account as somebody typed it, of a provider that the table or the config knows. */
export function accountFrom(text: string, { providers }: Pick<Vault, 'providers'>): Account {
  const account = parseAccount(text);
  if (account === null) {
    throw new Problem('usage', `${text} is no provider and no key of one.`, {
      hint: 'Write a provider, or a provider and a name of your choice for the key: openai, openai:work.',
    });
  }
  const known = [...PROVIDERS.map(({ id }) => id), ...providers.map(({ id }) => id)];
  if (known.includes(account.provider)) return account;
  const near = nearest(account.provider, known, 3);
  throw new Problem('usage', `There is no provider ${account.provider}.`, {
    hint:
      near.length === 0
        ? 'Give it an entry with a base_url under providers: in the config first.'
        : `Did you mean ${near.join(', ')}?`,
  });
}

/** What a store says, with the other store where it is one's choice. */
export function asProblem(error: StoreTroubleError): Problem {
  const { kind, why, hint, offer } = error.trouble;
  const problemKind = kind === 'damaged' ? 'files' : 'failed';
  return new Problem(problemKind, why, { hint: offer === null ? hint : `${hint}\n${offer}`, cause: error });
}

/** Keys can be stored and removed whatever is wrong in the config. */
function settingsOf(places: Places, env: NodeJS.ProcessEnv, config: string | null): Settings {
  try {
    return loadSettings({ file: config, places, env }).settings;
  } catch (error) {
    if (!(error instanceof ConfigError) || config !== null) throw error;
    process.stderr.write(`llmgw: the config cannot be used, so it is left out here.\n${error.message}\n`);
    return loadSettings({ file: null, places: { ...places, config: places.cache }, env }).settings;
  }
}

/** Says what is waited for, so that a person looks for the dialog. */
function withNotice(keychain: KeychainCaller): KeychainCaller {
  return {
    ask: async (question, limitMs) => {
      const notice = setTimeout(() => {
        process.stderr.write(`llmgw: waiting for the keychain, ${limitMs / 1000} s at most; it may ask on a screen.\n`);
      }, NOTICE_AFTER_MS);
      try {
        return await keychain.ask(question, limitMs);
      } finally {
        clearTimeout(notice);
      }
    },
  };
}
