import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { isPrivateAddress, isStrangerTo, nativeBase } from '../../../src/config/litellm/addresses.ts';
import { providerOfBareName } from '../../../src/config/litellm/bare-names.ts';
import { meaningOf } from '../../../src/config/litellm/providers.ts';
import { SERVER_KINDS } from '../../../src/canonical/model.ts';
import { findProvider } from '../../../src/providers/table.ts';
import { readText } from './reading.ts';

/** What becomes of one deployment with these parameters. */
function placed(params: Record<string, unknown>, env: Record<string, string> = {}) {
  const { native, notes, leftOut } = readText(
    stringify({ model_list: [{ model_name: 'name', litellm_params: params }] }),
    env,
  );
  const { models, servers, providers } = native;
  return { models, servers, providers, notes: notes.map(({ message }) => message), leftOut };
}

describe('an address of LiteLLM in the words of the native form', () => {
  it.each([
    ['anthropic', 'https://relay.example', null, 'https://relay.example/v1'],
    ['anthropic', 'https://relay.example/v1/messages/', null, 'https://relay.example/v1'],
    ['azure', 'https://r.openai.azure.com/', null, 'https://r.openai.azure.com/openai/v1'],
    ['azure', 'https://r.openai.azure.com/openai/v1', 'preview', 'https://r.openai.azure.com/openai/v1'],
    ['azure', 'https://r.openai.azure.com/openai/deployments/d', '2024-10-21', 'https://r.openai.azure.com/openai'],
    ['azure', 'https://r.openai.azure.com/openai/v1?api-version=x', null, 'https://r.openai.azure.com/openai/v1'],
    ['azure-claude', 'https://r.services.ai.azure.com', null, 'https://r.services.ai.azure.com/anthropic/v1'],
    ['gemini', 'https://relay.example', null, 'https://relay.example/v1beta'],
    ['gemini', 'https://relay.example/v1beta/models/gemini-x', null, 'https://relay.example/v1beta'],
    ['gemini', 'https://a.googleapis.com/v1/publishers/google', null, 'https://a.googleapis.com/v1/publishers/google'],
    ['vertex', 'https://h/v1/p/publishers/google/models/gemini-x', null, 'https://h/v1/p/publishers/google'],
    ['huggingface', 'https://x.endpoints.huggingface.cloud', null, 'https://x.endpoints.huggingface.cloud/v1'],
    ['groq', 'https://relay.example/openai/v1/', null, 'https://relay.example/openai/v1'],
    ['groq', 'relay.example', null, null],
  ])('%s %s (%s) is %s', (provider, apiBase, version, expected) => {
    expect(nativeBase(provider, apiBase, version)).toBe(expected);
  });
});

describe('isPrivateAddress', () => {
  it.each([
    ['http://localhost:1', true],
    ['http://127.9.9.9:1', true],
    ['http://[::1]:1', true],
    ['http://0.0.0.0:1', true],
    ['http://10.1.2.3', true],
    ['http://172.31.0.1', true],
    ['http://172.32.0.1', false],
    ['http://192.168.0.1', true],
    ['http://100.100.0.1', true],
    ['http://[fd00::1]:1', true],
    ['http://[2001:db8::1]', false],
    ['http://8.8.8.8', false],
    ['http://gpu-box:8000', true],
    ['http://gpu-box.lan', true],
    ['http://host.docker.internal:1', true],
    ['http://vllm.models.svc.cluster.local', true],
    ['https://api.example.com', false],
    ['https://local.example.com', false],
  ])('%s: %s', (address, expected) => {
    expect(isPrivateAddress(address)).toBe(expected);
  });
});

describe('a key that the file does not give', () => {
  it.each([
    ['groq', 'https://api.groq.com/openai/v1', false],
    ['groq', 'https://relay.example/v1', true],
    ['groq', 'http://10.0.0.1/v1', false],
    ['azure', 'https://r.openai.azure.com/openai', false],
    ['azure', 'https://r.cognitiveservices.azure.com/openai', false],
    ['azure', 'https://house.azure-api.net/openai', false],
    ['azure', 'https://azure.com.example/openai', true],
    ['azure', 'https://notazure.com/openai', true],
    ['bedrock', 'https://vpce-1.bedrock-runtime.eu-west-1.vpce.amazonaws.com', false],
    ['databricks', 'https://anything.example/serving-endpoints', false],
  ])('of %s at %s: a stranger %s', (id, address, expected) => {
    expect(isStrangerTo(id, address)).toBe(expected);
  });

  it('stays here when the host is a stranger, which is said', () => {
    const env = { ANTHROPIC_API_KEY: 'sk-ant' };
    const { providers, notes } = placed({ model: 'anthropic/claude-x', api_base: 'https://relay.example' }, env);
    expect(providers).toEqual({
      'anthropic-relay-example': { type: 'anthropic', base_url: 'https://relay.example/v1' },
    });
    expect(notes).toEqual([expect.stringContaining('says no api_key')]);
  });

  it('goes with the address to a relay of the house', () => {
    const env = { ANTHROPIC_API_KEY: 'sk-ant' };
    const { providers, notes } = placed({ model: 'anthropic/claude-x', api_base: 'http://localhost:8787' }, env);
    expect(providers).toEqual({
      'anthropic-localhost': {
        type: 'anthropic',
        api_key: '${ANTHROPIC_API_KEY}',
        base_url: 'http://localhost:8787/v1',
      },
    });
    expect(notes).toEqual([]);
  });
});

