import { afterEach, describe, expect, it } from 'vitest';
import type { DialectId } from '../../src/canonical/dialect-id.ts';
import type { JsonObject } from '../../src/canonical/parts.ts';
import type { GatewayOptions } from '../../src/gateway/dependencies.ts';
import { cloudEndpoint, routedProvider } from '../helpers/routes.ts';
import { NO_RETRIES } from '../helpers/no-retries.ts';
import { KEY, startTestServer } from '../helpers/test-server.ts';
import type { Answer, TestServer } from '../helpers/test-server.ts';
import { json, startUpstreamServer } from '../helpers/upstream-server.ts';
import type { UpstreamServer } from '../helpers/upstream-server.ts';

let upstream: UpstreamServer;
let gateway: TestServer;

afterEach(async () => {
  await gateway.close();
  await upstream.close();
});

/** Whole answers, as each upstream gives them. */
const ANSWERS: readonly (readonly [RegExp, object])[] = [
  [
    /:generateContent$/,
    { candidates: [{ content: { role: 'model', parts: [{ text: 'hi' }] }, finishReason: 'STOP' }], modelVersion: 'm' },
  ],
  [
    /\/messages$/,
    {
      ...{ id: 'msg_1', type: 'message', role: 'assistant', model: 'm', content: [{ type: 'text', text: 'hi' }] },
      ...{ stop_reason: 'end_turn', stop_sequence: null, usage: { input_tokens: 1, output_tokens: 1 } },
    },
  ],
  [
    /\/responses$/,
    {
      ...{ id: 'resp_1', object: 'response', status: 'completed', model: 'm', created_at: 1 },
      output: [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'hi', annotations: [] }] }],
    },
  ],
  [/\/api\/chat$/, { model: 'm', message: { role: 'assistant', content: 'hi' }, done: true, done_reason: 'stop' }],
];

async function start(overrides: Partial<GatewayOptions> = {}): Promise<void> {
  upstream = await startUpstreamServer((response, { url }) => {
    json(response, ANSWERS.find(([path]) => path.test(url))?.[1] ?? {}, 200);
  });
  const provider = (name: string, dialect: DialectId) =>
    routedProvider(cloudEndpoint(name, { dialect, apiBase: `${upstream.origin}/v1` }), ['claude-opus-4-8', 'm']);
  gateway = await startTestServer(
    {},
    {
      routing: NO_RETRIES,
      providers: [
        provider('claude', 'anthropic-messages'),
        provider('google', 'gemini'),
        provider('llama', 'ollama'),
        provider('gpt', 'openai-chat'),
        provider('openai', 'openai-responses'),
      ],
    },
    overrides,
  );
}

function ask(path: string, body: JsonObject): Promise<Answer> {
  const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
  return gateway.ask({ method: 'POST', path, headers, body: JSON.stringify(body) });
}

const said = [{ role: 'user', content: 'hi' }];
const SAID: Readonly<Record<string, JsonObject>> = {
  '/v1/chat/completions': { messages: said },
  '/v1/responses': { input: 'hi' },
  '/v1/messages': { messages: said, max_tokens: 64 },
  '/v1beta/models/MODEL:generateContent': { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] },
  '/api/chat': { messages: said, stream: false },
};

function asking(path: string, model: string, body: JsonObject): Promise<Answer> {
  return ask(path.replace('MODEL', model), { ...SAID[path], model, ...body });
}

