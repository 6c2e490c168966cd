import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PLAIN_QUIRKS } from '../../../src/canonical/quirks.ts';
import { EFFORTS } from '../../../src/canonical/request.ts';
import type { CanonicalRequest, FunctionTool, Message, ToolResult } from '../../../src/canonical/request.ts';
import type { AssistantPart, TextPart, ToolCallPart, UserPart } from '../../../src/canonical/parts.ts';
import { decodeRequest } from '../../../src/dialects/openai-chat/decode-request.ts';
import { encodeRequest } from '../../../src/dialects/openai-chat/encode-request.ts';
import { target } from './contexts.ts';

/**
 * Requests as the dialect can say all of them: neighbouring texts are one, what was thought has no place in a request
 * to a plain upstream, and a result is a text.
 */
const words = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' });
const name = fc.stringMatching(/^[a-zA-Z0-9_-]{1,12}$/);
const base64 = fc.constantFrom('AAAA', 'aGVsbG8=');
const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });

const some = orNull(fc.constantFrom(0, 1));

const textPart = words.map((text): TextPart => ({ type: 'text', text, cache: null, state: null }));
const media = fc.oneof(
  fc.record({
    type: fc.constant('image' as const),
    source: fc.oneof(
      fc.record({ kind: fc.constant('base64' as const), mediaType: fc.constant('image/png'), data: base64 }),
      fc.record({
        kind: fc.constant('url' as const),
        url: fc.constant('https://a.example/b'),
        mediaType: fc.constant(null),
      }),
    ),
    detail: orNull(fc.constantFrom('low', 'high')),
    cache: fc.constant(null),
  }),
  fc.record({
    type: fc.constant('audio' as const),
    source: fc.record({
      kind: fc.constant('base64' as const),
      mediaType: fc.constantFrom('audio/mpeg', 'audio/wav'),
      data: base64,
    }),
    cache: fc.constant(null),
  }),
  fc.record({
    type: fc.constant('file' as const),
    source: fc.record({
      kind: fc.constant('base64' as const),
      mediaType: fc.constant('application/pdf'),
      data: base64,
    }),
    filename: name,
    cache: fc.constant(null),
  }),
);

const userContent = fc.oneof(
  fc.tuple(textPart),
  fc
    .array<UserPart>(fc.oneof(textPart, media), { minLength: 2, maxLength: 4 })
    .filter((parts) => parts.some(({ type }) => type !== 'text')),
);

const call = fc.record({
  id: name,
  name,
  arguments: fc.jsonValue().map((value) => JSON.stringify({ value })),
});

/** What the model said, and the results of all the tools that it called. */
const turn = fc
  .record({
    text: orNull(textPart),
    refusal: orNull(words),
    calls: fc.uniqueArray(call, { maxLength: 3, selector: ({ id }) => id }),
    result: words,
  })
  .filter(({ text, refusal, calls }) => text !== null || refusal !== null || calls.length > 0)
  .map(({ text, refusal, calls, result }): Message[] => {
    const parts = calls.map((one): ToolCallPart => ({
      type: 'tool_call',
      kind: 'function',
      state: null,
      cache: null,
      ...one,
    }));
    const content: AssistantPart[] = [
      ...(text === null ? [] : [text]),
      ...(refusal === null ? [] : [{ type: 'refusal', text: refusal } as const]),
      ...parts,
    ];
    const results = parts.map(({ id }): ToolResult => ({
      callId: id,
      name: null,
      content: [{ type: 'text', text: result, cache: null, state: null }],
      isError: null,
      cache: null,
    }));
    const said: Message = { role: 'assistant', content };
    return results.length === 0 ? [said] : [said, { role: 'tool', results }];
  });

const messages = fc.record({
  system: orNull(fc.tuple(textPart)),
  turns: fc.array(fc.tuple(userContent, turn), { maxLength: 3 }),
  last: userContent,
});

