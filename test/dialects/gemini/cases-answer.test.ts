import { describe, expect, it } from 'vitest';
import type { AnswerEvent } from '../../../src/canonical/answer.ts';
import { foldAnswer } from '../../../src/canonical/fold-answer.ts';
import { GatewayError } from '../../../src/canonical/errors.ts';
import type { JsonObject } from '../../../src/canonical/parts.ts';
import { asked, back, chunk, decoding, folded, sse, streamed, whole } from './contexts.ts';

/* The answer's half of the mapping cases G1 to G19 (litellm.md 9.2 of the project's reference notes). */

const state = (data: string): { readonly origin: 'gemini'; readonly data: string } => ({ origin: 'gemini', data });
const partsOf = (parts: readonly JsonObject[]): unknown[] =>
  folded(chunk(parts, { finishReason: 'STOP' })).content.map(({ part }) => part);

describe('G12 parts', () => {
  it('are thoughts, text and calls', () => {
    expect(
      partsOf([
        { text: 'hm', thought: true },
        { text: 'Hel' },
        { text: 'lo', thoughtSignature: 'S1' },
        { functionCall: { id: 'f1', name: 'a', args: { city: 'Gänt' } }, thoughtSignature: 'S2' },
        { functionCall: { id: 'f2', name: 'b' } },
      ]),
    ).toEqual([
      { type: 'reasoning', text: 'hm', state: null },
      { type: 'text', text: 'Hello', cache: null, state: state('S1') },
      {
        type: 'tool_call',
        id: 'f1',
        name: 'a',
        arguments: '{"city":"Gänt"}',
        kind: 'function',
        state: state('S2'),
        cache: null,
      },
      { type: 'tool_call', id: 'f2', name: 'b', arguments: '{}', kind: 'function', state: null, cache: null },
    ]);
  });

  it('sign thoughts, and text that follows a signed one', () => {
    expect(
      partsOf([
        { text: 'hm', thought: true, thoughtSignature: 'S0' },
        { text: 'A', thoughtSignature: 'S1' },
        { text: 'B' },
      ]),
    ).toEqual([
      { type: 'reasoning', text: 'hm', state: state('S0') },
      { type: 'text', text: 'A', cache: null, state: state('S1') },
      { type: 'text', text: 'B', cache: null, state: null },
    ]);
  });

  it('get ids where they have none: the same whenever the answer is read, and another for every call', () => {
    const parts = [{ functionCall: { name: 'a', args: {} } }, { functionCall: { name: 'a', args: {} } }];
    const ids = (id: string): unknown[] =>
      folded({ ...chunk(parts, { finishReason: 'STOP' }), responseId: id }).content.map(({ part }) =>
        part.type === 'tool_call' ? part.id : null,
      );
    const [first, second] = ids('r1');
    expect(first).toMatch(/^call_[0-9a-f]{24}$/);
    expect(second).not.toBe(first);
    expect(ids('r1')).toEqual([first, second]);
    expect(ids('r2')).not.toContain(first);
  });

  it('have the names that the client knows', () => {
    const tool = {
      kind: 'function',
      name: 'my tool',
      description: null,
      parameters: null,
      strict: null,
      namespace: null,
      cache: null,
    } as const;
    const custom = { kind: 'custom', name: 'apply_patch', description: null, format: null } as const;
    const body = chunk(
      [{ functionCall: { name: 'my_tool' } }, { functionCall: { name: 'apply_patch', args: { input: '***' } } }],
      { finishReason: 'STOP' },
    );
    expect(folded(body, decoding(asked({ tools: [tool, custom] }))).content).toMatchObject([
      { part: { name: 'my tool', kind: 'function', arguments: '{}' } },
      { part: { name: 'apply_patch', kind: 'custom', arguments: '***' } },
    ]);
  });

  it('are pictures, and what only Gemini knows', () => {
    const executableCode = { executableCode: { language: 'PYTHON', code: '1' } };
    const thought = { inlineData: { mimeType: 'image/png', data: 'BBBB' }, thought: true };
    const sound = { inlineData: { mimeType: 'audio/pcm', data: 'CCCC' } };
    expect(
      partsOf([executableCode, { inlineData: { mimeType: 'image/png', data: 'AAAA' } }, thought, sound, {}]),
    ).toMatchObject([
      { type: 'foreign', origin: 'gemini', value: executableCode },
      { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'AAAA' } },
      { type: 'foreign', value: thought },
      { type: 'foreign', value: sound },
    ]);
  });
});

