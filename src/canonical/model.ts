import type { Secret } from '../std/secret.ts';

/** `audio`, `vision`: it hears and sees; what it makes besides text is `speech`, `image` and `video`. */
export const CAPABILITIES = [
  'chat',
  'completion',
  'embedding',
  'tools',
  'vision',
  'thinking',
  'audio',
  'image',
  'speech',
  'transcription',
  'moderation',
  'rerank',
  'video',
  'realtime',
] as const;
export type Capability = (typeof CAPABILITIES)[number];

/** Local: its server runs it, on this machine or on one that the config calls local. Everything else is cloud. */
export type Locality = 'local' | 'cloud';

/** What is known of a model, whoever runs it. `null`: nobody says, and nothing is made up. */
export interface ModelFacts {
  readonly capabilities: readonly Capability[] | null;
  /** Tokens that fit. */
  readonly contextLength: number | null;
  /** Tokens of one answer. */
  readonly maxOutputTokens: number | null;
  /** Seconds since 1970. */
  readonly createdAt: number | null;
}

export const UNKNOWN_FACTS: ModelFacts = {
  capabilities: null,
  contextLength: null,
  maxOutputTokens: null,
  createdAt: null,
};

/** What a model server tells about one of its models. `null` and absent capabilities: the server does not say. */
export interface ServedModel {
  /** The exact id that the server takes in `model`. */
  readonly id: string;
  readonly locality: Locality;
  /** `null`: the server reports no capabilities; an empty list never occurs. */
  readonly capabilities: readonly Capability[] | null;
  /** Tokens that fit: the effective context where the model is loaded and the server tells, else the trained one. */
  readonly contextLength: number | null;
  /** The trained context of a model that is loaded with a smaller one, where its server tells both. */
  readonly trainedContextLength?: number;
  /** Bytes of memory that each token of its context takes, where that can be worked out. */
  readonly contextBytesPerToken?: number;
  /** Of a model that is loaded: how much of it is in a GPU's memory, where its server tells. */
  readonly gpuBytes?: number;
  readonly sizeBytes: number | null;
  /** As the server writes it: `8.2B`. */
  readonly parameterSize: string | null;
  /** As the server writes it: `Q4_K_M`. */
  readonly quantization: string | null;
  readonly loaded: boolean | null;
  /** Seconds since 1970, as `/v1/models` gives it. */
  readonly createdAt: number | null;
}

/**
 * The kinds of model server that discovery tells apart; `openai-compatible` is one that speaks the dialect and is none
 * of the others.
 */
export const SERVER_KINDS = [
  'ollama',
  'lmstudio',
  'llama.cpp',
  'vllm',
  'sglang',
  'tgi',
  'localai',
  'jan',
  'docker-model-runner',
  'koboldcpp',
  'text-generation-webui',
  'mlx',
  'lemonade',
  'gpt4all',
  'foundry-local',
  'llama-swap',
  'osaurus',
  'omlx',
  'lmdeploy',
  'llama-cpp-python',
  'transformers',
  'litellm',
  'openai-compatible',
] as const;
export type ServerKind = (typeof SERVER_KINDS)[number];

/** A model server that was found, or that the config names, as it was last seen. */
export interface ModelServer {
  /** Unique and stable: the config's name, the kind, or `kind-port` on another than the kind's default port. */
  readonly name: string;
  readonly kind: ServerKind;
  /** Scheme, host and port, no trailing slash: `http://127.0.0.1:11434`. */
  readonly origin: string;
  /** What is put before `/chat/completions`: `http://127.0.0.1:11434/v1`. No trailing slash. */
  readonly apiBase: string;
  readonly version: string | null;
  readonly apiKey: Secret | null;
  /** Accept a certificate that no authority signed: the config says so of this server. */
  readonly insecureTls: boolean;
  readonly locality: Locality;
  /** `ready`; `locked`: it answers, and wants a key; `down`: named in the config and not answering. */
  readonly state: 'ready' | 'locked' | 'down';
  /** One sentence for a person when the state is not `ready`. */
  readonly problem: string | null;
  readonly models: readonly ServedModel[];
  readonly fromConfig: boolean;
  /**
   * Of one that is `down`: something answers there, which lists no models. The config may know what it has, and only a
   * request tells whether it answers.
   */
  readonly mayAnswer?: boolean;
}
