import type { DialectId } from '../canonical/dialect-id.ts';
import type { ChatQuirks } from '../canonical/quirks.ts';
import type { CredentialHeader, PathRule, WireAddress } from '../canonical/target.ts';

/** How a provider lists its models. */
export interface ModelListing {
  /** Path below the API base, or a whole `https:` address: `/models`. */
  readonly path: string;
  /** `openai`: `{data: [{id}]}`; `array`: `[{id}]`; `gemini`: `{models: [{name}]}`; `ollama`: `{models: [{model}]}`. */
  readonly shape: 'openai' | 'array' | 'gemini' | 'ollama';
  /** The list is given without a credential. */
  readonly open: boolean;
  /** How the credential is put on this request; `null`: as on all others of the provider. */
  readonly credentialHeader: CredentialHeader | null;
  /** Further headers of this request (lower-case names), none secret. */
  readonly headers: Readonly<Record<string, string>>;
  /** What is dropped from the front of every listed id: `models/`. */
  readonly idPrefix: string;
}

/** An environment variable that moves the API base. */
export interface BaseVariable {
  readonly name: string;
  /** What is put behind its value, unless the value ends in it: `/v1`; empty where the value is the whole base. */
  readonly path: string;
}

/** An account of a cloud that signs requests where no key was given. */
export interface CloudSignIn {
  /** `aws`: its keys, or a bearer key of Bedrock; `google`: application default credentials. */
  readonly account: 'aws' | 'google';
  /** What AWS calls it in signatures; `null`: requests carry a token, not a signature. */
  readonly service: string | null;
  /** Hosts end in one of these: nothing is signed for any other. */
  readonly hosts: readonly string[];
  /** How to come by an account that can be used, for a person: `set … or run …`. */
  readonly hint: string;
}

/** The environment, as far as a row depends on it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What of a row can be another in another environment. */
export type RowShape = Partial<Pick<Provider, 'apiBase' | 'baseVariables' | 'pathRule' | 'alsoSpeaks'>>;

/** One row of the provider table. A provider is data: all that makes it differ from the others is a field here. */
export interface Provider {
  /** Short, stable, used in `id/model` names and in the ledger: `openai`. */
  readonly id: string;
  readonly displayName: string;
  readonly dialect: DialectId;
  /**
   * What is put before the dialect's path. No trailing slash. `{NAME}` is filled from the environment, `{A|B}` from
   * the first of the two that is set; the provider cannot be used while neither is.
   */
  readonly apiBase: string;
  readonly credentialHeader: CredentialHeader;
  /** Environment variables that hold its key, the first that is set counts. */
  readonly keyVariables: readonly string[];
  /** Beginnings of keys that are not for this use (administration, subscriptions of a vendor's own programs). */
  readonly refusedKeyPrefixes: readonly string[];
  /** Environment variables that move its API base, the first that is set counts. */
  readonly baseVariables: readonly BaseVariable[];
  /** Headers whose values come from environment variables, none secret: `openai-project` from `OPENAI_PROJECT_ID`. */
  readonly headerVariables: Readonly<Record<string, readonly string[]>>;
  /** `null`: it has no list of models; `knownModels` is all there is. */
  readonly modelListing: ModelListing | null;
  readonly knownModels: readonly string[];
  /**
   * Further dialects of it that are as faithful as the client's own bytes. `apiBase`: empty where it is the same, else
   * a path on the same host.
   */
  readonly alsoSpeaks: readonly WireAddress[];
  /** Where it differs from what others of its dialect take. */
  readonly quirks: ChatQuirks;
  /** Its id in the price data (`@pydantic/genai-prices`), if it is there. */
  readonly priceProvider: string | null;
  /** Further headers of every request (lower-case names), none secret. */
  readonly extraHeaders: Readonly<Record<string, string>>;
  /** `null`: its dialect's own paths. */
  readonly pathRule: PathRule | null;
  /** What the environment makes of the row; `null`: nothing. */
  readonly shapedBy: ((env: Environment) => RowShape) | null;
  /** `null`: it takes a key and nothing else. */
  readonly signIn: CloudSignIn | null;
}
