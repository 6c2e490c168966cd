import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../src/canonical/errors.ts';
import type { JsonObject } from '../../../src/canonical/parts.ts';
import { signatureOfState } from '../../../src/dialects/gemini/signatures.ts';
import { countTokensAnswer, countTokensRequest } from '../../../src/dialects/gemini/count-tokens.ts';
import { back, decoded, encoded, front, SECOND } from './contexts.ts';

/** The request of the reference notes (cloud-providers.md 2.2), which go by Google's API reference. */
const whole: JsonObject = {
  systemInstruction: { parts: [{ text: 'Be brief' }] },
  contents: [
    {
      role: 'user',
      parts: [
        { text: 'What is this?' },
        { inlineData: { mimeType: 'image/png', data: 'iVB' } },
        { fileData: { mimeType: 'video/mp4', fileUri: 'https://generativelanguage.googleapis.com/v1beta/files/abc' } },
      ],
    },
    {
      role: 'model',
      parts: [
        { text: 'planning…', thought: true },
        { functionCall: { id: 'fc_1', name: 'get_weather', args: { city: 'Ghent' } }, thoughtSignature: 'CikB' },
        { functionCall: { id: 'fc_2', name: 'get_time', args: {} } },
      ],
    },
    {
      role: 'user',
      parts: [
        { functionResponse: { id: 'fc_1', name: 'get_weather', response: { output: '12 C' } } },
        { functionResponse: { id: 'fc_2', name: 'get_time', response: { error: 'no clock' } } },
      ],
    },
  ],
  tools: [
    {
      functionDeclarations: [
        {
          name: 'get_weather',
          description: 'W',
          parametersJsonSchema: { type: 'object', properties: { city: { type: 'string' } } },
        },
      ],
    },
    { googleSearch: {}, codeExecution: {} },
  ],
  toolConfig: {
    functionCallingConfig: { mode: 'AUTO', allowedFunctionNames: [] },
    retrievalConfig: { languageCode: 'de' },
  },
  generationConfig: {
    ...{
      temperature: 1,
      topP: 0.95,
      topK: 64,
      maxOutputTokens: 8192,
      stopSequences: ['X'],
      seed: 1,
      candidateCount: 1,
    },
    ...{ presencePenalty: 0, frequencyPenalty: 0, responseMimeType: 'application/json' },
    ...{ responseJsonSchema: { type: 'object' }, responseLogprobs: true, logprobs: 2, responseModalities: ['TEXT'] },
    thinkingConfig: { includeThoughts: true, thinkingLevel: 'LOW' },
  },
  safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' }],
  cachedContent: 'cachedContents/xyz',
  labels: { a: 'b' },
};

