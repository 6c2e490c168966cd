import OpenAI from 'openai';
import { ChatCompletionStream } from 'openai/lib/ChatCompletionStream';
import { describe, expect, it } from 'vitest';
import type { AnswerEvent, CanonicalAnswer } from '../../../src/canonical/answer.ts';
import { stateOfId, textOfState } from '../../../src/canonical/carried-state.ts';
import { GatewayError } from '../../../src/canonical/errors.ts';
import { foldAnswer } from '../../../src/canonical/fold-answer.ts';
import type { CarriedState } from '../../../src/canonical/parts.ts';
import { emptyRequest } from '../../../src/canonical/request.ts';
import { UNKNOWN_USAGE } from '../../../src/canonical/usage.ts';
import type { AnswerContext } from '../../../src/dialects/dialect.ts';
import { decodeStream } from '../../../src/dialects/openai-chat/decode-stream.ts';
import { encodeAnswer } from '../../../src/dialects/openai-chat/encode-response.ts';
import { encodeStream } from '../../../src/dialects/openai-chat/encode-stream.ts';
import { encodeChatError } from '../../../src/dialects/openai-chat/errors.ts';
import { answerContext, decodeContext } from './contexts.ts';

type Json = Record<string, unknown>;

const ID = 'chatcmpl-0197a0b27c4e700080000123456789ab';
const withUsage = answerContext({ request: { ...emptyRequest('m', 'openai-chat'), stream: true, streamUsage: true } });

const start: AnswerEvent = { type: 'start', id: 'msg_1', model: 'up' };
const finish = (
  reason: 'stop' | 'tool_calls' | 'length' | 'content_filter',
  detail: string | null = null,
): AnswerEvent => ({
  type: 'finish',
  finish: { reason, raw: null, stopSequence: null, detail },
});
const usage: AnswerEvent = {
  type: 'usage',
  usage: {
    ...UNKNOWN_USAGE,
    inputTokens: 20,
    outputTokens: 9,
    cacheReadTokens: 4,
    cacheWrite5mTokens: 6,
    reasoningTokens: 3,
  },
};
const call = (
  place: number,
  name: string,
  state: Extract<AnswerEvent, { type: 'tool_call' }>['state'] = null,
): AnswerEvent => ({
  type: 'tool_call',
  call: place,
  id: `call_${place}`,
  name,
  kind: 'function',
  state,
});
const args = (place: number, text: string): AnswerEvent => ({ type: 'tool_arguments', call: place, text });
const callEnd = (place: number): AnswerEvent => ({ type: 'tool_call_end', call: place });
const signed = { origin: 'anthropic-messages', data: 'EqoB+/=' } as const;

const everything: readonly AnswerEvent[] = [
  start,
  { type: 'reasoning', text: 'h' },
  { type: 'reasoning', text: 'm "quoted"\n' },
  { type: 'state', on: 'reasoning', state: signed },
  { type: 'text', text: 'Hi ' },
  { type: 'text', text: '🙂' },
  {
    type: 'citation',
    citation: {
      url: 'https://a.example',
      title: null,
      citedText: null,
      start: null,
      end: null,
      raw: { origin: 'gemini', value: {} },
    },
  },
  { type: 'part_end' },
  { type: 'foreign', origin: 'anthropic-messages', value: { type: 'server_tool_use' } },
  call(0, 'f'),
  args(0, '{"city":'),
  args(0, '"Ghent"}'),
  callEnd(0),
  call(1, 'g'),
  callEnd(1),
  usage,
  finish('tool_calls'),
];

function streamed(events: readonly AnswerEvent[], context: AnswerContext = answerContext()): string {
  const encoder = encodeStream(context);
  return events.map((event) => encoder.push(event)).join('') + encoder.end();
}

function chunksOf(text: string): readonly (Json | string)[] {
  const events = text.split('\n\n').filter((event) => event.startsWith('data: '));
  return events.map((event) => (event === 'data: [DONE]' ? '[DONE]' : (JSON.parse(event.slice(6)) as Json)));
}

function deltasOf(text: string): readonly Json[] {
  return chunksOf(text).flatMap((chunk) => {
    const choices = typeof chunk === 'string' ? [] : (chunk['choices'] as readonly { readonly delta: Json }[]);
    return choices.map(({ delta }) => delta);
  });
}

function whole(events: readonly AnswerEvent[], context: AnswerContext = answerContext()): Json {
  return JSON.parse(encodeAnswer(foldAnswer(events), context)) as Json;
}

function messageOf(body: Json): Json {
  const [choice] = body['choices'] as readonly Json[];
  return choice?.['message'] as Json;
}

