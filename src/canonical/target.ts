import type { Secret } from '../std/secret.ts';
import type { Locality } from './model.ts';

/** The dialects that an upstream can be spoken to in. */
export type DialectId = 'openai-chat';

/** How a credential is put on a request. */
export type CredentialHeader =
  | { readonly kind: 'bearer' }
  /** The key alone, as the value of this header (lower case). */
  | { readonly kind: 'header'; readonly name: string };

/** Where requests for a provider or a model server go, and what they carry. */
export interface Endpoint {
  /** The name of the server or provider: `ollama`, `gpu-box`, `openai`. */
  readonly provider: string;
  readonly dialect: DialectId;
  /** What is put before `/chat/completions`. No trailing slash. */
  readonly apiBase: string;
  readonly locality: Locality;
  readonly credential: Secret | null;
  readonly credentialHeader: CredentialHeader;
  /** Further headers of this provider (lower-case names), none of them secret. */
  readonly extraHeaders: Readonly<Record<string, string>>;
  /** Whether it takes `stream_options.include_usage`; where not, it is never sent. */
  readonly takesStreamUsage: boolean;
  /** The provider's id in the price data; `null`: not in it. */
  readonly priceProvider: string | null;
  /** Accept a certificate that no authority signed: only for servers that the config says it of. */
  readonly insecureTls: boolean;
}

/** One place that can answer a request. */
export interface Target {
  /** `provider/model`, as in the ledger and in `x-llmgw-model`. */
  readonly name: string;
  /** The id that the upstream knows the model by. */
  readonly model: string;
  /** `network`: sent to `endpoint`; `demo`: answered by the built-in `demo/echo`. */
  readonly via: { readonly kind: 'network'; readonly endpoint: Endpoint } | { readonly kind: 'demo' };
  readonly locality: Locality;
  /** Why this target was chosen, in a few words for a person. */
  readonly reason: string;
}
