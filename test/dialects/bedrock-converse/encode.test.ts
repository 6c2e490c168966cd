import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../src/canonical/errors.ts';
import { reasoningPart, textPart } from '../../../src/canonical/parts.ts';
import type { AssistantPart, CarriedState, UserPart } from '../../../src/canonical/parts.ts';
import { PLAIN_QUIRKS } from '../../../src/canonical/quirks.ts';
import { emptyRequest, NO_SAMPLING } from '../../../src/canonical/request.ts';
import type { CanonicalRequest, FunctionTool, Message, ToolResult } from '../../../src/canonical/request.ts';
import { DROPPED_NAMES } from '../../../src/dialects/bedrock-converse/dropped.ts';
import { bedrockConverse } from '../../../src/dialects/bedrock-converse/index.ts';
import { canonicalRequests } from '../../contract/generate-request.ts';

const { back } = bedrockConverse;
const SONNET_45 = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const OPUS_5 = 'global.anthropic.claude-opus-5';
const NOVA = 'us.amazon.nova-pro-v1:0';
const NOVA_2 = 'global.amazon.nova-2-lite-v1:0';
const LLAMA = 'us.meta.llama4-scout-17b-instruct-v1:0';

function encode(request: Partial<CanonicalRequest>, model = SONNET_45) {
  const whole = { ...emptyRequest('m', 'openai-chat'), messages: [user('Hi')], ...request };
  const target = {
    model,
    quirks: PLAIN_QUIRKS,
    maxOutputTokens: null,
    contextTokens: null,
    loadedContextTokens: null,
  };
  return back.encodeRequest(whole, target);
}

function user(...said: readonly (string | UserPart)[]): Message {
  return { role: 'user', content: said.map((part) => (typeof part === 'string' ? textPart(part) : part)) };
}

function assistant(...said: readonly (string | AssistantPart)[]): Message {
  return { role: 'assistant', content: said.map((part) => (typeof part === 'string' ? textPart(part) : part)) };
}

function call(id: string, more: { readonly arguments?: string; readonly state?: CarriedState } = {}): AssistantPart {
  const base = { type: 'tool_call', id, name: 'look', kind: 'function', cache: null } as const;
  return { ...base, arguments: more.arguments ?? '{}', state: more.state ?? null };
}

function result(callId: string, text = 'done', more: Partial<ToolResult> = {}): ToolResult {
  return { callId, name: null, content: [textPart(text)], isError: null, cache: null, ...more };
}

const results = (...all: readonly ToolResult[]): Message => ({ role: 'tool', results: all });
const system = (text: string): Message => ({ role: 'system', content: [textPart(text)] });

function tool(name: string, more: Partial<FunctionTool> = {}): FunctionTool {
  const rest = { description: null, parameters: null, strict: null, namespace: null, cache: null };
  return { kind: 'function', name, ...rest, ...more };
}

const OBJECT = { type: 'object', properties: {} };
const spec = (name: string) => ({ toolSpec: { name, inputSchema: { json: OBJECT } } });

describe('the turns', () => {
  it.each<[string, Message[], unknown]>([
    [
      'of one role are one',
      [user('a'), user('b'), assistant('c'), assistant('d'), user('e')],
      [
        { role: 'user', content: [{ text: 'a' }, { text: 'b' }] },
        { role: 'assistant', content: [{ text: 'c' }, { text: 'd' }] },
        { role: 'user', content: [{ text: 'e' }] },
      ],
    ],
    [
      'begin with a user',
      [assistant('c'), user('e')],
      [
        { role: 'user', content: [{ text: '…' }] },
        { role: 'assistant', content: [{ text: 'c' }] },
        { role: 'user', content: [{ text: 'e' }] },
      ],
    ],
    ['are there even where only a system speaks', [system('s')], [{ role: 'user', content: [{ text: '…' }] }]],
    [
      'hold no blank text, and none that is not there',
      [user('a', '', ' \n'), assistant('', '  '), user('b')],
      [{ role: 'user', content: [{ text: 'a' }, { text: 'b' }] }],
    ],
    [
      'tell a late system where it spoke',
      [system('s'), user('a'), system('late'), assistant('b')],
      [
        { role: 'user', content: [{ text: 'a' }, { text: '<system-reminder>\nlate\n</system-reminder>' }] },
        { role: 'assistant', content: [{ text: 'b' }] },
      ],
    ],
    [
      'end an answer that is to be continued without blanks',
      [user('a'), assistant('So: ')],
      [
        { role: 'user', content: [{ text: 'a' }] },
        { role: 'assistant', content: [{ text: 'So:' }] },
      ],
    ],
  ])('%s', (_name, messages, expected) => {
    expect(encode({ messages }).body['messages']).toEqual(expected);
  });

  it('put the system apart', () => {
    expect(encode({ messages: [system('a'), system(' '), system('b'), user('c')] }).body['system']).toEqual([
      { text: 'a' },
      { text: 'b' },
    ]);
  });
});

