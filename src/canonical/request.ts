import type { DialectId } from './dialect-id.ts';
import type { AssistantPart, CacheMark, JsonObject, ResultPart, TextPart, UserPart } from './parts.ts';

/** One result of a tool that the client ran. */
export interface ToolResult {
  readonly callId: string;
  /** The tool's name, where the dialect says it. */
  readonly name: string | null;
  readonly content: readonly ResultPart[];
  /** `null`: the dialect cannot say. */
  readonly isError: boolean | null;
  readonly cache: CacheMark | null;
}

/** Whoever speaks, in the order in which it was said. Two messages of one role may follow each other. */
export type Message =
  | { readonly role: 'system'; readonly content: readonly TextPart[] }
  | { readonly role: 'user'; readonly content: readonly UserPart[] }
  | { readonly role: 'assistant'; readonly content: readonly AssistantPart[] }
  /** Answers to the calls of the assistant's message before it. */
  | { readonly role: 'tool'; readonly results: readonly ToolResult[] };

export type Tool = FunctionTool | CustomTool | ProviderTool;

export interface FunctionTool {
  readonly kind: 'function';
  /** As the model sees it. */
  readonly name: string;
  readonly description: string | null;
  /** JSON Schema; `null`: takes no arguments. */
  readonly parameters: JsonObject | null;
  readonly strict: boolean | null;
  /** The group that OpenAI's Responses puts it in, and its name there; `null`: none. */
  readonly namespace: { readonly name: string; readonly localName: string } | null;
  readonly cache: CacheMark | null;
}

/** Its argument is any text, not JSON. */
export interface CustomTool {
  readonly kind: 'custom';
  readonly name: string;
  readonly description: string | null;
  /** The grammar, as OpenAI writes it; `null`: free text. */
  readonly format: JsonObject | null;
}

/** A tool that a provider runs itself: passed to that dialect, left out by all others. */
export interface ProviderTool {
  readonly kind: 'provider';
  readonly origin: DialectId;
  /** What to call it in `x-llmgw-dropped`: `web_search`. */
  readonly name: string;
  readonly definition: JsonObject;
}

export type ToolChoice =
  | { readonly kind: 'auto' }
  | { readonly kind: 'none' }
  | { readonly kind: 'required' }
  | { readonly kind: 'tool'; readonly name: string }
  /** Any of these; `required`: one of them must be called. */
  | { readonly kind: 'allowed'; readonly names: readonly string[]; readonly required: boolean };

/** The form of the answer's text; plain text is `null`. */
export type OutputFormat =
  /** Any JSON object. */
  | { readonly kind: 'json' }
  | {
      readonly kind: 'schema';
      readonly schema: JsonObject;
      readonly name: string | null;
      readonly description: string | null;
      readonly strict: boolean | null;
    };

export const EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;
export type Effort = (typeof EFFORTS)[number];

/** How much the model is to think; each field `null` where the request does not say. */
export interface ReasoningWish {
  /** `none`: not at all. */
  readonly effort: Effort | null;
  /** Tokens that thinking may take. */
  readonly budgetTokens: number | null;
  /** Whether the client wants to see the thoughts, or what sums them up. */
  readonly shown: boolean | null;
}

export interface Sampling {
  /** 0 to 2, as OpenAI has it. */
  readonly temperature: number | null;
  readonly topP: number | null;
  readonly topK: number | null;
  readonly seed: number | null;
  readonly frequencyPenalty: number | null;
  readonly presencePenalty: number | null;
}

/** A request for an answer of a chat model, in no dialect. `null`: the request does not say. */
export interface CanonicalRequest {
  readonly model: string;
  readonly stream: boolean;
  /** A stream's client wants to be told the usage; dialects that always tell it say `true`. */
  readonly streamUsage: boolean;
  readonly messages: readonly Message[];
  readonly tools: readonly Tool[];
  readonly toolChoice: ToolChoice | null;
  readonly parallelToolCalls: boolean | null;
  readonly output: OutputFormat | null;
  readonly reasoning: ReasoningWish | null;
  readonly sampling: Sampling;
  readonly maxOutputTokens: number | null;
  readonly stop: readonly string[];
  /** How many answers; 1 and more. */
  readonly choiceCount: number;
  /** Log probabilities of the answer's tokens, and of how many others at each place (0: none). */
  readonly logprobs: { readonly top: number } | null;
  /** How long the text is to be: `low`, `medium`, `high`. */
  readonly verbosity: string | null;
  /** An id of the end user that the provider may see. */
  readonly user: string | null;
  /** Requests with the same key find each other's prompt cache. */
  readonly cacheKey: string | null;
  readonly serviceTier: string | null;
  /** Fields of the body that the dialect it came in knows and no other has a word for, as they stood there. */
  readonly extras: { readonly origin: DialectId; readonly fields: JsonObject };
}

export const NO_SAMPLING: Sampling = {
  temperature: null,
  topP: null,
  topK: null,
  seed: null,
  frequencyPenalty: null,
  presencePenalty: null,
};

/** A request that says nothing but its model, in this dialect; decoders and tests begin with it. */
export function emptyRequest(model: string, origin: DialectId): CanonicalRequest {
  return {
    model,
    stream: false,
    streamUsage: false,
    messages: [],
    tools: [],
    toolChoice: null,
    parallelToolCalls: null,
    output: null,
    reasoning: null,
    sampling: NO_SAMPLING,
    maxOutputTokens: null,
    stop: [],
    choiceCount: 1,
    logprobs: null,
    verbosity: null,
    user: null,
    cacheKey: null,
    serviceTier: null,
    extras: { origin, fields: {} },
  };
}
