import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asked, decoding, streamed, whole } from './contexts.ts';
import { foldAnswer } from '../../../src/canonical/fold-answer.ts';
import { GatewayError } from '../../../src/canonical/errors.ts';
import { MAX_EVENT_BYTES } from '../../../src/dialects/sse-frames.ts';
import { ollama } from '../../../src/dialects/ollama/index.ts';
import type { AnswerEvent } from '../../../src/canonical/answer.ts';
import type { JsonObject } from '../../../src/canonical/parts.ts';

const TIME = '2026-11-20T10:00:00.1Z';
const line = (message: JsonObject, more: JsonObject = {}): JsonObject => ({
  model: 'qwen3:8b',
  created_at: TIME,
  message: { role: 'assistant', content: '', ...message },
  done: false,
  ...more,
});
const DONE = line({}, { done: true, done_reason: 'stop', prompt_eval_count: 5, eval_count: 3 });
const call = (name: string, value: unknown, id?: string): JsonObject => ({
  ...(id === undefined ? {} : { id }),
  function: { index: 0, name, arguments: value },
});

function bytesOf(lines: readonly (JsonObject | string)[]): Buffer {
  return Buffer.from(lines.map((one) => `${typeof one === 'string' ? one : JSON.stringify(one)}\n`).join(''));
}

function eventsOf(...lines: (JsonObject | string)[]): readonly AnswerEvent[] {
  return streamed([bytesOf(lines)]);
}

function lastError(events: readonly AnswerEvent[]): GatewayError {
  const last = events.at(-1);
  if (last?.type !== 'error') throw new Error(`ended with ${last?.type ?? 'nothing'}`);
  return last.error;
}