describe('calls and their results', () => {
  const used = (toolUseId: string, input: unknown = {}) => ({ toolUse: { toolUseId, name: 'look', input } });
  const gave = (toolUseId: string, text: string, status?: string) => ({
    toolResult: { toolUseId, content: [{ text }], ...(status === undefined ? {} : { status }) },
  });

  function turns(...messages: readonly Message[]) {
    const { body } = encode({ messages: [user('go'), ...messages], tools: [tool('look')] });
    return (body['messages'] as { content: unknown[] }[]).slice(1).map(({ content }) => content);
  }

  it('stand in two turns, the results before what else is said', () => {
    expect(
      turns(assistant('ok', call('a'), call('b')), user('and?'), results(result('b', 'B')), results(result('a', 'A'))),
    ).toEqual([
      [{ text: 'ok' }, used('a'), used('b')],
      [gave('b', 'B'), gave('a', 'A'), { text: 'and?' }],
    ]);
  });

  it('get a result where there is none', () => {
    expect(turns(assistant(call('a'), call('b')), results(result('a', 'A')), assistant('so'))).toEqual([
      [used('a'), used('b')],
      [gave('a', 'A'), gave('b', 'There is no result of this call.', 'error')],
      [{ text: 'so' }],
    ]);
  });

  it('lose no result of a call that is not there', () => {
    expect(turns(results(result('gone', 'B')))).toEqual([]);
    expect(encode({ messages: [results(result('gone', 'B'))] }).body['messages']).toEqual([
      { role: 'user', content: [{ text: 'B' }] },
    ]);
  });

  it('say what failed, and that there is nothing', () => {
    expect(
      turns(assistant(call('a'), call('b')), results(result('a', 'no', { isError: true }), result('b', ''))),
    ).toEqual([
      [used('a'), used('b')],
      [gave('a', 'no', 'error'), gave('b', '(nothing)')],
    ]);
  });

  it('have ids that Bedrock takes, each once, the same every time', () => {
    const messages = [
      assistant(call('call:1'), call('same'), call('same')),
      results(result('call:1', '1'), result('same', '2'), result('same', '3')),
    ];
    const first = turns(...messages);
    const uses = first[0] as { toolUse: { toolUseId: string } }[];
    const gives = first[1] as { toolResult: { toolUseId: string; content: unknown } }[];
    const ids = uses.map(({ toolUse }) => toolUse.toolUseId);
    expect(new Set(ids).size).toBe(3);
    for (const id of ids) expect(id).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
    expect(gives.map(({ toolResult }) => toolResult.toolUseId)).toEqual(ids);
    expect(gives.map(({ toolResult }) => toolResult.content)).toEqual([
      [{ text: '1' }],
      [{ text: '2' }],
      [{ text: '3' }],
    ]);
    expect(turns(...messages)).toEqual(first);
  });

  it('have nine letters or digits for Mistral', () => {
    const messages = [user('go'), assistant(call('toolu_abc')), results(result('toolu_abc'))];
    const { body } = encode({ messages }, 'mistral.mistral-large-2402-v1:0');
    expect(JSON.stringify(body['messages'])).toMatch(/"toolUseId":"[a-zA-Z0-9]{9}".*"toolUseId":"[a-zA-Z0-9]{9}"/);
  });

  it.each([
    ['', {}],
    ['{"a":1}', { a: 1 }],
    ['[1]', { input: '[1]' }],
    ['{"a":', { input: '{"a":' }],
  ])('have %j as %j', (text, input) => {
    expect(turns(assistant(call('a', { arguments: text })))[0]).toEqual([used('a', input)]);
  });

  it('need tools, which are told from the calls where none are left', () => {
    const messages = [user('go'), assistant(call('a')), results(result('a'))];
    const remembered = {
      toolSpec: {
        name: 'look',
        description: 'A tool that was used before and cannot be called any more.',
        inputSchema: { json: OBJECT },
      },
    };
    expect(encode({ messages }).body['toolConfig']).toEqual({ tools: [remembered] });
    const none = encode({ messages, tools: [tool('look')], toolChoice: { kind: 'none' } });
    expect(none.body['toolConfig']).toEqual({ tools: [spec('look')] });
    expect(none.body['additionalModelRequestFields']).toEqual({ tool_choice: { type: 'none' } });
    expect(encode({ messages, tools: [tool('look')], toolChoice: { kind: 'none' } }, NOVA).dropped).toEqual([
      'tool_choice',
    ]);
  });
});

