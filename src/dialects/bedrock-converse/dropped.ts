/**
 * What Converse has no words for, by the names of `x-llmgw-dropped`; besides, `tools.NAME` of a tool that another
 * provider runs itself, and the names of fields that only the client's own dialect knows.
 */
export const DROPPED_NAMES = [
  'cache_control',
  'frequency_penalty',
  'image_detail',
  'logprobs',
  'n',
  'parallel_tool_calls',
  'presence_penalty',
  'reasoning',
  'response_format',
  'seed',
  'service_tier',
  'stop',
  'temperature',
  'tool_choice',
  'tools.strict',
  'top_k',
  'top_p',
  'user',
  'verbosity',
] as const;
export type DroppedName = (typeof DROPPED_NAMES)[number] | `tools.${string}`;

/** What one request loses, each name once. */
export type Dropped = Set<DroppedName>;
