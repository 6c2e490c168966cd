import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/canonical/parts.ts';
import { anthropicMessages } from '../../src/dialects/anthropic-messages/index.ts';
import { openaiChat } from '../../src/dialects/openai-chat/index.ts';
import { quirksOf } from '../../src/gateway/wire.ts';
import { findProvider, PROVIDERS } from '../../src/providers/table.ts';
import { cloudEndpoint, networkTarget } from '../helpers/routes.ts';

const CLAUDES_CALL = 'toolu_01A09q90qw90lq917835lq9';

/** What an agent asks in the dialect of Anthropic, with all that there is to differ about. */
const ASKED: JsonObject = {
  model: 'asked',
  max_tokens: 4_096,
  temperature: 1,
  top_k: 40,
  stop_sequences: ['END'],
  thinking: { type: 'enabled', budget_tokens: 20_000 },
  tool_choice: { type: 'any' },
  tools: [{ name: 'look', description: 'Looks', input_schema: { type: 'object', properties: {} } }],
  system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }],
  messages: [
    { role: 'user', content: 'Look.' },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'I should look.', signature: '' },
        { type: 'tool_use', id: CLAUDES_CALL, name: 'look', input: {} },
      ],
    },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: CLAUDES_CALL, content: 'Nothing.' }] },
  ],
};

/** The body for a provider of chat completions. */
function sentTo(id: string, model: string, asked: JsonObject = ASKED): JsonObject {
  const quirks = findProvider(id)?.quirks;
  const target = networkTarget(cloudEndpoint(id, quirks === undefined ? {} : { quirks }), model);
  const request = anthropicMessages.front?.decodeRequest(asked, { model, stream: true });
  if (request === undefined) throw new Error('there is no front for Messages');
  const limits = { maxOutputTokens: null, contextTokens: null, loadedContextTokens: null };
  const { body } = openaiChat.back.encodeRequest(request, { model, quirks: quirksOf(target), ...limits });
  return body;
}

