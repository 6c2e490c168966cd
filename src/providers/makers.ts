import type { ChatQuirks } from '../canonical/quirks.ts';
import { MISTRAL } from './mistral.ts';
import type { Provider } from './provider.ts';
import { ANTHROPIC_KEY, OPENAI_LISTING, OPENAI_RESPONSES, providerRow } from './provider-row.ts';

/**
 * Z.ai's own and its Chinese twin (docs.z.ai: Thinking Mode, Chat Completion; efforts are those that both GLM-5.2 and
 * GLM-5.3 take). Thoughts go back with the tool calls behind them; no tool can be demanded.
 */
const GLM_QUIRKS: Partial<ChatQuirks> = {
  streamUsage: false,
  seedField: null,
  reasoning: 'thinking-type',
  efforts: ['low', 'high', 'max'],
  echoesReasoning: true,
  schemas: 'json-object',
  requiredChoice: 'auto',
  maxTemperature: 1,
  refuses: ['frequency_penalty', 'presence_penalty'],
};

/** Providers that serve models of their own making. */
export const MAKERS: readonly Provider[] = [
  providerRow({
    id: 'openai',
    displayName: 'OpenAI',
    apiBase: 'https://api.openai.com/v1',
    quirks: {
      maxTokensField: 'max_completion_tokens',
      systemRole: 'developer',
      files: true,
      audio: true,
      // "Your organization must be verified to generate reasoning summaries" (home-assistant/core#160212).
      summaries: 'asked',
    },
    keyVariables: ['OPENAI_API_KEY'],
    refusedKeyPrefixes: ['sk-admin-'],
    baseVariables: [
      { name: 'OPENAI_BASE_URL', path: '' },
      { name: 'OPENAI_API_BASE', path: '' },
    ],
    headerVariables: {
      'openai-organization': ['OPENAI_ORG_ID', 'OPENAI_ORGANIZATION'],
      'openai-project': ['OPENAI_PROJECT_ID'],
    },
    priceProvider: 'openai',
    alsoSpeaks: [OPENAI_RESPONSES],
  }),
  // The SDK's base variable has no /v1, and a key that goes with another base must never reach this one.
  providerRow({
    id: 'anthropic',
    displayName: 'Anthropic',
    dialect: 'anthropic-messages',
    apiBase: 'https://api.anthropic.com/v1',
    quirks: { statesOf: 'anthropic', files: true },
    keyVariables: ['ANTHROPIC_API_KEY'],
    refusedKeyPrefixes: ['sk-ant-oat', 'sk-ant-admin'],
    baseVariables: [{ name: 'ANTHROPIC_BASE_URL', path: '/v1' }],
    modelListing: { ...OPENAI_LISTING, path: '/models?limit=1000' },
    priceProvider: 'anthropic',
  }),
  providerRow({
    id: 'gemini',
    displayName: 'Google Gemini',
    dialect: 'gemini',
    apiBase: 'https://generativelanguage.googleapis.com/v1beta',
    quirks: { images: 'inline', files: true, audio: true },
    keyVariables: ['GOOGLE_API_KEY', 'GEMINI_API_KEY', 'GOOGLE_GENERATIVE_AI_API_KEY'],
    baseVariables: [{ name: 'GOOGLE_GEMINI_BASE_URL', path: '/v1beta' }],
    modelListing: { ...OPENAI_LISTING, path: '/models?pageSize=1000', shape: 'gemini', idPrefix: 'models/' },
    priceProvider: 'google',
  }),
  ...MISTRAL,
  // The compatibility layer rejects stream_options, and knows some fields of OpenAI's not (docs.cohere.com/docs/
  // compatibility-api); models are listed by the native API on the same host.
  providerRow({
    id: 'cohere',
    displayName: 'Cohere',
    apiBase: 'https://api.cohere.ai/compatibility/v1',
    keyVariables: ['COHERE_API_KEY', 'CO_API_KEY'],
    modelListing: {
      ...OPENAI_LISTING,
      path: 'https://api.cohere.ai/v1/models?endpoint=chat&page_size=1000',
      shape: 'gemini',
    },
    priceProvider: 'cohere',
    quirks: {
      streamUsage: false,
      efforts: ['none', 'high'],
      thinkers: /reasoning/,
      refuses: [
        ...['logit_bias', 'logprobs', 'top_k', 'user', 'verbosity'],
        ...['parallel_tool_calls', 'prompt_cache_key', 'service_tier'],
      ],
    },
  }),
  // It thinks unless told not to, takes every effort as one of its own, and then refuses logprobs; tool calls are to
  // come back with what was thought before them (api-docs.deepseek.com/guides/thinking_mode). Messages:
  // api-docs.deepseek.com/guides/anthropic_api.
  providerRow({
    id: 'deepseek',
    displayName: 'DeepSeek',
    apiBase: 'https://api.deepseek.com/v1',
    keyVariables: ['DEEPSEEK_API_KEY'],
    priceProvider: 'deepseek',
    alsoSpeaks: [{ dialect: 'anthropic-messages', apiBase: '/anthropic/v1', credentialHeader: ANTHROPIC_KEY }],
    quirks: {
      seedField: null,
      reasoning: 'thinking-type',
      echoesReasoning: true,
      schemas: 'json-object',
      refuses: ['logprobs', 'top_k'],
    },
  }),
  // Its models think, and then refuse stop sequences and penalties. How much can be told since Grok 4.3; 4.20 and what
  // came before answer 400 (docs.x.ai/guides/reasoning, and what @ai-sdk/xai leaves out).
  providerRow({
    id: 'xai',
    displayName: 'xAI',
    apiBase: 'https://api.x.ai/v1',
    keyVariables: ['XAI_API_KEY'],
    priceProvider: 'x-ai',
    alsoSpeaks: [{ dialect: 'openai-responses', apiBase: '' }],
    quirks: {
      efforts: ['low', 'medium', 'high'],
      thinkers: /^grok-(?:4\.[3-9](?!\d)|[5-9]|\d\d|latest)/,
      refuses: ['stop', 'frequency_penalty', 'presence_penalty', 'top_k'],
    },
  }),
  // It has no list of models, and gives usage with every chunk. Turns must alternate; thoughts stand in the text.
  providerRow({
    id: 'perplexity',
    displayName: 'Perplexity',
    apiBase: 'https://api.perplexity.ai',
    keyVariables: ['PERPLEXITY_API_KEY', 'PPLX_API_KEY'],
    modelListing: null,
    knownModels: ['sonar', 'sonar-pro', 'sonar-reasoning-pro', 'sonar-deep-research'],
    priceProvider: 'perplexity',
    quirks: {
      streamUsage: false,
      seedField: null,
      singleSystem: true,
      efforts: ['minimal', 'low', 'medium', 'high'],
      thinkTags: true,
      refuses: ['tools', 'stop', 'frequency_penalty', 'presence_penalty', 'logit_bias', 'logprobs'],
    },
  }),
  // Its models take images as bytes, temperatures to 1, and no effort; thoughts go back with the tool calls behind
  // them.
  providerRow({
    id: 'moonshot',
    displayName: 'Moonshot AI',
    apiBase: 'https://api.moonshot.ai/v1',
    keyVariables: ['MOONSHOT_API_KEY'],
    priceProvider: 'moonshotai',
    alsoSpeaks: [{ dialect: 'anthropic-messages', apiBase: '/anthropic/v1' }],
    quirks: {
      seedField: null,
      reasoning: 'thinking-type',
      efforts: [],
      echoesReasoning: true,
      images: 'inline',
      maxTemperature: 1,
      refuses: ['top_k'],
    },
  }),
  // Its list of models is not reliably there; usage comes with the last chunk unasked.
  providerRow({
    id: 'zai',
    displayName: 'Z.ai',
    apiBase: 'https://api.z.ai/api/paas/v4',
    keyVariables: ['ZAI_API_KEY'],
    modelListing: null,
    knownModels: ['glm-5.3', 'glm-5.3-flash', 'glm-5.2'],
    priceProvider: 'zai',
    alsoSpeaks: [{ dialect: 'anthropic-messages', apiBase: '/api/anthropic/v1' }],
    quirks: GLM_QUIRKS,
  }),
  providerRow({
    id: 'zhipu',
    displayName: 'Zhipu BigModel',
    apiBase: 'https://open.bigmodel.cn/api/paas/v4',
    keyVariables: ['ZHIPU_API_KEY', 'ZHIPUAI_API_KEY'],
    modelListing: null,
    knownModels: ['glm-5.3', 'glm-5.3-flash', 'glm-5.2', 'glm-4.7'],
    priceProvider: 'zhipuai',
    alsoSpeaks: [{ dialect: 'anthropic-messages', apiBase: '/api/anthropic/v1' }],
    quirks: GLM_QUIRKS,
  }),
  // Its Messages API is there for Qwen's models (help.aliyun.com/en/model-studio/anthropic-api-messages).
  providerRow({
    id: 'dashscope',
    displayName: 'Alibaba Model Studio',
    apiBase: 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1',
    keyVariables: ['DASHSCOPE_API_KEY', 'QWEN_API_KEY'],
    alsoSpeaks: [
      {
        dialect: 'anthropic-messages',
        apiBase: '/apps/anthropic/v1',
        models: /^qwen/,
        credentialHeader: ANTHROPIC_KEY,
      },
    ],
    quirks: { reasoning: 'enable-thinking', cacheMarks: true },
  }),
  // It recommends its Messages API; in chat completions it thinks in the text, and cannot be told how much.
  providerRow({
    id: 'minimax',
    displayName: 'MiniMax',
    apiBase: 'https://api.minimax.io/v1',
    keyVariables: ['MINIMAX_API_KEY'],
    modelListing: null,
    knownModels: ['MiniMax-M2.7', 'MiniMax-M2'],
    priceProvider: 'minimax',
    alsoSpeaks: [{ dialect: 'anthropic-messages', apiBase: '/anthropic/v1' }],
    quirks: { reasoning: 'none', thinkTags: true },
  }),
  providerRow({
    id: 'ai21',
    displayName: 'AI21',
    apiBase: 'https://api.ai21.com/studio/v1',
    keyVariables: ['AI21_API_KEY'],
    modelListing: null,
    knownModels: ['jamba-large', 'jamba-mini'],
    quirks: { streamUsage: false, reasoning: 'none', schemas: 'json-object' },
  }),
  // Embeddings only.
  providerRow({
    id: 'voyage',
    displayName: 'Voyage AI',
    apiBase: 'https://api.voyageai.com/v1',
    keyVariables: ['VOYAGE_API_KEY'],
    modelListing: null,
    knownModels: ['voyage-4-large', 'voyage-4', 'voyage-4-lite', 'voyage-3.5', 'voyage-code-3'],
    quirks: { streamUsage: false },
    priceProvider: 'voyageai',
  }),
  // Embeddings only.
  providerRow({
    id: 'jina',
    displayName: 'Jina AI',
    apiBase: 'https://api.jina.ai/v1',
    keyVariables: ['JINA_API_KEY'],
    modelListing: null,
    knownModels: ['jina-embeddings-v4', 'jina-embeddings-v3'],
    quirks: { streamUsage: false },
  }),
  providerRow({
    id: 'upstage',
    displayName: 'Upstage',
    apiBase: 'https://api.upstage.ai/v1/solar',
    keyVariables: ['UPSTAGE_API_KEY'],
  }),
  providerRow({
    id: 'xiaomi',
    displayName: 'Xiaomi MiMo',
    apiBase: 'https://api.xiaomimimo.com/v1',
    keyVariables: ['XIAOMI_API_KEY'],
  }),
  providerRow({
    id: 'llama',
    displayName: 'Meta Llama API',
    apiBase: 'https://api.llama.com/compat/v1',
    keyVariables: ['LLAMA_API_KEY'],
  }),
];
