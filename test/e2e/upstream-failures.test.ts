import type { Socket } from 'node:net';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerAsOpenAi, CHAT_PIECES, CHAT_TEXT, sendJson } from '../helpers/fake-answers.ts';
import { freePort } from '../helpers/upstream-server.ts';
import { exchangeIdOf, only, setStage, type Stage } from './stage.ts';

const MESSAGES = [{ role: 'user' as const, content: 'Hello?' }];

let stage: Stage;
beforeAll(async () => {
  const closed = await freePort();
  stage = await setStage({
    boxModels: ['tiny:latest', 'stale-reset', 'stale-closed'],
    providers: () => `  away: {base_url: "http://127.0.0.1:${closed}/v1", dialect: openai-chat, api_key: k}`,
    config: () => 'server: {max_answer: 1MB}\ntimeouts: {first_byte: 500ms, idle: 500ms}\nrouting: {retries: 0}',
  });
});
afterAll(() => stage.close());

interface Failure extends Error {
  readonly status: number | undefined;
  readonly code: string | null | undefined;
  readonly type: string | undefined;
  readonly headers: Headers | undefined;
}

async function failureOf(model: string, stream: boolean): Promise<Failure> {
  try {
    await stage.client.chat.completions.create({ model, messages: MESSAGES, stream });
  } catch (error) {
    if (error instanceof OpenAI.APIError) return error as Failure;
    throw error;
  }
  throw new Error('the call did not fail');
}

/** The bytes of a stream, and its rows. */
async function streamOf(model: string) {
  const { url, key } = stage.daemon;
  const answer = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages: MESSAGES, stream: true }),
  });
  const text = await answer.text();
  return { status: answer.status, text, rows: await stage.rows(exchangeIdOf(answer.headers)) };
}

describe.each([{ stream: false }, { stream: true }])('an upstream that refuses (stream: $stream)', ({ stream }) => {
  it.each([
    [400, OpenAI.BadRequestError],
    [401, OpenAI.AuthenticationError],
    [403, OpenAI.PermissionDeniedError],
    [404, OpenAI.NotFoundError],
    [422, OpenAI.UnprocessableEntityError],
    [429, OpenAI.RateLimitError],
    [500, OpenAI.InternalServerError],
    [503, OpenAI.InternalServerError],
  ])('%i reaches the client as it is, and says who failed', async (status, type) => {
    const failure = await failureOf(`openai/fail-${status}`, stream);
    expect(failure).toBeInstanceOf(type);
    // What clients wait for and ask again is known to them by one code alone.
    expect(failure).toMatchObject({ status, code: status === 429 ? 'rate_limit_exceeded' : `fake_${status}` });
    expect(failure.message).toContain(`openai answered ${status}: A made-up failure ${status}`);
    expect(failure.headers?.get('retry-after') ?? null).toBe(status === 429 ? '7' : null);
    expect(failure.headers?.get('x-request-id')).toBe('req_fake_1');
    expect(only(await stage.rows(exchangeIdOf(failure.headers)))).toMatchObject({
      outcome: 'failed',
      status,
      error_code: 'upstream_error',
      cost_pico: null,
      unpriced: 0,
      input_tokens: null,
    });
  });

  it.each([
    [
      'openai/html',
      502,
      'upstream_invalid_answer',
      /openai answered .*(?:not one whole JSON object|no chat completion)/,
    ],
    ['openai/half-json', 502, 'upstream_invalid_answer', /not one whole JSON object|no chat completion/],
    ['openai/redirect', 502, 'upstream_redirect', /openai answered with a redirect \(307\).*final address/],
    ['openai/silent', 504, 'upstream_first_byte_timeout', /openai at http\S+ did not begin to answer in time/],
    ['away/any', 503, 'upstream_refused', /away at http\S+ is not answering.*Check the address in the config/],
  ])('%s is %i %s', async (model, status, code, message) => {
    const failure = await failureOf(model, stream);
    expect(failure).toMatchObject({ status, code });
    expect(failure.message).toMatch(message);
    expect(only(await stage.rows(exchangeIdOf(failure.headers)))).toMatchObject({
      outcome: 'failed',
      error_code: code,
      cost_pico: null,
    });
  });
});

