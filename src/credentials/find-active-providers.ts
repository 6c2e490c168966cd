import type { ActiveProvider } from '../providers/active-provider.ts';
import type { DialectId } from '../canonical/target.ts';
import type { Provider } from '../providers/provider.ts';
import type { Secret } from '../std/secret.ts';
import type { Address } from './address.ts';
import type { CredentialSource, FoundCredential } from './credential-source.ts';
import { findAddress, isLoopback, sameOrigin } from './address.ts';
import { environmentSource } from './environment-source.ts';
import { providerFromConfig } from '../providers/provider-from-config.ts';
import { PROVIDERS } from '../providers/table.ts';

/** An entry of the config's `providers:`, as far as it matters here. */
export interface ProviderEntry {
  readonly id: string;
  readonly dialect: DialectId | null;
  /** No trailing slash. */
  readonly baseUrl: string | null;
  readonly apiKey: Secret | null;
  readonly models: readonly string[] | null;
}

export interface FindOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly configured: readonly ProviderEntry[];
  /** The port that llmgw itself listens on: an address there is never a provider's. */
  readonly ownPort: number;
}

export interface FoundProviders {
  /** In the order of the table, then those that only the config knows. */
  readonly active: readonly ActiveProvider[];
  /** Sentences for a person about what was found and could not be used. They never hold a credential. */
  readonly problems: readonly string[];
}

/** A provider's row and all that the config and the environment say about it. */
interface Candidate {
  readonly provider: Provider;
  readonly entry: ProviderEntry | null;
  readonly address: Address | null;
  readonly credential: FoundCredential | null;
}

/**
 * The providers that can be used now: those with a credential, and those that the config puts on a loopback address.
 * A credential that the config does not name itself goes to the table's address or to the one that the environment
 * gives beside it, never to another that the config moved the provider to.
 */
export function findActiveProviders(options: FindOptions): FoundProviders {
  const problems: string[] = [];
  const active: ActiveProvider[] = [];
  const sources = sourcesInOrder(options.env);
  for (const { provider, entry } of rowsOf(options.configured, problems)) {
    const location = findAddress(provider, options.env, options.ownPort);
    const credential = findCredential(provider, entry, sources, problems);
    const used = entry !== null || credential !== null;
    if (used && (entry?.baseUrl ?? null) === null) problems.push(...location.problems);
    const found = activate({ provider, entry, address: location.address, credential }, problems);
    if (found !== null) active.push(withHeaders(found, location.address, options.env));
  }
  return { active, problems };
}

/** In the order of precedence. The keychain and a file of credentials come before the environment. */
function sourcesInOrder(env: NodeJS.ProcessEnv): readonly CredentialSource[] {
  return [environmentSource(env)];
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

function findCredential(
  provider: Provider,
  entry: ProviderEntry | null,
  sources: readonly CredentialSource[],
  problems: string[],
): FoundCredential | null {
  const configured = entry?.apiKey ?? null;
  if (configured !== null) return { secret: configured, where: 'config' };
  for (const source of sources) {
    const finding = source.find(provider);
    problems.push(...finding.problems);
    if (finding.credential !== null) return finding.credential;
  }
  return null;
}

function activate(candidate: Candidate, problems: string[]): ActiveProvider | null {
  const { provider, entry, address, credential } = candidate;
  const apiBase = entry?.baseUrl ?? address?.apiBase ?? null;
  const base = { provider, configuredModels: entry?.models ?? null };
  if (apiBase === null) return null;
  if (credential !== null && mayReceive(candidate, apiBase)) {
    return { ...base, apiBase, credential: credential.secret, credentialSource: credential.where };
  }
  if (credential !== null) {
    problems.push(
      `providers.${provider.id}: base_url is another host than ${provider.displayName}'s own, so ${credential.where} ` +
        'is not sent there; set api_key',
    );
  }
  if (entry === null) return null;
  if (isLoopback(apiBase)) return { ...base, apiBase, credential: null, credentialSource: 'none needed' };
  if (credential === null) problems.push(`providers.${provider.id}: there is no credential; ${howToGiveOne(provider)}`);
  return null;
}

/** Whether the credential may go to `apiBase`: the config gave both, or neither, or the host is where it belongs. */
function mayReceive({ entry, address, provider }: Candidate, apiBase: string): boolean {
  if ((entry?.apiKey ?? null) !== null || (entry?.baseUrl ?? null) === null) return true;
  return sameOrigin(apiBase, address?.apiBase ?? provider.apiBase);
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
