import { describe, expect, it } from 'vitest';
import { asked, TARGET } from './contexts.ts';
import { DROPPED_NAMES } from '../../../src/dialects/ollama/encode-request.ts';
import { NO_SAMPLING } from '../../../src/canonical/request.ts';
import { ollama } from '../../../src/dialects/ollama/index.ts';
import { textPart } from '../../../src/canonical/parts.ts';
import type { AssistantPart, ImagePart, UserPart } from '../../../src/canonical/parts.ts';
import type { CanonicalRequest, FunctionTool, Message, ToolChoice } from '../../../src/canonical/request.ts';
import type { EncodeTarget } from '../../../src/dialects/dialect.ts';

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

function encode(changes: Partial<CanonicalRequest>, target: Partial<EncodeTarget> = {}) {
  return ollama.back.encodeRequest(asked(changes), { ...TARGET, ...target });
}

function options(changes: Partial<CanonicalRequest>, target: Partial<EncodeTarget> = {}): unknown {
  return encode(changes, target).body['options'];
}

function user(...content: readonly UserPart[]): Message {
  return { role: 'user', content };
}

function image(data: string): ImagePart {
  return { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data }, detail: null, cache: null };
}

function tool(name: string, changes: Partial<FunctionTool> = {}): FunctionTool {
  const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
  return {
    kind: 'function',
    name,
    description: null,
    parameters,
    strict: null,
    namespace: null,
    cache: null,
    ...changes,
  };
}

