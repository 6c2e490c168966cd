import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../src/canonical/errors.ts';
import type { JsonObject } from '../../../src/canonical/parts.ts';
import type { ChatQuirks } from '../../../src/canonical/quirks.ts';
import type { CanonicalRequest } from '../../../src/canonical/request.ts';
import type { EncodedRequest, EncodeTarget } from '../../../src/dialects/dialect.ts';
import { encodeRequest } from '../../../src/dialects/openai-chat/encode-request.ts';
import { decoded, target } from './contexts.ts';

const user = { role: 'user', content: 'hi' };
const tool = {
  type: 'function',
  function: { name: 'f', description: 'd', parameters: { type: 'object', properties: { a: {} } } },
};

function encoded(
  body: JsonObject,
  quirks: Partial<ChatQuirks> = {},
  fields: Partial<EncodeTarget> = {},
): EncodedRequest {
  return encodeRequest(decoded({ messages: [user], ...body }), target(quirks, fields));
}

function messagesOf(request: EncodedRequest): readonly JsonObject[] {
  return request.body['messages'] as readonly JsonObject[];
}

describe('a request to an upstream of chat completions', () => {
  it('says nothing that was not said', () => {
    expect(encoded({})).toEqual({ body: { model: 'up', messages: [user] }, dropped: [], headers: {} });
  });

  it('asks for the usage of a stream where it can be asked for', () => {
    const said = { stream: true, stream_options: { include_usage: true } };
    expect(encoded({ stream: true }).body).toMatchObject(said);
    expect(encoded({ stream: true }, { streamUsage: false }).body).not.toHaveProperty('stream_options');
  });

  it.each<[string, Partial<ChatQuirks>, JsonObject, JsonObject]>([
    ['maxTokensField', { maxTokensField: 'max_completion_tokens' }, { max_tokens: 5 }, { max_completion_tokens: 5 }],
    ['maxTokensField', {}, { max_completion_tokens: 5 }, { max_tokens: 5 }],
    ['seedField', { seedField: 'random_seed' }, { seed: 7 }, { random_seed: 7 }],
    ['requiredChoice', { requiredChoice: 'any' }, { tools: [tool], tool_choice: 'required' }, { tool_choice: 'any' }],
    ['reasoning', { reasoning: 'effort' }, { reasoning_effort: 'low' }, { reasoning_effort: 'low' }],
    [
      'reasoning',
      { reasoning: 'effort' },
      { thinking: { type: 'enabled', budget_tokens: 20_000 } },
      { reasoning_effort: 'high' },
    ],
    ['efforts', { efforts: ['high', 'max'] }, { reasoning_effort: 'minimal' }, { reasoning_effort: 'high' }],
    ['reasoning', { reasoning: 'thinking-type' }, { reasoning_effort: 'none' }, { thinking: { type: 'disabled' } }],
    [
      'reasoning',
      { reasoning: 'thinking-type', efforts: ['high', 'max'] },
      { reasoning_effort: 'xhigh' },
      { thinking: { type: 'enabled' }, reasoning_effort: 'max' },
    ],
    ['reasoning', { reasoning: 'enable-thinking' }, { reasoning_effort: 'none' }, { enable_thinking: false }],
    [
      'reasoning',
      { reasoning: 'enable-thinking' },
      { thinking_budget: 900 },
      { enable_thinking: true, thinking_budget: 900 },
    ],
    [
      'reasoning',
      { reasoning: 'chat-template' },
      { reasoning_effort: 'none', chat_template_kwargs: { a: 1 } },
      { chat_template_kwargs: { a: 1, enable_thinking: false } },
    ],
    ['reasoning', { reasoning: 'reasoning-object' }, { reasoning_effort: 'low' }, { reasoning: { effort: 'low' } }],
    [
      'reasoning',
      { reasoning: 'reasoning-object' },
      { thinking: { type: 'enabled', budget_tokens: 2000 } },
      { reasoning: { max_tokens: 2000 } },
    ],
    [
      'reasoning',
      { reasoning: 'reasoning-object' },
      { reasoning: { exclude: true } },
      { reasoning: { exclude: true } },
    ],
  ])('obeys %s', (_quirk, quirks, asked, sent) => {
    const { body, dropped } = encoded(asked, quirks);
    expect(body).toMatchObject(sent);
    expect(dropped).toEqual([]);
    const others = Object.keys(asked).filter((key) => sent[key] === undefined && key !== 'tools');
    for (const key of others) expect(body).not.toHaveProperty(key);
  });

  it.each<[Partial<ChatQuirks>, JsonObject, string[]]>([
    [{ seedField: null }, { seed: 7 }, ['seed']],
    [{ reasoning: 'none' }, { reasoning_effort: 'low' }, ['reasoning']],
    [{ efforts: [] }, { reasoning_effort: 'low' }, ['reasoning']],
    [{ refuses: ['frequency_penalty', 'stop'] }, { frequency_penalty: 1, stop: 'x' }, ['frequency_penalty', 'stop']],
    [{ refuses: ['tools'] }, { tools: [tool], tool_choice: 'auto', parallel_tool_calls: true }, ['tools']],
    [{ refuses: ['logprobs'] }, { logprobs: true, top_logprobs: 2 }, ['logprobs']],
    [{}, { n: 3 }, ['n']],
    [{}, { tools: [{ type: 'web_search_20250305', name: 'web_search' }] }, ['tools.web_search']],
    [
      {},
      {
        tools: [{ type: 'web_search_20250305', name: 'web_search' }],
        tool_choice: { type: 'tool', name: 'web_search' },
      },
      ['tools.web_search', 'tool_choice'],
    ],
    [{}, { tools: [tool], tool_choice: { type: 'function', function: { name: 'gone' } } }, ['tool_choice']],
  ])('names what it drops: %j %j', (quirks, asked, names) => {
    const { body, dropped } = encoded(asked, quirks);
    expect(dropped).toEqual(names);
    for (const name of [...names, 'top_logprobs', 'n']) expect(body).not.toHaveProperty(name);
    if (body['tools'] === undefined) expect(body).not.toHaveProperty('parallel_tool_calls');
    if (names.includes('tools')) expect(body).not.toHaveProperty('tool_choice');
  });

  it('drops a choice among no tools without a word', () => {
    const { body, dropped } = encoded({ tools: [], tool_choice: 'auto', parallel_tool_calls: true });
    expect(body).toEqual({ model: 'up', messages: [user] });
    expect(dropped).toEqual([]);
  });

  it('hands on fields of its own dialect, and names those of others', () => {
    const request = decoded({ messages: [user], min_p: 0.1, service_tier: 'slow' });
    expect(encodeRequest(request, target()).body).toMatchObject({ min_p: 0.1, service_tier: 'slow' });
    const other: CanonicalRequest = {
      ...request,
      serviceTier: 'standard_only',
      verbosity: 'low',
      extras: {
        origin: 'anthropic-messages',
        fields: { context_management: { edits: [1] }, betas: ['b'], container: {} },
      },
    };
    const { body, dropped } = encodeRequest(other, target());
    expect(body).toEqual({ model: 'up', messages: [user] });
    expect(dropped).toEqual(['context_management', 'betas', 'verbosity', 'service_tier']);
  });

  it('asks for no more tokens than the model and its context have', () => {
    const asked = { max_tokens: 32_000 };
    expect(encoded(asked, {}, { maxOutputTokens: 8_000 }).body['max_tokens']).toBe(8_000);
    expect(encoded(asked, {}, { contextTokens: 16_000 }).body['max_tokens']).toBeLessThan(16_000);
    expect(encoded(asked, {}, { contextTokens: 16_000 }).body['max_tokens']).toBeGreaterThan(15_000);
    expect(encoded({ max_tokens: 100 }, {}, { contextTokens: 1_000 }).body['max_tokens']).toBe(100);
  });
});