describe('with `drop_params: false` a request is refused for a parameter', () => {
  const gemini = '/v1beta/models/MODEL:generateContent';
  it.each<[string, string, JsonObject, string]>([
    ['/v1/chat/completions', 'claude/m', { seed: 7 }, 'seed'],
    ['/v1/chat/completions', 'claude/m', { random_seed: 7 }, 'random_seed'],
    ['/v1/chat/completions', 'claude/m', { logit_bias: { 5: 1 } }, 'logit_bias'],
    ['/v1/responses', 'claude/m', { text: { verbosity: 'low' } }, 'text.verbosity'],
    ['/v1/responses', 'claude/m', { top_logprobs: 2 }, 'top_logprobs'],
    ['/v1/messages', 'google/m', { context_management: { edits: [1] } }, 'context_management'],
    ['/v1/messages', 'google/m', { metadata: { user_id: 'u' } }, 'metadata.user_id'],
    [gemini, 'claude/m', { generationConfig: { seed: 7 } }, 'generationConfig.seed'],
    [gemini, 'claude/m', { generation_config: { seed: 7 } }, 'generation_config.seed'],
    [gemini, 'claude/m', { generationConfig: { speechConfig: { a: 1 } } }, 'generationConfig.speechConfig'],
    [gemini, 'claude/m', { safetySettings: [{}] }, 'safetySettings'],
    ['/api/chat', 'claude/m', { options: { seed: 7 } }, 'options.seed'],
    ['/api/chat', 'claude/m', { options: { num_ctx: 4_096 } }, 'options.num_ctx'],
  ])('of %s at %s as the client wrote it: %j', async (path, model, body, name) => {
    await start({ dropsParams: () => false });
    const { status, text } = await asking(path, model, body);
    expect(status).toBe(400);
    expect(text).toContain(`\`${name}\``);
    expect(text).not.toContain('extras');
    expect(upstream.calls).toEqual([]);
  });
});

describe('what is left out', () => {
  it.each<[string, JsonObject, string | undefined]>([
    // What is the default anyway is missed by nobody.
    ['claude/claude-opus-4-8', { temperature: 1, top_p: 1 }, undefined],
    ['claude/m', { frequency_penalty: 0, presence_penalty: 0, n: 1, verbosity: 'medium', store: false }, undefined],
    ['claude/m', { tool_choice: 'auto', parallel_tool_calls: false, logit_bias: {}, service_tier: 'auto' }, undefined],
    ['llama/m', { tool_choice: 'none', parallel_tool_calls: false, service_tier: 'default' }, undefined],
    ['google/m', { frequency_penalty: 0, presence_penalty: 0, prompt_cache_key: 'k', verbosity: 'medium' }, undefined],
    // What changes something is named, whoever is asked.
    ['claude/m', { web_search_options: {} }, 'web_search_options'],
    ['claude/claude-opus-4-8', { temperature: 0.2 }, 'temperature'],
    ['claude/m', { frequency_penalty: 0.5, seed: 1 }, 'seed, frequency_penalty'],
    ['llama/m', { verbosity: 'low' }, 'verbosity'],
  ])('is named where it changes something: of %s %j', async (model, body, dropped) => {
    await start();
    const { status, headers } = await asking('/v1/chat/completions', model, body);
    expect([status, headers['x-llmgw-dropped']]).toEqual([200, dropped]);
  });

  it.each(['claude/m', 'google/m', 'llama/m'])(
    'is not named where it is a mark for the cache, by %s',
    async (model) => {
      await start();
      const content = [{ type: 'text', text: 'hi', cache_control: { type: 'ephemeral' } }];
      const { status, headers } = await asking('/v1/chat/completions', model, {
        messages: [{ role: 'user', content }],
      });
      expect([status, headers['x-llmgw-dropped']]).toEqual([200, undefined]);
    },
  );

  it.each(['google/m', 'llama/m'])('is named where an image was to be looked at more closely, by %s', async (model) => {
    await start();
    const url = `data:image/png;base64,${Buffer.from('\x89PNG\r\n\x1a\n0000', 'latin1').toString('base64')}`;
    const content = [{ type: 'image_url', image_url: { url, detail: 'high' } }];
    const { status, headers } = await asking('/v1/chat/completions', model, { messages: [{ role: 'user', content }] });
    expect([status, headers['x-llmgw-dropped']]).toEqual([200, 'image_detail']);
  });
});

const CACHED = { cache_control: { type: 'ephemeral' } };

