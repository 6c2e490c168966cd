import http from 'node:http';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ask, errorOf, type RawAnswer, type RawRequest } from './raw.ts';
import { setStage, type Stage } from './stage.ts';

const BODY = JSON.stringify({ model: 'tiny', messages: [{ role: 'user', content: 'Hello?' }] });

let stage: Stage;
beforeAll(async () => {
  stage = await setStage({
    config: () =>
      'server: {allowed_hosts: [gw.example], allowed_origins: ["https://app.example"], max_request: 100KB, ' +
      'request_timeout: 1s}',
  });
});
afterAll(() => stage.close());
// Nothing that a client sends makes the daemon exit.
afterEach(async () => {
  expect((await fetch(`${stage.daemon.url}/health`)).status).toBe(200);
  expect(stage.daemon.program.process.exitCode).toBeNull();
});

function chat({ headers = {}, ...request }: RawRequest = {}): Promise<RawAnswer> {
  const ours = { authorization: `Bearer ${stage.daemon.key}`, 'content-type': 'application/json' };
  return ask(stage.daemon.url, { body: BODY, ...request, headers: { ...ours, ...headers } });
}

describe('the key', () => {
  it.each([
    ['none', {}, 'No API key was sent.'],
    ['one without its word', { authorization: 'a-key' }, 'something else in it than `Bearer`'],
    ['a wrong one', { authorization: 'Bearer sk-llmgw-wrong' }, 'The API key is not one of this gateway.'],
    ['an empty one', { 'x-api-key': '' }, 'The API key is not one of this gateway.'],
  ])('%s: 401 with the sentence that says how to get one', async (_what, headers, problem) => {
    const before = stage.box.calls.length;
    const answer = await ask(stage.daemon.url, {
      body: BODY,
      headers: { 'content-type': 'application/json', ...headers },
    });
    expect(answer.status).toBe(401);
    const { message, type, code } = errorOf(answer);
    expect({ type, code }).toEqual({ type: 'authentication_error', code: 'invalid_api_key' });
    expect(message).toContain(problem);
    expect(message).toContain('llmgw key show');
    expect(stage.box.calls.length).toBe(before);
    const list = await ask(stage.daemon.url, { method: 'GET', path: '/v1/models', headers });
    expect({ status: list.status, code: errorOf(list).code }).toEqual({ status: 401, code: 'invalid_api_key' });
  });

  it.each(['x-api-key', 'api-key', 'x-goog-api-key'])('is read from %s', async (name) => {
    const headers = { [name]: stage.daemon.key, 'content-type': 'application/json' };
    expect((await ask(stage.daemon.url, { body: BODY, headers })).status).toBe(200);
  });

  it('opens nothing of ours, and the admin token no inference', async () => {
    const status = await chat({ method: 'GET', path: '/llmgw/status', body: '' });
    expect({ status: status.status, code: errorOf(status).code }).toEqual({
      status: 401,
      code: 'admin_token_required',
    });
    const headers = { authorization: `Bearer ${stage.daemon.adminToken}` };
    expect((await chat({ headers })).status).toBe(401);
  });

  it('is not asked for the content type', async () => {
    expect((await chat({ headers: { 'content-type': 'text/plain' } })).status).toBe(200);
  });
});

describe('the Host', () => {
  it.each([
    ['localhost:4000', 200],
    ['127.0.0.1', 200],
    ['[::1]:4000', 200],
    ['gw.example', 200],
    ['GW.example:443', 200],
    ['evil.example', 403],
    ['localhost.evil.example', 403],
    ['127.0.0.1.nip.io', 403],
  ])('%s: %i', async (host, status) => {
    const answer = await chat({ headers: { host } });
    expect(answer.status).toBe(status);
    if (status === 403) expect(errorOf(answer).code).toBe('host_not_allowed');
  });
});

