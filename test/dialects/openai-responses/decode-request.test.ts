import { describe, expect, it } from 'vitest';
import { idWithState, textOfState } from '../../../src/canonical/carried-state.ts';
import { GatewayError } from '../../../src/canonical/errors.ts';
import { reasoningPart, textPart } from '../../../src/canonical/parts.ts';
import type { CarriedState, JsonObject } from '../../../src/canonical/parts.ts';
import type { CanonicalRequest, ToolChoice } from '../../../src/canonical/request.ts';
import { decodeRequest } from '../../../src/dialects/openai-responses/decode-request.ts';

function read(body: JsonObject): CanonicalRequest {
  return decodeRequest(body, { model: 'some-model', stream: body['stream'] === true });
}

function refusalOf(body: JsonObject): GatewayError {
  try {
    read(body);
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error('it was understood');
}

function functionTool(name: string, namespace: { name: string; localName: string } | null = null): unknown {
  return { kind: 'function', name, description: null, parameters: null, strict: null, namespace, cache: null };
}

function call(id: string, name: string, text: string, state: CarriedState | null = null): unknown {
  return { type: 'tool_call', id, name, arguments: text, kind: 'function', state, cache: null };
}

function result(callId: string, ...content: readonly unknown[]): unknown {
  return { callId, name: null, content, isError: null, cache: null };
}

const GEMINI_STATE: CarriedState = { origin: 'gemini', data: 'CikBsig' };
const CLAUDE_STATE: CarriedState = { origin: 'anthropic-messages', data: 'EqQBsig' };

describe('what agents send', () => {
  // clients.md 3: Codex 0.169 after two parallel calls.
  const codex: JsonObject = {
    model: 'qwen3-coder',
    input: [
      { type: 'message', role: 'developer', id: 'msg_a', content: [{ type: 'input_text', text: 'You are Codex.' }] },
      { type: 'message', role: 'user', id: 'msg_b', content: [{ type: 'input_text', text: 'run echo hi' }] },
      {
        type: 'reasoning',
        id: 'rs_1',
        summary: [{ type: 'summary_text', text: 'I run it.' }],
        content: null,
        encrypted_content: textOfState(CLAUDE_STATE),
      },
      { type: 'function_call', name: 'exec_command', arguments: '{"cmd":"echo hi"}', call_id: 'call_0' },
      { type: 'function_call', name: 'spawn', namespace: 'multi_agent_v1', arguments: '', call_id: 'call_1' },
      { type: 'function_call_output', call_id: 'call_0', output: 'hi' },
      { type: 'function_call_output', call_id: 'call_1', output: [{ type: 'input_text', text: 'done' }] },
    ],
    tools: [
      { type: 'function', name: 'exec_command', parameters: { type: 'object' }, strict: false },
      {
        type: 'namespace',
        name: 'multi_agent_v1',
        description: 'Helpers.',
        tools: [{ type: 'function', name: 'spawn' }],
      },
      { type: 'custom', name: 'apply_patch', format: { type: 'grammar', syntax: 'lark', definition: 'start: "x"' } },
      { type: 'web_search', external_web_access: false },
    ],
    tool_choice: 'auto',
    parallel_tool_calls: true,
    reasoning: { summary: 'auto' },
    store: false,
    stream: true,
    include: ['reasoning.encrypted_content'],
    prompt_cache_key: '019a-key',
    client_metadata: { installation: 'x' },
  };

  it('Codex', () => {
    const request = read(codex);
    expect(request.messages).toEqual([
      { role: 'system', content: [textPart('You are Codex.')] },
      { role: 'user', content: [textPart('run echo hi')] },
      {
        role: 'assistant',
        content: [
          reasoningPart('I run it.', CLAUDE_STATE),
          call('call_0', 'exec_command', '{"cmd":"echo hi"}'),
          call('call_1', 'multi_agent_v1__spawn', '{}'),
        ],
      },
      { role: 'tool', results: [result('call_0', textPart('hi')), result('call_1', textPart('done'))] },
    ]);
    expect(request.tools).toEqual([
      { ...(functionTool('exec_command') as object), parameters: { type: 'object' } },
      functionTool('multi_agent_v1__spawn', { name: 'multi_agent_v1', localName: 'spawn' }),
      {
        kind: 'custom',
        name: 'apply_patch',
        description: null,
        format: { type: 'grammar', syntax: 'lark', definition: 'start: "x"' },
      },
      {
        kind: 'provider',
        origin: 'openai-responses',
        name: 'web_search',
        definition: { type: 'web_search', external_web_access: false },
      },
    ]);
    expect(request).toMatchObject({
      stream: true,
      streamUsage: true,
      toolChoice: { kind: 'auto' },
      parallelToolCalls: true,
      reasoning: { effort: null, budgetTokens: null, shown: true },
      cacheKey: '019a-key',
      extras: { origin: 'openai-responses', fields: { client_metadata: { installation: 'x' } } },
    });
  });

  // clients.md 4: items without `type`, and `role: system`.
  it('the AI SDK (opencode)', () => {
    const request = read({
      input: [
        { role: 'system', content: 'Be short.' },
        {
          role: 'user',
          content: [
            { type: 'input_text', text: 'What is it?' },
            { type: 'input_image', image_url: 'data:image/png;base64,iVBORw0=', detail: 'low' },
            { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' },
          ],
        },
        { role: 'assistant', content: [{ type: 'output_text', text: 'A dot.' }], id: 'msg_1' },
        { role: 'user', content: [{ type: 'input_text', text: 'Sure?' }] },
      ],
      text: {
        format: { type: 'json_schema', name: 'answer', schema: { type: 'object' }, strict: true },
        verbosity: 'low',
      },
      max_output_tokens: 100,
    });
    expect(request.messages).toEqual([
      { role: 'system', content: [textPart('Be short.')] },
      {
        role: 'user',
        content: [
          textPart('What is it?'),
          {
            type: 'image',
            source: { kind: 'base64', mediaType: 'image/png', data: 'iVBORw0=' },
            detail: 'low',
            cache: null,
          },
          {
            type: 'file',
            source: { kind: 'base64', mediaType: 'application/pdf', data: 'JVBERi0=' },
            filename: 'a.pdf',
            cache: null,
          },
        ],
      },
      { role: 'assistant', content: [textPart('A dot.')] },
      { role: 'user', content: [textPart('Sure?')] },
    ]);
    expect(request.output).toEqual({
      kind: 'schema',
      schema: { type: 'object' },
      name: 'answer',
      description: null,
      strict: true,
    });
    expect(request).toMatchObject({ verbosity: 'low', maxOutputTokens: 100 });
  });

  it('a text alone, with instructions before it', () => {
    expect(read({ input: 'hello', instructions: 'Be kind.' }).messages).toEqual([
      { role: 'system', content: [textPart('Be kind.')] },
      { role: 'user', content: [textPart('hello')] },
    ]);
  });
});

describe('items', () => {
  it('consecutive items of the assistant are one message, in their order', () => {
    const { messages } = read({
      input: [
        { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAA' },
        { type: 'message', role: 'assistant', content: [{ type: 'refusal', refusal: 'No.' }] },
        { type: 'web_search_call', id: 'ws_1', status: 'completed' },
        { type: 'custom_tool_call', call_id: 'call_c', name: 'apply_patch', input: '*** Begin' },
        { type: 'custom_tool_call_output', call_id: 'call_c', output: 'ok' },
      ],
    });
    const data = JSON.stringify({ id: 'rs_1', encrypted_content: 'gAAA' });
    expect(messages).toEqual([
      {
        role: 'assistant',
        content: [
          reasoningPart('', { origin: 'openai-responses', data }),
          { type: 'refusal', text: 'No.' },
          {
            type: 'foreign',
            origin: 'openai-responses',
            value: { type: 'web_search_call', id: 'ws_1', status: 'completed' },
          },
          { ...(call('call_c', 'apply_patch', '*** Begin') as object), kind: 'custom' },
        ],
      },
      { role: 'tool', results: [result('call_c', textPart('ok'))] },
    ]);
  });

  it('state in the id of a call is taken out of the call and of its result', () => {
    const id = idWithState('call_g', GEMINI_STATE);
    const { messages } = read({
      input: [
        { type: 'function_call', call_id: id, name: 'f', arguments: '{}' },
        { type: 'function_call_output', call_id: id, output: 'x' },
      ],
    });
    expect(messages).toEqual([
      { role: 'assistant', content: [call('call_g', 'f', '{}', GEMINI_STATE)] },
      { role: 'tool', results: [result('call_g', textPart('x'))] },
    ]);
  });

  it('several summaries are one text; without them the thoughts are what is shown', () => {
    const summary = [
      { type: 'summary_text', text: 'One.' },
      { type: 'summary_text', text: 'Two.' },
    ];
    const { messages } = read({
      input: [
        { type: 'reasoning', summary },
        { type: 'reasoning', summary: [], content: [{ type: 'reasoning_text', text: 'Hm.' }], encrypted_content: '' },
        { type: 'reasoning', id: 'rs_stored', summary: [], content: null, encrypted_content: null },
      ],
    });
    expect(messages).toEqual([{ role: 'assistant', content: [reasoningPart('One.\n\nTwo.'), reasoningPart('Hm.')] }]);
  });

  it('results with images and files', () => {
    const output = [
      { type: 'input_image', image_url: 'https://example.com/a.png' },
      { type: 'input_file', file_id: 'file-1' },
    ];
    const { messages } = read({ input: [{ type: 'function_call_output', call_id: 'c', output }] });
    const image = { kind: 'url', url: 'https://example.com/a.png', mediaType: null };
    const file = { kind: 'uploaded', origin: 'openai-responses', id: 'file-1', mediaType: null };
    expect(messages).toEqual([
      {
        role: 'tool',
        results: [
          result(
            'c',
            { type: 'image', source: image, detail: null, cache: null },
            { type: 'file', source: file, filename: null, cache: null },
          ),
        ],
      },
    ]);
  });
});

describe('tools', () => {
  const tools = [
    { type: 'function', name: 'f' },
    { type: 'custom', name: 'c', format: { type: 'text' } },
    { type: 'web_search_preview' },
    {
      type: 'namespace',
      name: 'ns',
      tools: [
        { type: 'custom', name: 'x' },
        { type: 'function', name: 'g' },
      ],
    },
    { type: 'function', function: { name: 'nested', strict: true } },
  ];

  it('of all kinds, flat or in the form of chat completions', () => {
    expect(read({ input: 'x', tools }).tools.map(({ kind, name }) => [kind, name])).toEqual([
      ['function', 'f'],
      ['custom', 'c'],
      ['provider', 'web_search_preview'],
      ['custom', 'ns__x'],
      ['function', 'ns__g'],
      ['function', 'nested'],
    ]);
  });

  it.each<[unknown, ToolChoice | null]>([
    [null, null],
    ['auto', { kind: 'auto' }],
    ['none', { kind: 'none' }],
    ['required', { kind: 'required' }],
    [
      { type: 'function', name: 'f' },
      { kind: 'tool', name: 'f' },
    ],
    [
      { type: 'function', function: { name: 'f' } },
      { kind: 'tool', name: 'f' },
    ],
    [
      { type: 'function', name: 'g' },
      { kind: 'tool', name: 'ns__g' },
    ],
    [
      { type: 'custom', name: 'c' },
      { kind: 'tool', name: 'c' },
    ],
    [{ type: 'web_search_preview' }, { kind: 'tool', name: 'web_search_preview' }],
    [
      {
        type: 'allowed_tools',
        mode: 'required',
        tools: [{ type: 'function', name: 'f' }, { type: 'web_search_preview' }],
      },
      { kind: 'allowed', names: ['f', 'web_search_preview'], required: true },
    ],
    [
      { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'custom', name: 'c' }] },
      { kind: 'allowed', names: ['c'], required: false },
    ],
  ])('choice %j', (choice, expected) => {
    expect(read({ input: 'x', tools, tool_choice: choice }).toolChoice).toEqual(expected);
  });
});

describe('parameters', () => {
  it.each<[JsonObject, Partial<CanonicalRequest>]>([
    [{ text: { format: { type: 'text' } } }, { output: null }],
    [{ text: { format: { type: 'json_object' } } }, { output: { kind: 'json' } }],
    [{ reasoning: { effort: 'none' } }, { reasoning: { effort: 'none', budgetTokens: null, shown: null } }],
    [
      { reasoning: { effort: 'xhigh', summary: 'detailed' } },
      { reasoning: { effort: 'xhigh', budgetTokens: null, shown: true } },
    ],
    [{ reasoning: { effort: null, summary: null } }, { reasoning: null }],
    [{ reasoning: { summary: 'none' } }, { reasoning: { effort: null, budgetTokens: null, shown: false } }],
    [{ top_logprobs: 3, include: ['message.output_text.logprobs'] }, { logprobs: { top: 3 } }],
    [{ include: ['message.output_text.logprobs'] }, { logprobs: { top: 0 } }],
    [{ top_logprobs: 0 }, { logprobs: null }],
    [{ user: 'u' }, { user: 'u' }],
    [{ safety_identifier: 's' }, { user: 's' }],
    [{ service_tier: 'flex' }, { serviceTier: 'flex' }],
  ])('%j', (body, expected) => {
    expect(read({ input: 'x', ...body })).toMatchObject(expected);
  });

  it('what nobody else has a word for is kept as it is', () => {
    const fields = {
      metadata: { a: 'b' },
      truncation: 'auto',
      max_tool_calls: 3,
      include: ['web_search_call.action.sources'],
      user: 'u',
      reasoning: { context: 'all_turns' },
    };
    const known = { safety_identifier: 's', background: false, store: true, conversation: null, tools: null };
    const body = { input: 'x', ...fields, ...known, reasoning: { effort: 'low', ...fields.reasoning } };
    expect(read(body).extras).toEqual({ origin: 'openai-responses', fields });
  });
});

describe('refusals', () => {
  it.each<[JsonObject, string, string]>([
    [{}, 'missing_field', 'input'],
    [{ input: 3 }, 'invalid_body', 'input'],
    [{ input: ['x'] }, 'invalid_body', 'input[0]'],
    [{ input: [{ text: 'x' }] }, 'invalid_body', 'input[0].type'],
    [{ input: [{ role: 'tool', content: 'x' }] }, 'invalid_body', 'input[0].role'],
    [{ input: [{ role: 'user', content: [{ type: 'video' }] }] }, 'invalid_body', 'input[0].content[0].type'],
    [{ input: [{ role: 'user', content: [{ type: 'input_text' }] }] }, 'missing_field', 'input[0].content[0].text'],
    [{ input: [{ type: 'function_call', name: 'f' }] }, 'missing_field', 'input[0].call_id'],
    [{ input: 'x', tools: [{ type: 'function' }] }, 'missing_field', 'tools[0].name'],
    [{ input: 'x', tool_choice: 'always' }, 'invalid_body', 'tool_choice'],
    [{ input: 'x', reasoning: { effort: 'enormous' } }, 'invalid_body', 'reasoning.effort'],
    [{ input: 'x', text: { format: { type: 'xml' } } }, 'invalid_body', 'text.format.type'],
    [{ input: 'x', temperature: '1' }, 'invalid_body', 'temperature'],
    [{ input: 'x', background: true }, 'unsupported_parameter', 'background'],
    [{ input: 'x', conversation: 'conv_1' }, 'unsupported_parameter', 'conversation'],
    [{ prompt: { id: 'pmpt_1' } }, 'unsupported_parameter', 'prompt'],
    [{ input: 'x', previous_response_id: 'resp_1' }, 'response_not_found', 'previous_response_id'],
    [{ input: [{ type: 'item_reference', id: 'rs_1' }] }, 'response_not_found', 'input[0]'],
  ])('%j', (body, code, param) => {
    expect(refusalOf(body)).toMatchObject({ code, param, status: 400 });
  });
});
