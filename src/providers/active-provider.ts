import type { RequestSigner } from '../canonical/signing.ts';
import type { Secret } from '../std/secret.ts';
import type { Provider } from './provider.ts';

/** A provider that can be used now: its row, moved to the address in force, with the credential that was found. */
export interface ActiveProvider {
  readonly provider: Provider;
  /** The API base in force, no trailing slash: the config's, an environment variable's, or the table's. */
  readonly apiBase: string;
  readonly credential: Secret | null;
  /** Signs its requests in place of a credential; `null`: nothing does. */
  readonly signer: RequestSigner | null;
  /** Where the credential was found, for a person: `OPENAI_API_KEY (environment)`, `config`. Never its value. */
  readonly credentialSource: string;
  /** Models that the config names for it; `null`: listed from the provider. */
  readonly configuredModels: readonly string[] | null;
  /** Further headers that the config has it sent (lower-case names); they may hold keys. */
  readonly headers: ReadonlyMap<string, Secret>;
  /** Accept a certificate that no authority signed. */
  readonly insecureTls: boolean;
}