describe('the Origin', () => {
  it.each([
    ['http://localhost:5173', 200],
    ['https://127.0.0.1', 200],
    ['app://obsidian.md', 200],
    ['vscode-webview://1a2b3c', 200],
    ['tauri://localhost', 200],
    ['capacitor://localhost', 200],
    ['https://app.example', 200],
    ['http://app.example', 403],
    ['https://app.example.evil.example', 403],
    ['https://evil.example', 403],
    ['http://localhost.evil.example', 403],
    ['null', 403],
  ])('%s: %i', async (origin, status) => {
    const answer = await chat({ headers: { origin, 'sec-fetch-site': 'cross-site' } });
    expect(answer.status).toBe(status);
    expect(answer.headers['access-control-allow-origin']).toBe(status === 200 ? origin : undefined);
    if (status === 403) expect(errorOf(answer).code).toBe('origin_not_allowed');
  });

  it('missing from a page of another site: 403', async () => {
    expect((await chat({ headers: { 'sec-fetch-site': 'cross-site' } })).status).toBe(403);
    expect((await chat({ headers: { 'sec-fetch-site': 'same-origin' } })).status).toBe(200);
  });

  it('that is allowed still needs the key, and may read why', async () => {
    const answer = await chat({ headers: { origin: 'http://localhost:5173', authorization: '' } });
    expect(answer.status).toBe(401);
    expect(answer.headers['access-control-allow-origin']).toBe('http://localhost:5173');
  });

  it.each(['http://localhost:5173', 'https://evil.example'])('preflight of %s', async (origin) => {
    const answer = await ask(stage.daemon.url, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization, content-type, x-stainless-lang, x-evil',
      },
    });
    const { 'access-control-allow-headers': allowed, 'access-control-allow-origin': allowedOrigin } = answer.headers;
    if (origin === 'https://evil.example') {
      expect([answer.status, allowed, allowedOrigin]).toEqual([403, undefined, undefined]);
    } else {
      expect([answer.status, allowed, allowedOrigin]).toEqual([
        204,
        'authorization, content-type, x-stainless-lang',
        origin,
      ]);
    }
  });
});

