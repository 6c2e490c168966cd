import type { KeychainReference } from '../canonical/credential.ts';
import type { ActiveProvider } from '../providers/active-provider.ts';
import { providerFromConfig, variablesOfAccount } from '../providers/provider-from-config.ts';
import type { AccountPlace, ProviderDescription } from '../providers/provider-from-config.ts';
import type { Provider } from '../providers/provider.ts';
import { findProvider, PROVIDERS } from '../providers/table.ts';
import type { Secret } from '../std/secret.ts';
import { findAddress, isLoopback, isReadableOnTheWay, sameOrigin, type Address } from './address.ts';
import { chooseCredential, type Choice, type ChoiceOptions } from './choose-credential.ts';
import type { CloudAccounts, CloudFinding, NamedAccount } from './cloud-accounts.ts';
import type { StoredCredentials } from './stored-credentials.ts';

/** An entry of the config's `providers:`, as far as it matters here. */
export interface ProviderEntry extends ProviderDescription, AccountPlace, NamedAccount {
  readonly apiKey: Secret | KeychainReference | null;
  /** Further headers (lower-case names). */
  readonly headers: ReadonlyMap<string, Secret>;
  readonly insecureTls: boolean;
}

export interface FindOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly configured: readonly ProviderEntry[];
  /** The port that llmgw itself listens on: an address there is never a provider's. */
  readonly ownPort: number;
  /** What keychain and file held when they were read. */
  readonly stored: StoredCredentials;
  /** Name of the key by provider, as the profile has them: `work` is the key `openai:work`, and no other is used. */
  readonly names: ReadonlyMap<string, string>;
  /** Absent: nobody is signed in to a cloud. */
  readonly accounts?: CloudAccounts;
}

/** A provider whose key is in a store that cannot be read now. */
export interface LockedProvider {
  readonly id: string;
  /** Sentences that say why, and what to do. */
  readonly why: string;
}

export interface FoundProviders {
  /** In the order of the table, then those that only the config knows. */
  readonly active: readonly ActiveProvider[];
  readonly locked: readonly LockedProvider[];
  /** Sentences for a person about what was found and could not be used. They never hold a credential. */
  readonly problems: readonly string[];
}

/** A provider's row, and the row whose account it is where that has another id. */
interface Row {
  readonly provider: Provider;
  readonly type: Provider | null;
  readonly entry: ProviderEntry | null;
}

/** A provider's row and all that the config and the environment say about it. */
interface Candidate {
  readonly provider: Provider;
  readonly entry: ProviderEntry | null;
  readonly address: Address | null;
  readonly choice: Choice;
  /** `null`: the provider takes a key and nothing else. */
  readonly account: CloudFinding | null;
}

/**
 * The providers that can be used now: those with a credential, and those that the config puts on a loopback address.
 * A credential that the config does not name itself goes to the provider's own host (one of the environment: to that
 * which the environment gives beside it), never to another that the config moved the provider to.
 */
export function findActiveProviders(options: FindOptions): FoundProviders {
  const { stored, names } = options;
  const problems: string[] = [...stored.problems];
  const active: ActiveProvider[] = [];
  const locked: LockedProvider[] = [];
  for (const { provider: row, type, entry } of rowsOf(options.configured, problems)) {
    const account = row.signIn === null ? null : (options.accounts?.find(row.signIn, entry) ?? null);
    const env = { ...options.env, ...account?.variables, ...(entry === null ? {} : variablesOfAccount(entry)) };
    const provider = { ...row, ...row.shapedBy?.(env) };
    const location = findAddress(provider, env, options.ownPort);
    const { address } = location;
    const placedByConfig = (entry?.baseUrl ?? null) !== null;
    const asked = { provider, apiKey: entry?.apiKey ?? null, address, placedByConfig, env, stored };
    const key = isNamed(entry) ? NO_KEY : chooseKey(asked, { type, names }, problems);
    const choice = withAccount(key, account, address);
    const used = entry !== null || choice.kind !== 'none';
    if (account !== null && (entry !== null || (address !== null && account.isNamed)))
      problems.push(...account.problems.map((problem) => `${provider.id}: ${problem}`));
    if (used && !placedByConfig) problems.push(...location.problems);
    if (choice.kind === 'locked') locked.push({ id: provider.id, why: choice.why });
    const found = activate({ provider, entry, address, choice, account }, problems);
    if (found !== null) active.push(withHeaders(found, address, env));
  }
  return { active, locked, problems };
}

const NO_KEY: Choice = { kind: 'none' };

/** Whether the config names the cloud's account itself, and gives no key: then no other key takes its place. */
function isNamed(entry: ProviderEntry | null): boolean {
  return entry?.apiKey === null && (entry.aws !== null || entry.googleCredentials !== null);
}

/** The key of a further account is stored under its own name; one that has none there has its provider's. */
function chooseKey(
  asked: Omit<ChoiceOptions, 'keyName'>,
  { type, names }: { readonly type: Provider | null; readonly names: ReadonlyMap<string, string> },
  problems: string[],
): Choice {
  const { provider } = asked;
  const keyName = names.get(provider.id) ?? null;
  if (type === null) return chooseCredential({ ...asked, keyName }, problems);
  const own = chooseCredential({ ...asked, provider: { ...provider, keyVariables: [] }, keyName }, problems);
  if (own.kind !== 'none') return own;
  return chooseCredential(
    { ...asked, provider: { ...provider, id: type.id }, keyName: names.get(type.id) ?? null },
    problems,
  );
}

