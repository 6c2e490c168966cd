import { describe, expect, it } from 'vitest';
import { chatCapabilities } from '../../src/dialects/known-chat-models.ts';

describe('what a chat model can do, by its name', () => {
  it.each([
    ['gpt-4o', 'chat tools vision'],
    ['gpt-5.2', 'chat tools vision thinking'],
    ['o3-mini', 'chat tools thinking'],
    ['gpt-3.5-turbo', 'chat tools'],
    ['gpt-4o-audio-preview', 'chat tools audio'],
    ['chatgpt-4o-latest', 'chat vision'],
    ['claude-sonnet-4-5', 'chat tools vision thinking'],
    ['claude-3-5-haiku-20241022', 'chat tools vision'],
    ['us.anthropic.claude-opus-4-6-v1:0', 'chat tools vision thinking'],
    ['claude-2.1', 'chat'],
    ['gemini-2.5-flash', 'chat tools vision thinking audio'],
    ['models/gemini-2.0-flash', 'chat tools vision audio'],
  ])('%s: %s', (id, capabilities) => {
    expect(chatCapabilities(id)?.join(' ')).toBe(capabilities);
  });

  it.each(['llama-3.3-70b', 'qwen3:8b', 'gpt-3.5-turbo-instruct', 'mistral-large-latest'])('%s: nothing', (id) => {
    expect(chatCapabilities(id)).toBeNull();
  });
});
