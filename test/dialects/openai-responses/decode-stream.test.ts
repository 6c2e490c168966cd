import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AnswerEvent } from '../../../src/canonical/answer.ts';
import { foldAnswer } from '../../../src/canonical/fold-answer.ts';
import type { JsonObject } from '../../../src/canonical/parts.ts';
import { decodeAnswer } from '../../../src/dialects/openai-responses/decode-response.ts';
import { decodeError } from '../../../src/dialects/openai-responses/errors.ts';
import { decodeContext, decoded, plainRequest, sse } from './contexts.ts';

const created: JsonObject = { type: 'response.created', response: { id: 'resp_1', model: 'm', status: 'in_progress' } };
const usage = { input_tokens: 20, output_tokens: 9, total_tokens: 29 };
const completed = (output: readonly JsonObject[] = []): JsonObject => ({
  type: 'response.completed',
  response: { id: 'resp_1', status: 'completed', output, usage },
});
const START: AnswerEvent = { type: 'start', id: 'resp_1', model: 'm' };

function contentOf(events: readonly JsonObject[], context = decodeContext()): unknown {
  return foldAnswer(decoded([sse(events)], context)).content.map(({ part }) => part);
}

function errorOf(events: readonly AnswerEvent[]): unknown {
  const last = events.at(-1);
  return last?.type === 'error' ? last.error : null;
}

const text = (said: string): JsonObject => ({ type: 'text', text: said, cache: null, state: null });
const call = (id: string, name: string, written: string, kind = 'function'): JsonObject => ({
  type: 'tool_call',
  id,
  name,
  arguments: written,
  kind,
  state: null,
  cache: null,
});

describe('clones', () => {
  const item = { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'f', arguments: '' };
  const whole = { ...item, arguments: '{"a":1}' };
  const message = {
    type: 'message',
    id: 'msg_1',
    role: 'assistant',
    content: [{ type: 'output_text', text: 'Hello' }],
  };
  const f = [call('call_1', 'f', '{"a":1}')];

  it.each<[string, readonly JsonObject[], unknown]>([
    [
      'arguments only at their end',
      [
        { type: 'response.output_item.added', output_index: 0, item },
        { type: 'response.function_call_arguments.done', output_index: 0, item_id: 'fc_1', arguments: '{"a":1}' },
        { type: 'response.output_item.done', output_index: 0, item: whole },
        completed(),
      ],
      f,
    ],
    ['items only at their end', [{ type: 'response.output_item.done', output_index: 0, item: whole }, completed()], f],
    ['items only in the last event', [completed([whole])], f],
    [
      'half of the arguments as deltas, and no end of the item',
      [
        { type: 'response.output_item.added', output_index: 0, item },
        { type: 'response.function_call_arguments.delta', output_index: 0, item_id: 'fc_1', delta: '{"a"' },
        completed([whole]),
      ],
      f,
    ],
    [
      'arguments before the name',
      [
        { type: 'response.output_item.added', output_index: 0, item: { ...item, name: '' } },
        { type: 'response.function_call_arguments.delta', output_index: 0, delta: '{"a":1}' },
        { type: 'response.output_item.done', output_index: 0, item: whole },
        completed(),
      ],
      f,
    ],
    [
      'a call without any id, never ended',
      [
        { type: 'response.output_item.added', output_index: 0, item: { type: 'function_call', name: 'f' } },
        { type: 'response.function_call_arguments.delta', output_index: 0, delta: '{"a":1}' },
        completed(),
      ],
      [call('call_resp1_0', 'f', '{"a":1}')],
    ],
    [
      'no content parts, no index (llama.cpp)',
      [
        { type: 'response.output_item.added', item: { ...message, content: [] } },
        { type: 'response.output_text.delta', item_id: 'msg_1', delta: 'Hel' },
        { type: 'response.output_text.delta', item_id: 'msg_1', delta: 'lo' },
        { type: 'response.output_item.done', item: message },
        completed([message]),
      ],
      [text('Hello')],
    ],
    [
      'an id that changes with every event (GitHub Copilot)',
      [
        { type: 'response.output_item.added', output_index: 0, item: { ...message, id: 'a', content: [] } },
        { type: 'response.output_text.delta', output_index: 0, item_id: 'b', content_index: 0, delta: 'Hello' },
        { type: 'response.output_text.done', output_index: 0, item_id: 'c', content_index: 0, text: 'Hello' },
        { type: 'response.output_item.done', output_index: 0, item: { ...message, id: 'd' } },
        completed([{ ...message, id: 'e' }]),
      ],
      [text('Hello')],
    ],
    [
      'arguments as an object',
      [{ type: 'response.output_item.done', output_index: 0, item: { ...item, arguments: { a: 1 } } }, completed()],
      f,
    ],
  ])('%s', (_, events, expected) => {
    expect(contentOf([created, ...events])).toEqual(expected);
  });

  it('no `event:` lines, `[DONE]` at the end, garbage between, and no begin', () => {
    const lines = [
      'data: {"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"Hi"}',
      'data: not json',
      'data: [1,2]',
      ': a comment',
      `data: ${JSON.stringify(completed())}`,
      'data: [DONE]',
    ];
    const events = decoded([Buffer.from(lines.map((line) => `${line}\n\n`).join(''))]);
    expect(events.slice(0, 2)).toEqual([
      { type: 'start', id: null, model: null },
      { type: 'text', text: 'Hi' },
    ]);
    expect(events.at(-1)?.type).toBe('finish');
  });
});

