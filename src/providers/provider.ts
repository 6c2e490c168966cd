import type { CredentialHeader, DialectId } from '../canonical/target.ts';

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

/** One row of the provider table. A provider is data: all that makes it differ from the others is a field here. */
export interface Provider {
  /** Short, stable, used in `id/model` names and in the ledger: `openai`. */
  readonly id: string;
  readonly displayName: string;
  readonly dialect: DialectId;
  /**
   * What is put before `/chat/completions`. No trailing slash. `{NAME}` is filled from the environment, `{A|B}` from
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
  /** Whether it takes `stream_options.include_usage`. */
  readonly takesStreamUsage: boolean;
  /** Its id in the price data (`@pydantic/genai-prices`), if it is there. */
  readonly priceProvider: string | null;
  /** Further headers of every request (lower-case names), none secret. */
  readonly extraHeaders: Readonly<Record<string, string>>;
}