describe('a whole answer', () => {
  it('over the limit is 502', async () => {
    stage.openai.play('huge', (response) => {
      sendJson(response, { object: 'chat.completion', choices: [], padding: 'x'.repeat(1_100_000) });
    });
    const failure = await failureOf('openai/huge', false);
    expect(failure).toMatchObject({ status: 502, code: 'upstream_answer_too_large' });
    expect(failure.message).toContain('server.max_answer');
  });

  it('of 200 whose body is an error is an error', async () => {
    stage.openai.play('polite', (response) => {
      sendJson(response, { error: { message: 'No.', type: 'server_error', code: null, param: null } });
    });
    expect(await failureOf('openai/polite', false)).toMatchObject({ status: 502, type: 'server_error' });
  });
});

describe('a stream that is not whole', () => {
  it.each([
    ['cut-stream', 'upstream_stream_truncated', /openai ended the stream before the answer was whole/],
    ['reset-stream', 'upstream_reset', /openai at http\S+ closed the connection/],
    ['stalled', 'upstream_idle_timeout', /openai at http\S+ stopped in the middle of its answer/],
    ['error-in-stream', 'upstream_error', /The engine is on fire/],
  ])('%s: an error in its place, and no [DONE]', async (scene, code, message) => {
    const { status, text, rows } = await streamOf(`openai/${scene}`);
    expect(status).toBe(200);
    expect(text).toContain(CHAT_PIECES[0]);
    expect(text).not.toContain('[DONE]');
    const events = text.split('\n\n').filter((event) => event !== '');
    const errors = events.filter((event) => 'error' in (JSON.parse(event.slice('data: '.length)) as object));
    expect(only(errors)).toMatch(message);
    expect(errors[0]).toBe(events.at(-1));
    expect(only(rows)).toMatchObject({ outcome: 'failed', status: 200, error_code: code, final: 1 });
  });

  it('is raised by the SDK', async () => {
    const stream = await stage.client.chat.completions.create({
      model: 'openai/cut-stream',
      messages: MESSAGES,
      stream: true,
    });
    const reading = (async () => {
      for await (const chunk of stream) expect(chunk.choices[0]?.finish_reason).toBeNull();
    })();
    await expect(reading).rejects.toBeInstanceOf(OpenAI.APIError);
  });

  it('that ends without an event is 502', async () => {
    expect(await failureOf('openai/empty-stream', true)).toMatchObject({
      status: 502,
      code: 'upstream_stream_truncated',
    });
  });

  it('but one with a finish_reason is whole without [DONE], which is added', async () => {
    const { text, rows } = await streamOf('openai/no-done');
    expect(text).toMatch(/"finish_reason":"stop"[^\n]*\n\ndata: \[DONE\]\n\n$/);
    expect(only(rows)).toMatchObject({ outcome: 'answered', input_tokens: 1117 });
  });
});

describe('a kept connection that the server has closed meanwhile', () => {
  it.each([
    ['stale-reset', (socket: Socket) => socket.resetAndDestroy()],
    ['stale-closed', (socket: Socket) => socket.end()],
  ])('%s: the call is sent once more on a new one', async (model, close) => {
    const used = new WeakSet<Socket>();
    stage.box.play(model, (response, call) => {
      if (used.has(call.socket)) {
        close(call.socket);
        return;
      }
      used.add(call.socket);
      answerAsOpenAi(response, call);
    });
    const chat = () => stage.client.chat.completions.create({ model, messages: MESSAGES }).withResponse();
    await chat();
    const { data, response } = await chat();
    expect(data.choices[0]?.message.content).toBe(CHAT_TEXT);
    const sockets = stage.box.callsOf(model).map(({ socket }) => socket);
    expect(sockets.map((socket) => sockets.indexOf(socket))).toEqual([0, 0, 2]);
    expect(await stage.rows(exchangeIdOf(response.headers))).toMatchObject([
      { number: 1, outcome: 'failed', error_code: 'upstream_reset', final: 0, cost_pico: 0 },
      { number: 2, outcome: 'answered', error_code: null, final: 1, cost_pico: 0 },
    ]);
  });

  it('a new connection that is reset is not tried again', async () => {
    stage.openai.play('reset-at-once', (_response, call) => {
      call.socket.resetAndDestroy();
    });
    const failure = await failureOf('corp/reset-at-once', false);
    expect(failure).toMatchObject({ status: 502, code: 'upstream_reset' });
    // Whichever connection it went over, the last one was new.
    expect(stage.openai.callsOf('reset-at-once').length).toBeLessThanOrEqual(2);
  });
});
