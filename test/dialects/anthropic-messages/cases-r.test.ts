import { describe, expect, it } from 'vitest';
import { idWithState, stateOfId, textOfState } from '../../../src/canonical/carried-state.ts';
import { GatewayError } from '../../../src/canonical/errors.ts';
import type { AnswerEvent, CanonicalAnswer } from '../../../src/canonical/answer.ts';
import type { AssistantPart, JsonObject } from '../../../src/canonical/parts.ts';
import { reasoningPart, textPart } from '../../../src/canonical/parts.ts';
import { UNKNOWN_USAGE } from '../../../src/canonical/usage.ts';
import { anthropicModelList, countTokensBody } from '../../../src/dialects/anthropic-messages/index.ts';
import { decoded, eventsIn, EXCHANGE, front, written, writtenWhole } from './contexts.ts';

const user = (content: unknown): JsonObject => ({ role: 'user', content });
const assistant = (content: unknown): JsonObject => ({ role: 'assistant', content });
const text = (said: string): JsonObject => ({ type: 'text', text: said });
const gemini = { origin: 'gemini', data: 'thought' } as const;
const own = (data: string) => ({ origin: 'anthropic-messages', data }) as const;

describe('a request of Claude Code (clients.md 2)', () => {
  const request = decoded({
    model: 'm',
    max_tokens: 32_000,
    stream: true,
    system: [
      text('x-anthropic-billing-header: cc_version=2.1.328.abc; cc_entrypoint=cli;'),
      { ...text('You are Claude Code.'), cache_control: { type: 'ephemeral', ttl: '1h', scope: 'global' } },
    ],
    messages: [
      user([text('Hi')]),
      { role: 'system', content: 'Be careful.' },
      { role: 'system', content: [text('And short.')] },
    ],
    tools: [
      { name: 'Bash', description: 'Runs.', input_schema: { type: 'object' }, cache_control: { type: 'ephemeral' } },
      { name: 'Later', input_schema: { type: 'object' }, defer_loading: true, strict: true },
      { type: 'web_search_20250305', name: 'web_search', max_uses: 8 },
    ],
    metadata: { user_id: '{"session_id":"s"}', tag: 'x' },
    thinking: { type: 'adaptive', display: 'summarized' },
    output_config: { effort: 'high', task_budget: { total: 5 } },
    context_management: { edits: [] },
  });

  it('R2: system blocks, without the line that changes; messages of the system where they were', () => {
    expect(request.messages).toEqual([
      { role: 'system', content: [textPart('You are Claude Code.', '1h')] },
      { role: 'user', content: [textPart('Hi')] },
      { role: 'system', content: [textPart('Be careful.')] },
      { role: 'system', content: [textPart('And short.')] },
    ]);
  });

  it('R6: nothing of Anthropic’s own leaks into the tools', () => {
    const tool = { kind: 'function', description: null, parameters: { type: 'object' }, namespace: null } as const;
    expect(request.tools).toEqual([
      { ...tool, name: 'Bash', description: 'Runs.', strict: null, cache: '5m' },
      { ...tool, name: 'Later', strict: true, cache: null },
      {
        kind: 'provider',
        origin: 'anthropic-messages',
        name: 'web_search',
        definition: { type: 'web_search_20250305', name: 'web_search', max_uses: 8 },
      },
    ]);
  });

  it('R7: the rest', () => {
    expect(request).toMatchObject({
      model: 'm',
      stream: true,
      streamUsage: true,
      maxOutputTokens: 32_000,
      reasoning: { effort: 'high', budgetTokens: null, shown: true },
      user: '{"session_id":"s"}',
      extras: {
        origin: 'anthropic-messages',
        fields: {
          context_management: { edits: [] },
          output_config: { task_budget: { total: 5 } },
          metadata: { tag: 'x' },
        },
      },
    });
  });
});

