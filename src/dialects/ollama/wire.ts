import type { ChatRequest, Message, Options } from 'ollama';
import type { JsonObject } from '../../canonical/parts.ts';

/**
 * Bodies of Ollama's native API. The npm package (0.6.4) declares less than the server reads (`api/types.go` of
 * 0.34.0): it lacks `truncate`, the id of tool calls and of their results, and `think: "max"`.
 */
export interface ChatBody extends Omit<ChatRequest, 'messages' | 'stream' | 'think' | 'tools' | 'options'> {
  readonly messages: readonly WireMessage[];
  /** `true` where it is absent. */
  readonly stream: boolean;
  /** `false`: a prompt that is too long is an error; otherwise its oldest messages are left out silently. */
  readonly truncate: boolean;
  readonly think?: Think;
  readonly tools?: readonly WireTool[];
  readonly options?: Partial<Options> & JsonObject;
}

export interface WireMessage extends Omit<Message, 'images' | 'tool_calls'> {
  /** Base64 without a prefix. */
  readonly images?: readonly string[];
  readonly tool_calls?: readonly WireToolCall[];
  readonly tool_call_id?: string;
}

export interface WireToolCall {
  readonly id: string;
  readonly function: { readonly index: number; readonly name: string; readonly arguments: JsonObject };
}

export interface WireTool {
  readonly type: 'function';
  readonly function: {
    readonly name: string;
    readonly description?: string;
    /** The package's type knows a few keywords of JSON Schema only. */
    readonly parameters: JsonObject;
  };
}

export const THINK_LEVELS = ['low', 'medium', 'high', 'max'] as const;
export type ThinkLevel = (typeof THINK_LEVELS)[number];
export type Think = boolean | ThinkLevel;
