import { describe, expect, it } from 'vitest';
import { idWithState, textOfState } from '../../../src/canonical/carried-state.ts';
import { GatewayError } from '../../../src/canonical/errors.ts';
import type { JsonObject } from '../../../src/canonical/parts.ts';
import { decoded, decodedMessages } from './contexts.ts';

const user = { role: 'user', content: 'hi' };
const text = (said: string, cache: '5m' | '1h' | null = null) => ({ type: 'text', text: said, cache, state: null });
const called = (id: string, name: string, args: string) => ({
  type: 'tool_call',
  id,
  name,
  arguments: args,
  kind: 'function',
  state: null,
  cache: null,
});

function errorOf(body: JsonObject): GatewayError {
  try {
    decoded(body);
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error('the body was taken');
}

describe('messages of a chat request', () => {
  it('have all roles, and content as text, as parts or as nothing', () => {
    expect(
      decodedMessages(
        { role: 'developer', content: 'a' },
        { role: 'system', content: [{ type: 'text', text: 'b', cache_control: { type: 'ephemeral', ttl: '1h' } }] },
        { role: 'user', content: ['c', { type: 'text', text: 'd' }], name: 'me' },
        { role: 'assistant', content: null, refusal: 'no' },
        { role: 'system', content: '' },
        { role: 'user', content: '' },
      ),
    ).toEqual([
      { role: 'system', content: [text('a')] },
      { role: 'system', content: [text('b', '1h')] },
      { role: 'user', content: [text('c'), text('d')] },
      { role: 'assistant', content: [{ type: 'refusal', text: 'no' }] },
      { role: 'user', content: [] },
    ]);
  });

  it('put the results that follow each other into one message', () => {
    const messages = decodedMessages(
      user,
      {
        role: 'assistant',
        content: null,
        refusal: null,
        tool_calls: [
          { id: 'a', type: 'function', function: { name: 'f', arguments: '' } },
          { id: 'b', type: 'function', function: { name: 'g', arguments: '{"x":1}' } },
          { id: 'c', type: 'custom', custom: { name: 'h', input: 'free' } },
        ],
      },
      { role: 'tool', tool_call_id: 'b', content: [{ type: 'text', text: 'two' }] },
      { role: 'tool', content: 'one' },
      { role: 'tool', tool_call_id: 'c', content: null, name: 'h' },
      user,
    );
    const result = { name: null, isError: null, cache: null };
    expect(messages.slice(1, 3)).toEqual([
      {
        role: 'assistant',
        content: [called('a', 'f', '{}'), called('b', 'g', '{"x":1}'), { ...called('c', 'h', 'free'), kind: 'custom' }],
      },
      {
        role: 'tool',
        results: [
          { ...result, callId: 'b', content: [text('two')] },
          { ...result, callId: 'a', content: [text('one')] },
          { ...result, callId: 'c', name: 'h', content: [] },
        ],
      },
    ]);
  });

  it('know the functions of before there were tools', () => {
    const request = decoded({
      messages: [
        user,
        { role: 'assistant', content: null, function_call: { name: 'f', arguments: '{}' } },
        { role: 'function', name: 'f', content: 'done' },
      ],
      functions: [{ name: 'f', parameters: { type: 'object', properties: { a: {} } } }],
      function_call: { name: 'f' },
    });
    const [, assistant, tool] = request.messages;
    expect(assistant).toEqual({ role: 'assistant', content: [called('call_1', 'f', '{}')] });
    expect(tool).toMatchObject({ role: 'tool', results: [{ callId: 'call_1', name: 'f' }] });
    expect(request.tools).toMatchObject([{ kind: 'function', name: 'f' }]);
    expect(request.toolChoice).toEqual({ kind: 'tool', name: 'f' });
    expect(request.parallelToolCalls).toBe(false);
  });

  it.each([
    [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAA', detail: 'low' } }, 'image', 'base64'],
    [{ type: 'image_url', image_url: 'https://a.example/b.png' }, 'image', 'url'],
    [{ type: 'input_image', image_url: 'data:image/png;base64,AAA' }, 'image', 'base64'],
    [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAA' } }, 'image', 'base64'],
    [{ type: 'input_audio', input_audio: { data: 'AAA', format: 'mp3' } }, 'audio', 'base64'],
    [{ type: 'video_url', video_url: { url: 'https://a.example/b.mp4' } }, 'video', 'url'],
    [{ type: 'file', file: { file_data: 'data:application/pdf;base64,AAA', filename: 'a.pdf' } }, 'file', 'base64'],
    [{ type: 'file', file: { file_data: 'AAA', filename: 'a.csv' } }, 'file', 'base64'],
    [{ type: 'file', file: { file_id: 'file-1' } }, 'file', 'uploaded'],
    [{ type: 'document', source: { type: 'text', data: 'hello' }, title: 'a' }, 'file', 'text'],
  ])('take %j', (part, type, kind) => {
    const [message] = decodedMessages({ role: 'user', content: [part] });
    expect(message).toMatchObject({ role: 'user', content: [{ type, source: { kind } }] });
  });

  it('tell the type of bare base64 by the name', () => {
    const file = (filename: string) => ({ type: 'file', file: { file_data: 'AAA', filename } });
    expect(decodedMessages({ role: 'user', content: [file('a.csv'), file('b')] })).toMatchObject([
      { content: [{ source: { mediaType: 'text/csv' } }, { source: { mediaType: 'application/pdf' } }] },
    ]);
  });

  it('keep a part that nobody else knows', () => {
    const part = { type: 'hologram', url: 'x' };
    expect(decodedMessages({ role: 'user', content: [part] })).toEqual([
      { role: 'user', content: [{ type: 'foreign', origin: 'openai-chat', value: part }] },
    ]);
  });
});

describe('what the model thought before', () => {
  const asked = (fields: JsonObject) => decodedMessages(user, { role: 'assistant', content: 'so', ...fields })[1];

  it.each([
    ['reasoning_content', { reasoning_content: 'hm' }, null],
    ['reasoning', { reasoning: 'hm' }, null],
    [
      'reasoning_details that nobody signed',
      { reasoning_details: [{ type: 'reasoning.text', text: 'hm', index: 0 }] },
      null,
    ],
    [
      'signed reasoning_details',
      { reasoning: 'hm', reasoning_details: [{ type: 'reasoning.text', text: 'hm', signature: 's', index: 0 }] },
      { origin: 'openai-chat', data: '[{"type":"reasoning.text","signature":"s","index":0}]' },
    ],
    [
      'thinking_blocks, A26',
      { reasoning_content: 'hm', thinking_blocks: [{ type: 'thinking', thinking: 'hm', signature: 'sig' }] },
      { origin: 'anthropic-messages', data: 'sig' },
    ],
    [
      "Anthropic's block in the content",
      { content: [{ type: 'thinking', thinking: 'hm', signature: 'sig' }, 'so'] },
      { origin: 'anthropic-messages', data: 'sig' },
    ],
    ["Mistral's part", { content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] }, 'so'] }, null],
  ])('is in %s', (_name, fields, state) => {
    expect(asked(fields)).toEqual({
      role: 'assistant',
      content: [{ type: 'reasoning', text: 'hm', state }, text('so')],
    });
  });

  it.each([
    ['with its text', 'hm', 'hm'],
    ['of a stream, whose text stands beside it', '', 'hm'],
  ])('is in a block of ours %s', (_name, thinking, text) => {
    const state = { origin: 'gemini', data: '@google\ns' } as const;
    const block = (carried: typeof state | null) => {
      return { type: 'thinking', thinking, signature: textOfState(carried), index: 0 };
    };
    expect(asked({ reasoning_content: 'hm', thinking_blocks: [block(state)] })).toMatchObject({
      content: [{ type: 'reasoning', text, state }, { type: 'text' }],
    });
    expect(asked({ reasoning_content: 'hm', thinking_blocks: [block(null)] })).toMatchObject({
      content: [{ type: 'reasoning', text, state: null }, { type: 'text' }],
    });
  });

  it('comes back in the id of a call, once', () => {
    const state = { origin: 'anthropic-messages', data: 'sig' } as const;
    const id = idWithState('toolu_1', state);
    const call = { id, type: 'function', function: { name: 'f', arguments: '{}' } };
    expect(asked({ tool_calls: [call] })).toMatchObject({ content: [text('so'), { id: 'toolu_1', state }] });
    const blocks = [{ type: 'thinking', thinking: 'hm', signature: 'sig' }];
    expect(asked({ tool_calls: [call], thinking_blocks: blocks })).toMatchObject({
      content: [{ type: 'reasoning', state }, text('so'), { id: 'toolu_1', state: null }],
    });
    expect(decodedMessages(user, { role: 'tool', tool_call_id: id, content: 'x' })[1]).toMatchObject({
      results: [{ callId: 'toolu_1' }],
    });
  });
});

