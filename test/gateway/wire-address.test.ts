import { describe, expect, it } from 'vitest';
import { idWithState } from '../../src/canonical/carried-state.ts';
import type { Endpoint } from '../../src/canonical/target.ts';
import type { Face } from '../../src/dialects/face.ts';
import { NOTHING_IN_PATH } from '../../src/dialects/face.ts';
import { CHAT_FACE, COUNT_MESSAGES_FACE, MESSAGES_FACE, RESPONSES_FACE } from '../../src/dialects/faces.ts';
import { Conversation } from '../../src/gateway/conversation.ts';
import { wireTo } from '../../src/gateway/wire.ts';
import { findProvider } from '../../src/providers/table.ts';
import { cloudEndpoint, networkTarget } from '../helpers/routes.ts';

const VERTEX_MODEL = 'claude-opus-4-5@20251101';
const SAID = [{ role: 'user', content: 'Hi' }];

function conversationIn(face: Face): Conversation {
  const said = face === RESPONSES_FACE ? { input: SAID } : { messages: SAID, max_tokens: 16 };
  return new Conversation(face, Buffer.from(JSON.stringify({ model: 'asked', ...said })), NOTHING_IN_PATH);
}

/** The provider's own addresses, as if it were where the row says. */
function endpointOf(id: string): Endpoint {
  const row = findProvider(id);
  if (row === null) throw new Error(`no provider ${id}`);
  const { dialect, apiBase, quirks } = row;
  const alsoSpeaks = row.alsoSpeaks.map((address) => ({ ...address, apiBase: new URL(address.apiBase, apiBase).href }));
  return cloudEndpoint(id, { dialect, apiBase, alsoSpeaks, quirks });
}

describe('the address that a request goes to', () => {
  it.each<[string, string, string, Face, string, boolean]>([
    ['chat completions, as its own dialect', 'openai', 'gpt-5.4', CHAT_FACE, 'openai-chat', true],
    ['Responses, as a further one', 'openai', 'gpt-5.4', RESPONSES_FACE, 'openai-responses', true],
    ['Messages, which it does not speak', 'openai', 'gpt-4.1', MESSAGES_FACE, 'openai-chat', false],
    ['Messages, of a model that thinks in Responses', 'openai', 'gpt-5.4', MESSAGES_FACE, 'openai-responses', false],
    ['Messages, of one that has no tools in chat', 'azure', 'gpt-6-sol', MESSAGES_FACE, 'openai-responses', false],
    ['Messages, of one that only chats', 'openai', 'gpt-5.3-chat-latest', MESSAGES_FACE, 'openai-chat', false],
    ['chat completions, which the model does not', 'openai', 'gpt-5.2-codex', CHAT_FACE, 'openai-responses', false],
    ['Messages, of a model of one dialect', 'openai', 'gpt-5.2-pro', MESSAGES_FACE, 'openai-responses', false],
    ['Responses, of a model of one dialect', 'openai', 'o3-pro', RESPONSES_FACE, 'openai-responses', true],
    [
      'chat completions, of Claude in OpenCode',
      'opencode-zen',
      'claude-sonnet-5',
      CHAT_FACE,
      'anthropic-messages',
      false,
    ],
    ['Messages, of Claude in OpenCode', 'opencode-zen', 'claude-sonnet-5', MESSAGES_FACE, 'anthropic-messages', true],
    ['Messages, of another in OpenCode', 'opencode-zen', 'kimi-k2.6', MESSAGES_FACE, 'openai-chat', false],
    [
      'Messages, of a maker who speaks it',
      'openrouter',
      'anthropic/claude-opus-5',
      MESSAGES_FACE,
      'anthropic-messages',
      true,
    ],
    ['Messages, of one who does not', 'openrouter', 'openai/gpt-5.4', MESSAGES_FACE, 'openai-chat', false],
    ['Messages, of DeepSeek', 'deepseek', 'deepseek-v4-pro', MESSAGES_FACE, 'anthropic-messages', true],
    ['Messages, of a model that is not there', 'dashscope', 'deepseek-v3.2', MESSAGES_FACE, 'openai-chat', false],
  ])('is for %s (%s, %s)', (_, provider, model, face, dialect, passes) => {
    const wire = wireTo(conversationIn(face), networkTarget(endpointOf(provider), model));
    expect({ dialect: wire.address.dialect, passes: wire.passes }).toEqual({ dialect, passes });
    const sent = JSON.parse(wire.body.toString('utf8')) as { readonly model: string };
    expect(sent.model).toBe(model);
  });

  it('is a path of its own where the provider has one for the dialect', () => {
    const wire = wireTo(conversationIn(MESSAGES_FACE), networkTarget(endpointOf('deepseek'), 'deepseek-v4-pro'));
    expect(wire.address.apiBase + wire.path).toBe('https://api.deepseek.com/anthropic/v1/messages');
  });
});

