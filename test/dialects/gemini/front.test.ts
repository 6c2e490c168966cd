import { describe, expect, it } from 'vitest';
import type { AnswerEvent } from '../../../src/canonical/answer.ts';
import { textOfState } from '../../../src/canonical/carried-state.ts';
import { GatewayError } from '../../../src/canonical/errors.ts';
import { foldAnswer } from '../../../src/canonical/fold-answer.ts';
import type { JsonObject } from '../../../src/canonical/parts.ts';
import { UNKNOWN_USAGE } from '../../../src/canonical/usage.ts';
import { encodeArrayStream } from '../../../src/dialects/gemini/encode-stream.ts';
import { geminiModel } from '../../../src/dialects/gemini/model-list.ts';
import {
  answering,
  asked,
  chunk,
  chunksIn,
  encodedStream,
  EXCHANGE,
  folded,
  front,
  SECOND,
  sse,
  streamed,
} from './contexts.ts';

const thinking = { origin: 'anthropic-messages', data: 'EqoB' } as const;
const usage = {
  ...UNKNOWN_USAGE,
  inputTokens: 100,
  outputTokens: 30,
  reasoningTokens: 20,
  cacheReadTokens: 60,
  imageTokens: 10,
};

/** An answer of another provider's with everything in it. */
const EVENTS: readonly AnswerEvent[] = [
  { type: 'start', id: 'msg_1', model: 'claude-opus-5' },
  { type: 'reasoning', text: 'Let me ' },
  { type: 'reasoning', text: 'see.' },
  { type: 'state', on: 'reasoning', state: thinking },
  { type: 'text', text: 'Hä ' },
  { type: 'text', text: 'so' },
  {
    type: 'citation',
    citation: {
      url: 'https://a.test',
      title: 'A',
      citedText: null,
      start: 0,
      end: 2,
      raw: { origin: 'anthropic-messages', value: {} },
    },
  },
  { type: 'part_end' },
  { type: 'tool_call', call: 0, id: 'toolu_1', name: 'a', kind: 'function', state: null },
  { type: 'tool_call', call: 1, id: 'toolu_2', name: 'b', kind: 'function', state: { origin: 'gemini', data: 'S' } },
  { type: 'tool_arguments', call: 0, text: '{"x":' },
  { type: 'tool_arguments', call: 1, text: '{}' },
  { type: 'tool_arguments', call: 0, text: '1}' },
  { type: 'tool_call_end', call: 0 },
  { type: 'tool_call_end', call: 1 },
  { type: 'image', mediaType: 'image/png', data: 'AAAA' },
  { type: 'foreign', origin: 'anthropic-messages', value: { type: 'server_tool_use' } },
  { type: 'logprobs', tokens: [{ token: 'a', logprob: -1, bytes: null, top: [] }] },
  { type: 'finish', finish: { reason: 'tool_calls', raw: 'tool_use', stopSequence: null, detail: null } },
  { type: 'usage', usage },
];

const signature = Buffer.from(textOfState(thinking)).toString('base64');
const last = {
  candidates: [
    {
      content: { role: 'model', parts: [{ text: '' }] },
      finishReason: 'STOP',
      index: 0,
      groundingMetadata: {
        groundingChunks: [{ web: { uri: 'https://a.test', title: 'A' } }],
        groundingSupports: [{ segment: { startIndex: 0, endIndex: 3, text: 'Hä' }, groundingChunkIndices: [0] }],
      },
      logprobsResult: { chosenCandidates: [{ token: 'a', logProbability: -1 }] },
    },
  ],
  usageMetadata: {
    promptTokenCount: 100,
    promptTokensDetails: [
      { modality: 'TEXT', tokenCount: 90 },
      { modality: 'IMAGE', tokenCount: 10 },
    ],
    candidatesTokenCount: 10,
    thoughtsTokenCount: 20,
    cachedContentTokenCount: 60,
    totalTokenCount: 130,
  },
  modelVersion: 'claude-opus-5',
  responseId: 'msg_1',
};
const parts = [
  { text: 'Let me ', thought: true },
  { text: 'see.', thought: true },
  { text: '', thought: true, thoughtSignature: signature },
  { text: 'Hä ' },
  { text: 'so' },
  { functionCall: { id: 'toolu_1', name: 'a', args: { x: 1 } }, thoughtSignature: signature },
  { functionCall: { id: 'toolu_2', name: 'b', args: {} }, thoughtSignature: 'S' },
  { inlineData: { mimeType: 'image/png', data: 'AAAA' } },
];

