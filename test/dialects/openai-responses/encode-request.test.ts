import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DialectId } from '../../../src/canonical/dialect-id.ts';
import { GatewayError } from '../../../src/canonical/errors.ts';
import { reasoningPart, textPart } from '../../../src/canonical/parts.ts';
import type { AssistantPart, CarriedState, JsonObject, UserPart } from '../../../src/canonical/parts.ts';
import { emptyRequest, NO_SAMPLING } from '../../../src/canonical/request.ts';
import type { CanonicalRequest, Tool } from '../../../src/canonical/request.ts';
import type { EncodeTarget } from '../../../src/dialects/dialect.ts';
import { decodeRequest } from '../../../src/dialects/openai-responses/decode-request.ts';
import { encodeRequest } from '../../../src/dialects/openai-responses/encode-request.ts';
import { plainRequest, targetOf } from './contexts.ts';

function bodyOf(changes: Partial<CanonicalRequest>, target: EncodeTarget = targetOf('gpt-4.1')): JsonObject {
  return encodeRequest(plainRequest(changes), target).body;
}

function itemsOf(messages: CanonicalRequest['messages'], changes: Partial<CanonicalRequest> = {}): unknown {
  return bodyOf({ ...changes, messages })['input'];
}

const OWN_STATE: CarriedState = {
  origin: 'openai-responses',
  data: JSON.stringify({ id: 'rs_1', encrypted_content: 'gAAA' }),
};
const CLAUDE_STATE: CarriedState = { origin: 'anthropic-messages', data: 'EqQBsig' };
function isOutput(item: unknown): boolean {
  return typeof item === 'object' && item !== null && 'output' in item;
}

const THOUGHT = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAA' };

function call(
  id: string,
  name: string,
  changes: Partial<Extract<AssistantPart, { type: 'tool_call' }>> = {},
): AssistantPart {
  return { type: 'tool_call', id, name, arguments: '{}', kind: 'function', state: null, cache: null, ...changes };
}

function functionTool(name: string, changes: Partial<Extract<Tool, { kind: 'function' }>> = {}): Tool {
  const rest = { description: null, parameters: null, strict: null, namespace: null, cache: null };
  return { kind: 'function', name, ...rest, ...changes };
}