// A34.
describe('a stream of chunks', () => {
  it('has the role first, the pieces, the finish, and the end', () => {
    const carriedId = deltasOf(streamed(everything))
      .flatMap((delta) => (delta['tool_calls'] ?? []) as readonly Json[])
      .map(({ id }) => id)
      .find((id) => typeof id === 'string');
    expect(deltasOf(streamed(everything))).toEqual([
      { role: 'assistant', content: '' },
      { reasoning_content: 'h' },
      { reasoning_content: 'm "quoted"\n' },
      { thinking_blocks: [{ index: 0, type: 'thinking', thinking: '', signature: textOfState(signed) }] },
      { content: 'Hi ' },
      { content: '🙂' },
      {
        annotations: [
          {
            type: 'url_citation',
            url_citation: { start_index: 0, end_index: 5, url: 'https://a.example', title: 'https://a.example' },
          },
        ],
      },
      { tool_calls: [{ index: 0, id: carriedId, type: 'function', function: { name: 'f', arguments: '' } }] },
      { tool_calls: [{ index: 0, function: { arguments: '{"city":' } }] },
      { tool_calls: [{ index: 0, function: { arguments: '"Ghent"}' } }] },
      { tool_calls: [{ index: 1, id: 'call_1', type: 'function', function: { name: 'g', arguments: '' } }] },
      { tool_calls: [{ index: 1, function: { arguments: '{}' } }] },
      {},
    ]);
    expect(chunksOf(streamed(everything)).at(-1)).toBe('[DONE]');
  });

  it('says in every chunk which answer it is of', () => {
    for (const chunk of chunksOf(streamed(everything)).slice(0, -1)) {
      expect(chunk).toMatchObject({ id: ID, object: 'chat.completion.chunk', created: 1_790_000_000, model: 'up' });
      expect(chunk).not.toHaveProperty('usage');
    }
  });

  it('has the usage last, and only when it was asked for', () => {
    const chunks = chunksOf(streamed(everything, withUsage));
    const told = {
      prompt_tokens: 20,
      completion_tokens: 9,
      total_tokens: 29,
      prompt_tokens_details: { cached_tokens: 4, cache_write_tokens: 6 },
      completion_tokens_details: { reasoning_tokens: 3 },
    };
    expect(chunks.at(-2)).toEqual({
      id: ID,
      object: 'chat.completion.chunk',
      created: 1_790_000_000,
      model: 'up',
      choices: [],
      usage: told,
    });
    for (const chunk of chunks.slice(0, -2)) expect(chunk).toMatchObject({ usage: null });
  });

  it('has no usage that nobody told', () => {
    expect(chunksOf(streamed([start, finish('stop')], withUsage)).at(-2)).toMatchObject({ usage: null });
  });

  // A36.
  it('ends in an error without [DONE]', () => {
    const encoder = encodeStream(answerContext());
    encoder.push(start);
    const text = encoder.push({ type: 'error', error: new GatewayError('upstream_error', 'Upstream broke.') });
    expect(chunksOf(text)).toEqual([
      { error: { message: 'Upstream broke.', type: 'upstream_error', param: null, code: 'upstream_error' } },
    ]);
  });

  it('is kept alive by what no client reads', () => {
    const decoder = decodeStream(decodeContext());
    expect(decoder.push(Buffer.from(encodeStream(answerContext()).keepAlive()))).toEqual([]);
  });

  it('writes custom calls, images, refusals and log probabilities', () => {
    const tokens = [{ token: 'a', logprob: -1, bytes: null, top: [] }];
    const text = streamed([
      start,
      { type: 'logprobs', tokens },
      { type: 'image', mediaType: 'image/png', data: 'AAA' },
      { type: 'tool_call', call: 0, id: 'c', name: 'patch', kind: 'custom', state: null },
      args(0, 'x'),
      callEnd(0),
      { type: 'refusal', text: 'no' },
      finish('content_filter', 'because'),
    ]);
    expect(deltasOf(text).slice(1)).toEqual([
      {},
      { images: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAA' }, index: 0 }] },
      { tool_calls: [{ index: 0, id: 'c', type: 'custom', custom: { name: 'patch', input: '' } }] },
      { tool_calls: [{ index: 0, custom: { input: 'x' } }] },
      { refusal: 'no' },
      { refusal: 'because' },
      {},
    ]);
    const [, chunk] = chunksOf(text);
    expect(chunk).toMatchObject({ choices: [{ logprobs: { content: [{ token: 'a', top_logprobs: [] }] } }] });
  });

  it('speaks to clients that know functions only', () => {
    const context = answerContext({ body: { functions: [{ name: 'f' }] } });
    const events = [start, call(0, 'f'), args(0, '{}'), callEnd(0), call(1, 'g'), callEnd(1), finish('tool_calls')];
    const text = streamed(events, context);
    expect(deltasOf(text).slice(1)).toEqual([
      { function_call: { name: 'f', arguments: '' } },
      { function_call: { arguments: '{}' } },
      {},
    ]);
    expect(text).toContain('"finish_reason":"function_call"');
    expect(messageOf(whole(events, context))).toEqual({
      role: 'assistant',
      content: null,
      refusal: null,
      function_call: { name: 'f', arguments: '{}' },
    });
  });
});

describe('a state on its way through a client', () => {
  const idsOf = (body: Json) => ((messageOf(body)['tool_calls'] ?? []) as readonly Json[]).map(({ id }) => String(id));
  const own = { origin: 'gemini', data: 'sig' } as const;

  it('rides on the next call where it is of the thoughts, once', () => {
    const ids = idsOf(whole(everything));
    expect(ids.map((id) => stateOfId(id))).toEqual([
      { id: 'call_0', state: signed },
      { id: 'call_1', state: null },
    ]);
    const inStream = deltasOf(streamed(everything)).flatMap((delta) => (delta['tool_calls'] ?? []) as readonly Json[]);
    expect(inStream.flatMap(({ id }) => (typeof id === 'string' ? [id] : []))).toEqual(ids);
  });

  it('rides on its own call', () => {
    const events = [start, call(0, 'f', own), callEnd(0), call(1, 'g'), callEnd(1), finish('tool_calls')];
    expect(idsOf(whole(events)).map((id) => stateOfId(id).state)).toEqual([own, null]);
  });

  it('stands in its own place where it is of this dialect', () => {
    const details = { origin: 'openai-chat', data: '[{"type":"reasoning.text","signature":"s"}]' } as const;
    const extra = { origin: 'openai-chat', data: '{"google":{"thought_signature":"t"}}' } as const;
    const events: AnswerEvent[] = [
      start,
      { type: 'reasoning', text: 'hm' },
      { type: 'state', on: 'reasoning', state: details },
      call(0, 'f', extra),
      callEnd(0),
      finish('tool_calls'),
    ];
    expect(messageOf(whole(events))).toMatchObject({
      reasoning_details: [{ type: 'reasoning.text', signature: 's', text: 'hm' }],
      tool_calls: [{ id: 'call_0', extra_content: { google: { thought_signature: 't' } } }],
    });
    expect(streamed(events)).toContain('"reasoning_details":[{"type":"reasoning.text","signature":"s"}]');
  });

  // A31.
  it('is told in blocks, as LiteLLM tells those of Anthropic, whoever thought; so are thoughts without one', () => {
    const redacted = { ...signed, data: 'redacted:x' };
    const events: AnswerEvent[] = [
      ...everything.slice(0, 4),
      { type: 'state', on: 'reasoning', state: redacted },
      { type: 'reasoning', text: 'So' },
      { type: 'state', on: 'reasoning', state: own },
      { type: 'reasoning', text: 'be it.' },
      { type: 'text', text: 'Yes.' },
      finish('stop'),
    ];
    const block = (thinking: string, state: CarriedState | null): Json => {
      return { type: 'thinking', thinking, signature: textOfState(state) };
    };
    expect(messageOf(whole(events))).toMatchObject({
      reasoning_content: 'hm "quoted"\nSobe it.',
      thinking_blocks: [block('hm "quoted"\n', signed), block('', redacted), block('So', own), block('be it.', null)],
    });
    const inStream = deltasOf(streamed(events)).flatMap((delta) => delta['thinking_blocks'] ?? []);
    expect(inStream).toEqual([signed, redacted, own, null].map((state, index) => ({ index, ...block('', state) })));
  });

  it('is told before what comes behind the thoughts', () => {
    const thought: AnswerEvent = { type: 'reasoning', text: 'hm' };
    for (const next of [call(0, 'f'), { type: 'part_end' }, { type: 'refusal', text: 'No.' }] as AnswerEvent[]) {
      const deltas = deltasOf(streamed([start, thought, next, finish('stop')]));
      expect(deltas.findIndex((delta) => 'thinking_blocks' in delta)).toBe(2);
      expect(deltas.filter((delta) => 'thinking_blocks' in delta)).toHaveLength(1);
    }
  });
});

describe('a whole answer', () => {
  it('has its members', () => {
    const body = whole(everything);
    expect(body).toMatchObject({
      id: ID,
      object: 'chat.completion',
      created: 1_790_000_000,
      model: 'up',
      choices: [{ index: 0, finish_reason: 'tool_calls', logprobs: null }],
      usage: { prompt_tokens: 20, completion_tokens: 9, total_tokens: 29 },
    });
    expect(messageOf(body)).toMatchObject({
      role: 'assistant',
      content: 'Hi 🙂',
      refusal: null,
      reasoning_content: 'hm "quoted"\n',
      tool_calls: [{ function: { arguments: '{"city":"Ghent"}' } }, { function: { arguments: '{}' } }],
      annotations: [{ url_citation: { start_index: 0, end_index: 5 } }],
    });
  });

  it.each<[string, readonly AnswerEvent[], Json]>([
    ['calls alone', [call(0, 'f'), callEnd(0), finish('tool_calls')], { content: null }],
    ['nothing', [finish('stop')], { content: '' }],
    ['what was held back', [finish('content_filter', 'unsafe')], { content: null, refusal: 'unsafe' }],
    ['a refusal', [{ type: 'refusal', text: 'no' }, finish('stop')], { content: null, refusal: 'no' }],
  ])('says %s', (_name, events, message) => {
    const body = whole([start, ...events]);
    expect(messageOf(body)).toMatchObject(message);
    if (!('tool_calls' in messageOf(body))) expect(JSON.stringify(body)).not.toContain('tool_calls":[]');
    expect(body).not.toHaveProperty('usage');
  });

  it('has the name that was asked for where the upstream says none', () => {
    expect(whole([{ type: 'start', id: null, model: null }, finish('stop')])).toMatchObject({ model: 'm' });
  });
});

describe('an error of the front', () => {
  it("has OpenAI's shape, and a status that its SDKs know", () => {
    const error = new GatewayError('upstream_error', 'Overloaded', { status: 529, upstreamType: 'overloaded_error' });
    expect(encodeChatError(error).status).toBe(503);
    expect(JSON.parse(encodeChatError(error).body)).toEqual({
      error: { message: 'Overloaded', type: 'overloaded_error', param: null, code: 'upstream_error' },
    });
  });
});

// The vendor's own reader of streams, fed with what is written here.
describe("OpenAI's SDK", () => {
  function clientOf(body: string, contentType: string, status = 200): OpenAI {
    const answer = () => Promise.resolve(new Response(body, { status, headers: { 'content-type': contentType } }));
    return new OpenAI({ apiKey: 'k', baseURL: 'http://gateway.invalid/v1', fetch: answer, maxRetries: 0 });
  }
  const asked = { model: 'm', messages: [{ role: 'user', content: 'hi' }] } as const;
  const params = { ...asked, messages: [...asked.messages] };

  it('puts a stream together', async () => {
    const client = clientOf(streamed(everything, withUsage), 'text/event-stream');
    const stream = client.chat.completions.stream({ ...params, stream_options: { include_usage: true } });
    expect(stream).toBeInstanceOf(ChatCompletionStream);
    const done: string[] = [];
    stream.on('tool_calls.function.arguments.done', ({ name, arguments: text }) => done.push(`${name} ${text}`));
    const completion = await stream.finalChatCompletion();
    expect(completion.choices[0]?.message).toMatchObject({
      content: 'Hi 🙂',
      tool_calls: [{ function: { name: 'f' } }, { id: 'call_1', function: { name: 'g', arguments: '{}' } }],
    });
    expect(done).toEqual(['f {"city":"Ghent"}', 'g {}']);
    expect(completion.usage).toMatchObject({ prompt_tokens: 20, total_tokens: 29 });
    expect(completion.choices[0]?.finish_reason).toBe('tool_calls');
  });

  it('raises the error of a stream', async () => {
    const encoder = encodeStream(answerContext());
    const failed = encoder.push({ type: 'error', error: new GatewayError('upstream_error', 'Upstream broke.') });
    const body = encoder.push(start) + encoder.push({ type: 'text', text: 'a' }) + failed;
    const stream = await clientOf(body, 'text/event-stream').chat.completions.create({ ...params, stream: true });
    const read = async () => {
      for await (const chunk of stream) expect(chunk.id).toBe(ID);
    };
    await expect(read()).rejects.toThrow('Upstream broke.');
  });

  it('reads a whole answer and an error', async () => {
    const answer: CanonicalAnswer = foldAnswer(everything);
    const client = clientOf(encodeAnswer(answer, answerContext()), 'application/json');
    const completion = await client.chat.completions.create(params);
    expect(completion.choices[0]?.message.content).toBe('Hi 🙂');
    const { status, body } = encodeChatError(new GatewayError('model_not_found', 'There is no model of that name.'));
    const failing = clientOf(body, 'application/json', status).chat.completions.create(params);
    await expect(failing).rejects.toMatchObject({ status: 404, code: 'model_not_found' });
  });
});
