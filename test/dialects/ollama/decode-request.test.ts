import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeGenerateRequest, decodeRequest, streamOf } from '../../../src/dialects/ollama/decode-request.ts';
import { emptyRequest } from '../../../src/canonical/request.ts';
import { idWithState } from '../../../src/canonical/carried-state.ts';
import { isLoadRequest, isUnloadRequest, loadAnswer } from '../../../src/dialects/ollama/load.ts';
import { ollama } from '../../../src/dialects/ollama/index.ts';
import { TARGET } from './contexts.ts';
import { textPart } from '../../../src/canonical/parts.ts';
import type { CanonicalRequest, Message } from '../../../src/canonical/request.ts';
import type { JsonObject } from '../../../src/canonical/parts.ts';

const ASKED = { model: 'gpt-5', stream: true };
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk';

function decode(body: JsonObject): CanonicalRequest {
  return decodeRequest({ model: 'gpt-5', messages: [], ...body }, ASKED);
}

function messagesOf(...messages: JsonObject[]): readonly Message[] {
  return decode({ messages }).messages;
}

describe('a request of an Ollama client', () => {
  it('is read whole: messages, tools, form, thinking, options', () => {
    const schema = { type: 'object' };
    const definition = { name: 'f', description: 'does', parameters: schema };
    const request = decode({
      messages: [
        { role: 'System', content: 'Be brief.' },
        { role: 'user', content: 'What is it?', images: [PNG] },
      ],
      tools: [{ type: 'function', function: definition }],
      format: schema,
      think: 'high',
      logprobs: true,
      top_logprobs: 2,
      keep_alive: '10m',
      options: {
        temperature: 0.5,
        top_p: 0.9,
        top_k: 40,
        seed: 7,
        frequency_penalty: 0.1,
        presence_penalty: 0.2,
        num_predict: 100,
        stop: ['END'],
        num_ctx: 4_096,
        min_p: 0.05,
      },
    });
    expect(request).toEqual({
      ...emptyRequest('gpt-5', 'ollama'),
      stream: true,
      streamUsage: true,
      messages: [
        { role: 'system', content: [textPart('Be brief.')] },
        {
          role: 'user',
          content: [
            { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: PNG }, detail: null, cache: null },
            textPart('What is it?'),
          ],
        },
      ],
      tools: [{ kind: 'function', ...definition, strict: null, namespace: null, cache: null }],
      output: { kind: 'schema', schema, name: null, description: null, strict: null },
      reasoning: { effort: 'high', budgetTokens: null, shown: true },
      sampling: { temperature: 0.5, topP: 0.9, topK: 40, seed: 7, frequencyPenalty: 0.1, presencePenalty: 0.2 },
      maxOutputTokens: 100,
      stop: ['END'],
      logprobs: { top: 2 },
      extras: { origin: 'ollama', fields: { keep_alive: '10m', options: { num_ctx: 4_096, min_p: 0.05 } } },
    });
  });

  // As Zed writes it (`crates/ollama`): null for what it does not say, tools always there, results without ids.
  it('may be full of null', () => {
    const request = decode({
      messages: [
        { role: 'user', content: 'hi' },
        {
          role: 'assistant',
          content: '',
          tool_calls: [{ function: { name: 'now', arguments: {} } }],
          thinking: null,
        },
        { role: 'tool', tool_name: 'now', content: '12:00' },
      ],
      keep_alive: -1,
      options: { num_ctx: 4_096, num_predict: null, stop: [], temperature: 1, top_p: null },
      tools: [],
      think: null,
    });
    expect(request.messages.slice(1)).toEqual([
      {
        role: 'assistant',
        content: [
          {
            type: 'tool_call',
            id: 'call_1_0',
            name: 'now',
            arguments: '{}',
            kind: 'function',
            state: null,
            cache: null,
          },
        ],
      },
      {
        role: 'tool',
        results: [{ callId: 'call_1_0', name: 'now', content: [textPart('12:00')], isError: null, cache: null }],
      },
    ]);
    expect(request).toMatchObject({ reasoning: null, maxOutputTokens: null, tools: [] });
    expect(request.extras.fields).toEqual({ keep_alive: -1, options: { num_ctx: 4_096 } });
  });

  it('has results that find their calls by name and order, and by id where there is one', () => {
    const calls = ['a', 'b', 'a'].map((name) => ({ function: { name, arguments: { n: 1 } } }));
    const [, results] = messagesOf(
      { role: 'assistant', tool_calls: calls },
      { role: 'tool', tool_name: 'b', content: '1' },
      { role: 'tool', tool_name: 'a', content: '2' },
      { role: 'tool', content: '3' },
      { role: 'tool', tool_name: 'a', content: '4' },
    );
    const ids = results?.role === 'tool' ? results.results.map(({ callId, name }) => [callId, name]) : [];
    expect(ids).toEqual([
      ['call_0_1', 'b'],
      ['call_0_0', 'a'],
      ['call_0_2', 'a'],
      ['call_unknown', 'a'],
    ]);
    const [, byId] = messagesOf(
      { role: 'assistant', tool_calls: calls.map((call, index) => ({ id: `x${index}`, ...call })) },
      { role: 'tool', tool_call_id: 'x2', content: '1' },
      { role: 'tool', tool_call_id: 'other', tool_name: 'c', content: '2' },
    );
    expect(byId).toMatchObject({
      results: [
        { callId: 'x2', name: 'a' },
        { callId: 'other', name: 'c' },
      ],
    });
  });

  it('brings state of another provider back that rode on the id of a call', () => {
    const state = { origin: 'gemini', data: 'signature/+=' } as const;
    const id = idWithState('call_1', state);
    const messages = messagesOf(
      { role: 'assistant', thinking: 'Hm', tool_calls: [{ id, function: { name: 'f', arguments: { a: 1 } } }] },
      { role: 'tool', tool_call_id: id, content: 'ok' },
    );
    expect(messages).toMatchObject([
      {
        content: [
          { type: 'reasoning', text: 'Hm' },
          { type: 'tool_call', id: 'call_1', state, arguments: '{"a":1}' },
        ],
      },
      { results: [{ callId: 'call_1', name: 'f' }] },
    ]);
  });

  it.each([
    [PNG, 'image', 'image/png'],
    [`data:image/png;base64,${PNG}`, 'image', 'image/png'],
    [Buffer.from([0xff, 0xd8, 0xff, 0xe0]).toString('base64'), 'image', 'image/jpeg'],
    [Buffer.from('GIF89a').toString('base64'), 'image', 'image/gif'],
    [Buffer.from('RIFF1234WEBPVP8 ').toString('base64'), 'image', 'image/webp'],
    [Buffer.from('RIFF1234WAVEfmt ').toString('base64'), 'audio', 'audio/wav'],
    [Buffer.from('ID3\x04').toString('base64'), 'audio', 'audio/mpeg'],
    [Buffer.from([0xff, 0xfb, 0x90]).toString('base64'), 'audio', 'audio/mpeg'],
  ])('has media in images that are known by their bytes: %s', (data, type, mediaType) => {
    const [message] = messagesOf({ role: 'user', content: '', images: [data] });
    expect(message).toMatchObject({ content: [{ type, source: { kind: 'base64', mediaType } }] });
  });

  it.each([
    [true, { effort: 'medium', budgetTokens: null, shown: true }],
    [false, { effort: 'none', budgetTokens: null, shown: null }],
    ['low', { effort: 'low', budgetTokens: null, shown: true }],
    ['max', { effort: 'max', budgetTokens: null, shown: true }],
    [undefined, null],
  ])('wishes with think: %s', (think, reasoning) => {
    expect(decode({ think }).reasoning).toEqual(reasoning);
  });

  it('keeps what it does not know, and a limit that is none', () => {
    const { extras, maxOutputTokens, stop } = decode({
      shift: false,
      truncate: true,
      _debug_render_only: true,
      nothing: null,
      options: { num_predict: -1, stop: 'END', mirostat: 1 },
    });
    expect(extras.fields).toEqual({
      shift: false,
      truncate: true,
      _debug_render_only: true,
      options: { mirostat: 1, num_predict: -1 },
    });
    expect({ maxOutputTokens, stop }).toEqual({ maxOutputTokens: null, stop: ['END'] });
    expect(decode({ truncate: false }).extras.fields).toEqual({});
  });

  it.each([
    [{ messages: 'hi' }, 'messages'],
    [{ messages: ['hi'] }, 'messages[0]'],
    [{ messages: [{ content: 'hi' }] }, 'messages[0].role'],
    [{ messages: [{ role: 'bot', content: 'hi' }] }, 'messages[0].role'],
    [{ messages: [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }] }, 'messages[0].content'],
    [{ messages: [{ role: 'user', images: [7] }] }, 'messages[0].images[0]'],
    [{ messages: [{ role: 'assistant', tool_calls: [{}] }] }, 'messages[0].tool_calls[0].function'],
    [{ messages: [{ role: 'assistant', tool_calls: [{ function: {} }] }] }, 'messages[0].tool_calls[0].function.name'],
    [
      { messages: [{ role: 'assistant', tool_calls: [{ function: { name: 'f', arguments: [1] } }] }] },
      'messages[0].tool_calls[0].function.arguments',
    ],
    [{ tools: {} }, 'tools'],
    [{ tools: [{ type: 'function' }] }, 'tools[0].function'],
    [{ tools: [{ type: 'function', function: { parameters: {} } }] }, 'tools[0].function.name'],
    [{ format: 'xml' }, 'format'],
    [{ think: 'hard' }, 'think'],
    [{ options: [] }, 'options'],
    [{ options: { temperature: 'hot' } }, 'options.temperature'],
    [{ options: { num_predict: 1.5 } }, 'options.num_predict'],
    [{ options: { stop: [1] } }, 'options.stop[0]'],
    [{ top_logprobs: -1 }, 'top_logprobs'],
  ])('is refused with the path of what is wrong: %j', (body, param) => {
    expect(() => decode(body)).toThrow(expect.objectContaining({ status: 400, param }));
  });

  it('is a stream unless it says that it is not', () => {
    expect([{}, { stream: null }, { stream: true }, { stream: false }].map(streamOf)).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });
});

