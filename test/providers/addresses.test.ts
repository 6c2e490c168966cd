import { describe, expect, it } from 'vitest';
import { findAddress } from '../../src/credentials/address.ts';
import { findProvider } from '../../src/providers/table.ts';

/** The whole address of a request: the row as the environment shapes it, and the dialect's path. */
function addressOf(id: string, env: NodeJS.ProcessEnv, path: string, model: string, stream = false): string | null {
  const row = findProvider(id);
  if (row === null) throw new Error(`there is no provider ${id}`);
  const provider = { ...row, ...row.shapedBy?.(env) };
  const { address } = findAddress(provider, env, 4000);
  return address === null ? null : address.apiBase + (provider.pathRule?.({ path, model, stream }) ?? path);
}

describe('Azure', () => {
  const resource = { AZURE_RESOURCE_NAME: 'res' };
  const chat = '/chat/completions';

  it.each<[NodeJS.ProcessEnv, string]>([
    [resource, 'https://res.openai.azure.com/openai/v1/chat/completions'],
    [{ ...resource, OPENAI_API_VERSION: 'preview' }, 'https://res.openai.azure.com/openai/v1/chat/completions'],
    [
      { ...resource, AZURE_OPENAI_API_VERSION: '2024-10-21' },
      'https://res.openai.azure.com/openai/deployments/my%20dep/chat/completions?api-version=2024-10-21',
    ],
    [
      { AZURE_OPENAI_ENDPOINT: 'https://res.openai.azure.com/', AZURE_API_VERSION: '2025-04-01-preview' },
      'https://res.openai.azure.com/openai/deployments/my%20dep/chat/completions?api-version=2025-04-01-preview',
    ],
  ])('%j', (env, address) => {
    expect(addressOf('azure', env, chat, 'my dep')).toBe(address);
  });

  it('has the deployment in the path of embeddings too', () => {
    const env = { ...resource, OPENAI_API_VERSION: '2024-10-21' };
    expect(addressOf('azure', env, '/embeddings', 'e')).toBe(
      'https://res.openai.azure.com/openai/deployments/e/embeddings?api-version=2024-10-21',
    );
  });

  it.each<[NodeJS.ProcessEnv, string]>([
    [{ ANTHROPIC_FOUNDRY_RESOURCE: 'res' }, 'https://res.services.ai.azure.com/anthropic/v1/messages'],
    [
      { ANTHROPIC_FOUNDRY_BASE_URL: 'https://x.services.ai.azure.com/anthropic' },
      'https://x.services.ai.azure.com/anthropic/v1/messages',
    ],
  ])('serves Claude: %j', (env, address) => {
    expect(addressOf('azure-claude', env, '/messages', 'c')).toBe(address);
  });
});

describe('Vertex AI', () => {
  const generate = '/models/gemini-2.5-pro:generateContent';
  const at = (location: string) => ({ GOOGLE_CLOUD_PROJECT: 'p', GOOGLE_CLOUD_LOCATION: location });

  it.each([
    ['us-central1', 'https://us-central1-aiplatform.googleapis.com'],
    ['global', 'https://aiplatform.googleapis.com'],
    ['us', 'https://aiplatform.us.rep.googleapis.com'],
    ['eu', 'https://aiplatform.eu.rep.googleapis.com'],
  ])('in %s is at %s', (location, origin) => {
    const place = `projects/p/locations/${location}/publishers`;
    expect(addressOf('vertex', at(location), generate, 'gemini-2.5-pro')).toBe(
      `${origin}/v1beta1/${place}/google${generate}`,
    );
    expect(addressOf('vertex-claude', at(location), '/messages', 'claude-opus-4-5@20251101')).toBe(
      `${origin}/v1/${place}/anthropic/models/claude-opus-4-5@20251101:rawPredict`,
    );
  });

  it('streams, and counts, under other names', () => {
    const base = 'https://aiplatform.googleapis.com/v1/projects/p/locations/global/publishers/anthropic/models';
    expect(addressOf('vertex-claude', at('global'), '/messages', 'c', true)).toBe(`${base}/c:streamRawPredict`);
    expect(addressOf('vertex-claude', at('global'), '/messages/count_tokens', 'c')).toBe(
      `${base}/count-tokens:rawPredict`,
    );
  });

  it("knows Claude Code's own variables", () => {
    const env = { ANTHROPIC_VERTEX_PROJECT_ID: 'p', CLOUD_ML_REGION: 'us-east5' };
    expect(addressOf('vertex-claude', env, '/messages', 'c')).toContain(
      'https://us-east5-aiplatform.googleapis.com/v1/projects/p/',
    );
    expect(addressOf('vertex', env, generate, 'g')).toBeNull();
  });

  it('lets no location change the host', () => {
    expect(addressOf('vertex', at('evil.example/x'), generate, 'g')).toBeNull();
    expect(addressOf('vertex', at('__proto__'), generate, 'g')).toBeNull();
  });
});
