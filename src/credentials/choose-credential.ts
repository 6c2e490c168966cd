import type { KeychainReference } from '../canonical/credential.ts';
import type { Provider } from '../providers/provider.ts';
import { Secret } from '../std/secret.ts';
import { accountText, parseAccount, type Account } from './account.ts';
import { findOwnAddress, sameOrigin, type Address } from './address.ts';
import type { CredentialSource, FoundCredential } from './credential-source.ts';
import { environmentSource } from './environment-source.ts';
import { howToStore, type StoredCredentials } from './stored-credentials.ts';
import { findStored, storedSource } from './stored-source.ts';

/**
 * What a provider is used with. `belongsTo` is the origin that the credential may be sent to, as an address; `null`:
 * wherever the config puts the provider, since the config also chose the credential. `unusable`: a key was named that
 * is not there, and another one must not take its place.
 */
export type Choice =
  | { readonly kind: 'found'; readonly credential: FoundCredential; readonly belongsTo: string | null }
  | { readonly kind: 'locked'; readonly why: string }
  | { readonly kind: 'unusable' }
  | { readonly kind: 'none' };

export interface ChoiceOptions {
  readonly provider: Provider;
  readonly apiKey: Secret | KeychainReference | null;
  /** The name of the key that the profile uses; `null`: it names none. */
  readonly keyName: string | null;
  /** Where the provider is by table and environment. */
  readonly address: Address | null;
  /** Whether the config says where it is. */
  readonly placedByConfig: boolean;
  readonly env: NodeJS.ProcessEnv;
  readonly stored: StoredCredentials;
}

/** The key that the profile names, else the config's, else the first of keychain, file and environment. */
export function chooseCredential(options: ChoiceOptions, problems: string[]): Choice {
  const { provider, apiKey, keyName } = options;
  if (keyName !== null) {
    const account = { provider: provider.id, name: keyName };
    const choice = named(options, account, `${provider.id} is to be used with its key ${keyName}`, problems);
    return choice.kind === 'found' ? toOwnAddress(choice.credential, options, problems) : choice;
  }
  if (apiKey instanceof Secret)
    return { kind: 'found', credential: { secret: apiKey, where: 'config' }, belongsTo: null };
  if (apiKey !== null) return referenced(options, apiKey, problems);
  return firstOf(sourcesInOrder(options), options, problems);
}

/** In the order of precedence. */
function sourcesInOrder({ stored, env }: Pick<ChoiceOptions, 'stored' | 'env'>): readonly CredentialSource[] {
  return [storedSource(stored), environmentSource(env)];
}

function referenced(options: ChoiceOptions, { account }: KeychainReference, problems: string[]): Choice {
  const parsed = parseAccount(account) ?? { provider: account, name: null };
  const choice = named(options, parsed, `providers.${options.provider.id}: api_key is keychain:${account}`, problems);
  if (choice.kind !== 'found') return choice;
  return toOwnAddress({ ...choice.credential, where: `config (keychain:${account})` }, options, problems);
}

/** A key by its account and no other; the config chose it, and may have chosen where it goes. */
function named({ provider, stored }: ChoiceOptions, account: Account, who: string, problems: string[]): Choice {
  const finding = findStored(stored, account, provider.refusedKeyPrefixes);
  problems.push(...finding.problems);
  if (finding.locked !== undefined) return { kind: 'locked', why: finding.locked };
  if (finding.credential !== null) return { kind: 'found', credential: finding.credential, belongsTo: null };
  if (finding.problems.length === 0) problems.push(`${who}, but ${howToStore(accountText(account))}`);
  return { kind: 'unusable' };
}

/** A named key that the environment's address must not get, while the config's may. */
function toOwnAddress(credential: FoundCredential, options: ChoiceOptions, problems: string[]): Choice {
  if (options.placedByConfig) return { kind: 'found', credential, belongsTo: null };
  const away = movedAway(options);
  if (away === null) return { kind: 'found', credential, belongsTo: null };
  problems.push(notSentThere(credential, options.provider, away));
  return { kind: 'unusable' };
}

function firstOf(sources: readonly CredentialSource[], options: ChoiceOptions, problems: string[]): Choice {
  const { provider, address, placedByConfig, env } = options;
  const own = findOwnAddress(provider, env);
  for (const source of sources) {
    const finding = source.find(provider);
    problems.push(...finding.problems);
    const isOwn = source.belongsTo === 'own_address';
    const away = isOwn && !placedByConfig ? movedAway(options) : null;
    if (away !== null) {
      if (finding.credential !== null) problems.push(notSentThere(finding.credential, provider, away));
      continue;
    }
    if (finding.locked !== undefined) return { kind: 'locked', why: finding.locked };
    if (finding.credential === null) continue;
    const given = address?.apiBase ?? provider.apiBase;
    return { kind: 'found', credential: finding.credential, belongsTo: isOwn ? (own ?? given) : given };
  }
  return { kind: 'none' };
}

/** The variable that moves a provider to another host than its own; `null`: it is where it belongs. */
function movedAway({ provider, address, env }: ChoiceOptions): string | null {
  if (address === null || address.movedBy === null) return null;
  const own = findOwnAddress(provider, env);
  return own === null || sameOrigin(own, address.apiBase) ? null : address.movedBy;
}

function notSentThere({ where }: FoundCredential, { id, displayName }: Provider, variable: string): string {
  return (
    `${variable} puts ${id} on another host than ${displayName}'s own, so its key (${where}) is not sent there; ` +
    `to send it, give base_url and api_key: keychain:${id} under providers.${id} in the config`
  );
}