describe('the usual account of a provider', () => {
  it.each([
    ['its first variable', { model: 'gemini/x', api_key: 'os.environ/GOOGLE_API_KEY' }, 'gemini/x'],
    ['no key', { model: 'mistral/x' }, 'mistral/x'],
    ['its usual address', { model: 'groq/x', api_base: 'https://api.groq.com/openai/v1/' }, 'groq/x'],
    [
      'another of its variables, while the first is set',
      { model: 'gemini/x', api_key: 'os.environ/GEMINI_API_KEY' },
      null,
    ],
    ['a key in the file', { model: 'groq/x', api_key: 'gsk-1' }, null],
    ['a header', { model: 'groq/x', headers: { 'x-a': 'b' } }, null],
  ])('is meant with %s', (_, params, target) => {
    const { models, providers } = placed(params, { GOOGLE_API_KEY: 'g1', GEMINI_API_KEY: 'g2' });
    if (target === null) expect(Object.keys(providers as object)).toHaveLength(1);
    else expect(models).toEqual({ name: { deployments: [{ target }] } });
  });

  it('is meant with any of its variables while the others are not set', () => {
    const { providers } = placed({ model: 'gemini/x', api_key: 'os.environ/GEMINI_API_KEY' }, { GEMINI_API_KEY: 'g2' });
    expect(providers).toBeUndefined();
  });
});

describe('the same account', () => {
  it('is one entry for all deployments that say the same of it', () => {
    const entry = (model: string, key: string) => {
      return {
        model_name: 'a',
        litellm_params: { model: `openai/${model}`, api_key: key, api_base: 'https://x.example/v1' },
      };
    };
    const list = [entry('one', 'k-1'), entry('two', 'k-2'), entry('three', 'k-1')];
    const { native } = readText(stringify({ model_list: list }));
    expect(native['providers']).toEqual({
      'x-example': { base_url: 'https://x.example/v1', api_key: 'k-1' },
      'x-example-2': { base_url: 'https://x.example/v1', api_key: 'k-2' },
    });
    expect(native['models']).toMatchObject({
      a: { deployments: [{ target: 'x-example/one' }, { target: 'x-example-2/two' }, { target: 'x-example/three' }] },
    });
  });
});

describe('the table of providers', () => {
  const names = [
    'openai',
    'azure',
    'together_ai',
    'fireworks_ai',
    'nvidia_nim',
    'bedrock_converse',
    'jina_ai',
    'lambda_ai',
  ];

  it.each(names)('%s is a row that there is', (name) => {
    const meaning = meaningOf(name);
    expect(meaning?.kind === 'known' && findProvider(meaning.id)).toBeTruthy();
  });

  it.each(['ollama', 'hosted_vllm', 'lm_studio', 'llamafile', 'litellm_proxy', 'lemonade'])(
    '%s is a kind of server that there is',
    (name) => {
      const meaning = meaningOf(name);
      expect(SERVER_KINDS).toContain(meaning?.kind === 'server' ? meaning.server : null);
    },
  );

  it('knows none that is not LiteLLM’s', () => {
    expect(['toString', 'constructor', 'zhipu', ''].map(meaningOf)).toEqual([null, null, null, null]);
  });
});

describe('a model without a provider', () => {
  it.each([
    ['gpt-4o', 'openai'],
    ['o3-mini', 'openai'],
    ['ft:gpt-4o:org::id', 'openai'],
    ['text-embedding-3-small', 'openai'],
    ['dall-e-3', 'openai'],
    ['claude-opus-4-6', 'anthropic'],
    ['gemini-2.5-pro', 'vertex_ai'],
    ['eu.anthropic.claude-sonnet-4-5-v1:0', 'bedrock'],
    ['amazon.nova-pro-v1:0', 'bedrock'],
    ['command-r-plus', 'cohere'],
    ['my-model', null],
    ['open', null],
  ])('%s is of %s', (model, provider) => {
    expect(providerOfBareName(model)).toBe(provider);
  });

  it('at an address of a server of the house is that server’s, unless its maker has an API of its own', () => {
    expect(placed({ model: 'mistral-7b', api_base: 'http://gpu:8000/v1' }).models).toEqual({
      name: { deployments: [{ target: 'gpu/mistral-7b' }] },
    });
    expect(placed({ model: 'claude-x', api_base: 'http://gpu:8000' }).models).toEqual({
      name: { deployments: [{ target: 'anthropic-gpu/claude-x' }] },
    });
  });
});
