import type http from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/canonical/errors.ts';
import type { GatewayOptions } from '../../src/gateway/dependencies.ts';
import { LITELLM_VERSION } from '../../src/gateway/lite-llm-headers.ts';
import { COMPLETION, errorOf } from '../helpers/exchange-stage.ts';
import { configured, modelGroup } from '../helpers/model-groups.ts';
import { NO_RETRIES } from '../helpers/no-retries.ts';
import { failing } from '../helpers/providers-stage.ts';
import { cloudEndpoint, routedProvider } from '../helpers/routes.ts';
import type { TableParts } from '../helpers/routes.ts';
import { KEY, startTestServer } from '../helpers/test-server.ts';
import type { Answer, TestServer } from '../helpers/test-server.ts';
import { eventStream, json, startUpstreamServer } from '../helpers/upstream-server.ts';
import type { UpstreamServer } from '../helpers/upstream-server.ts';

const MESSAGES = [{ role: 'user', content: 'hello' }];
const PIECE = 'data: {"id":"c","model":"m","choices":[{"index":0,"delta":{"content":"hi"},"finish_reason":null}]}\n\n';
const CHUNKS = `${PIECE}data: {"id":"c","model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n`;

const CLAUDE_PIECES = [
  {
    type: 'message_start',
    message: {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'm',
      content: [],
      usage: { input_tokens: 1, output_tokens: 1 },
    },
  },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'hi' } },
]
  .map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
  .join('');

let first: UpstreamServer;
let second: UpstreamServer;
let server: TestServer;
afterEach(async () => {
  await server.close();
  await Promise.all([first.close(), second.close()]);
});

interface Wanted {
  readonly isLiteLlm?: boolean;
  readonly routing?: TableParts['routing'];
  readonly overrides?: Partial<GatewayOptions>;
}

/** `smart` is at `acme`, then at `other`, and falls back to `spare`; `eu` is for those who are tagged so. */
async function start({ isLiteLlm = true, routing = NO_RETRIES, overrides = {} }: Wanted = {}): Promise<void> {
  [first, second] = await Promise.all([
    startUpstreamServer((response) => json(response, COMPLETION, 200, { 'x-ratelimit-remaining-requests': '9' })),
    startUpstreamServer((response) => json(response, COMPLETION)),
  ]);
  const secret = first.origin.replace('://', '://me:secret@');
  const own = { ...configured('acme/m', { region: 'eu', tags: ['eu'] }), id: 'dep-1' };
  const timed = configured('other/m', {
    timeouts: { connectMs: null, firstByteMs: null, streamFirstByteMs: null, idleMs: null, totalMs: 30_000 },
  });
  server = await startTestServer(
    { isLiteLlm },
    {
      providers: [
        routedProvider(cloudEndpoint('acme', { apiBase: `${first.origin}/v1` }), []),
        routedProvider(cloudEndpoint('other', { apiBase: `${second.origin}/v1` }), []),
        routedProvider(cloudEndpoint('claude', { dialect: 'anthropic-messages', apiBase: `${first.origin}/v1` }), []),
        routedProvider(cloudEndpoint('secret', { apiBase: `${secret}/v1`, priceProvider: null }), []),
      ],
      models: [
        modelGroup('smart', [own, timed], { strategy: 'in-order' }),
        modelGroup('spare', [configured('other/n')]),
        modelGroup('hedged', [own, timed], { strategy: 'in-order', hedge: { kind: 'after', ms: 30 } }),
        modelGroup('joined', [own, timed], { strategy: 'in-order', continueStreams: true }),
        modelGroup('eu', [own]),
        modelGroup('limited', [configured('other/m', { requestsPerMinute: 1 })]),
      ],
      routing: {
        ...routing,
        fallbacks: { general: new Map([['smart', ['spare']]]), contextWindow: new Map(), contentPolicy: new Map() },
      },
    },
    overrides,
  );
}

const ask = (path: string, body: object, headers: http.OutgoingHttpHeaders = {}): Promise<Answer> =>
  server.ask({
    method: 'POST',
    path,
    headers: { authorization: `Bearer ${KEY}`, ...headers },
    body: JSON.stringify(body),
  });
const chat = (body: object = {}, headers: http.OutgoingHttpHeaders = {}): Promise<Answer> =>
  ask('/v1/chat/completions', { model: 'smart', messages: MESSAGES, ...body }, headers);

