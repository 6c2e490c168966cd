import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AnswerEvent } from '../../../src/canonical/answer.ts';
import { foldAnswer } from '../../../src/canonical/fold-answer.ts';
import { PLAIN_QUIRKS } from '../../../src/canonical/quirks.ts';
import type { DecodeContext } from '../../../src/dialects/dialect.ts';
import { decodeAnswer } from '../../../src/dialects/openai-chat/decode-response.ts';
import { decodeStream } from '../../../src/dialects/openai-chat/decode-stream.ts';
import { MAX_EVENT_BYTES } from '../../../src/dialects/sse-frames.ts';
import { decodeContext, decoded } from './contexts.ts';

type Json = Record<string, unknown>;

const ID = 'chatcmpl-0123456789abcdef';

/** The events of a stream of these chunks; a string stands for itself. */
function stream(...events: readonly (Json | string)[]): Buffer {
  return Buffer.from(
    events.map((event) => `data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`).join(''),
  );
}

function chunk(delta: Json, finish: string | null = null, beside: Json = {}): Json {
  return { id: ID, model: 'up', choices: [{ index: 0, delta, finish_reason: finish }], ...beside };
}

function toolChunk(...calls: readonly Json[]): Json {
  return chunk({ tool_calls: calls });
}

function read(bytes: Buffer, context: DecodeContext = decodeContext()): readonly AnswerEvent[] {
  const decoder = decodeStream(context);
  return [...decoder.push(bytes), ...decoder.end()];
}

const done = chunk({}, 'stop');
const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };

function errorIn(events: readonly AnswerEvent[]): unknown {
  const last = events.at(-1);
  return last?.type === 'error' ? last.error : `no error but ${JSON.stringify(last)}`;
}

