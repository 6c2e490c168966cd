import { describe, expect, it } from 'vitest';
import { meantNames, psAnswer, showAnswer, tagsAnswer } from '../../../src/dialects/ollama/model-answers.ts';
import type { ShownModel } from '../../../src/dialects/ollama/model-answers.ts';
import { recording } from '../../helpers/recordings.ts';

const CLOUD: ShownModel = { name: 'claude-sonnet-4-5', contextLength: 200_000, capabilities: ['chat', 'thinking'] };
const LOCAL: ShownModel = {
  name: 'ollama/qwen3:8b',
  contextLength: null,
  capabilities: null,
  sizeBytes: 5_225_388_164,
  parameterSize: '8.2B',
  quantization: 'Q4_K_M',
  createdAt: 1_790_000_000,
};

interface Listed {
  readonly models: readonly Record<string, unknown>[];
}
const list = (...models: ShownModel[]): Listed => JSON.parse(tagsAnswer(models)) as Listed;
const show = (model: ShownModel): Record<string, unknown> => JSON.parse(showAnswer(model)) as Record<string, unknown>;

function recorded(name: string): Record<string, unknown> {
  return JSON.parse(recording('ollama-0.34.0', name).body.toString('utf8')) as Record<string, unknown>;
}

describe('the list of models', () => {
  it('has every name once: an id without a tag gives way to the one that has it', () => {
    const named = (name: string): ShownModel => ({ ...LOCAL, name });
    const { models } = list(named('qwen3'), named('qwen3:latest'), named('phi4'), named('qwen3:8b'));
    expect(models.map(({ name }) => name)).toEqual(['qwen3:latest', 'phi4:latest', 'qwen3:8b']);
  });

  it('has every field that Ollama has, of the same type', () => {
    const [real] = (recorded('api-tags') as unknown as Listed).models;
    for (const model of list({ ...LOCAL, contextLength: 40_960 }).models) {
      expect(typesOf(model)).toEqual({ ...typesOf(real ?? {}), details: expect.anything() as unknown });
      const details = typesOf(model['details'] as object);
      expect(details).toEqual({ ...typesOf(real?.['details'] as object), embedding_length: undefined });
    }
  });

  it('shows models of servers and of providers', () => {
    expect(list(CLOUD, LOCAL).models).toEqual([
      {
        name: 'claude-sonnet-4-5:latest',
        model: 'claude-sonnet-4-5:latest',
        size: 0,
        digest: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
        modified_at: '1970-01-01T00:00:00.000Z',
        details: {
          parent_model: '',
          format: 'gguf',
          family: 'claude',
          families: ['claude'],
          parameter_size: '',
          quantization_level: '',
          context_length: 200_000,
        },
        capabilities: ['completion', 'thinking'],
      },
      expect.objectContaining({
        name: 'ollama/qwen3:8b',
        size: 5_225_388_164,
        modified_at: '2026-09-21T14:13:20.000Z',
        capabilities: ['completion', 'tools'],
      }),
    ]);
  });

  it('names no time where a server told none', () => {
    expect(list({ ...LOCAL, createdAt: 1e300 }).models[0]).toMatchObject({ modified_at: '1970-01-01T00:00:00.000Z' });
  });
});

describe('a model that is shown', () => {
  it.each([
    ['gpt-4o', 'gpt'],
    ['ollama/qwen3:8b', 'qwen3'],
    ['hf.co/unsloth/Llama-3.2-GGUF:Q4', 'llama'],
    ['o3', 'o3'],
    ['123', 'model'],
  ])('%s is of the family %s, under which its context is found', (name, family) => {
    const { model_info: info, details } = show({ ...CLOUD, name });
    expect(details).toMatchObject({ family });
    expect(info).toEqual({
      'general.architecture': family,
      'general.basename': name,
      [`${family}.context_length`]: 200_000,
    });
  });

  it('has the fields that clients read of a real one', () => {
    const real = recorded('api-show-tiny-tools');
    const shown = show(LOCAL);
    const types = typesOf(shown);
    for (const key of ['details', 'model_info', 'capabilities', 'modified_at', 'template', 'parameters', 'modelfile']) {
      expect([key, types[key]]).toEqual([key, typesOf(real)[key]]);
    }
    expect(shown['model_info']).toEqual({
      'general.architecture': 'qwen3',
      'general.basename': 'ollama/qwen3:8b',
      'general.parameter_count': 8_200_000_000,
    });
  });
});

describe('the loaded models', () => {
  it('are as Ollama tells them', () => {
    const loaded = JSON.parse(psAnswer([{ ...LOCAL, contextLength: 8_192 }], Date.UTC(2026, 10, 21))) as Listed;
    const [real] = (recorded('api-ps-loaded') as unknown as Listed).models;
    expect(typesOf(loaded.models[0] ?? {})).toEqual(typesOf(real ?? {}));
    expect(loaded.models[0]).toMatchObject({ expires_at: '2026-11-21T00:05:00.000Z', context_length: 8_192 });
  });
});

describe('the name that a client asks for', () => {
  it.each([
    ['gpt-5:latest', ['gpt-5:latest', 'gpt-5']],
    ['qwen3', ['qwen3:latest', 'qwen3']],
    ['qwen3:8b', ['qwen3:8b']],
  ])('%s may mean %j', (name, meant) => {
    expect(meantNames(name)).toEqual(meant);
  });
});

function typesOf(object: object): Record<string, string> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, typeof value]));
}
