import type { Provider } from './provider.ts';
import { OPENAI_LISTING, providerRow } from './provider-row.ts';

/** Providers that serve models which others made. */
export const HOSTS: readonly Provider[] = [
  // Unknown fields are a 400, as are these (console.groq.com/docs/openai). Qwen's models think in the text, and know no
  // effort but `none` and `default` (console.groq.com/docs/reasoning).
  providerRow({
    id: 'groq',
    displayName: 'Groq',
    apiBase: 'https://api.groq.com/openai/v1',
    keyVariables: ['GROQ_API_KEY'],
    priceProvider: 'groq',
    quirks: {
      efforts: ['low', 'medium', 'high'],
      thinkers: /gpt-oss/,
      thinkTags: true,
      refuses: ['logprobs', 'logit_bias', 'top_k', 'service_tier', 'prompt_cache_key', 'verbosity'],
    },
  }),
  providerRow({
    id: 'togetherai',
    displayName: 'Together AI',
    apiBase: 'https://api.together.xyz/v1',
    keyVariables: ['TOGETHER_API_KEY', 'TOGETHER_AI_API_KEY'],
    modelListing: { ...OPENAI_LISTING, shape: 'array' },
    priceProvider: 'together',
    quirks: { efforts: ['low', 'medium', 'high'] },
  }),
  providerRow({
    id: 'fireworks',
    displayName: 'Fireworks AI',
    apiBase: 'https://api.fireworks.ai/inference/v1',
    keyVariables: ['FIREWORKS_API_KEY'],
    priceProvider: 'fireworks',
  }),
  // Fields that a model does not know are a 422.
  providerRow({
    id: 'nvidia',
    displayName: 'NVIDIA NIM',
    apiBase: 'https://integrate.api.nvidia.com/v1',
    keyVariables: ['NVIDIA_API_KEY', 'NVIDIA_NIM_API_KEY'],
    quirks: {
      reasoning: 'chat-template',
      refuses: ['user', 'service_tier', 'prompt_cache_key', 'verbosity', 'parallel_tool_calls'],
    },
  }),
  providerRow({
    id: 'huggingface',
    displayName: 'Hugging Face Inference Providers',
    apiBase: 'https://router.huggingface.co/v1',
    keyVariables: ['HF_TOKEN', 'HUGGING_FACE_HUB_TOKEN', 'HUGGINGFACE_API_KEY'],
  }),
  // These fields are a 400 (its documentation on compatibility with OpenAI).
  providerRow({
    id: 'cerebras',
    displayName: 'Cerebras',
    apiBase: 'https://api.cerebras.ai/v1',
    keyVariables: ['CEREBRAS_API_KEY'],
    priceProvider: 'cerebras',
    quirks: {
      refuses: ['frequency_penalty', 'presence_penalty', 'logit_bias', 'parallel_tool_calls', 'service_tier', 'top_k'],
    },
  }),
  providerRow({
    id: 'sambanova',
    displayName: 'SambaNova Cloud',
    apiBase: 'https://api.sambanova.ai/v1',
    keyVariables: ['SAMBANOVA_API_KEY'],
  }),
  providerRow({
    id: 'deepinfra',
    displayName: 'DeepInfra',
    apiBase: 'https://api.deepinfra.com/v1/openai',
    keyVariables: ['DEEPINFRA_API_KEY', 'DEEPINFRA_TOKEN'],
  }),
  providerRow({
    id: 'nebius',
    displayName: 'Nebius Token Factory',
    apiBase: 'https://api.tokenfactory.nebius.com/v1',
    keyVariables: ['NEBIUS_API_KEY'],
  }),
  providerRow({
    id: 'novita',
    displayName: 'Novita',
    apiBase: 'https://api.novita.ai/openai',
    keyVariables: ['NOVITA_API_KEY'],
    priceProvider: 'novita',
  }),
  providerRow({
    id: 'hyperbolic',
    displayName: 'Hyperbolic',
    apiBase: 'https://api.hyperbolic.xyz/v1',
    keyVariables: ['HYPERBOLIC_API_KEY'],
  }),
  providerRow({
    id: 'ollama-cloud',
    displayName: 'Ollama Cloud',
    dialect: 'ollama',
    apiBase: 'https://ollama.com',
    quirks: { images: 'inline' },
    keyVariables: ['OLLAMA_API_KEY'],
    modelListing: { ...OPENAI_LISTING, path: '/api/tags', shape: 'ollama' },
  }),
  providerRow({
    id: 'baseten',
    displayName: 'Baseten',
    apiBase: 'https://inference.baseten.co/v1',
    keyVariables: ['BASETEN_API_KEY'],
    priceProvider: 'baseten',
  }),
  providerRow({
    id: 'siliconflow',
    displayName: 'SiliconFlow',
    apiBase: 'https://api.siliconflow.com/v1',
    keyVariables: ['SILICONFLOW_API_KEY'],
    quirks: { reasoning: 'enable-thinking' },
  }),
  providerRow({
    id: 'scaleway',
    displayName: 'Scaleway',
    apiBase: 'https://api.scaleway.ai/v1',
    keyVariables: ['SCALEWAY_API_KEY', 'SCW_SECRET_KEY'],
  }),
  providerRow({
    id: 'ovh',
    displayName: 'OVHcloud AI Endpoints',
    apiBase: 'https://oai.endpoints.kepler.ai.cloud.ovh.net/v1',
    keyVariables: ['OVHCLOUD_API_KEY', 'OVH_AI_ENDPOINTS_ACCESS_TOKEN'],
    priceProvider: 'ovhcloud',
  }),
  providerRow({
    id: 'chutes',
    displayName: 'Chutes',
    apiBase: 'https://llm.chutes.ai/v1',
    keyVariables: ['CHUTES_API_KEY'],
  }),
  providerRow({
    id: 'venice',
    displayName: 'Venice',
    apiBase: 'https://api.venice.ai/api/v1',
    keyVariables: ['VENICE_API_KEY'],
  }),
  providerRow({
    id: 'wandb',
    displayName: 'Weights & Biases Inference',
    apiBase: 'https://api.inference.wandb.ai/v1',
    keyVariables: ['WANDB_API_KEY'],
    quirks: { reasoning: 'chat-template' },
  }),
  providerRow({
    id: 'friendli',
    displayName: 'Friendli',
    apiBase: 'https://api.friendli.ai/serverless/v1',
    keyVariables: ['FRIENDLI_TOKEN'],
    quirks: { reasoning: 'chat-template' },
  }),
  providerRow({
    id: 'inference-net',
    displayName: 'Inference.net',
    apiBase: 'https://inference.net/v1',
    keyVariables: ['INFERENCE_API_KEY'],
  }),
  providerRow({
    id: 'nscale',
    displayName: 'Nscale',
    apiBase: 'https://inference.api.nscale.com/v1',
    keyVariables: ['NSCALE_SERVICE_TOKEN'],
  }),
  providerRow({
    id: 'lambda',
    displayName: 'Lambda',
    apiBase: 'https://api.lambda.ai/v1',
    keyVariables: ['LAMBDA_API_KEY'],
  }),
];