describe('input', () => {
  it('the roles, and texts of the assistant as one message', () => {
    const items = itemsOf([
      { role: 'system', content: [textPart('Be short.')] },
      { role: 'user', content: [textPart('Hi')] },
      { role: 'assistant', content: [textPart('One.'), textPart('Two.'), { type: 'refusal', text: 'No.' }] },
    ]);
    expect(items).toEqual([
      { type: 'message', role: 'developer', content: [{ type: 'input_text', text: 'Be short.' }] },
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hi' }] },
      {
        type: 'message',
        role: 'assistant',
        content: [
          { type: 'output_text', text: 'One.', annotations: [] },
          { type: 'output_text', text: 'Two.', annotations: [] },
          { type: 'refusal', refusal: 'No.' },
        ],
      },
    ]);
  });

  it('thoughts of OpenAI go back under their id; those of others are left out', () => {
    const items = itemsOf([
      {
        role: 'assistant',
        content: [reasoningPart('Hm.', OWN_STATE), reasoningPart('So.', CLAUDE_STATE), reasoningPart('x')],
      },
    ]);
    expect(items).toEqual([{ ...THOUGHT, summary: [{ type: 'summary_text', text: 'Hm.' }] }]);
  });

  it('thoughts that came back on calls stand before the first of them, once', () => {
    const calls = [
      call('a', 'f', { state: OWN_STATE }),
      call('b', 'f', { state: OWN_STATE }),
      call('c', 'f', { state: CLAUDE_STATE }),
    ];
    expect((itemsOf([{ role: 'assistant', content: calls }]) as unknown[]).slice(0, 4)).toEqual([
      THOUGHT,
      { type: 'function_call', call_id: 'a', name: 'f', arguments: '{}' },
      { type: 'function_call', call_id: 'b', name: 'f', arguments: '{}' },
      { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' },
    ]);
  });

  it('results: a text, parts, nothing, an error, and that of a custom tool', () => {
    const image = {
      type: 'image',
      source: { kind: 'base64', mediaType: 'image/png', data: 'iVBO' },
      detail: 'low',
      cache: null,
    } as const;
    const rest = { name: null, isError: null, cache: null };
    const items = itemsOf([
      {
        role: 'assistant',
        content: [
          call('c', 'patch', { kind: 'custom', arguments: '*** Begin' }),
          ...['a', 'b', 'd', 'e'].map((id) => call(id, 'f')),
        ],
      },
      {
        role: 'tool',
        results: [
          { ...rest, callId: 'a', content: [textPart('12 C')] },
          { ...rest, callId: 'b', content: [textPart('see'), image] },
          { ...rest, callId: 'd', content: [] },
          { ...rest, callId: 'e', content: [textPart('no such file')], isError: true },
          { ...rest, callId: 'c', content: [textPart('ok')] },
        ],
      },
    ]);
    expect((items as unknown[]).filter(isOutput)).toEqual([
      { type: 'function_call_output', call_id: 'a', output: '12 C' },
      {
        type: 'function_call_output',
        call_id: 'b',
        output: [
          { type: 'input_text', text: 'see' },
          { type: 'input_image', image_url: 'data:image/png;base64,iVBO', detail: 'low' },
        ],
      },
      { type: 'function_call_output', call_id: 'd', output: '' },
      { type: 'function_call_output', call_id: 'e', output: 'Error: no such file' },
      { type: 'custom_tool_call_output', call_id: 'c', output: 'ok' },
    ]);
  });

  it('an id that is too long is the same shorter one in the call and in its result', () => {
    const id = 'x'.repeat(80);
    const items = itemsOf([
      { role: 'assistant', content: [call(id, 'f')] },
      { role: 'tool', results: [{ callId: id, name: null, content: [], isError: null, cache: null }] },
    ]) as readonly JsonObject[];
    expect(items[0]?.['call_id']).toMatch(/^call_[0-9a-f]{40}$/);
    expect(items[1]?.['call_id']).toBe(items[0]?.['call_id']);
  });

  it('what OpenAI alone knows goes back as it came, what others alone know is left out', () => {
    const value = { type: 'web_search_call', id: 'ws_1' };
    const content: AssistantPart[] = [
      { type: 'foreign', origin: 'openai-responses', value },
      { type: 'foreign', origin: 'gemini', value: { x: 1 } },
    ];
    expect(itemsOf([{ role: 'assistant', content }])).toEqual([value]);
  });

  it.each<[UserPart, JsonObject]>([
    [
      {
        type: 'image',
        source: { kind: 'url', url: 'https://example.com/a.png', mediaType: null },
        detail: null,
        cache: '5m',
      },
      { type: 'input_image', image_url: 'https://example.com/a.png' },
    ],
    [
      {
        type: 'file',
        source: { kind: 'base64', mediaType: 'application/pdf', data: 'JVBE' },
        filename: null,
        cache: null,
      },
      { type: 'input_file', filename: 'document.pdf', file_data: 'data:application/pdf;base64,JVBE' },
    ],
    [
      {
        type: 'file',
        source: { kind: 'url', url: 'https://example.com/a.pdf', mediaType: null },
        filename: null,
        cache: null,
      },
      { type: 'input_file', file_url: 'https://example.com/a.pdf' },
    ],
    [
      { type: 'file', source: { kind: 'text', text: 'a,b' }, filename: 'a.csv', cache: null },
      { type: 'input_text', text: 'a.csv:\na,b' },
    ],
  ])('content %#', (part, expected) => {
    expect(itemsOf([{ role: 'user', content: [part] }])).toEqual([
      { type: 'message', role: 'user', content: [expected] },
    ]);
  });

  it.each<[UserPart, Partial<EncodeTarget['quirks']>]>([
    [{ type: 'audio', source: { kind: 'base64', mediaType: 'audio/wav', data: 'UklG' }, cache: null }, {}],
    [{ type: 'video', source: { kind: 'base64', mediaType: 'video/mp4', data: 'AAAA' }, cache: null }, {}],
    [
      {
        type: 'image',
        source: { kind: 'uploaded', origin: 'gemini', id: 'f', mediaType: null },
        detail: null,
        cache: null,
      },
      {},
    ],
    [
      { type: 'image', source: { kind: 'url', url: 'https://x.y/z', mediaType: null }, detail: null, cache: null },
      { images: 'inline' },
    ],
    [
      { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'iVBO' }, detail: null, cache: null },
      { images: 'none' },
    ],
    [
      {
        type: 'file',
        source: { kind: 'base64', mediaType: 'application/pdf', data: 'JVBE' },
        filename: null,
        cache: null,
      },
      { files: false },
    ],
  ])('refused content %#', (part, quirks) => {
    const request = plainRequest({ messages: [{ role: 'user', content: [textPart('see'), part] }] });
    const refused = expect.objectContaining({
      code: 'unsupported_content',
      param: 'messages[0].content[1]',
    }) as unknown;
    expect(() => encodeRequest(request, targetOf('gpt-4.1', quirks))).toThrow(GatewayError);
    expect(() => encodeRequest(request, targetOf('gpt-4.1', quirks))).toThrow(refused);
  });
});