const sentTool = (name: string) => ({
  type: 'function',
  function: {
    name,
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
});

describe('a request to Ollama', () => {
  it('goes to /api/chat with the model as it is called there, tags and slashes too (O1, O16)', () => {
    expect(ollama.back.pathOf('hf.co/org/model:Q4', true)).toBe('/api/chat');
    expect(encode({}, { model: 'hf.co/org/model:Q4' }).body['model']).toBe('hf.co/org/model:Q4');
  });

  it('says whether it is a stream, and that nothing is to be cut off (O3)', () => {
    expect(encode({ stream: true }).body).toMatchObject({ stream: true, truncate: false });
    expect(encode({ stream: false }).body).toMatchObject({ stream: false, truncate: false });
  });

  it('has its options in their place, each under its own name (O2)', () => {
    const sampling = {
      temperature: 0.5,
      topP: 0.9,
      topK: 40,
      seed: 1,
      frequencyPenalty: 0.1,
      presencePenalty: 0.2,
    };
    expect(options({ sampling, maxOutputTokens: 512, stop: ['\n\n'] })).toEqual({
      temperature: 0.5,
      top_p: 0.9,
      top_k: 40,
      seed: 1,
      frequency_penalty: 0.1,
      presence_penalty: 0.2,
      num_predict: 512,
      stop: ['\n\n'],
      num_ctx: 8_192,
    });
  });

  it('says nothing that the request does not say', () => {
    const { body, dropped, headers } = encode({ messages: [user(textPart('hi'))], sampling: NO_SAMPLING });
    expect(body).toEqual({
      model: 'qwen3:8b',
      messages: [{ role: 'user', content: 'hi' }],
      stream: false,
      truncate: false,
      options: { num_ctx: 8_192 },
    });
    expect(dropped).toEqual([]);
    expect(headers).toEqual({});
  });

  it('keeps the order of its messages, system messages where they stand', () => {
    const messages: Message[] = [
      { role: 'system', content: [textPart('a'), textPart('b')] },
      user(textPart('one'), textPart('two')),
      { role: 'assistant', content: [textPart('three'), textPart(' four')] },
      { role: 'system', content: [textPart('now in French')] },
    ];
    expect(encode({ messages }).body['messages']).toEqual([
      { role: 'system', content: 'a\nb' },
      { role: 'user', content: 'one\ntwo' },
      { role: 'assistant', content: 'three four' },
      { role: 'system', content: 'now in French' },
    ]);
  });

  it('has images as base64 beside the text, several of them (O4)', () => {
    const messages = [user(textPart('what is'), image(PNG), textPart('this?'), image('AAAA'))];
    expect(encode({ messages }).body['messages']).toEqual([
      { role: 'user', content: 'what is\nthis?', images: [PNG, 'AAAA'] },
    ]);
  });

  const pdf = { kind: 'base64', mediaType: 'application/pdf', data: 'JVBERi0=' } as const;
  const wav = { kind: 'base64', mediaType: 'audio/wav', data: 'UklGRg==' } as const;
  const address = { kind: 'url', url: 'https://example.com/a.png', mediaType: null } as const;

  it.each<[string, UserPart]>([
    ['an image by its address', { type: 'image', source: address, detail: null, cache: null }],
    ['a PDF', { type: 'file', source: pdf, filename: 'a.pdf', cache: null }],
    ['audio', { type: 'audio', source: wav, cache: null }],
    ['a video', { type: 'video', source: { ...wav, mediaType: 'video/mp4' }, cache: null }],
  ])('is refused with %s in it, which the error names', (_, part) => {
    expect(() => encode({ messages: [user(textPart('see'), part)] })).toThrow(
      expect.objectContaining({ code: 'unsupported_content', status: 400, param: 'messages[0].content[1]' }),
    );
  });

  it('takes a document that is text as text, and audio where the model takes it', () => {
    const text = { kind: 'text', text: 'a page' } as const;
    const messages = [
      user(
        { type: 'file', source: text, filename: null, cache: null },
        { type: 'file', source: { ...pdf, mediaType: 'text/csv', data: 'YSxi' }, filename: null, cache: null },
        { type: 'audio', source: wav, cache: null },
      ),
    ];
    const quirks = { ...TARGET.quirks, audio: true };
    expect(encode({ messages }, { quirks }).body['messages']).toEqual([
      { role: 'user', content: 'a page\na,b', images: ['UklGRg=='] },
    ]);
  });

  it('has earlier calls with arguments as objects, and results with the name of their tool (O5)', () => {
    const call = { type: 'tool_call', name: 'get_weather', kind: 'function', state: null, cache: null } as const;
    const content: AssistantPart[] = [
      { type: 'reasoning', text: 'Look it up.', state: { origin: 'gemini', data: 'secret' } },
      { ...call, id: 'call_1', arguments: '{"city":"Ghent"}' },
      { ...call, id: 'call_2', arguments: 'no JSON' },
    ];
    const result = { name: null, isError: null, cache: null };
    const messages: Message[] = [
      { role: 'assistant', content },
      {
        role: 'tool',
        results: [
          { ...result, callId: 'call_1', content: [textPart('12 C'), image(PNG)] },
          { ...result, callId: 'call_2', content: [textPart('no such city')], isError: true },
        ],
      },
    ];
    expect(encode({ messages }).body['messages']).toEqual([
      {
        role: 'assistant',
        content: '',
        thinking: 'Look it up.',
        tool_calls: [
          { id: 'call_1', function: { index: 0, name: 'get_weather', arguments: { city: 'Ghent' } } },
          { id: 'call_2', function: { index: 1, name: 'get_weather', arguments: {} } },
        ],
      },
      { role: 'tool', content: '12 C', images: [PNG], tool_name: 'get_weather', tool_call_id: 'call_1' },
      { role: 'tool', content: 'Error: no such city', tool_name: 'get_weather', tool_call_id: 'call_2' },
    ]);
  });

  it('offers tools as OpenAI writes them, also those that take any text (O5)', () => {
    const patch = { kind: 'custom', name: 'apply_patch', description: 'Patches files', format: null } as const;
    const { body, dropped } = encode({ tools: [tool('get_weather'), tool('now', { parameters: null }), patch] });
    expect(body['tools']).toEqual([
      sentTool('get_weather'),
      { type: 'function', function: { name: 'now', parameters: { type: 'object', properties: {} } } },
      {
        type: 'function',
        function: {
          name: 'apply_patch',
          description: 'Patches files',
          parameters: { type: 'object', properties: { input: { type: 'string' } }, required: ['input'] },
        },
      },
    ]);
    expect(dropped).toEqual([]);
  });

  it.each<[ToolChoice, readonly string[], readonly string[]]>([
    [{ kind: 'auto' }, ['a', 'b', 'c'], []],
    [{ kind: 'none' }, [], []],
    [{ kind: 'required' }, ['a', 'b', 'c'], ['tool_choice']],
    [{ kind: 'tool', name: 'b' }, ['b'], ['tool_choice']],
    [{ kind: 'tool', name: 'missing' }, ['a', 'b', 'c'], ['tool_choice']],
    [{ kind: 'allowed', names: ['a', 'c'], required: false }, ['a', 'c'], ['tool_choice']],
  ])('has no word for the choice %j: the tools are chosen instead (O7)', (toolChoice, names, lost) => {
    const { body, dropped } = encode({ tools: [tool('a'), tool('b'), tool('c')], toolChoice });
    expect(body['tools']).toEqual(names.length === 0 ? undefined : names.map(sentTool));
    expect(body).not.toHaveProperty('tool_choice');
    expect(dropped).toEqual(lost);
  });

  it('has the form of the answer in format (O8)', () => {
    const schema = { type: 'object', properties: { age: { type: 'integer' } } };
    expect(encode({ output: { kind: 'json' } }).body['format']).toBe('json');
    const output = { kind: 'schema', schema, name: 'person', description: null, strict: true } as const;
    expect(encode({ output }).body['format']).toEqual(schema);
  });

  it.each([
    ['qwen3:8b', { effort: null, budgetTokens: null }, undefined],
    ['qwen3:8b', { effort: 'none', budgetTokens: null }, false],
    ['qwen3:8b', { effort: 'minimal', budgetTokens: null }, true],
    ['qwen3:8b', { effort: 'max', budgetTokens: null }, true],
    ['qwen3:8b', { effort: null, budgetTokens: 0 }, false],
    ['qwen3:8b', { effort: null, budgetTokens: 8_000 }, true],
    ['gpt-oss:20b', { effort: 'minimal', budgetTokens: null }, 'low'],
    ['hf.co/unsloth/gpt-oss-20b-GGUF:Q4', { effort: 'medium', budgetTokens: null }, 'medium'],
    ['gpt-oss:20b', { effort: 'xhigh', budgetTokens: null }, 'high'],
    ['gpt-oss:20b', { effort: null, budgetTokens: 20_000 }, 'high'],
    ['qwen3.8:32b', { effort: 'xhigh', budgetTokens: null }, 'max'],
    ['gpt-oss:20b', { effort: 'none', budgetTokens: null }, false],
  ] as const)('tells %s to think as %j says (O9)', (model, wish, think) => {
    expect(encode({ reasoning: { ...wish, shown: null } }, { model }).body['think']).toBe(think);
  });

  it('does not tell a model to think that cannot, which would be an error', () => {
    const quirks = { ...TARGET.quirks, reasoning: 'none' } as const;
    const high = encode({ reasoning: { effort: 'high', budgetTokens: null, shown: null } }, { quirks });
    expect(high.body).not.toHaveProperty('think');
    expect(high.dropped).toEqual(['reasoning']);
    const none = encode({ reasoning: { effort: 'none', budgetTokens: null, shown: null } }, { quirks });
    expect(none).toMatchObject({ body: { think: false }, dropped: [] });
  });

  it('asks for log probabilities, of no more tokens than Ollama takes', () => {
    expect(encode({ logprobs: { top: 3 } }).body).toMatchObject({ logprobs: true, top_logprobs: 3 });
    expect(encode({ logprobs: { top: 99 } }).body).toMatchObject({ logprobs: true, top_logprobs: 20 });
  });

  it('names what it leaves out, and nothing but names of its list', () => {
    const { dropped } = encode({
      choiceCount: 2,
      parallelToolCalls: false,
      verbosity: 'low',
      user: 'u1',
      cacheKey: 'k',
      serviceTier: 'flex',
      toolChoice: { kind: 'required' },
      tools: [
        tool('a', { strict: true }),
        tool('b', { strict: true }),
        { kind: 'provider', origin: 'anthropic-messages', name: 'web_search', definition: {} },
      ],
      extras: { origin: 'openai-chat', fields: { logit_bias: { 50256: -100 } } },
    });
    expect([...dropped].sort()).toEqual([
      'logit_bias',
      'n',
      'parallel_tool_calls',
      'service_tier',
      'tool_choice',
      'tools.strict',
      'tools.web_search',
      'user',
      'verbosity',
    ]);
    const listed = new Set<string>(DROPPED_NAMES);
    expect(dropped.filter((name) => !listed.has(name))).toEqual(['tools.web_search', 'logit_bias']);
  });

  it('hands on what an Ollama client set, its own context before ours', () => {
    const fields = {
      keep_alive: '10m',
      options: { num_ctx: 4_096, min_p: 0.05, repeat_penalty: 1.1 },
      truncate: true,
      template: '{{ .Prompt }}',
    };
    const { body, dropped } = encode({ extras: { origin: 'ollama', fields } });
    expect(body).toMatchObject({
      keep_alive: '10m',
      truncate: true,
      options: { num_ctx: 4_096, min_p: 0.05, repeat_penalty: 1.1 },
    });
    expect(dropped).toEqual(['template']);
  });

  it('takes the options of clients that know what they talk to out of another dialect (O2)', () => {
    const fields = { num_ctx: 16_384, min_p: 0.1, repetition_penalty: 1.2, keep_alive: -1, num_gpu: 'all' };
    const { body, dropped } = encode({ extras: { origin: 'openai-chat', fields } });
    expect(body).toMatchObject({ keep_alive: -1, options: { num_ctx: 16_384, min_p: 0.1, repeat_penalty: 1.2 } });
    expect(dropped).toEqual(['num_gpu']);
  });

  it('has room for the prompt and for the answer that it allows, as far as the model has (O3)', () => {
    const messages = [user(textPart('x'.repeat(30_000)))];
    expect(options({ messages })).toMatchObject({ num_ctx: 16_384 });
    expect(options({ messages, maxOutputTokens: 16_000 })).toMatchObject({ num_ctx: 32_768 });
    expect(options({ messages, maxOutputTokens: 64_000 }, { maxOutputTokens: 4_000 })).toMatchObject({
      num_ctx: 16_384,
    });
    expect(options({ messages, maxOutputTokens: 64_000 }, { contextTokens: 40_960 })).toMatchObject({
      num_ctx: 40_960,
    });
    expect(options({ messages }, { loadedContextTokens: 131_072 })).toMatchObject({ num_ctx: 131_072 });
  });

  it('has room for the answer beside what the prompt proved to take', () => {
    expect(options({}, { exceededContextTokens: 8_192 })).toMatchObject({ num_ctx: 16_384 });
    expect(options({}, { exceededContextTokens: 15_000 })).toMatchObject({ num_ctx: 32_768 });
    expect(options({ maxOutputTokens: 100 }, { exceededContextTokens: 15_000 })).toMatchObject({ num_ctx: 16_384 });
    expect(options({ maxOutputTokens: 0 }, { exceededContextTokens: 8_192 })).toMatchObject({ num_ctx: 16_384 });
  });
});
