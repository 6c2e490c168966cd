import { describe, expect, it } from 'vitest';
import type { AnswerEvent } from '../../../src/canonical/answer.ts';
import { foldAnswer } from '../../../src/canonical/fold-answer.ts';
import type { JsonObject } from '../../../src/canonical/parts.ts';
import { UNKNOWN_USAGE } from '../../../src/canonical/usage.ts';
import { asked, back, decoding, folded, message, sse, streamed } from './contexts.ts';

const START = { type: 'message_start', message: message([], { stop_reason: null }) };
const STOP = { type: 'message_stop' };
const ended = (reason: string | null, usage: JsonObject = { output_tokens: 9 }, rest: JsonObject = {}): JsonObject => ({
  type: 'message_delta',
  delta: { stop_reason: reason, stop_sequence: null, ...rest },
  usage,
});
const begin = (index: number, block: JsonObject): JsonObject => ({
  type: 'content_block_start',
  index,
  content_block: block,
});
const delta = (index: number, said: JsonObject): JsonObject => ({ type: 'content_block_delta', index, delta: said });
const stop = (index: number): JsonObject => ({ type: 'content_block_stop', index });
const saying = (index: number, text: string): JsonObject[] => [
  begin(index, { type: 'text', text: '' }),
  delta(index, { type: 'text_delta', text }),
  stop(index),
];
const failure = (events: readonly AnswerEvent[]) => {
  const last = events.at(-1);
  return last?.type === 'error' ? last.error : null;
};

