import { describe, expect, it } from 'vitest';
import { statesOfId } from '../../../src/canonical/carried-state.ts';
import { answering, decoding, frontOf, streamed, whole, written, writtenWhole } from './contexts.ts';
import { foldAnswer } from '../../../src/canonical/fold-answer.ts';
import { GatewayError } from '../../../src/canonical/errors.ts';
import { ollama } from '../../../src/dialects/ollama/index.ts';
import { ollamaGenerate } from '../../../src/dialects/ollama/generate.ts';
import { UNKNOWN_USAGE } from '../../../src/canonical/usage.ts';
import type { AnswerContext } from '../../../src/dialects/dialect.ts';
import type { AnswerEvent, FinishReason } from '../../../src/canonical/answer.ts';
import type { JsonObject } from '../../../src/canonical/parts.ts';

const front = frontOf(ollama.front);
const context = answering();

const finish = (reason: FinishReason): AnswerEvent => ({
  type: 'finish',
  finish: { reason, raw: null, stopSequence: null, detail: null },
});
const call = (index: number, text: string, state: null | { origin: 'gemini'; data: string } = null): AnswerEvent[] => [
  { type: 'tool_call', call: index, id: `call_${index}`, name: 'f', kind: 'function', state },
  ...(text === '' ? [] : [{ type: 'tool_arguments', call: index, text } as const]),
  { type: 'tool_call_end', call: index },
];

function linesOf(events: readonly AnswerEvent[], to: AnswerContext = context): JsonObject[] {
  const text = written(events, front, to);
  expect(text.endsWith('\n')).toBe(true);
  return text
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line) as JsonObject);
}