describe('a mark for the cache', () => {
  it.each(['gpt/m', 'google/m', 'llama/m', 'openai/m'])(
    'is never missed, at the top of a body as in a block, by %s',
    async (model) => {
      await start({ dropsParams: () => false });
      // The back of chat completions gets an answer of another dialect here: only what is sent matters.
      await asking('/v1/messages', model, CACHED);
      await asking('/v1/messages', model, {
        messages: [{ role: 'user', content: [{ type: 'text', text: 'hi', ...CACHED }] }],
      });
      expect(upstream.calls).toHaveLength(2);
    },
  );
});

describe('a value that is brought into what the model takes', () => {
  it.each<[string, string, JsonObject, string, JsonObject]>([
    ['/v1/chat/completions', 'claude/m', { temperature: 1.7 }, 'temperature', { temperature: 1 }],
    ['/v1/messages', 'openai/gpt-5.2', { max_tokens: 5 }, 'max_tokens', { max_output_tokens: 16 }],
    ['/v1/messages', 'openai/o3', { thinking: { type: 'disabled' } }, 'reasoning', { reasoning: { effort: 'low' } }],
    [
      ...(['/v1/chat/completions', 'google/gemini-3-pro', { reasoning_effort: 'none' }, 'reasoning'] as const),
      { generationConfig: { thinkingConfig: { thinkingLevel: 'LOW' } } },
    ],
  ])('is named and never refused: at %s of %s %j', async (path, model, body, name, sent) => {
    await start({ dropsParams: () => false });
    const { status, headers } = await asking(path, model, body);
    expect([status, headers['x-llmgw-dropped']]).toEqual([200, name]);
    expect(JSON.parse(String(upstream.calls[0]?.body))).toMatchObject(sent);
  });
});

const nothingSaid = (path: string, body: JsonObject): [string, JsonObject] => [path, body];

describe('a request with nothing in it', () => {
  it.each([
    nothingSaid('/v1/chat/completions', { messages: [] }),
    nothingSaid('/v1/chat/completions', { messages: [{ role: 'user', content: '' }] }),
    nothingSaid('/v1/responses', { input: '' }),
    nothingSaid('/v1/responses', { input: [] }),
    nothingSaid('/v1/responses', { input: [{ type: 'zzz' }] }),
    nothingSaid('/v1/messages', { messages: [], system: 'Be brief.' }),
    nothingSaid('/v1beta/models/MODEL:generateContent', { contents: [] }),
  ])('is refused, not answered: %s %j', async (path, body) => {
    await start();
    for (const model of ['claude/m', 'google/m', 'llama/m', 'gpt/m']) {
      // What passes as it is, the upstream refuses itself.
      const own = { '/v1/chat/completions': 'gpt/m', '/v1/messages': 'claude/m' }[path] ?? 'google/m';
      const passes = model === own && path !== '/v1/responses';
      if (passes) continue;
      const { status, text } = await asking(path, model, body);
      expect([model, status]).toEqual([model, 400]);
      expect(text).toMatch(/`(?:messages|input|contents)`/);
    }
    expect(upstream.calls).toEqual([]);
  });

  it('is none where the system prompt says something: OpenAI answers that, too', async () => {
    await start();
    const { status } = await asking('/v1/chat/completions', 'claude/m', {
      messages: [{ role: 'system', content: 'Write a poem.' }],
    });
    expect(status).toBe(200);
  });

  it('is none where a picture cannot be told: it is named', async () => {
    await start();
    const output = { type: 'computer_screenshot', image_url: 'data:image/png;base64,iVBORw0KGgo=' };
    const { status, text } = await asking('/v1/responses', 'claude/m', {
      input: [
        { role: 'user', content: 'Go on.' },
        { type: 'computer_call_output', call_id: 'c', output },
      ],
    });
    expect([status, upstream.calls]).toEqual([400, []]);
    expect(text).toContain('`input[1]`');
  });
});