describe('thoughts', () => {
  const signed = { origin: 'bedrock-converse', data: 's:SIG' } as const;
  const messages = (...said: readonly AssistantPart[]) => [user('go'), assistant(...said), results(result('a'))];
  const content = (said: readonly AssistantPart[], model?: string) => {
    const { body } = encode({ messages: messages(...said), tools: [tool('look')] }, model);
    return (body['messages'] as { content: unknown[] }[])[1]?.content.slice(0, -1);
  };
  const thought = (text: string) => ({ reasoningContent: { reasoningText: { text, signature: 'SIG' } } });

  it.each<[string, AssistantPart[], unknown]>([
    ['with their signature go back', [reasoningPart('Hm', signed), call('a')], [thought('Hm')]],
    [
      'that are encrypted too',
      [reasoningPart('', { ...signed, data: 'r:YQ==' }), call('a')],
      [{ reasoningContent: { redactedContent: 'YQ==' } }],
    ],
    ['without one are left out', [reasoningPart('Hm'), call('a')], []],
    ["of another's are left out", [reasoningPart('Hm', { ...signed, origin: 'gemini' }), call('a')], []],
    [
      'whose signature came with the call are put before it',
      [reasoningPart('Hm'), textPart('ok'), call('a', { state: signed })],
      [thought('Hm'), { text: 'ok' }],
    ],
    [
      'that the client forgot are put first',
      [textPart('ok'), call('a', { state: signed })],
      [thought(''), { text: 'ok' }],
    ],
  ])('%s', (_name, said, expected) => {
    expect(content(said)).toEqual(expected);
  });

  it('of one maker are not shown to another', () => {
    expect(content([reasoningPart('Hm', signed), call('a')], NOVA)).toEqual([]);
  });
});

