import { findProvider, type ModelInfo } from '@pydantic/genai-prices';
import { describe, expect, it } from 'vitest';
import { claudeModel } from '../../src/dialects/claude-models.ts';

describe('the id of a Claude model', () => {
  it.each([
    ['claude-sonnet-4-20250514', 'claude-sonnet-4-0'],
    ['claude-opus-4-20250514', 'claude-opus-4'],
    ['claude-3.7-sonnet', 'claude-3-7-sonnet-20250219'],
    ['claude-3-5-sonnet-latest', 'claude-3-5-sonnet-20241022'],
    ['claude-opus-5-20260724', 'claude-opus-5'],
    ['claude-opus-4.8-fast', 'claude-opus-4-8'],
    ['claude-opus-5.0', 'claude-opus-5'],
    ['claude-5-5-opus', 'claude-opus-5-5'],
    ['claude-4.6-opus', 'claude-opus-4-6'],
    ['claude-4-sonnet', 'claude-sonnet-4-0'],
    ['claude-v2:1', 'claude-2.1'],
    // Bedrock: a region, a version of the API, a whole ARN.
    ['eu.anthropic.claude-opus-4-6-v1:0', 'claude-opus-4-6'],
    ['us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0', 'claude-sonnet-4-5'],
    ['global.anthropic.claude-opus-5-5-v1', 'claude-opus-5-5'],
    ['anthropic.claude-3-5-sonnet-20241022-v2:0', 'claude-3-5-sonnet'],
    ['arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-opus-4-1-20250805-v1:0', 'claude-opus-4-1'],
    // Vertex AI: a date behind an @.
    ['claude-opus-4-1@20250805', 'claude-opus-4-1'],
    ['claude-sonnet-4@20250514', 'claude-sonnet-4-0'],
    ['publishers/anthropic/models/claude-haiku-4-5@20251001', 'claude-haiku-4-5'],
    // Routers.
    ['anthropic/claude-opus-4.6', 'claude-opus-4-6'],
    ['anthropic/claude-sonnet-latest', 'claude-sonnet-5-5'],
    // Newer than the table: as the newest of the family that is known.
    ['claude-opus-6', 'claude-opus-5-5'],
    ['claude-opus-4-9', 'claude-opus-5-5'],
    ['claude-sonnet-5-10', 'claude-sonnet-5-5'],
    ['claude-haiku-6-20271001', 'claude-haiku-5-5'],
    ['claude-neo-9', 'claude-opus-5-5'],
  ])('%s means what %s means', (id, plain) => {
    expect(claudeModel(id)).toEqual(claudeModel(plain));
  });

  it.each([
    ['claude-opus-5', 'claude-opus-5-5'],
    ['claude-sonnet-4-5', 'claude-sonnet-4-6'],
    ['claude-opus-4-1', 'claude-opus-4-6'],
    ['claude-opus-4', 'claude-opus-4-1'],
    ['claude-fable-5', 'claude-fable-5-1'],
    ['claude-2.1', 'claude-neo-9'],
    ['claude-3-5-haiku', 'claude-haiku-4-5'],
  ])('%s is another than %s', (one, other) => {
    expect(claudeModel(one)).not.toEqual(claudeModel(other));
  });

  it.each(['gpt-5.5', 'deepseek-v4', 'kimi-k3', 'amazon.nova-pro-v1:0', 'claude'])('%s is none', (id) => {
    expect(claudeModel(id)).toBeNull();
  });
});

describe('the ids under which the price data knows a model', () => {
  const listed = ['anthropic', 'aws', 'google', 'azure', 'openrouter', 'vercel'].flatMap((providerId) => {
    const models = findProvider({ providerId })?.models ?? [];
    return models
      .filter(({ id }) => claudeModel(id) !== null)
      .map((model) => ({ providerId, id: model.id, names: [...namesOf(model.match)].filter(isWhole) }));
  });

  it('are many', () => {
    expect(listed.flatMap(({ names }) => names).length).toBeGreaterThan(150);
  });

  it.each(listed)('$providerId: $id', ({ id, names }) => {
    for (const name of names) expect([name, claudeModel(name)]).toEqual([name, claudeModel(id)]);
  });

  /** Not a piece that stands for several (a family), nor OpenRouter's 4.1, which has the price of 4. */
  function isWhole(name: string): boolean {
    return claudeModel(name) !== null && /claude-.*\d/.test(name) && name !== 'anthropic/claude-opus-4.1';
  }

  function namesOf(rule: ModelInfo['match']): readonly string[] {
    if ('or' in rule) return rule.or.flatMap(namesOf);
    if ('and' in rule) return rule.and.flatMap(namesOf);
    if ('equals' in rule) return [rule.equals];
    return 'starts_with' in rule ? [rule.starts_with] : [];
  }
});