describe('a body of /v1/messages', () => {
  it('R3: results first, then what the user says', () => {
    const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AA==' } };
    const request = decoded({
      messages: [
        user([
          text('Look.'),
          {
            type: 'tool_result',
            tool_use_id: 'a',
            content: [text('1'), image, { type: 'block_of_next_year', name: 'x' }],
          },
          { type: 'tool_result', tool_use_id: 'b', is_error: true },
          {
            type: 'tool_result',
            tool_use_id: 'c',
            content: 'ok',
            is_error: false,
            cache_control: { type: 'ephemeral' },
          },
          image,
        ]),
      ],
    });
    const picture = {
      type: 'image',
      source: { kind: 'base64', mediaType: 'image/png', data: 'AA==' },
      detail: null,
      cache: null,
    };
    const reference = {
      type: 'foreign',
      origin: 'anthropic-messages',
      value: { type: 'block_of_next_year', name: 'x' },
    };
    expect(request.messages).toEqual([
      {
        role: 'tool',
        results: [
          { callId: 'a', name: null, content: [textPart('1'), picture, reference], isError: null, cache: null },
          { callId: 'b', name: null, content: [], isError: true, cache: null },
          { callId: 'c', name: null, content: [textPart('ok')], isError: false, cache: '5m' },
        ],
      },
      { role: 'user', content: [textPart('Look.'), picture] },
    ]);
  });

  it('R3: documents and search results are something that every model can read', () => {
    const file = { type: 'file', filename: 'D', cache: null };
    const request = decoded({
      messages: [
        user([
          {
            type: 'document',
            title: 'D',
            context: 'From me.',
            source: { type: 'text', media_type: 'text/plain', data: 'd' },
          },
          { type: 'document', title: 'D', source: { type: 'content', content: [text('a'), text('b')] } },
          { type: 'document', title: 'D', source: { type: 'url', url: 'https://e.com/d.pdf' } },
          { type: 'document', title: 'D', source: { type: 'file', file_id: 'file_1' } },
          { type: 'search_result', title: 'T', source: 'https://e.com', content: [text('s')] },
        ]),
      ],
    });
    expect(request.messages[0]?.role === 'user' ? request.messages[0].content : []).toEqual([
      textPart('From me.'),
      { ...file, source: { kind: 'text', text: 'd' } },
      { ...file, source: { kind: 'text', text: 'a\nb' } },
      { ...file, source: { kind: 'url', url: 'https://e.com/d.pdf', mediaType: null } },
      { ...file, source: { kind: 'uploaded', origin: 'anthropic-messages', id: 'file_1', mediaType: null } },
      textPart('T\nhttps://e.com\ns'),
    ]);
  });

  it('R4: what the assistant thought, said and called, with the state of whoever answered', () => {
    const search = { type: 'server_tool_use', id: 's', name: 'web_search', input: { query: 'x' } };
    const request = decoded({
      messages: [
        assistant([
          { type: 'thinking', thinking: 'Hm.', signature: 'SIG' },
          { type: 'thinking', thinking: 'Foreign.', signature: textOfState(gemini) },
          { type: 'thinking', thinking: 'None.', signature: '' },
          { type: 'thinking', thinking: 'Told.', signature: textOfState(null) },
          { type: 'redacted_thinking', data: 'DATA' },
          text('Hi'),
          search,
          { type: 'tool_use', id: idWithState('t', gemini), name: 'f', input: { a: 1 } },
        ]),
        user([{ type: 'tool_result', tool_use_id: idWithState('t', gemini), content: 'ok' }]),
      ],
    });
    const call: AssistantPart = {
      type: 'tool_call',
      id: 't',
      name: 'f',
      arguments: '{"a":1}',
      kind: 'function',
      state: gemini,
      cache: null,
    };
    expect(request.messages).toMatchObject([
      {
        role: 'assistant',
        content: [
          reasoningPart('Hm.', own('SIG')),
          reasoningPart('Foreign.', gemini),
          reasoningPart('None.'),
          reasoningPart('Told.'),
          reasoningPart('', own('redacted:DATA')),
          textPart('Hi'),
          { type: 'foreign', origin: 'anthropic-messages', value: search },
          call,
        ],
      },
      { role: 'tool', results: [{ callId: 't' }] },
    ]);
  });

  it.each<[JsonObject, object]>([
    [{ type: 'auto' }, { toolChoice: { kind: 'auto' }, parallelToolCalls: null }],
    [
      { type: 'any', disable_parallel_tool_use: true },
      { toolChoice: { kind: 'required' }, parallelToolCalls: false },
    ],
    [{ type: 'tool', name: 'f' }, { toolChoice: { kind: 'tool', name: 'f' } }],
    [{ type: 'none' }, { toolChoice: { kind: 'none' } }],
  ])('R5: tool_choice %j', (choice, request) => {
    expect(decoded({ tool_choice: choice })).toMatchObject(request);
  });

  it.each<[JsonObject, object]>([
    [
      { stop_sequences: ['a', 'b'], top_k: 3, top_p: 0.5, temperature: 0.2 },
      { stop: ['a', 'b'], sampling: { topK: 3, topP: 0.5, temperature: 0.2 } },
    ],
    [
      { thinking: { type: 'enabled', budget_tokens: 9_000 } },
      { reasoning: { effort: null, budgetTokens: 9_000, shown: null } },
    ],
    [{ thinking: { type: 'disabled' }, output_config: { effort: 'low' } }, { reasoning: { effort: 'none' } }],
    [{ thinking: { type: 'adaptive', display: 'omitted' } }, { reasoning: { effort: null, shown: false } }],
    [{ output_config: { effort: 'max' } }, { reasoning: { effort: 'max' } }],
    [
      { output_config: { format: { type: 'json_schema', schema: { type: 'object' } } } },
      { output: { kind: 'schema', schema: { type: 'object' } } },
    ],
    [
      { output_format: { type: 'json_schema', schema: { type: 'object' } } },
      { output: { kind: 'schema' }, extras: { fields: {} } },
    ],
    [{ service_tier: 'standard_only' }, { serviceTier: 'default' }],
    [
      { max_tokens: null, temperature: null, tools: null, system: null },
      { maxOutputTokens: null, tools: [] },
    ],
    [{ messages: [user(''), user([]), assistant(null), user('Hi')] }, { messages: [{ role: 'user' }] }],
    [
      { container: 'c', mcp_servers: [{ url: 'u' }] },
      { extras: { fields: { container: 'c', mcp_servers: [{ url: 'u' }] } } },
    ],
  ])('R7: %j', (body, request) => {
    expect(decoded(body)).toMatchObject(request);
  });

  it.each<[JsonObject, string]>([
    [{ messages: 'Hi' }, 'messages'],
    [{ messages: [{ content: 'Hi' }] }, 'messages[0].role'],
    [{ messages: [{ role: 'tool', content: 'Hi' }] }, 'messages[0].role'],
    [{ messages: [user(7)] }, 'messages[0].content'],
    [{ messages: [user([7])] }, 'messages[0].content[0]'],
    [{ messages: [user([{ text: 'Hi' }])] }, 'messages[0].content[0].type'],
    [{ messages: [user([{ type: 'text', text: 7 }])] }, 'messages[0].content[0].text'],
    [{ messages: [user([{ type: 'image' }])] }, 'messages[0].content[0].source'],
    [{ messages: [user([{ type: 'image', source: { type: 'cd' } }])] }, 'messages[0].content[0].source.type'],
    [{ messages: [user([{ type: 'tool_use', id: 'a', name: 'f' }])] }, 'messages[0].content[0].type'],
    [{ messages: [user([{ type: 'tool_result' }])] }, 'messages[0].content[0].tool_use_id'],
    [
      { messages: [user([{ type: 'tool_result', tool_use_id: 'a', content: [{ type: 'image', source: 7 }] }])] },
      'messages[0].content[0].content[0].source',
    ],
    [{ messages: [assistant([{ type: 'tool_use', id: 7 }])] }, 'messages[0].content[0].id'],
    [{ system: 7 }, 'system'],
    [{ tools: [{ description: 'x' }] }, 'tools[0].name'],
    [{ tools: [{ name: 'f', input_schema: [] }] }, 'tools[0].input_schema'],
    [{ tool_choice: { type: 'some' } }, 'tool_choice.type'],
    [{ tool_choice: { type: 'tool' } }, 'tool_choice.name'],
    [{ max_tokens: -1 }, 'max_tokens'],
    [{ stop_sequences: [7] }, 'stop_sequences[0]'],
    [{ thinking: { type: 'deep' } }, 'thinking.type'],
    [{ output_config: { effort: 'huge' } }, 'output_config.effort'],
    [{ output_config: { format: { type: 'grammar' } } }, 'output_config.format.type'],
  ])('is refused with the path of what is wrong: %j', (body, param) => {
    expect(() => decoded(body)).toThrow(expect.objectContaining({ status: 400, param }) as Error);
  });
});