describe('items', () => {
  it('summaries of one item are one text with its state; the next item is another', () => {
    const reasoning = (index: number, changes: JsonObject): JsonObject => ({
      type: 'response.output_item.done',
      output_index: index,
      item: { type: 'reasoning', id: `rs_${index}`, summary: [], ...changes },
    });
    const delta = (index: number, summary: number, said: string): JsonObject => ({
      type: 'response.reasoning_summary_text.delta',
      output_index: index,
      summary_index: summary,
      delta: said,
    });
    const content = contentOf([
      created,
      delta(0, 0, 'One'),
      delta(0, 0, '.'),
      delta(0, 1, 'Two.'),
      reasoning(0, { encrypted_content: 'gAAA' }),
      delta(1, 0, 'Three.'),
      reasoning(1, {}),
      reasoning(2, { encrypted_content: 'gBBB' }),
      completed(),
    ]);
    const state = (id: string, encrypted: string): JsonObject => ({
      origin: 'openai-responses',
      data: JSON.stringify({ id, encrypted_content: encrypted }),
    });
    expect(content).toEqual([
      { type: 'reasoning', text: 'One.\n\nTwo.', state: state('rs_0', 'gAAA') },
      { type: 'reasoning', text: 'Three.', state: null },
      { type: 'reasoning', text: '', state: state('rs_2', 'gBBB') },
    ]);
  });

  it('a refusal, a custom tool, and a tool that OpenAI ran', () => {
    const search = { type: 'web_search_call', id: 'ws_1', status: 'completed' };
    const content = contentOf([
      created,
      { type: 'response.web_search_call.searching', output_index: 0, item_id: 'ws_1' },
      { type: 'response.output_item.done', output_index: 0, item: search },
      { type: 'response.refusal.delta', output_index: 1, content_index: 0, delta: 'I ca' },
      { type: 'response.refusal.done', output_index: 1, content_index: 0, refusal: 'I cannot.' },
      {
        type: 'response.output_item.added',
        output_index: 2,
        item: { type: 'custom_tool_call', call_id: 'c', name: 'patch', input: '' },
      },
      { type: 'response.custom_tool_call_input.delta', output_index: 2, delta: '*** Begin' },
      { type: 'response.custom_tool_call_input.done', output_index: 2, input: '*** Begin Patch' },
      {
        type: 'response.output_item.done',
        output_index: 2,
        item: { type: 'custom_tool_call', call_id: 'c', name: 'patch', input: '*** Begin Patch' },
      },
      completed(),
    ]);
    expect(content).toEqual([
      { type: 'foreign', origin: 'openai-responses', value: search },
      { type: 'refusal', text: 'I cannot.' },
      call('c', 'patch', '*** Begin Patch', 'custom'),
    ]);
  });

  it('names as the request has them: rewritten ones, and those in namespaces', () => {
    const rest = { description: null, parameters: null, strict: null, cache: null };
    const request = plainRequest({
      tools: [
        { kind: 'function', name: 'get.weather', namespace: null, ...rest },
        { kind: 'function', name: 'ns__spawn', namespace: { name: 'ns', localName: 'spawn' }, ...rest },
      ],
    });
    const output = [
      { type: 'function_call', call_id: 'a', name: 'get_weather', arguments: '{}' },
      { type: 'function_call', call_id: 'b', name: 'spawn', namespace: 'ns', arguments: '{}' },
      { type: 'function_call', call_id: 'c', name: 'found', namespace: 'found', arguments: '{}' },
    ];
    const content = contentOf([created, completed(output)], decodeContext(request));
    expect(content).toEqual([call('a', 'get.weather', '{}'), call('b', 'ns__spawn', '{}'), call('c', 'found', '{}')]);
  });

  it('annotations and log probabilities, the latter only where they were asked for', () => {
    const annotation = { type: 'url_citation', url: 'https://x.y', title: 'X', start_index: 0, end_index: 2 };
    const logprobs = [{ token: 'Hi', logprob: -0.5, bytes: [72, 105], top_logprobs: [{ token: 'Ho', logprob: -2 }] }];
    const part = { type: 'output_text', text: 'Hi', annotations: [annotation], logprobs };
    const events = [
      created,
      { type: 'response.output_text.delta', output_index: 0, content_index: 0, delta: 'Hi', logprobs },
      {
        type: 'response.output_text.annotation.added',
        output_index: 0,
        content_index: 0,
        annotation_index: 0,
        annotation,
      },
      { type: 'response.output_item.done', output_index: 0, item: { type: 'message', content: [part] } },
      completed(),
    ];
    const asked = foldAnswer(decoded([sse(events)], decodeContext(plainRequest({ logprobs: { top: 1 } }))));
    const top = [{ token: 'Ho', logprob: -2, bytes: null }];
    expect(asked.logprobs).toEqual([{ token: 'Hi', logprob: -0.5, bytes: [72, 105], top }]);
    expect(asked.content[0]?.citations).toEqual([
      {
        url: 'https://x.y',
        title: 'X',
        citedText: null,
        start: 0,
        end: 2,
        raw: { origin: 'openai-responses', value: annotation },
      },
    ]);
    expect(foldAnswer(decoded([sse(events)])).logprobs).toBeNull();
  });
});