describe('G13 finishReason', () => {
  it.each([
    ['STOP', 'stop'],
    ['MAX_TOKENS', 'length'],
    ['CONTINUATION', 'length'],
    ...['SAFETY', 'RECITATION', 'BLOCKLIST', 'PROHIBITED_CONTENT', 'SPII', 'MODEL_ARMOR'].map((raw) => [
      raw,
      'content_filter',
    ]),
    ...['IMAGE_SAFETY', 'IMAGE_PROHIBITED_CONTENT', 'IMAGE_RECITATION'].map((raw) => [raw, 'content_filter']),
    ...['LANGUAGE', 'OTHER', 'IMAGE_OTHER', 'NO_IMAGE', 'SOMETHING_NEW', 'toString'].map((raw) => [raw, 'stop']),
  ])('%s is %s', (raw, reason) => {
    expect(folded(chunk([{ text: 'a' }], { finishReason: raw })).finish).toMatchObject({ reason, raw, detail: null });
  });

  it('STOP behind calls is tool_calls, MAX_TOKENS is not', () => {
    const call = { functionCall: { name: 'a' } };
    expect(folded(chunk([call], { finishReason: 'STOP' })).finish).toMatchObject({ reason: 'tool_calls', raw: 'STOP' });
    expect(folded(chunk([call], { finishReason: 'MAX_TOKENS' })).finish?.reason).toBe('length');
  });

  it('comes with what Google says of it', () => {
    const finish = folded(chunk([], { finishReason: 'SAFETY', finishMessage: 'No such thing.' })).finish;
    expect(finish).toMatchObject({ reason: 'content_filter', detail: 'No such thing.' });
    expect(folded(chunk([], { finishReason: 'STOP', finishMessage: 'Fine.' })).finish?.detail).toBeNull();
  });

  it.each([
    'MALFORMED_FUNCTION_CALL',
    'UNEXPECTED_TOOL_CALL',
    'TOO_MANY_TOOL_CALLS',
    'MISSING_THOUGHT_SIGNATURE',
    'MALFORMED_RESPONSE',
  ])('%s is an error that may be tried again', (raw) => {
    const body = chunk([], { finishReason: raw, finishMessage: 'print(' });
    const error = back.decodeAnswer(body, decoding());
    expect(error).toBeInstanceOf(GatewayError);
    expect(error).toMatchObject({
      code: 'upstream_error',
      retryable: true,
      wireCode: raw,
      message: `Google ended the answer with ${raw}: print(`,
    });
    expect(streamed(sse([body])).at(-1)).toMatchObject({ type: 'error', error: { wireCode: raw } });
  });
});

describe('G14 a blocked prompt', () => {
  const blocked = {
    promptFeedback: { blockReason: 'PROHIBITED_CONTENT' },
    usageMetadata: { promptTokenCount: 4, totalTokenCount: 4 },
  };

  it('is filtered content', () => {
    const answer = folded(blocked);
    expect(answer).toMatchObject({ content: [], usage: { inputTokens: 4, outputTokens: 0 } });
    expect(answer.finish).toEqual({
      reason: 'content_filter',
      raw: 'PROHIBITED_CONTENT',
      stopSequence: null,
      detail: 'The prompt was blocked: PROHIBITED_CONTENT.',
    });
    expect(foldAnswer(streamed(sse([blocked])))).toEqual(answer);
  });

  it('says what Google says', () => {
    const promptFeedback = { blockReason: 'SAFETY', blockReasonMessage: 'Not that.' };
    expect(folded({ promptFeedback }).finish?.detail).toBe('Not that.');
  });
});