describe('tools', () => {
  it('have a schema with an object at its root, and a description only where there is one', () => {
    const tools = [
      tool('a', { description: ' ', parameters: { properties: { x: {} } } }),
      tool('b', { description: 'B' }),
    ];
    expect(encode({ tools }).body['toolConfig']).toEqual({
      tools: [
        { toolSpec: { name: 'a', inputSchema: { json: { type: 'object', properties: { x: {} } } } } },
        { toolSpec: { name: 'b', description: 'B', inputSchema: { json: OBJECT } } },
      ],
    });
  });

  it.each<[Partial<CanonicalRequest>, string, unknown, unknown]>([
    [{ toolChoice: { kind: 'auto' } }, SONNET_45, { auto: {} }, []],
    [{ toolChoice: { kind: 'required' } }, SONNET_45, { any: {} }, []],
    [{ toolChoice: { kind: 'tool', name: 'b.c' } }, SONNET_45, { tool: { name: 'b_c' } }, []],
    [{ toolChoice: { kind: 'tool', name: 'b.c' } }, 'qwen.qwen3-32b-v1:0', { any: {} }, []],
    [{ toolChoice: { kind: 'required' } }, LLAMA, { auto: {} }, ['tool_choice']],
    [{ toolChoice: { kind: 'required' } }, 'anthropic.claude-opus-5-5', { auto: {} }, ['tool_choice']],
    [{ toolChoice: { kind: 'allowed', names: ['a'], required: true } }, NOVA, { any: {} }, []],
    [{ parallelToolCalls: false }, NOVA, undefined, ['parallel_tool_calls']],
  ])('%j of %s', (request, model, choice, dropped) => {
    const encoded = encode({ tools: [tool('a'), tool('b.c')], ...request }, model);
    expect((encoded.body['toolConfig'] as { toolChoice: unknown }).toolChoice).toEqual(choice);
    expect(encoded.dropped).toEqual(dropped);
  });

  it('one at a time are asked for in the words of Claude alone', () => {
    const { body } = encode({ tools: [tool('a')], parallelToolCalls: false, toolChoice: { kind: 'required' } });
    expect(body['toolConfig']).toEqual({ tools: [spec('a')] });
    expect(body['additionalModelRequestFields']).toEqual({
      tool_choice: { type: 'any', disable_parallel_tool_use: true },
    });
  });

  it('are offered as far as the choice leaves them', () => {
    const tools = [tool('a'), tool('b')];
    expect(encode({ tools, toolChoice: { kind: 'none' } }).body).not.toHaveProperty('toolConfig');
    expect(encode({ tools, toolChoice: { kind: 'tool', name: 'b' } }).body['toolConfig']).toMatchObject({
      tools: [spec('b')],
    });
    expect(
      encode({ tools, toolChoice: { kind: 'allowed', names: ['a'], required: false } }).body['toolConfig'],
    ).toEqual({
      tools: [spec('a')],
      toolChoice: { auto: {} },
    });
  });

  it('that another provider runs are dropped, and what is strict is not', () => {
    const encoded = encode({
      tools: [
        tool('a', { strict: true }),
        { kind: 'provider', origin: 'anthropic-messages', name: 'web_search', definition: {} },
      ],
    });
    expect(encoded.body['toolConfig']).toEqual({ tools: [spec('a')] });
    expect(encoded.dropped).toEqual(['tools.strict', 'tools.web_search']);
  });

  it('that take any text take it as their one argument', () => {
    const custom = { kind: 'custom', name: 'patch', description: 'Patches.', format: null } as const;
    const said: AssistantPart = {
      ...call('a', { arguments: '*** Begin' }),
      kind: 'custom',
      name: 'patch',
    } as AssistantPart;
    const { body } = encode({ tools: [custom], messages: [user('go'), assistant(said), results(result('a'))] });
    expect(JSON.stringify(body['toolConfig'])).toContain('"required":["input"]');
    expect(JSON.stringify(body['messages'])).toContain('"input":{"input":"*** Begin"}');
  });
});

describe('the form of the answer', () => {
  const schema = { type: 'object', properties: { a: { type: 'number' } } };
  const output = { kind: 'schema', schema, name: 'x', description: 'An a.', strict: null } as const;
  const answerTool = { toolSpec: { name: 'json_answer', description: 'An a.', inputSchema: { json: schema } } };

  it('is a tool that must be called', () => {
    expect(encode({ output }).body['toolConfig']).toEqual({
      tools: [answerTool],
      toolChoice: { tool: { name: 'json_answer' } },
    });
  });

  it('is one tool beside others, one of which must be called', () => {
    expect(encode({ output, tools: [tool('a')] }).body['toolConfig']).toEqual({
      tools: [spec('a'), answerTool],
      toolChoice: { any: {} },
    });
    const names = encode({ output, tools: [tool('json_answer')] }).body['toolConfig'] as { tools: unknown };
    expect(JSON.stringify(names.tools)).toContain('"json_answer_2"');
  });

  it('waits where the client insists on a tool', () => {
    const encoded = encode({ output, tools: [tool('a')], toolChoice: { kind: 'required' } });
    expect(encoded.body['toolConfig']).toEqual({ tools: [spec('a')], toolChoice: { any: {} } });
    expect(encoded.dropped).toEqual(['response_format']);
  });

  it('is asked for in words where no tool can be made to be called', () => {
    const encoded = encode({ output }, LLAMA);
    expect(encoded.body).not.toHaveProperty('toolConfig');
    expect(JSON.stringify(encoded.body['system'])).toContain('JSON Schema');
  });

  it('may be any JSON, which is asked for in words', () => {
    const { body } = encode({ output: { kind: 'json' } });
    expect(JSON.stringify(body['system'])).toContain('one JSON object');
  });
});

const OFF = { thinking: { type: 'disabled' } };