describe('the events of a stream', () => {
  it('are its text, told once begun and once ended', () => {
    const events = read(stream(chunk({ role: 'assistant', content: '' }), chunk({ content: 'Hi' }), done, '[DONE]'));
    expect(events).toEqual([
      { type: 'start', id: ID, model: 'up' },
      { type: 'text', text: 'Hi' },
      { type: 'finish', finish: { reason: 'stop', raw: 'stop', stopSequence: null, detail: null } },
    ]);
  });

  it('begin with the first event that has something of the answer (Azure)', () => {
    const first = { id: '', model: '', choices: [], prompt_filter_results: [] };
    expect(read(stream(first, chunk({ content: 'Hi' }), done))[0]).toEqual({ type: 'start', id: ID, model: 'up' });
  });

  // cloud-providers.md 3.6, 8.
  it.each([
    ['with the last content', [chunk({ content: 'Hi' }, 'stop', { usage })]],
    ['behind the finish', [chunk({ content: 'Hi' }), done, { choices: [], usage }, '[DONE]']],
    ['behind [DONE]', [chunk({ content: 'Hi' }), done, '[DONE]', { choices: [], usage }]],
    ["in Groq's place", [chunk({ content: 'Hi' }, 'stop', { x_groq: { usage } })]],
  ])('have the usage %s', (_name, chunks) => {
    const answer = foldAnswer(read(stream(...chunks)));
    expect(answer).toMatchObject({ usage: { inputTokens: 3, outputTokens: 2 }, finish: { reason: 'stop' } });
    expect(answer.content).toMatchObject([{ part: { type: 'text', text: 'Hi' } }]);
  });

  it.each([
    ['stop', 'stop'],
    ['eos', 'stop'],
    ['end_turn', 'stop'],
    ['length', 'length'],
    ['model_length', 'length'],
    ['MAX_TOKENS', 'length'],
    ['content_filter', 'content_filter'],
    ['SAFETY', 'content_filter'],
    ['tool_calls', 'stop'],
    ['something new', 'stop'],
  ])('end with %s as %s', (raw, reason) => {
    expect(foldAnswer(read(stream(chunk({ content: 'a' }, raw)))).finish).toMatchObject({ reason, raw });
  });

  it('end with [DONE] alone, and with a finish alone, but not with neither', () => {
    expect(foldAnswer(read(stream(chunk({ content: 'a' }, ''), '[DONE]'))).finish).toMatchObject({
      reason: 'stop',
      raw: null,
    });
    expect(foldAnswer(read(stream(done))).finish).toMatchObject({ reason: 'stop' });
    expect(errorIn(read(stream(chunk({ content: 'a' }))))).toMatchObject({ code: 'upstream_stream_truncated' });
    // So does llama-cpp-python with a prompt that is too long, status 200.
    const nothing = errorIn(read(Buffer.alloc(0)));
    expect(nothing).toMatchObject({ code: 'upstream_stream_truncated' });
    expect(nothing).toMatchObject({ hint: expect.stringMatching(/prompt may be longer than the context/) as string });
  });

  it("name vLLM's stop sequence", () => {
    const last = { id: ID, choices: [{ index: 0, delta: {}, finish_reason: 'stop', stop_reason: '###' }] };
    expect(foldAnswer(read(stream(last))).finish).toMatchObject({ stopSequence: '###' });
  });

  it('tell text that comes behind the finish', () => {
    const answer = foldAnswer(read(stream(chunk({ content: 'a' }, 'stop'), chunk({ content: 'b' }, 'stop'), '[DONE]')));
    expect(answer.content).toMatchObject([{ part: { text: 'ab' } }]);
  });

  it.each([
    ['reasoning_content', [{ reasoning_content: 'h' }, { reasoning_content: 'm' }]],
    ['reasoning', [{ reasoning: 'h' }, { reasoning: 'm', content: '' }]],
    ['both at once', [{ reasoning: 'hm', reasoning_content: 'hm' }]],
    ["Mistral's content", [{ content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] }] }]],
    ["Databricks' content", [{ content: [{ type: 'reasoning', summary: [{ type: 'summary_text', text: 'hm' }] }] }]],
    ['reasoning_details', [{ reasoning_details: [{ type: 'reasoning.text', text: 'hm' }] }]],
  ])('tell thoughts of %s apart', (_name, deltas) => {
    const answer = foldAnswer(read(stream(...deltas.map((delta) => chunk(delta)), chunk({ content: 'so' }), done)));
    expect(answer.content.map(({ part }) => part)).toMatchObject([
      { type: 'reasoning', text: 'hm', state: null },
      { type: 'text', text: 'so' },
    ]);
  });

  it('carry what OpenRouter binds to the model', () => {
    const detail = (fields: Json) => ({ reasoning_details: [{ type: 'reasoning.text', index: 0, ...fields }] });
    const answer = foldAnswer(
      read(
        stream(
          chunk({ reasoning: 'h', ...detail({ text: 'h' }) }),
          chunk({ reasoning: 'm', ...detail({ text: 'm' }) }),
          chunk(detail({ signature: 'sig' })),
          chunk({ content: 'so' }),
          done,
        ),
      ),
    );
    const data = '[{"type":"reasoning.text","index":0,"signature":"sig"}]';
    expect(answer.content[0]?.part).toEqual({ type: 'reasoning', text: 'hm', state: { origin: 'openai-chat', data } });
  });

  it('carry the signatures that a gateway before us hands on', () => {
    const deltas = [
      { reasoning_content: 'hm', thinking_blocks: [{ type: 'thinking', thinking: 'hm', signature: '' }] },
      { thinking_blocks: [{ type: 'thinking', thinking: '', signature: 'sig' }] },
      { thinking_blocks: [{ type: 'redacted_thinking', data: 'xyz' }] },
    ];
    const answer = foldAnswer(read(stream(...deltas.map((delta) => chunk(delta)), done)));
    expect(answer.content.map(({ part }) => part)).toEqual([
      { type: 'reasoning', text: 'hm', state: { origin: 'anthropic-messages', data: 'sig' } },
      { type: 'reasoning', text: '', state: { origin: 'anthropic-messages', data: 'redacted:xyz' } },
    ]);
  });

  it('separate thoughts that stand in the text where the row says so', () => {
    const bytes = stream(chunk({ content: '<thi' }), chunk({ content: 'nk>hm</think>\n\nso' }), done);
    const quirks = { ...PLAIN_QUIRKS, thinkTags: true };
    expect(foldAnswer(read(bytes, decodeContext({ quirks }))).content.map(({ part }) => part)).toMatchObject([
      { type: 'reasoning', text: 'hm' },
      { type: 'text', text: 'so' },
    ]);
    expect(foldAnswer(read(bytes)).content).toMatchObject([{ part: { text: '<think>hm</think>\n\nso' } }]);
  });

  it('have refusals, citations, images and log probabilities', () => {
    const cited = { url: 'https://a.example', title: 'A', start_index: 0, end_index: 2 };
    const token = {
      token: 'Hi',
      logprob: -0.1,
      bytes: [72, 105],
      top_logprobs: [{ token: 'Hi', logprob: -0.1, bytes: null }],
    };
    const answer = foldAnswer(
      read(
        stream(
          { id: ID, choices: [{ index: 0, delta: { content: 'Hi' }, logprobs: { content: [token], refusal: null } }] },
          chunk({ annotations: [{ type: 'url_citation', url_citation: cited }] }),
          chunk({ images: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAA' } }] }),
          chunk({ refusal: 'no' }, 'stop'),
        ),
      ),
    );
    expect(answer.logprobs).toEqual([
      { token: 'Hi', logprob: -0.1, bytes: [72, 105], top: [{ token: 'Hi', logprob: -0.1, bytes: null }] },
    ]);
    expect(answer.content).toMatchObject([
      { part: { type: 'text', text: 'Hi' }, citations: [{ url: 'https://a.example', title: 'A', start: 0, end: 2 }] },
      { part: { type: 'image', source: { mediaType: 'image/png', data: 'AAA' } } },
      { part: { type: 'refusal', text: 'no' } },
    ]);
  });

  it("cite Perplexity's sources once", () => {
    const beside = { search_results: [{ title: 'A', url: 'https://a.example' }], citations: ['https://a.example'] };
    const answer = foldAnswer(read(stream(chunk({ content: 'Hi' }, null, beside), chunk({}, 'stop', beside))));
    expect(answer.content).toMatchObject([{ citations: [{ url: 'https://a.example', title: 'A' }] }]);
    expect(answer.content[0]?.citations).toHaveLength(1);
  });
});

