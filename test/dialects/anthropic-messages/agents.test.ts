import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/canonical/parts.ts';
import { textPart } from '../../../src/canonical/parts.ts';
import { decoded } from './contexts.ts';

/**
 * What Claude Code 2.1.330 was seen to send (`test/e2e/agents`), reduced to what matters, with words of our own. Blocks
 * that change the tools were not seen; they are as the types of Anthropic's SDK tell.
 */
const tool = (name: string, rest: JsonObject = {}): JsonObject => ({
  name,
  description: `The tool ${name}.`,
  input_schema: { $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object', properties: {} },
  ...rest,
});
const user = (content: unknown): JsonObject => ({ role: 'user', content });
const system = (content: unknown): JsonObject => ({ role: 'system', content });
const names = (body: JsonObject): readonly string[] => decoded(body).tools.map(({ name }) => name);

describe('what Claude Code sends', () => {
  const body: JsonObject = {
    system: [
      { type: 'text', text: 'x-anthropic-billing-header: cc_version=2.1.330.d0b; cc_entrypoint=sdk-cli;' },
      { type: 'text', text: 'You are an agent.', cache_control: { type: 'ephemeral' } },
    ],
    messages: [
      user([
        { type: 'text', text: 'A reminder.' },
        { type: 'text', text: 'Run two commands.' },
      ]),
      system('# Environment'),
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'I think.', signature: '' },
          { type: 'text', text: 'I ask the shell.' },
          { type: 'tool_use', id: 'call_1', name: 'Bash', input: { command: 'echo 1' } },
          { type: 'tool_use', id: 'call_2', name: 'Bash', input: { command: 'echo 2' } },
        ],
      },
      user([
        { tool_use_id: 'call_1', type: 'tool_result', content: '1', is_error: false },
        {
          tool_use_id: 'call_2',
          type: 'tool_result',
          content: '2',
          is_error: false,
          cache_control: { type: 'ephemeral' },
        },
      ]),
    ],
    tools: [tool('Bash'), tool('DeferredToolPlaceholder', { defer_loading: true })],
    metadata: { user_id: '{"device_id":"d","account_uuid":"","session_id":"s"}' },
    max_tokens: 32_000,
    thinking: { type: 'adaptive', display: 'omitted' },
    context_management: { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] },
    output_config: { effort: 'high' },
    stream: true,
  };
  const request = decoded(body);

  it('is understood turn by turn, without the line that changes with every request', () => {
    expect(request.messages.map(({ role }) => role)).toEqual(['system', 'user', 'system', 'assistant', 'tool']);
    expect(request.messages[0]).toEqual({ role: 'system', content: [textPart('You are an agent.', '5m')] });
    const results = request.messages.flatMap((message) => (message.role === 'tool' ? message.results : []));
    expect(results.map(({ callId, isError, cache }) => [callId, isError, cache])).toEqual([
      ['call_1', false, null],
      ['call_2', false, '5m'],
    ]);
  });

  it('keeps the thought that was not to be shown, which some providers want back with the calls', () => {
    const parts = request.messages.flatMap((message) => (message.role === 'assistant' ? message.content : []));
    expect(parts[0]).toEqual({ type: 'reasoning', text: 'I think.', state: null });
  });

  it('asks for effort and leaves what only Anthropic knows among the extras', () => {
    expect(request.reasoning).toEqual({ effort: 'high', budgetTokens: null, shown: false });
    expect(Object.keys(request.extras.fields)).toEqual(['context_management']);
  });
});

describe('tools that Claude Code loads later', () => {
  it('says which were found, so that the result of the search is not empty for others', () => {
    const found = ['WebFetch', 'WebSearch'].map((name) => ({ type: 'tool_reference', tool_name: name }));
    const request = decoded({
      messages: [
        user('Find tools.'),
        { role: 'assistant', content: [{ type: 'tool_use', id: 'c', name: 'ToolSearch', input: { query: 'select' } }] },
        user([{ type: 'tool_result', tool_use_id: 'c', content: found, cache_control: { type: 'ephemeral' } }]),
      ],
      tools: [
        tool('ToolSearch'),
        tool('WebFetch', { defer_loading: true }),
        tool('WebSearch', { defer_loading: true }),
      ],
    });
    const last = request.messages.at(-1);
    expect(last?.role === 'tool' ? last.results[0]?.content : null).toEqual([
      textPart('The tool WebFetch is loaded and can be called.'),
      textPart('The tool WebSearch is loaded and can be called.'),
    ]);
    expect(request.tools.map(({ name }) => name)).toEqual(['ToolSearch', 'WebFetch', 'WebSearch']);
  });

  const added = (definition: JsonObject): JsonObject => ({
    type: 'tool_addition',
    tool: { type: 'tool_definition', definition },
  });
  const named = (type: 'tool_addition' | 'tool_removal', name: string): JsonObject => ({
    type,
    tool: { type: 'tool_reference', name },
  });

  it.each<[string, readonly JsonObject[], readonly string[]]>([
    ['one that is defined in the conversation', [added(tool('Late'))], ['A', 'B', 'Late']],
    ['one that is defined again', [added(tool('A'))], ['A', 'B']],
    ['one that is named', [named('tool_addition', 'A')], ['A', 'B']],
    ['one that is taken away', [named('tool_removal', 'A')], ['B']],
    ['one that comes back', [named('tool_removal', 'A'), named('tool_addition', 'A')], ['A', 'B']],
    ['one that came and went', [added(tool('Late')), named('tool_removal', 'Late')], ['A', 'B']],
  ])('offers what can be called in the end: %s', (_, blocks, expected) => {
    const messages = [user('Hi'), ...blocks.map((block) => system([{ type: 'text', text: 'Tools changed.' }, block]))];
    expect(names({ messages, tools: [tool('A'), tool('B')] })).toEqual(expected);
  });

  it('keeps tools of the provider apart from those of the client, and from each other', () => {
    const fetcher = { type: 'web_fetch_20250910', name: 'web_fetch' };
    const sets = [
      { type: 'mcp_toolset', mcp_server_name: 'a' },
      { type: 'mcp_toolset', mcp_server_name: 'b' },
    ];
    const tools = [fetcher, tool('mcp_toolset'), ...sets];
    const all = ['web_fetch', 'mcp_toolset', 'mcp_toolset', 'mcp_toolset'];
    expect(names({ messages: [user('Hi')], tools })).toEqual(all);
    const newer = { ...fetcher, max_uses: 2 };
    const changes = [added(newer), named('tool_removal', 'mcp_toolset')];
    const messages = [user('Hi'), ...changes.map((block) => system([block]))];
    const read = decoded({ messages, tools }).tools;
    expect(read).toMatchObject([{ definition: newer }, { definition: sets[0] }, { definition: sets[1] }]);
  });

  it('says where a change is that it does not understand', () => {
    const messages = [user('Hi'), system([{ type: 'tool_addition', tool: { type: 'tool_definition' } }])];
    expect(() => decoded({ messages })).toThrow(/messages\[1\]\.content\[0\]\.tool\.definition/);
  });

  it('has no message of the system where its blocks only changed the tools', () => {
    const request = decoded({ messages: [user('Hi'), system([added(tool('Late'))])] });
    expect(request.messages.map(({ role }) => role)).toEqual(['user']);
  });
});