describe("Anthropic's pieces in a chat request (Cursor)", () => {
  it('are understood', () => {
    const request = decoded({
      system: [{ type: 'text', text: 'be kind', cache_control: { type: 'ephemeral' } }],
      messages: [
        user,
        {
          role: 'assistant',
          content: [
            { type: 'text', text: 'a' },
            { type: 'tool_use', id: 't', name: 'f', input: { x: 1 } },
          ],
        },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 't', content: [{ type: 'text', text: 'r' }], is_error: true },
            { type: 'text', text: 'go on' },
          ],
        },
      ],
      tools: [
        { name: 'f', description: 'd', input_schema: { type: 'object', properties: { x: {} } } },
        { type: 'function', name: 'g', parameters: { type: 'object', properties: { y: {} } }, strict: true },
        { type: 'web_search_20250305', name: 'web_search', max_uses: 3 },
      ],
      tool_choice: { type: 'tool', name: 'f', disable_parallel_tool_use: true },
      stop_sequences: ['#'],
    });
    expect(request.messages).toEqual([
      { role: 'system', content: [text('be kind', '5m')] },
      { role: 'user', content: [text('hi')] },
      { role: 'assistant', content: [text('a'), called('t', 'f', '{"x":1}')] },
      { role: 'tool', results: [{ callId: 't', name: null, content: [text('r')], isError: true, cache: null }] },
      { role: 'user', content: [text('go on')] },
    ]);
    expect(request.tools).toMatchObject([
      { kind: 'function', name: 'f', parameters: { properties: { x: {} } } },
      { kind: 'function', name: 'g', strict: true },
      { kind: 'provider', origin: 'anthropic-messages', name: 'web_search' },
    ]);
    expect(request.toolChoice).toEqual({ kind: 'tool', name: 'f' });
    expect(request.parallelToolCalls).toBe(false);
    expect(request.stop).toEqual(['#']);
  });
});