describe('tools', () => {
  const tools: Tool[] = [
    functionTool('get.weather', { description: 'Weather.', parameters: { type: 'object' }, strict: true }),
    functionTool('ns__spawn', { namespace: { name: 'ns', localName: 'spawn' } }),
    {
      kind: 'custom',
      name: 'patch',
      description: null,
      format: { type: 'grammar', syntax: 'lark', definition: 'start: "x"' },
    },
    { kind: 'provider', origin: 'openai-responses', name: 'web_search', definition: { type: 'web_search' } },
    { kind: 'provider', origin: 'anthropic-messages', name: 'bash', definition: { type: 'bash_20250124' } },
    functionTool('ns__wait', { namespace: { name: 'ns', localName: 'wait' } }),
  ];
  const none = { type: 'object', properties: {} };

  it('of all kinds, the names as OpenAI takes them, namespaces together', () => {
    const { body, dropped } = encodeRequest(plainRequest({ tools }), targetOf('gpt-4.1'));
    expect(body['tools']).toEqual([
      { type: 'function', name: 'get_weather', description: 'Weather.', parameters: none, strict: true },
      {
        type: 'namespace',
        name: 'ns',
        description: 'ns',
        tools: [
          { type: 'function', name: 'spawn', parameters: none, strict: false },
          { type: 'function', name: 'wait', parameters: none, strict: false },
        ],
      },
      { type: 'custom', name: 'patch', format: { type: 'grammar', syntax: 'lark', definition: 'start: "x"' } },
      { type: 'web_search' },
    ]);
    expect(dropped).toEqual(['tools.bash']);
  });

  it.each<[CanonicalRequest['toolChoice'], unknown, readonly string[]]>([
    [{ kind: 'required' }, 'required', []],
    [{ kind: 'tool', name: 'get.weather' }, { type: 'function', name: 'get_weather' }, []],
    [{ kind: 'tool', name: 'patch' }, { type: 'custom', name: 'patch' }, []],
    [{ kind: 'tool', name: 'web_search' }, { type: 'web_search' }, []],
    [{ kind: 'tool', name: 'bash' }, undefined, ['tool_choice']],
    [
      { kind: 'allowed', names: ['get.weather', 'bash'], required: true },
      { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'get_weather' }] },
      ['tool_choice'],
    ],
  ])('choice %j', (toolChoice, expected, alsoDropped) => {
    const { body, dropped } = encodeRequest(plainRequest({ tools, toolChoice }), targetOf('gpt-4.1'));
    expect(body['tool_choice']).toEqual(expected);
    expect(dropped).toEqual(['tools.bash', ...alsoDropped]);
  });

  it('without a tool there is no choice of one', () => {
    const request = plainRequest({ toolChoice: { kind: 'auto' }, parallelToolCalls: false });
    const { body, dropped } = encodeRequest(request, targetOf('gpt-4.1'));
    expect(Object.keys(body).sort()).toEqual(['input', 'model', 'store']);
    expect(dropped).toEqual(['tool_choice', 'parallel_tool_calls']);
  });
});

