import type { KeychainReference } from '../canonical/credential.ts';
import type { DialectId } from '../canonical/target.ts';
import type { ActiveProvider } from '../providers/active-provider.ts';
import { providerFromConfig } from '../providers/provider-from-config.ts';
import type { Provider } from '../providers/provider.ts';
import { PROVIDERS } from '../providers/table.ts';
import type { Secret } from '../std/secret.ts';
import { findAddress, isLoopback, isReadableOnTheWay, sameOrigin, type Address } from './address.ts';
import { chooseCredential, type Choice } from './choose-credential.ts';
import type { StoredCredentials } from './stored-credentials.ts';

/** An entry of the config's `providers:`, as far as it matters here. */
export interface ProviderEntry {
  readonly id: string;
  readonly dialect: DialectId | null;
  /** No trailing slash. */
  readonly baseUrl: string | null;
  readonly apiKey: Secret | KeychainReference | null;
  readonly models: readonly string[] | null;
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

/** A provider's row and all that the config and the environment say about it. */
interface Candidate {
  readonly provider: Provider;
  readonly entry: ProviderEntry | null;
  readonly address: Address | null;
  readonly choice: Choice;
}

/**
 * The providers that can be used now: those with a credential, and those that the config puts on a loopback address.
 * A credential that the config does not name itself goes to the provider's own host (one of the environment: to that
 * which the environment gives beside it), never to another that the config moved the provider to.
 */
export function findActiveProviders(options: FindOptions): FoundProviders {
  const { env, stored, names } = options;
  const problems: string[] = [...stored.problems];
  const active: ActiveProvider[] = [];
  const locked: LockedProvider[] = [];
  for (const { provider, entry } of rowsOf(options.configured, problems)) {
    const location = findAddress(provider, env, options.ownPort);
    const { address } = location;
    const keyName = names.get(provider.id) ?? null;
    const placedByConfig = (entry?.baseUrl ?? null) !== null;
    const apiKey = entry?.apiKey ?? null;
    const choice = chooseCredential({ provider, apiKey, keyName, address, placedByConfig, env, stored }, problems);
    const used = entry !== null || choice.kind !== 'none';
    if (used && !placedByConfig) problems.push(...location.problems);
    if (choice.kind === 'locked') locked.push({ id: provider.id, why: choice.why });
    const found = activate({ provider, entry, address, choice }, problems);
    if (found !== null) active.push(withHeaders(found, address, env));
  }
  return { active, locked, problems };
}

function rowsOf(
  configured: readonly ProviderEntry[],
  problems: string[],
): readonly { provider: Provider; entry: ProviderEntry | null }[] {
  const entries = new Map(configured.map((entry) => [entry.id, entry]));
  const rows = PROVIDERS.map((provider) => {
    const entry = entries.get(provider.id) ?? null;
    entries.delete(provider.id);
    return { provider: { ...provider, dialect: entry?.dialect ?? provider.dialect }, entry };
  });
  for (const entry of entries.values()) {
    if (entry.baseUrl === null) {
      problems.push(`providers.${entry.id}: no provider of this name is known; give its base_url`);
      continue;
    }
    rows.push({ provider: providerFromConfig({ ...entry, baseUrl: entry.baseUrl }), entry });
  }
  return rows;
}

function activate({ provider, entry, address, choice }: Candidate, problems: string[]): ActiveProvider | null {
  const apiBase = entry?.baseUrl ?? address?.apiBase ?? null;
  if (apiBase === null || choice.kind === 'locked' || choice.kind === 'unusable') return null;
  const base = { provider, apiBase, configuredModels: entry?.models ?? null };
  if (choice.kind === 'found') {
    const { credential } = choice;
    const objection = objectionTo(provider, entry, apiBase, choice);
    if (objection === null) return { ...base, credential: credential.secret, credentialSource: credential.where };
    problems.push(objection);
  }
  if (entry === null) return null;
  if (isLoopback(apiBase)) return { ...base, credential: null, credentialSource: 'none needed' };
  if (choice.kind === 'none')
    problems.push(`providers.${provider.id}: there is no credential; ${howToGiveOne(provider)}`);
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