describe('thinking', () => {
  const wish = (more: object) => ({ reasoning: { effort: null, budgetTokens: null, shown: null, ...more } });
  const fields = (request: Partial<CanonicalRequest>, model?: string) =>
    encode(request, model).body['additionalModelRequestFields'];

  it.each<[string, Partial<CanonicalRequest>, unknown, unknown]>([
    [
      SONNET_45,
      wish({ effort: 'medium' }),
      { thinking: { type: 'enabled', budget_tokens: 19_200 } },
      { maxTokens: 23_296 },
    ],
    [
      SONNET_45,
      wish({ budgetTokens: 500 }),
      { thinking: { type: 'enabled', budget_tokens: 1_024 } },
      { maxTokens: 5_120 },
    ],
    [
      SONNET_45,
      { ...wish({ budgetTokens: 2_000 }), maxOutputTokens: 8_000 },
      { thinking: { type: 'enabled', budget_tokens: 2_000 } },
      { maxTokens: 8_000 },
    ],
    [
      SONNET_45,
      { ...wish({ effort: 'medium' }), maxOutputTokens: 10_000 },
      { thinking: { type: 'enabled', budget_tokens: 3_000 } },
      { maxTokens: 10_000 },
    ],
    [SONNET_45, wish({ effort: 'none' }), undefined, undefined],
    [
      OPUS_5,
      wish({ effort: 'xhigh', shown: true }),
      { thinking: { type: 'adaptive', display: 'summarized' }, output_config: { effort: 'xhigh' } },
      undefined,
    ],
    [
      OPUS_5,
      wish({ effort: 'minimal' }),
      { thinking: { type: 'adaptive' }, output_config: { effort: 'low' } },
      undefined,
    ],
    [OPUS_5, wish({ effort: 'none' }), { thinking: { type: 'disabled' } }, undefined],
    [
      'eu.anthropic.claude-opus-4-6-v1',
      // As at Anthropic: never more than was asked for.
      wish({ effort: 'xhigh' }),
      { thinking: { type: 'adaptive' }, output_config: { effort: 'high' } },
      undefined,
    ],
    [
      `arn:aws:bedrock:us-east-1:1:inference-profile/${OPUS_5}`,
      wish({ budgetTokens: 8_000 }),
      { thinking: { type: 'adaptive' }, output_config: { effort: 'medium' } },
      undefined,
    ],
    [
      NOVA_2,
      { ...wish({ effort: 'low' }), maxOutputTokens: 50 },
      { reasoningConfig: { type: 'enabled', maxReasoningEffort: 'low' } },
      { maxTokens: 50 },
    ],
    [
      NOVA_2,
      { ...wish({ effort: 'max' }), maxOutputTokens: 50 },
      { reasoningConfig: { type: 'enabled', maxReasoningEffort: 'high' } },
      undefined,
    ],
    ['openai.gpt-oss-120b-1:0', wish({ effort: 'minimal' }), { reasoning_effort: 'low' }, undefined],
  ])('%s: %j', (model, request, expected, inference) => {
    expect(fields(request, model)).toEqual(expected);
    expect(encode(request, model).body['inferenceConfig']).toEqual(inference);
  });

  it.each<[string, Partial<CanonicalRequest>, string]>([
    ['a model that cannot', {}, LLAMA],
    ['a tool that Claude must call', { tools: [tool('a')], toolChoice: { kind: 'required' } }, OPUS_5],
    [
      'calls without the thoughts before them',
      { messages: [user('go'), assistant(call('a')), results(result('a'))], tools: [tool('look')] },
      SONNET_45,
    ],
  ])('is dropped for %s', (_what, request, model) => {
    const encoded = encode({ ...wish({ effort: 'high' }), ...request }, model);
    expect(encoded.dropped).toEqual(['reasoning']);
    // A model that thinks unasked is told not to.
    expect(encoded.body['additionalModelRequestFields'] ?? OFF).toEqual(OFF);
  });

  it.each<[string, string, Partial<CanonicalRequest>, unknown, string[]]>([
    ['is off', 'anthropic.claude-opus-5', { tools: [tool('a')], toolChoice: { kind: 'required' } }, OFF, []],
    ['stays', 'anthropic.claude-opus-4-8', { tools: [tool('a')], toolChoice: { kind: 'required' } }, undefined, []],
    ['is off', 'anthropic.claude-opus-5', wish({ effort: 'none' }), OFF, []],
    [
      'is as little as can be',
      'us.anthropic.claude-opus-5-5-20261001-v1:0',
      wish({ effort: 'none' }),
      { output_config: { effort: 'low' } },
      ['reasoning'],
    ],
  ])('%s for %s %#', (_how, model, request, fields, clamped) => {
    const encoded = encode(request, model);
    expect(encoded.body['additionalModelRequestFields']).toEqual(fields);
    expect([encoded.dropped, encoded.clamped ?? []]).toEqual([[], clamped]);
  });
});