// cloud-providers.md 3.6, 3 to 6.
describe('tool calls of a stream', () => {
  const fn = (name: string | null, args: string | null) => ({
    ...(name === null ? {} : { name }),
    ...(args === null ? {} : { arguments: args }),
  });
  const two = [
    { id: 'a', name: 'f', arguments: '{"x":1}' },
    { id: 'b', name: 'g', arguments: '{}' },
  ];

  it.each<[string, readonly Json[]]>([
    [
      'in pieces',
      [
        toolChunk({ index: 0, id: 'a', type: 'function', function: fn('f', '') }),
        toolChunk({ index: 0, function: fn(null, '{"x"') }),
        toolChunk({ index: 0, id: '', function: fn('', ':1}') }),
        toolChunk({ index: 1, id: 'b', type: 'function', function: fn('g', '{}') }),
      ],
    ],
    [
      'without index',
      [
        toolChunk({ id: 'a', function: fn('f', '{"x"') }),
        toolChunk({ function: fn(null, ':1}') }),
        toolChunk({ id: 'b', function: fn('g', '{}') }),
      ],
    ],
    [
      'with index 0 always',
      [
        toolChunk({ index: 0, id: 'a', function: fn('f', '{"x":1}') }),
        toolChunk({ index: 0, id: 'b', function: fn('g', '{}') }),
      ],
    ],
    [
      'with the name behind the id',
      [
        toolChunk({ index: 0, id: 'a', type: 'function' }),
        toolChunk({ index: 0, function: fn('f', '{"x":1}') }),
        toolChunk({ index: 1, id: 'b', function: fn('g', null) }),
      ],
    ],
    [
      'with an index that does not begin at 0',
      [
        toolChunk({ index: 1, id: 'a', function: fn('f', '{"x":1}') }),
        toolChunk({ index: 2, id: 'b', function: fn('g', '') }),
      ],
    ],
    [
      'with another id in every piece',
      [
        toolChunk({ index: 0, id: 'a', function: fn('f', '{"x"') }),
        toolChunk({ index: 0, id: 'random', function: fn(null, ':1}') }),
        toolChunk({ index: 1, id: 'b', function: fn('g', '{}') }),
      ],
    ],
    [
      'in turns',
      [
        toolChunk({ index: 0, id: 'a', function: fn('f', '{"x"') }, { index: 1, id: 'b', function: fn('g', '{') }),
        toolChunk({ index: 1, function: fn(null, '}') }, { index: 0, function: fn(null, ':1}') }),
      ],
    ],
    [
      'with an object of arguments',
      [
        toolChunk(
          { index: 0, id: 'a', function: { name: 'f', arguments: { x: 1 } } },
          { index: 1, id: 'b', function: fn('g', '{}') },
        ),
      ],
    ],
  ])('come together %s', (_name, chunks) => {
    const events = read(stream(...chunks, done));
    const answer = foldAnswer(events);
    const calls = answer.content.map(({ part }) => part);
    expect(calls).toMatchObject(two.map((call) => ({ type: 'tool_call', ...call })));
    // Many say `stop` all the same.
    expect(answer.finish).toMatchObject({ reason: 'tool_calls', raw: 'stop' });
    expect(events.filter(({ type }) => type === 'tool_call_end')).toHaveLength(2);
  });

  it('get an id that is the same however the answer is read', () => {
    const bytes = stream(toolChunk({ function: fn('f', '{}') }, { function: fn('f', '{}') }), done);
    const ids = foldAnswer(read(bytes)).content.map(({ part }) => (part.type === 'tool_call' ? part.id : ''));
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) expect(id).toMatch(/^call_[0-9a-f]{24}$/);
    expect(foldAnswer(read(bytes)).content.map(({ part }) => (part.type === 'tool_call' ? part.id : ''))).toEqual(ids);
  });

  it('end though their name never came', () => {
    const answer = foldAnswer(read(stream(toolChunk({ index: 0, id: 'a', function: fn(null, '{"x"') }), done)));
    expect(answer.content).toMatchObject([{ part: { type: 'tool_call', id: 'a', name: '', arguments: '{"x"' } }]);
  });

  it('may be the one function of old', () => {
    const chunks = [
      chunk({ function_call: fn('f', '') }),
      chunk({ function_call: fn(null, '{"x":1}') }, 'function_call'),
    ];
    expect(foldAnswer(read(stream(...chunks)))).toMatchObject({
      content: [{ part: { name: 'f', arguments: '{"x":1}' } }],
      finish: { reason: 'tool_calls', raw: 'function_call' },
    });
  });

  it("carry Gemini's signature", () => {
    const extra = { google: { thought_signature: 'sig' } };
    const call = { id: 'function-call-1', type: 'function', function: fn('f', '{}'), extra_content: extra };
    expect(foldAnswer(read(stream(toolChunk(call), done))).content).toMatchObject([
      { part: { state: { origin: 'openai-chat', data: JSON.stringify(extra) } } },
    ]);
  });

  it('are custom again where the tool had to go out as a function', () => {
    const request = decoded({ messages: [], tools: [{ type: 'custom', custom: { name: 'patch' } }] });
    const chunks = [
      toolChunk({ index: 0, id: 'a', function: fn('patch', '{"inp') }),
      toolChunk({ index: 0, function: fn(null, 'ut":"a\\nb"}') }),
    ];
    const part = { type: 'tool_call', kind: 'custom', name: 'patch', arguments: 'a\nb' };
    expect(foldAnswer(read(stream(...chunks, done), decodeContext({ request }))).content).toMatchObject([{ part }]);
  });

  it('have the names that the request gave them', () => {
    const name = 'mcp.server/tool';
    const request = decoded({ messages: [], tools: [{ type: 'function', function: { name } }] });
    const answer = foldAnswer(
      read(stream(toolChunk({ id: 'a', function: fn('mcp_server_tool', '{}') }), done), decodeContext({ request })),
    );
    expect(answer.content).toMatchObject([{ part: { name } }]);
  });
});