describe('a request to the older endpoint', () => {
  it('has a prompt, a system message and images', () => {
    const body = { prompt: 'Why?', system: 'Be brief.', images: [PNG], think: false, raw: false, suffix: ' end' };
    const request = decodeGenerateRequest({ model: 'm', ...body }, { model: 'm', stream: false });
    expect(request.messages).toMatchObject([
      { role: 'system', content: [{ text: 'Be brief.' }] },
      { role: 'user', content: [{ type: 'image' }, { text: 'Why?' }] },
    ]);
    expect(request.reasoning?.effort).toBe('none');
    expect(request.extras.fields).toEqual({ raw: false, suffix: ' end' });
  });
});

describe('a request that only loads a model', () => {
  it.each([
    [{ model: 'm' }, true, false],
    [{ model: 'm', messages: [] }, true, false],
    [{ model: 'm', prompt: '' }, true, false],
    [{ model: 'm', messages: [], keep_alive: 0 }, true, true],
    [{ model: 'm', keep_alive: '0s' }, true, true],
    [{ model: 'm', keep_alive: '0h0m0s' }, true, true],
    [{ model: 'm', keep_alive: '10m' }, true, false],
    [{ model: 'm', keep_alive: -1 }, true, false],
    [{ model: 'm', prompt: 'hi', keep_alive: 0 }, false, false],
    [{ model: 'm', messages: [{ role: 'user', content: 'hi' }], keep_alive: 0 }, false, false],
  ])('is %j: %s, or unloads it: %s', (body, loads, unloads) => {
    expect([isLoadRequest(body), isUnloadRequest(body)]).toEqual([loads, unloads]);
  });

  it('is answered as Ollama does', () => {
    const asked = { endpoint: 'chat', body: { keep_alive: 0 }, createdAt: Date.UTC(2026, 10, 20) } as const;
    expect(JSON.parse(loadAnswer('m', asked))).toEqual({
      model: 'm',
      created_at: '2026-11-20T00:00:00.000Z',
      message: { role: 'assistant', content: '' },
      done: true,
      done_reason: 'unload',
    });
    expect(JSON.parse(loadAnswer('m', { ...asked, endpoint: 'generate', body: {} }))).toMatchObject({
      response: '',
      done_reason: 'load',
    });
  });
});