describe('parameters', () => {
  const sampling = (more: object) => ({ sampling: { ...NO_SAMPLING, ...more } });

  it.each<[string, Partial<CanonicalRequest>, unknown, string[]]>([
    [SONNET_45, sampling({ temperature: 1.5 }), { temperature: 1 }, []],
    [SONNET_45, sampling({ temperature: 0.5, topP: 0.9 }), { temperature: 0.5 }, ['top_p']],
    [
      SONNET_45,
      { ...sampling({ temperature: 0.5, topK: 3 }), reasoning: { effort: 'low', budgetTokens: null, shown: null } },
      { maxTokens: 10_496 },
      ['temperature', 'top_k'],
    ],
    [OPUS_5, sampling({ temperature: 0.5, topP: 0.9, topK: 3 }), undefined, ['temperature', 'top_k', 'top_p']],
    [NOVA, sampling({ temperature: 0.5, topP: 0.9 }), { temperature: 0.5, topP: 0.9 }, []],
    [NOVA, { stop: ['a', ' ', 'b', 'c', 'd', 'e'] }, { stopSequences: ['a', 'b', 'c', 'd'] }, ['stop']],
    ['openai.gpt-5.5', { stop: ['a'] }, undefined, ['stop']],
    [SONNET_45, { maxOutputTokens: 10 }, { maxTokens: 10 }, []],
    [
      SONNET_45,
      {
        ...sampling({ seed: 1, frequencyPenalty: 0.1, presencePenalty: 0.1 }),
        choiceCount: 2,
        logprobs: { top: 1 },
        user: 'u',
        cacheKey: 'k',
        verbosity: 'low',
        serviceTier: 'scale',
        extras: { origin: 'openai-chat', fields: { logit_bias: { 7: 1 } } },
      },
      undefined,
      [
        'frequency_penalty',
        'logit_bias',
        'logprobs',
        'n',
        'presence_penalty',
        'seed',
        'service_tier',
        'user',
        'verbosity',
      ],
    ],
  ])('of %s: %j', (model, request, inference, dropped) => {
    const encoded = encode(request, model);
    expect(encoded.body['inferenceConfig']).toEqual(inference);
    expect([...encoded.dropped].sort()).toEqual(dropped);
  });

  it('that a model knows in its own words', () => {
    const top = sampling({ topK: 3 });
    expect(encode(top).body['additionalModelRequestFields']).toEqual({ top_k: 3 });
    expect(encode(top, NOVA).body['additionalModelRequestFields']).toEqual({ inferenceConfig: { topK: 3 } });
    expect(encode(top, LLAMA).dropped).toEqual(['top_k']);
    expect(encode({ stop: ['x'] }).body['additionalModelResponseFieldPaths']).toEqual(['/stop_sequence']);
    expect(encode({ stop: ['x'], stream: true }).body['additionalModelResponseFieldPaths']).toEqual([
      '/delta/stop_sequence',
    ]);
    expect(encode({ serviceTier: 'flex' }).body['serviceTier']).toEqual({ type: 'flex' });
  });
});

describe('the cache', () => {
  const messages: Message[] = [
    { role: 'system', content: [textPart('s', '1h')] },
    { role: 'user', content: [textPart('u', '5m'), textPart(' ', '5m')] },
  ];
  const tools = [tool('a', { cache: '5m' })];
  const point = { cachePoint: { type: 'default' } };

  it('is marked behind what is cached, for an hour where the model can', () => {
    const { body } = encode({ messages, tools });
    expect(body['system']).toEqual([{ text: 's' }, { cachePoint: { type: 'default', ttl: '1h' } }]);
    expect(body['messages']).toEqual([{ role: 'user', content: [{ text: 'u' }, point] }]);
    expect(body['toolConfig']).toEqual({ tools: [spec('a'), point] });
    expect(encode({ messages }, 'anthropic.claude-3-7-sonnet-20250219-v1:0').body['system']).toEqual([
      { text: 's' },
      point,
    ]);
  });

  it('is not in the tools of Nova, and nowhere where there is none', () => {
    expect(encode({ messages, tools }, NOVA).body['toolConfig']).toEqual({ tools: [spec('a')] });
    const none = encode({ messages, tools }, LLAMA);
    expect(JSON.stringify(none.body)).not.toContain('cachePoint');
    expect(none.dropped).toEqual(['cache_control']);
  });
});