// The API refuses them with the bodies recorded in ../shared/recorded/openai/reasoning-model-*.json.
describe("OpenAI's own models", () => {
  const asked = {
    max_tokens: 9,
    temperature: 0.2,
    top_p: 0.9,
    top_k: 3,
    frequency_penalty: 1,
    presence_penalty: 0,
    stop: ['a', 'b', 'c', 'd', 'e'],
    logprobs: true,
    logit_bias: { 1: 1 },
  };

  it.each(['o3-mini', 'gpt-5', 'gpt-5.6-terra', 'openai/gpt-5-mini'])('%s reasons: it takes no sampling', (model) => {
    const { body, dropped } = encoded(asked, {}, { model });
    expect(body).toEqual({ model, messages: [user], max_completion_tokens: 9 });
    expect(dropped).toEqual(['logit_bias', 'temperature', 'top_p', 'frequency_penalty', 'top_k', 'stop', 'logprobs']);
  });

  it('gpt-5.1 takes it without effort', () => {
    const { body } = encoded({ ...asked, reasoning_effort: 'none' }, {}, { model: 'gpt-5.1' });
    expect(body).toMatchObject({ temperature: 0.2, top_p: 0.9, logprobs: true, reasoning_effort: 'none' });
  });

  it('gpt-4o does not think, and takes four stop sequences', () => {
    const { body, dropped } = encoded({ ...asked, reasoning_effort: 'high' }, {}, { model: 'gpt-4o' });
    expect(body).toMatchObject({ max_tokens: 9, temperature: 0.2, stop: ['a', 'b', 'c', 'd'], logit_bias: { 1: 1 } });
    expect(body).not.toHaveProperty('reasoning_effort');
    expect(dropped).toEqual(['reasoning', 'top_k', 'stop']);
  });

  it('take the nearest effort that they have', () => {
    expect(encoded({ reasoning_effort: 'xhigh' }, {}, { model: 'o3' }).body).toMatchObject({
      reasoning_effort: 'high',
    });
  });

  it.each([
    ['gpt-5.4', {}, undefined, []],
    ['gpt-5.4', { reasoning_effort: 'high' }, 'none', ['reasoning']],
    ['gpt-5.4', { reasoning_effort: 'none' }, 'none', []],
    // It thinks unless it is told not to, and refuses tools while it does.
    ['gpt-5.6-sol', {}, 'none', []],
    ['gpt-5.6-sol', { reasoning_effort: 'max' }, 'none', ['reasoning']],
    ['gpt-5.1', { reasoning_effort: 'high' }, 'high', []],
    ['my-deployment', { reasoning_effort: 'high' }, 'high', []],
  ])('%s has tools beside %j', (model, fields, effort, dropped) => {
    const sent = encoded({ ...fields, tools: [tool] }, {}, { model });
    expect(sent.body['reasoning_effort']).toBe(effort);
    expect(sent.dropped).toEqual(dropped);
    expect(encoded({ reasoning_effort: 'max' }, {}, { model: 'gpt-5.6-sol' }).body['reasoning_effort']).toBe('xhigh');
  });

  it.each([
    ['o3-mini', true, undefined, []],
    ['o4-mini', false, undefined, ['parallel_tool_calls']],
    ['gpt-5', false, false, []],
    ['gpt-4.1', false, false, []],
  ])('%s is told of parallel calls: %s', (model, parallel, expected, dropped) => {
    const sent = encoded({ tools: [tool], parallel_tool_calls: parallel }, {}, { model });
    expect(sent.body['parallel_tool_calls']).toBe(expected);
    expect(sent.dropped).toEqual(dropped);
  });

  it.each([
    ['gpt-5', 'low', 'low'],
    ['gpt-5.2-codex', 'low', undefined],
    ['gpt-5.3-codex', 'high', 'high'],
    ['gpt-5-chat-latest', 'high', undefined],
    ['o3', 'low', undefined],
    ['gpt-4.1', 'high', undefined],
    ['gpt-4.1', 'medium', 'medium'],
  ])('%s is told to be of %s verbosity', (model, verbosity, expected) => {
    const sent = encoded({ verbosity }, {}, { model });
    expect(sent.body['verbosity']).toBe(expected);
    expect(sent.dropped).toEqual(expected === undefined ? ['verbosity'] : []);
  });

  it('lose nothing by what is the default', () => {
    const idle = { temperature: 1, top_p: 1, frequency_penalty: 0, presence_penalty: 0 };
    expect(encoded(idle, {}, { model: 'gpt-5' }).dropped).toEqual([]);
  });
});

