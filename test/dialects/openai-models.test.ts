import { describe, expect, it } from 'vitest';
import { EFFORTS } from '../../src/canonical/request.ts';
import type { Effort } from '../../src/canonical/request.ts';
import { nearestEffort, openAiModel } from '../../src/dialects/openai-models.ts';

describe('models of OpenAI', () => {
  // Ids of `ChatModel` and `ResponsesModel` in the `openai` package.
  it.each<[string, 'reasoning' | 'plain' | 'unknown', string]>([
    ['gpt-4.1-mini-2025-04-14', 'plain', 'always'],
    ['gpt-4o', 'plain', 'always'],
    ['gpt-4o-search-preview', 'plain', 'never'],
    ['chatgpt-4o-latest', 'plain', 'always'],
    ['gpt-3.5-turbo', 'plain', 'always'],
    ['ft:gpt-4o-mini-2024-07-18:org::id', 'plain', 'always'],
    ['gpt-5-chat-latest', 'plain', 'always'],
    ['o1', 'reasoning', 'never'],
    ['o3-mini-2025-01-31', 'reasoning', 'never'],
    ['o4-mini-deep-research', 'reasoning', 'never'],
    ['gpt-5', 'reasoning', 'never'],
    ['gpt-5-nano-2025-08-07', 'reasoning', 'never'],
    ['gpt-5-codex', 'reasoning', 'never'],
    ['gpt-5.1', 'reasoning', 'without-effort'],
    ['gpt-5.1-codex-max', 'reasoning', 'never'],
    ['gpt-5.2-chat-latest', 'reasoning', 'never'],
    ['gpt-5.4-mini-2026-03-17', 'reasoning', 'without-effort'],
    ['gpt-5.6-sol', 'reasoning', 'without-effort'],
    ['gpt-6-luna', 'reasoning', 'never'],
    ['openai/gpt-5.1', 'reasoning', 'without-effort'],
    ['codex-mini-latest', 'reasoning', 'never'],
    ['gpt-oss-120b', 'unknown', 'always'],
    ['my-deployment', 'unknown', 'always'],
    ['grok-4', 'unknown', 'always'],
  ])('%s: %s, sampling %s', (id, kind, sampling) => {
    expect(openAiModel(id)).toMatchObject({ kind, sampling });
  });

  it('that take no effort are only those that do not think', () => {
    expect(openAiModel('gpt-4o').efforts).toEqual([]);
    expect(openAiModel('gpt-5-pro').efforts).toEqual(['high']);
    expect(openAiModel('gpt-5.2-pro').efforts).toEqual(['medium', 'high', 'xhigh']);
    expect(openAiModel('gpt-5.1-codex-mini').efforts).toEqual(['low', 'medium', 'high']);
    expect(openAiModel('gpt-5.6-sol').efforts).toContain('max');
    expect(openAiModel('gpt-5.6-sol').inChat.efforts).not.toContain('max');
  });
});

describe('the nearest effort', () => {
  it.each<[Effort, readonly string[] | null, string]>([
    ['max', null, 'max'],
    ['max', ['low', 'high'], 'high'],
    ['none', ['low', 'high'], 'low'],
    ['minimal', ['none', 'low'], 'low'],
    ['medium', ['low', 'high'], 'high'],
    ['low', ['odd'], 'low'],
    ['high', [...EFFORTS], 'high'],
  ])('to %s of %j is %s', (effort, taken, expected) => {
    expect(nearestEffort(effort, taken)).toBe(expected);
  });
});
