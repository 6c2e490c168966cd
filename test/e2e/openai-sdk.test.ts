import type { ChatCompletionChunk, ChatCompletionCreateParamsNonStreaming } from 'openai/resources/chat/completions';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CHAT_PIECES,
  CHAT_TEXT,
  CHAT_USAGE,
  EMBEDDING,
  sendFirstEvents,
  TOOL_ARGUMENTS,
} from '../helpers/fake-answers.ts';
import { exchangeIdOf, only, setStage, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await setStage({ boxModels: ['tiny:latest', 'embedder'] });
});
afterAll(() => stage.close());

const MESSAGES = [{ role: 'user' as const, content: 'How are things in Köln?' }];
const TOOLS = [
  { type: 'function' as const, function: { name: 'weather', parameters: { type: 'object', properties: {} } } },
];

async function collect(stream: AsyncIterable<ChatCompletionChunk>): Promise<ChatCompletionChunk[]> {
  const chunks: ChatCompletionChunk[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

describe('chat', () => {
  it('answers whole, with its cost and its origin in the headers', async () => {
    const { data, response } = await stage.client.chat.completions
      .create({ model: 'gpt-4o', messages: MESSAGES })
      .withResponse();
    expect(data.choices[0]?.message.content).toBe(CHAT_TEXT);
    expect(data.usage).toEqual(CHAT_USAGE);
    const { headers } = response;
    expect(exchangeIdOf(headers)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(headers.get('x-llmgw-overhead-ms')).toMatch(/^\d+\.\d{3}$/);
    expect(Object.fromEntries(headers)).toMatchObject({
      'x-llmgw-profile': 'prod',
      'x-llmgw-provider': 'openai',
      'x-llmgw-model': 'openai/gpt-4o',
      'x-llmgw-cost-usd': '0.00273625',
    });
    const row = only(await stage.rows(exchangeIdOf(headers)));
    expect(row.key_id).not.toBeNull();
    expect(row.key_id).not.toContain(stage.daemon.key);
    expect(row).toMatchObject({
      number: 1,
      endpoint: 'chat/completions',
      target: 'openai/gpt-4o',
      provider: 'openai',
      local: 0,
      requested_model: 'gpt-4o',
      actual_model: 'gpt-4o',
      outcome: 'answered',
      final: 1,
      status: 200,
      error_code: null,
      stream: 0,
      client: 'openai-node',
      profile: 'prod',
      demo: 0,
      upstream_request_id: 'req_fake_1',
      upstream_response_id: 'chatcmpl-fake1',
    });
  });

  it('streams', async () => {
    const { data, response } = await stage.client.chat.completions
      .create({ model: 'gpt-4o', messages: MESSAGES, stream: true })
      .withResponse();
    const chunks = await collect(data);
    expect(chunks.flatMap(({ choices }) => choices[0]?.delta.content ?? []).filter((text) => text !== '')).toEqual(
      CHAT_PIECES,
    );
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('stop');
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    expect(response.headers.get('x-accel-buffering')).toBe('no');
    const row = only(await stage.rows(exchangeIdOf(response.headers)));
    expect(row).toMatchObject({ outcome: 'answered', stream: 1, input_tokens: 1117, output_tokens: 43 });
    expect(row.first_token_at).toBeGreaterThanOrEqual(row.opened_at);
    expect(row.settled_at).toBeGreaterThanOrEqual(row.first_token_at ?? Infinity);
  });

  it('hides the usage chunk from a client that did not ask, and asks for it all the same', async () => {
    const stream = await stage.client.chat.completions.create({ model: 'gpt-4o', messages: MESSAGES, stream: true });
    const chunks = await collect(stream);
    expect(chunks.every(({ choices }) => choices.length === 1)).toBe(true);
    expect(chunks.map(({ usage }) => usage ?? null)).toEqual(chunks.map(() => null));
    expect(stage.openai.calls.at(-1)?.fields['stream_options']).toEqual({ include_usage: true });
  });

  it('shows the usage chunk to a client that asked, keeping its other options', async () => {
    const stream = await stage.client.chat.completions.create({
      model: 'gpt-4o',
      messages: MESSAGES,
      stream: true,
      stream_options: { include_usage: true, include_obfuscation: false },
    });
    const last = (await collect(stream)).at(-1);
    expect({ choices: last?.choices, usage: last?.usage }).toEqual({ choices: [], usage: CHAT_USAGE });
    expect(stage.openai.calls.at(-1)?.fields['stream_options']).toEqual({
      include_usage: true,
      include_obfuscation: false,
    });
  });

  it('passes pieces on when they come, not when the stream is over', async () => {
    stage.openai.play('waits', (response, call) => {
      sendFirstEvents(response, call, 2);
    });
    const stream = await stage.client.chat.completions.create({
      model: 'openai/waits',
      messages: MESSAGES,
      stream: true,
    });
    const seen: unknown[] = [];
    for await (const { choices } of stream) {
      seen.push(choices[0]?.delta.content);
      // The upstream has sent no more than these two and never will.
      if (seen.length === 2) break;
    }
    expect(seen).toEqual(['', CHAT_PIECES[0]]);
  });
});

describe('tools', () => {
  it('come whole', async () => {
    const body: ChatCompletionCreateParamsNonStreaming = { model: 'gpt-4o', messages: MESSAGES, tools: TOOLS };
    const { choices } = await stage.client.chat.completions.create(body);
    expect(choices[0]?.finish_reason).toBe('tool_calls');
    expect(choices[0]?.message.tool_calls).toEqual([
      { id: 'call_1', type: 'function', function: { name: 'weather', arguments: TOOL_ARGUMENTS } },
    ]);
    expect(stage.openai.calls.at(-1)?.fields['tools']).toEqual(TOOLS);
  });

  it('come in pieces, which the SDK puts together', async () => {
    const runner = stage.client.chat.completions.stream({ model: 'gpt-4o', messages: MESSAGES, tools: TOOLS });
    const { message, finish_reason } = only((await runner.finalChatCompletion()).choices);
    expect(finish_reason).toBe('tool_calls');
    expect(message.tool_calls?.map((call) => call.function.arguments)).toEqual([TOOL_ARGUMENTS]);
  });
});

describe('the other endpoints', () => {
  it('embeddings, in the form that the SDK asks for and in numbers', async () => {
    const input = ['one', 'two'];
    const encoded = await stage.client.embeddings.create({ model: 'embedder', input });
    expect(stage.box.calls.at(-1)?.fields).toEqual({ model: 'embedder', input, encoding_format: 'base64' });
    const { data, response } = await stage.client.embeddings
      .create({ model: 'embedder', input, encoding_format: 'float' })
      .withResponse();
    expect([encoded.data[0]?.embedding, data.data[0]?.embedding]).toEqual([EMBEDDING, EMBEDDING]);
    expect(only(await stage.rows(exchangeIdOf(response.headers)))).toMatchObject({
      endpoint: 'embeddings',
      provider: 'box',
      input_tokens: 11,
      cost_pico: 0,
      stream: 0,
    });
  });

  it('completions, whole and streamed', async () => {
    const whole = await stage.client.completions.create({ model: 'box/tiny:latest', prompt: 'And' });
    expect(whole.choices[0]?.text).toBe('and so on');
    const stream = await stage.client.completions.create({ model: 'tiny', prompt: 'And', stream: true });
    let text = '';
    for await (const { choices } of stream) text += only(choices).text;
    expect(text).toBe('and so on');
    expect(stage.box.calls.at(-1)).toMatchObject({ path: '/v1/completions', model: 'tiny:latest' });
  });

  it('models: the list, and each by its name', async () => {
    const listed = (await stage.client.models.list()).data.map(({ id }) => id);
    expect(listed.toSorted()).toEqual(['corp/big', 'embedder', 'openai/gpt-4o', 'openai/gpt-4o-mini', 'tiny:latest']);
    for (const id of listed) expect(await stage.client.models.retrieve(id)).toMatchObject({ id, object: 'model' });
    await expect(stage.client.models.retrieve('nothing-like-it')).rejects.toMatchObject({
      status: 404,
      code: 'model_not_found',
    });
  });

  it('all of it without /v1 too', async () => {
    const { url, key } = stage.daemon;
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const body = JSON.stringify({ model: 'tiny', messages: MESSAGES });
    const chat = await fetch(`${url}/chat/completions`, { method: 'POST', headers, body });
    expect(await chat.json()).toMatchObject({ object: 'chat.completion' });
    expect(await (await fetch(`${url}/models`, { headers })).json()).toMatchObject({ object: 'list' });
    for (const path of ['/health', '/health/liveliness', '/health/liveness', '/health/readiness', '/v1/health'])
      expect({ path, status: (await fetch(url + path)).status }).toEqual({ path, status: 200 });
  });
});

describe('a client that leaves', () => {
  it('in the middle of a stream: the upstream sees it, the row says so', async () => {
    stage.openai.play('endless', (response, call) => {
      sendFirstEvents(response, call, 3);
    });
    const { data, response } = await stage.client.chat.completions
      .create({ model: 'openai/endless', messages: MESSAGES, stream: true })
      .withResponse();
    const call = await stage.openai.called('endless');
    for await (const { choices } of data) {
      if (choices[0]?.delta.content === CHAT_PIECES[0]) data.controller.abort();
    }
    await call.left;
    const row = only(await stage.rows(exchangeIdOf(response.headers)));
    expect(row).toMatchObject({ outcome: 'client_left', final: 1, status: 200, error_code: null });
  });

  it('before anything came', async () => {
    const aborter = new AbortController();
    const answer = stage.client.chat.completions.create(
      { model: 'openai/silent', messages: MESSAGES },
      { signal: aborter.signal },
    );
    const call = await stage.openai.called('silent');
    aborter.abort();
    await expect(answer).rejects.toMatchObject({ name: 'Error', message: 'Request was aborted.' });
    await call.left;
  });
});