describe('media', () => {
  const base64 = (mediaType: string) => ({ kind: 'base64', mediaType, data: 'AAAA' }) as const;
  const image = (mediaType: string): UserPart => ({
    type: 'image',
    source: base64(mediaType),
    detail: null,
    cache: null,
  });
  const file = (mediaType: string, filename: string | null): UserPart => ({
    type: 'file',
    source: base64(mediaType),
    filename,
    cache: null,
  });
  const blocks = (...parts: readonly UserPart[]) =>
    (encode({ messages: [user('see', ...parts)] }).body['messages'] as { content: unknown[] }[])[0]?.content.slice(1);

  it.each([
    [image('image/png'), { image: { format: 'png', source: { bytes: 'AAAA' } } }],
    [image('image/jpg'), { image: { format: 'jpeg', source: { bytes: 'AAAA' } } }],
    [file('application/pdf', 'a b.pdf'), { document: { format: 'pdf', name: 'a b', source: { bytes: 'AAAA' } } }],
    [
      file('application/octet-stream', 'a.docx'),
      { document: { format: 'docx', name: 'a', source: { bytes: 'AAAA' } } },
    ],
    [file('text/x-python', 'a.py'), { document: { format: 'txt', name: 'a', source: { bytes: 'AAAA' } } }],
    [file('text/plain', 'a.md'), { document: { format: 'md', name: 'a', source: { bytes: 'AAAA' } } }],
    [
      { type: 'video', source: base64('video/mp4'), cache: null },
      { video: { format: 'mp4', source: { bytes: 'AAAA' } } },
    ],
    [
      { type: 'image', source: { kind: 'url', url: 's3://b/k.jpg', mediaType: null }, detail: null, cache: null },
      { image: { format: 'jpeg', source: { s3Location: { uri: 's3://b/k.jpg' } } } },
    ],
    [
      { type: 'file', source: { kind: 'text', text: 'hé' }, filename: null, cache: null },
      { document: { format: 'txt', name: 'document', source: { bytes: 'aMOp' } } },
    ],
  ] as const satisfies readonly (readonly [UserPart, unknown])[])('%j', (part, block) => {
    expect(blocks(part)).toEqual([block]);
  });

  /** Names that Bedrock was seen to refuse (recorded, github.com/vercel/ai, amazon-bedrock-invalid-document-filenames). */
  it.each([
    ["John's report.pdf", 'John s report'],
    ['invoice #123', 'invoice 123'],
    ['résumé.pdf', 'r sum'],
    ['분기보고서', 'document'],
    ['Report -  Final', 'Report - Final'],
    ['a\tb', 'a b'],
    ['x'.repeat(300), 'x'.repeat(190)],
  ])('the document %s is called %s', (filename, name) => {
    expect(blocks(file('application/pdf', filename))).toMatchObject([{ document: { name } }]);
  });

  it('gives documents different names, and a text beside them', () => {
    const messages = [user(file('application/pdf', 'a.pdf'), file('application/pdf', 'a.pdf'))];
    const [first] = encode({ messages }).body['messages'] as { content: unknown[] }[];
    expect(first?.content).toMatchObject([{ document: { name: 'a' } }, { document: { name: 'a 2' } }, { text: '…' }]);
  });

  it('may be in the results of tools', () => {
    const content = [{ type: 'image', source: base64('image/png'), detail: null, cache: null }] as const;
    const messages = [user('go'), assistant(call('a')), results(result('a', '', { content }))];
    expect(JSON.stringify(encode({ messages }).body['messages'])).toContain(
      '"content":[{"image":{"format":"png","source":{"bytes":"AAAA"}}}]',
    );
  });

  it.each<[string, UserPart]>([
    ['an image of another type', image('image/bmp')],
    [
      'an image by its address',
      {
        type: 'image',
        source: { kind: 'url', url: 'https://x/a.png', mediaType: 'image/png' },
        detail: null,
        cache: null,
      },
    ],
    ['a document of another type', file('application/zip', 'a.zip')],
    [
      'a file that was uploaded elsewhere',
      {
        type: 'file',
        source: { kind: 'uploaded', origin: 'openai-chat', id: 'f', mediaType: 'application/pdf' },
        filename: null,
        cache: null,
      },
    ],
    ['a sound for Claude', { type: 'audio', source: base64('audio/wav'), cache: null }],
  ])('is refused where it cannot be taken: %s', (_what, part) => {
    const refusal = refusalOf(() => encode({ messages: [user('see', part)] }));
    expect(refusal).toMatchObject({ code: 'unsupported_content', status: 400, param: 'messages[0].content[1]' });
  });

  it('is a sound for who hears', () => {
    const sound: UserPart = { type: 'audio', source: base64('audio/mpeg'), cache: null };
    const { body } = encode({ messages: [user('hear', sound)] }, 'mistral.voxtral-small-24b-2507');
    expect(JSON.stringify(body['messages'])).toContain('{"audio":{"format":"mp3","source":{"bytes":"AAAA"}}}');
  });
});

