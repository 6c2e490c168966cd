import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldAnswer } from '../../../src/canonical/fold-answer.ts';
import { GatewayError } from '../../../src/canonical/errors.ts';
import { PLAIN_QUIRKS } from '../../../src/canonical/quirks.ts';
import type { AnswerEvent } from '../../../src/canonical/answer.ts';
import { isPlainChatBody } from '../../../src/dialects/openai-chat/body-shape.ts';
import { decodeRequest } from '../../../src/dialects/openai-chat/decode-request.ts';
import { decodeAnswer } from '../../../src/dialects/openai-chat/decode-response.ts';
import { decodeStream } from '../../../src/dialects/openai-chat/decode-stream.ts';
import { encodeRequest } from '../../../src/dialects/openai-chat/encode-request.ts';
import { encodeStream } from '../../../src/dialects/openai-chat/encode-stream.ts';
import { answerContext, decodeContext, target } from './contexts.ts';

/** JSON whose keys and words are the dialect's own, in places where they do not belong. */
function shuffled(keys: readonly string[], words: readonly string[]): fc.Arbitrary<unknown> {
  const leaf = fc.oneof(fc.constantFrom(...words), fc.constantFrom(null, 0, 1, -1, 1.5, true, false, ''));
  const tree = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...keys), tie('value'), { maxKeys: 5 }),
    ),
  }));
  return tree.value;
}

const requestKeys = [
  ...['messages', 'role', 'content', 'type', 'text', 'tool_calls', 'function', 'name', 'arguments', 'id', 'tools'],
  ...['tool_choice', 'image_url', 'url', 'file', 'stop', 'response_format', 'reasoning', 'thinking', 'cache_control'],
  ...['reasoning_details', 'thinking_blocks', 'tool_call_id', 'parameters', 'system', 'source', 'n', 'stream_options'],
];
const requestWords = [
  'user',
  'assistant',
  'tool',
  'system',
  'text',
  'function',
  'image_url',
  'tool_use',
  'tool_result',
  'auto',
];
const answerKeys = [
  ...['choices', 'delta', 'message', 'content', 'tool_calls', 'function', 'name', 'arguments', 'id', 'index', 'type'],
  ...[
    'finish_reason',
    'usage',
    'prompt_tokens',
    'completion_tokens',
    'error',
    'reasoning',
    'reasoning_details',
    'text',
  ],
  ...[
    'thinking_blocks',
    'annotations',
    'logprobs',
    'images',
    'image_url',
    'function_call',
    'model',
    'base_resp',
    'detail',
  ],
];
const answerWords = [
  'stop',
  'tool_calls',
  'error',
  'text',
  'thinking',
  'reasoning.text',
  'a',
  '{}',
  '<think>',
  '</think>',
];

const object = (value: unknown, key: string) => ({ [key]: value });
const quirks = { ...PLAIN_QUIRKS, thinkTags: true, cacheMarks: true, singleSystem: true, echoesReasoning: true };

/** The rules of the order of events, which every reader of them relies on. */
function expectOrder(events: readonly AnswerEvent[]): void {
  const types = events.map(({ type }) => type);
  const content = types.filter((type) => type !== 'usage');
  const ended = content.findIndex((type) => type === 'finish' || type === 'error');
  expect(ended).toBe(content.length - 1);
  expect(content.filter((type) => type === 'start').length).toBeLessThanOrEqual(1);
  if (content.length > 1) expect(content[0]).toBe('start');
  if (content.at(-1) !== 'finish') return;
  const begun = events.flatMap((event) => (event.type === 'tool_call' ? [event.call] : []));
  expect(begun).toEqual([...begun.keys()]);
  const over = events.flatMap((event) => (event.type === 'tool_call_end' ? [event.call] : []));
  expect([...over].sort((a, b) => a - b)).toEqual(begun);
}

describe('bodies that mean nothing', () => {
  it('are refused with a 400, or taken and sent on', () => {
    const messages = shuffled(requestKeys, requestWords).map((value) => object([value], 'messages'));
    const bodies = fc.oneof(
      shuffled(requestKeys, requestWords).map((value) => object(value, 'messages')),
      messages,
      fc
        .tuple(messages, fc.dictionary(fc.constantFrom(...requestKeys), shuffled(requestKeys, requestWords)))
        .map(([a, b]) => ({ ...b, ...a })),
    );
    fc.assert(
      fc.property(bodies, (body) => {
        isPlainChatBody(body);
        try {
          const request = decodeRequest(body, { model: 'm', stream: false });
          JSON.stringify(encodeRequest(request, target(quirks)).body);
        } catch (error) {
          expect(error).toBeInstanceOf(GatewayError);
          expect((error as GatewayError).status).toBe(400);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('answers that mean nothing', () => {
  const context = decodeContext({ quirks });

  it('give events in their order, or an error', () => {
    const value = shuffled(answerKeys, answerWords);
    const delta = value.map((one) => ({ choices: [{ index: 0, delta: one }] }));
    const called = value.map((one) => ({
      choices: [{ index: 0, delta: { tool_calls: [one, { function: { name: 'f' } }] } }],
    }));
    const chunks = fc.array(
      fc.oneof(
        value,
        delta,
        called,
        value.map((one) => object(one, 'choices')),
      ),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(chunks, fc.boolean(), (events, isDone) => {
        const text =
          events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('') + (isDone ? 'data: [DONE]\n\n' : '');
        const decoder = decodeStream(context);
        const read = [...decoder.push(Buffer.from(text)), ...decoder.end()];
        expectOrder(read);
        const encoder = encodeStream(answerContext());
        for (const event of read) expect(encoder.push(event)).toMatch(/^(?:data: .*\n\n)*$/);
      }),
      { numRuns: 2_000 },
    );
  });

  it('fold, or are an error', () => {
    const value = shuffled(answerKeys, answerWords);
    const whole = value.map((one) => ({ choices: [{ message: one, finish_reason: 'stop' }] }));
    fc.assert(
      fc.property(fc.oneof(value, whole), (body) => {
        const events = decodeAnswer(body, context);
        if (events instanceof GatewayError) return;
        expectOrder(events);
        foldAnswer(events);
      }),
      { numRuns: 2_000 },
    );
  });

  it('may be any bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 8 }), (chunks) => {
        const decoder = decodeStream(context);
        const events = chunks.flatMap((chunk) => decoder.push(Buffer.from(chunk)));
        expectOrder([...events, ...decoder.end()]);
      }),
    );
  });
});