describe('an answer of Anthropic', () => {
  it('A29: text in blocks, with its citations', () => {
    const cited = {
      type: 'web_search_result_location',
      url: 'https://e.com',
      title: 'E',
      cited_text: 'c',
      encrypted_index: 'x',
    };
    const answer = folded(
      message([
        { type: 'text', text: 'a ' },
        { type: 'text', text: 'b', citations: [cited] },
      ]),
    );
    expect(answer.content).toEqual([
      { part: { type: 'text', text: 'a ', cache: null, state: null }, citations: [] },
      {
        part: { type: 'text', text: 'b', cache: null, state: null },
        citations: [
          {
            url: 'https://e.com',
            title: 'E',
            citedText: 'c',
            start: null,
            end: null,
            raw: { origin: 'anthropic-messages', value: cited },
          },
        ],
      },
    ]);
  });

  it('A30: calls, under the names that the client knows', () => {
    const tool = {
      kind: 'function',
      name: 'a.b',
      description: null,
      parameters: null,
      strict: null,
      namespace: null,
      cache: null,
    } as const;
    const body = message(
      [
        { type: 'tool_use', id: 't1', name: 'a_b', input: { x: 1 } },
        { type: 'tool_use', id: 't2', name: 'g', input: {} },
      ],
      { stop_reason: 'tool_use' },
    );
    expect(folded(body, decoding(asked({ tools: [tool] }))).content.map(({ part }) => part)).toMatchObject([
      { type: 'tool_call', id: 't1', name: 'a.b', arguments: '{"x":1}' },
      { type: 'tool_call', id: 't2', name: 'g', arguments: '{}' },
    ]);
  });

  it('A30: a custom tool gets its text back, whole and streamed', () => {
    const request = asked({ tools: [{ kind: 'custom', name: 'patch', description: null, format: null }] });
    const block = { type: 'tool_use', id: 't', name: 'patch' };
    const events = [
      START,
      begin(0, { ...block, input: {} }),
      delta(0, { type: 'input_json_delta', partial_json: '{"input":"*** Be' }),
      delta(0, { type: 'input_json_delta', partial_json: 'gin\\n"}' }),
      stop(0),
      ended('tool_use'),
      STOP,
    ];
    const whole = folded(message([{ ...block, input: { input: '*** Begin\n' } }]), decoding(request));
    expect(whole.content[0]?.part).toMatchObject({ kind: 'custom', name: 'patch', arguments: '*** Begin\n' });
    expect(foldAnswer(streamed(sse(events), decoding(request))).content).toEqual(whole.content);
  });

  it('A31: thoughts, with what signs them and what is kept secret', () => {
    const answer = folded(
      message([
        { type: 'thinking', thinking: 'Hm.', signature: 'SIG' },
        { type: 'redacted_thinking', data: 'DATA' },
        { type: 'thinking', thinking: '', signature: 'SIG2' },
        { type: 'thinking', thinking: 'Unsigned.', signature: '' },
      ]),
    );
    const origin = 'anthropic-messages';
    expect(answer.content.map(({ part }) => part)).toEqual([
      { type: 'reasoning', text: 'Hm.', state: { origin, data: 'SIG' } },
      { type: 'reasoning', text: '', state: { origin, data: 'redacted:DATA' } },
      { type: 'reasoning', text: '', state: { origin, data: 'SIG2' } },
      { type: 'reasoning', text: 'Unsigned.', state: null },
    ]);
  });

  it.each([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['max_tokens', 'length'],
    ['tool_use', 'tool_calls'],
    ['refusal', 'content_filter'],
    ['pause_turn', 'stop'],
    ['model_context_window_exceeded', 'length'],
    ['something_new', 'stop'],
  ])('A32: %s is %s', (raw, reason) => {
    expect(folded(message([], { stop_reason: raw })).finish).toMatchObject({ reason, raw });
    expect(foldAnswer(streamed(sse([START, ended(raw), STOP]))).finish).toMatchObject({ reason, raw });
  });

  it('A32: what is said about the end is kept', () => {
    const sequence = folded(message([], { stop_reason: 'stop_sequence', stop_sequence: 'END' }));
    expect(sequence.finish?.stopSequence).toBe('END');
    const details = { type: 'refusal', category: 'cyber', explanation: 'Not this.' };
    expect(folded(message([], { stop_reason: 'refusal', stop_details: details })).finish?.detail).toBe('Not this.');
  });

  it('A32: a turn with calls ends with them, whatever is said', () => {
    const call = { type: 'tool_use', id: 't', name: 'f', input: {} };
    expect(folded(message([call], { stop_reason: 'end_turn' })).finish?.reason).toBe('tool_calls');
    expect(folded(message([call], { stop_reason: 'max_tokens' })).finish?.reason).toBe('length');
  });

  it.each<[string, JsonObject, object]>([
    [
      'classes of the input are part of it',
      {
        input_tokens: 12,
        cache_creation_input_tokens: 2_048,
        cache_read_input_tokens: 10_240,
        cache_creation: { ephemeral_5m_input_tokens: 2_000, ephemeral_1h_input_tokens: 48 },
        output_tokens: 210,
        output_tokens_details: { thinking_tokens: 90 },
      },
      {
        inputTokens: 12_300,
        outputTokens: 210,
        cacheReadTokens: 10_240,
        cacheWrite5mTokens: 2_000,
        cacheWrite1hTokens: 48,
        reasoningTokens: 90,
      },
    ],
    [
      'what was written to a cache of unknown time',
      { input_tokens: 1, cache_creation_input_tokens: 7, output_tokens: 2 },
      { inputTokens: 8, outputTokens: 2, cacheWrite5mTokens: 7 },
    ],
    ['what is not said is not known', { output_tokens: 2 }, { outputTokens: 2 }],
    ['what is no count is not said', { input_tokens: -1, output_tokens: '2', cache_read_input_tokens: 1.5 }, {}],
  ])('A33: %s', (_name, usage, tokens) => {
    const said = folded(message([], { usage })).usage;
    expect(said ?? UNKNOWN_USAGE).toEqual({ ...UNKNOWN_USAGE, ...tokens });
  });

  it('A34: the order of a stream', () => {
    const events = streamed(
      sse([
        START,
        { type: 'ping' },
        begin(0, { type: 'thinking', thinking: '', signature: '' }),
        delta(0, { type: 'thinking_delta', thinking: 'Hm.' }),
        delta(0, { type: 'signature_delta', signature: 'SIG' }),
        stop(0),
        ...saying(1, 'Hi'),
        begin(2, { type: 'tool_use', id: 't', name: 'f', input: {} }),
        delta(2, { type: 'input_json_delta', partial_json: '' }),
        delta(2, { type: 'input_json_delta', partial_json: '{"a"' }),
        delta(2, { type: 'input_json_delta', partial_json: ':1}' }),
        stop(2),
        ended('tool_use', { output_tokens: 9 }),
        STOP,
      ]),
    );
    expect(events).toEqual([
      { type: 'start', id: 'msg_1', model: 'claude-sonnet-4-5-20250929' },
      { type: 'usage', usage: { ...UNKNOWN_USAGE, inputTokens: 3, outputTokens: 5 } },
      { type: 'reasoning', text: 'Hm.' },
      { type: 'state', on: 'reasoning', state: { origin: 'anthropic-messages', data: 'SIG' } },
      { type: 'text', text: 'Hi' },
      { type: 'part_end' },
      { type: 'tool_call', call: 0, id: 't', name: 'f', kind: 'function', state: null },
      { type: 'tool_arguments', call: 0, text: '{"a"' },
      { type: 'tool_arguments', call: 0, text: ':1}' },
      { type: 'tool_call_end', call: 0 },
      { type: 'usage', usage: { ...UNKNOWN_USAGE, inputTokens: 3, outputTokens: 9 } },
      { type: 'finish', finish: { reason: 'tool_calls', raw: 'tool_use', stopSequence: null, detail: null } },
    ]);
  });

  it('A34: a call whose input came in its block, and one without id or name', () => {
    const answer = foldAnswer(
      streamed(
        sse([
          START,
          begin(0, { type: 'tool_use', id: 't', name: 'f', input: { a: 1 } }),
          stop(0),
          begin(1, { type: 'tool_use' }),
          ended('tool_use'),
          STOP,
        ]),
      ),
    );
    expect(answer.content.map(({ part }) => part)).toMatchObject([
      { id: 't', arguments: '{"a":1}' },
      { id: expect.stringMatching(/^toolu_\w{24}$/) as unknown, name: '', arguments: '{}' },
    ]);
  });

  it('A34: what the provider’s own tools did is kept, with its input', () => {
    const use = { type: 'server_tool_use', id: 's', name: 'web_search', input: {} };
    const found = { type: 'web_search_tool_result', tool_use_id: 's', content: [] };
    const events = [
      START,
      begin(0, use),
      delta(0, { type: 'input_json_delta', partial_json: '{"query":' }),
      delta(0, { type: 'input_json_delta', partial_json: '"x"}' }),
      stop(0),
      begin(1, found),
      stop(1),
      ended('pause_turn'),
      STOP,
    ];
    const whole = folded(message([{ ...use, input: { query: 'x' } }, found], { stop_reason: 'pause_turn' }));
    expect(foldAnswer(streamed(sse(events))).content).toEqual(whole.content);
    expect(whole.content[0]?.part).toMatchObject({ type: 'foreign', value: { input: { query: 'x' } } });
  });

  it.each<[string, JsonObject, JsonObject, object]>([
    [
      'the last output counts',
      { input_tokens: 3, output_tokens: 1 },
      { output_tokens: 9 },
      { inputTokens: 3, outputTokens: 9 },
    ],
    [
      'a guess at the beginning',
      { input_tokens: 900, output_tokens: 0 },
      { input_tokens: 20, output_tokens: 9 },
      { inputTokens: 20 },
    ],
    [
      'no knowledge at the end',
      { input_tokens: 20, output_tokens: 0 },
      { input_tokens: 0, output_tokens: 9 },
      { inputTokens: 20 },
    ],
    [
      'all of it from the cache',
      { input_tokens: 20, output_tokens: 0 },
      { input_tokens: 0, cache_read_input_tokens: 20, output_tokens: 9 },
      { inputTokens: 20, cacheReadTokens: 20 },
    ],
  ])('A35: %s', (_name, first, last, tokens) => {
    const start = { type: 'message_start', message: message([], { usage: first }) };
    expect(foldAnswer(streamed(sse([start, ended('end_turn', last), STOP]))).usage).toMatchObject(tokens);
  });

  it('A36: an error within the stream ends it', () => {
    const error = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
    const events = streamed(sse([START, ...saying(0, 'Hi'), error, ...saying(1, 'late'), STOP]));
    expect(events.map(({ type }) => type)).toEqual(['start', 'usage', 'text', 'part_end', 'error']);
    expect(failure(events)).toMatchObject({
      code: 'upstream_error',
      status: 529,
      type: 'overloaded_error',
      message: 'Anthropic answered with an error: Overloaded',
    });
  });

  it.each([
    ['after nothing', []],
    [
      'in the middle of a block',
      [START, begin(0, { type: 'text', text: '' }), delta(0, { type: 'text_delta', text: 'Hi' })],
    ],
    ['before its reason', [START, ...saying(0, 'Hi'), stop(0)]],
  ])('A36: a stream that ends %s was cut', (_name, events) => {
    expect(failure(streamed(sse(events)))?.code).toBe('upstream_stream_truncated');
  });

  it('A36: a stop reason is an end without `message_stop`, and the other way round', () => {
    expect(foldAnswer(streamed(sse([START, ended('max_tokens')]))).finish?.reason).toBe('length');
    expect(foldAnswer(streamed(sse([START, ...saying(0, 'Hi'), STOP]))).finish).toMatchObject({
      reason: 'stop',
      raw: null,
    });
  });

  it('A36: what is no event is passed over, and an event that never ends is refused', () => {
    const noise = Buffer.from('data: {"type":\n\n: comment\n\ndata: [DONE]\n\ndata: 7\n\ndata: {"type":"news"}\n\n');
    const events = streamed([noise, sse([START, ...saying(0, 'Hi'), ended('end_turn'), STOP])]);
    expect(foldAnswer(events).content).toHaveLength(1);
    const decoder = back.decodeStream(decoding());
    const endless = Array.from({ length: 9 }, () => Buffer.alloc(1024 * 1024, 'x'));
    expect(failure(endless.flatMap((chunk) => decoder.push(chunk)))?.code).toBe('upstream_answer_too_large');
    expect(decoder.end()).toEqual([]);
  });

  it('separates thoughts that a server leaves in the text', () => {
    const body = message([{ type: 'text', text: '<think>Hm.</think>\n\nHi' }]);
    expect(folded(body, decoding(asked(), { thinkTags: true })).content.map(({ part }) => part)).toMatchObject([
      { type: 'reasoning', text: 'Hm.' },
      { type: 'text', text: 'Hi' },
    ]);
  });
});