describe('the form of an answer beside tools', () => {
  const schema = { type: 'object', properties: { city: { type: 'string' } } };
  const tools = [{ type: 'function', function: { name: 'weather', parameters: schema } }];
  const formats = [{ type: 'json_object' }, { type: 'json_schema', json_schema: { name: 'place', schema } }];

  it.each(['google/gemini-2.5-flash', 'llama/m'])('is asked for in words where %s takes one only', async (model) => {
    for (const response_format of formats) {
      await start();
      const { status, headers } = await asking('/v1/chat/completions', model, { tools, response_format });
      expect([status, headers['x-llmgw-dropped']]).toEqual([200, 'response_format']);
      const sent = JSON.parse(String(upstream.calls[0]?.body)) as JsonObject;
      expect(JSON.stringify(sent['systemInstruction'] ?? sent['messages'])).toContain('one JSON object');
      expect(sent).not.toHaveProperty('format');
      expect(sent).toHaveProperty('tools');
    }
  });
});

describe('an image of a type that nobody behind reads', () => {
  it.each(['google/gemini-2.5-flash', 'openai/gpt-5', 'gpt/gpt-4o', 'claude/m'])('is refused for %s', async (model) => {
    await start();
    for (const type of ['bmp', 'svg+xml']) {
      const content = [{ type: 'image', source: { type: 'base64', media_type: `image/${type}`, data: 'Qk0AAAAA' } }];
      const parts = [{ type: 'image_url', image_url: { url: `data:image/${type};base64,Qk0AAAAA` } }];
      const [path, said] = model.startsWith('gpt') ? ['/v1/messages', content] : ['/v1/chat/completions', parts];
      const { status, text } = await asking(path, model, { messages: [{ role: 'user', content: said }] });
      expect([status, upstream.calls]).toEqual([400, []]);
      expect(text).toContain(`image/${type}`);
    }
  });
});

describe('an image over plain HTTP', () => {
  const picture = (url: string): JsonObject => ({
    messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }],
  });
  const bytes = Buffer.from('\x89PNG\r\n\x1a\n0000', 'latin1');

  it('is fetched for Claude, and one over HTTPS is not', async () => {
    const fetched: string[] = [];
    await start({
      fetchMedia: (url) => {
        fetched.push(url);
        return Promise.resolve({ kind: 'fetched', mediaType: 'image/png', bytes });
      },
    });
    await asking('/v1/chat/completions', 'claude/m', picture('https://example.com/a.png'));
    expect(fetched).toEqual([]);
    const { status } = await asking('/v1/chat/completions', 'claude/m', picture('http://example.com/a.png'));
    expect([status, fetched]).toEqual([200, ['http://example.com/a.png']]);
    const sent = upstream.calls.map(({ body }) => JSON.parse(String(body)) as JsonObject);
    const sources = sent.map((body) => JSON.stringify(body['messages']));
    expect(sources[0]).toContain('"type":"url"');
    expect(sources[1]).toContain(bytes.toString('base64'));
  });

  it('that cannot be had is refused by its place in the body of the client', async () => {
    await start({
      fetchMedia: () => Promise.resolve({ kind: 'failed', reason: 'unreachable', problem: 'is not there' }),
    });
    const { status, text } = await asking('/v1beta/models/MODEL:generateContent', 'claude/m', {
      contents: [{ role: 'user', parts: [{ fileData: { mimeType: 'image/png', fileUri: 'http://x.test/a.png' } }] }],
    });
    expect(status).toBe(400);
    expect(text).toContain('contents[0].parts[0].fileData');
  });
});

it('a field of what was sent is not said to be one of the client', async () => {
  await start();
  upstream.answer = (response) => {
    const error = { message: 'Bad.', type: 'invalid_request_error', param: 'messages[0].content', code: null };
    json(response, { error }, 400);
  };
  const foreign = await asking('/v1beta/models/MODEL:generateContent', 'gpt/m', {});
  expect([foreign.status, foreign.text]).toEqual([400, expect.not.stringContaining('messages[0]')]);
  const own = await asking('/v1/chat/completions', 'gpt/m', {});
  expect(own.json).toMatchObject({ error: { param: 'messages[0].content' } });
});
