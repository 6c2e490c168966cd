import type { CredentialHeader, DialectId } from '../canonical/target.ts';

/** How a provider lists its models. */
export interface ModelListing {
  /** Path below the API base, or a whole `https:` address: `/models`. */
  readonly path: string;
  /** `openai`: `{data: [{id}]}`; `array`: `[{id}]`; `gemini`: `{models: [{name: "models/x"}]}`; `ollama`: `{models: [{model}]}`. */
  readonly shape: 'openai' | 'array' | 'gemini' | 'ollama';
  /** The list is given without a credential. */
  readonly open: boolean;
}

/** One row of the provider table. A provider is data: everything that makes it differ from the others is a field here. */
export interface Provider {
  /** Short, stable, used in `id/model` names and in the ledger: `openai`. */
  readonly id: string;
  readonly displayName: string;
  readonly dialect: DialectId;
  /** What is put before `/chat/completions`. No trailing slash. `{NAME}` is filled from the environment. */
  readonly apiBase: string;
  readonly credentialHeader: CredentialHeader;
  /** Environment variables that hold its key, the first that is set counts. */
  readonly keyVariables: readonly string[];
  /** Environment variables that move its API base. */
  readonly baseVariables: readonly string[];
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