describe('where a request goes', () => {
  it.each([
    ['us.amazon.nova-pro-v1:0', false, '/model/us.amazon.nova-pro-v1%3A0/converse'],
    [
      'arn:aws:bedrock:eu-west-1:1:inference-profile/x',
      true,
      '/model/arn%3Aaws%3Abedrock%3Aeu-west-1%3A1%3Ainference-profile%2Fx/converse-stream',
    ],
  ])('%s, stream %s', (model, isStream, path) => {
    expect(back.pathOf(model, isStream)).toBe(path);
    expect(encode({ stream: isStream }).headers['accept']).toMatch(isStream ? /eventstream$/ : /json$/);
  });
});

describe('any request', () => {
  const shape = {
    dialect: 'bedrock-converse',
    models: ['m'],
    contents: ['image-base64', 'file-pdf', 'file-text'],
    resultContents: ['image-base64'],
    providerTools: [],
    reasoningStates: ['s:SIG', 'r:YQ=='],
    callStates: ['s:SIG'],
  } as const;
  const models = fc.constantFrom(
    SONNET_45,
    OPUS_5,
    NOVA,
    NOVA_2,
    LLAMA,
    'openai.gpt-oss-20b-1:0',
    'mistral.magistral-small-2509',
  );

  it('keeps the rules of Converse', () => {
    fc.assert(
      fc.property(canonicalRequests(shape), models, (request, model) => {
        const { body, dropped } = encode(request, model);
        const messages = body['messages'] as { role: string; content: Record<string, unknown>[] }[];
        messages.forEach(({ role, content }, index) => {
          expect(role).toBe(index % 2 === 0 ? 'user' : 'assistant');
          expect(content.length).toBeGreaterThan(0);
          for (const block of content) if (typeof block['text'] === 'string') expect(block['text'].trim()).not.toBe('');
          expect(idsOf(messages[index + 1]?.content ?? [], 'toolResult')).toEqual(
            role === 'assistant' ? idsOf(content, 'toolUse') : expect.anything(),
          );
        });
        const mentionsTools = messages.some(({ content }) =>
          content.some((block) => 'toolUse' in block || 'toolResult' in block),
        );
        if (mentionsTools) expect(body).toHaveProperty('toolConfig');
        expect(Object.values(body)).not.toContain(null);
        expect(new Set(dropped).size).toBe(dropped.length);
        const known: readonly string[] = DROPPED_NAMES;
        expect(dropped.filter((name) => !known.includes(name) && !/^(?:extras|tools)\./.test(name))).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });
});

function idsOf(content: readonly Record<string, unknown>[], kind: string): string[] {
  return content.flatMap((block) => (kind in block ? [(block[kind] as { toolUseId: string }).toolUseId] : [])).sort();
}

function refusalOf(act: () => unknown): GatewayError {
  try {
    act();
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error('it was taken');
}

it('no more is asked for than the model can write', () => {
  const asked = encode({ maxOutputTokens: 32_000 }, 'anthropic.claude-3-5-haiku-20241022-v1:0');
  expect(asked.body['inferenceConfig']).toEqual({ maxTokens: 8_192 });
});

it('what an error shows stands in a result that is not marked as one', () => {
  const image = { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'iVBO' } } as const;
  const failed = { ...result('a'), content: [{ ...image, detail: null, cache: null }], isError: true };
  const encoded = encode({ messages: [user('go'), assistant(call('a')), results(failed)], tools: [tool('look')] });
  const [, , answer] = encoded.body['messages'] as { content: unknown[] }[];
  const shown = { image: { format: 'png', source: { bytes: 'iVBO' } } };
  expect(answer?.content).toEqual([{ toolResult: { toolUseId: 'a', content: [{ text: 'The tool failed:' }, shown] } }]);
});
