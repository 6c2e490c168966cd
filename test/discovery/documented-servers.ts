import { HTML, item, list, OLLAMA_IMITATION, type DocumentedServer } from './documented-shapes.ts';
import { MORE_DOCUMENTED } from './more-documented-servers.ts';

/** The comment in each says where the shape comes from. */
export const DOCUMENTED: readonly DocumentedServer[] = [
  {
    // LM Studio docs, REST API v1 (0.4): GET /api/v1/models
    name: 'LM Studio 0.4',
    kind: 'lmstudio',
    routes: {
      '/v1/models': list(item('qwen/qwen3-8b', 'organization_owner'), item('nomic-embed', 'organization_owner')),
      '/api/v1/models': {
        body: {
          models: [
            {
              type: 'llm',
              key: 'qwen/qwen3-8b',
              quantization: { name: 'Q4_K_M', bits_per_weight: 4 },
              size_bytes: 4_700_000_000,
              params_string: '8B',
              loaded_instances: [{ id: 'qwen/qwen3-8b', config: { context_length: 8192 } }],
              max_context_length: 40960,
              capabilities: { vision: true, trained_for_tool_use: true, reasoning: { allowed_options: ['on', 'off'] } },
            },
            { type: 'embedding', key: 'nomic-embed', loaded_instances: [], max_context_length: 2048 },
            { type: 'llm', key: 'not/listed', loaded_instances: [], max_context_length: 4096 },
          ],
        },
      },
    },
    // Older builds answer 200 to what they do not know.
    fallback: { status: 200, body: { error: 'Unexpected endpoint or method.' } },
    models: [
      {
        id: 'qwen/qwen3-8b',
        capabilities: ['chat', 'completion', 'tools', 'vision', 'thinking'],
        contextLength: 8192,
        sizeBytes: 4_700_000_000,
        parameterSize: '8B',
        quantization: 'Q4_K_M',
        loaded: true,
      },
      { id: 'nomic-embed', capabilities: ['embedding'], contextLength: 2048, loaded: false },
    ],
  },
  {
    // LM Studio docs, REST API v0 (0.3.6): GET /api/v0/models
    name: 'LM Studio 0.3',
    kind: 'lmstudio',
    routes: {
      '/v1/models': list(item('gemma', 'organization_owner')),
      '/api/v0/models': {
        body: {
          data: [
            {
              id: 'gemma',
              type: 'vlm',
              quantization: '4bit',
              state: 'loaded',
              max_context_length: 8192,
              loaded_context_length: 4096,
            },
          ],
        },
      },
    },
    fallback: { status: 200, body: { error: 'Unexpected endpoint or method.' } },
    models: [
      {
        id: 'gemma',
        capabilities: ['chat', 'completion', 'vision'],
        contextLength: 4096,
        quantization: '4bit',
        loaded: true,
      },
    ],
  },
  {
    // SGLang http_server: owned_by, max_model_len; imitates Ollama
    name: 'SGLang',
    kind: 'sglang',
    routes: {
      '/': { body: '"SGLang is running"' },
      '/v1/models': list(item('qwen', 'sglang', { max_model_len: 32768 })),
      ...OLLAMA_IMITATION,
    },
    models: [{ id: 'qwen', contextLength: 32768, loaded: true }],
  },
  {
    // TGI router: GET /info
    name: 'TGI',
    kind: 'tgi',
    routes: {
      '/v1/models': list(item('google/gemma', 'google/gemma')),
      '/info': {
        body: { model_id: 'google/gemma', max_total_tokens: 4096, router: 'text-generation-router', version: '3.3.6' },
      },
    },
    version: '3.3.6',
    models: [{ id: 'google/gemma', contextLength: 4096, loaded: true }],
  },
  {
    // LocalAI docs, API discovery; PR 10687 for /v1/models/capabilities; imitates Ollama, with its banner when told to
    name: 'LocalAI',
    kind: 'localai',
    routes: {
      ...OLLAMA_IMITATION,
      '/': { body: 'Ollama is running' },
      '/v1/models': list({ id: 'phi', object: 'model' }, { id: 'bge', object: 'model' }),
      '/.well-known/localai.json': {
        body: { version: 'v3.9.0', endpoints: { models: '/v1/models' }, capabilities: {} },
      },
      '/system': { body: { backends: ['llama-cpp'], loaded_models: [{ id: 'phi' }] } },
      '/v1/models/capabilities': {
        body: {
          object: 'list',
          data: [
            { id: 'phi', capabilities: ['chat', 'completion'], input_modalities: ['text', 'image'] },
            { id: 'bge', capabilities: ['embeddings'], input_modalities: ['text'] },
          ],
        },
      },
    },
    version: 'v3.9.0',
    models: [
      { id: 'phi', capabilities: ['chat', 'completion', 'vision'], loaded: true },
      { id: 'bge', capabilities: ['embedding'], loaded: false },
    ],
  },
  {
    // LocalAI before 2026: GET /system
    name: 'LocalAI, older',
    kind: 'localai',
    routes: {
      ...OLLAMA_IMITATION,
      '/': HTML,
      '/v1/models': list({ id: 'phi', object: 'model' }),
      '/system': { body: { backends: ['llama-cpp'], loaded_models: [] } },
    },
    models: [{ id: 'phi', loaded: false, capabilities: null }],
  },
  {
    // Jan, src-tauri/src/core/server/proxy.rs and static/openapi.json
    name: 'Jan',
    kind: 'jan',
    routes: {
      '/': HTML,
      '/v1/models': list(item('qwen3-4b', 'user', { created: 1 }), item('gpt-4o', 'openai', { created: 1 })),
      '/openapi.json': { body: { openapi: '3.0.0', info: { title: 'Jan API Server Endpoints', version: '1.0' } } },
    },
    models: [
      { id: 'qwen3-4b', locality: 'local', createdAt: null },
      { id: 'gpt-4o', locality: 'cloud' },
    ],
  },
  {
    // Docker Model Runner: banner, dmr, /engines/ps; imitates Ollama
    name: 'Docker Model Runner',
    kind: 'docker-model-runner',
    routes: {
      ...OLLAMA_IMITATION,
      '/': { body: 'Docker Model Runner is running' },
      '/v1/models': list(
        item('docker.io/ai/qwen3:latest', 'docker', {
          dmr: { context_window: 40960, parameters: '8.19B', quantization: 'Q4_K_M', size: '4.7GB' },
        }),
      ),
      '/engines/ps': { body: [{ backend_name: 'llama.cpp', model_name: 'ai/qwen3', mode: 'completion' }] },
    },
    models: [
      {
        id: 'docker.io/ai/qwen3:latest',
        contextLength: 40960,
        parameterSize: '8.19B',
        quantization: 'Q4_K_M',
        sizeBytes: null,
        loaded: true,
      },
    ],
  },
  {
    // KoboldCpp API documentation; imitates Ollama
    name: 'KoboldCpp',
    kind: 'koboldcpp',
    routes: {
      ...OLLAMA_IMITATION,
      '/': HTML,
      '/v1/models': list(item('koboldcpp/gemma', 'koboldcpp', { created: 1, permission: [], root: 'koboldcpp' })),
      '/api/extra/version': { body: { result: 'KoboldCpp', version: '1.102', vision: true } },
      '/api/extra/true_max_context_length': { body: { value: 8192 } },
    },
    version: '1.102',
    models: [
      { id: 'koboldcpp/gemma', contextLength: 8192, capabilities: ['chat', 'completion', 'vision'], loaded: true },
    ],
  },
  ...MORE_DOCUMENTED,
];