describe('a request that is written for a provider', () => {
  it.each<[string, string, JsonObject, readonly string[]]>([
    ['mistral', 'mistral-large-latest', { tool_choice: 'any' }, ['reasoning_effort', 'top_k', 'stream_options']],
    ['mistral', 'mistral-small-latest', { tool_choice: 'any', reasoning_effort: 'high' }, ['top_k']],
    ['codestral', 'codestral-latest', { tool_choice: 'any' }, ['reasoning_effort', 'top_k']],
    ['deepseek', 'deepseek-v4-pro', { thinking: { type: 'enabled' }, reasoning_effort: 'high' }, ['top_k']],
    ['moonshot', 'kimi-k2.6', { thinking: { type: 'enabled' }, temperature: 1 }, ['reasoning_effort', 'top_k']],
    ['zai', 'glm-5.3', { thinking: { type: 'enabled' }, reasoning_effort: 'high', tool_choice: 'auto' }, []],
    ['zhipu', 'glm-5.2', { thinking: { type: 'enabled' }, tool_choice: 'auto' }, ['stream_options']],
    ['dashscope', 'qwen3-max', { enable_thinking: true, thinking_budget: 20_000 }, ['reasoning_effort']],
    ['siliconflow', 'Qwen/Qwen3-8B', { enable_thinking: true, thinking_budget: 20_000 }, ['reasoning_effort']],
    ['groq', 'openai/gpt-oss-120b', { reasoning_effort: 'high' }, ['top_k']],
    ['groq', 'moonshotai/kimi-k2-instruct', {}, ['reasoning_effort', 'top_k']],
    ['groq', 'qwen/qwen3-32b', {}, ['reasoning_effort', 'top_k']],
    ['togetherai', 'openai/gpt-oss-120b', { reasoning_effort: 'high', top_k: 40 }, []],
    ['openrouter', 'anthropic/claude-sonnet-5', { reasoning: { max_tokens: 20_000 } }, ['reasoning_effort']],
    ['vercel', 'anthropic/claude-sonnet-5', { reasoning: { max_tokens: 20_000 } }, ['reasoning_effort']],
    ['xai', 'grok-4.3', { reasoning_effort: 'high' }, ['stop', 'top_k']],
    ['xai', 'grok-4-fast-reasoning', {}, ['reasoning_effort', 'stop', 'top_k']],
    ['xai', 'grok-4-0709', {}, ['reasoning_effort']],
    ['xai', 'grok-4.20-0309-non-reasoning', {}, ['reasoning_effort']],
    ['xai', 'grok-4.5', { reasoning_effort: 'high' }, []],
    ['perplexity', 'sonar-pro', { reasoning_effort: 'high' }, ['tools', 'tool_choice', 'stop', 'stream_options']],
    ['nvidia', 'qwen/qwen3-next', { chat_template_kwargs: { enable_thinking: true } }, ['reasoning_effort']],
    ['wandb', 'Qwen/Qwen3-235B', { chat_template_kwargs: { enable_thinking: true } }, ['reasoning_effort']],
    ['friendli', 'LGAI/K-EXAONE', { chat_template_kwargs: { enable_thinking: true } }, ['reasoning_effort']],
    ['cerebras', 'gpt-oss-120b', { reasoning_effort: 'high', stop: ['END'] }, ['top_k']],
    ['cohere', 'command-a-reasoning-08-2025', { reasoning_effort: 'high' }, ['stream_options']],
    ['cohere', 'command-a-03-2025', {}, ['reasoning_effort', 'stream_options']],
    ['minimax', 'MiniMax-M2.7', {}, ['reasoning_effort', 'thinking']],
    ['poe', 'some-model', {}, ['reasoning_effort']],
    ['ai21', 'jamba-large', {}, ['reasoning_effort', 'stream_options']],
    ['huggingface', 'openai/gpt-oss-120b', { reasoning_effort: 'high' }, []],
  ])('has what %s takes for %s', (id, model, fields, lacking) => {
    const body = sentTo(id, model);
    expect(body).toMatchObject(fields);
    expect(lacking.filter((name) => body[name] !== undefined)).toEqual([]);
  });

  it('tells DeepSeek every effort, which has its own for each', () => {
    const asked = { ...ASKED, thinking: { type: 'adaptive' }, output_config: { effort: 'low' } };
    expect(sentTo('deepseek', 'deepseek-v4-pro', asked)).toMatchObject({ reasoning_effort: 'low' });
  });

  it('keeps the order that Mistral insists on', () => {
    const [user, call, result] = ASKED['messages'] as readonly JsonObject[];
    const reminder = { type: 'text', text: '<system-reminder>Be quick.</system-reminder>' };
    const results = result?.['content'] as readonly JsonObject[];
    const said = { role: 'assistant', content: 'It is' };
    const asked = { ...ASKED, messages: [user, call, { ...result, content: [...results, reminder] }, said] };
    const rolesOf = (id: string): unknown[] =>
      (sentTo(id, 'a-model', asked)['messages'] as readonly JsonObject[]).map(({ role }) => role);
    expect(rolesOf('mistral')).toEqual(['system', 'user', 'assistant', 'tool', 'assistant', 'user', 'assistant']);
    expect(rolesOf('groq')).toEqual(['system', 'user', 'assistant', 'tool', 'user', 'assistant']);
    const messages = sentTo('mistral', 'a-model', asked)['messages'] as readonly JsonObject[];
    expect(messages.at(-1)).toEqual({ ...said, prefix: true });
    expect(messages.filter(({ prefix }) => prefix !== undefined)).toHaveLength(1);
  });

  it.each([
    ['mistral', false, /^[a-zA-Z0-9]{9}$/],
    ['deepseek', true, /^toolu_/],
    ['moonshot', true, /^toolu_/],
    ['zai', true, /^toolu_/],
    ['groq', false, /^toolu_/],
  ])('tells %s what was thought before a call: %s; and calls it %s', (id, isTold, callId) => {
    const messages = sentTo(id, 'a-model')['messages'] as readonly JsonObject[];
    const said = messages.find(({ role }) => role === 'assistant');
    expect(said?.['reasoning_content']).toBe(isTold ? 'I should look.' : undefined);
    const [call] = said?.['tool_calls'] as readonly { readonly id: string }[];
    expect(call?.id).toMatch(callId);
    expect(messages.find(({ role }) => role === 'tool')?.['tool_call_id']).toBe(call?.id);
  });

  it.each([
    ['openrouter', [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }]],
    ['dashscope', [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }]],
    ['groq', 'Be brief.'],
  ])('has marks of the cache where %s understands them', (id, content) => {
    expect(sentTo(id, 'a-model')['messages']).toMatchObject({ 0: { role: 'system', content } });
  });

  it.each([
    ['deepseek', 'json_object'],
    ['zai', 'json_object'],
    ['ai21', 'json_object'],
    ['mistral', 'json_schema'],
  ])('gives %s a schema as it takes one: %s', (id, type) => {
    const schema = { type: 'object', properties: { answer: { type: 'string' } } };
    const body = sentTo(id, 'a-model', { ...ASKED, output_config: { format: { type: 'json_schema', schema } } });
    expect(body['response_format']).toMatchObject({ type });
    expect(JSON.stringify(body['messages']).includes('answer')).toBe(type === 'json_object');
  });

  it.each([
    ['none', 'tools'],
    ['auto', 'nothing'],
  ])('shows Z.ai no tools where none may be called: %s leaves out %s', (type, missing) => {
    const body = sentTo('zai', 'glm-5.3', { ...ASKED, tool_choice: { type } });
    expect(body['tools'] === undefined).toBe(missing === 'tools');
    expect(body['tool_choice']).toBe(missing === 'tools' ? undefined : 'auto');
  });

  it('shows Z.ai the one tool that is to be called', () => {
    const tools = [...(ASKED['tools'] as readonly JsonObject[]), { name: 'other', input_schema: { type: 'object' } }];
    const body = sentTo('zai', 'glm-5.3', { ...ASKED, tools, tool_choice: { type: 'tool', name: 'look' } });
    expect(body).toMatchObject({ tool_choice: 'auto', tools: [{ function: { name: 'look' } }] });
    expect(body['tools']).toHaveLength(1);
  });

  it.each(PROVIDERS.filter(({ dialect }) => dialect === 'openai-chat').map(({ id }) => id))(
    'has for %s nothing that it refuses, and no temperature above its highest',
    (id) => {
      const body = sentTo(id, 'a-model', { ...ASKED, temperature: 1 });
      const quirks = findProvider(id)?.quirks;
      expect(quirks?.refuses.filter((name) => body[name] !== undefined)).toEqual([]);
      expect(body['temperature']).toBeLessThanOrEqual(quirks?.maxTemperature ?? 2);
    },
  );
});
