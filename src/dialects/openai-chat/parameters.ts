import type { ParameterNames } from '../parameter-names.ts';

/** The header's names are OpenAI's: here are the fields that have several, and those of servers that imitate it. */
export const PARAMETERS: ParameterNames = {
  reasoning: ['reasoning_effort', 'reasoning', 'thinking', 'enable_thinking', 'thinking_budget'],
  response_format: ['response_format'],
  seed: ['seed', 'random_seed'],
  stop: ['stop', 'stop_sequences'],
  user: ['user', 'safety_identifier'],
  tool_choice: ['tool_choice', 'function_call'],
};