describe('parameters', () => {
  const hot = { sampling: { ...NO_SAMPLING, temperature: 0.5, topP: 0.9 }, logprobs: { top: 2 } };
  const logprobs = { top_logprobs: 2, include: ['message.output_text.logprobs'] };
  const encrypted = { include: ['reasoning.encrypted_content'] };
  const wish = (
    effort: 'none' | 'minimal' | 'high' | 'max',
    shown: boolean | null = null,
  ): Partial<CanonicalRequest> => ({
    reasoning: { effort, budgetTokens: null, shown },
  });

  it.each<[string, Partial<CanonicalRequest>, JsonObject, readonly string[]]>([
    ['gpt-4.1', hot, { temperature: 0.5, top_p: 0.9, ...logprobs }, []],
    ['gpt-5-mini', hot, encrypted, ['temperature', 'top_p', 'logprobs']],
    [
      'gpt-5.2',
      { ...hot, ...wish('high') },
      { reasoning: { effort: 'high' }, ...encrypted },
      ['temperature', 'top_p', 'logprobs'],
    ],
    [
      'gpt-5.2-2025-12-11',
      { ...hot, ...wish('none') },
      {
        reasoning: { effort: 'none' },
        temperature: 0.5,
        top_p: 0.9,
        top_logprobs: 2,
        include: ['reasoning.encrypted_content', 'message.output_text.logprobs'],
      },
      [],
    ],
    ['gpt-4.1', wish('high'), {}, ['reasoning']],
    ['gpt-4.1', wish('none'), {}, []],
    ['o3', wish('max', true), { reasoning: { effort: 'high', summary: 'auto' }, ...encrypted }, []],
    // Who has its own word for a summary and does not say it wants none.
    ['o3', wish('high'), { reasoning: { effort: 'high' }, ...encrypted }, []],
    ['gpt-5', wish('none'), { reasoning: { effort: 'minimal' }, ...encrypted }, []],
    ['gpt-5.1', wish('minimal'), { reasoning: { effort: 'low' }, ...encrypted }, []],
    ['my-deployment', wish('minimal'), { reasoning: { effort: 'minimal' }, ...encrypted }, []],
    ['my-deployment', hot, { temperature: 0.5, top_p: 0.9, ...logprobs }, []],
    [
      'o4-mini',
      { reasoning: { effort: null, budgetTokens: 20_000, shown: null } },
      { reasoning: { effort: 'high' }, ...encrypted },
      [],
    ],
    ['gpt-4.1', { verbosity: 'low' }, {}, ['verbosity']],
    ['o3', { verbosity: 'low' }, encrypted, ['verbosity']],
    ['gpt-5.1-codex-max', { verbosity: 'low' }, encrypted, ['verbosity']],
    ['gpt-5.6-sol', wish('max'), { reasoning: { effort: 'max' }, ...encrypted }, []],
    ['gpt-6-astra', wish('none'), { reasoning: { effort: 'low' }, ...encrypted }, []],
    ['gpt-6-luna', wish('none'), { reasoning: { effort: 'none' }, ...encrypted }, []],
    ['o4-mini-deep-research', wish('high'), { reasoning: { effort: 'medium' }, ...encrypted }, []],
    ['gpt-5', { verbosity: 'low' }, { text: { verbosity: 'low' }, ...encrypted }, []],
    [
      'gpt-4.1',
      { output: { kind: 'schema', schema: { type: 'object' }, name: null, description: 'D', strict: true } },
      {
        text: {
          format: { type: 'json_schema', name: 'response', schema: { type: 'object' }, description: 'D', strict: true },
        },
      },
      [],
    ],
    ['gpt-4.1', { maxOutputTokens: 1 }, { max_output_tokens: 16 }, []],
    ['gpt-4.1', { maxOutputTokens: 4_000, stream: true }, { max_output_tokens: 4_000, stream: true }, []],
    [
      'gpt-4.1',
      { user: 'u', cacheKey: 'k', serviceTier: 'flex' },
      { safety_identifier: 'u', prompt_cache_key: 'k', service_tier: 'flex' },
      [],
    ],
    ['gpt-4.1', { serviceTier: 'standard_only' }, {}, ['service_tier']],
    [
      'gpt-4.1',
      {
        stop: ['x'],
        choiceCount: 2,
        sampling: { ...NO_SAMPLING, topK: 4, seed: 1, frequencyPenalty: 1, presencePenalty: 1 },
        extras: {
          origin: 'gemini',
          fields: { safetySettings: [{}], generationConfig: { speechConfig: {}, mediaResolution: 1 } },
        },
      },
      {},
      [
        'safetySettings',
        'generationConfig.speechConfig',
        'generationConfig.mediaResolution',
        'top_k',
        'seed',
        'frequency_penalty',
        'presence_penalty',
        'stop',
        'n',
      ],
    ],
  ])('%s %j', (model, changes, expected, dropped) => {
    const encoded = encodeRequest(plainRequest(changes), targetOf(model));
    expect(encoded.body).toEqual({ model, input: [], store: false, ...expected });
    expect(encoded.dropped).toEqual(dropped);
    expect(encoded.headers).toEqual({});
  });

  it('JSON is asked for in words where nobody has said the word, without which it is refused', () => {
    const asked = { output: { kind: 'json' } } as const;
    const body = bodyOf({ ...asked, messages: [{ role: 'user', content: [textPart('hi')] }] });
    expect(body['text']).toEqual({ format: { type: 'json_object' } });
    expect(JSON.stringify(body['input'])).toContain('Answer with one JSON object and nothing else.');
    const said = bodyOf({ ...asked, messages: [{ role: 'user', content: [textPart('hi, as json')] }] });
    expect(said['input']).toHaveLength(1);
  });

  it('a default that is left out is not lost', () => {
    const sampling = { ...NO_SAMPLING, temperature: 1, topP: 1, frequencyPenalty: 0, presencePenalty: 0 };
    expect(encodeRequest(plainRequest({ sampling }), targetOf('o3')).dropped).toEqual([]);
  });

  it('a limit over the model’s own is the model’s own', () => {
    const target = { ...targetOf('gpt-4.1'), maxOutputTokens: 32_768 };
    expect(bodyOf({ maxOutputTokens: 64_000 }, target)['max_output_tokens']).toBe(32_768);
  });

  it('a long id of a user is a short one, always the same', () => {
    const user = `user_${'0'.repeat(130)}`;
    expect(bodyOf({ user })['safety_identifier']).toMatch(/^[0-9a-f]{64}$/);
    expect(bodyOf({ user })).toEqual(bodyOf({ user }));
  });

  it('nothing is ever null', () => {
    const isNull = (value: unknown): boolean =>
      value === null || (typeof value === 'object' && Object.values(value).some(isNull));
    expect(
      isNull(bodyOf({ tools: [functionTool('f')], ...hot, messages: [{ role: 'user', content: [textPart('x')] }] })),
    ).toBe(false);
  });
});