/** Those of LiteLLM's, without what differs each time. */
function liteLlmHeaders({ headers }: Answer): Record<string, unknown> {
  const names = Object.keys(headers).filter((name) => /^(?:x-litellm-|llm_provider-)/.test(name));
  const changing = ['x-litellm-call-id', 'x-litellm-overhead-duration-ms', 'x-litellm-response-duration-ms'];
  return Object.fromEntries(names.filter((name) => !changing.includes(name)).map((name) => [name, headers[name]]));
}

const ALWAYS = { 'x-litellm-version': LITELLM_VERSION };

describe("the headers of LiteLLM's clients", () => {
  it('say who answered, what it cost and how long it took', async () => {
    await start();
    const answer = await chat();
    expect(liteLlmHeaders(answer)).toEqual({
      ...ALWAYS,
      'x-litellm-model-id': 'dep-1',
      'x-litellm-model-group': 'smart',
      'x-litellm-model-api-base': `${first.origin}/v1`,
      'x-litellm-model-region': 'eu',
      'x-litellm-response-cost': '0.000000000035',
      'x-litellm-attempted-retries': '0',
      'x-litellm-max-retries': '0',
      'x-litellm-attempted-fallbacks': '0',
      'x-litellm-max-fallbacks': '5',
      'llm_provider-x-ratelimit-remaining-requests': '9',
    });
    const { headers } = answer;
    expect(headers['x-litellm-call-id']).toBe(headers['x-llmgw-request-id']);
    expect(headers['x-ratelimit-remaining-requests']).toBe('9');
    expect(Number(headers['x-litellm-response-cost'])).toBe(3.5e-11);
    const [took, ours] = ['response', 'overhead'].map((what) => Number(headers[`x-litellm-${what}-duration-ms`]));
    expect(took).toBeGreaterThanOrEqual(ours ?? NaN);
  });

  it('have neither cost nor duration where a stream begins', async () => {
    await start();
    first.answer = (response) => eventStream(response, CHUNKS);
    const answer = await chat({ stream: true });
    expect(liteLlmHeaders(answer)).toMatchObject({ 'x-litellm-model-id': 'dep-1', 'x-litellm-model-group': 'smart' });
    expect(answer.headers['x-litellm-response-cost']).toBeUndefined();
    expect(answer.headers['x-litellm-response-duration-ms']).toBeUndefined();
    expect(answer.headers['x-litellm-overhead-duration-ms']).toBeDefined();
  });

  it('tell another deployment from another group, and the limits that the request has set', async () => {
    await start();
    first.answer = failing(503);
    expect(liteLlmHeaders(await chat({}, { 'x-litellm-timeout': '12', 'x-litellm-num-retries': '3' }))).toMatchObject({
      'x-litellm-model-id': 'other/m',
      'x-litellm-timeout': '12',
      'x-litellm-attempted-retries': '1',
      'x-litellm-max-retries': '3',
      'x-litellm-attempted-fallbacks': '0',
    });
    second.answer = (response, { body }) => {
      if (String(body).includes('"n"')) json(response, COMPLETION);
      else failing(503)(response);
    };
    expect(liteLlmHeaders(await chat())).toMatchObject({
      'x-litellm-model-group': 'spare',
      'x-litellm-attempted-retries': '1',
      'x-litellm-attempted-fallbacks': '1',
    });
  });

  it("have the deployment's own time, no name and no password, and no cost where there is no price", async () => {
    await start();
    first.answer = failing(503);
    expect(liteLlmHeaders(await chat())).toMatchObject({ 'x-litellm-timeout': '30' });
    first.answer = (response) => json(response, COMPLETION);
    const unpriced = await chat({ model: 'secret/m' });
    expect(unpriced.status).toBe(200);
    expect(unpriced.headers['x-litellm-model-api-base']).toBe(`${first.origin}/v1`);
    expect(unpriced.headers['x-litellm-response-cost']).toBeUndefined();
    first.answer = (response) => void response.destroy();
    const failed = await chat({ model: 'secret/m' });
    expect(errorOf(failed).message).toContain(`secret at ${first.origin}/v1 closed the connection`);
  });

  it('say who answered where that is the second of two that were asked at once', async () => {
    await start();
    first.answer = () => undefined;
    expect(liteLlmHeaders(await chat({ model: 'hedged' }))).toMatchObject({
      'x-litellm-model-id': 'other/m',
      'x-litellm-model-api-base': `${second.origin}/v1`,
      'x-litellm-attempted-fallbacks': '0',
    });
  });

  it('come with errors too', async () => {
    await start();
    first.answer = failing(401);
    expect(liteLlmHeaders(await chat({ model: 'eu', tags: ['eu'] }))).toMatchObject({
      ...ALWAYS,
      'x-litellm-model-id': 'dep-1',
      'x-litellm-model-group': 'eu',
    });
    expect(liteLlmHeaders(await chat({ model: 'nobody' }))).toEqual(ALWAYS);
    const stranger = await ask('/v1/chat/completions', {}, { authorization: 'Bearer sk-wrong' });
    expect(liteLlmHeaders(stranger)).toEqual(ALWAYS);
    expect(stranger.headers['x-litellm-call-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('are not there for a file of our own', async () => {
    await start({ isLiteLlm: false });
    expect(liteLlmHeaders(await chat())).toEqual({});
    expect(liteLlmHeaders(await chat({ model: 'nobody' }))).toEqual({});
    expect((await chat({ model: 'nobody' })).status).toBe(404);
  });
});

const errorIn = ({ json: body }: Answer): unknown => (body as { error: unknown }).error;
const text = (pattern: RegExp): unknown => expect.stringMatching(pattern);

describe("the errors of LiteLLM's clients", () => {
  it.each([
    [
      'no key',
      () => server.ask({ method: 'POST', path: '/v1/chat/completions' }),
      401,
      { type: 'auth_error', message: text(/^Authentication Error, No api key passed in\./) },
    ],
    [
      'no Bearer',
      () => chat({}, { authorization: `Basic ${KEY}` }),
      401,
      { type: 'auth_error', message: text(/Malformed API Key passed in\. Ensure Key has `Bearer /) },
    ],
    [
      'another key',
      () => chat({}, { authorization: 'Bearer sk-other' }),
      401,
      {
        type: 'token_not_found_in_db',
        param: 'key',
        message: text(/^Authentication Error, Invalid proxy server token passed\./),
      },
    ],
    [
      'another model',
      () => chat({ model: 'smrt' }),
      400,
      {
        type: 'invalid_request_error',
        param: 'model',
        message: text(/^Invalid model name passed in model=smrt\..*Did you mean `smart`/),
      },
    ],
    [
      'other tags',
      () => chat({ model: 'eu', tags: ['us'] }),
      401,
      { type: 'auth_error', message: text(/^Not allowed to access model due to tags configuration\./) },
    ],
    [
      'no JSON',
      () =>
        server.ask({ method: 'POST', path: '/v1/embeddings', headers: { authorization: `Bearer ${KEY}` }, body: '{' }),
      400,
      { type: 'invalid_request_error' },
    ],
    ['no endpoint', () => ask('/v1/nothing', {}), 404, { type: 'invalid_request_error' }],
    [
      'the Responses API',
      () => ask('/v1/responses', { model: 'smrt', input: 'hello' }),
      400,
      { param: 'model', message: text(/^Invalid model name passed in model=smrt/) },
    ],
  ] as const)('have its status, its type and its words: %s', async (_case, question, status, expected) => {
    await start();
    const answer = await question();
    expect(answer.status).toBe(status);
    expect(errorIn(answer)).toMatchObject({ param: null, code: String(status), ...expected });
    expect(Object.keys(errorIn(answer) as object).sort()).toEqual(['code', 'message', 'param', 'type']);
    expect(answer.text).not.toContain('sk-other');
  });

  it('have the status of what the upstream said, and name the group', async () => {
    await start();
    first.answer = failing(429, { 'retry-after': '7' }, { message: 'slow down', type: 'requests' });
    const answer = await chat({ model: 'eu', tags: ['eu'] });
    expect(answer.status).toBe(429);
    expect(answer.headers['retry-after']).toBe('7');
    expect(errorIn(answer)).toEqual({
      message: 'litellm.RateLimitError: acme answered 429: slow down. Received Model Group=eu',
      type: 'throttling_error',
      param: null,
      code: '429',
    });
  });

  it('are 429 where no deployment has room', async () => {
    await start({ routing: { ...NO_RETRIES, queue: { max: 0, waitMs: 0 } } });
    expect((await chat({ model: 'limited' })).status).toBe(200);
    const answer = await chat({ model: 'limited' });
    expect([answer.status, errorIn(answer)]).toMatchObject([
      429,
      { message: text(/^No deployments available for selected model, Try again in \d+ seconds\./), code: '429' },
    ]);
    expect(answer.headers['retry-after']).toMatch(/^\d+$/);
  });

  it.each([
    ['that passes through', 'acme/m', PIECE],
    ['that is translated', 'claude/m', CLAUDE_PIECES],
  ])('stand in a stream %s, with their code as a text', async (_case, model, pieces) => {
    await start();
    first.answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(pieces, () => response.destroy());
    };
    const { text: body } = await chat({ model, stream: true });
    expect(body).toContain('"content":"hi"');
    const last = body.trim().split('\n\n').at(-1) ?? '';
    expect(JSON.parse(last.slice('data: '.length))).toMatchObject({
      error: { message: text(/^litellm\.API/), type: 'upstream_error', param: null, code: '502' },
    });
  });

  it('are told in our words where an upstream tells them in its stream', async () => {
    await start();
    const told = `data: {"error":{"message":"out of memory","type":"server_error","code":507}}\n\ndata: [DONE]\n\n`;
    // What comes together with the error is not answered at all: nothing was sent by then.
    first.answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(PIECE, () => void setTimeout(() => response.end(told), 50));
    };
    const { text: body } = await chat({ model: 'acme/m', stream: true });
    const [piece = '', last = '', ...more] = body.trim().split('\n\n');
    expect([`${piece}\n\n`, more]).toEqual([PIECE, []]);
    expect(JSON.parse(last.slice('data: '.length))).toMatchObject({
      error: { message: text(/^litellm\..*out of memory/), code: text(/^5\d\d$/) },
    });
  });

  it('are told so too behind an answer that broke off and nobody goes on with', async () => {
    await start();
    first.answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(PIECE, () => response.destroy());
    };
    second.answer = failing(503);
    const { text } = await chat({ model: 'joined', stream: true });
    expect(text).toContain('"hi"');
    const last = text.trim().split('\n\n').at(-1) ?? '';
    expect(JSON.parse(last.replace(/^data: /, ''))).toMatchObject({
      error: { message: expect.stringMatching(/^litellm\..*Received Model Group=joined$/) as unknown, code: '502' },
    });
  });

  it('and their headers can be read by a page that is allowed to ask', async () => {
    await start();
    const { headers } = await chat({}, { origin: 'http://localhost:3000' });
    expect(headers['access-control-expose-headers']).toContain('x-litellm-response-cost');
    const preflight = await server.ask({
      method: 'OPTIONS',
      path: '/v1/chat/completions',
      headers: {
        origin: 'http://localhost:3000',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'x-litellm-tags',
      },
    });
    expect(preflight.headers['access-control-allow-headers']).toBe('x-litellm-tags');
  });

  it.each([
    [
      '/v1/messages',
      { model: 'nobody', max_tokens: 9, messages: MESSAGES },
      404,
      { type: 'error', error: { type: 'not_found_error' } },
    ],
    [
      '/v1beta/models/nobody:generateContent',
      { contents: [{ parts: [{ text: 'hello' }] }] },
      404,
      { error: { code: 404, status: 'NOT_FOUND' } },
    ],
    ['/api/chat', { model: 'nobody', messages: MESSAGES }, 404, { error: text(/not known here/) }],
  ] as const)('of other dialects keep their own shape: %s', async (path, body, status, expected) => {
    await start();
    const answer = await ask(path, body);
    expect([answer.status, answer.json]).toMatchObject([status, expected]);
    expect(liteLlmHeaders(answer)).toEqual(ALWAYS);
  });

  it('below /llmgw/ are ours', async () => {
    await start();
    const answer = await server.ask({ path: '/llmgw/status', headers: { authorization: 'Bearer no' } });
    expect([answer.status, errorIn(answer)]).toMatchObject([401, { code: 'admin_token_required' }]);
    expect(liteLlmHeaders(answer)).toEqual({});
  });

  it('are told behind signs of life too', async () => {
    await start({ routing: { ...NO_RETRIES, keepAliveMs: 100 } });
    first.answer = (response) => void setTimeout(() => failing(500)(response), 250);
    const { status, text: body, headers } = await chat({ model: 'eu', tags: ['eu'], stream: true });
    expect([status, headers['x-litellm-model-group'], headers['x-litellm-model-id']]).toEqual([200, 'eu', undefined]);
    expect(body).toMatch(
      /^(?:: keepalive\n\n)+data: \{"error":\{"message":"litellm\.InternalServerError: .*"code":"500"\}\}\n\n$/,
    );
  });
});

it('an error that was made here has no case unless it says one', () => {
  expect(new GatewayError('invalid_json', 'x').case).toBeNull();
});
