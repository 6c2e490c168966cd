import type { Secret } from '../std/secret.ts';
import type { DialectId } from './dialect-id.ts';
import type { Capability, Locality } from './model.ts';
import type { ChatQuirks } from './quirks.ts';
import type { RequestSigner } from './signing.ts';

/** An address of an upstream, and the wire format that is spoken there. */
export interface WireAddress {
  readonly dialect: DialectId;
  /** What is put before the dialect's path: `/chat/completions`, `/messages`. No trailing slash. */
  readonly apiBase: string;
  /** Which models may be asked there; absent: all. */
  readonly models?: RegExp;
  /** Which models may be asked there and at no other address; absent: none. */
  readonly onlyPlaceOf?: RegExp;
  /** Where a body is written anew: which models are asked there though they are at the endpoint's own; absent: none. */
  readonly betterFor?: RegExp;
  /** Absent: as at the endpoint's own address. */
  readonly credentialHeader?: CredentialHeader;
  /** Further headers of this address (lower-case names), none of them secret. */
  readonly extraHeaders?: Readonly<Record<string, string>>;
}

/** How a credential is put on a request. */
export type CredentialHeader =
  | { readonly kind: 'bearer' }
  /** The key alone, as the value of this header (lower case). */
  | { readonly kind: 'header'; readonly name: string };

/**
 * The path of a provider that has paths of its own, made of the dialect's (`path`); both are below the API base, and
 * may have a query.
 */
export type PathRule = (asked: { readonly path: string; readonly model: string; readonly stream: boolean }) => string;

/** Where requests for a provider or a model server go, and what they carry. */
export interface Endpoint {
  /** The name of the server or provider: `ollama`, `gpu-box`, `openai`. */
  readonly provider: string;
  /** What it is spoken to in where the client's own dialect is none of its. */
  readonly dialect: DialectId;
  /** What is put before the dialect's path. No trailing slash. */
  readonly apiBase: string;
  /** Further dialects of it that are as faithful as the client's bytes: those pass through. */
  readonly alsoSpeaks: readonly WireAddress[];
  /** `null`: the dialect's own paths. */
  readonly pathRule: PathRule | null;
  readonly quirks: ChatQuirks;
  readonly locality: Locality;
  readonly credential: Secret | null;
  readonly credentialHeader: CredentialHeader;
  /** Adds what proves the sender where that is more than a key; `null`: nothing is. */
  readonly signer: RequestSigner | null;
  /** Further headers of this provider (lower-case names), none of them secret. */
  readonly extraHeaders: Readonly<Record<string, string>>;
  /** Headers of the account's own (lower-case names), which go before any other of their name; absent: none. */
  readonly secretHeaders?: ReadonlyMap<string, Secret>;
  /** The provider's id in the price data; `null`: not in it. */
  readonly priceProvider: string | null;
  /** Accept a certificate that no authority signed: only for servers that the config says it of. */
  readonly insecureTls: boolean;
}

/** How many tokens a model takes, where it is known. */
export interface ModelLimits {
  /** Of one answer. */
  readonly maxOutputTokens: number | null;
  /** Of prompt and answer together, the most that it can be made to take. */
  readonly contextTokens: number | null;
  /** Of the context that it is loaded with now; `null`: it is not loaded, or its server does not say. */
  readonly loadedContextTokens: number | null;
}

export const UNKNOWN_LIMITS: ModelLimits = { maxOutputTokens: null, contextTokens: null, loadedContextTokens: null };

/** One place that can answer a request. */
export interface Target {
  /** `provider/model`, as in the ledger and in `x-llmgw-model`. */
  readonly name: string;
  /** The id that the upstream knows the model by. */
  readonly model: string;
  /** `network`: sent to `endpoint`; `demo`: answered by the built-in `demo/echo`. */
  readonly via: { readonly kind: 'network'; readonly endpoint: Endpoint } | { readonly kind: 'demo' };
  readonly locality: Locality;
  readonly limits: ModelLimits;
  /** What its server says that the model can do; `null`: nobody says. */
  readonly capabilities: readonly Capability[] | null;
  /** Why this target was chosen, in a few words for a person. */
  readonly reason: string;
}