describe('errors within an answer', () => {
  it.each<[string, Json, Json]>([
    [
      'OpenAI',
      { error: { message: 'The server had an error', type: 'server_error', code: null } },
      { status: 502, type: 'server_error', code: 'upstream_error' },
    ],
    [
      'OpenRouter',
      {
        id: ID,
        choices: [{ index: 0, delta: { content: '' }, finish_reason: 'error' }],
        error: { code: 429, message: 'slow down' },
      },
      { status: 429 },
    ],
    ['a text', { error: 'out of memory' }, { status: 502 }],
    ['old vLLM', { object: 'error', message: 'bad', type: 'BadRequestError', code: 400 }, { status: 400 }],
    ['FastAPI', { detail: 'bad' }, { status: 502 }],
    ['MiniMax', { base_resp: { status_code: 1004, status_msg: 'login fail' } }, { status: 502, wireCode: '1004' }],
    [
      'an overload',
      { error: { type: 'overloaded_error', message: 'Overloaded' } },
      { status: 503, type: 'overloaded_error' },
    ],
    [
      'V4',
      { error: { message: "This model's maximum context length is 1024 tokens.", type: 'BadRequestError', code: 400 } },
      { code: 'context_length_exceeded', status: 400, wireCode: 'context_length_exceeded' },
    ],
  ])('are told: %s', (_name, body, error) => {
    const events = read(stream(chunk({ content: 'a' }), body, chunk({ content: 'b' }), '[DONE]'));
    expect(events.slice(0, -1)).toEqual(read(stream(chunk({ content: 'a' }), done)).slice(0, -1));
    expect(errorIn(events)).toMatchObject(error);
    expect((errorIn(events) as Error).message).toMatch(/^Upstream /);
    expect(decodeAnswer(body, decodeContext())).toMatchObject(error);
  });

  it('are a finish that says so', () => {
    expect(errorIn(read(stream(chunk({ content: 'a' }, 'insufficient_system_resource'))))).toMatchObject({
      status: 503,
    });
    expect(errorIn(read(stream(chunk({ content: 'a' }, 'error'))))).toMatchObject({ status: 502, wireCode: 'error' });
  });

  it('do not come from what is no JSON', () => {
    const answer = foldAnswer(read(stream('{"half', chunk({ content: 'a' }), '[1]', 'null', done)));
    expect(answer.content).toMatchObject([{ part: { text: 'a' } }]);
  });

  it('say that an event is too large', () => {
    const decoder = decodeStream(decodeContext());
    decoder.push(stream(chunk({ content: 'a' })));
    const events = decoder.push(Buffer.alloc(MAX_EVENT_BYTES + 1, 'x'));
    expect(errorIn(events)).toMatchObject({ code: 'upstream_answer_too_large' });
    expect(decoder.push(stream(done))).toEqual([]);
    expect(decoder.end()).toEqual([]);
  });

  it.each(['<html>no</html>', [], null, { choices: [] }, { object: 'response', output: [] }])(
    'say that %j is no answer',
    (body) => {
      expect(decodeAnswer(body, decodeContext())).toMatchObject({ code: 'upstream_invalid_answer', status: 502 });
    },
  );
});

