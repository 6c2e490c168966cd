import type { ParameterNames } from '../parameter-names.ts';

export const PARAMETERS: ParameterNames = {
  logprobs: ['top_logprobs', 'include'],
  reasoning: ['reasoning'],
  response_format: ['text.format'],
  user: ['safety_identifier', 'user'],
  verbosity: ['text.verbosity'],
};
