import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/canonical/parts.ts';
import type { CanonicalRequest, ReasoningWish } from '../../../src/canonical/request.ts';
import { textPart } from '../../../src/canonical/parts.ts';
import { asked, decoding, encoded, folded, fromChat, message } from './contexts.ts';

const HI: CanonicalRequest['messages'] = [{ role: 'user', content: [textPart('Hi')] }];
const wish = (changes: Partial<ReasoningWish>): ReasoningWish => ({
  effort: null,
  budgetTokens: null,
  shown: null,
  ...changes,
});
const FORCED = { tools: [{ type: 'function', function: { name: 'f' } }], tool_choice: 'required' };

describe('A25: reasoning', () => {
  it.each<[string, string, Partial<ReasoningWish>, JsonObject]>([
    ['budget', 'claude-sonnet-4-5', { budgetTokens: 5_000 }, { thinking: { type: 'enabled', budget_tokens: 5_000 } }],
    ['budget below the least', 'claude-sonnet-4-5', { budgetTokens: 10 }, { thinking: { budget_tokens: 1_024 } }],
    ['effort', 'claude-opus-4-1', { effort: 'high' }, { thinking: { type: 'enabled', budget_tokens: 19_200 } }],
    [
      'effort, where it is adaptive',
      'claude-opus-5',
      { effort: 'minimal', shown: true },
      { thinking: { type: 'adaptive', display: 'summarized' }, output_config: { effort: 'low' } },
    ],
    [
      'more than there is',
      'claude-sonnet-4-6',
      { effort: 'xhigh' },
      { thinking: { type: 'adaptive' }, output_config: { effort: 'high' } },
    ],
    ['budget, where both are', 'claude-opus-4-6', { budgetTokens: 9_000 }, { thinking: { budget_tokens: 9_000 } }],
    [
      'budget, where there is none',
      'claude-opus-4-8',
      { budgetTokens: 20_000 },
      { thinking: { type: 'adaptive' }, output_config: { effort: 'high' } },
    ],
    ['adaptive and no more', 'claude-opus-5', {}, { thinking: { type: 'adaptive' } }],
    ['none', 'claude-sonnet-5', { effort: 'none' }, { thinking: { type: 'disabled' } }],
    ['hidden', 'claude-opus-4-8', { shown: false }, { thinking: { type: 'adaptive', display: 'omitted' } }],
    [
      'another maker’s model',
      'kimi-k3',
      { budgetTokens: 2_000 },
      { thinking: { type: 'enabled', budget_tokens: 2_000 } },
    ],
  ])('%s: %s', (_name, model, changes, body) => {
    const { body: sent, dropped } = encoded(asked({ messages: HI, reasoning: wish(changes) }), model);
    expect(sent).toMatchObject(body);
    expect(dropped).toEqual([]);
  });

  it('keeps the limit that the client set, and thinks within it or not at all', () => {
    const limited = (maxOutputTokens: number, budgetTokens: number) =>
      encoded(asked({ messages: HI, maxOutputTokens, reasoning: wish({ budgetTokens }) }));
    expect(limited(8_000, 4_000).body).toMatchObject({ max_tokens: 8_000, thinking: { budget_tokens: 4_000 } });
    expect(limited(8_000, 90_000).body).toMatchObject({ max_tokens: 8_000, thinking: { budget_tokens: 4_000 } });
    expect(limited(500, 4_000).body).toMatchObject({ max_tokens: 500 });
    expect(limited(500, 4_000).body).not.toHaveProperty('thinking');
    expect(limited(500, 4_000).dropped).toEqual(['reasoning']);
  });

  it.each([
    ['a model that does not think', 'claude-3-5-haiku', { effort: 'high' }, {}],
    ['a model that always thinks', 'claude-opus-5-5', { effort: 'none' }, { output_config: { effort: 'low' } }],
    ['the least of thinking', 'claude-sonnet-5-5', { effort: 'none' }, { thinking: { type: 'between_tools' } }],
  ] as const)('%s: what cannot be is named', (_name, model, changes, body) => {
    const { body: sent, dropped, clamped } = encoded(asked({ messages: HI, reasoning: wish(changes) }), model);
    // It can be told to think less, which is no reason to refuse the request.
    const isLess = changes.effort === 'none';
    expect([dropped, clamped]).toEqual(isLess ? [[], ['reasoning']] : [['reasoning'], undefined]);
    expect(sent).toMatchObject(body);
    expect('thinking' in sent).toBe('thinking' in body);
  });

  it('is left out in the middle of a tool loop whose thought is lost, where that is refused', () => {
    const loop: CanonicalRequest['messages'] = [
      ...HI,
      {
        role: 'assistant',
        content: [
          { type: 'tool_call', id: 'a', name: 'f', arguments: '{}', kind: 'function', state: null, cache: null },
        ],
      },
      { role: 'tool', results: [{ callId: 'a', name: null, content: [], isError: null, cache: null }] },
    ];
    const request = asked({ messages: loop, reasoning: wish({ effort: 'high' }) });
    expect(encoded(request, 'claude-sonnet-4-5')).toMatchObject({ dropped: ['reasoning'] });
    expect(encoded(request, 'claude-opus-5')).toMatchObject({ dropped: [], body: { thinking: { type: 'adaptive' } } });
  });

  it('is turned off where a tool must be called', () => {
    const off = fromChat({ ...FORCED, reasoning_effort: 'high', temperature: 0.5 }, 'claude-sonnet-4-5');
    expect(off).toMatchObject({ dropped: ['reasoning'], body: { tool_choice: { type: 'any' }, temperature: 0.5 } });
    expect(off.body).not.toHaveProperty('thinking');
    // It thinks unless it is told not to.
    expect(fromChat(FORCED, 'claude-sonnet-5').body).toMatchObject({
      thinking: { type: 'disabled' },
      tool_choice: { type: 'any' },
    });
  });
});