const tool = fc.record({
  kind: fc.constant('function' as const),
  name,
  description: orNull(words),
  parameters: orNull(
    fc.constantFrom(
      { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
      { type: 'object', properties: { b: { $ref: '#/$defs/x' } }, $defs: { x: {} } },
    ),
  ),
  strict: orNull(fc.boolean()),
  namespace: fc.constant(null),
  cache: fc.constant(null),
});
const tools = fc.uniqueArray<FunctionTool, string>(tool, { minLength: 1, maxLength: 3, selector: (one) => one.name });

const request = fc
  .record({
    stream: fc.boolean(),
    messages,
    tools: fc.oneof(fc.constant([]), tools),
    choice: fc.constantFrom('auto', 'none', 'required', 'tool', null),
    parallelToolCalls: orNull(fc.boolean()),
    output: orNull(
      fc.oneof(
        fc.record({ kind: fc.constant('json' as const) }),
        fc.record({
          kind: fc.constant('schema' as const),
          schema: fc.constant({ type: 'object', properties: {} }),
          name,
          description: orNull(words),
          strict: orNull(fc.boolean()),
        }),
      ),
    ),
    effort: orNull(fc.constantFrom(...EFFORTS)),
    sampling: fc.record({
      temperature: some,
      topP: some,
      topK: some,
      seed: some,
      frequencyPenalty: some,
      presencePenalty: some,
    }),
    maxOutputTokens: orNull(fc.nat(9_999)),
    stop: fc.array(words, { maxLength: 4 }),
    logprobs: orNull(fc.record({ top: fc.nat(5) })),
    verbosity: orNull(fc.constantFrom('low', 'high')),
    user: orNull(words),
    cacheKey: orNull(words),
    serviceTier: orNull(fc.constantFrom('auto', 'flex')),
    extras: fc.record({ metadata: fc.constant({ a: 'b' }), min_p: fc.constant(0.1) }, { requiredKeys: [] }),
  })
  .map(({ messages: said, choice, effort, extras, ...fields }): CanonicalRequest => {
    const [first] = fields.tools;
    const system: Message[] = said.system === null ? [] : [{ role: 'system', content: said.system }];
    // An answer in JSON is asked for in words as well, so that none have to be added.
    const last: Message = {
      role: 'user',
      content: fields.output?.kind === 'json' ? [{ type: 'text', text: 'JSON', cache: null, state: null }] : said.last,
    };
    return {
      ...fields,
      model: 'up',
      streamUsage: fields.stream,
      messages: [
        ...system,
        ...said.turns.flatMap(([user, turns]): Message[] => [{ role: 'user', content: user }, ...turns]),
        last,
      ],
      toolChoice:
        first === undefined || choice === null
          ? null
          : choice === 'tool'
            ? { kind: 'tool', name: first.name }
            : { kind: choice },
      parallelToolCalls: first === undefined ? null : fields.parallelToolCalls,
      reasoning: effort === null ? null : { effort, budgetTokens: null, shown: null },
      choiceCount: 1,
      extras: { origin: 'openai-chat', fields: extras },
    };
  });

describe('a request that is written and read again', () => {
  it('is the same', () => {
    fc.assert(
      fc.property(request, (one) => {
        const { body, dropped } = encodeRequest(one, target({ files: true, audio: true }));
        expect(dropped).toEqual([]);
        const sent = JSON.parse(JSON.stringify(body)) as Record<string, unknown>;
        expect(decodeRequest(sent, { model: 'up', stream: sent['stream'] === true })).toEqual(one);
      }),
      { numRuns: 300 },
    );
  });

  // Every quirk of every row of the table is sent as something that can be read again, and nothing fails.
  it('can be read again whatever the upstream takes', () => {
    const quirks = fc.record({
      maxTokensField: fc.constantFrom('max_tokens' as const, 'max_completion_tokens' as const),
      seedField: fc.constantFrom('seed' as const, 'random_seed' as const, null),
      systemRole: fc.constantFrom('system' as const, 'developer' as const),
      singleSystem: fc.boolean(),
      reasoning: fc.constantFrom(
        'effort',
        'thinking-type',
        'enable-thinking',
        'chat-template',
        'reasoning-object',
        'none' as const,
      ),
      efforts: fc.constantFrom(null, [], ['high', 'max'], ['low', 'medium', 'high']),
      schemas: fc.constantFrom('native' as const, 'json-object' as const, 'none' as const),
      requiredChoice: fc.constantFrom('required' as const, 'any' as const),
      shortToolIds: fc.boolean(),
      refuses: fc.subarray(['logit_bias', 'frequency_penalty', 'stop', 'seed', 'temperature', 'tools', 'user']),
    });
    fc.assert(
      fc.property(request, quirks, (one, row) => {
        const { body } = encodeRequest(one, target({ ...PLAIN_QUIRKS, ...row, files: true, audio: true }));
        expect(JSON.stringify(body)).not.toContain(':null,"role"');
        for (const [key, value] of Object.entries(body))
          expect([key, value ?? 'nothing']).not.toEqual([key, 'nothing']);
        const again = decodeRequest(body, { model: 'up', stream: body['stream'] === true });
        const systems = again.messages.filter(({ role }) => role === 'system');
        if (row.singleSystem) expect(systems.length).toBeLessThanOrEqual(1);
        for (const refused of row.refuses) expect(body).not.toHaveProperty(refused);
        expect(again.sampling.seed).toBe(
          row.seedField === null || row.refuses.includes(row.seedField) ? null : one.sampling.seed,
        );
      }),
      { numRuns: 300 },
    );
  });
});
