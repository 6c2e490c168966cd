import type { ParameterNames } from '../parameter-names.ts';

export const PARAMETERS: ParameterNames = {
  frequency_penalty: ['options.frequency_penalty'],
  presence_penalty: ['options.presence_penalty'],
  reasoning: ['think'],
  response_format: ['format'],
  seed: ['options.seed'],
  stop: ['options.stop'],
  temperature: ['options.temperature'],
  top_k: ['options.top_k'],
  top_p: ['options.top_p'],
};
