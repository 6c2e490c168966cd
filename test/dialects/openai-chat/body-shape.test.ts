import { describe, expect, it } from 'vitest';
import { isPlainChatBody, isResponsesShaped } from '../../../src/dialects/openai-chat/body-shape.ts';

const user = { role: 'user', content: 'hi' };

describe('a body of chat completions', () => {
  // What passes as bytes: also what only some upstreams know.
  it.each([
    ['text', { messages: [user] }],
    [
      'parts',
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://a/b.png' } }] }] },
    ],
    ['a function', { messages: [user], tools: [{ type: 'function', function: { name: 'f' } }] }],
    ['a custom tool', { messages: [user], tools: [{ type: 'custom', custom: { name: 'f' } }] }],
    ['a tool of the provider', { messages: [user], tools: [{ type: 'browser_search' }] }],
    ['a choice', { messages: [user], tool_choice: { type: 'function', function: { name: 'f' } } }],
    [
      'cache marks',
      { messages: [{ ...user, content: [{ type: 'text', text: 'a', cache_control: { type: 'ephemeral' } }] }] },
    ],
    ["Mistral's thoughts", { messages: [{ role: 'assistant', content: [{ type: 'thinking', thinking: [] }] }] }],
    ['input beside messages', { messages: [user], input: 'x' }],
    ['nothing usable', { messages: 'no', tools: 7 }],
  ])('is plain with %s', (_name, body) => {
    expect(isPlainChatBody(body)).toBe(true);
  });

  // Cursor (forum thread 159298; clients.md section 1).
  it.each([
    ['the shape of Responses', { input: [user], reasoning: { effort: 'low' } }],
    ['a top-level system', { messages: [user], system: [{ type: 'text', text: 'a' }] }],
    ['an Anthropic tool', { messages: [user], tools: [{ name: 'f', input_schema: {} }] }],
    ['a flat function', { messages: [user], tools: [{ type: 'function', name: 'f', parameters: {} }] }],
    ['a tool that Anthropic runs', { messages: [user], tools: [{ type: 'web_search_20250305', name: 'web_search' }] }],
    ["Anthropic's choice", { messages: [user], tool_choice: { type: 'auto' } }],
    ['a flat choice', { messages: [user], tool_choice: { type: 'function', name: 'f' } }],
    ['tool_use', { messages: [{ role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'f', input: {} }] }] }],
    ['tool_result', { messages: [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a' }] }] }],
    ["Anthropic's thoughts", { messages: [{ role: 'assistant', content: [{ type: 'thinking', thinking: 'a' }] }] }],
  ])('is not plain with %s', (_name, body) => {
    expect(isPlainChatBody(body)).toBe(false);
  });

  it('has the shape of Responses where there is input in the place of messages', () => {
    expect(isResponsesShaped({ input: 'hi' })).toBe(true);
    expect(isResponsesShaped({ input: 'hi', messages: null })).toBe(true);
    expect(isResponsesShaped({ input: 'hi', messages: [] })).toBe(false);
    expect(isResponsesShaped({ messages: [] })).toBe(false);
  });
});
