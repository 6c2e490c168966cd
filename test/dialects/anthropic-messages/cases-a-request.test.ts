import { describe, expect, it } from 'vitest';
import type { JsonObject, ToolCallPart } from '../../../src/canonical/parts.ts';
import { reasoningPart, textPart } from '../../../src/canonical/parts.ts';
import { asked, encoded, fromChat } from './contexts.ts';

const PNG = 'iVBORw0KGgo=';
const user = (content: unknown): JsonObject => ({ role: 'user', content });
const system = (content: unknown): JsonObject => ({ role: 'system', content });
const text = (said: string): JsonObject => ({ type: 'text', text: said });
const call = (id: string, name: string, args: string): JsonObject => ({
  id,
  type: 'function',
  function: { name, arguments: args },
});
const tool = (name: string, parameters?: JsonObject): JsonObject => ({
  type: 'function',
  function: { name, description: `The tool ${name}.`, ...(parameters === undefined ? {} : { parameters }) },
});
const image = (url: string): JsonObject => ({ type: 'image_url', image_url: { url } });

const called = (id: string): ToolCallPart => ({
  type: 'tool_call',
  id,
  name: 'f',
  arguments: '{}',
  kind: 'function',
  state: null,
  cache: null,
});

/** A case of the reference: what a client of chat completions sends, and the fields of the body that come of it. */
type Case = readonly [name: string, sent: JsonObject, body: JsonObject];