describe('G15 empty candidates', () => {
  it.each([
    [{ finishReason: 'STOP', index: 0 }],
    [{ content: {}, finishReason: 'STOP' }],
    [{ content: { role: 'model' }, finishReason: 'STOP' }],
    [{ content: { role: 'model', parts: [{ text: '' }] }, finishReason: 'STOP' }],
    [{ content: { parts: [] } }],
  ])('%j is an answer without content', (candidate) => {
    expect(folded({ candidates: [candidate] })).toMatchObject({ content: [], finish: { reason: 'stop' } });
  });

  it.each([[{}], [[]], [null], ['text'], [{ usageMetadata: {} }]])('%j is no answer', (body) => {
    expect(back.decodeAnswer(body, decoding())).toMatchObject({ code: 'upstream_invalid_answer' });
  });

  it('of several the first counts', () => {
    const candidates = [
      { index: 1, content: { parts: [{ text: 'b' }] }, finishReason: 'STOP' },
      { index: 0, content: { parts: [{ text: 'a' }] }, finishReason: 'STOP' },
    ];
    expect(folded({ candidates }).content).toMatchObject([{ part: { text: 'a' } }]);
  });
});

describe('G16 usage', () => {
  const usageOf = (usageMetadata: unknown): unknown => {
    const usage = folded({ ...chunk([{ text: 'a' }], { finishReason: 'STOP' }), usageMetadata }).usage;
    return usage === null ? null : Object.fromEntries(Object.entries(usage).filter(([, count]) => count !== null));
  };

  it.each([
    [
      'thoughts apart',
      { promptTokenCount: 10, candidatesTokenCount: 5, thoughtsTokenCount: 7, totalTokenCount: 22 },
      { inputTokens: 10, outputTokens: 12, reasoningTokens: 7 },
    ],
    [
      'thoughts within',
      { promptTokenCount: 10, candidatesTokenCount: 12, thoughtsTokenCount: 7, totalTokenCount: 22 },
      { inputTokens: 10, outputTokens: 12, reasoningTokens: 7 },
    ],
    [
      'thoughts alone',
      { promptTokenCount: 10, thoughtsTokenCount: 7, totalTokenCount: 17 },
      { inputTokens: 10, outputTokens: 7, reasoningTokens: 7 },
    ],
    ['nothing said', { promptTokenCount: 10, totalTokenCount: 10 }, { inputTokens: 10, outputTokens: 0 }],
    ['no total', { promptTokenCount: 10, candidatesTokenCount: 5 }, { inputTokens: 10, outputTokens: 5 }],
    [
      'a cache, tools and modalities',
      {
        promptTokenCount: 100,
        cachedContentTokenCount: 60,
        toolUsePromptTokenCount: 20,
        candidatesTokenCount: 9,
        totalTokenCount: 129,
        promptTokensDetails: [
          { modality: 'TEXT', tokenCount: 50 },
          { modality: 'IMAGE', tokenCount: 30 },
          { modality: 'AUDIO', tokenCount: 20 },
        ],
        toolUsePromptTokensDetails: [{ modality: 'IMAGE', tokenCount: 5 }],
        candidatesTokensDetails: [{ modality: 'AUDIO', tokenCount: 4 }],
      },
      {
        inputTokens: 120,
        outputTokens: 9,
        cacheReadTokens: 60,
        imageTokens: 35,
        inputAudioTokens: 20,
        outputAudioTokens: 4,
      },
    ],
    ['nonsense', { promptTokenCount: -1, candidatesTokenCount: 'x' }, null],
    ['nothing', undefined, null],
  ])('%s', (_what, given, usage) => {
    expect(usageOf(given)).toEqual(usage);
  });
});