describe('a chat conversation that another provider left a state in', () => {
  const id = idWithState('call_1', { origin: 'gemini', data: '@gemini\nsigned' });
  const messages = [
    { role: 'user', content: 'a' },
    {
      role: 'assistant',
      content: null,
      tool_calls: [{ id, type: 'function', function: { name: 'f', arguments: '{}' } }],
    },
    { role: 'tool', tool_call_id: id, content: 'r' },
  ];
  const tools = [{ type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} } } }];
  const sentFor = (more: object): { dialect: string; sent: Record<string, unknown> } => {
    const body = Buffer.from(JSON.stringify({ model: 'asked', messages, ...more }));
    const wire = wireTo(
      new Conversation(CHAT_FACE, body, NOTHING_IN_PATH),
      networkTarget(endpointOf('openai'), 'gpt-5.2'),
    );
    expect(wire.passes).toBe(false);
    return { dialect: wire.address.dialect, sent: JSON.parse(wire.body.toString('utf8')) as Record<string, unknown> };
  };

  it('stays where it is, with all that only chat completions have', () => {
    const only = { seed: 3, metadata: { a: 'b' }, store: true, web_search_options: {} };
    const { dialect, sent } = sentFor({ ...only, prediction: { type: 'content', content: 'x' } });
    expect(dialect).toBe('openai-chat');
    expect(sent).toMatchObject(only);
    expect(JSON.stringify(sent)).not.toContain(id);
  });

  it.each([
    ['has tools alone', { tools }, 'openai-chat'],
    ['thinks alone', { reasoning_effort: 'high' }, 'openai-chat'],
    ['has tools and is not to think', { tools, reasoning_effort: 'none' }, 'openai-chat'],
    ['has tools and thinks', { tools, reasoning_effort: 'high' }, 'openai-responses'],
  ])('goes to an address of another dialect only where it must: it %s', (_, more, dialect) => {
    expect(sentFor(more).dialect).toBe(dialect);
  });
});

describe("Claude in Google's cloud", () => {
  it.each([
    ['has the model in the path', MESSAGES_FACE, '/models/claude-opus-4-5@20251101:rawPredict', undefined],
    ['counts with the model in the body', COUNT_MESSAGES_FACE, '/models/count-tokens:rawPredict', VERTEX_MODEL],
  ])('%s', (_, face, path, model) => {
    const { pathRule } = findProvider('vertex-claude') ?? {};
    const endpoint = { ...endpointOf('vertex-claude'), pathRule: pathRule ?? null };
    const wire = wireTo(conversationIn(face), networkTarget(endpoint, VERTEX_MODEL));
    const sent = JSON.parse(wire.body.toString('utf8')) as object;
    expect({ path: wire.path, passes: wire.passes, ...sent }).toMatchObject({
      path,
      passes: true,
      anthropic_version: 'vertex-2023-10-16',
    });
    expect(sent).toHaveProperty('messages');
    expect((sent as { readonly model?: string }).model).toBe(model);
  });

  it('refuses what is nested too deep to be written anew', () => {
    const deep = '['.repeat(10_000) + ']'.repeat(10_000);
    const body = Buffer.from(`{"model":"asked","max_tokens":16,"messages":[],"extra":${deep}}`);
    const conversation = new Conversation(MESSAGES_FACE, body, NOTHING_IN_PATH);
    const target = networkTarget(endpointOf('vertex-claude'), VERTEX_MODEL);
    expect(() => wireTo(conversation, target)).toThrow('nested deeper than');
  });
});