describe('a body that is none', () => {
  const messages = [{ role: 'user', content: 'Hello?' }];
  it.each([
    ['no JSON', '{"model": "tiny", "messages": [}', 400, 'invalid_json', null],
    ['nothing', '', 400, 'invalid_json', null],
    ['half of it', BODY.slice(0, 20), 400, 'invalid_json', null],
    ['no UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), 400, 'invalid_json', null],
    ['a list', '[]', 400, 'invalid_body', null],
    ['a text', '"hello"', 400, 'invalid_body', null],
    ['without model', JSON.stringify({ messages }), 400, 'missing_field', 'model'],
    ['with a model that is no text', JSON.stringify({ model: 7, messages }), 400, 'invalid_body', 'model'],
    ['without messages', JSON.stringify({ model: 'tiny' }), 400, 'missing_field', 'messages'],
    [
      'with messages that are no list',
      JSON.stringify({ model: 'tiny', messages: 'Hi' }),
      400,
      'invalid_body',
      'messages',
    ],
    ['with stream: "yes"', JSON.stringify({ model: 'tiny', messages, stream: 'yes' }), 400, 'invalid_body', 'stream'],
    ['with model twice', `{"model":"tiny",${BODY.slice(1)}`, 400, 'duplicate_field', 'model'],
    ['with model twice, once escaped', `{"m\\u006fdel":"tiny",${BODY.slice(1)}`, 400, 'duplicate_field', 'model'],
    ['with stream twice', `{"stream":true,"stream":false,${BODY.slice(1)}`, 400, 'duplicate_field', 'stream'],
    [
      'over the limit',
      JSON.stringify({ model: 'tiny', messages, pad: 'x'.repeat(100_000) }),
      413,
      'request_too_large',
      null,
    ],
  ])('%s', async (_what, body, status, code, param) => {
    const before = stage.box.calls.length;
    const answer = await chat({ body });
    expect({ status: answer.status, error: errorOf(answer) }).toMatchObject({ status, error: { code, param } });
    if (param !== null) expect(errorOf(answer).message).toContain(`\`${param}\``);
    expect(stage.box.calls.length).toBe(before);
  });

  it('names the field of the other endpoints', async () => {
    const body = JSON.stringify({ model: 'tiny' });
    const embeddings = await chat({ path: '/v1/embeddings', body });
    const completions = await chat({ path: '/v1/completions', body });
    expect([errorOf(embeddings).param, errorOf(completions).param]).toEqual(['input', 'prompt']);
  });

  it('compressed well, it is read, and goes on as it was meant', async () => {
    const answer = await chat({ body: gzipSync(BODY), headers: { 'content-encoding': 'gzip' } });
    expect(answer.status).toBe(200);
    const call = stage.box.calls.at(-1);
    expect(call?.body.toString()).toBe(BODY.replace('"tiny"', '"tiny:latest"'));
    expect(call?.headers['content-encoding']).toBeUndefined();
  });

  it.each([
    ['as something else', Buffer.from(BODY), 'gzip', 400, 'invalid_content_encoding'],
    ['in a way that is not read here', Buffer.from(BODY), 'compress', 415, 'unsupported_content_encoding'],
    ['twice', gzipSync(gzipSync(BODY)), 'gzip, gzip', 415, 'unsupported_content_encoding'],
    ['and far larger than it looks', gzipSync(Buffer.alloc(50_000_000)), 'gzip', 413, 'request_too_large'],
  ])('compressed %s', async (_what, body, encoding, status, code) => {
    const answer = await chat({ body, headers: { 'content-encoding': encoding } });
    expect({ status: answer.status, code: errorOf(answer).code }).toEqual({ status, code });
  });

  it('that comes too slowly is 408', async () => {
    const text = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(new URL(stage.daemon.url).port), '127.0.0.1');
      let received = '';
      socket.setEncoding('utf8').on('data', (chunk: string) => (received += chunk));
      socket.once('error', reject).once('close', () => {
        resolve(received);
      });
      const head = `POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${stage.daemon.key}`;
      socket.write(`${head}\r\nContent-Length: 500\r\n\r\n{"model":`);
    });
    expect(text).toMatch(/^HTTP\/1\.1 408 /);
    expect(text).toContain('"code":"request_timeout"');
  });

  it('that stops in the middle: the daemon goes on', async () => {
    const before = stage.box.calls.length;
    await new Promise<void>((resolve) => {
      const headers = { authorization: `Bearer ${stage.daemon.key}`, 'content-length': 500 };
      const request = http.request(`${stage.daemon.url}/v1/chat/completions`, { method: 'POST', headers });
      request.once('error', () => {
        resolve();
      });
      request.write('{"model":', () => {
        request.destroy(new Error('the client is gone'));
      });
    });
    expect((await chat()).status).toBe(200);
    expect(stage.box.calls.length).toBe(before + 1);
  });

  it('for a path or a method that is not there', async () => {
    const wrongMethod = await chat({ method: 'PUT' });
    expect([wrongMethod.status, errorOf(wrongMethod).code]).toEqual([405, 'method_not_allowed']);
    const wrongPath = await chat({ path: '/v1/chat/complete' });
    expect([wrongPath.status, errorOf(wrongPath).code]).toEqual([404, 'not_found']);
  });
});

describe('auth: open', () => {
  let open: Stage;
  beforeAll(async () => {
    open = await setStage({ config: () => 'server: {auth: open}' });
  });
  afterAll(() => open.close());

  it.each([
    ['nobody, with JSON', {}, 200],
    ['nobody, with JSON in another spelling', { 'content-type': 'Application/JSON; charset=utf-8' }, 200],
    ['nobody, with what any page can send', { 'content-type': 'text/plain' }, 415],
    ['a page on loopback', { origin: 'http://localhost:5173' }, 403],
    ['a page with the key', { origin: 'http://localhost:5173', authorization: 'KEY' }, 403],
    ['a page that hides where it is from', { 'sec-fetch-site': 'cross-site' }, 403],
    ['a name that was rebound', { host: 'evil.example' }, 403],
  ])('%s: %o is %i', async (_who, headers, status) => {
    const own = 'authorization' in headers ? { authorization: `Bearer ${open.daemon.key}` } : {};
    const all = { 'content-type': 'application/json', ...headers, ...own };
    expect((await ask(open.daemon.url, { body: BODY, headers: all })).status).toBe(status);
  });
});