const cases: readonly Case[] = [
  [
    'A1 system',
    { messages: [system('Be short.'), user('Hi')] },
    { system: [text('Be short.')], messages: [user([text('Hi')])] },
  ],
  [
    'A2 several and late system messages: the late one stays where it was said',
    { messages: [system('One.'), system('Two.'), user('Hi'), system('Three.'), user('Go on')] },
    {
      system: [text('One.'), text('Two.')],
      messages: [user([text('Hi'), text('<system-reminder>\nThree.\n</system-reminder>'), text('Go on')])],
    },
  ],
  ['A3 developer role', { messages: [{ role: 'developer', content: 'D' }, user('Hi')] }, { system: [text('D')] }],
  ['A4 system only: the user says a placeholder', { messages: [system('S')] }, { messages: [user([text('.')])] }],
  [
    'A5 first message of the assistant',
    { messages: [{ role: 'assistant', content: 'Hello' }, user('Hi')] },
    { messages: [user([text('.')]), { role: 'assistant', content: [text('Hello')] }, user([text('Hi')])] },
  ],
  [
    'A6 consecutive messages of one side',
    {
      messages: [
        user('a'),
        user('b'),
        { role: 'assistant', content: 'c' },
        { role: 'assistant', content: 'd' },
        user('e'),
      ],
    },
    {
      messages: [
        user([text('a'), text('b')]),
        { role: 'assistant', content: [text('c'), text('d')] },
        user([text('e')]),
      ],
    },
  ],
  [
    'A7 prefill: white space at its end goes',
    { messages: [user('Hi'), { role: 'assistant', content: 'The answer is \n' }] },
    { messages: [user([text('Hi')]), { role: 'assistant', content: [text('The answer is')] }] },
  ],
  [
    'A8 empty content',
    {
      messages: [
        user([
          { type: 'text', text: '' },
          { type: 'text', text: 'Hi' },
          { type: 'text', text: '\n' },
        ]),
        { role: 'assistant', content: '', tool_calls: [call('c1', 'f', '')] },
        { role: 'tool', tool_call_id: 'c1', content: 'ok' },
      ],
      tools: [tool('f')],
    },
    {
      messages: [
        user([text('Hi')]),
        { role: 'assistant', content: [{ type: 'tool_use', id: 'c1', name: 'f', input: {} }] },
        user([{ type: 'tool_result', tool_use_id: 'c1', content: 'ok' }]),
      ],
    },
  ],
  [
    'A9 image by HTTPS address, and as data',
    { messages: [user([image('https://example.com/a.png'), image(`data:image/png;base64,${PNG}`)])] },
    {
      messages: [
        user([
          { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } },
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PNG } },
        ]),
      ],
    },
  ],
  [
    'A11 PDF',
    {
      messages: [
        user([{ type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' } }]),
      ],
    },
    {
      messages: [
        user([
          {
            type: 'document',
            source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' },
            title: 'a.pdf',
          },
        ]),
      ],
    },
  ],
  [
    'A11 plain text file',
    { messages: [user([{ type: 'file', file: { filename: 'a.txt', file_data: 'data:text/plain;base64,SGk=' } }])] },
    {
      messages: [
        user([{ type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'Hi' }, title: 'a.txt' }]),
      ],
    },
  ],
  [
    'A13 tools, without parameters and without a type',
    { tools: [tool('f', { properties: { a: { type: 'string' } } }), tool('g'), tool('a.b/c')] },
    {
      tools: [
        {
          name: 'f',
          description: 'The tool f.',
          input_schema: { type: 'object', properties: { a: { type: 'string' } } },
        },
        { name: 'g', description: 'The tool g.', input_schema: { type: 'object', properties: {} } },
        { name: 'a_b_c', description: 'The tool a.b/c.', input_schema: { type: 'object', properties: {} } },
      ],
    },
  ],
  ...(
    [
      ['auto', 'auto', { type: 'auto' }],
      ['required', 'required', { type: 'any' }],
      ['none', 'none', { type: 'none' }],
      ['a tool', { type: 'function', function: { name: 'f' } }, { type: 'tool', name: 'f' }],
    ] as const
  ).map(([name, given, choice]): Case => [
    `A14 tool_choice ${name}`,
    { tools: [tool('f')], tool_choice: given },
    { tool_choice: choice },
  ]),
  [
    'A15 parallel_tool_calls',
    { tools: [tool('f')], parallel_tool_calls: false },
    { tool_choice: { type: 'auto', disable_parallel_tool_use: true } },
  ],
  [
    'A16 history of calls: empty and wrongly written arguments',
    {
      messages: [
        user('Hi'),
        { role: 'assistant', content: null, tool_calls: [call('a', 'f', '{"x":1}'), call('b', 'f', '{"x":')] },
        { role: 'tool', tool_call_id: 'a', content: '1' },
        { role: 'tool', tool_call_id: 'b', content: '2' },
      ],
      tools: [tool('f')],
    },
    {
      messages: [
        user([text('Hi')]),
        {
          role: 'assistant',
          content: [
            { type: 'tool_use', id: 'a', name: 'f', input: { x: 1 } },
            { type: 'tool_use', id: 'b', name: 'f', input: { arguments: '{"x":' } },
          ],
        },
        user([
          { type: 'tool_result', tool_use_id: 'a', content: '1' },
          { type: 'tool_result', tool_use_id: 'b', content: '2' },
        ]),
      ],
    },
  ],
  [
    'A17 results before the text of the user, and no system message between',
    {
      messages: [
        user('Hi'),
        { role: 'assistant', content: null, tool_calls: [call('a', 'f', '{}'), call('b', 'f', '{}')] },
        system('Now.'),
        { role: 'tool', tool_call_id: 'b', content: '2' },
        { role: 'tool', tool_call_id: 'a', content: '1' },
        user('Go on'),
      ],
      tools: [tool('f')],
    },
    {
      messages: [
        user([text('Hi')]),
        {
          role: 'assistant',
          content: [
            { type: 'tool_use', id: 'a', name: 'f', input: {} },
            { type: 'tool_use', id: 'b', name: 'f', input: {} },
          ],
        },
        user([
          { type: 'tool_result', tool_use_id: 'b', content: '2' },
          { type: 'tool_result', tool_use_id: 'a', content: '1' },
          text('<system-reminder>\nNow.\n</system-reminder>'),
          text('Go on'),
        ]),
      ],
    },
  ],
  [
    'A18 tool history without tools: they are made of it, and may not be called',
    {
      messages: [
        user('Hi'),
        { role: 'assistant', content: null, tool_calls: [call('a', 'f', '{}')] },
        { role: 'tool', tool_call_id: 'a', content: '1' },
      ],
    },
    { tools: [{ name: 'f', input_schema: { type: 'object', properties: {} } }], tool_choice: { type: 'none' } },
  ],
  [
    'A19 result without a call goes, call without a result gets one',
    {
      messages: [
        { role: 'tool', tool_call_id: 'zero', content: '0' },
        user('Hi'),
        { role: 'assistant', content: null, tool_calls: [call('a', 'f', '{}'), call('b', 'f', '{}')] },
        { role: 'tool', tool_call_id: 'b', content: '2' },
        { role: 'tool', tool_call_id: 'b', content: 'twice' },
        { role: 'tool', tool_call_id: 'c', content: '3' },
      ],
      tools: [tool('f')],
    },
    {
      messages: [
        user([text('Hi')]),
        expect.anything(),
        user([
          { type: 'tool_result', tool_use_id: 'b', content: '2' },
          {
            type: 'tool_result',
            tool_use_id: 'a',
            content: 'The result of this tool call is not known.',
            is_error: true,
          },
        ]),
      ],
    },
  ],
  ['A20 max_tokens absent', {}, { max_tokens: 64_000 }],
  ['A20 max_completion_tokens', { max_completion_tokens: 77 }, { max_tokens: 77 }],
  ['A20 more than the model has', { max_tokens: 1_000_000 }, { max_tokens: 64_000 }],
  ['A21 stop', { stop: 'END' }, { stop_sequences: ['END'] }],
  ['A22 temperature over 1', { temperature: 1.7 }, { temperature: 1 }],
  ['A22 temperature and top_p', { temperature: 0.2, top_p: 0.5 }, { temperature: 0.2 }],
  [
    'A23 schema of the answer, natively',
    {
      response_format: {
        type: 'json_schema',
        json_schema: {
          name: 'answer',
          schema: { type: 'object', properties: { a: { type: 'integer', minimum: 3 } }, required: ['a'] },
        },
      },
    },
    {
      output_config: {
        format: {
          type: 'json_schema',
          schema: {
            type: 'object',
            properties: { a: { type: 'integer', description: '{minimum: 3}' } },
            required: ['a'],
            additionalProperties: false,
          },
        },
      },
    },
  ],
  [
    'A24 any JSON object',
    { messages: [system('S'), user('Hi')], response_format: { type: 'json_object' } },
    { system: [text('S'), { type: 'text', text: expect.stringContaining('one JSON object') as unknown }] },
  ],
  [
    'A25 effort as a budget',
    { reasoning_effort: 'medium', max_tokens: 10_000, temperature: 0.3, top_k: 5 },
    { thinking: { type: 'enabled', budget_tokens: 3_000 }, max_tokens: 10_000 },
  ],
  ['A25 effort none', { reasoning_effort: 'none' }, { thinking: { type: 'disabled' } }],
  [
    'A27 cache marks',
    {
      messages: [
        system([{ type: 'text', text: 'S', cache_control: { type: 'ephemeral', ttl: '1h' } }]),
        user([{ type: 'text', text: 'Hi', cache_control: { type: 'ephemeral' } }]),
      ],
    },
    {
      system: [{ type: 'text', text: 'S', cache_control: { type: 'ephemeral', ttl: '1h' } }],
      messages: [user([{ type: 'text', text: 'Hi', cache_control: { type: 'ephemeral' } }])],
    },
  ],
  ['A28 user', { user: 'u-123' }, { metadata: { user_id: 'u-123' } }],
  ['A28 service_tier', { service_tier: 'default' }, { service_tier: 'standard_only' }],
  ['A28 top_k', { top_k: 40 }, { top_k: 40 }],
];

describe('a chat completion for Anthropic', () => {
  it.each(cases)('%s', (_name, sent, body) => {
    expect(fromChat(sent).body).toMatchObject(body);
  });

  it('A14: without tools there is no choice and no rule for parallel calls', () => {
    const { body } = fromChat({ tools: [], tool_choice: 'auto', parallel_tool_calls: false });
    expect(body).not.toHaveProperty('tools');
    expect(body).not.toHaveProperty('tool_choice');
  });

  it('A17: ids are made of the allowed characters, the same for call and result', () => {
    const id = 'call|1.é'.padEnd(90, 'x');
    const { body } = fromChat({
      messages: [
        user('Hi'),
        { role: 'assistant', content: null, tool_calls: [call(id, 'f', '{}')] },
        { role: 'tool', tool_call_id: id, content: '1' },
      ],
    });
    const [, assistant, results] = body['messages'] as { content: JsonObject[] }[];
    const sent = assistant?.content[0]?.['id'];
    expect(sent).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
    expect(results?.content[0]?.['tool_use_id']).toBe(sent);
  });

  it('A17: ids that are used again in a later turn are told apart', () => {
    const turn = [
      { role: 'assistant', content: null, tool_calls: [call('call_0', 'f', '{}')] },
      { role: 'tool', tool_call_id: 'call_0', content: '1' },
    ];
    const { body } = fromChat({ messages: [user('Hi'), ...turn, ...turn] });
    expect(body['messages']).toMatchObject([
      {},
      { content: [{ id: 'call_0' }] },
      { content: [{ tool_use_id: 'call_0' }] },
      { content: [{ id: 'call_0_2' }] },
      { content: [{ tool_use_id: 'call_0_2' }] },
    ]);
  });

  it('A17: a tool that failed says so, also where it said nothing', () => {
    const results = [
      { callId: 'a', name: null, content: [], isError: true, cache: null },
      { callId: 'b', name: null, content: [textPart('broken')], isError: true, cache: '5m' as const },
    ];
    const calls = ['a', 'b'].map(called);
    const { body } = encoded(
      asked({
        messages: [
          { role: 'assistant', content: calls },
          { role: 'tool', results },
        ],
      }),
    );
    expect((body['messages'] as unknown[])[2]).toEqual({
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: 'a', content: 'The tool failed and said nothing.', is_error: true },
        {
          type: 'tool_result',
          tool_use_id: 'b',
          content: 'broken',
          is_error: true,
          cache_control: { type: 'ephemeral' },
        },
      ],
    });
  });

  it('what a tool that failed has shown stands behind the results, which may hold text alone', () => {
    const calls = ['a', 'b'].map(called);
    const plain = { name: null, content: [textPart('fine')], isError: null, cache: null };
    const shown = {
      type: 'image',
      source: { kind: 'base64', mediaType: 'image/png', data: 'iVBO' },
      detail: null,
      cache: null,
    } as const;
    const results = [
      { ...plain, callId: 'a', content: [textPart('broken'), shown], isError: true },
      { ...plain, callId: 'b' },
    ];
    const { body } = encoded(
      asked({
        messages: [
          { role: 'assistant', content: calls },
          { role: 'tool', results },
        ],
      }),
    );
    expect((body['messages'] as unknown[])[2]).toEqual({
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: 'a', content: 'broken', is_error: true },
        { type: 'tool_result', tool_use_id: 'b', content: 'fine' },
        { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBO' } },
      ],
    });
  });

  it.each([
    ['A9 an address that is not HTTPS', [image('http://example.com/a.png')], 'messages[0].content[0]'],
    ['A10 a TIFF', [text('x'), image('data:image/tiff;base64,AAAA')], 'messages[0].content[1]'],
    ['A12 a sound', [{ type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } }], 'messages[0].content[0]'],
    [
      'A11 a spreadsheet',
      [{ type: 'file', file: { file_data: 'data:application/vnd.ms-excel;base64,AAAA' } }],
      'messages[0].content[0]',
    ],
  ])('%s is refused by name', (_name, content, param) => {
    expect(() => fromChat({ messages: [user(content)] })).toThrow(
      expect.objectContaining({ code: 'unsupported_content', status: 400, param }) as Error,
    );
  });

  it('A9: an upstream that fetches nothing is given no address', () => {
    const body = { messages: [user([image('https://example.com/a.png')])] };
    expect(() => fromChat(body, 'claude-opus-5', { images: 'inline' })).toThrow('cannot fetch');
  });

  it('A11: an uploaded file needs a beta', () => {
    const file = { type: 'file', filename: null, cache: null } as const;
    const source = { kind: 'uploaded', origin: 'anthropic-messages', id: 'file_1', mediaType: null } as const;
    const own = encoded(asked({ messages: [{ role: 'user', content: [{ ...file, source }] }] }));
    expect(own.headers).toEqual({ 'anthropic-beta': 'files-api-2025-04-14' });
    expect(own.body['messages']).toEqual([user([{ type: 'document', source: { type: 'file', file_id: 'file_1' } }])]);
    const foreign = { ...file, source: { ...source, origin: 'openai-chat' as const } };
    expect(() => encoded(asked({ messages: [{ role: 'user', content: [foreign] }] }))).toThrow('another provider');
  });

  it.each([
    ['A21 n', { n: 2 }, ['n']],
    ['A21 logprobs', { logprobs: true }, ['logprobs']],
    ['A21 seed', { seed: 7 }, ['seed']],
    ['A21 penalties', { frequency_penalty: 0.5, presence_penalty: 0.1 }, ['frequency_penalty', 'presence_penalty']],
    ['A21 penalties that are none', { frequency_penalty: 0, presence_penalty: 0 }, []],
    ['A21 logit_bias', { logit_bias: { 7: 1 } }, ['logit_bias']],
    ['A21 stop of white space', { stop: ['\n\n'] }, ['stop']],
    ['A22 top_p beside a temperature', { temperature: 0.2, top_p: 0.5 }, ['top_p']],
    ['A28 metadata', { metadata: { a: 'b' } }, ['metadata']],
    ['A28 an address for a user', { user: 'jo@example.com' }, ['user']],
    ['A28 a telephone number for a user', { user: '+32 470 12 34 56' }, ['user']],
    ['A28 a tier that is another provider’s', { service_tier: 'flex' }, ['service_tier']],
    ['verbosity', { verbosity: 'low' }, ['verbosity']],
    ['a key for a cache that needs none', { prompt_cache_key: 'k' }, []],
    ['thinking and a temperature', { reasoning_effort: 'low', temperature: 0.3, top_k: 5 }, ['temperature', 'top_k']],
    ['a tool of OpenAI’s own', { tools: [{ type: 'web_search' }] }, ['tools.web_search']],
  ])('%s is left out and named', (_name, sent, dropped) => {
    const encodedRequest = fromChat(sent);
    expect(encodedRequest.dropped).toEqual(dropped);
    expect(Object.values(encodedRequest.body)).not.toContain(null);
  });

  it('A26: signed thoughts of a history go back first, unsigned and foreign ones are left out', () => {
    const { body } = fromChat({
      messages: [
        user('Hi'),
        {
          role: 'assistant',
          content: 'Hello',
          thinking_blocks: [
            { type: 'thinking', thinking: 'Hm.', signature: 'SIG' },
            { type: 'redacted_thinking', data: 'DATA' },
          ],
        },
        user('And?'),
        { role: 'assistant', content: 'Yes', reasoning_content: 'Unsigned.' },
        user('Well?'),
      ],
    });
    expect(body['messages']).toEqual([
      user([text('Hi')]),
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'Hm.', signature: 'SIG' },
          { type: 'redacted_thinking', data: 'DATA' },
          text('Hello'),
        ],
      },
      user([text('And?')]),
      { role: 'assistant', content: [text('Yes')] },
      user([text('Well?')]),
    ]);
  });

  const stated = (data: string, id: string) => ({
    type: 'tool_call' as const,
    id,
    name: 'f',
    arguments: '{}',
    kind: 'function' as const,
    state: { origin: 'anthropic-messages' as const, data },
    cache: null,
  });

  it.each([
    [
      'with the text that the client kept',
      [reasoningPart('Hm.'), textPart('Look.'), stated('SIG', 'a')],
      [{ type: 'thinking', thinking: 'Hm.', signature: 'SIG' }, text('Look.'), { type: 'tool_use' }],
    ],
    [
      'without its text, at the beginning of the message',
      [textPart('Look.'), stated('SIG', 'a'), stated('redacted:DATA', 'b')],
      [
        { type: 'thinking', thinking: '', signature: 'SIG' },
        text('Look.'),
        { type: 'tool_use' },
        { type: 'redacted_thinking', data: 'DATA' },
        { type: 'tool_use' },
      ],
    ],
    [
      'and not the thoughts of another provider',
      [reasoningPart('Hm.', { origin: 'gemini', data: 'G' }), textPart('Look.')],
      [text('Look.')],
    ],
  ])('A26: a thought that rode on the id of a call is put back %s', (_name, content, blocks) => {
    const { body } = encoded(
      asked({
        messages: [
          { role: 'user', content: [textPart('Hi')] },
          { role: 'assistant', content },
        ],
      }),
    );
    expect((body['messages'] as { content: unknown }[])[1]?.content).toMatchObject(blocks);
  });

  it('A27: of more than four cache marks the last four stay', () => {
    const mark = { cache_control: { type: 'ephemeral' } };
    const { body } = fromChat({
      tools: [
        { ...tool('f'), ...mark },
        { ...tool('g'), ...mark },
      ],
      messages: [
        system([{ ...text('S'), ...mark }]),
        user([
          { ...text('a'), ...mark },
          { ...text('b'), ...mark },
          { ...text('c'), ...mark },
        ]),
      ],
    });
    const marks = (blocks: unknown): boolean[] => (blocks as object[]).map((block) => 'cache_control' in block);
    expect(marks(body['tools'])).toEqual([false, false]);
    expect(marks(body['system'])).toEqual([true]);
    expect(marks((body['messages'] as { content: unknown }[])[0]?.content)).toEqual([true, true, true]);
  });

  it('leaves the model out for Vertex AI, whose version of the API stands in the body', () => {
    const { body } = fromChat({}, 'claude-opus-4-1@20250805', { flavour: 'google-cloud' });
    expect(body).toMatchObject({ anthropic_version: 'vertex-2023-10-16', max_tokens: 32_000 });
    expect(body).not.toHaveProperty('model');
  });

  it('takes the longest answer that is known of the model before that of the table', () => {
    expect(encoded(asked(), 'claude-opus-5', {}, 1_000).body['max_tokens']).toBe(1_000);
    expect(encoded(asked(), 'deepseek-chat').body['max_tokens']).toBe(8_192);
  });
});