describe('models that take less', () => {
  it('A22: refuse sampling, but for what is the default', () => {
    const { body, dropped } = fromChat({ temperature: 0.5, top_p: 0.9, top_k: 3 }, 'claude-opus-4-7');
    expect(dropped).toEqual(['temperature', 'top_p', 'top_k']);
    expect(body).not.toHaveProperty('temperature');
    expect(fromChat({ temperature: 1, top_p: 1 }, 'claude-opus-4-7').dropped).toEqual([]);
  });

  it('cannot be made to call a tool', () => {
    const named = { ...FORCED, tool_choice: { type: 'function', function: { name: 'f' } } };
    const tools = [...FORCED.tools, { type: 'function', function: { name: 'g' } }];
    expect(fromChat({ ...FORCED, tools }, 'claude-opus-5-5')).toMatchObject({
      dropped: ['tool_choice'],
      body: { tool_choice: { type: 'auto' }, tools: [{ name: 'f' }, { name: 'g' }] },
    });
    expect(fromChat({ ...named, tools }, 'claude-opus-5-5')).toMatchObject({
      dropped: ['tool_choice'],
      body: { tool_choice: { type: 'auto' }, tools: [{ name: 'f' }] },
    });
  });

  it('A13: know no strict tools, or not so many', () => {
    const schema = { type: 'object', properties: { a: { type: 'string', minLength: 1 } }, required: ['a'] };
    const tool = (name: string): JsonObject => ({
      type: 'function',
      function: { name, parameters: schema, strict: true },
    });
    expect(fromChat({ tools: [tool('f')] }, 'claude-opus-5').body['tools']).toEqual([
      {
        name: 'f',
        strict: true,
        input_schema: {
          type: 'object',
          properties: { a: { type: 'string', description: '{minLength: 1}' } },
          required: ['a'],
          additionalProperties: false,
        },
      },
    ]);
    expect(fromChat({ tools: [tool('f')] }, 'claude-sonnet-4').dropped).toEqual(['tools.strict']);
    const many = Array.from({ length: 21 }, (_, index) => tool(`f${index}`));
    expect(fromChat({ tools: many }, 'claude-opus-5').dropped).toEqual(['tools.strict']);
  });

  it('leaves other tools out where only some are allowed', () => {
    const tools = ['f', 'g', 'h'].map((name) => ({
      kind: 'function' as const,
      name,
      description: null,
      parameters: null,
      strict: null,
      namespace: null,
      cache: null,
    }));
    const request = asked({ messages: HI, tools, toolChoice: { kind: 'allowed', names: ['f', 'h'], required: true } });
    expect(encoded(request).body).toMatchObject({
      tools: [{ name: 'f' }, { name: 'h' }],
      tool_choice: { type: 'any' },
    });
  });
});

