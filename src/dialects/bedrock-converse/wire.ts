import type { JsonObject } from '../../canonical/parts.ts';

/**
 * Bodies of Bedrock's Converse as far as they are written here
 * (docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html). AWS's own types come with the SDK for
 * it, which is not among our packages. Bytes are base64.
 */
export interface ConverseBody {
  system?: SystemBlock[];
  messages: Turn[];
  inferenceConfig?: InferenceConfig;
  toolConfig?: ToolConfig;
  additionalModelRequestFields?: JsonObject;
  /** JSON pointers into the model's own answer. */
  additionalModelResponseFieldPaths?: string[];
  serviceTier?: { type: string };
}

export interface InferenceConfig {
  maxTokens?: number;
  /** 0 to 1. */
  temperature?: number;
  topP?: number;
  stopSequences?: string[];
}

export interface Turn {
  role: 'user' | 'assistant';
  content: Block[];
}

export type SystemBlock = { text: string } | CachePoint;

export interface CachePoint {
  cachePoint: { type: 'default'; ttl?: '1h' };
}

export type MediaBytes = { bytes: string } | { s3Location: { uri: string } };
export type MediaBlock =
  | { image: { format: string; source: MediaBytes } }
  | { document: { format: string; name: string; source: MediaBytes } }
  | { video: { format: string; source: MediaBytes } }
  | { audio: { format: string; source: MediaBytes } };

export type ReasoningBlock = {
  reasoningContent: { reasoningText: { text: string; signature: string } } | { redactedContent: string };
};

export interface ToolResultBlock {
  toolResult: { toolUseId: string; content: ResultBlock[]; status?: 'success' | 'error' };
}

export interface ToolUseBlock {
  toolUse: { toolUseId: string; name: string; input: JsonObject };
}

export type ResultBlock = { text: string } | MediaBlock;
export type Block = { text: string } | MediaBlock | ReasoningBlock | ToolUseBlock | ToolResultBlock | CachePoint;

export interface ToolSpec {
  toolSpec: { name: string; description?: string; inputSchema: { json: JsonObject } };
}

export type ToolChoiceBlock =
  { auto: Record<string, never> } | { any: Record<string, never> } | { tool: { name: string } };

export interface ToolConfig {
  tools: (ToolSpec | CachePoint)[];
  toolChoice?: ToolChoiceBlock;
}
