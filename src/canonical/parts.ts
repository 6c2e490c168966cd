import type { DialectId } from './dialect-id.ts';

/** A JSON object before its members are believed. */
export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Something of a model's that only the dialect it came in can read, bound to that model, and that has to come back
 * with the next request: Anthropic's `signature` and `redacted_thinking`, OpenAI's `encrypted_content`, Gemini's
 * `thoughtSignature`.
 */
export interface CarriedState {
  readonly origin: DialectId;
  /** Exactly as it came; where one dialect has several kinds, as that dialect's folder writes them. */
  readonly data: string;
}

/** Until here the prompt is to be cached, for five minutes or an hour. */
export type CacheMark = '5m' | '1h';

/** Where the bytes of an image, a file or a sound are. */
export type MediaSource =
  /** `data`: base64 without a prefix. */
  | { readonly kind: 'base64'; readonly mediaType: string; readonly data: string }
  /** `mediaType`: `null`: nobody says. */
  | { readonly kind: 'url'; readonly url: string; readonly mediaType: string | null }
  /** Uploaded to the provider before; the id means something in this dialect only. */
  | { readonly kind: 'uploaded'; readonly origin: DialectId; readonly id: string; readonly mediaType: string | null }
  /** A document that is plain text. */
  | { readonly kind: 'text'; readonly text: string };

export interface TextPart {
  readonly type: 'text';
  readonly text: string;
  readonly cache: CacheMark | null;
  /** Gemini signs text as well. */
  readonly state: CarriedState | null;
}

export interface ImagePart {
  readonly type: 'image';
  readonly source: MediaSource;
  /** `low`, `high`, `auto` and what comes after them. */
  readonly detail: string | null;
  readonly cache: CacheMark | null;
}

/** A document: PDF, text, and whatever else an upstream reads. */
export interface FilePart {
  readonly type: 'file';
  readonly source: MediaSource;
  readonly filename: string | null;
  readonly cache: CacheMark | null;
}

export interface AudioPart {
  readonly type: 'audio';
  readonly source: MediaSource;
  readonly cache: CacheMark | null;
}

export interface VideoPart {
  readonly type: 'video';
  readonly source: MediaSource;
  readonly cache: CacheMark | null;
}

/** What a model thought before it answered. */
export interface ReasoningPart {
  readonly type: 'reasoning';
  /** Empty where the provider keeps it to itself. */
  readonly text: string;
  readonly state: CarriedState | null;
}

export interface ToolCallPart {
  readonly type: 'tool_call';
  readonly id: string;
  readonly name: string;
  /**
   * `function`: JSON text of an object, `{}` where there are none, and exactly what the model wrote where that is no
   * JSON; `custom`: any text.
   */
  readonly arguments: string;
  readonly kind: 'function' | 'custom';
  readonly state: CarriedState | null;
  readonly cache: CacheMark | null;
}

/** The model declined to answer. */
export interface RefusalPart {
  readonly type: 'refusal';
  readonly text: string;
}

/**
 * A piece that one dialect alone knows (a tool that the provider ran itself and its result): kept as it is for that
 * dialect, left out by all others.
 */
export interface ForeignPart {
  readonly type: 'foreign';
  readonly origin: DialectId;
  readonly value: JsonObject;
}

export type UserPart = TextPart | ImagePart | FilePart | AudioPart | VideoPart | ForeignPart;
export type AssistantPart = TextPart | ReasoningPart | ToolCallPart | RefusalPart | ImagePart | ForeignPart;
export type ResultPart = TextPart | ImagePart | FilePart | ForeignPart;

/** The constructors of the parts that are made everywhere. */
export function textPart(text: string, cache: CacheMark | null = null, state: CarriedState | null = null): TextPart {
  return { type: 'text', text, cache, state };
}

export function reasoningPart(text: string, state: CarriedState | null = null): ReasoningPart {
  return { type: 'reasoning', text, state };
}