describe('a stream', () => {
  it('is chunks with one part each, and a last one with all that belongs to the end', () => {
    const names = { modelVersion: 'claude-opus-5', responseId: 'msg_1' };
    expect(chunksIn(encodedStream(EVENTS))).toEqual([
      ...parts.map((part) => ({ candidates: [{ content: { role: 'model', parts: [part] }, index: 0 }], ...names })),
      last,
    ]);
  });

  it('keeps thoughts from those who did not ask, and their state on the next call', () => {
    const written = chunksIn(encodedStream(EVENTS, answering({ request: asked() })));
    expect(JSON.stringify(written)).not.toContain('thought"');
    expect(written[2]).toMatchObject({
      candidates: [{ content: { parts: [{ functionCall: { id: 'toolu_1' }, thoughtSignature: signature }] } }],
    });
  });

  it('without alt=sse is one list of JSON, whatever stands between its chunks', () => {
    const encoder = encodeArrayStream(answering());
    const text =
      encoder.keepAlive() + EVENTS.map((event) => encoder.push(event) + encoder.keepAlive()).join('') + encoder.end();
    expect(JSON.parse(text)).toEqual(chunksIn(encodedStream(EVENTS)));
    expect(text.split(',\r\n')).toHaveLength(parts.length + 1);
  });

  it('is a list of one chunk where nothing was said', () => {
    const encoder = encodeArrayStream(answering());
    const finish = { reason: 'stop', raw: null, stopSequence: null, detail: null } as const;
    const text =
      encoder.push({ type: 'start', id: null, model: null }) + encoder.push({ type: 'finish', finish }) + encoder.end();
    expect(JSON.parse(text)).toMatchObject([
      { candidates: [{ finishReason: 'STOP' }], responseId: EXCHANGE, modelVersion: SECOND },
    ]);
  });

  it('ends with an error in either form', () => {
    const error: AnswerEvent = {
      type: 'error',
      error: new GatewayError('upstream_error', 'X answered 503: overloaded', { status: 503 }),
    };
    const expected = { error: { code: 503, message: 'X answered 503: overloaded', status: 'UNAVAILABLE' } };
    const encoder = front.encodeStream(answering());
    expect(chunksIn(encoder.push(error))).toMatchObject([expected]);
    const list = encodeArrayStream(answering());
    expect(JSON.parse(list.push({ type: 'text', text: 'a' }) + list.push(error))).toMatchObject([{}, expected]);
    const alone = encodeArrayStream(answering());
    expect(JSON.parse(alone.push(error))).toMatchObject([expected]);
  });

  it('keeps alive with a chunk that says nothing, which every SDK of Google reads', () => {
    expect(front.encodeStream(answering()).keepAlive()).toMatch(/^data: \{.*\}(?:\n\n|\r\r|\r\n\r\n)$/);
    expect(
      streamed(
        Buffer.from(
          front.encodeStream(answering()).keepAlive() +
            sse([chunk([{ text: 'a' }], { finishReason: 'STOP' })]).toString(),
        ),
      ),
    ).toHaveLength(3);
  });

  it('ends a call that was never ended', () => {
    const [start, , , , ...rest] = EVENTS;
    const events = [start, ...rest].filter(
      (event) => event !== undefined && event.type !== 'tool_call_end',
    ) as AnswerEvent[];
    const calls = chunksIn(encodedStream(events)).filter((one) => JSON.stringify(one).includes('functionCall'));
    expect(calls).toHaveLength(2);
  });
});