describe('ends', () => {
  const finishOf = (response: JsonObject, type = 'response.completed'): unknown =>
    foldAnswer(decoded([sse([created, { type, response }])], decodeContext(plainRequest({ maxOutputTokens: 9 }))))
      .finish;

  it.each<[JsonObject, string, string, string | null]>([
    [{ status: 'completed' }, 'response.completed', 'stop', 'completed'],
    [
      { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } },
      'response.incomplete',
      'length',
      'max_output_tokens',
    ],
    [
      { status: 'incomplete', incomplete_details: { reason: 'content_filter' } },
      'response.incomplete',
      'content_filter',
      'content_filter',
    ],
    [{ status: 'incomplete' }, 'response.completed', 'length', 'incomplete'],
    [{}, 'response.incomplete', 'length', 'incomplete'],
    [{ status: 'completed', usage }, 'response.completed', 'length', 'completed'],
    [{ status: 'completed', usage: { ...usage, output_tokens: 8 } }, 'response.completed', 'stop', 'completed'],
    [
      { status: 'completed', usage, output: [{ type: 'function_call', call_id: 'a', name: 'f', arguments: '{}' }] },
      'response.completed',
      'tool_calls',
      'completed',
    ],
  ])('%j in %s is %s', (response, type, reason, raw) => {
    expect(finishOf(response, type)).toEqual({ reason, raw, stopSequence: null, detail: null });
  });

  it.each<[string, JsonObject, JsonObject]>([
    [
      'a nested `error` event (what OpenAI sends)',
      {
        type: 'error',
        sequence_number: 2,
        error: { type: 'insufficient_quota', code: 'insufficient_quota', message: 'No money.', param: null },
      },
      {
        code: 'upstream_error',
        status: 429,
        type: 'insufficient_quota',
        wireCode: 'insufficient_quota',
        message: 'somewhere answered with an error: No money.',
      },
    ],
    [
      'a flat `error` event (the reference)',
      { type: 'error', code: 'server_error', message: 'Broken.', param: null },
      { code: 'upstream_error', status: 502, wireCode: 'server_error' },
    ],
    [
      'a failed response',
      {
        type: 'response.failed',
        response: { status: 'failed', error: { code: 'rate_limit_exceeded', message: 'Slow down.' } },
      },
      { code: 'upstream_error', status: 429, wireCode: 'rate_limit_exceeded' },
    ],
    [
      'a failed response without a word',
      { type: 'response.failed', response: {} },
      { code: 'upstream_error', status: 502 },
    ],
    ['an overload', { type: 'error', error: { code: 'server_is_overloaded', message: 'Busy.' } }, { status: 503 }],
    [
      'a prompt that is too long',
      {
        type: 'response.failed',
        response: {
          error: { code: 'context_length_exceeded', message: 'Your input exceeds the context window of this model.' },
        },
      },
      { code: 'context_length_exceeded', status: 400, wireCode: 'context_length_exceeded' },
    ],
    [
      'an error as chat completions have it',
      { error: { message: 'Oh.' } },
      { code: 'upstream_error', message: 'somewhere answered with an error: Oh.' },
    ],
  ])('%s', (_, event, expected) => {
    const events = decoded([sse([created, event, completed()])]);
    expect(events.map(({ type }) => type)).toEqual(['start', 'error']);
    expect(errorOf(events)).toMatchObject(expected);
  });

  it('a stream that ends without its last event is no answer', () => {
    const delta = { type: 'response.output_text.delta', output_index: 0, content_index: 0, delta: 'Hi' };
    expect(decoded([sse([created, delta])]).map(({ type }) => type)).toEqual(['start', 'text', 'error']);
    expect(errorOf(decoded([sse([created, delta])]))).toMatchObject({ code: 'upstream_stream_truncated' });
    expect(errorOf(decoded([]))).toMatchObject({ code: 'upstream_stream_truncated' });
  });

  it('an event without end is refused, once', () => {
    const mebibyte = Buffer.alloc(1024 * 1024, 'x');
    const events = decoded([Buffer.from('data: '), ...Array.from({ length: 10 }, () => mebibyte)]);
    expect(events).toHaveLength(1);
    expect(errorOf(events)).toMatchObject({ code: 'upstream_answer_too_large' });
  });

  it('any bytes give events and never a throw', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue(), { maxLength: 5 }), fc.constantFrom('added', 'done'), (values, end) => {
        const events = values.map((value) => ({
          type: `response.output_item.${end}`,
          item: value,
          output_index: value,
        }));
        expect(decoded([sse(events)]).at(-1)?.type).toBe('error');
      }),
    );
  });
});