describe('round trip', () => {
  const text = fc.string({ minLength: 1 });
  const word = fc.stringMatching(/^[a-z]{1,8}$/);
  const assistant = fc.array(
    fc.oneof(
      text.map((said): AssistantPart => textPart(said)),
      text.map((said): AssistantPart => reasoningPart(said, OWN_STATE)),
      fc
        .record({ id: word, name: word, kind: fc.constantFrom('function', 'custom') })
        .map(({ id, name, kind }) => call(id, name, { kind, arguments: '{"a":1}' })),
    ),
    { minLength: 1, maxLength: 4 },
  );

  it('what OpenAI would read is what was said', () => {
    fc.assert(
      fc.property(
        assistant,
        text,
        word,
        fc.option(fc.constantFrom('low', 'high'), { nil: null }),
        (content, said, name, effort) => {
          const request = plainRequest({
            model: 'gpt-5.2',
            streamUsage: true,
            messages: [
              { role: 'system', content: [textPart(said)] },
              { role: 'user', content: [textPart(said)] },
              { role: 'assistant', content: onceEach(content) },
              ...answered(content),
              { role: 'user', content: [textPart(said)] },
            ],
            tools: [functionTool(name, { description: said, parameters: { type: 'object', properties: {} } })],
            toolChoice: { kind: 'tool', name },
            reasoning: effort === null ? null : { effort, budgetTokens: null, shown: true },
            output: { kind: 'schema', schema: { type: 'object' }, name, description: null, strict: null },
            maxOutputTokens: 100,
            cacheKey: name,
          });
          const { body, dropped } = encodeRequest(request, targetOf('gpt-5.2'));
          expect(dropped).toEqual([]);
          expect(decodeRequest(body, { model: 'gpt-5.2', stream: false })).toEqual(request);
        },
      ),
    );
  });

  /** The same thoughts are sent once. */
  function answered(content: readonly AssistantPart[]): CanonicalRequest['messages'] {
    const results = content.flatMap((part) =>
      part.type === 'tool_call'
        ? [{ callId: part.id, name: null, content: [textPart('done')], isError: null, cache: null }]
        : [],
    );
    return results.length === 0 ? [] : [{ role: 'tool', results }];
  }

  function onceEach(content: readonly AssistantPart[]): readonly AssistantPart[] {
    const first = content.findIndex(({ type }) => type === 'reasoning');
    return content.filter(({ type }, index) => type !== 'reasoning' || index === first);
  }
});