const FINISH = { reason: 'stop', raw: 'stop', stopSequence: null, detail: null } as const;
const call = (id: string, args: string, state: typeof gemini | null = null): AssistantPart => ({
  type: 'tool_call',
  id,
  name: 'f',
  arguments: args,
  kind: 'function',
  state,
  cache: null,
});
const answer = (parts: readonly AssistantPart[], rest: Partial<CanonicalAnswer> = {}): CanonicalAnswer => ({
  id: 'x',
  model: 'gpt-5',
  content: parts.map((part) => ({ part, citations: [] })),
  usage: null,
  finish: FINISH,
  logprobs: null,
  ...rest,
});

describe('an answer for a client of /v1/messages', () => {
  it('R8: the order of its content, and what brings the state of others back', () => {
    const body = writtenWhole(
      answer([
        reasoningPart('Hm.', gemini),
        reasoningPart('Open.'),
        reasoningPart('', own('redacted:D')),
        textPart('Hi'),
        call('t', '{"a":1}', gemini),
        call('u', '[1'),
      ]),
    );
    expect(body).toMatchObject({
      id: 'msg_0193a000000070008000000000000000',
      type: 'message',
      role: 'assistant',
      model: 'gpt-5',
    });
    expect(body['content']).toEqual([
      { type: 'thinking', thinking: 'Hm.', signature: textOfState(gemini) },
      { type: 'thinking', thinking: 'Open.', signature: textOfState(null) },
      { type: 'redacted_thinking', data: 'D' },
      { type: 'text', text: 'Hi' },
      { type: 'tool_use', id: expect.any(String) as unknown, name: 'f', input: { a: 1 } },
      { type: 'tool_use', id: 'u', name: 'f', input: {} },
    ]);
    const id = (body['content'] as { id?: string }[])[4]?.id ?? '';
    expect(stateOfId(id)).toEqual({ id: 't', state: gemini });
  });

  it.each([
    ['stop', {}, 'end_turn', null],
    ['length', {}, 'max_tokens', null],
    ['tool_calls', {}, 'tool_use', null],
    ['content_filter', { detail: 'No.' }, 'refusal', null],
    ['stop', { stopSequence: 'END' }, 'stop_sequence', 'END'],
    ['stop', { raw: 'pause_turn' }, 'pause_turn', null],
    ['length', { raw: 'model_context_window_exceeded' }, 'model_context_window_exceeded', null],
    ['stop', { raw: 'tool_use' }, 'end_turn', null],
  ] as const)('R8: %s %j is %s', (reason, rest, word, sequence) => {
    const body = writtenWhole(answer([], { finish: { ...FINISH, reason, ...rest } }));
    expect(body).toMatchObject({ stop_reason: word, stop_sequence: sequence });
    expect(body['stop_details']).toEqual(
      word === 'refusal' ? { type: 'refusal', category: null, explanation: 'No.' } : null,
    );
  });

  it('R8: a model that says no refuses, whatever ended it', () => {
    expect(writtenWhole(answer([{ type: 'refusal', text: 'No.' }]))).toMatchObject({
      stop_reason: 'refusal',
      content: [{ type: 'text', text: 'No.' }],
    });
  });

  it('R8: usage without what the caches had', () => {
    const usage = {
      ...UNKNOWN_USAGE,
      inputTokens: 100,
      outputTokens: 9,
      cacheReadTokens: 60,
      cacheWrite5mTokens: 10,
      cacheWrite1hTokens: 5,
      reasoningTokens: 4,
    };
    expect(writtenWhole(answer([], { usage }))['usage']).toMatchObject({
      input_tokens: 25,
      cache_creation_input_tokens: 15,
      cache_read_input_tokens: 60,
      cache_creation: { ephemeral_5m_input_tokens: 10, ephemeral_1h_input_tokens: 5 },
      output_tokens: 9,
      output_tokens_details: { thinking_tokens: 4 },
    });
    expect(writtenWhole(answer([]))['usage']).toMatchObject({ input_tokens: 0, output_tokens: 0 });
  });
});

