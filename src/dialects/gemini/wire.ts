import type {
  Candidate,
  Content,
  FinishReason,
  FunctionCallingConfig,
  FunctionCallingConfigMode,
  FunctionResponse,
  FunctionResponsePart,
  GenerateContentResponseUsageMetadata,
  GenerationConfig,
  ModalityTokenCount,
  Part,
  ThinkingConfig,
  Tool,
  ToolConfig,
} from '@google/genai';
import type { ThinkingLevel } from './models.ts';

/*
 * Bodies as they are on the wire, made of the types of Google's SDK. Where the SDK has an enum of TypeScript's, the
 * wire has its text, and where it has a class, an object with the same members; it has no type for a whole body, since
 * it makes bodies of its own `config`.
 */

type Members<Class> = { [Key in keyof Class]: Class[Key] };

export type WirePart = Omit<Part, 'functionResponse'> & { functionResponse?: WireFunctionResponse };

export type WireFunctionResponse = Omit<Members<FunctionResponse>, 'parts'> & { parts?: WireResponsePart[] };

export type WireResponsePart = Members<FunctionResponsePart>;

export type WireContent = Omit<Content, 'parts'> & { parts: WirePart[] };

export interface WireRequest {
  contents: WireContent[];
  systemInstruction?: WireContent;
  tools?: Tool[];
  toolConfig?: WireToolConfig;
  generationConfig?: WireGenerationConfig;
  serviceTier?: string;
}

export type WireToolConfig = Omit<ToolConfig, 'functionCallingConfig'> & {
  functionCallingConfig?: Omit<FunctionCallingConfig, 'mode'> & { mode: `${FunctionCallingConfigMode}` };
};

export type WireGenerationConfig = Omit<GenerationConfig, 'thinkingConfig'> & { thinkingConfig?: WireThinkingConfig };

export type WireThinkingConfig = Omit<ThinkingConfig, 'thinkingLevel'> & { thinkingLevel?: ThinkingLevel };

export interface WireAnswer {
  candidates: WireCandidate[];
  usageMetadata?: WireUsage;
  modelVersion: string;
  responseId: string;
}

export type WireCandidate = Omit<Candidate, 'finishReason' | 'content'> & {
  content: WireContent;
  finishReason?: `${FinishReason}`;
};

type Details = 'promptTokensDetails' | 'candidatesTokensDetails';
export type WireUsage = Omit<Members<GenerateContentResponseUsageMetadata>, Details> & {
  [Key in Details]?: WireModality[];
};

export type WireModality = Omit<Members<ModalityTokenCount>, 'modality'> & { modality: 'TEXT' | 'AUDIO' | 'IMAGE' };
