import type { DialectId } from './dialect-id.ts';
import type { GatewayError } from './errors.ts';
import type { AssistantPart, CarriedState, JsonObject } from './parts.ts';
import type { Usage } from './usage.ts';

export type FinishReason =
  | 'stop'
  /** The limit of tokens, or the end of the context. */
  | 'length'
  | 'tool_calls'
  /** Safety, recitation, refusal: the provider held the answer back or cut it off. */
  | 'content_filter';

export interface Finish {
  readonly reason: FinishReason;
  /** The provider's own word for it. */
  readonly raw: string | null;
  /** The stop sequence that ended it, where the provider says which. */
  readonly stopSequence: string | null;
  /** What the provider says about a refusal, for a person. */
  readonly detail: string | null;
}

/** Where something in the text comes from. Positions count characters of the text part; `null`: not told. */
export interface Citation {
  readonly url: string | null;
  readonly title: string | null;
  readonly citedText: string | null;
  readonly start: number | null;
  readonly end: number | null;
  /** As it came, for the dialect that it came in. */
  readonly raw: { readonly origin: DialectId; readonly value: JsonObject };
}

/** One token with its log probability, as OpenAI writes it. */
export interface TokenLogprob {
  readonly token: string;
  readonly logprob: number;
  readonly bytes: readonly number[] | null;
  readonly top: readonly {
    readonly token: string;
    readonly logprob: number;
    readonly bytes: readonly number[] | null;
  }[];
}

/**
 * An answer as it comes, piece by piece; a whole answer is the same pieces at once. The order:
 * `start` once, first; then the content; `finish` once at the end of the content; `usage` anywhere, the last one counts
 * (its numbers are totals, never to be added up). Nothing but `usage` comes after `finish`. `error` ends everything.
 *
 * A `text`, `reasoning` or `refusal` piece goes on with the part before it if that was of the same type and no
 * `part_end` came between them. Tool calls may overlap: their pieces say which call they belong to.
 */
export type AnswerEvent =
  /** `null`: the upstream does not say. `id`: the upstream's id of the answer. */
  | { readonly type: 'start'; readonly id: string | null; readonly model: string | null }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'reasoning'; readonly text: string }
  | { readonly type: 'refusal'; readonly text: string }
  /**
   * State of the open `reasoning` or `text` part, which it ends. Where none is open, a part of its own: `on:
   * 'reasoning'` one with an empty text (thoughts that are kept secret), `on: 'text'` an empty text (Gemini signs
   * such).
   */
  | { readonly type: 'state'; readonly on: 'reasoning' | 'text'; readonly state: CarriedState }
  | { readonly type: 'citation'; readonly citation: Citation }
  | { readonly type: 'logprobs'; readonly tokens: readonly TokenLogprob[] }
  /** Ends the open text, reasoning or refusal. */
  | { readonly type: 'part_end' }
  /** `call`: 0, 1, 2 … in the order in which calls begin. */
  | {
      readonly type: 'tool_call';
      readonly call: number;
      readonly id: string;
      readonly name: string;
      readonly kind: 'function' | 'custom';
      readonly state: CarriedState | null;
    }
  /** A piece of a call's arguments, never empty. */
  | { readonly type: 'tool_arguments'; readonly call: number; readonly text: string }
  /** All arguments of a call have come. Every call has one, before `finish`. */
  | { readonly type: 'tool_call_end'; readonly call: number }
  /** An image that the model made. `data`: base64. */
  | { readonly type: 'image'; readonly mediaType: string; readonly data: string }
  | { readonly type: 'foreign'; readonly origin: DialectId; readonly value: JsonObject }
  | { readonly type: 'usage'; readonly usage: Usage }
  | { readonly type: 'finish'; readonly finish: Finish }
  | { readonly type: 'error'; readonly error: GatewayError };

/** A whole answer: its events folded. */
export interface CanonicalAnswer {
  readonly id: string | null;
  readonly model: string | null;
  readonly content: readonly AnswerPart[];
  readonly usage: Usage | null;
  /** `null`: it never came to its end. */
  readonly finish: Finish | null;
  /** `null`: none were given. */
  readonly logprobs: readonly TokenLogprob[] | null;
}

/** A part of an answer; a text carries its citations. */
export type AnswerPart = { readonly part: AssistantPart; readonly citations: readonly Citation[] };