describe('messages to an upstream', () => {
  const call = { id: 'toolu_01A', type: 'function', function: { name: 'f', arguments: '{"a":1}' } };
  const loop = [
    user,
    { role: 'assistant', content: null, reasoning_content: 'hm', tool_calls: [call] },
    { role: 'tool', tool_call_id: 'toolu_01A', content: 'done' },
  ];
  const later = [{ role: 'system', content: 'a' }, { role: 'system', content: 'b' }, ...loop.slice(0, 2)];

  it('have the system in the role that is known', () => {
    const messages = [{ role: 'system', content: 'a' }, user];
    expect(messagesOf(encoded({ messages }, { systemRole: 'developer' }))).toEqual([
      { role: 'developer', content: 'a' },
      user,
    ]);
  });

  it('have one system message, and first, where templates want it', () => {
    const messages = [...later, { role: 'system', content: 'c' }, loop[2], { role: 'system', content: 'd' }, user];
    expect(messagesOf(encoded({ messages }, { singleSystem: true }))).toEqual([
      { role: 'system', content: 'a\n\nb' },
      user,
      { role: 'assistant', content: null, tool_calls: [call] },
      loop[2],
      {
        role: 'user',
        content: '<system-reminder>\nc\n</system-reminder>\n\n<system-reminder>\nd\n</system-reminder>\n\nhi',
      },
    ]);
    expect(messagesOf(encoded({ messages })).map(({ role }) => role)).toEqual([
      ...['system', 'system', 'user', 'assistant', 'tool', 'system', 'system', 'user'],
    ]);
  });

  it('have a result for every call, right behind it, and none without a call', () => {
    const other = { ...call, id: 'toolu_02B' };
    const messages = [
      { role: 'tool', tool_call_id: 'gone', content: 'of a call that was cut off' },
      user,
      { role: 'assistant', content: null, tool_calls: [call, other] },
      { role: 'user', content: 'wait' },
      { role: 'tool', tool_call_id: 'toolu_01A', content: 'done' },
      { role: 'tool', tool_call_id: 'toolu_01A', content: 'done again' },
    ];
    expect(messagesOf(encoded({ messages }))).toEqual([
      user,
      { role: 'assistant', content: null, tool_calls: [call, other] },
      { role: 'tool', tool_call_id: 'toolu_01A', content: 'done' },
      { role: 'tool', tool_call_id: 'toolu_02B', content: 'Error: The result of this tool call is not known.' },
      { role: 'user', content: 'wait' },
    ]);
  });

  it('have long ids of users and caches made short, always the same', () => {
    const long = `user_${'0'.repeat(130)}`;
    const { body } = encoded({ user: long, prompt_cache_key: long });
    expect(body['user']).toMatch(/^[0-9a-f]{64}$/);
    expect(body['prompt_cache_key']).toBe(body['user']);
  });

  it('have parameters that are an object’s, whatever the client wrote', () => {
    const choice = { anyOf: [{ properties: { a: {} }, required: ['a'] }, { properties: { b: {} } }] };
    const tools = [{ type: 'object' }, choice].map((parameters, index) => ({
      type: 'function',
      function: { name: `f${index}`, description: 'd', parameters },
    }));
    const written = encoded({ tools }).body['tools'] as { function: { parameters: unknown } }[];
    expect(written.map((one) => one.function.parameters)).toEqual([
      { type: 'object', properties: {} },
      { type: 'object', properties: { a: {}, b: {} } },
    ]);
  });

  it('send thoughts back before calls where they must', () => {
    const [, assistant] = messagesOf(encoded({ messages: loop }, { echoesReasoning: true }));
    expect(assistant).toMatchObject({ reasoning_content: 'hm' });
    const said = [user, { role: 'assistant', content: 'so', reasoning_content: 'hm' }];
    expect(messagesOf(encoded({ messages: said }, { echoesReasoning: true }))[1]).toEqual({
      role: 'assistant',
      content: 'so',
    });
    expect(messagesOf(encoded({ messages: loop }))[1]).not.toHaveProperty('reasoning_content');
  });

  it("send OpenRouter's details back as they came", () => {
    const reasoning_details = [
      { type: 'reasoning.text', text: 'hm', signature: 'sig', index: 0 },
      { type: 'reasoning.encrypted', data: 'xyz', index: 1 },
    ];
    const messages = [user, { role: 'assistant', content: 'so', reasoning: 'hm', reasoning_details }];
    const sent = messagesOf(encoded({ messages }, { reasoning: 'reasoning-object' }))[1]?.['reasoning_details'];
    expect(sent).toEqual(reasoning_details);
    expect(messagesOf(encoded({ messages }))[1]).toEqual({ role: 'assistant', content: 'so' });
  });

  it("leave out what another dialect's model thought in secret", () => {
    const messages = [
      user,
      { role: 'assistant', content: null, thinking_blocks: [{ type: 'redacted_thinking', data: 'x' }] },
      user,
    ];
    expect(messagesOf(encoded({ messages }))).toEqual([user, user]);
  });

  it('shorten ids the same way in the call and in its result', () => {
    const [, assistant, result] = messagesOf(encoded({ messages: loop }, { shortToolIds: true }));
    const [sent] = assistant?.['tool_calls'] as readonly JsonObject[];
    expect(sent?.['id']).toMatch(/^[a-zA-Z0-9]{9}$/);
    expect(result?.['tool_call_id']).toBe(sent?.['id']);
    const short = JSON.parse(JSON.stringify(loop).replaceAll('toolu_01A', 'gSIMJiOkT')) as typeof loop;
    expect(messagesOf(encoded({ messages: short }, { shortToolIds: true }))[2]).toMatchObject({
      tool_call_id: 'gSIMJiOkT',
    });
    const long = JSON.parse(JSON.stringify(loop).replaceAll('toolu_01A', 'x'.repeat(99))) as typeof loop;
    expect(messagesOf(encoded({ messages: long }))[2]?.['tool_call_id']).toMatch(/^call_[0-9a-f]{24}$/);
  });

  // cloud-providers.md 3.3: never the image as text.
  it('move images of results behind all results', () => {
    const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAA' } };
    const calls = [call, { ...call, id: 'b' }];
    const messages = [
      user,
      { role: 'assistant', tool_calls: calls },
      { role: 'tool', tool_call_id: 'toolu_01A', content: [{ type: 'text', text: 'seen' }, image] },
      { role: 'tool', tool_call_id: 'b', content: [image] },
    ];
    const told = (id: string) => ({ type: 'text', text: `The result of the tool call ${id} also has:` });
    const results = [
      { role: 'tool', tool_call_id: 'toolu_01A', content: 'seen' },
      { role: 'tool', tool_call_id: 'b', content: '' },
    ];
    expect(messagesOf(encoded({ messages })).slice(2)).toEqual([
      ...results,
      { role: 'user', content: [told('toolu_01A'), image, told('b'), image] },
    ]);
    expect(messagesOf(encoded({ messages: [...messages, user] })).slice(4)).toEqual([
      { role: 'user', content: [told('toolu_01A'), image, told('b'), image, { type: 'text', text: 'hi' }] },
    ]);
  });

  it('say in words that a result is an error', () => {
    const failed = (content: string) => [...loop.slice(0, 2), { ...loop[2], content, is_error: true }];
    expect(messagesOf(encoded({ messages: failed('no file') }))[2]).toMatchObject({ content: 'Error: no file' });
    expect(messagesOf(encoded({ messages: failed('error: no file') }))[2]).toMatchObject({ content: 'error: no file' });
    expect(messagesOf(encoded({ messages: failed('') }))[2]).toMatchObject({ content: 'Error' });
  });

  it('mark the cache where marks are known', () => {
    const parts = [
      { type: 'text', text: 'a', cache_control: { type: 'ephemeral', ttl: '1h' } },
      { type: 'text', text: 'b' },
    ];
    const messages = [{ role: 'system', content: parts }, user];
    const tools = [{ ...tool, cache_control: { type: 'ephemeral' } }];
    const marked = encoded({ messages, tools }, { cacheMarks: true });
    expect(messagesOf(marked)[0]).toEqual({ role: 'system', content: parts });
    expect(marked.body['tools']).toEqual(tools);
    const plain = encoded({ messages, tools });
    expect(messagesOf(plain)[0]).toEqual({ role: 'system', content: 'a\n\nb' });
    expect(plain.body['tools']).toEqual([tool]);
  });
});