describe('a stream of Ollama', () => {
  it('has one answer, whatever its lines hold together (O13)', () => {
    expect(
      eventsOf(line({ thinking: 'Hm', content: 'Hi', tool_calls: [call('f', { a: 1 }, 'call_1')] }), DONE),
    ).toEqual([
      { type: 'start', id: null, model: 'qwen3:8b' },
      { type: 'reasoning', text: 'Hm' },
      { type: 'text', text: 'Hi' },
      { type: 'tool_call', call: 0, id: 'call_1', name: 'f', kind: 'function', state: null },
      { type: 'tool_arguments', call: 0, text: '{"a":1}' },
      { type: 'tool_call_end', call: 0 },
      { type: 'usage', usage: expect.objectContaining({ inputTokens: 5, outputTokens: 3 }) as unknown },
      { type: 'finish', finish: { reason: 'tool_calls', raw: 'stop', stopSequence: null, detail: null } },
    ]);
  });

  it('gives calls without ids some of their own, the same whenever they are read, and counts them (O11)', () => {
    const lines = [line({ tool_calls: [call('f', {}), call('f', {})] }), line({ tool_calls: [call('g', null)] }), DONE];
    const { content } = foldAnswer(eventsOf(...lines));
    const ids = content.map(({ part }) => (part.type === 'tool_call' ? part.id : ''));
    expect(new Set(ids).size).toBe(3);
    expect(ids.every((id) => /^call_[0-9a-f]{12}$/.test(id))).toBe(true);
    expect(foldAnswer(eventsOf(...lines)).content).toEqual(content);
    expect(content.map(({ part }) => part.type === 'tool_call' && part.arguments)).toEqual(['{}', '{}', '{}']);
  });

  it('has a call that is whole in an early line, and ends with tool_calls all the same (O10)', () => {
    const answer = foldAnswer(eventsOf(line({ tool_calls: [call('f', {}, 'a')] }), line({ content: 'Done.' }), DONE));
    expect(answer.finish?.reason).toBe('tool_calls');
    expect(answer.content).toHaveLength(2);
  });

  it('leaves calls out that nobody can make, and reads arguments that are a text', () => {
    const calls = [
      { function: { arguments: {} } },
      {},
      null,
      call('', {}),
      call('f', '{"a": 1}', 'x'),
      call('g', 'no', 'y'),
    ];
    const { content } = foldAnswer(eventsOf(line({ tool_calls: calls }), DONE));
    expect(content.map(({ part }) => part.type === 'tool_call' && [part.name, part.arguments])).toEqual([
      ['f', '{"a":1}'],
      ['g', 'no'],
    ]);
  });

  it('gives the text back to a tool that takes any text', () => {
    const tools = [{ kind: 'custom', name: 'apply_patch', description: null, format: null }] as const;
    const bytes = bytesOf([line({ tool_calls: [call('apply_patch', { input: '*** Begin' }, 'a')] }), DONE]);
    const { content } = foldAnswer(streamed([bytes], decoding(asked({ tools }))));
    expect(content[0]?.part).toMatchObject({ kind: 'custom', arguments: '*** Begin' });
  });

  it('tells nothing of tokens that the last line does not count (O12)', () => {
    const { usage } = foldAnswer(eventsOf(line({}, { done: true, eval_count: 3 })));
    expect(usage).toMatchObject({ inputTokens: null, outputTokens: 3, cacheReadTokens: null });
    const odd = line({}, { done: true, prompt_eval_count: '5', eval_count: -1 });
    expect(foldAnswer(eventsOf(odd)).usage).toBeNull();
  });

  it('has log probabilities where they were asked for', () => {
    const token = { token: 'Hi', logprob: -0.1, bytes: [72, 105] };
    const logprobs = [{ ...token, top_logprobs: [token, { token: 'Ho', logprob: -2 }, { token: 5 }] }, 'x'];
    expect(foldAnswer(eventsOf(line({ content: 'Hi' }, { logprobs }), DONE)).logprobs).toEqual([
      { ...token, top: [token, { token: 'Ho', logprob: -2, bytes: null }] },
    ]);
  });

  it('separates thoughts that are left in the text, wherever the tags are cut (O9)', () => {
    const pieces = ['<th', 'ink>\nThe', ' user</thi', 'nk>\n\nIt is', ' 42.'].map((content) => line({ content }));
    expect(foldAnswer(eventsOf(...pieces, DONE)).content.map(({ part }) => part)).toMatchObject([
      { type: 'reasoning', text: 'The user' },
      { type: 'text', text: 'It is 42.' },
    ]);
  });

  it('may be of the older endpoint', () => {
    const first = { model: 'm', created_at: TIME, response: '', thinking: 'Hm', done: false };
    const last = { model: 'm', created_at: TIME, response: 'Hi', done: true, done_reason: 'length', context: [1, 2] };
    const answer = foldAnswer(eventsOf(first, last));
    expect(answer.content.map(({ part }) => part)).toMatchObject([{ text: 'Hm' }, { text: 'Hi' }]);
    expect(answer.finish?.reason).toBe('length');
  });

  it('is not ended by what is no JSON, by blank lines or by a missing last line end', () => {
    const text = ['', 'nonsense', '[1]', '7', JSON.stringify(line({ content: 'Hi' })), '  ', JSON.stringify(DONE)];
    const answer = foldAnswer(streamed([Buffer.from(text.join('\r\n'))]));
    expect(answer.content).toHaveLength(1);
    expect(answer.finish?.reason).toBe('stop');
  });

  it.each([
    ['nothing at all', []],
    ['half a line', ['{"model":"m","message":{"content":"H']],
    ['no last line', [line({ content: 'Hi' })]],
    ['a page', ['<html>', '<body>502 Bad Gateway</body>']],
  ])('that was cut off after %s is truncated', (_, lines) => {
    const events = eventsOf(...lines);
    expect(lastError(events)).toMatchObject({ code: 'upstream_stream_truncated', retryable: true });
    expect(events.filter(({ type }) => type === 'error')).toHaveLength(1);
  });

  it.each([
    [{ error: 'an error was encountered while running the model: unexpected EOF' }, 'upstream_error', 502],
    [
      { error: 'server busy, please try again.  maximum pending requests exceeded', status: 503 },
      'upstream_error',
      503,
    ],
    [{ error: 'server busy, please try again.  maximum pending requests exceeded' }, 'upstream_error', 503],
    [{ error: '{"error":{"code":500,"message":"CUDA error: out of memory"}}' }, 'upstream_error', 500],
    [{ error: 'the input length exceeds the context length' }, 'context_length_exceeded', 400],
    [{ error: { message: 'no', type: 'api_error' } }, 'upstream_error', 502],
    [{ error: [1] }, 'upstream_error', 502],
  ])('that breaks off with %j is an error, and nothing comes behind it (O13, O14)', (error, code, status) => {
    const events = eventsOf(line({ content: 'Hi' }), error, line({ content: 'more' }), DONE);
    expect(lastError(events)).toMatchObject({ code, status });
    expect(lastError(events).message).toMatch(/^ollama broke off with an error: /);
    expect(events.map(({ type }) => type)).toEqual(['start', 'text', 'error']);
  });

  it('is refused with a line over the limit, however it comes', () => {
    const long = Buffer.from(`${JSON.stringify(line({ content: 'x'.repeat(MAX_EVENT_BYTES) }))}\n`);
    const end = bytesOf([DONE]);
    for (const pieces of [[Buffer.concat([long, end])], [long.subarray(0, 5_000_000), long.subarray(5_000_000), end]]) {
      expect(lastError(streamed(pieces))).toMatchObject({ code: 'upstream_answer_too_large' });
    }
    const decoder = ollama.back.decodeStream(decoding());
    expect(decoder.push(long.subarray(0, MAX_EVENT_BYTES + 1))).toHaveLength(1);
    expect([...decoder.push(long), ...decoder.end()]).toEqual([]);
  });

  it('never throws, whatever the bytes are, and always ends', () => {
    const value = fc.jsonValue({ maxDepth: 4 });
    const odd = fc.record({ message: value, done: value, error: fc.option(value), logprobs: value, response: value });
    const odder = fc.record({ message: fc.record({ content: value, thinking: value, tool_calls: fc.array(value) }) });
    const text = fc.oneof(value, odd, odder).map((any) => JSON.stringify(any));
    const garbage = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('latin1'));
    fc.assert(
      fc.property(fc.array(fc.oneof(text, garbage), { maxLength: 8 }), (lines) => {
        const events = streamed([Buffer.from(lines.join('\n'))]);
        expect(['finish', 'error']).toContain(events.at(-1)?.type);
      }),
    );
  });

  it('is the same however its bytes are cut', () => {
    const lines = [
      line({ content: '<think>ä🙂' }),
      line({ content: '</think>ok 🙂' }),
      line({ tool_calls: [call('f', { a: 'ö' })] }),
      DONE,
    ];
    const bytes = bytesOf(lines);
    const once = streamed([bytes]);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 12 }), (places) => {
        const cuts = [0, ...places.sort((a, b) => a - b), bytes.length];
        const pieces = cuts.slice(1).map((end, index) => bytes.subarray(cuts[index], end));
        expect(streamed(pieces)).toEqual(once);
      }),
    );
  });
});

