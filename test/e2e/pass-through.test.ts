import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, type RawAnswer } from './raw.ts';
import { BOX_KEY, PROVIDER_KEY, setStage, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
});
afterAll(() => stage.close());

/** What a parser would lose: spaces, order, big and odd numbers, escapes, a key twice, fields of tomorrow. */
const TEXT = `{
  "zeta" : [1.0, 1e2, -0, 12345678901234567890, 0.1000],   "user":"\\u00e9\\ud83d\\ude00 \\/",
  "messages":[{"role":"user","content":"M\\u006fdel: \\"model\\" 👋","model":"inner"}],
  "model" : "NAME"  , "seed":9007199254740993, "metadata":{"stream":true,"a":1,"a":2}, "of_tomorrow":null OPTIONS}`;

function send(model: string, options = '', headers = {}): Promise<RawAnswer> {
  return ask(stage.daemon.url, {
    body: written(model, options),
    headers: { authorization: `Bearer ${stage.daemon.key}`, 'content-type': 'application/json', ...headers },
  });
}

function written(model: string, options = ''): string {
  return TEXT.replace('NAME', model).replace(' OPTIONS', options);
}

describe('the body', () => {
  it('reaches the upstream byte for byte, but for the name of the model', async () => {
    expect((await send('openai/gpt-4o')).status).toBe(200);
    expect(stage.openai.calls.at(-1)?.body.toString('utf8')).toBe(written('gpt-4o'));
    expect((await send('tiny')).status).toBe(200);
    expect(stage.box.calls.at(-1)?.body.toString('utf8')).toBe(written('tiny:latest'));
  });

  it('is not touched at all when the name is the upstream’s own', async () => {
    await send('gpt-4o');
    expect(stage.openai.calls.at(-1)?.body.toString('utf8')).toBe(written('gpt-4o'));
  });

  it.each([
    ['none', ',"stream":true', ',"stream":true,"stream_options":{"include_usage":true}'],
    ['null', ',"stream":true,"stream_options":null', ',"stream":true,"stream_options":{"include_usage":true}'],
    [
      'some',
      ',"stream":true, "stream_options" : { "chunk_size" : 1 }',
      ',"stream":true, "stream_options" : {"include_usage":true, "chunk_size" : 1 }',
    ],
    [
      'no',
      ',"stream":true,"stream_options":{"include_usage": false}',
      ',"stream":true,"stream_options":{"include_usage": true}',
    ],
    [
      'yes',
      ',"stream_options":{"include_usage": true},"stream":true',
      ',"stream_options":{"include_usage": true},"stream":true',
    ],
    ['no stream', ',"stream":false', ',"stream":false'],
  ])('of a stream gets the wish for usage added, where the client said: %s', async (_what, sent, received) => {
    await send('openai/gpt-4o', sent);
    expect(stage.openai.calls.at(-1)?.body.toString('utf8')).toBe(written('gpt-4o', received));
  });

  it('of a stream to a provider that does not take the wish is left alone', async () => {
    const other = await setStage({
      providers: ({ openai }) => `  mistral: {base_url: "${openai.apiBase}", api_key: mistral-key, models: [m]}`,
    });
    try {
      const body = '{"model":"mistral/m","messages":[],"stream":true}';
      const headers = { authorization: `Bearer ${other.daemon.key}`, 'content-type': 'application/json' };
      expect((await ask(other.daemon.url, { body, headers })).text).toMatch(/data: \[DONE\]\n\n$/);
      expect(other.openai.calls.at(-1)?.body.toString('utf8')).toBe(body.replace('mistral/m', 'm'));
    } finally {
      await other.close();
    }
  });
});

describe('the headers', () => {
  it('reach the upstream without anything that is not its business', async () => {
    const secret = 'the-client-secret';
    await send('openai/gpt-4o', '', {
      'x-api-key': secret,
      'api-key': secret,
      'x-goog-api-key': secret,
      'proxy-authorization': `Basic ${secret}`,
      'x-auth-token': secret,
      cookie: `session=${secret}`,
      origin: 'http://localhost:5173',
      referer: 'http://localhost:5173/private',
      'x-forwarded-for': '10.1.2.3',
      forwarded: 'for=10.1.2.3',
      'x-llmgw-tag': 'mine',
      'accept-encoding': 'gzip, br',
      connection: 'keep-alive, x-hop',
      'x-hop': 'dropped',
      te: 'trailers',
      'openai-beta': 'assistants=v2',
      'x-stainless-lang': 'js',
      'x-of-tomorrow': 'kept',
      'user-agent': 'my-agent/1.0',
      accept: 'application/json',
    });
    const call = stage.openai.calls.at(-1);
    const raw = call?.rawHeaders.join('\n') ?? '';
    expect(raw).not.toContain(secret);
    expect(raw).not.toContain(stage.daemon.key);
    expect(raw).not.toContain(BOX_KEY);
    expect(call?.headers).toEqual({
      host: `127.0.0.1:${stage.openai.port}`,
      connection: 'keep-alive',
      'accept-encoding': 'identity',
      'x-llmgw-hop': '1',
      'content-type': 'application/json',
      'content-length': String(call?.body.length),
      'openai-beta': 'assistants=v2',
      'x-stainless-lang': 'js',
      'x-of-tomorrow': 'kept',
      'user-agent': 'my-agent/1.0',
      accept: 'application/json',
      authorization: `Bearer ${PROVIDER_KEY}`,
    });
  });

  it('of each upstream hold its own key', async () => {
    await send('tiny');
    expect(stage.box.calls.at(-1)?.headers.authorization).toBe(`Bearer ${BOX_KEY}`);
    await send('corp/big');
    expect(stage.openai.calls.at(-1)?.headers.authorization).toBe('Bearer corp-key');
  });

  it.each(['', ',"stream":true'])('come back without what is not the client’s business%s', async (options) => {
    const { headers } = await send('openai/gpt-4o', options, { origin: 'http://localhost:5173' });
    expect(headers).toMatchObject({
      'x-request-id': 'req_fake_1',
      'openai-processing-ms': '12',
      'openai-version': '2020-10-01',
      'x-ratelimit-remaining-requests': '99',
      'access-control-allow-origin': 'http://localhost:5173',
      'x-llmgw-provider': 'openai',
    });
    expect(headers).not.toHaveProperty('set-cookie');
    expect(headers).not.toHaveProperty('alt-svc');
  });
});