describe('A23: a schema for models without structured outputs', () => {
  const schema = {
    type: 'object',
    properties: { a: { type: 'integer' } },
    required: ['a'],
    additionalProperties: false,
  };
  const output = { kind: 'schema', schema, name: 'x', description: null, strict: null } as const;
  const OLD = 'claude-sonnet-4-20250514';

  it('is a tool that must be called', () => {
    const { body } = encoded(asked({ messages: HI, output }), OLD);
    expect(body).toMatchObject({
      tools: [{ name: 'json', input_schema: schema }],
      tool_choice: { type: 'tool', name: 'json', disable_parallel_tool_use: true },
    });
    expect(body).not.toHaveProperty('output_config');
  });

  it('is one of the tools, of which one must be called', () => {
    const tool = {
      kind: 'function',
      name: 'json',
      description: null,
      parameters: null,
      strict: null,
      namespace: null,
      cache: null,
    } as const;
    const { body } = encoded(asked({ messages: HI, output, tools: [tool] }), OLD);
    expect(body).toMatchObject({ tools: [{ name: 'json' }, { name: 'json_2' }], tool_choice: { type: 'any' } });
  });

  it('is one for a schema that structured outputs cannot say', () => {
    const open = { ...output, schema: { type: 'object', additionalProperties: { type: 'string' } } };
    const self = {
      ...output,
      schema: { $ref: '#/$defs/n', $defs: { n: { type: 'object', properties: { n: { $ref: '#/$defs/n' } } } } },
    };
    expect(encoded(asked({ messages: HI, output: open }), 'claude-opus-5').body).toMatchObject({
      tools: [{ name: 'json' }],
    });
    expect(encoded(asked({ messages: HI, output: self }), 'claude-opus-5').body).toMatchObject({
      tools: [{ name: 'json' }],
    });
    // Where tools cannot be forced, it is said as well as it can be.
    expect(encoded(asked({ messages: HI, output: open }), 'claude-opus-5-5').body).toHaveProperty('output_config');
  });

  it.each([
    ['the answer', { a: 1 }, '{"a":1}'],
    ['an empty answer', {}, '{}'],
  ])('comes back as text: %s', (_name, input, text) => {
    const request = asked({ messages: HI, output });
    const body = message([{ type: 'tool_use', id: 't', name: 'json', input }], { stop_reason: 'tool_use' });
    expect(folded(body, decoding(request))).toMatchObject({
      content: [{ part: { type: 'text', text } }],
      finish: { reason: 'stop', raw: 'tool_use' },
    });
  });

  it('leaves calls of other tools what they are', () => {
    const request = asked({ messages: HI, output });
    const body = message(
      [
        { type: 'tool_use', id: 't', name: 'json', input: { a: 1 } },
        { type: 'tool_use', id: 'u', name: 'f', input: { b: 2 } },
      ],
      { stop_reason: 'tool_use' },
    );
    expect(folded(body, decoding(request))).toMatchObject({
      content: [{ part: { type: 'text' } }, { part: { type: 'tool_call', id: 'u', arguments: '{"b":2}' } }],
      finish: { reason: 'tool_calls' },
    });
  });
});