/** A key of the account takes the place of one that nobody gave. */
function withAccount(choice: Choice, account: CloudFinding | null, address: Address | null): Choice {
  if (choice.kind !== 'none' || account?.access?.kind !== 'credential' || address === null) return choice;
  return { kind: 'found', credential: account.access.credential, belongsTo: address.apiBase };
}

function rowsOf(configured: readonly ProviderEntry[], problems: string[]): readonly Row[] {
  const entries = new Map(configured.map((entry) => [entry.id, entry]));
  const rows = PROVIDERS.map((provider): Row => {
    const entry = entries.get(provider.id) ?? null;
    entries.delete(provider.id);
    return { provider: { ...provider, dialect: entry?.dialect ?? provider.dialect }, type: null, entry };
  });
  for (const entry of entries.values()) {
    const provider = providerFromConfig(entry);
    if (provider === null) problems.push(`providers.${entry.id}: no provider of this name is known; give its base_url`);
    else rows.push({ provider, type: entry.type === null ? null : findProvider(entry.type), entry });
  }
  return rows;
}

const NO_HEADERS: ReadonlyMap<string, Secret> = new Map();

function activate(candidate: Candidate, problems: string[]): ActiveProvider | null {
  const { provider, entry, address, choice } = candidate;
  const apiBase = entry?.baseUrl ?? address?.apiBase ?? null;
  if (apiBase === null || choice.kind === 'locked' || choice.kind === 'unusable') return null;
  const base = {
    provider,
    apiBase,
    signer: null,
    configuredModels: entry?.models ?? null,
    headers: entry?.headers ?? NO_HEADERS,
    insecureTls: entry?.insecureTls ?? false,
  };
  if (choice.kind === 'found') {
    const { credential } = choice;
    const objection = objectionTo(provider, entry, apiBase, choice);
    if (objection === null) return { ...base, credential: credential.secret, credentialSource: credential.where };
    problems.push(objection);
  }
  const signed = choice.kind === 'none' ? signedBy(candidate, apiBase, problems) : null;
  if (signed !== null) return { ...base, ...signed };
  if (entry === null) return null;
  if (isLoopback(apiBase)) return { ...base, credential: null, credentialSource: 'none needed' };
  if (choice.kind === 'none')
    problems.push(`providers.${provider.id}: there is no credential; ${howToGiveOne(provider)}`);
  return null;
}

/** The account that signs for the provider, where it is; `null`: there is none, or it may not sign there. */
function signedBy(
  { provider, entry, account }: Candidate,
  apiBase: string,
  problems: string[],
): Pick<ActiveProvider, 'credential' | 'signer' | 'credentialSource'> | null {
  if (provider.signIn === null || account?.access?.kind !== 'signer') return null;
  const { signer, where } = account.access;
  const { hostname, protocol } = new URL(apiBase);
  const isAtHome = protocol === 'https:' && provider.signIn.hosts.some((host) => hostname.endsWith(host));
  // The config may put it on this machine.
  if (isAtHome || (entry !== null && isLoopback(apiBase))) return { credential: null, signer, credentialSource: where };
  problems.push(
    `providers.${provider.id}: base_url is no host of ${provider.displayName}, so nothing is signed for it; ` +
      'set api_key',
  );
  return null;
}

/** Why the credential may not go to `apiBase`; `null`: the config gave both, or the host is where it belongs. */
function objectionTo(
  provider: Provider,
  entry: ProviderEntry | null,
  apiBase: string,
  { credential, belongsTo }: Extract<Choice, { kind: 'found' }>,
): string | null {
  if ((entry?.baseUrl ?? null) === null) {
    if (!isReadableOnTheWay(apiBase)) return null;
    return (
      `${provider.id} is at ${apiBase}, where ${credential.where} would be sent unencrypted over the network, ` +
      `so it is not used; use https, or give that base_url under providers.${provider.id} in the config`
    );
  }
  if (belongsTo === null || sameOrigin(apiBase, belongsTo)) return null;
  return (
    `providers.${provider.id}: base_url is another host than ${provider.displayName}'s own, so ${credential.where} ` +
    'is not sent there; set api_key'
  );
}

function howToGiveOne(provider: Provider): string {
  if (provider.signIn !== null) return `set api_key, or ${provider.signIn.hint}`;
  const variable = provider.keyVariables[0];
  return variable === undefined ? 'set api_key' : `set api_key, or ${variable} in the environment`;
}

/** Adds the headers whose values the environment holds, where the provider is at the address that they are for. */
function withHeaders(found: ActiveProvider, address: Address | null, env: NodeJS.ProcessEnv): ActiveProvider {
  if (address === null || !sameOrigin(found.apiBase, address.apiBase)) return found;
  const headers: Record<string, string> = {};
  for (const [header, variables] of Object.entries(found.provider.headerVariables)) {
    const value = variables.map((variable) => env[variable]?.trim() ?? '').find((text) => text !== '');
    if (value !== undefined && /^[\x21-\x7e]+$/.test(value)) headers[header] = value;
  }
  if (Object.keys(headers).length === 0) return found;
  return { ...found, provider: { ...found.provider, extraHeaders: { ...found.provider.extraHeaders, ...headers } } };
}
