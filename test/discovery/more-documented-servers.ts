import { HTML, item, list, OLLAMA_IMITATION, type DocumentedServer } from './documented-shapes.ts';

export const MORE_DOCUMENTED: readonly DocumentedServer[] = [
  {
    // text-generation-webui, extensions/openai: /v1/internal/model/info
    name: 'text-generation-webui',
    kind: 'text-generation-webui',
    routes: {
      '/v1/models': list(item('gpt-3.5-turbo', 'user', { created: 0 }), item('mistral', 'user', { created: 0 })),
      '/v1/internal/model/info': { body: { model_name: 'mistral', lora_names: [] } },
    },
    models: [{ id: 'mistral', loaded: true }],
  },
  {
    // mlx_lm/server.py: no owner, /health
    name: 'mlx_lm.server',
    kind: 'mlx',
    routes: {
      '/v1/models': list({ id: 'mlx-community/Qwen3-4B-4bit', object: 'model', created: 1790000000 }),
      '/health': { body: { status: 'ok' } },
    },
    models: [{ id: 'mlx-community/Qwen3-4B-4bit', loaded: null, createdAt: 1790000000 }],
  },
  {
    // Lemonade server spec: recipe, labels, /v1/health; imitates Ollama
    name: 'Lemonade',
    kind: 'lemonade',
    routes: {
      ...OLLAMA_IMITATION,
      '/': HTML,
      '/v1/models': list(
        item('Qwen3-8B-GGUF', 'lemonade', {
          recipe: 'llamacpp',
          labels: ['reasoning', 'tool-calling'],
          max_context_window: 40960,
        }),
        item('nomic-GGUF', 'lemonade', { recipe: 'llamacpp', labels: ['embeddings'] }),
        item('plain', 'lemonade', { recipe: 'flm' }),
      ),
      '/v1/health': {
        body: {
          status: 'ok',
          version: '9.1.0',
          all_models_loaded: [{ model_name: 'Qwen3-8B-GGUF', recipe_options: { ctx_size: 4096 } }],
        },
      },
    },
    version: '9.1.0',
    models: [
      {
        id: 'Qwen3-8B-GGUF',
        capabilities: ['chat', 'completion', 'tools', 'thinking'],
        contextLength: 4096,
        loaded: true,
      },
      { id: 'nomic-GGUF', capabilities: ['embedding'], loaded: false },
      { id: 'plain', capabilities: null },
    ],
  },
  {
    // gpt4all-chat/src/server.cpp, modellist.cpp: a remote model (`.rmodel`) stands in the list like any other.
    name: 'GPT4All',
    kind: 'gpt4all',
    routes: {
      '/v1/models': list(
        item('Llama 3 8B', 'humanity', { created: 0, root: 'Llama 3 8B', parent: null }),
        item('ChatGPT-4', 'humanity', { created: 0, root: 'ChatGPT-4', parent: null }),
      ),
    },
    models: [
      { id: 'Llama 3 8B', createdAt: null, locality: 'cloud' },
      { id: 'ChatGPT-4', createdAt: null, locality: 'cloud' },
    ],
  },
  {
    // Foundry Local REST reference
    name: 'Foundry Local',
    kind: 'foundry-local',
    routes: {
      '/v1/models': list(item('phi-4-mini', 'Microsoft'), item('qwen', 'Microsoft')),
      '/openai/status': { body: { Endpoints: ['http://127.0.0.1:5272'], ModelDirPath: '/m', PipeName: 'p' } },
      '/openai/models': { body: ['phi-4-mini', 'qwen'] },
      '/openai/loadedmodels': { body: ['qwen'] },
      '/foundry/list': { body: { models: [{ name: 'qwen', supportsToolCalling: true }, { name: 'phi-4-mini' }] } },
    },
    models: [
      { id: 'phi-4-mini', loaded: false, capabilities: null },
      { id: 'qwen', loaded: true, capabilities: ['chat', 'completion', 'tools'] },
    ],
  },
  {
    // llama-swap, proxy/proxymanager.go: /running, /api/version with three members
    name: 'llama-swap',
    kind: 'llama-swap',
    routes: {
      '/': HTML,
      '/v1/models': list(item('coder', 'llama-swap', { meta: { n_ctx: 16384 } }), item('small', 'llama-swap')),
      '/running': { body: { running: [{ model: 'coder', state: 'ready', cmd: 'llama-server --api-key hidden' }] } },
      '/api/version': { body: { version: '170', commit: 'abc', build_date: 'x' } },
    },
    version: '170',
    models: [
      { id: 'coder', contextLength: 16384, loaded: true },
      { id: 'small', loaded: false },
    ],
  },
  {
    // Osaurus README; imitates Ollama
    name: 'Osaurus',
    kind: 'osaurus',
    routes: {
      ...OLLAMA_IMITATION,
      '/': { body: 'Osaurus Server is running! 🦕' },
      '/v1/models': list(item('foundation', 'osaurus')),
    },
    models: [{ id: 'foundation', locality: 'local' }],
  },
  {
    // Osaurus, docs/REMOTE_PROVIDERS.md: models of connected providers appear alongside the local ones
    name: 'Osaurus with a remote provider',
    kind: 'osaurus',
    routes: {
      ...OLLAMA_IMITATION,
      '/': { body: 'Osaurus Server is running! 🦕' },
      '/v1/models': list(item('foundation', 'osaurus'), item('openai/gpt-4o', 'osaurus'), item('gpt-4o', 'openai')),
    },
    models: [
      { id: 'foundation', locality: 'local' },
      { id: 'openai/gpt-4o', locality: 'cloud' },
      { id: 'gpt-4o', locality: 'cloud' },
    ],
  },
  {
    // llama-swap, internal/server/api.go, handleListModels: entries of peers
    name: 'llama-swap with a peer',
    kind: 'llama-swap',
    routes: {
      '/v1/models': list(
        item('coder', 'llama-swap'),
        item('vendor/large', 'llama-swap', { meta: { llamaswap: { peerID: 'vendor' } } }),
      ),
      '/running': { body: { running: [] } },
    },
    models: [
      { id: 'coder', locality: 'local' },
      { id: 'vendor/large', locality: 'cloud' },
    ],
  },
  {
    name: 'Osaurus without models, by its banner',
    kind: 'osaurus',
    routes: { ...OLLAMA_IMITATION, '/': { body: 'Osaurus Server is running! 🦕' }, '/v1/models': list() },
    models: [],
  },
  {
    name: 'oMLX',
    kind: 'omlx',
    routes: { '/v1/models': list(item('qwen', 'omlx', { max_model_len: 32768 })) },
    models: [{ contextLength: 32768 }],
  },
  {
    name: 'LMDeploy',
    kind: 'lmdeploy',
    routes: { '/v1/models': list(item('internlm', 'lmdeploy')) },
    models: [{ id: 'internlm', loaded: true }],
  },
  {
    // LiteLLM proxy: /health/liveliness
    name: 'LiteLLM',
    kind: 'litellm',
    routes: {
      '/': HTML,
      '/v1/models': list(item('gpt-4o', 'openai'), item('llama', 'openai')),
      '/health/liveliness': { body: '"I\'m alive!"' },
    },
    models: [
      { id: 'gpt-4o', locality: 'cloud' },
      { id: 'llama', locality: 'cloud' },
    ],
  },
  {
    name: 'a gateway of another make, by the makers it lists',
    kind: 'openai-compatible',
    routes: { '/v1/models': list(item('gpt-4o', 'openai'), item('claude', 'anthropic'), item('llama', 'me')) },
    models: [{ locality: 'cloud' }, { locality: 'cloud' }, { locality: 'cloud' }],
  },
  {
    name: 'something that speaks the dialect',
    kind: 'openai-compatible',
    routes: { '/v1/models': list(item('my-model', 'me-too')) },
    // It may relay to a cloud: only the config can say that it does not.
    models: [{ id: 'my-model', locality: 'cloud', contextLength: null, loaded: null }],
  },
  {
    name: 'an imitator of Ollama that nobody knows, banner and all',
    kind: 'openai-compatible',
    routes: {
      ...OLLAMA_IMITATION,
      '/': { body: 'Ollama is running' },
      '/v1/models': list(item('m:latest', 'library')),
    },
    models: [{ id: 'm:latest' }],
  },
  {
    name: 'an imitator with the digests of real blobs, that tells more with its version',
    kind: 'openai-compatible',
    routes: {
      '/': { body: 'Ollama is running' },
      '/api/version': { body: { version: '0.9.0', commit: 'abc' } },
      '/api/tags': { body: { models: [{ name: 'm:latest', model: 'm:latest', digest: 'a'.repeat(64), details: {} }] } },
      '/v1/models': list(item('m:latest', 'library')),
    },
    models: [{ id: 'm:latest' }],
  },
  {
    name: 'Docker Model Runner, by what stands beside its models alone',
    kind: 'docker-model-runner',
    routes: { '/v1/models': list(item('hf.co/x/y', 'x', { dmr: { context_window: 4096 } })) },
    models: [{ id: 'hf.co/x/y', contextLength: 4096, loaded: null }],
  },
];