const word = fc.string({ minLength: 1, maxLength: 12 });
const call = fc.record({
  type: fc.constant('tool_call' as const),
  name: word,
  arguments: fc.dictionary(word, fc.oneof(word, fc.integer(), fc.boolean())).map((value) => JSON.stringify(value)),
  kind: fc.constant('function' as const),
  state: fc.constant(null),
  cache: fc.constant(null),
});

/** A question, calls with their results, and an answer: what a conversation of an agent is made of. */
const turn = fc
  .record({
    question: word,
    thought: fc.option(word),
    calls: fc.array(call, { minLength: 1, maxLength: 3 }),
    result: word,
    answer: word,
    seed: fc.nat(),
  })
  .map(({ question, thought, calls, result, answer, seed }): Message[] => {
    const ids = calls.map((one, index) => ({ ...one, id: `call_${seed}_${index}` }));
    return [
      { role: 'user', content: [textPart(question)] },
      {
        role: 'assistant',
        content: [...(thought === null ? [] : [{ type: 'reasoning' as const, text: thought, state: null }]), ...ids],
      },
      {
        role: 'tool',
        results: ids.map(({ id, name }) => ({
          callId: id,
          name,
          content: [textPart(result)],
          isError: null,
          cache: null,
        })),
      },
      { role: 'assistant', content: [textPart(answer)] },
    ];
  });

