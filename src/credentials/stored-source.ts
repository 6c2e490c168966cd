import { accountText, type Account } from './account.ts';
import type { CredentialFinding, CredentialSource } from './credential-source.ts';
import { judgeKey } from './judge-key.ts';
import type { StoredCredentials } from './stored-credentials.ts';

/** The unnamed keys that `llmgw auth` stored: those of the keychain, then those of the file. */
export function storedSource(stored: StoredCredentials): CredentialSource {
  return {
    belongsTo: 'own_address',
    find: ({ id, refusedKeyPrefixes }) => findStored(stored, { provider: id, name: null }, refusedKeyPrefixes),
  };
}

/**
 * The key of one account, as a source's finding. Other programs can change what lies in a keychain: it is judged. A
 * provider whose id had a colon in it would be taken for another one's named key, and has none.
 */
export function findStored(
  stored: StoredCredentials,
  { provider, name }: Account,
  refusedKeyPrefixes: readonly string[],
): CredentialFinding {
  if (provider.includes(':')) return { credential: null, problems: [] };
  const account = accountText({ provider, name });
  const finding = stored.find(account);
  switch (finding.kind) {
    case 'missing':
      return { credential: null, problems: [] };
    case 'locked':
      return { credential: null, locked: finding.why, problems: [] };
    case 'found': {
      const { credential } = finding;
      const objection = judgeKey(credential.secret.reveal(), refusedKeyPrefixes);
      if (objection === null) return { credential, problems: [] };
      return { credential: null, problems: [`${account} in the ${credential.where} is ignored: ${objection}`] };
    }
  }
}
