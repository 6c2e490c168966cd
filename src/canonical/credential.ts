/**
 * A config value that names a key of the keychain instead of holding it: `api_key: keychain:openai:work`. It means the
 * key that `llmgw auth add openai:work` stored, in whichever store that was.
 */
export interface KeychainReference {
  readonly kind: 'keychain';
  /** A provider's id, or that and the key's name: `openai`, `openai:work`. */
  readonly account: string;
}
