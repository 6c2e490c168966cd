import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readParts } from '../../src/dialects/openai-relay/multipart-head.ts';
import { startDaemon, type TestDaemon } from '../helpers/daemon.ts';
import { eventStream, json, startUpstreamServer } from '../helpers/upstream-server.ts';
import type { Answerer, UpstreamServer } from '../helpers/upstream-server.ts';
import { clientOf, eventually, ledgerRows, type LedgerRow } from './stage.ts';

/** Answers as OpenAI documents them, and Cohere and Jina theirs (API references; the types of the `openai` package). */
const MODERATION = {
  id: 'modr-5',
  model: 'omni-moderation-latest',
  results: [{ flagged: false, categories: { hate: false }, category_scores: { hate: 0.0001 } }],
};
const IMAGE = {
  created: 1713833628,
  data: [{ b64_json: 'iVBORw0KGgo=' }],
  usage: {
    total_tokens: 100,
    input_tokens: 50,
    output_tokens: 50,
    input_tokens_details: { text_tokens: 10, image_tokens: 40 },
  },
};
const TRANSCRIPT = { text: 'Imagine the wildest idea.', usage: { type: 'duration', seconds: 3 } };
const TOLD_TRANSCRIPT = {
  text: 'Imagine the wildest idea.',
  usage: {
    type: 'tokens',
    input_tokens: 14,
    input_token_details: { text_tokens: 0, audio_tokens: 14 },
    output_tokens: 45,
    total_tokens: 59,
  },
};
const RERANKED = {
  results: [{ index: 1, relevance_score: 0.9 }],
  id: '1',
  meta: { billed_units: { search_units: 1 } },
};
const SOUND = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7) % 256));

let upstream: UpstreamServer;
let daemon: TestDaemon;
let client: OpenAI;

/** What is answered in JSON, by the path. */
const DOCUMENTED: Readonly<Record<string, object>> = {
  '/v1/moderations': MODERATION,
  '/v1/images/generations': IMAGE,
  '/v1/audio/transcriptions': TRANSCRIPT,
  '/v1/rerank': RERANKED,
};

const answerAsDocumented: Answerer = (response, { url, body }) => {
  if (url === '/v1/audio/speech') {
    response.writeHead(200, { 'content-type': 'audio/mpeg', 'x-request-id': 'req_speech' });
    response.write(SOUND.subarray(0, 100_000));
    setImmediate(() => response.end(SOUND.subarray(100_000)));
    return;
  }
  const answer = body.includes('gpt-4o-transcribe') ? TOLD_TRANSCRIPT : DOCUMENTED[url];
  if (answer === undefined) json(response, { error: { message: 'no such path' } }, 404);
  else json(response, answer);
};

beforeAll(async () => {
  upstream = await startUpstreamServer(answerAsDocumented);
  daemon = await startDaemon({
    config: [
      'discovery: {enabled: false}',
      `servers: [{name: box, kind: ollama, base_url: "${upstream.origin}", api_key: box-key}]`,
      'providers:',
      `  openai: {base_url: "${upstream.origin}/v1", api_key: sk-of-openai, models: [gpt-image-1, whisper-1, tts-1]}`,
      `  claude: {dialect: anthropic-messages, base_url: "${upstream.origin}/v1", api_key: sk-c, models: [opus]}`,
      'models: {painter: openai/gpt-image-1, ear: openai/whisper-1, judge: openai/omni-moderation-latest}',
      'profiles: {poor: {allow: cloud, cap: 0.01/day}}',
    ].join('\n'),
  });
  client = clientOf(daemon);
});
afterAll(async () => {
  await daemon.remove();
  await upstream.close();
});
beforeEach(() => {
  upstream.answer = answerAsDocumented;
});

const lastCall = () => {
  const call = upstream.calls.at(-1);
  if (call === undefined) throw new Error('nothing was sent');
  return call;
};

async function rowOf(endpoint: string, target: string): Promise<LedgerRow> {
  return eventually(`the row of ${endpoint} is settled`, () => {
    const rows = ledgerRows(daemon.home.folder).filter((row) => row.endpoint === endpoint && row.target === target);
    const last = rows.at(-1);
    return last === undefined || last.outcome === null ? null : last;
  });
}

