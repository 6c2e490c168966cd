import type { ParameterNames } from '../parameter-names.ts';

export const PARAMETERS: ParameterNames = {
  frequency_penalty: ['generationConfig.frequencyPenalty'],
  logprobs: ['generationConfig.responseLogprobs'],
  n: ['generationConfig.candidateCount'],
  presence_penalty: ['generationConfig.presencePenalty'],
  reasoning: ['generationConfig.thinkingConfig'],
  response_format: [
    'generationConfig.responseJsonSchema',
    'generationConfig._responseJsonSchema',
    'generationConfig.responseSchema',
    'generationConfig.responseMimeType',
  ],
  seed: ['generationConfig.seed'],
  service_tier: ['serviceTier'],
  stop: ['generationConfig.stopSequences'],
  temperature: ['generationConfig.temperature'],
  tool_choice: ['toolConfig.functionCallingConfig'],
  top_k: ['generationConfig.topK'],
  top_p: ['generationConfig.topP'],
};