describe('G17 streams', () => {
  const usageMetadata = { promptTokenCount: 3, candidatesTokenCount: 2, totalTokenCount: 5 };

  it('give calls whole, number them across chunks, and end with tool_calls', () => {
    const events = streamed(
      sse([
        chunk([{ text: 'Let me see' }]),
        chunk([{ functionCall: { id: 'a', name: 'one', args: { x: 1 } }, thoughtSignature: 'S' }]),
        {
          ...chunk([{ functionCall: { id: 'b', name: 'two', args: {} } }, { text: '' }], { finishReason: 'STOP' }),
          usageMetadata,
        },
      ]),
    );
    expect(events).toMatchObject([
      { type: 'start', id: 'r1', model: 'g' },
      { type: 'text', text: 'Let me see' },
      { type: 'tool_call', call: 0, id: 'a', name: 'one', state: state('S') },
      { type: 'tool_arguments', call: 0, text: '{"x":1}' },
      { type: 'tool_call_end', call: 0 },
      { type: 'usage' },
      { type: 'tool_call', call: 1, id: 'b', name: 'two', state: null },
      { type: 'tool_arguments', call: 1, text: '{}' },
      { type: 'tool_call_end', call: 1 },
      { type: 'finish', finish: { reason: 'tool_calls' } },
    ]);
  });

  it('take the signature that comes behind the text for the text’s', () => {
    const events = streamed(
      sse([
        chunk([{ text: 'a' }]),
        chunk([{ text: 'b' }]),
        chunk([{ text: '', thoughtSignature: 'S' }], { finishReason: 'STOP' }),
      ]),
    );
    expect(foldAnswer(events).content).toEqual([
      { part: { type: 'text', text: 'ab', cache: null, state: state('S') }, citations: [] },
    ]);
  });

  it('put the pieces of arguments together (Vertex AI)', () => {
    const piece = (functionCall: JsonObject): JsonObject => chunk([{ functionCall }]);
    const events = streamed(
      sse([
        piece({ name: 'book', id: 'v', willContinue: true }),
        piece({ partialArgs: [{ jsonPath: '$.city', stringValue: 'Gh', willContinue: true }], willContinue: true }),
        piece({
          partialArgs: [
            { jsonPath: '$.city', stringValue: 'ent' },
            { jsonPath: '$.when[0].day', numberValue: 3 },
          ],
          willContinue: true,
        }),
        piece({
          partialArgs: [
            { jsonPath: '$.when[1].day', nullValue: 'NULL_VALUE' },
            { jsonPath: '$.ok', boolValue: true },
            { jsonPath: '$.none[]' },
          ],
          willContinue: true,
        }),
        piece({
          partialArgs: [
            { jsonPath: "$['a.b']", stringValue: 'q' },
            { jsonPath: '$.__proto__.x', numberValue: 1 },
            { jsonPath: '$.city.deep', numberValue: 1 },
            { jsonPath: '' },
          ],
        }),
        chunk([], { finishReason: 'STOP' }),
      ]),
    );
    const [call] = foldAnswer(events).content;
    const args = call?.part.type === 'tool_call' ? call.part.arguments : '';
    expect(args).toBe(
      '{"city":"Ghent","when":[{"day":3},{"day":null}],"ok":true,"none":[],"a.b":"q","__proto__":{"x":1}}',
    );
  });

  it('end a call that never ended', () => {
    const events = streamed(
      sse([chunk([{ functionCall: { name: 'a', willContinue: true } }]), chunk([], { finishReason: 'MAX_TOKENS' })]),
    );
    expect(events.map(({ type }) => type)).toEqual(['start', 'tool_call', 'tool_arguments', 'tool_call_end', 'finish']);
  });

  it.each([
    ['nothing', Buffer.from('')],
    ['no finish', sse([chunk([{ text: 'a' }])])],
    ['half a chunk', sse([chunk([{ text: 'a' }], { finishReason: 'STOP' })]).subarray(0, 60)],
    ['half a list', Buffer.from(JSON.stringify([chunk([{ text: 'a' }])]).slice(0, -1))],
  ])('that stop early are errors: %s', (_what, bytes) => {
    expect(streamed(bytes).at(-1)).toMatchObject({ type: 'error', error: { code: 'upstream_stream_truncated' } });
  });

  it('take errors in their midst, and nothing behind them', () => {
    const error = { code: 503, message: 'The model is overloaded.', status: 'UNAVAILABLE' };
    for (const bytes of [
      sse([chunk([{ text: 'a' }]), { error }, chunk([{ text: 'b' }])]),
      Buffer.from(JSON.stringify([chunk([{ text: 'a' }]), { error }])),
    ]) {
      const events = streamed(bytes);
      expect(events.map(({ type }) => type)).toEqual(['start', 'text', 'error']);
      expect(events.at(-1)).toMatchObject({
        error: {
          code: 'upstream_error',
          status: 503,
          type: 'UNAVAILABLE',
          message: 'Google answered with an error: The model is overloaded.',
        },
      });
    }
  });

  it('take no event beyond the limit', () => {
    const events = streamed(Buffer.from(`data: {"x":"${'a'.repeat(9 * 1024 * 1024)}`));
    expect(events).toMatchObject([{ type: 'error', error: { code: 'upstream_answer_too_large' } }]);
    const list = streamed(Buffer.from(`[{"x":"${'a'.repeat(9 * 1024 * 1024)}`));
    expect(list).toMatchObject([{ type: 'error', error: { code: 'upstream_answer_too_large' } }]);
  });

  it('skip what is no JSON, and usage behind the finish counts', () => {
    const bytes = Buffer.concat([
      Buffer.from(': hello\n\ndata: x\n\n'),
      sse([chunk([{ text: 'a' }], { finishReason: 'STOP' }), '[DONE]', { usageMetadata }]),
    ]);
    expect(foldAnswer(streamed(bytes))).toMatchObject({
      content: [{ part: { text: 'a' } }],
      usage: { inputTokens: 3 },
    });
  });

  it('read an answer that was not streamed', () => {
    const body = chunk([{ text: 'ä' }], { finishReason: 'STOP' });
    expect(foldAnswer(streamed(Buffer.from(JSON.stringify(body, null, 2))))).toEqual(folded(body));
    expect(folded([chunk([{ text: 'a' }]), chunk([{ text: 'b' }], { finishReason: 'STOP' })]).content).toMatchObject([
      { part: { text: 'ab' } },
    ]);
  });
});