describe('a whole answer', () => {
  it('says the same in one', () => {
    const written = JSON.parse(front.encodeAnswer(foldAnswer(EVENTS), answering())) as JsonObject;
    const [candidate] = last.candidates;
    expect(written).toEqual({
      ...last,
      candidates: [
        {
          ...candidate,
          content: {
            role: 'model',
            parts: [
              { text: 'Let me see.', thought: true, thoughtSignature: signature },
              { text: 'Hä so' },
              ...parts.slice(5),
            ],
          },
        },
      ],
    });
  });

  it('says nothing where nothing is known', () => {
    const empty = { id: null, model: null, content: [], usage: null, finish: null, logprobs: null };
    expect(JSON.parse(front.encodeAnswer(empty, answering()))).toEqual({
      candidates: [{ content: { role: 'model', parts: [{ text: '' }] }, index: 0 }],
      modelVersion: SECOND,
      responseId: EXCHANGE,
    });
  });

  it.each([
    ['stop', 'end_turn', 'STOP'],
    ['stop', 'OTHER', 'OTHER'],
    ['tool_calls', 'STOP', 'STOP'],
    ['tool_calls', 'tool_use', 'STOP'],
    ['length', 'max_tokens', 'MAX_TOKENS'],
    ['length', 'MAX_TOKENS', 'MAX_TOKENS'],
    ['content_filter', 'refusal', 'SAFETY'],
    ['content_filter', 'RECITATION', 'RECITATION'],
    ['content_filter', 'OTHER', 'SAFETY'],
    ['stop', 'constructor', 'STOP'],
  ] as const)('ends for %s (%s) with %s', (reason, raw, finishReason) => {
    const finish = { reason, raw, stopSequence: null, detail: reason === 'content_filter' ? 'No.' : null };
    const answer = { id: null, model: null, content: [], usage: null, finish, logprobs: null };
    const [candidate] = (JSON.parse(front.encodeAnswer(answer, answering())) as { candidates: JsonObject[] })
      .candidates;
    expect(candidate).toMatchObject({ finishReason, ...(reason === 'content_filter' ? { finishMessage: 'No.' } : {}) });
  });

  it('of Gemini’s own is written as it came', () => {
    const groundingMetadata = {
      webSearchQueries: ['q'],
      groundingChunks: [{ web: { uri: 'u', title: 't' } }],
      searchEntryPoint: { renderedContent: '<b>' },
    };
    const body = {
      ...chunk(
        [
          { text: 'hm', thought: true },
          { executableCode: { code: '1' } },
          { text: 'a', thoughtSignature: 'S' },
          { functionCall: { id: 'i', name: 'x', args: { b: [1] } }, thoughtSignature: 'T' },
        ],
        { finishReason: 'STOP', groundingMetadata },
      ),
      usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 2, totalTokenCount: 3 },
    };
    expect(JSON.parse(front.encodeAnswer(folded(body), answering()))).toEqual(body);
  });
});

describe('errors', () => {
  it.each([
    ['invalid_body', {}, 400, 'INVALID_ARGUMENT', 'INVALID_BODY'],
    ['invalid_api_key', {}, 401, 'UNAUTHENTICATED', 'API_KEY_INVALID'],
    ['model_not_found', {}, 404, 'NOT_FOUND', 'MODEL_NOT_FOUND'],
    ['budget_exceeded', {}, 422, 'FAILED_PRECONDITION', 'BUDGET_EXCEEDED'],
    ['internal_error', {}, 500, 'INTERNAL', 'INTERNAL_ERROR'],
    ['upstream_unreachable', {}, 502, 'UNAVAILABLE', 'UPSTREAM_UNREACHABLE'],
    [
      'upstream_error',
      { status: 429, upstreamType: 'rate_limit_error' },
      429,
      'RESOURCE_EXHAUSTED',
      'RATE_LIMIT_EXCEEDED',
    ],
    [
      'upstream_error',
      { status: 400, upstreamType: 'FAILED_PRECONDITION' },
      400,
      'FAILED_PRECONDITION',
      'UPSTREAM_ERROR',
    ],
    ['upstream_error', { status: 529 }, 503, 'UNAVAILABLE', 'UPSTREAM_ERROR'],
    ['request_too_large', {}, 413, 'INVALID_ARGUMENT', 'REQUEST_TOO_LARGE'],
  ] as const)('%s %j', (code, options, status, name, reason) => {
    const written = front.encodeError(new GatewayError(code, 'So.', options), { exchangeId: EXCHANGE });
    expect(written.status).toBe(status);
    expect(JSON.parse(written.body)).toMatchObject({
      error: { code: status, message: expect.stringMatching(/^So\./) as string, status: name, details: [{ reason }] },
    });
  });

  it('name the field, and when to come back', () => {
    const error = new GatewayError('upstream_error', 'Slow.', { status: 429, retryAfter: '35', param: 'contents[0]' });
    expect(JSON.parse(front.encodeError(error, { exchangeId: EXCHANGE }).body)).toMatchObject({
      error: {
        details: [
          {},
          { fieldViolations: [{ field: 'contents[0]', description: 'Slow.' }] },
          { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '35s' },
        ],
      },
    });
  });
});

describe('a model of the list', () => {
  it('has what is known of it', () => {
    expect(
      geminiModel({
        id: 'ollama/qwen3:8b',
        contextLength: 32_768,
        maxOutputTokens: null,
        thinking: true,
        use: 'content',
      }),
    ).toMatchObject({
      name: 'models/ollama/qwen3:8b',
      inputTokenLimit: 32_768,
      thinking: true,
      supportedGenerationMethods: ['generateContent', 'streamGenerateContent', 'countTokens'],
    });
    const unknown = geminiModel({ id: 'x', contextLength: null, maxOutputTokens: 8_192, use: 'embedding' });
    expect(unknown).toMatchObject({
      outputTokenLimit: 8_192,
      supportedGenerationMethods: ['embedContent', 'batchEmbedContents'],
    });
    expect(Object.keys(unknown)).not.toContain('thinking');
    expect(Object.keys(unknown)).not.toContain('inputTokenLimit');
  });
});