function post(path: string, body: string | FormData, headers: Record<string, string> = {}): Promise<Response> {
  const type = typeof body === 'string' ? { 'content-type': 'application/json' } : {};
  return fetch(daemon.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${daemon.key}`, ...type, ...headers },
    body,
  });
}

describe('an endpoint that is relayed', () => {
  it('judges texts for nothing', async () => {
    const { data } = await client.moderations.create({ input: 'hello', model: 'judge' }).withResponse();
    expect(data).toEqual(MODERATION);
    expect(lastCall().body.toString()).toBe('{"input":"hello","model":"omni-moderation-latest"}');
    expect(lastCall().headers).toMatchObject({ authorization: 'Bearer sk-of-openai' });
    expect(await rowOf('moderations', 'openai/omni-moderation-latest')).toMatchObject({
      outcome: 'answered',
      actual_model: 'omni-moderation-latest',
      cost_pico: 0,
      unpriced: 0,
      estimated: 0,
    });
  });

  it('draws for the price of the tokens', async () => {
    const text = '{"prompt":"a cat", "n": 1,"model" : "painter", "big": 12345678901234567890}';
    const answer = await post('/v1/images/generations', text);
    expect(await answer.text()).toBe(JSON.stringify(IMAGE));
    expect(lastCall().body.toString()).toBe(text.replace('painter', 'gpt-image-1'));
    // Published: $5 a million tokens of text and $10 of images in, $40 out; 10 of text, 40 of images, 50 out.
    const cost = 10 * 5e6 + 40 * 10e6 + 50 * 40e6;
    expect(answer.headers.get('x-llmgw-cost-usd')).toBe((cost / 1e12).toFixed(12).replace(/0+$/, ''));
    expect(await rowOf('images/generations', 'openai/gpt-image-1')).toMatchObject({
      input_tokens: 50,
      output_tokens: 50,
      cost_pico: cost,
      unpriced: 0,
      requested_model: 'painter',
    });
  });

  it('draws in a stream, whose last event tells the tokens', async () => {
    const events = [
      { type: 'image_generation.partial_image', b64_json: 'AAAA', partial_image_index: 0 },
      { type: 'image_generation.completed', b64_json: 'iVBORw0KGgo=', usage: IMAGE.usage },
    ];
    const bytes = events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');
    upstream.answer = (response) => eventStream(response, bytes);
    const answer = await post('/v1/images/generations', '{"model":"gpt-image-1","prompt":"x","stream":true}');
    expect(answer.headers.get('content-type')).toContain('text/event-stream');
    expect(await answer.text()).toBe(bytes);
    expect(lastCall().body.toString()).not.toContain('stream_options');
    expect(await rowOf('images/generations', 'openai/gpt-image-1')).toMatchObject({ stream: 1, output_tokens: 50 });
  });

  it('speaks, and its bytes pass as they come, at a price that nobody tells', async () => {
    const answer = await client.audio.speech.create({ model: 'tts-1', voice: 'alloy', input: 'hello' });
    expect(answer.headers.get('content-type')).toBe('audio/mpeg');
    expect(answer.headers.get('x-request-id')).toBe('req_speech');
    expect(answer.headers.get('x-llmgw-model')).toBe('openai/tts-1');
    expect(Buffer.from(await answer.arrayBuffer()).equals(SOUND)).toBe(true);
    expect(await rowOf('audio/speech', 'openai/tts-1')).toMatchObject({
      outcome: 'answered',
      unpriced: 1,
      cost_pico: null,
      input_tokens: null,
      estimated: 0,
    });
  });

  it('cuts sound off that its upstream cut off', async () => {
    upstream.answer = (response) => {
      response.writeHead(200, { 'content-type': 'audio/mpeg' });
      response.write(SOUND.subarray(0, 1000), () => setTimeout(() => response.destroy(), 50));
    };
    const answer = await client.audio.speech.create({ model: 'tts-1', voice: 'alloy', input: 'hello' });
    await expect(answer.arrayBuffer()).rejects.toThrow();
    expect(await rowOf('audio/speech', 'openai/tts-1')).toMatchObject({
      outcome: 'failed',
      error_code: 'upstream_reset',
    });
  });

  it('hears, for the price of the seconds, and the form is the same but for its model', async () => {
    const file = await OpenAI.toFile(SOUND, 'speech.mp3', { type: 'audio/mpeg' });
    const heard = await client.audio.transcriptions.create({ file, model: 'ear', language: 'en' });
    expect(heard).toEqual(TRANSCRIPT);
    const { headers, body } = lastCall();
    const type = headers['content-type'];
    const parts = readParts(body, type);
    expect(parts.map(({ name, isFile }) => [name, isFile])).toEqual([
      ['file', true],
      ['model', false],
      ['language', false],
    ]);
    const [sent, ...fields] = parts.map(({ start, end }) => body.subarray(start, end));
    expect(sent?.equals(SOUND)).toBe(true);
    expect(fields.map(String)).toEqual(['whisper-1', 'en']);
    expect(body.toString('latin1')).toContain('filename="speech.mp3"\r\nContent-Type: audio/mpeg');
    // Published: $0.006 a minute.
    expect(await rowOf('audio/transcriptions', 'openai/whisper-1')).toMatchObject({
      cost_pico: (3 * 0.006e12) / 60,
      unpriced: 0,
      input_tokens: null,
      price_version: expect.stringContaining('whisper-1') as string,
    });
  });

  it('hears, for the price of the tokens where it is paid by them', async () => {
    const file = await OpenAI.toFile(Buffer.from('RIFF'), 'a.wav');
    await client.audio.transcriptions.create({ file, model: 'openai/gpt-4o-transcribe' });
    expect(await rowOf('audio/transcriptions', 'openai/gpt-4o-transcribe')).toMatchObject({
      input_tokens: 14,
      output_tokens: 45,
      unpriced: 0,
    });
  });

  it('hears, and gives plain text as it is', async () => {
    upstream.answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' });
      response.end('WEBVTT\n\n00:00 --> 00:01\nhé\n');
    };
    const form = new FormData();
    form.append('model', 'whisper-1');
    form.append('response_format', 'vtt');
    form.append('file', new Blob([SOUND]), 'a.mp3');
    const answer = await post('/audio/transcriptions', form);
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await answer.text()).toBe('WEBVTT\n\n00:00 --> 00:01\nhé\n');
  });

  it('ranks, below the path without /v1 too', async () => {
    const answer = await post('/rerank', '{"model":"openai/rerank-v3.5","query":"q","documents":["a","b"]}');
    expect(await answer.json()).toEqual(RERANKED);
    expect(lastCall().url).toBe('/v1/rerank');
    expect(await rowOf('rerank', 'openai/rerank-v3.5')).toMatchObject({ unpriced: 1, outcome: 'answered' });
  });
});

describe('what no answer comes of', () => {
  const IMAGE_REQUEST = (model: string): string => JSON.stringify({ model, prompt: 'a cat' });

  it('is an upstream’s refusal, as it says it', async () => {
    const error = {
      message: 'Your prompt was refused.',
      type: 'image_generation_user_error',
      code: 'moderation_blocked',
    };
    upstream.answer = (response) => json(response, { error }, 400);
    const answer = await post('/v1/images/generations', IMAGE_REQUEST('gpt-image-1'));
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { type: error.type, code: error.code } });
  });

  it.each([
    ['claude/opus', 'claude/opus does not answer images/generations.'],
    ['box/llava', 'box'],
  ])('is a target without the endpoint: %s', async (model, message) => {
    const calls = upstream.calls.length;
    const answer = await post('/v1/images/generations', IMAGE_REQUEST(model));
    const { error } = (await answer.json()) as { error: { message: string; code: string } };
    expect(error.message).toContain(message);
    if (model.startsWith('claude')) expect([answer.status, error.code]).toEqual([400, 'endpoint_not_supported']);
    expect(upstream.calls).toHaveLength(calls);
  });

  it('is a profile that stays on this machine: no model stands in', async () => {
    const answer = await post('/dev/v1/images/generations', IMAGE_REQUEST('gpt-image-1'));
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({
      error: {
        code: 'no_local_model',
        message: expect.stringContaining('a model that chats makes no pictures') as string,
      },
    });
  });

  it.each([
    ['/v1/images/generations', '{"model":"gpt-image-1"}', 400, 'missing_field'],
    ['/v1/audio/transcriptions', '{"model":"whisper-1"}', 415, 'unsupported_media_type'],
  ])('is a request to %s that is %s', async (path, body, status, code) => {
    const answer = await post(path, body);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ error: { code } });
  });

  it('is a cap that an image would pass; what costs nothing it lets through', async () => {
    const drawn = await post('/poor/v1/images/generations', IMAGE_REQUEST('gpt-image-1'));
    expect(drawn.status).toBe(422);
    expect(await drawn.json()).toMatchObject({ error: { code: 'budget_exceeded' } });
    const form = new FormData();
    form.append('model', 'whisper-1');
    form.append('file', new Blob(['RIFF']), 'a.wav');
    const heard = await post('/poor/v1/audio/transcriptions', form);
    expect(await heard.json()).toMatchObject({ error: { code: 'price_unknown' } });
    const judged = await post('/poor/v1/moderations', '{"input":"x","model":"judge"}');
    expect(judged.status).toBe(200);
  });
});