describe('a whole answer of Ollama', () => {
  it.each([
    [{ error: "model 'nope' not found" }, 'upstream_error'],
    [{ choices: [{ message: { content: 'hi' } }] }, 'upstream_invalid_answer'],
    [[], 'upstream_invalid_answer'],
    ['text', 'upstream_invalid_answer'],
    [{ done: true }, 'upstream_invalid_answer'],
  ])('is no answer where it is %j', (body, code) => {
    const error = ollama.back.decodeAnswer(body, decoding());
    expect(error).toBeInstanceOf(GatewayError);
    expect(error).toMatchObject({ code });
  });

  it('is whole, though a server that emulates Ollama leaves `done` out', () => {
    const answer = foldAnswer(whole({ model: 'm', message: { role: 'assistant', content: 'Hi' } }));
    expect(answer.finish?.reason).toBe('stop');
    expect(answer.content).toHaveLength(1);
  });
});

describe('an error answer of Ollama', () => {
  const decode = (status: number, body: string, retryAfter: string | null = null) =>
    ollama.back.decodeError({ provider: 'den', status, retryAfter, body });

  it.each([
    [404, '{"error":"model \\"x/y:Q4\\" not found, try pulling it first"}', 'ollama pull x/y:Q4'],
    [500, '{"error":"model requires more system memory (9.3 GiB) than is available (4.1 GiB)"}', 'smaller'],
    [500, '{"error":"llama runner process has terminated: cudaMalloc failed: out of memory"}', 'smaller'],
    [401, '{"error":"unauthorized","signin_url":"https://ollama.com/connect"}', 'ollama signin'],
    [403, '', null],
    [502, '<html><body>Bad   Gateway</body></html>', null],
  ])('of %i says what to do: %s (O14)', (status, body, hint) => {
    const error = decode(status, body);
    expect(error).toMatchObject({ code: 'upstream_error', status });
    expect(error.message).toMatch(new RegExp(`^den answered ${status}: .`));
    if (hint === null) expect(error.hint).toBeNull();
    else expect(error.hint).toContain(hint);
  });

  it('keeps type and code of the server behind it, and when to come again', () => {
    const body =
      '{"error":"{\\"error\\":{\\"code\\":503,\\"message\\":\\"Loading model\\",\\"type\\":\\"unavailable_error\\"}}"}';
    expect(decode(503, body, '5')).toMatchObject({
      message: 'den answered 503: Loading model',
      type: 'unavailable_error',
      wireCode: 503,
      retryAfter: '5',
    });
  });

  it('is read to the end, though its JSON is nested without one', () => {
    let body = '{"error":"deep"}';
    for (let depth = 0; depth < 8; depth++) body = JSON.stringify({ error: body });
    expect(decode(500, body).message.length).toBeLessThan(2_100);
  });
});