// V3: a server that answers JSON though a stream was asked for.
describe('a whole answer in the place of a stream', () => {
  const body = {
    id: ID,
    model: 'up',
    choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
    usage,
  };

  it('is read at its end', () => {
    const decoder = decodeStream(decodeContext());
    expect(decoder.push(Buffer.from('\n '))).toEqual([]);
    expect(decoder.push(Buffer.from(JSON.stringify(body, null, 2)))).toEqual([]);
    expect(decoder.end()).toEqual(decodeAnswer(body, decodeContext()));
  });

  it('may be an error, or break off', () => {
    expect(errorIn(read(Buffer.from('{"error":{"message":"no","code":404}}')))).toMatchObject({ status: 404 });
    expect(errorIn(read(Buffer.from(JSON.stringify(body).slice(0, 80))))).toMatchObject({
      code: 'upstream_stream_truncated',
    });
  });
});

describe('however the bytes are cut', () => {
  const context = decodeContext({ quirks: { ...PLAIN_QUIRKS, thinkTags: true } });
  const call = { index: 0, id: 'a', function: { name: 'f', arguments: '{"city":"Gént 🙂"}' } };
  const streams = [
    stream(
      chunk({ content: '<think>hm 🙂' }),
      chunk({ content: '</think>so' }),
      toolChunk(call),
      done,
      { choices: [], usage },
      '[DONE]',
    ),
    Buffer.from(
      `\ufeff: hello\r\n\r\n${stream(chunk({ content: 'é' }), done)
        .toString()
        .replaceAll('\n', '\r\n')}`,
    ),
    stream(chunk({ content: 'a' }), { error: { message: 'no' } }),
    Buffer.from(JSON.stringify({ choices: [{ message: { content: '<think>a</think>b' } }] })),
    stream(chunk({ content: 'a' })),
  ];

  it('the events are the same', () => {
    fc.assert(
      fc.property(fc.constantFrom(...streams), fc.array(fc.nat(2_000), { maxLength: 40 }), (bytes, cuts) => {
        const decoder = decodeStream(context);
        const events: AnswerEvent[] = [];
        const places = [...new Set(cuts.map((cut) => cut % bytes.length))].sort((a, b) => a - b);
        for (const [index, from] of [0, ...places].entries())
          events.push(...decoder.push(bytes.subarray(from, places[index])));
        events.push(...decoder.end());
        const whole = read(bytes, context);
        expect(JSON.stringify(events)).toBe(JSON.stringify(whole));
      }),
    );
  });
});
