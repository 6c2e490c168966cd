/** What Gemini, or the model that is asked, has no words for: the names of `x-llmgw-dropped`. */
export const DROPPED_NAMES = [
  'frequency_penalty',
  'image_detail',
  'logprobs',
  'n',
  'parallel_tool_calls',
  'prefill',
  'presence_penalty',
  'reasoning',
  'response_format',
  'seed',
  'service_tier',
  'stop',
  'temperature',
  'tools.strict',
  'top_k',
  'top_p',
  'user',
  'verbosity',
] as const;

export type DroppedName = (typeof DROPPED_NAMES)[number] | `tools.${string}`;
/** Collects what is left out. */
export type Drop = (name: DroppedName) => void;