describe('settings of a chat request', () => {
  it('are read, and what nobody else has a word for is kept', () => {
    const request = decoded({
      messages: [user],
      stream: true,
      stream_options: { include_usage: true },
      temperature: 0.5,
      top_p: 0.9,
      top_k: 40,
      random_seed: 7,
      frequency_penalty: 0,
      presence_penalty: null,
      max_tokens: 100,
      max_completion_tokens: 200,
      stop: 'x',
      n: 2,
      logprobs: true,
      top_logprobs: 3,
      verbosity: 'low',
      user: 'old',
      safety_identifier: 'new',
      prompt_cache_key: 'k',
      service_tier: 'flex',
      parallel_tool_calls: false,
      metadata: { a: 'b' },
      logit_bias: { 1: 2 },
      min_p: 0.1,
      store: null,
    });
    expect(request).toMatchObject({
      model: 'm',
      stream: true,
      streamUsage: true,
      sampling: { temperature: 0.5, topP: 0.9, topK: 40, seed: 7, frequencyPenalty: 0, presencePenalty: null },
      maxOutputTokens: 200,
      stop: ['x'],
      choiceCount: 2,
      logprobs: { top: 3 },
      verbosity: 'low',
      user: 'new',
      cacheKey: 'k',
      serviceTier: 'flex',
      parallelToolCalls: false,
    });
    expect(request.extras).toEqual({
      origin: 'openai-chat',
      fields: { metadata: { a: 'b' }, logit_bias: { 1: 2 }, min_p: 0.1 },
    });
  });

  it.each([
    [{ reasoning_effort: 'high' }, { effort: 'high', budgetTokens: null, shown: null }],
    [{ reasoning_effort: 'default' }, null],
    [{ reasoning: { effort: 'low', exclude: true } }, { effort: 'low', budgetTokens: null, shown: false }],
    [{ reasoning: { max_tokens: 2000 } }, { effort: null, budgetTokens: 2000, shown: null }],
    [{ reasoning: { enabled: false } }, { effort: 'none', budgetTokens: null, shown: null }],
    [{ thinking: { type: 'enabled', budget_tokens: 3000 } }, { effort: null, budgetTokens: 3000, shown: null }],
    [{ thinking: { type: 'enabled' } }, { effort: 'medium', budgetTokens: null, shown: null }],
    [
      { thinking: { type: 'disabled' }, reasoning_effort: 'high' },
      { effort: 'none', budgetTokens: null, shown: null },
    ],
    [
      { enable_thinking: true, thinking_budget: 500 },
      { effort: null, budgetTokens: 500, shown: null },
    ],
    [{ enable_thinking: false }, { effort: 'none', budgetTokens: null, shown: null }],
    [{}, null],
  ])('say with %j how much to think', (fields, reasoning) => {
    const request = decoded({ messages: [user], ...fields });
    expect(request.reasoning).toEqual(reasoning);
    expect(request.extras.fields).toEqual({});
  });

  it.each([
    [{ type: 'text' }, null],
    [{ type: 'json_object' }, { kind: 'json' }],
    [{ type: 'json_schema', json_schema: { name: 'a' } }, { kind: 'json' }],
    [
      { type: 'json_schema', json_schema: { name: 'a', strict: true, schema: { type: 'object' } } },
      { kind: 'schema', name: 'a', description: null, strict: true, schema: { type: 'object' } },
    ],
    [
      { type: 'json_object', schema: { type: 'object' } },
      { kind: 'schema', name: null, description: null, strict: null, schema: { type: 'object' } },
    ],
  ])('say with %j what the answer looks like', (response_format, output) => {
    expect(decoded({ messages: [user], response_format }).output).toEqual(output);
  });

  it("keep an upstream's own format as it is", () => {
    const response_format = { type: 'regex', value: 'a+' };
    expect(decoded({ messages: [user], response_format }).extras.fields).toEqual({ response_format });
  });

  it.each([
    ['auto', { kind: 'auto' }],
    ['any', { kind: 'required' }],
    [
      { type: 'function', function: { name: 'f' } },
      { kind: 'tool', name: 'f' },
    ],
    [
      { type: 'function', name: 'f' },
      { kind: 'tool', name: 'f' },
    ],
    [
      { type: 'custom', custom: { name: 'f' } },
      { kind: 'tool', name: 'f' },
    ],
    [{ type: 'any' }, { kind: 'required' }],
    [
      {
        type: 'allowed_tools',
        allowed_tools: { mode: 'required', tools: [{ type: 'function', function: { name: 'f' } }] },
      },
      { kind: 'allowed', names: ['f'], required: true },
    ],
  ])('say with %j which tool', (tool_choice, choice) => {
    expect(decoded({ messages: [user], tool_choice }).toolChoice).toEqual(choice);
  });

  it('take a tool without arguments in each of its spellings', () => {
    const tool = (parameters: unknown) => ({ type: 'function', function: { name: 'f', parameters } });
    const tools = [
      tool(undefined),
      tool(null),
      tool({}),
      tool({ type: 'object' }),
      tool({ type: 'object', properties: {} }),
    ];
    expect(decoded({ messages: [user], tools }).tools).toMatchObject(tools.map(() => ({ parameters: null })));
    const closed = { type: 'object', properties: {}, additionalProperties: false };
    expect(decoded({ messages: [user], tools: [tool(closed)] }).tools).toMatchObject([{ parameters: closed }]);
  });

  it('have no limit where a client of llama.cpp says -1', () => {
    expect(decoded({ messages: [user], max_tokens: -1 }).maxOutputTokens).toBeNull();
  });
});

