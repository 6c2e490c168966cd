/**
 * Where an upstream differs from its dialect's own provider, as data of its row in the table. Everything here is for
 * requests that are written anew; what passes through goes as it came.
 */
export interface ChatQuirks {
  /** The field for the limit of an answer's tokens. */
  readonly maxTokensField: 'max_tokens' | 'max_completion_tokens';
  readonly seedField: 'seed' | 'random_seed' | null;
  /** `system`: the role `developer` is not known. */
  readonly systemRole: 'system' | 'developer';
  /** Every system message must stand first, and there may be one. */
  readonly singleSystem: boolean;
  /** How thinking is asked for on the wire. */
  readonly reasoning:
    /** `reasoning_effort`. */
    | 'effort'
    /** `thinking: {type}`, with `reasoning_effort` beside it (DeepSeek, Moonshot, Z.ai). */
    | 'thinking-type'
    /** `enable_thinking` and `thinking_budget` (Alibaba, SiliconFlow). */
    | 'enable-thinking'
    /** `chat_template_kwargs.enable_thinking` (vLLM, SGLang, NVIDIA). */
    | 'chat-template'
    /** `reasoning: {effort | max_tokens}` (OpenRouter, Vercel). */
    | 'reasoning-object'
    | 'none';
  /** Models that can be asked to think; others are refused it. `null`: all, or they take no notice. */
  readonly thinkers: RegExp | null;
  /**
   * Whether the Responses API is asked to sum its thoughts up (`reasoning.summary`) for a client that only wants the
   * model to think. `asked`: for one alone that says that it wants to see them, since accounts that were not verified
   * are refused the whole request.
   */
  readonly summaries: 'always' | 'asked';
  /** What the model thought before its tool calls must be sent back as `reasoning_content`. */
  readonly echoesReasoning: boolean;
  /** Efforts that are taken, lowest first; the nearest one is sent. `null`: all. */
  readonly efforts: readonly string[] | null;
  /** `json-object`: schemas are not taken; the schema goes into the prompt. `none`: not even that. */
  readonly schemas: 'native' | 'json-object' | 'none';
  /** The word for a tool choice of `required`. `auto`: no other choice than that is taken (Z.ai). */
  readonly requiredChoice: 'required' | 'any' | 'auto';
  /** Behind results only the assistant speaks, and the beginning of an answer is marked with `prefix` (Mistral). */
  readonly strictTurns: boolean;
  /** Ids of tool calls must be nine letters or digits (Mistral). */
  readonly shortToolIds: boolean;
  /** Images by their address: fetched by the upstream, or only their bytes. `none`: no images at all. */
  readonly images: 'url' | 'inline' | 'none';
  readonly files: boolean;
  readonly audio: boolean;
  /** Whether it takes `stream_options.include_usage`. */
  readonly streamUsage: boolean;
  /** The highest temperature that is taken; a higher one is brought down to it. `null`: OpenAI's. */
  readonly maxTemperature: number | null;
  /** Fields of the request that are refused: `logit_bias`, `frequency_penalty`, `stop`, `n`, `seed`, `temperature`. */
  readonly refuses: readonly string[];
  /** `cache_control` on parts is understood (Anthropic's models behind OpenRouter and Alibaba). */
  readonly cacheMarks: boolean;
  /** Models that write `<think>` into the text are separated. */
  readonly thinkTags: boolean;
  /** Whose version of the dialect it is, where the body depends on it. */
  readonly flavour: 'plain' | 'google-cloud';
  /** Whose signatures and encrypted thoughts it reads: who has one name reads each other's. `null`: its own alone. */
  readonly statesOf: string | null;
}

/** An upstream that takes what OpenAI's own chat completions take. */
export const PLAIN_QUIRKS: ChatQuirks = {
  maxTokensField: 'max_tokens',
  seedField: 'seed',
  systemRole: 'system',
  singleSystem: false,
  reasoning: 'effort',
  thinkers: null,
  summaries: 'always',
  echoesReasoning: false,
  efforts: null,
  schemas: 'native',
  requiredChoice: 'required',
  strictTurns: false,
  shortToolIds: false,
  images: 'url',
  files: false,
  audio: false,
  streamUsage: true,
  maxTemperature: null,
  refuses: [],
  cacheMarks: false,
  thinkTags: false,
  flavour: 'plain',
  statesOf: null,
};