describe('media to an upstream', () => {
  const image = (url: string) => ({ type: 'image_url', image_url: { url } });
  const inline = image('data:image/png;base64,AAA');
  const audio = { type: 'input_audio', input_audio: { data: 'AAA', format: 'mp3' } };
  const pdf = { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AAA' } };
  const note = { type: 'file', file: { filename: 'a.txt', file_data: `data:text/plain;base64,${btoa('hello')}` } };

  function sent(part: JsonObject, quirks: Partial<ChatQuirks>): unknown {
    const [message] = messagesOf(encoded({ messages: [{ role: 'user', content: [part] }] }, quirks));
    return message?.['content'];
  }

  it.each<[JsonObject, Partial<ChatQuirks>]>([
    [inline, { images: 'inline' }],
    [image('https://a.example/b.png'), {}],
    [audio, { audio: true }],
    [pdf, { files: true }],
    [note, { files: true }],
    [{ type: 'file', file: { file_id: 'file-1' } }, { files: true }],
    [{ type: 'video_url', video_url: { url: 'https://a.example/b.mp4' } }, {}],
    [{ type: 'hologram', a: 1 }, {}],
  ])('goes as it came: %j', (part, quirks) => {
    expect(sent(part, quirks)).toEqual([part]);
  });

  it('goes as text where it is text and files are not known', () => {
    expect(sent(note, {})).toEqual([{ type: 'text', text: '<document>\na.txt\nhello\n</document>' }]);
  });

  it.each<[JsonObject, Partial<ChatQuirks>]>([
    [inline, { images: 'none' }],
    [image('https://a.example/b.png'), { images: 'inline' }],
    [audio, {}],
    [pdf, {}],
    [{ type: 'document', source: { type: 'file', file_id: 'x' } }, { files: true }],
  ])('is refused where it cannot be taken: %j', (part, quirks) => {
    const attempt = () => sent(part, quirks);
    expect(attempt).toThrow(GatewayError);
    expect(attempt).toThrow(/messages\[0\]\.content\[0\]/);
  });
});

describe('tools and forms to an upstream', () => {
  const custom = { type: 'custom', custom: { name: 'patch', description: 'p' } };
  const choice = {
    type: 'allowed_tools',
    allowed_tools: { mode: 'required', tools: [{ type: 'function', function: { name: 'f' } }] },
  };
  const other = { type: 'function', function: { name: 'g', parameters: { type: 'object', properties: { a: {} } } } };

  it("goes custom to OpenAI's models, and as a function to others", () => {
    const call = { id: 'a', type: 'custom', custom: { name: 'patch', input: 'x' } };
    const body = { tools: [custom], messages: [user, { role: 'assistant', content: null, tool_calls: [call] }] };
    const own = encoded(body, {}, { model: 'gpt-5' });
    expect(own.body['tools']).toEqual([custom]);
    expect(messagesOf(own)[1]).toMatchObject({ tool_calls: [call] });
    const others = encoded(body);
    expect(others.body['tools']).toMatchObject([
      { type: 'function', function: { name: 'patch', parameters: { required: ['input'] } } },
    ]);
    expect(messagesOf(others)[1]).toMatchObject({
      tool_calls: [{ type: 'function', function: { arguments: '{"input":"x"}' } }],
    });
  });

  it('allows some tools in words, or shows no others', () => {
    const body = { tools: [tool, other], tool_choice: choice };
    expect(encoded(body, {}, { model: 'gpt-5' }).body).toMatchObject({ tools: [tool, other], tool_choice: choice });
    const elsewhere = encoded(body);
    expect(elsewhere.body['tools']).toEqual([tool]);
    expect(elsewhere.body['tool_choice']).toBe('required');
  });

  it('puts a schema into the prompt where it has no field', () => {
    const schema = { type: 'object', properties: { a: { type: 'string' } } };
    const response_format = { type: 'json_schema', json_schema: { name: 'a', schema } };
    expect(encoded({ response_format }).body['response_format']).toEqual(response_format);
    const asObject = encoded({ response_format }, { schemas: 'json-object' });
    expect(asObject.body['response_format']).toEqual({ type: 'json_object' });
    expect(messagesOf(asObject)[0]?.['content']).toContain(JSON.stringify(schema));
    expect(asObject.dropped).toEqual([]);
    const inPrompt = encoded({ response_format }, { schemas: 'none' });
    expect(inPrompt.body).not.toHaveProperty('response_format');
    expect(messagesOf(inPrompt)[0]?.['content']).toContain(JSON.stringify(schema));
    expect(inPrompt.dropped).toEqual(['response_format']);
  });

  it('says JSON where the form needs the word and nobody said it', () => {
    const response_format = { type: 'json_object' };
    expect(messagesOf(encoded({ response_format }))[0]?.['content']).toMatch(/JSON/);
    const said = [{ role: 'user', content: 'Answer in json.' }];
    expect(messagesOf(encoded({ response_format, messages: said }))).toEqual(said);
  });
});