describe('a stream for a client of /v1/messages', () => {
  const started: AnswerEvent = { type: 'start', id: null, model: null };
  const finish: AnswerEvent = { type: 'finish', finish: { ...FINISH, reason: 'tool_calls' } };
  const begun = (number: number): AnswerEvent => ({
    type: 'tool_call',
    call: number,
    id: `t${number}`,
    name: 'f',
    kind: 'function',
    state: null,
  });
  const argued = (number: number, said: string): AnswerEvent => ({ type: 'tool_arguments', call: number, text: said });
  const ended = (number: number): AnswerEvent => ({ type: 'tool_call_end', call: number });
  const usage: AnswerEvent = { type: 'usage', usage: { ...UNKNOWN_USAGE, inputTokens: 12, outputTokens: 3 } };

  it('R9: begins with a guess of the prompt and ends with what was used', () => {
    const events = eventsIn(written([started, { type: 'text', text: 'Hi' }, finish, usage]));
    expect(events.map(({ type }) => type)).toEqual([
      'message_start',
      'content_block_start',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
    expect(events[0]).toMatchObject({ message: { model: 'claude-opus-5', content: [], usage: { input_tokens: 7 } } });
    expect(events[4]).toMatchObject({
      delta: { stop_reason: 'tool_use', stop_sequence: null },
      usage: { input_tokens: 12, output_tokens: 3 },
    });
  });

  it('R9: signs every thought, also one that nobody signed', () => {
    const thought: AnswerEvent = { type: 'reasoning', text: 'Hm.' };
    const state: AnswerEvent = { type: 'state', on: 'reasoning', state: gemini };
    const events = eventsIn(
      written([started, thought, { type: 'part_end' }, thought, state, thought, begun(0), ended(0), thought, finish]),
    );
    const signatures = events.flatMap(({ delta }) => (delta as { signature?: string } | undefined)?.signature ?? []);
    expect(signatures).toEqual([null, gemini, null, null].map((each) => textOfState(each)));
    const isSigned = events.flatMap(({ type }, index) =>
      type === 'content_block_stop' ? [JSON.stringify(events[index - 1]).includes('signature_delta')] : [],
    );
    expect(isSigned).toEqual([true, true, true, false, true]);
  });

  it('R9: has no empty text before a call, and blocks strictly one after the other', () => {
    const events = eventsIn(
      written([
        started,
        { type: 'text', text: '' },
        begun(0),
        begun(1),
        argued(1, '{"b"'),
        argued(0, '{"a"'),
        { type: 'text', text: 'And.' },
        begun(2),
        argued(1, ':1}'),
        argued(0, ':0}'),
        ended(1),
        ended(0),
        argued(2, '{}'),
        ended(2),
        finish,
      ]),
    );
    const blocks = events.filter(({ type }) => String(type).startsWith('content_block'));
    expect(blocks.map(({ type, index }) => [type, index])).toEqual(
      [0, 1, 2, 3].flatMap((index) => [
        ['content_block_start', index],
        ...Array.from({ length: index < 2 ? 2 : 1 }, () => ['content_block_delta', index]),
        ['content_block_stop', index],
      ]),
    );
    const said = (index: number): string =>
      blocks
        .filter((block) => block['index'] === index)
        .map((block) => block['delta'] as { partial_json?: string; text?: string } | undefined)
        .map((delta) => delta?.partial_json ?? delta?.text ?? '')
        .join('');
    expect([0, 1, 2, 3].map(said)).toEqual(['{"a":0}', '{"b":1}', 'And.', '{}']);
  });

  it('R9: ends calls that nobody ended', () => {
    const events = eventsIn(written([started, begun(0), begun(1), argued(1, '{}'), finish]));
    expect(events.filter(({ type }) => type === 'content_block_stop').map(({ index }) => index)).toEqual([0, 1]);
  });

  it('R9: pings mean nothing, an error ends it', () => {
    expect(eventsIn(front.encodeStream({ ...context() }).keepAlive())).toEqual([{ type: 'ping' }]);
    const error = new GatewayError('upstream_error', 'No.', { upstreamType: 'overloaded_error', status: 529 });
    expect(eventsIn(written([started, { type: 'error', error }])).at(-1)).toEqual({
      type: 'error',
      error: { type: 'overloaded_error', message: 'No.' },
      request_id: 'req_0193a000000070008000000000000000',
    });
  });

  const context = () => ({
    request: decoded({}),
    body: {},
    exchangeId: EXCHANGE,
    model: 'm',
    createdAt: 0,
    now: () => 0,
    isKept: true,
    inputTokensGuess: 0,
  });
});

describe('R10: the rest of the front', () => {
  it.each([
    [new GatewayError('invalid_body', 'No.'), 400, 'invalid_request_error', 'No.'],
    [new GatewayError('invalid_api_key', 'No.'), 401, 'authentication_error', 'No.'],
    [new GatewayError('model_not_found', 'No.'), 404, 'not_found_error', 'No.'],
    [new GatewayError('budget_exceeded', 'No.'), 422, 'invalid_request_error', 'No.'],
    [new GatewayError('upstream_error', 'No.', { status: 429 }), 429, 'rate_limit_error', 'No.'],
    [
      // Google's word for an overload, and OpenAI's number.
      new GatewayError('upstream_error', 'Busy.', { status: 503, upstreamType: 'UNAVAILABLE' }),
      529,
      'overloaded_error',
      'Busy.',
    ],
    [
      new GatewayError('upstream_error', 'No.', { status: 529, upstreamType: 'overloaded_error' }),
      529,
      'overloaded_error',
      'No.',
    ],
    [new GatewayError('upstream_total_timeout', 'No.'), 504, 'timeout_error', 'No.'],
    [
      new GatewayError('shutting_down', 'No.'),
      503,
      'api_error',
      'No. Send the request again when the gateway is back.',
    ],
    [new GatewayError('context_length_exceeded', 'No.'), 400, 'invalid_request_error', 'prompt is too long: No.'],
  ])('an error: %s as %i', (error, status, type, said) => {
    const written = front.encodeError(error, { exchangeId: EXCHANGE });
    expect(written.status).toBe(status);
    expect(JSON.parse(written.body)).toEqual({
      type: 'error',
      error: { type, message: said },
      request_id: 'req_0193a000000070008000000000000000',
    });
  });

  it('counts tokens and lists models', () => {
    expect(countTokensBody(2_095)).toEqual({ input_tokens: 2_095 });
    const models = [
      { id: 'a', createdAt: Date.UTC(2026, 0, 2), displayName: 'A', contextLength: 200_000, maxOutputTokens: 64_000 },
      { id: 'b', createdAt: null, displayName: 'b', contextLength: null, maxOutputTokens: null },
    ];
    expect(anthropicModelList(models, false)).toEqual({
      data: [
        {
          type: 'model',
          id: 'a',
          display_name: 'A',
          created_at: '2026-01-02T00:00:00.000Z',
          max_input_tokens: 200_000,
          max_tokens: 64_000,
        },
        { type: 'model', id: 'b', display_name: 'b', created_at: '1970-01-01T00:00:00.000Z' },
      ],
      has_more: false,
      first_id: 'a',
      last_id: 'b',
    });
    expect(anthropicModelList([], false)).toMatchObject({ data: [], first_id: null, last_id: null });
  });
});