describe('G18 errors', () => {
  const decode = (status: number, body: unknown, retryAfter: string | null = null): GatewayError =>
    back.decodeError({
      provider: 'Google',
      status,
      retryAfter,
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  const info = (reason: string): JsonObject => ({ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason });

  it.each([
    [
      'a bad key',
      400,
      {
        code: 400,
        message: 'API key not valid. Please pass a valid API key.',
        status: 'INVALID_ARGUMENT',
        details: [info('API_KEY_INVALID')],
      },
      { status: 401, type: 'INVALID_ARGUMENT' },
    ],
    [
      'a bad key without details',
      400,
      { code: 400, message: 'API Key not found. Please pass a valid API key.', status: 'INVALID_ARGUMENT' },
      { status: 401 },
    ],
    [
      'no permission',
      403,
      { code: 403, message: 'No', status: 'PERMISSION_DENIED' },
      { status: 403, type: 'PERMISSION_DENIED' },
    ],
    ['no model', 404, { code: 404, message: 'models/x is not found', status: 'NOT_FOUND' }, { status: 404 }],
    [
      'overload',
      503,
      { code: 503, message: 'The model is overloaded.', status: 'UNAVAILABLE' },
      { status: 503, retryable: true },
    ],
    [
      'a long prompt',
      400,
      {
        code: 400,
        message: 'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).',
        status: 'INVALID_ARGUMENT',
      },
      { code: 'context_length_exceeded', status: 400, retryable: false },
    ],
    ['a status in its body', 200, { code: 429, message: 'Slow down', status: 'RESOURCE_EXHAUSTED' }, { status: 429 }],
    ['a name without a number', 200, { message: 'Slow down', status: 'RESOURCE_EXHAUSTED' }, { status: 429 }],
  ])('%s', (_what, status, error, expected) => {
    expect(decode(status, { error })).toMatchObject({ code: 'upstream_error', ...expected });
    expect(decode(status, [{ error }])).toMatchObject({ code: 'upstream_error', ...expected });
  });

  it('say when to come back', () => {
    const details = [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '34.4s' }];
    const body = { error: { code: 429, message: 'Quota', status: 'RESOURCE_EXHAUSTED', details } };
    expect(decode(429, body)).toMatchObject({ retryAfter: '35', message: 'Google answered 429: Quota' });
    expect(decode(429, body, '7').retryAfter).toBe('7');
  });

  it.each([
    ['<html><body>Bad <b>Gateway</b></body></html>', 'Google answered 502: Bad Gateway'],
    ['', 'Google answered 502: no explanation (the body was empty)'],
    ['{"error":"just text"}', 'Google answered 502: just text'],
    ['[[[', 'Google answered 502: [[['],
  ])('that are none of Google’s: %j', (body, message) => {
    expect(decode(502, body)).toMatchObject({ message, status: 502 });
  });
});

describe('citations', () => {
  const grounded: JsonObject = {
    finishReason: 'STOP',
    groundingMetadata: {
      webSearchQueries: ['q'],
      groundingChunks: [
        { web: { uri: 'https://a.test', title: 'A' } },
        { retrievedContext: { uri: 'gs://b', title: 'B' } },
      ],
      groundingSupports: [
        { segment: { endIndex: 3, text: 'Hä' }, groundingChunkIndices: [0, 9] },
        { segment: { startIndex: 4, endIndex: 6, text: 'so' }, groundingChunkIndices: [0] },
      ],
    },
  };

  it('count characters where Google counts bytes, and stay with their text', () => {
    const events = streamed(sse([chunk([{ text: 'Hä' }]), chunk([{ text: ' so', thoughtSignature: 'S' }], grounded)]));
    const [text, metadata] = foldAnswer(events).content;
    expect(text?.part).toMatchObject({ type: 'text', text: 'Hä so', state: state('S') });
    expect(text?.citations).toMatchObject([
      { url: 'https://a.test', title: 'A', citedText: 'Hä', start: 0, end: 2 },
      { url: 'https://a.test', citedText: 'so', start: 3, end: 5 },
      { url: 'gs://b', title: 'B', start: null, end: null },
    ]);
    expect(metadata?.part).toMatchObject({
      type: 'foreign',
      value: { candidate: { groundingMetadata: grounded['groundingMetadata'] } },
    });
  });

  it('are also of recited text, under both names', () => {
    const source = { startIndex: 0, endIndex: 2, uri: 'https://c.test' };
    for (const citationMetadata of [{ citationSources: [source] }, { citations: [source] }]) {
      const answer = folded(chunk([{ text: 'abc' }], { finishReason: 'STOP', citationMetadata }));
      expect(answer.content[0]?.citations).toMatchObject([{ url: 'https://c.test', start: 0, end: 2 }]);
    }
  });
});

describe('logprobs', () => {
  it('are tokens with their alternatives', () => {
    const logprobsResult = {
      chosenCandidates: [{ token: 'a', logProbability: -0.5 }, { token: 'b' }],
      topCandidates: [
        {
          candidates: [
            { token: 'a', logProbability: -0.5 },
            { token: 'x', logProbability: -2 },
          ],
        },
      ],
    };
    expect(folded(chunk([{ text: 'ab' }], { finishReason: 'STOP', logprobsResult })).logprobs).toEqual([
      {
        token: 'a',
        logprob: -0.5,
        bytes: null,
        top: [
          { token: 'a', logprob: -0.5, bytes: null },
          { token: 'x', logprob: -2, bytes: null },
        ],
      },
      { token: 'b', logprob: 0, bytes: null, top: [] },
    ]);
  });
});

it('a whole answer gives its start first and nothing but usage behind its finish', () => {
  const types = whole(chunk([{ text: 'a' }], { finishReason: 'STOP' })).map(({ type }: AnswerEvent) => type);
  expect(types).toEqual(['start', 'text', 'finish']);
});
