import type { ServerKind } from '../../canonical/model.ts';
import { findProvider } from '../../providers/table.ts';

/** What a provider of LiteLLM's is here. */
export type ProviderMeaning =
  /** A row of the provider table. */
  | { readonly kind: 'known'; readonly id: string }
  | ServerMeaning
  /** Not in the table, and speaks OpenAI's dialect at this address. */
  | { readonly kind: 'compatible'; readonly name: string; readonly apiBase: string; readonly keyVariable: string }
  /** Chosen by the model: Gemini, Claude, or another maker's. */
  | { readonly kind: 'vertex' }
  | { readonly kind: 'azure-ai' }
  | { readonly kind: 'unsupported'; readonly why: string };

/** A model server that people run themselves. */
export interface ServerMeaning {
  readonly kind: 'server';
  /** `null`: recognised by what it answers. */
  readonly server: ServerKind | null;
  /** Where LiteLLM looks for it if nobody says; `null`: nowhere. */
  readonly apiBase: string | null;
  readonly baseVariable: string | null;
  readonly keyVariable: string | null;
}

/** What LiteLLM's name of a provider means; `null`: it is the name of none. */
export function meaningOf(name: string): ProviderMeaning | null {
  if (Object.hasOwn(PROVIDERS, name)) return PROVIDERS[name] ?? null;
  if (Object.hasOwn(UNSUPPORTED, name)) return { kind: 'unsupported', why: UNSUPPORTED[name] ?? '' };
  return null;
}

/** Whether a name is that of one of our rows, which LiteLLM does not know by it. */
export function isOurProvider(name: string): boolean {
  return meaningOf(name) === null && findProvider(name) !== null;
}

/** What LiteLLM calls a row of the provider table, by the first of its names for it; `null`: it has none. */
export function nameOfProvider(id: string): string | null {
  return nameOf((meaning) => meaning.kind === 'known' && meaning.id === id);
}

/** The same of a kind of model server. */
export function nameOfServer(server: ServerKind): string | null {
  return nameOf((meaning) => meaning.kind === 'server' && meaning.server === server);
}

function nameOf(isIt: (meaning: ProviderMeaning) => boolean): string | null {
  return Object.entries(PROVIDERS).find(([, meaning]) => isIt(meaning))?.[0] ?? null;
}

function known(id: string): ProviderMeaning {
  return { kind: 'known', id };
}

function compatible(name: string, apiBase: string, keyVariable: string): ProviderMeaning {
  return { kind: 'compatible', name, apiBase, keyVariable };
}

function server(
  kind: ServerKind | null,
  apiBase: string | null,
  baseVariable: string | null = null,
  keyVariable: string | null = null,
): ProviderMeaning {
  return { kind: 'server', server: kind, apiBase, baseVariable, keyVariable };
}

/**
 * LiteLLM's `LlmProviders` of 1.80 to 1.109 with the addresses and variables of its classes. OLLAMA_API_KEY is
 * for Ollama's cloud and not for the servers that people run, to whom LiteLLM sends it too.
 */