describe('A37: an error of Anthropic', () => {
  const decodedError = (status: number, body: unknown, retryAfter: string | null = null) =>
    back.decodeError({
      provider: 'Anthropic',
      status,
      retryAfter,
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  const said = (type: string, text: string): JsonObject => ({
    type: 'error',
    error: { type, message: text },
    request_id: 'r',
  });

  it.each([
    [400, 'invalid_request_error'],
    [401, 'authentication_error'],
    [402, 'billing_error'],
    [403, 'permission_error'],
    [404, 'not_found_error'],
    [413, 'request_too_large'],
    [429, 'rate_limit_error'],
    [500, 'api_error'],
    [529, 'overloaded_error'],
  ])('%i keeps its status and its type', (status, type) => {
    expect(decodedError(status, said(type, 'No.'), '3')).toMatchObject({
      code: 'upstream_error',
      status,
      type,
      message: `Anthropic answered ${status}: No.`,
      retryAfter: '3',
    });
  });

  it.each([
    ['prompt is too long: 210000 tokens > 200000 maximum'],
    ['input length and `max_tokens` exceed context limit: the prompt is too long'],
  ])('a prompt that does not fit is told by its code: %s', (text) => {
    expect(decodedError(400, said('invalid_request_error', text))).toMatchObject({
      code: 'context_length_exceeded',
      wireCode: 'context_length_exceeded',
      status: 400,
      retryable: false,
    });
  });

  it.each([
    ['flat', { error: 'Unauthorized' }, 'Unauthorized', null],
    ['of Google', [{ error: { code: 400, message: 'No.', status: 'INVALID_ARGUMENT' } }], 'No.', 'INVALID_ARGUMENT'],
    ['of FastAPI', { detail: 'Not Found' }, 'Not Found', null],
    ['within a message', { error: JSON.stringify(said('api_error', 'In.')) }, 'In.', 'api_error'],
    ['a page', '<html><body><h1>Bad\nGateway</h1></body></html>', 'Bad Gateway', null],
    ['nothing', '', 'no explanation (the body was empty)', null],
  ])('%s can be read', (_name, body, text, type) => {
    expect(decodedError(502, body)).toMatchObject({
      message: `Anthropic answered 502: ${text}`,
      type: type ?? 'upstream_error',
    });
  });

  it('a whole answer of status 200 that is an error, or is no message', () => {
    expect(back.decodeAnswer(said('overloaded_error', 'Busy.'), decoding())).toMatchObject({ status: 529 });
    expect(back.decodeAnswer({ error: { message: 'No.' } }, decoding())).toMatchObject({ status: 502 });
    expect(back.decodeAnswer({ choices: [] }, decoding())).toMatchObject({ code: 'upstream_invalid_answer' });
    expect(back.decodeAnswer('Hi', decoding())).toMatchObject({ code: 'upstream_invalid_answer' });
  });
});