const sampling = fc.record({
  temperature: fc.option(fc.double({ min: 0, max: 2, noNaN: true })),
  topP: fc.option(fc.constant(0.9)),
  topK: fc.option(fc.nat(100)),
  seed: fc.option(fc.nat()),
  frequencyPenalty: fc.option(fc.constant(0.5)),
  presencePenalty: fc.option(fc.constant(-0.5)),
});

const request = fc
  .record({
    stream: fc.boolean(),
    turns: fc.array(turn, { maxLength: 3 }),
    sampling,
    maxOutputTokens: fc.option(fc.nat(10_000)),
    stop: fc.array(word, { maxLength: 3 }),
    logprobs: fc.option(fc.record({ top: fc.nat(20) })),
    thinks: fc.constantFrom(null, 'none' as const, 'medium' as const),
    keepAlive: fc.option(fc.constantFrom('5m', -1)),
  })
  .map(({ turns, thinks, keepAlive, ...rest }): CanonicalRequest => ({
    ...emptyRequest(TARGET.model, 'ollama'),
    ...rest,
    streamUsage: true,
    messages: turns.flat(),
    reasoning: thinks === null ? null : { effort: thinks, budgetTokens: null, shown: thinks === 'none' ? null : true },
    extras: {
      origin: 'ollama',
      fields: { ...(keepAlive === null ? {} : { keep_alive: keepAlive }), options: { num_ctx: 4_096 } },
    },
  }));

describe('the round trip', () => {
  it('gives what was sent, where nothing was dropped', () => {
    fc.assert(
      fc.property(request, (sent) => {
        const { body, dropped } = ollama.back.encodeRequest(sent, TARGET);
        expect(dropped).toEqual([]);
        const json = JSON.parse(JSON.stringify(body)) as JsonObject;
        expect(decodeRequest(json, { model: TARGET.model, stream: sent.stream })).toEqual(sent);
        expect(json['stream']).toBe(sent.stream);
      }),
    );
  });
});
