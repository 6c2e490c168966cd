import { describe, expect, it } from 'vitest';
import { idWithState } from '../../../src/canonical/carried-state.ts';
import { GatewayError } from '../../../src/canonical/errors.ts';
import type { JsonObject } from '../../../src/canonical/parts.ts';
import { encoded, asked, fromChat, SECOND, THIRD } from './contexts.ts';

/*
 * The request's half of the mapping cases G1 to G19 from chat completions to Gemini (litellm.md 9.2 of the project's
 * reference notes, which go by Google's API reference).
 */

const weather = {
  type: 'function',
  function: { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
};
const call = (id: string, args = '{"city":"Ghent"}', name = 'weather'): JsonObject => ({
  id,
  type: 'function',
  function: { name, arguments: args },
});
const answer = (id: string, content: unknown): JsonObject => ({ role: 'tool', tool_call_id: id, content });
const user = (content: unknown): JsonObject => ({ role: 'user', content });

function contentsOf(messages: readonly JsonObject[], model = SECOND): unknown {
  return fromChat({ messages, tools: [weather] }, model).body['contents'];
}

function configOf(body: JsonObject, model = SECOND, quirks = {}): unknown {
  return fromChat(body, model, quirks).body['generationConfig'];
}

describe('G1 system', () => {
  it('is systemInstruction', () => {
    const { body } = fromChat({
      messages: [{ role: 'system', content: 'Be brief' }, { role: 'developer', content: 'Rhyme' }, user('Hi')],
    });
    expect(body['systemInstruction']).toEqual({ parts: [{ text: 'Be brief' }, { text: 'Rhyme' }] });
    expect(body['contents']).toEqual([{ role: 'user', parts: [{ text: 'Hi' }] }]);
  });

  it('alone gets a user who says nothing', () => {
    const { body } = fromChat({ messages: [{ role: 'system', content: 'Be brief' }] });
    expect(body['contents']).toEqual([{ role: 'user', parts: [{ text: ' ' }] }]);
  });
});

describe('G2 roles', () => {
  it('are user and model, consecutive ones merged', () => {
    const messages = [
      user('a'),
      user('b'),
      { role: 'assistant', content: 'c' },
      { role: 'assistant', content: 'd' },
      user('e'),
    ];
    expect(contentsOf(messages)).toEqual([
      { role: 'user', parts: [{ text: 'a' }, { text: 'b' }] },
      { role: 'model', parts: [{ text: 'c' }, { text: 'd' }] },
      { role: 'user', parts: [{ text: 'e' }] },
    ]);
  });

  it('keep a late system message in its place, as text of the user', () => {
    const messages = [user('a'), { role: 'assistant', content: 'b' }, { role: 'system', content: 'Hurry' }, user('c')];
    expect(contentsOf(messages)).toEqual([
      { role: 'user', parts: [{ text: 'a' }] },
      { role: 'model', parts: [{ text: 'b' }] },
      { role: 'user', parts: [{ text: '<system-reminder>\nHurry\n</system-reminder>' }, { text: 'c' }] },
    ]);
  });

  it('begin with the user', () => {
    expect(contentsOf([{ role: 'assistant', content: 'b' }, user('c')])).toMatchObject([
      { role: 'user', parts: [{ text: ' ' }] },
      { role: 'model' },
      { role: 'user' },
    ]);
  });

  it.each([
    ['gemini-3.8-flash', 'user', ['prefill']],
    [THIRD, 'model', []],
  ])('may end with the model where %s goes on with it', (model, role, dropped) => {
    const request = fromChat({ messages: [user('a'), { role: 'assistant', content: 'The' }] }, model);
    expect((request.body['contents'] as JsonObject[]).at(-1)?.['role']).toBe(role);
    expect(request.dropped).toEqual(dropped);
  });
});

describe('G3 tool calls', () => {
  it.each([
    ['{"city":"Ghent"}', { city: 'Ghent' }],
    ['', {}],
    ['{}', {}],
    ['{"city":', { invalid_arguments: '{"city":' }],
    ['[1]', { invalid_arguments: '[1]' }],
  ])('have an object for the arguments %j', (text, args) => {
    const messages = [
      user('a'),
      { role: 'assistant', content: null, tool_calls: [call('c1', text)] },
      answer('c1', 'x'),
    ];
    expect(contentsOf(messages)).toMatchObject([
      {},
      { role: 'model', parts: [{ functionCall: { id: 'c1', name: 'weather', args } }] },
      {},
    ]);
  });
});

describe('G4 results', () => {
  const twice = { role: 'assistant', content: null, tool_calls: [call('c1'), call('c2')] };

  it('stand in one turn behind the calls, identical calls included', () => {
    const messages = [user('a'), twice, answer('c2', '{"t":12}'), answer('c1', 'warm'), user('and?')];
    expect(contentsOf(messages)).toEqual([
      { role: 'user', parts: [{ text: 'a' }] },
      {
        role: 'model',
        parts: [
          { functionCall: { id: 'c1', name: 'weather', args: { city: 'Ghent' } } },
          { functionCall: { id: 'c2', name: 'weather', args: { city: 'Ghent' } } },
        ],
      },
      {
        role: 'user',
        parts: [
          { functionResponse: { id: 'c1', name: 'weather', response: { output: 'warm' } } },
          { functionResponse: { id: 'c2', name: 'weather', response: { t: 12 } } },
        ],
      },
      { role: 'user', parts: [{ text: 'and?' }] },
    ]);
  });

  it.each([
    ['text', 'warm', { output: 'warm' }],
    ['an object', '{"a":[1]}', { a: [1] }],
    ['an object with a word of Gemini’s', '{"error":"none found"}', { output: { error: 'none found' } }],
    ['a list', '[1,2]', { output: '[1,2]' }],
    ['an empty object', '{}', { output: '{}' }],
    ['a number that JavaScript cannot hold', '{"id":12345678901234567890}', { output: '{"id":12345678901234567890}' }],
    ['half an object', '{"a":', { output: '{"a":' }],
    ['nothing', '', { output: '' }],
  ])('are an object: %s', (_what, content, response) => {
    const messages = [user('a'), { role: 'assistant', content: null, tool_calls: [call('c1')] }, answer('c1', content)];
    expect(contentsOf(messages)).toMatchObject([{}, {}, { parts: [{ functionResponse: { response } }] }]);
  });

  it('that are missing say so, and those of no call are left out', () => {
    const messages = [user('a'), twice, answer('c9', 'whose?'), answer('c1', 'warm'), answer('c1', 'again'), user('b')];
    expect(contentsOf(messages)).toMatchObject([
      {},
      {},
      {
        parts: [
          { functionResponse: { id: 'c1', response: { output: 'warm' } } },
          { functionResponse: { id: 'c2', response: { error: expect.stringContaining('not run') as string } } },
        ],
      },
      { parts: [{ text: 'b' }] },
    ]);
    expect(JSON.stringify(contentsOf(messages))).not.toContain('whose?');
  });

  it('of calls that a client spread over two messages', () => {
    const one = (id: string): JsonObject => ({ role: 'assistant', content: null, tool_calls: [call(id)] });
    expect(contentsOf([user('a'), one('c1'), one('c2'), answer('c1', '1'), answer('c2', '2')])).toMatchObject([
      {},
      { role: 'model', parts: [{}, {}] },
      {
        role: 'user',
        parts: [
          { functionResponse: { response: { output: '1' } } },
          { functionResponse: { response: { output: '2' } } },
        ],
      },
    ]);
  });

  it('of one id that stands twice go out in their order', () => {
    const same = { role: 'assistant', content: null, tool_calls: [call('c'), call('c')] };
    const contents = contentsOf([user('a'), same, answer('c', 'first'), answer('c', 'second')]) as JsonObject[];
    expect(contents[2]).toMatchObject({
      parts: [
        { functionResponse: { response: { output: 'first' } } },
        { functionResponse: { response: { output: 'second' } } },
      ],
    });
  });

  it('that failed, and pictures in them', () => {
    const image = {
      type: 'image',
      source: { kind: 'base64', mediaType: 'image/png', data: 'AAAA' },
      detail: null,
      cache: null,
    } as const;
    const request = (isError: boolean): Parameters<typeof encoded>[0] =>
      asked({
        messages: [
          { role: 'user', content: [{ type: 'text', text: 'a', cache: null, state: null }] },
          {
            role: 'assistant',
            content: [
              { type: 'tool_call', id: 'c', name: 'shot', arguments: '{}', kind: 'function', state: null, cache: null },
            ],
          },
          {
            role: 'tool',
            results: [
              {
                callId: 'c',
                name: null,
                content: [{ type: 'text', text: 'see', cache: null, state: null }, image],
                isError,
                cache: null,
              },
            ],
          },
        ],
      });
    const inlineData = { mimeType: 'image/png', data: 'AAAA' };
    const contents = (model: string, isError: boolean): unknown =>
      (encoded(request(isError), model).body['contents'] as JsonObject[])[2];
    expect(contents(SECOND, true)).toEqual({
      role: 'user',
      parts: [{ functionResponse: { id: 'c', name: 'shot', response: { error: 'see' } } }, { inlineData }],
    });
    expect(contents(THIRD, false)).toEqual({
      role: 'user',
      parts: [{ functionResponse: { id: 'c', name: 'shot', response: { output: 'see' }, parts: [{ inlineData }] } }],
    });
  });

  it('are behind the results where they may not stand inside', () => {
    const source = { kind: 'base64', mediaType: 'image/gif', data: 'AAAA' } as const;
    const uploaded = { kind: 'uploaded', origin: 'gemini', id: 'files/abc', mediaType: 'image/png' } as const;
    const result = {
      callId: 'c',
      name: null,
      content: [
        { type: 'image', source, detail: null, cache: null },
        { type: 'image', source: uploaded, detail: null, cache: null },
      ],
      isError: null,
      cache: null,
    } as const;
    const called = { type: 'tool_call', name: 'shot', arguments: '{}', kind: 'function', state: null } as const;
    const messages = [
      { role: 'assistant', content: [{ ...called, id: 'c', cache: null }] },
      { role: 'tool', results: [result] },
    ] as const;
    const [, , last] = encoded(asked({ messages }), THIRD).body['contents'] as JsonObject[];
    expect(last).toEqual({
      role: 'user',
      parts: [
        { functionResponse: { id: 'c', name: 'shot', response: { output: '' } } },
        { inlineData: { mimeType: 'image/gif', data: 'AAAA' } },
        { fileData: { fileUri: 'files/abc', mimeType: 'image/png' } },
      ],
    });
  });
});

describe('G5 tool_choice', () => {
  it.each([
    ['auto', { mode: 'AUTO' }],
    ['none', { mode: 'NONE' }],
    ['required', { mode: 'ANY' }],
    [
      { type: 'function', function: { name: 'weather' } },
      { mode: 'ANY', allowedFunctionNames: ['weather'] },
    ],
  ])('%j', (choice, functionCallingConfig) => {
    const { body } = fromChat({ tools: [weather], tool_choice: choice });
    expect(body['toolConfig']).toEqual({ functionCallingConfig });
  });

  it('of some, which may be called or not', () => {
    const tools = fromChat({ tools: [weather] });
    expect(tools.body['toolConfig']).toBeUndefined();
    const some = { kind: 'allowed', names: ['a b', 'c'], required: false } as const;
    const tool = {
      kind: 'function',
      description: null,
      parameters: null,
      strict: null,
      namespace: null,
      cache: null,
    } as const;
    const request = asked({
      toolChoice: some,
      tools: [
        { ...tool, name: 'a b' },
        { ...tool, name: 'c' },
      ],
    });
    expect(encoded(request).body['toolConfig']).toEqual({
      functionCallingConfig: { mode: 'VALIDATED', allowedFunctionNames: ['a_b', 'c'] },
    });
    expect(encoded(asked({ toolChoice: some })).body['toolConfig']).toBeUndefined();
  });
});

describe('G6 functions', () => {
  it('are all in one tool, and those without parameters say none', () => {
    const { body } = fromChat({
      tools: [
        weather,
        {
          type: 'function',
          function: { name: '1 now', description: 'The time', parameters: { type: 'object', properties: {} } },
        },
      ],
    });
    expect(body['tools']).toEqual([
      {
        functionDeclarations: [
          { name: 'weather', parametersJsonSchema: { type: 'object', properties: { city: { type: 'string' } } } },
          { name: '_1_now', description: 'The time' },
        ],
      },
    ]);
  });

  it('that are strict are not, and tools of other providers are dropped', () => {
    const strict = { type: 'function', function: { ...weather.function, strict: true } };
    expect(fromChat({ tools: [strict] }).dropped).toEqual(['tools.strict']);
    const foreign = {
      kind: 'provider',
      origin: 'anthropic-messages',
      name: 'web_search',
      definition: { type: 'web_search_1' },
    } as const;
    const own = {
      kind: 'provider',
      origin: 'gemini',
      name: 'google_search',
      definition: { googleSearch: {} },
    } as const;
    const request = encoded(asked({ tools: [foreign, own] }));
    expect(request).toMatchObject({ body: { tools: [{ googleSearch: {} }] }, dropped: ['tools.web_search'] });
  });

  it('stand for tools whose argument is any text', () => {
    const tool = {
      kind: 'custom',
      name: 'apply_patch',
      description: 'Patches',
      format: { type: 'grammar', syntax: 'lark' },
    } as const;
    const called = {
      type: 'tool_call',
      id: 'c',
      name: 'apply_patch',
      arguments: '*** Begin',
      kind: 'custom',
      state: null,
      cache: null,
    } as const;
    const { body } = encoded(asked({ tools: [tool], messages: [{ role: 'assistant', content: [called] }] }));
    expect(body).toMatchObject({
      tools: [
        { functionDeclarations: [{ name: 'apply_patch', description: expect.stringContaining('lark') as string }] },
      ],
      contents: [{}, { parts: [{ functionCall: { args: { input: '*** Begin' } } }] }, {}],
    });
  });
});

describe('G7 response_format', () => {
  const schema = { type: 'object', properties: { z: { type: 'string' }, a: { type: 'number' } }, required: ['z', 'a'] };
  const format = { type: 'json_schema', json_schema: { name: 'x', schema, strict: true } };

  it.each([
    [{ type: 'json_object' }, { responseMimeType: 'application/json' }],
    [format, { responseMimeType: 'application/json', responseJsonSchema: schema }],
    [{ type: 'text' }, undefined],
  ])('%j', (given, config) => {
    const written = configOf({ response_format: given });
    expect(written).toEqual(config);
    if (config !== undefined && 'responseJsonSchema' in config)
      expect(JSON.stringify(written)).toContain('"z":{"type":"string"},"a"');
  });

  it.each([
    [SECOND, ['response_format']],
    [THIRD, []],
  ])('together with functions, at %s', (model, dropped) => {
    const request = fromChat({ response_format: format, tools: [weather] }, model);
    expect(request.dropped).toEqual(dropped);
    expect(request.body['generationConfig'] === undefined).toBe(dropped.length > 0);
  });
});

describe('G8 parameters', () => {
  const sampling = { temperature: 0.5, top_p: 0.9, seed: 7, presence_penalty: 0.1, frequency_penalty: 0.2 };

  it('by their names', () => {
    const body = { ...sampling, max_tokens: 100, stop: ['a', 'b'], logprobs: true, top_logprobs: 3 };
    expect(configOf(body, 'gemini-2.0-flash')).toEqual({
      temperature: 0.5,
      topP: 0.9,
      seed: 7,
      presencePenalty: 0.1,
      frequencyPenalty: 0.2,
      maxOutputTokens: 100,
      stopSequences: ['a', 'b'],
      responseLogprobs: true,
      logprobs: 3,
    });
  });

  it.each([
    [SECOND, { logprobs: true, ...sampling }, {}, ['presence_penalty', 'frequency_penalty', 'logprobs']],
    [SECOND, { logprobs: true }, { flavour: 'google-cloud' as const }, []],
    ['gemini-3.8-flash', sampling, {}, ['temperature', 'top_p', 'presence_penalty', 'frequency_penalty']],
    ['gemini-flash-latest', { temperature: 1 }, {}, ['temperature']],
    [SECOND, { seed: 1, stop: ['x'] }, { refuses: ['seed', 'stop'] }, ['seed', 'stop']],
    [SECOND, { stop: ['1', '2', '3', '4', '5', '6'] }, {}, ['stop']],
    [
      SECOND,
      { n: 2, parallel_tool_calls: false, user: 'u', verbosity: 'low', prompt_cache_key: 'k' },
      {},
      ['n', 'parallel_tool_calls', 'verbosity', 'user'],
    ],
    [SECOND, { service_tier: 'flex' }, {}, []],
    [SECOND, { service_tier: 'flex' }, { flavour: 'google-cloud' as const }, ['service_tier']],
    [SECOND, { logit_bias: { 1: 2 } }, {}, ['logit_bias']],
  ])('%s drops of %j with %j', (model, body, quirks, dropped) => {
    expect(fromChat({ ...body, tools: [weather] }, model, quirks).dropped).toEqual(dropped);
  });

  it('with no more tokens than the model has', () => {
    const request = asked({ maxOutputTokens: 100_000 });
    expect(encoded(request, SECOND, {}, 65_536).body['generationConfig']).toEqual({ maxOutputTokens: 65_536 });
  });

  it('without anything that nobody asked for', () => {
    expect(fromChat({})).toEqual({
      body: { contents: [{ role: 'user', parts: [{ text: 'Hi' }] }] },
      dropped: [],
      headers: {},
    });
  });
});

describe('G9 reasoning_effort', () => {
  it.each([
    [SECOND, 'none', { thinkingBudget: 0 }],
    [SECOND, 'minimal', { thinkingBudget: 1_311, includeThoughts: true }],
    [SECOND, 'medium', { thinkingBudget: 19_661, includeThoughts: true }],
    [SECOND, 'high', { thinkingBudget: 24_576, includeThoughts: true }],
    ['gemini-2.5-pro', 'none', { thinkingBudget: 128 }],
    ['gemini-2.5-pro', 'high', { thinkingBudget: 32_768, includeThoughts: true }],
    ['gemini-2.5-flash-lite', 'low', { thinkingBudget: 6_554, includeThoughts: true }],
    [THIRD, 'none', { thinkingLevel: 'MINIMAL' }],
    [THIRD, 'medium', { thinkingLevel: 'MEDIUM', includeThoughts: true }],
    [THIRD, 'xhigh', { thinkingLevel: 'HIGH', includeThoughts: true }],
    ['gemini-3-pro-preview', 'minimal', { thinkingLevel: 'LOW', includeThoughts: true }],
    ['gemini-3-pro-preview', 'medium', { thinkingLevel: 'HIGH', includeThoughts: true }],
    ['gemini-3.1-pro-preview', 'medium', { thinkingLevel: 'MEDIUM', includeThoughts: true }],
    ['gemini-3.8-flash', 'none', { thinkingLevel: 'LOW' }],
    ['models/gemini-5-ultra', 'low', { thinkingLevel: 'LOW', includeThoughts: true }],
    ['gemini-2.0-flash', 'none', undefined],
  ])('%s %s', (model, effort, thinkingConfig) => {
    const request = fromChat({ reasoning_effort: effort }, model);
    expect((request.body['generationConfig'] as JsonObject | undefined)?.['thinkingConfig']).toEqual(thinkingConfig);
    expect(request.dropped).toEqual([]);
  });

  it.each(['gemini-2.0-flash', 'gemini-2.5-flash-image', 'gemma-3-27b-it'])('is nothing to %s', (model) => {
    const request = fromChat({ reasoning_effort: 'high' }, model);
    expect(request).toMatchObject({ dropped: ['reasoning'] });
    expect(request.body['generationConfig']).toBeUndefined();
  });

  it.each([
    [SECOND, { effort: null, budgetTokens: 5_000, shown: false }, { thinkingBudget: 5_000, includeThoughts: false }],
    [SECOND, { effort: null, budgetTokens: null, shown: true }, { includeThoughts: true }],
    [SECOND, { effort: null, budgetTokens: null, shown: null }, { thinkingBudget: -1 }],
    [THIRD, { effort: null, budgetTokens: 5_000, shown: null }, { thinkingLevel: 'MEDIUM' }],
    [THIRD, { effort: 'low' as const, budgetTokens: 50_000, shown: null }, { thinkingLevel: 'LOW' }],
  ])('%s: %j never gives both', (model, reasoning, thinkingConfig) => {
    expect(encoded(asked({ reasoning }), model).body['generationConfig']).toEqual({ thinkingConfig });
  });

  it('takes its share of a short answer', () => {
    expect(configOf({ reasoning_effort: 'medium', max_tokens: 8_000 })).toEqual({
      maxOutputTokens: 8_000,
      thinkingConfig: { thinkingBudget: 2_400, includeThoughts: true },
    });
  });
});

describe('G10 media', () => {
  it.each([
    [
      { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
      { inlineData: { mimeType: 'image/png', data: 'AAAA' } },
    ],
    [
      { type: 'image_url', image_url: { url: 'https://x.test/a.webp?s=1' } },
      { fileData: { fileUri: 'https://x.test/a.webp?s=1', mimeType: 'image/webp' } },
    ],
    [
      { type: 'image_url', image_url: { url: 'https://x.test/a' } },
      { fileData: { fileUri: 'https://x.test/a', mimeType: 'image/jpeg' } },
    ],
    [
      { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } },
      { inlineData: { mimeType: 'audio/wav', data: 'AAAA' } },
    ],
    [
      { type: 'file', file: { file_data: 'data:application/pdf;base64,AAAA', filename: 'a.pdf' } },
      { inlineData: { mimeType: 'application/pdf', data: 'AAAA' } },
    ],
  ])('%j', (part, wire) => {
    const { body } = fromChat({ messages: [user([{ type: 'text', text: 'See' }, part])] });
    expect(body['contents']).toEqual([{ role: 'user', parts: [{ text: 'See' }, wire] }]);
  });

  it.each([
    [
      'a type that is not read',
      { type: 'file', file: { file_data: 'data:application/zip;base64,AAAA', filename: 'a.zip' } },
    ],
    ['a file of another provider', { type: 'file', file: { file_id: 'file-1' } }],
  ])('%s is refused by its place', (_what, part) => {
    expect(() => fromChat({ messages: [user('x'), user([part])] })).toThrow(GatewayError);
    expect(() => fromChat({ messages: [user('x'), user([part])] })).toThrow(/`messages\[1\]\.content\[0\]`/);
  });

  it.each(['inline', 'none'] as const)('an address is refused where upstreams take images as: %s', (images) => {
    const part = { type: 'image_url', image_url: { url: 'https://x.test/a.png' } };
    expect(() => fromChat({ messages: [user([part])] }, SECOND, { images })).toThrow(/`messages\[0\]\.content\[0\]`/);
  });
});

describe('G11 signatures', () => {
  const messages = (id: string): JsonObject[] => [
    user('a'),
    { role: 'assistant', content: null, tool_calls: [call(id), call('c2')] },
    answer(id, '1'),
    answer('c2', '2'),
  ];
  const signatures = (id: string, model: string): unknown[] => {
    const contents = contentsOf(messages(id), model) as { parts: JsonObject[] }[];
    return contents[1]?.parts.map((part) => part['thoughtSignature']) ?? [];
  };

  it('come back through a client that knows nothing of them', () => {
    const id = idWithState('c1', { origin: 'gemini', data: 'CikB+/=' });
    expect(signatures(id, THIRD)).toEqual(['CikB+/=', undefined]);
    expect(contentsOf(messages(id), THIRD)).toMatchObject([
      {},
      { parts: [{ functionCall: { id: 'c1' } }, {}] },
      { parts: [{ functionResponse: { id: 'c1' } }, {}] },
    ]);
  });

  it('are made up where nobody has one, for models that want one', () => {
    expect(signatures('c1', THIRD)).toEqual(['skip_thought_signature_validator', undefined]);
    expect(signatures('c1', SECOND)).toEqual([undefined, undefined]);
    expect(signatures(idWithState('c1', { origin: 'anthropic-messages', data: 'other' }), THIRD)).toEqual([
      'skip_thought_signature_validator',
      undefined,
    ]);
  });
});

describe('G19 cache marks', () => {
  it('are left out, and named by nobody: Gemini caches what it has seen before by itself', () => {
    const { body, dropped } = encoded(
      asked({ messages: [{ role: 'user', content: [{ type: 'text', text: 'a', cache: '5m', state: null }] }] }),
    );
    expect(dropped).toEqual([]);
    expect(body['contents']).toEqual([{ role: 'user', parts: [{ text: 'a' }] }]);
  });
});
