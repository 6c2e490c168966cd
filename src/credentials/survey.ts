import type { ActiveProvider } from '../providers/active-provider.ts';
import type { Provider } from '../providers/provider.ts';
import { PROVIDERS } from '../providers/table.ts';
import { Secret } from '../std/secret.ts';
import { accountText, parseAccount } from './account.ts';
import { findActiveProviders, type FindOptions, type ProviderEntry } from './find-active-providers.ts';
import { judgeKey } from './judge-key.ts';
import { whereOf, type StoredKey } from './stored-credentials.ts';

export type CredentialOrigin = 'config' | 'keychain' | 'file' | 'environment';

/**
 * `used`: what its provider is used with unless a profile names another; `named`: used where it is named; `not_used`:
 * another comes first, or it may not go to where the provider is; `ignored`: it is no key; `gone`: another program has
 * removed it.
 */
export type CredentialState = 'used' | 'named' | 'not_used' | 'locked' | 'gone' | 'ignored';

/** A credential that is there, or should be, and what becomes of it. It holds no value. */
export interface CredentialRow {
  /** `openai`, `openai:work`. */
  readonly account: string;
  readonly origin: CredentialOrigin;
  /** For a person: `OPENAI_API_KEY (environment)`. */
  readonly where: string;
  readonly state: CredentialState;
  /** Why, where the state does not say it. */
  readonly why: string | null;
}

export interface SurveyOptions extends Omit<FindOptions, 'names'> {
  /** Who names which key: profiles with their credential sets. */
  readonly profiles: readonly { readonly name: string; readonly credentials: ReadonlyMap<string, string> }[];
}

export interface Survey {
  readonly rows: readonly CredentialRow[];
  readonly problems: readonly string[];
}

/** Every credential of every source in the order of precedence, and which one of each provider wins. */
export function surveyCredentials(options: SurveyOptions): Survey {
  const { active, problems } = findActiveProviders({ ...options, names: new Map() });
  const winners = new Map(active.map(({ provider, credentialSource }) => [provider.id, credentialSource]));
  const rows = idsOf(options).flatMap((id) => {
    const provider = PROVIDERS.find((one) => one.id === id) ?? null;
    const found = [
      ...inConfig(options.configured.find((one) => one.id === id) ?? null),
      ...inStores(options.stored.keys, id, provider),
      ...inEnvironment(provider, options.env),
    ];
    return [...withWinner(found, winners.get(id) ?? null), ...signedIn(active, found, id), ...named(options, id)];
  });
  // Why a value is ignored stands in its row.
  const told = rows.filter(({ state }) => state === 'ignored').map(({ where, why }) => ignoredSentence(where, why));
  return { rows, problems: problems.filter((problem) => !told.includes(problem)) };
}

/** An account of a cloud that is used in place of a key: its own files or variables are none of ours. */
function signedIn(active: readonly ActiveProvider[], found: readonly Unjudged[], id: string): CredentialRow[] {
  const used = active.find(({ provider }) => provider.id === id);
  if (used?.provider.signIn === undefined || used.provider.signIn === null) return [];
  const where = used.credentialSource;
  if ((used.signer === null && used.credential === null) || found.some((row) => row.where === where)) return [];
  return [{ account: id, origin: 'environment', where, state: 'used', why: null }];
}

function ignoredSentence(where: string, why: string | null): string {
  return `${where.replace(/ \(environment\)$/, '')} is ignored: ${why ?? ''}`;
}

/** A row before it is known who wins: `state` is `null` where it could. */
type Unjudged = Omit<CredentialRow, 'state'> & { readonly state: CredentialState | null };

/** Those of the table, then others that the config or a store knows. */
function idsOf({ configured, stored }: SurveyOptions): string[] {
  const kept = stored.keys.map(({ account }) => parseAccount(account)?.provider ?? account);
  return [...new Set([...PROVIDERS.map(({ id }) => id), ...configured.map(({ id }) => id), ...kept])];
}

function inConfig(entry: ProviderEntry | null): Unjudged[] {
  const apiKey = entry?.apiKey ?? null;
  if (entry === null || apiKey === null) return [];
  const where = apiKey instanceof Secret ? 'config' : `config (keychain:${apiKey.account})`;
  return [{ account: entry.id, origin: 'config', where, state: null, why: null }];
}

function inStores(keys: readonly StoredKey[], account: string, provider: Provider | null): Unjudged[] {
  return keys.filter((key) => key.account === account).map((key) => storedRow(key, provider));
}

function storedRow(key: StoredKey, provider: Provider | null): Unjudged {
  const { account, store, reading } = key;
  const row = { account, origin: store, where: whereOf(key) };
  switch (reading.kind) {
    case 'missing':
      return { ...row, state: 'gone', why: 'another program removed it' };
    case 'unreadable':
      return { ...row, state: 'locked', why: `${reading.trouble.why} ${reading.trouble.hint}` };
    case 'found': {
      const objection = judgeKey(reading.secret.reveal(), provider?.refusedKeyPrefixes ?? []);
      return objection === null ? { ...row, state: null, why: null } : { ...row, state: 'ignored', why: objection };
    }
  }
}

function inEnvironment(provider: Provider | null, env: NodeJS.ProcessEnv): Unjudged[] {
  if (provider === null) return [];
  return provider.keyVariables.flatMap((variable): Unjudged[] => {
    const value = env[variable]?.trim() ?? '';
    if (value === '') return [];
    const why = judgeKey(value, provider.refusedKeyPrefixes);
    const where = `${variable} (environment)`;
    return [{ account: provider.id, origin: 'environment', where, state: why === null ? null : 'ignored', why }];
  });
}

/** `winner`: what the provider is used with; the rows before it could not be, those after it came too late. */
function withWinner(rows: readonly Unjudged[], winner: string | null): CredentialRow[] {
  const first = rows.find(({ where, state }) => state === null && where === winner) ?? null;
  const obstacle = rows.find(({ state }) => state === 'locked') ?? null;
  let passed = false;
  return rows.map((row) => {
    if (row === first) {
      passed = true;
      return { ...row, state: 'used' };
    }
    if (row.state !== null) return { ...row, state: row.state };
    if (passed && first !== null) return { ...row, state: 'not_used', why: `${first.where} comes first` };
    if (first === null && obstacle !== null) {
      return { ...row, state: 'not_used', why: `${obstacle.where} comes first, and is locked` };
    }
    return { ...row, state: 'not_used', why: null };
  });
}

function named({ stored, profiles, configured }: SurveyOptions, provider: string): CredentialRow[] {
  return stored.keys.flatMap((key): CredentialRow[] => {
    const account = parseAccount(key.account);
    if (account?.provider !== provider || account.name === null) return [];
    const row = storedRow(key, PROVIDERS.find(({ id }) => id === provider) ?? null);
    if (row.state !== null) return [{ ...row, state: row.state }];
    const users = [
      ...profiles
        .filter(({ credentials }) => credentials.get(provider) === account.name)
        .map(({ name }) => `profile ${name}`),
      ...configured.filter(({ apiKey }) => isReference(apiKey, key.account)).map(({ id }) => `providers.${id}`),
    ];
    const why = users.length === 0 ? `nothing names ${accountText(account)} yet` : `for ${users.join(', ')}`;
    return [{ ...row, state: 'named', why }];
  });
}

function isReference(apiKey: ProviderEntry['apiKey'], account: string): boolean {
  return apiKey !== null && !(apiKey instanceof Secret) && apiKey.account === account;
}