describe('what an Ollama client is sent', () => {
  it('is one object a line, the last with counts and durations in nanoseconds', () => {
    let clock = context.createdAt;
    const usage = { ...UNKNOWN_USAGE, inputTokens: 26, outputTokens: 282 };
    const ticking = answering({ now: () => (clock += 250) });
    expect(linesOf([{ type: 'text', text: 'Hi' }, { type: 'usage', usage }, finish('length')], ticking)).toEqual([
      {
        model: 'gpt-5',
        created_at: '2026-11-21T09:30:00.000Z',
        message: { role: 'assistant', content: 'Hi' },
        done: false,
      },
      {
        model: 'gpt-5',
        created_at: '2026-11-21T09:30:00.000Z',
        message: { role: 'assistant', content: '' },
        done: true,
        done_reason: 'length',
        total_duration: 750_000_000,
        prompt_eval_count: 26,
        eval_count: 282,
        prompt_eval_duration: 500_000_000,
        eval_duration: 250_000_000,
      },
    ]);
  });

  it('has no counts that nobody told, and no durations that nobody measured', () => {
    const [last] = linesOf([finish('stop')], answering({ now: () => context.createdAt }));
    expect(Object.keys(last ?? {})).toEqual(['model', 'created_at', 'message', 'done', 'done_reason']);
  });

  it('does not say how long it was written where all of it came at once', () => {
    const now = (): number => context.createdAt + 800;
    const last = linesOf([{ type: 'text', text: 'Hi' }, finish('stop')], answering({ now })).at(-1) ?? {};
    expect(Object.keys(last).filter((key) => key.endsWith('_duration'))).toEqual(['total_duration']);
    expect(last).toMatchObject({ total_duration: 800_000_000 });
  });

  it('measures with a clock that has its own beginning, as far as it can', () => {
    let clock = 40;
    const monotonic = answering({ now: () => (clock += 100) });
    const events: AnswerEvent[] = [{ type: 'text', text: 'Hi' }, finish('stop')];
    expect(linesOf(events, monotonic).at(-1)).toMatchObject({
      total_duration: 200_000_000,
      prompt_eval_duration: 100_000_000,
      eval_duration: 100_000_000,
    });
    expect(JSON.parse(writtenWhole(events, front, monotonic))).not.toHaveProperty('total_duration');
    const whole = JSON.parse(writtenWhole(events, front, context)) as object;
    expect(whole).toMatchObject({ total_duration: 1_500_000_000 });
    expect(whole).not.toHaveProperty('eval_duration');
  });

  it.each([
    ['stop', 'stop'],
    ['length', 'length'],
    ['tool_calls', 'stop'],
    ['content_filter', 'content_filter'],
  ] as const)('ends with %s as %s', (reason, word) => {
    expect(linesOf([finish(reason)]).at(-1)).toMatchObject({ done: true, done_reason: word });
  });

  it('has calls whole, with arguments that are what the model wrote and one line', () => {
    const big = '{"n": 12345678901234567890}';
    const events = [call(0, big), call(1, '{\r\n"a": "b\\n"}'), call(2, 'no JSON'), call(3, '')].flat();
    const text = written([...events, finish('tool_calls')], front, context);
    expect(text).toContain('"arguments":{"n": 12345678901234567890}');
    const calls = linesOf([...events, finish('tool_calls')]).flatMap(({ message }) => {
      return (message as { tool_calls?: unknown[] }).tool_calls ?? [];
    });
    expect(calls.slice(1)).toEqual([
      { id: 'call_1', function: { index: 1, name: 'f', arguments: { a: 'b\n' } } },
      { id: 'call_2', function: { index: 2, name: 'f', arguments: {} } },
      { id: 'call_3', function: { index: 3, name: 'f', arguments: {} } },
    ]);
  });

  it('has images, refusals and log probabilities', () => {
    const token = { token: 'Hi', logprob: -0.5, bytes: [72, 105], top: [{ token: 'Ho', logprob: -1, bytes: null }] };
    const events: AnswerEvent[] = [
      { type: 'refusal', text: 'I cannot.' },
      { type: 'image', mediaType: 'image/png', data: 'AAAA' },
      { type: 'logprobs', tokens: [token] },
      finish('stop'),
    ];
    expect(linesOf(events).slice(0, 3)).toMatchObject([
      { message: { content: 'I cannot.' } },
      { message: { content: '', images: ['AAAA'] } },
      {
        message: { content: '' },
        logprobs: [{ token: 'Hi', logprob: -0.5, bytes: [72, 105], top_logprobs: [{ token: 'Ho', logprob: -1 }] }],
      },
    ]);
    expect(JSON.parse(writtenWhole(events, front, context))).toMatchObject({
      message: { content: 'I cannot.', images: ['AAAA'] },
      logprobs: [{ token: 'Hi' }],
    });
  });

  it('is kept alive by a line that every client can read', () => {
    for (const [one, said] of [
      [front, { message: { role: 'assistant', content: '' } }],
      [ollamaGenerate, { response: '' }],
    ] as const) {
      const line = one.encodeStream(context).keepAlive();
      expect(line.endsWith('}\n')).toBe(true);
      expect(JSON.parse(line)).toMatchObject({ ...said, done: false });
    }
  });

  it('has an error as a line of its own, and as an answer with its status', () => {
    const error = new GatewayError('upstream_first_byte_timeout', 'No answer.', { hint: 'Wait.' });
    expect(linesOf([{ type: 'error', error }])).toEqual([{ error: 'No answer. Wait.' }]);
    const plain = new GatewayError('invalid_api_key', 'Wrong key.');
    expect(front.encodeError(plain, { exchangeId: 'x' })).toEqual({ status: 401, body: '{"error":"Wrong key."}' });
  });

  const usage = { ...UNKNOWN_USAGE, inputTokens: 9, outputTokens: 4, cacheReadTokens: 2 };
  const answers: readonly (readonly AnswerEvent[])[] = [
    [{ type: 'start', id: null, model: 'm' }, { type: 'text', text: 'Hi "there"\n\u2028' }, finish('stop')],
    [
      { type: 'start', id: null, model: 'm' },
      { type: 'reasoning', text: 'Hm' },
      { type: 'state', on: 'reasoning', state: { origin: 'anthropic-messages', data: 'SIG' } },
      { type: 'text', text: 'Let me look.' },
      ...call(0, '{"a":1}', { origin: 'gemini', data: 'own' }),
      ...call(1, '{}'),
      { type: 'usage', usage },
      finish('tool_calls'),
    ],
    [{ type: 'start', id: null, model: 'm' }, finish('length')],
  ];

  it.each(answers.map((events, index) => [index, events] as const))(
    'says the same whole as streamed, and an Ollama back reads it: %i',
    (_, events) => {
      for (const one of [front, ollamaGenerate]) {
        const fromStream = foldAnswer(streamed([Buffer.from(written(events, one, context))], decoding()));
        const fromWhole = foldAnswer(whole(JSON.parse(writtenWhole(events, one, context)), decoding()));
        expect(fromWhole).toEqual(fromStream);
        expect(fromStream.model).toBe('m');
        expect(fromStream.finish?.reason).toBe(foldAnswer(events).finish?.reason);
      }
    },
  );

  it('carries state of thoughts on the next call that has none of its own', () => {
    const text = writtenWhole(answers[1] ?? [], front, context);
    const ids = foldAnswer(whole(JSON.parse(text))).content.flatMap(({ part }) =>
      part.type === 'tool_call' ? [part.id] : [],
    );
    const origins = ids.map((id) => statesOfId(id).states.map(({ origin }) => origin));
    expect(origins).toEqual([['gemini'], ['anthropic-messages']]);
  });
});