const PROVIDERS: Readonly<Record<string, ProviderMeaning>> = {
  openai: known('openai'),
  'text-completion-openai': known('openai'),
  custom_openai: known('openai'),
  openai_like: known('openai'),
  azure: known('azure'),
  azure_text: known('azure'),
  azure_ai: { kind: 'azure-ai' },
  anthropic: known('anthropic'),
  anthropic_text: known('anthropic'),
  bedrock: known('bedrock'),
  bedrock_converse: known('bedrock'),
  bedrock_mantle: known('bedrock-mantle'),
  vertex_ai: { kind: 'vertex' },
  vertex_ai_beta: { kind: 'vertex' },
  gemini: known('gemini'),
  ollama: server('ollama', 'http://localhost:11434', 'OLLAMA_API_BASE'),
  ollama_chat: server('ollama', 'http://localhost:11434', 'OLLAMA_API_BASE'),
  hosted_vllm: server('vllm', null, 'HOSTED_VLLM_API_BASE', 'HOSTED_VLLM_API_KEY'),
  vllm: server('vllm', null, 'VLLM_API_BASE', 'VLLM_API_KEY'),
  lm_studio: server('lmstudio', 'http://localhost:1234/v1', 'LM_STUDIO_API_BASE', 'LM_STUDIO_API_KEY'),
  llamafile: server('llama.cpp', 'http://127.0.0.1:8080/v1', 'LLAMAFILE_API_BASE', 'LLAMAFILE_API_KEY'),
  xinference: server(null, 'http://127.0.0.1:9997/v1', 'XINFERENCE_API_BASE', 'XINFERENCE_API_KEY'),
  lemonade: server('lemonade', 'http://localhost:8000/api/v1', 'LEMONADE_API_BASE', 'LEMONADE_API_KEY'),
  docker_model_runner: server('docker-model-runner', null, 'DOCKER_MODEL_RUNNER_API_BASE'),
  oobabooga: server('text-generation-webui', null),
  infinity: server(null, null, 'INFINITY_API_BASE', 'INFINITY_API_KEY'),
  litellm_proxy: server('litellm', null, 'LITELLM_PROXY_API_BASE', 'LITELLM_PROXY_API_KEY'),
  groq: known('groq'),
  mistral: known('mistral'),
  codestral: known('codestral'),
  'text-completion-codestral': known('codestral'),
  deepseek: known('deepseek'),
  cohere: known('cohere'),
  cohere_chat: known('cohere'),
  openrouter: known('openrouter'),
  together_ai: known('togetherai'),
  fireworks_ai: known('fireworks'),
  'text-completion-fireworks': known('fireworks'),
  xai: known('xai'),
  perplexity: known('perplexity'),
  cerebras: known('cerebras'),
  deepinfra: known('deepinfra'),
  nvidia_nim: known('nvidia'),
  huggingface: known('huggingface'),
  databricks: known('databricks'),
  sambanova: known('sambanova'),
  moonshot: known('moonshot'),
  dashscope: known('dashscope'),
  zai: known('zai'),
  minimax: known('minimax'),
  ai21: known('ai21'),
  ai21_chat: known('ai21'),
  voyage: known('voyage'),
  jina_ai: known('jina'),
  novita: known('novita'),
  hyperbolic: known('hyperbolic'),
  nebius: known('nebius'),
  nscale: known('nscale'),
  friendliai: known('friendli'),
  baseten: known('baseten'),
  wandb: known('wandb'),
  lambda_ai: known('lambda'),
  ovhcloud: known('ovh'),
  cloudflare: known('cloudflare'),
  snowflake: known('snowflake'),
  vercel_ai_gateway: known('vercel'),
  meta_llama: known('llama'),
  xiaomi_mimo: known('xiaomi'),
  github: compatible('github', 'https://models.inference.ai.azure.com', 'GITHUB_API_KEY'),
  volcengine: compatible('volcengine', 'https://ark.cn-beijing.volces.com/api/v3', 'VOLCENGINE_API_KEY'),
  featherless_ai: compatible('featherless', 'https://api.featherless.ai/v1', 'FEATHERLESS_AI_API_KEY'),
  anyscale: compatible('anyscale', 'https://api.endpoints.anyscale.com/v1', 'ANYSCALE_API_KEY'),
  aiml: compatible('aiml', 'https://api.aimlapi.com/v2', 'AIML_API_KEY'),
  inception: compatible('inception', 'https://api.inceptionlabs.ai/v1', 'INCEPTION_API_KEY'),
  morph: compatible('morph', 'https://api.morphllm.com/v1', 'MORPH_API_KEY'),
  v0: compatible('v0', 'https://api.v0.dev/v1', 'V0_API_KEY'),
  clarifai: compatible('clarifai', 'https://api.clarifai.com/v2/ext/openai/v1', 'CLARIFAI_API_KEY'),
};

const OWN_API = 'speaks an API of its own that llmgw does not have';
const SUBSCRIPTION = "signs in with a person's subscription, which llmgw does not use";

const UNSUPPORTED: Readonly<Record<string, string>> = {
  chatgpt: SUBSCRIPTION,
  github_copilot: SUBSCRIPTION,
  ...Object.fromEntries(
    [
      'aleph_alpha',
      'assemblyai',
      'aws_polly',
      'bytez',
      'custom',
      'deepgram',
      'elevenlabs',
      'fal_ai',
      'gradient_ai',
      'heroku',
      'langgraph',
      'maritalk',
      'nlp_cloud',
      'oci',
      'palm',
      'petals',
      'predibase',
      'recraft',
      'replicate',
      'runwayml',
      'sagemaker',
      'sagemaker_chat',
      'stability',
      'topaz',
      'triton',
      'watsonx',
      'watsonx_text',
    ].map((name) => [name, OWN_API]),
  ),
};