describe('a chat request that nobody can act on', () => {
  it.each([
    [{}, 'messages'],
    [{ messages: {} }, 'messages'],
    [{ messages: [7] }, 'messages[0]'],
    [{ messages: [{ role: 'robot', content: 'a' }] }, 'messages[0].role'],
    [{ messages: [{ role: 'user', content: 7 }] }, 'messages[0].content'],
    [{ messages: [{ role: 'user', content: [7] }] }, 'messages[0].content[0]'],
    [{ messages: [{ role: 'user', content: [{ type: 'text', text: 7 }] }] }, 'messages[0].content[0].text'],
    [{ messages: [{ role: 'user', content: [{ type: 'image_url' }] }] }, 'messages[0].content[0].image_url'],
    [{ messages: [{ role: 'user', content: [{ type: 'file', file: {} }] }] }, 'messages[0].content[0].file'],
    [{ messages: [{ role: 'tool', content: 'a' }] }, 'messages[0].tool_call_id'],
    [{ messages: [user, { role: 'assistant', tool_calls: [{}] }] }, 'messages[1].tool_calls[0].function'],
    [{ messages: [user], temperature: 'hot' }, 'temperature'],
    [{ messages: [user], max_tokens: -2 }, 'max_tokens'],
    [{ messages: [user], stop: [7] }, 'stop'],
    [{ messages: [user], tools: [{ type: 'function', function: {} }] }, 'tools[0].function.name'],
    [
      { messages: [user], tools: [{ type: 'function', function: { name: 'f', parameters: 'x' } }] },
      'tools[0].function.parameters',
    ],
    [{ messages: [user], tool_choice: 'maybe' }, 'tool_choice'],
    [{ messages: [user], reasoning_effort: 'much' }, 'reasoning_effort'],
    [{ messages: [user], response_format: 'json' }, 'response_format'],
  ])('%j is a 400 that names the field', (body, param) => {
    expect(errorOf(body)).toMatchObject({ status: 400, param });
  });
});