describe('a whole request', () => {
  it('is understood', () => {
    const request = decoded(whole);
    expect(request).toMatchObject({
      model: 'm',
      streamUsage: true,
      toolChoice: { kind: 'auto' },
      output: { kind: 'schema', schema: { type: 'object' } },
      reasoning: { effort: 'low', budgetTokens: null, shown: true },
      sampling: { temperature: 1, topP: 0.95, topK: 64, seed: 1, presencePenalty: 0, frequencyPenalty: 0 },
      maxOutputTokens: 8192,
      stop: ['X'],
      choiceCount: 1,
      logprobs: { top: 2 },
      extras: {
        origin: 'gemini',
        fields: {
          safetySettings: whole['safetySettings'],
          cachedContent: 'cachedContents/xyz',
          labels: { a: 'b' },
          toolConfig: { retrievalConfig: { languageCode: 'de' } },
          generationConfig: { responseModalities: ['TEXT'] },
        },
      },
    });
    expect(request.tools).toMatchObject([
      { kind: 'function', name: 'get_weather', description: 'W' },
      { kind: 'provider', origin: 'gemini', name: 'google_search', definition: { googleSearch: {} } },
      { kind: 'provider', name: 'code_execution' },
    ]);
    expect(request.messages).toMatchObject([
      { role: 'system', content: [{ text: 'Be brief' }] },
      {
        role: 'user',
        content: [
          { type: 'text' },
          { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'iVB' } },
          { type: 'video', source: { kind: 'uploaded', origin: 'gemini' } },
        ],
      },
      {
        role: 'assistant',
        content: [
          { type: 'reasoning', text: 'planning…' },
          { type: 'tool_call', id: 'fc_1', arguments: '{"city":"Ghent"}', state: { origin: 'gemini', data: 'CikB' } },
          { type: 'tool_call', id: 'fc_2', arguments: '{}', state: null },
        ],
      },
      {
        role: 'tool',
        results: [
          { callId: 'fc_1', name: 'get_weather', content: [{ text: '12 C' }], isError: false },
          { callId: 'fc_2', name: 'get_time', content: [{ text: 'no clock' }], isError: true },
        ],
      },
    ]);
  });

  it('is written again as it was', () => {
    const { body, dropped } = encoded(decoded(whole), 'gemini-3-flash', { flavour: 'google-cloud' });
    expect(dropped).toEqual(['presence_penalty', 'frequency_penalty']);
    const given = Object.entries(whole['generationConfig'] as JsonObject);
    const gone = ['candidateCount', 'presencePenalty', 'frequencyPenalty'];
    const config = Object.fromEntries(given.filter(([key]) => !gone.includes(key)));
    const [functions] = whole['tools'] as JsonObject[];
    expect(body).toEqual({
      ...whole,
      generationConfig: config,
      tools: [functions, { googleSearch: {} }, { codeExecution: {} }],
      toolConfig: { functionCallingConfig: { mode: 'AUTO' }, retrievalConfig: { languageCode: 'de' } },
    });
  });

  it('may be written in snake_case at every level, but for what is not Google’s to name', () => {
    const snake = (value: unknown, isOurs: boolean): unknown => {
      if (Array.isArray(value)) return value.map((one) => snake(one, isOurs));
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(
        Object.entries(value).map(([key, member]) => {
          const name = isOurs ? key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`) : key;
          const isTheirs = [
            'args',
            'response',
            'parametersJsonSchema',
            'responseJsonSchema',
            'retrievalConfig',
          ].includes(key);
          return [name, snake(member, isOurs && !isTheirs)];
        }),
      );
    };
    const written = snake(whole, true) as JsonObject;
    expect(Object.keys(written)).toContain('system_instruction');
    const read = decoded({ contents: null, ...written });
    const expected = decoded(whole);
    // What is kept as it came keeps its spelling below the first level.
    expect({ ...read, extras: null, tools: null }).toEqual({ ...expected, extras: null, tools: null });
    expect(read.tools.map(({ name }) => name)).toEqual(expected.tools.map(({ name }) => name));
    expect(Object.keys(read.extras.fields)).toEqual(Object.keys(expected.extras.fields));
  });
});

describe('contents', () => {
  const messagesOf = (contents: unknown): unknown => decoded({ contents }).messages;

  it.each([
    ['a text', 'Hi'],
    ['one content', { parts: [{ text: 'Hi' }] }],
    ['one part', [{ parts: { text: 'Hi' } }]],
    ['no role', [{ parts: [{ text: 'Hi' }, { text: '' }] }]],
  ])('may be %s', (_what, contents) => {
    expect(messagesOf(contents)).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'Hi', cache: null, state: null }] },
    ]);
  });

  it.each([
    ['text', 'Be brief'],
    ['a content', { role: 'system', parts: [{ text: 'Be brief' }] }],
    ['one part', { parts: { text: 'Be brief' } }],
    ['parts', [{ text: 'Be brief' }]],
  ])('with a systemInstruction that is %s', (_what, systemInstruction) => {
    expect(decoded({ systemInstruction }).messages[0]).toMatchObject({
      role: 'system',
      content: [{ text: 'Be brief' }],
    });
  });

  it('without ids match results by name and order', () => {
    const call = (name: string): JsonObject => ({ functionCall: { name, args: {} } });
    const result = (name: string, output: string): JsonObject => ({ functionResponse: { name, response: { output } } });
    expect(
      messagesOf([
        { parts: [{ text: 'a' }] },
        { role: 'model', parts: [call('x'), call('y'), call('x')] },
        { role: 'function', parts: [result('y', '2'), result('x', '1'), result('x', '3'), { text: 'go on' }] },
      ]),
    ).toMatchObject([
      {},
      { content: [{ id: 'call_1_0' }, { id: 'call_1_1' }, { id: 'call_1_2' }] },
      { role: 'tool', results: [{ callId: 'call_1_1' }, { callId: 'call_1_0' }, { callId: 'call_1_2' }] },
      { role: 'user', content: [{ text: 'go on' }] },
    ]);
  });

  it('that came as chunks of a stream are one answer', () => {
    const model = (part: JsonObject): JsonObject => ({ role: 'model', parts: [part] });
    expect(
      messagesOf([
        { parts: [{ text: 'a' }] },
        model({ text: 'I th', thought: true }),
        model({ text: 'ink', thought: true }),
        model({ text: '', thought: true, thoughtSignature: 'T' }),
        model({ text: 'Hel' }),
        model({ text: 'lo' }),
        model({ text: '', thoughtSignature: 'S' }),
      ]),
    ).toMatchObject([
      {},
      {
        role: 'assistant',
        content: [
          { type: 'reasoning', text: 'I think', state: { data: 'T' } },
          { type: 'text', text: 'Hello', state: { data: 'S' } },
        ],
      },
    ]);
  });

  it('keep results of any form', () => {
    const resultOf = (functionResponse: JsonObject): unknown => {
      const contents = [{ parts: [{ functionResponse: { name: 'x', id: 'i', ...functionResponse } }] }];
      const [message] = decoded({ contents }).messages;
      return message?.role === 'tool' ? message.results[0] : null;
    };
    expect(resultOf({ response: { a: 1 } })).toMatchObject({
      callId: 'i',
      content: [{ text: '{"a":1}' }],
      isError: false,
    });
    expect(resultOf({ response: { output: { a: 1 } } })).toMatchObject({ content: [{ text: '{"a":1}' }] });
    expect(resultOf({ response: { result: 'x', error: 'y' } })).toMatchObject({ isError: true });
    const parts = [{ inlineData: { mimeType: 'image/png', data: 'AAAA' } }];
    expect(resultOf({ response: {}, parts })).toMatchObject({ content: [{ type: 'image' }] });
  });

  it.each([
    [{ name: 'x', content: 'done' }, 'done'],
    [{ name: 'x', content: { a: 1 } }, '{"a":1}'],
    // These are what the function gave: a name of its own, or more than the SDK writes.
    [{ name: 'y', content: 'done' }, '{"name":"y","content":"done"}'],
    [{ name: 'x', content: 'done', size: 1 }, '{"name":"x","content":"done","size":1}'],
    [{ name: 'x' }, '{"name":"x"}'],
  ])('take %j as Vercel’s AI SDK means it', (response, text) => {
    const contents = [{ parts: [{ functionResponse: { name: 'x', id: 'i', response } }] }];
    expect(decoded({ contents }).messages).toMatchObject([{ results: [{ content: [{ type: 'text', text }] }] }]);
  });

  it('keep what only Gemini knows', () => {
    const part = { codeExecutionResult: { outcome: 'OUTCOME_OK', output: '1' } };
    expect(messagesOf([{ role: 'model', parts: [part] }])).toMatchObject([
      { content: [{ type: 'foreign', origin: 'gemini', value: part }] },
    ]);
  });

  it.each([
    [{ mimeType: 'audio/wav', data: 'AAAA' }, { type: 'audio' }],
    [{ mimeType: 'video/mp4', data: 'AAAA' }, { type: 'video' }],
    [
      { mimeType: 'application/pdf', data: 'AAAA', displayName: 'a.pdf' },
      { type: 'file', filename: 'a.pdf' },
    ],
    [
      { mimeType: 'text/plain', data: 'SGk=' },
      { type: 'file', source: { kind: 'text', text: 'Hi' } },
    ],
    [{ mime_type: 'image/png', data: 'AAAA' }, { type: 'image' }],
  ])('inlineData %j', (inlineData, part) => {
    expect(messagesOf([{ parts: [{ inlineData }] }])).toMatchObject([{ content: [part] }]);
  });

  it.each([
    ['https://x.test/a.pdf', { type: 'file', source: { kind: 'url', mediaType: 'application/pdf' } }],
    ['https://x.test/a.png', { type: 'image', source: { kind: 'url' } }],
    ['gs://bucket/a.png', { type: 'image', source: { kind: 'uploaded', id: 'gs://bucket/a.png' } }],
    ['https://www.youtube.com/watch?v=1', { type: 'video', source: { kind: 'url' } }],
    ['data:image/png;base64,AAAA', { source: { kind: 'base64' } }],
  ])('fileData %s', (fileUri, part) => {
    expect(messagesOf([{ parts: [{ fileData: { fileUri } }] }])).toMatchObject([{ content: [part] }]);
  });
});

describe('state of other providers', () => {
  const foreign = { origin: 'anthropic-messages', data: 'EqoB+/=' } as const;
  const signature = signatureOfState(foreign);

  it('is base64 in the signature, and taken out again', () => {
    expect(Buffer.from(signature, 'base64').toString('base64')).toBe(signature);
    const parts = [{ functionCall: { name: 'x', id: 'i' }, thoughtSignature: signature }];
    expect(decoded({ contents: [{ role: 'model', parts }] }).messages[0]).toMatchObject({
      content: [{ state: foreign }],
    });
  });

  it('is not there twice where the client kept the thoughts', () => {
    const parts = [
      { text: 'hm', thought: true, thoughtSignature: signature },
      { functionCall: { name: 'x', id: 'i' }, thoughtSignature: signature },
    ];
    expect(decoded({ contents: [{ role: 'model', parts }] }).messages[0]).toMatchObject({
      content: [{ state: foreign }, { state: null }],
    });
  });

  it('is none where the signature was made up', () => {
    const parts = [{ functionCall: { name: 'x', id: 'i' }, thoughtSignature: 'skip_thought_signature_validator' }];
    expect(decoded({ contents: [{ role: 'model', parts }] }).messages[0]).toMatchObject({ content: [{ state: null }] });
  });
});

describe('choices and configuration', () => {
  it.each([
    [{ mode: 'ANY' }, { kind: 'required' }],
    [
      { mode: 'any', allowed_function_names: ['a'] },
      { kind: 'tool', name: 'a' },
    ],
    [
      { mode: 'ANY', allowedFunctionNames: ['a', 'b'] },
      { kind: 'allowed', names: ['a', 'b'], required: true },
    ],
    [
      { mode: 'VALIDATED', allowedFunctionNames: ['a'] },
      { kind: 'allowed', names: ['a'], required: false },
    ],
    [{ mode: 'VALIDATED' }, { kind: 'auto' }],
    [{ mode: 'NONE' }, { kind: 'none' }],
    [{ mode: 'MODE_UNSPECIFIED' }, null],
    [{}, null],
  ])('%j', (functionCallingConfig, choice) => {
    expect(decoded({ toolConfig: { functionCallingConfig } }).toolChoice).toEqual(choice);
  });

  it.each([
    [{ thinkingBudget: 0 }, { effort: 'none', budgetTokens: null, shown: null }],
    [
      { thinkingBudget: -1, includeThoughts: true },
      { effort: null, budgetTokens: null, shown: true },
    ],
    [
      { thinking_budget: 8192, include_thoughts: true },
      { effort: null, budgetTokens: 8192, shown: true },
    ],
    [{ thinkingLevel: 'minimal' }, { effort: 'minimal', budgetTokens: null, shown: null }],
    [{ thinkingLevel: 'THINKING_LEVEL_UNSPECIFIED' }, { effort: null, budgetTokens: null, shown: null }],
  ])('thinkingConfig %j', (thinkingConfig, reasoning) => {
    expect(decoded({ generationConfig: { thinkingConfig } }).reasoning).toEqual(reasoning);
  });

  it('parameters of OpenAPI become JSON Schema', () => {
    const parameters = {
      type: 'OBJECT',
      properties: {
        when: { type: 'STRING', nullable: true, format: 'date-time' },
        list: { type: 'ARRAY', min_items: '2', items: { type: 'INTEGER' } },
        either: { any_of: [{ type: 'STRING' }, { type: 'NUMBER' }], nullable: true },
      },
      required: ['when'],
      property_ordering: ['when'],
    };
    const [tool] = decoded({ tools: [{ function_declarations: [{ name: 'f', parameters }] }] }).tools;
    expect(tool).toMatchObject({
      parameters: {
        type: 'object',
        properties: {
          when: { type: ['string', 'null'], format: 'date-time' },
          list: { type: 'array', minItems: 2, items: { type: 'integer' } },
          either: { anyOf: [{ type: 'string' }, { type: 'number' }, { type: 'null' }] },
        },
        required: ['when'],
        propertyOrdering: ['when'],
      },
    });
  });
});

describe('what nobody can act on', () => {
  it.each([
    [{ contents: undefined }, 'contents'],
    [{ contents: [{ role: 'assistant', parts: [] }] }, 'contents[0].role'],
    [{ contents: [{ parts: [{ text: 1 }] }] }, 'contents[0].parts[0].text'],
    [{ contents: ['x'] }, 'contents[0]'],
    [{ contents: [{ role: 'model', parts: [{ functionCall: {} }] }] }, 'contents[0].parts[0].functionCall.name'],
    [{ contents: [{ parts: [{ functionCall: { name: 'x' } }] }] }, 'contents[0].parts[0].functionCall'],
    [{ contents: [{ parts: [{ inlineData: { data: 'A' } }] }] }, 'contents[0].parts[0].inlineData.mimeType'],
    [
      { contents: [{ parts: [{ functionResponse: { name: 'x', response: 'y' } }] }] },
      'contents[0].parts[0].functionResponse.response',
    ],
    [{ systemInstruction: 4 }, 'systemInstruction'],
    [{ tools: [{ functionDeclarations: [{ description: 'x' }] }] }, 'tools[0].functionDeclarations[0].name'],
    [{ toolConfig: { functionCallingConfig: { mode: 'SOME' } } }, 'toolConfig.functionCallingConfig.mode'],
    [{ generationConfig: { temperature: 'hot' } }, 'generationConfig.temperature'],
    [{ generationConfig: { maxOutputTokens: -1 } }, 'generationConfig.maxOutputTokens'],
    [{ generationConfig: { stopSequences: [1] } }, 'generationConfig.stopSequences[0]'],
    [
      { generationConfig: { thinkingConfig: { thinkingLevel: 'VERY' } } },
      'generationConfig.thinkingConfig.thinkingLevel',
    ],
  ])('%j is a 400 that names %s', (body, param) => {
    const decode = (): unknown => decoded(body);
    expect(decode).toThrow(GatewayError);
    expect(decode).toThrow(expect.objectContaining({ status: 400, param }) as Error);
  });
});

describe('countTokens', () => {
  it.each([
    ['contents', { contents: [{ parts: [{ text: 'Hi' }] }] }],
    ['a request', { generateContentRequest: { model: 'models/x', contents: [{ parts: [{ text: 'Hi' }] }] } }],
    ['a request in snake_case', { generate_content_request: { contents: [{ parts: [{ text: 'Hi' }] }] } }],
  ])('takes %s', (_what, body) => {
    const request = front.decodeRequest(countTokensRequest(body), { model: SECOND, stream: false });
    expect(request).toMatchObject({ messages: [{ content: [{ text: 'Hi' }] }], extras: { fields: {} } });
  });

  it('answers', () => {
    expect(JSON.parse(countTokensAnswer(31))).toEqual({ totalTokens: 31 });
  });
});

describe('paths', () => {
  it.each([
    ['gemini-3-flash', false, '/models/gemini-3-flash:generateContent'],
    ['models/gemini-3-flash', true, '/models/gemini-3-flash:streamGenerateContent?alt=sse'],
    ['google/gemma 3:4b', false, '/models/google/gemma%203%3A4b:generateContent'],
    ['tunedModels/mine', false, '/tunedModels/mine:generateContent'],
    ['../../secrets', false, '/models/secrets:generateContent'],
  ])('%s', (model, stream, path) => {
    expect(back.pathOf(model, stream)).toBe(path);
  });
});