describe('whole answers', () => {
  it.each<[unknown, JsonObject]>([
    [null, { code: 'upstream_invalid_answer' }],
    [{ object: 'response' }, { code: 'upstream_invalid_answer' }],
    [{ error: { message: 'No.', code: 'x' } }, { code: 'upstream_error', wireCode: 'x' }],
    [
      { status: 'failed', error: { code: 'server_error', message: 'Broken.' }, output: [] },
      { wireCode: 'server_error' },
    ],
    [{ status: 'cancelled', output: [] }, { code: 'upstream_error' }],
  ])('%j is none', (body, expected) => {
    expect(decodeAnswer(body, decodeContext())).toMatchObject(expected);
  });

  it('begin with the id and the model', () => {
    expect(decodeAnswer({ id: 'resp_1', model: 'm', output: [] }, decodeContext())).toEqual([
      START,
      { type: 'finish', finish: { reason: 'stop', raw: null, stopSequence: null, detail: null } },
    ]);
  });
});

describe('answers that are errors', () => {
  it.each<[number, string, JsonObject]>([
    [
      429,
      '{"error":{"message":"Slow down.","type":"requests","param":null,"code":"rate_limit_exceeded"}}',
      {
        status: 429,
        type: 'requests',
        wireCode: 'rate_limit_exceeded',
        message: 'somewhere answered 429: Slow down.',
        retryAfter: '7',
      },
    ],
    [401, '{"error":"Unauthorized"}', { status: 401, message: 'somewhere answered 401: Unauthorized' }],
    [404, '{"detail":"Not Found"}', { message: 'somewhere answered 404: Not Found' }],
    [422, '{"detail":[{"loc":["body","input"],"msg":"Field required"}]}', { param: 'body.input' }],
    [500, '<html><b>Oops</b></html>', { message: 'somewhere answered 500: Oops' }],
    [502, '', { message: 'somewhere answered 502: no explanation (the body was empty)' }],
    [
      400,
      '{"error":{"message":"This model\'s maximum context length is 1024 tokens."}}',
      { code: 'context_length_exceeded', status: 400 },
    ],
    [
      200,
      '{"error":{"message":"x","code":"insufficient_quota"}}',
      { status: 429, message: 'somewhere answered with an error: x' },
    ],
  ])('%i %s', (status, body, expected) => {
    expect(decodeError({ provider: 'somewhere', status, retryAfter: '7', body })).toMatchObject(expected);
  });
});
