import type { ParameterNames } from '../parameter-names.ts';

export const PARAMETERS: ParameterNames = {
  parallel_tool_calls: ['tool_choice.disable_parallel_tool_use'],
  reasoning: ['thinking', 'output_config.effort'],
  response_format: ['output_config.format', 'output_format'],
  stop: ['stop_sequences'],
  user: ['metadata.user_id'],
};
