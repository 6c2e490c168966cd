import type { Provider } from '../providers/provider.ts';
import type { Secret } from '../std/secret.ts';

/** A credential and where it was found, for a person: `OPENAI_API_KEY (environment)`. */
export interface FoundCredential {
  readonly secret: Secret;
  readonly where: string;
}

/** What a source knows about one provider. */
export interface CredentialFinding {
  readonly credential: FoundCredential | null;
  /** Why a key that is there cannot be read now, in sentences. No later source is asked then: its key is another. */
  readonly locked?: string;
  /** Sentences about values that were there and could not be used. They never hold a value. */
  readonly problems: readonly string[];
}

/**
 * A place where credentials are kept. Sources are asked in the order of precedence, the first that has a credential
 * wins: the config's own `api_key`, the keychain, a file, the environment. Asking never waits: a source that must (a
 * keychain) is read before it is handed over.
 */
export interface CredentialSource {
  /** The environment's credentials belong to the address that it gives beside them, stored ones to the provider's. */
  readonly belongsTo: 'given_address' | 'own_address';
  find(provider: Provider): CredentialFinding;
}
