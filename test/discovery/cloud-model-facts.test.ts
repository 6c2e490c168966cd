import { describe, expect, it } from 'vitest';
import { UNKNOWN_FACTS } from '../../src/canonical/model.ts';
import { factsIn } from '../../src/discovery/cloud-model-facts.ts';

describe('what a list tells of a model', () => {
  // Fields as in each provider's reference of its list of models.
  it.each([
    [
      'Gemini, one that chats',
      {
        name: 'models/gemini-2.5-pro',
        inputTokenLimit: 1_048_576,
        outputTokenLimit: 65_536,
        supportedGenerationMethods: ['generateContent', 'countTokens'],
      },
      { contextLength: 1_048_576, maxOutputTokens: 65_536 },
    ],
    [
      'Gemini, an embedder',
      { inputTokenLimit: 2_048, outputTokenLimit: 1, supportedGenerationMethods: ['embedContent', 'countTokens'] },
      { contextLength: 2_048, maxOutputTokens: 1, capabilities: ['embedding'] },
    ],
    ['Gemini, pictures', { supportedGenerationMethods: ['predict'] }, { capabilities: ['image'] }],
    ['Gemini, films', { supportedGenerationMethods: ['predictLongRunning'] }, { capabilities: ['video'] }],
    ['Gemini, live', { supportedGenerationMethods: ['bidiGenerateContent'] }, { capabilities: ['realtime'] }],
    [
      'Anthropic',
      { created_at: '2025-09-29T00:00:00Z', max_input_tokens: 200_000, max_tokens: 64_000 },
      { createdAt: 1_759_104_000, contextLength: 200_000, maxOutputTokens: 64_000 },
    ],
    ['OpenAI', { object: 'model', created: 1_715_367_049, owned_by: 'system' }, { createdAt: 1_715_367_049 }],
    [
      'OpenRouter',
      {
        created: 1_759_104_000,
        context_length: 1_000_000,
        architecture: { input_modalities: ['text', 'image'], output_modalities: ['text'] },
        top_provider: { max_completion_tokens: 64_000 },
        supported_parameters: ['tools', 'reasoning'],
      },
      {
        createdAt: 1_759_104_000,
        contextLength: 1_000_000,
        maxOutputTokens: 64_000,
        capabilities: ['chat', 'tools', 'thinking', 'vision'],
      },
    ],
    [
      'Mistral',
      { max_context_length: 131_072, capabilities: { completion_chat: true, function_calling: true, vision: false } },
      { contextLength: 131_072, capabilities: ['chat', 'tools'] },
    ],
    ['Together', { type: 'rerank', context_length: 8_192 }, { contextLength: 8_192, capabilities: ['rerank'] }],
    ['Together, one that chats', { type: 'chat' }, {}],
    ['Cohere', { endpoints: ['embed', 'classify'] }, { capabilities: ['embedding'] }],
    [
      'Groq',
      { context_window: 131_072, max_completion_tokens: 32_768 },
      { contextLength: 131_072, maxOutputTokens: 32_768 },
    ],
    ['milliseconds', { created: 1_759_104_000_123 }, { createdAt: 1_759_104_000 }],
  ])('%s', (_provider, entry, facts) => {
    expect(factsIn(entry)).toEqual({ ...UNKNOWN_FACTS, ...facts });
  });

  it.each([
    null,
    'model',
    [],
    { created: 0, context_length: -1 },
    { created: 'soon', created_at: {}, context_length: '8k', capabilities: true, type: 7 },
    { created: Infinity, supportedGenerationMethods: [null], architecture: [], endpoints: {} },
    { supportedGenerationMethods: [] },
  ])('makes nothing of %j', (entry) => {
    expect(factsIn(entry)).toEqual(UNKNOWN_FACTS);
  });
});
