import { expect, it } from 'vitest';
import type { JsonObject } from '../../../src/canonical/parts.ts';
import { decoded, encoded, front } from './contexts.ts';

const mark = { cache_control: { type: 'ephemeral', ttl: '1h' } };
const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AA==' } };

const BODY: JsonObject = {
  max_tokens: 32_000,
  stream: true,
  system: [{ type: 'text', text: 'You are careful.', ...mark }],
  messages: [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'Look.' },
        image,
        {
          type: 'document',
          source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' },
          title: 'a.pdf',
        },
      ],
    },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'Hm.', signature: 'SIG' },
        { type: 'redacted_thinking', data: 'DATA' },
        { type: 'text', text: 'I look.' },
        { type: 'server_tool_use', id: 's', name: 'web_search', input: { query: 'x' } },
        { type: 'web_search_tool_result', tool_use_id: 's', content: [] },
        { type: 'tool_use', id: 'toolu_1', name: 'f', input: { a: 1 } },
        { type: 'tool_use', id: 'toolu_2', name: 'f', input: {} },
      ],
    },
    {
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: 'toolu_1', content: [{ type: 'text', text: '1' }, image], ...mark },
        { type: 'tool_result', tool_use_id: 'toolu_2', content: 'No.', is_error: true },
        { type: 'text', text: 'Go on.' },
      ],
    },
  ],
  tools: [
    { name: 'f', description: 'F.', input_schema: { type: 'object', properties: { a: { type: 'number' } } }, ...mark },
    { type: 'web_search_20250305', name: 'web_search', max_uses: 3 },
  ],
  tool_choice: { type: 'auto', disable_parallel_tool_use: true },
  thinking: { type: 'adaptive', display: 'summarized' },
  output_config: {
    effort: 'high',
    format: {
      type: 'json_schema',
      schema: { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], additionalProperties: false },
    },
    task_budget: { total: 9 },
  },
  stop_sequences: ['END'],
  metadata: { user_id: 'u', tag: 'x' },
  service_tier: 'standard_only',
  context_management: { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] },
  container: 'c',
};

it('a body that is read and written again is the same body', () => {
  const { body, dropped, headers } = encoded(decoded(BODY), 'claude-opus-5');
  expect(dropped).toEqual([]);
  expect(headers).toEqual({});
  expect(body).toEqual({ model: 'claude-opus-5', ...BODY });
});

it.each<[string, JsonObject]>([
  ['budget', { max_tokens: 9_000, thinking: { type: 'enabled', budget_tokens: 2_000 }, top_p: 0.97 }],
  ['sampling', { max_tokens: 100, temperature: 0.4, top_k: 9 }],
  ['no thinking', { max_tokens: 100, thinking: { type: 'disabled' } }],
  [
    'a tool that must be called',
    {
      max_tokens: 100,
      tools: [{ name: 'f', input_schema: { type: 'object', properties: {} } }],
      tool_choice: { type: 'tool', name: 'f' },
    },
  ],
])('%s is the same', (_name, fields) => {
  const whole = { messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }], ...fields };
  const { body, dropped } = encoded(decoded(whole), 'claude-sonnet-4-5');
  expect(dropped).toEqual([]);
  expect(body).toEqual({ model: 'claude-sonnet-4-5', ...whole });
});

it('what is written is read as what was meant', () => {
  const request = decoded(BODY);
  const { body } = encoded(request, 'claude-opus-5');
  expect(front.decodeRequest(body, { model: 'm', stream: true })).toEqual(request);
});