describe('a summary of the thoughts', () => {
  const thinks = { effort: 'high', budgetTokens: null, shown: null } as const;

  it.each<[string, CanonicalRequest['reasoning'], 'always' | 'asked', DialectId, boolean]>([
    ['who asks for thinking', thinks, 'always', 'anthropic-messages', true],
    ['who asks for an effort', thinks, 'always', 'openai-chat', true],
    ['who leaves it to the model how much', { ...thinks, effort: null }, 'always', 'anthropic-messages', true],
    ['who wants no thinking', { ...thinks, effort: 'none' }, 'always', 'anthropic-messages', false],
    ['who does not want to see any', { ...thinks, shown: false }, 'always', 'anthropic-messages', false],
    ['who has its own word for it', thinks, 'always', 'openai-responses', false],
    ['who asks for thinking, of accounts that may not', thinks, 'asked', 'anthropic-messages', false],
    ['who asks to see it, of any account', { ...thinks, shown: true }, 'asked', 'anthropic-messages', true],
  ])('is asked for one %s', (_, reasoning, summaries, origin, isAsked) => {
    const request = { ...emptyRequest('gpt-5.1', origin), reasoning };
    const { body } = encodeRequest(request, targetOf('gpt-5.1', { summaries }));
    expect((body['reasoning'] as JsonObject | undefined)?.['summary']).toBe(isAsked ? 'auto' : undefined);
  });
});
