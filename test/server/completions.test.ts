import OpenAI from 'openai';
import { afterEach, describe, expect, it } from 'vitest';
import { recording } from '../helpers/recordings.ts';
import { cloudEndpoint, modelServer, routedProvider, servedModel } from '../helpers/routes.ts';
import { KEY, startTestServer } from '../helpers/test-server.ts';
import type { TestServer } from '../helpers/test-server.ts';
import { eventStream, json, startUpstreamServer } from '../helpers/upstream-server.ts';
import type { Answerer, UpstreamServer } from '../helpers/upstream-server.ts';

let upstream: UpstreamServer;
let gateway: TestServer;

afterEach(async () => {
  await gateway.close();
  await upstream.close();
});

async function start(answer: Answerer): Promise<OpenAI> {
  upstream = await startUpstreamServer(answer);
  const { origin } = upstream;
  const claude = cloudEndpoint('claude', { dialect: 'anthropic-messages', apiBase: `${origin}/v1` });
  const served = [servedModel('tiny', { contextLength: 4_096, loaded: true })];
  gateway = await startTestServer(
    {},
    {
      servers: [modelServer('ollama', served, { kind: 'ollama', origin }), modelServer('box', ['plain'], { origin })],
      providers: [routedProvider(claude, ['sonnet'])],
    },
  );
  return new OpenAI({ apiKey: KEY, baseURL: `${gateway.origin}/v1`, maxRetries: 0 });
}

/** As Ollama streams: `{…}\n` for each piece. */
function lines(response: Parameters<Answerer>[0], values: readonly object[]): void {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  response.end(values.map((value) => `${JSON.stringify(value)}\n`).join(''));
}

const MESSAGE = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'sonnet',
  content: [
    { type: 'thinking', thinking: 'Hm.', signature: 'x' },
    { type: 'text', text: ' a time' },
  ],
  stop_reason: 'max_tokens',
  usage: { input_tokens: 4, output_tokens: 3 },
};

describe('a completion by Ollama', () => {
  it('is asked of its own endpoint for prompts, which refuses what is too long', async () => {
    const { body } = recording('ollama-0.34.0', 'api-generate');
    const client = await start((response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(body);
    });
    const asked = { model: 'tiny', prompt: 'def f(', suffix: 'return x', max_tokens: 4, stop: ['\n'], seed: 1 };
    const answer = await client.completions.create({ ...asked, echo: false });
    expect(answer).toMatchObject({
      id: expect.stringMatching(/^cmpl-/) as unknown,
      object: 'text_completion',
      model: 'tiny',
      choices: [{ index: 0, text: '(((hello', finish_reason: 'length', logprobs: null }],
      usage: { prompt_tokens: 19, completion_tokens: 4, total_tokens: 23 },
    });
    const [call] = upstream.calls;
    expect(call?.url).toBe('/api/generate');
    expect(JSON.parse(String(call?.body))).toEqual({
      model: 'tiny',
      prompt: 'def f(',
      suffix: 'return x',
      stream: false,
      truncate: false,
      options: { num_predict: 4, stop: ['\n'], seed: 1, num_ctx: 4_096 },
    });
    await gateway.ledger.settled(1);
    expect(gateway.ledger.rows[0]).toMatchObject({
      opening: { endpoint: 'completions', target: 'ollama/tiny' },
      settlements: [{ usage: { inputTokens: 19, outputTokens: 4 } }],
    });
  });

  it('streams', async () => {
    const client = await start((response) =>
      lines(response, [
        { model: 'tiny', response: 'One', done: false },
        { model: 'tiny', response: ' two', done: false },
        { model: 'tiny', response: '', done: true, done_reason: 'stop', prompt_eval_count: 3, eval_count: 2 },
      ]),
    );
    const stream = await client.completions.create({
      model: 'tiny',
      prompt: ['Zero'],
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    expect(chunks.map(({ choices }) => choices[0]?.text ?? null)).toEqual(['One', ' two', '', null]);
    expect(chunks.map(({ choices }) => choices[0]?.finish_reason ?? null)).toEqual([null, null, 'stop', null]);
    expect(chunks.at(-1)?.usage).toMatchObject({ prompt_tokens: 3, completion_tokens: 2 });
    expect(new Set(chunks.map(({ id, object }) => `${id} ${object}`)).size).toBe(1);
  });

  it('breaks off in-band with what went wrong', async () => {
    const heldBack: (() => void)[] = [];
    const client = await start((response) => {
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      response.write('{"model":"tiny","response":"One","done":false}\n');
      heldBack.push(() => response.end('{"error":"an error was encountered while running the model"}\n'));
    });
    const stream = await client.completions.create({ model: 'tiny', prompt: 'Zero', stream: true });
    const texts: string[] = [];
    const reading = (async () => {
      for await (const { choices } of stream) {
        texts.push(choices[0]?.text ?? '');
        heldBack.pop()?.();
      }
    })();
    await expect(reading).rejects.toThrow(/running the model/);
    expect(texts).toEqual(['One']);
  });
});

describe('a completion by a model of another dialect', () => {
  it('is one message of the user, and its text the answer', async () => {
    const client = await start((response) => json(response, MESSAGE));
    const asked = { model: 'claude/sonnet', prompt: 'Once upon', suffix: 'The end.', max_tokens: 3 };
    const { data, response } = await client.completions.create(asked).withResponse();
    expect(data.choices).toEqual([{ index: 0, text: ' a time', logprobs: null, finish_reason: 'length' }]);
    expect(response.headers.get('x-llmgw-dropped')).toBe('suffix');
    const { messages } = JSON.parse(String(upstream.calls[0]?.body)) as { messages: unknown };
    expect(messages).toMatchObject([{ role: 'user' }]);
    expect(JSON.stringify(messages)).toContain('Once upon');
  });

  it.each([
    [['a', 'b'], /several prompts/],
    [[1, 2], /tokens/],
  ])('takes one text at a time, not %j', async (prompt, message) => {
    const client = await start((response) => json(response, MESSAGE));
    const asked = client.completions.create({ model: 'claude/sonnet', prompt });
    await expect(asked).rejects.toMatchObject({
      status: 400,
      param: 'prompt',
      message: expect.stringMatching(message) as unknown,
    });
    expect(upstream.calls).toEqual([]);
  });
});

describe('a completion by a server that has the endpoint', () => {
  it('passes through, whatever is in it', async () => {
    const bytes = 'data: {"id":"x","choices":[{"text":"a","odd":1}]}\n\ndata: [DONE]\n\n';
    const client = await start((response) => eventStream(response, bytes));
    const stream = await client.completions.create({ model: 'plain', prompt: [1, 2], stream: true });
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    expect(chunks).toEqual([{ id: 'x', choices: [{ text: 'a', odd: 1 }] }]);
    expect(JSON.parse(String(upstream.calls[0]?.body))).toMatchObject({ prompt: [1, 2] });
  });

  it('passes a whole answer through to who asked for a stream', async () => {
    const answer = { id: 'x', choices: [{ text: 'a' }], usage: { prompt_tokens: 1, completion_tokens: 1 } };
    await start((response) => json(response, answer));
    const { json: got } = await gateway.ask({
      method: 'POST',
      path: '/v1/completions',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      body: '{"model":"plain","prompt":"x","stream":true}',
    });
    expect(got).toEqual(answer);
  });
});
