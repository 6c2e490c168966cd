import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { textPart } from '../../src/canonical/parts.ts';
import type { AssistantPart } from '../../src/canonical/parts.ts';
import { EFFORTS } from '../../src/canonical/request.ts';
import type { Message, ToolResult } from '../../src/canonical/request.ts';
import { withAnsweredCalls } from '../../src/dialects/answered-calls.ts';
import { isContextOverflow, toldPromptTokens } from '../../src/dialects/context-overflow.ts';
import { dataUri, sourceOfUrl } from '../../src/dialects/data-uri.ts';
import { budgetOfEffort, effortOfBudget, MIN_BUDGET_TOKENS } from '../../src/dialects/reasoning-effort.ts';

describe('addresses of media', () => {
  it('a data address is the bytes themselves, and is written as it was', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('image/png', 'application/pdf', 'audio/wav'),
        fc.base64String(),
        (mediaType, data) => {
          expect(sourceOfUrl(dataUri(mediaType, data))).toEqual({ kind: 'base64', mediaType, data });
        },
      ),
    );
  });

  it.each([
    ['https://example.com/a.png', { kind: 'url', url: 'https://example.com/a.png', mediaType: null }],
    ['data:image/PNG;charset=x;base64,AAAA', { kind: 'base64', mediaType: 'image/png', data: 'AAAA' }],
    ['DATA:image/png;BASE64,AAAA', { kind: 'base64', mediaType: 'image/png', data: 'AAAA' }],
    ['data:text/plain,hello', { kind: 'url', url: 'data:text/plain,hello', mediaType: null }],
  ])('%s', (url, source) => {
    expect(sourceOfUrl(url)).toEqual(source);
  });
});

describe('efforts and budgets', () => {
  it('more effort is never a smaller budget, and every budget is one that is taken', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200_000 }), (maxOutputTokens) => {
        const budgets = EFFORTS.map((effort) => budgetOfEffort(effort, maxOutputTokens));
        expect(budgets).toEqual([...budgets].sort((a, b) => a - b));
        for (const budget of budgets.slice(1)) expect(budget).toBeGreaterThanOrEqual(MIN_BUDGET_TOKENS);
        expect(budgets[0]).toBe(0);
      }),
    );
  });

  it.each([
    [0, 'none'],
    [1_024, 'low'],
    [4_000, 'medium'],
    [10_000, 'medium'],
    [16_000, 'high'],
    [31_999, 'high'],
    [32_000, 'xhigh'],
  ])('a budget of %d is %s', (budget, effort) => {
    expect(effortOfBudget(budget)).toBe(effort);
  });
});

describe('a prompt that does not fit', () => {
  it.each([
    ['OpenAI', "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens."],
    ['Anthropic', 'prompt is too long: 208310 tokens > 200000 maximum'],
    ['Gemini', 'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).'],
    ['llama.cpp', 'the request exceeds the available context size, try increasing it'],
    ['Bedrock', 'Input is too long for requested model.'],
    ['a code alone', 'context_length_exceeded'],
  ])('is recognised in the words of %s', (_who, sentence) => {
    expect(isContextOverflow(null, 400, sentence)).toBe(true);
  });

  it.each([
    'max_tokens is too large: 200000. This model supports at most 16384 completion tokens.',
    'Rate limit reached for gpt-4o: Limit 30000, Requested 40000.',
    'Too many requests',
    'image exceeds the maximum size',
    '',
  ])('is not seen in %j', (sentence) => {
    expect(isContextOverflow(sentence)).toBe(false);
  });
});

// The first as recorded from Ollama 0.34.0.
it.each([
  ['request (9018 tokens) exceeds the available context size (2048 tokens), try increasing it', 9_018],
  ['the input length exceeds the context length', null],
  ['request (99999999999 tokens) exceeds the available context size', null],
])('the tokens of a prompt that did not fit are read in %j', (message, tokens) => {
  expect(toldPromptTokens(message)).toBe(tokens);
});

describe('the results of calls', () => {
  const call = (id: string): AssistantPart => ({
    type: 'tool_call',
    id,
    name: 'f',
    arguments: '{}',
    kind: 'function',
    state: null,
    cache: null,
  });
  const says = (...parts: readonly AssistantPart[]): Message => ({ role: 'assistant', content: parts });
  const result = (callId: string, text = 'done'): ToolResult => ({
    callId,
    name: null,
    content: [textPart(text)],
    isError: null,
    cache: null,
  });
  const answers = (...results: readonly ToolResult[]): Message => ({ role: 'tool', results });
  const user: Message = { role: 'user', content: [textPart('hi')] };
  const missing = (callId: string): ToolResult => ({
    ...result(callId, 'The result of this tool call is not known.'),
    isError: true,
  });

  it.each<[string, readonly Message[], readonly Message[]]>([
    [
      'as they are',
      [user, says(call('a')), answers(result('a')), user],
      [user, says(call('a')), answers(result('a')), user],
    ],
    ['none behind the call', [says(call('a')), user], [says(call('a')), answers(missing('a')), user]],
    ['a user between', [says(call('a')), user, answers(result('a'))], [says(call('a')), answers(result('a')), user]],
    [
      'in two messages',
      [says(call('a'), call('b')), answers(result('b')), user, answers(result('a'))],
      [says(call('a'), call('b')), answers(result('b'), result('a')), user],
    ],
    [
      'calls in two messages',
      [says(call('a')), says(call('b')), answers(result('a'), result('b'))],
      [says(call('a')), answers(result('a')), says(call('b')), answers(result('b'))],
    ],
    [
      'of one id in two turns',
      [says(call('a')), answers(result('a', '1')), says(call('a')), answers(result('a', '2'))],
      [says(call('a')), answers(result('a', '1')), says(call('a')), answers(result('a', '2'))],
    ],
    [
      'of one id in one turn',
      [says(call('a'), call('a')), answers(result('a', '1'), result('a', '2'), result('a', '3'))],
      [says(call('a'), call('a')), answers(result('a', '1'), result('a', '2'))],
    ],
    ['without a call', [answers(result('a')), user, answers(result('b'))], [user]],
  ])('%s', (_what, messages, expected) => {
    expect(withAnsweredCalls(messages)).toEqual(expected);
    expect(withAnsweredCalls(expected)).toEqual(expected);
  });
});
