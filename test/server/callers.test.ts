import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/canonical/errors.ts';
import { createCallerGuard, keyDigest } from '../../src/server/callers.ts';
import type { CallerGuard, CallerRules } from '../../src/server/callers.ts';
import { Secret } from '../../src/std/secret.ts';

const KEY = 'sk-llmgw-right';
const RULES: CallerRules = {
  auth: 'key',
  boundHost: '127.0.0.1',
  allowedHosts: [],
  allowedOrigins: [],
  clientKeys: () => [
    { id: 'k1', digest: keyDigest(KEY), profile: null },
    { id: 'k2', digest: keyDigest('sk-llmgw-other'), profile: 'dev' },
  ],
  adminToken: new Secret('admin-token'),
  ollamaPort: () => null,
};

type Headers = Record<string, string>;

function request(headers: Headers, method = 'POST', url = '/v1/chat/completions'): IncomingMessage {
  const message = new IncomingMessage(new Socket());
  message.method = method;
  message.url = url;
  message.headers = { host: 'localhost:4000', ...headers };
  return message;
}

/** `null`: let in; else the code of the refusal. */
function refusal(check: () => unknown): string | null {
  try {
    check();
    return null;
  } catch (error) {
    if (error instanceof GatewayError) return error.code;
    throw error;
  }
}

function check(headers: Headers, rules: Partial<CallerRules> = {}): string | null {
  const guard = createCallerGuard({ ...RULES, ...rules });
  return refusal(() => guard.checkOrigin(request(headers)));
}

describe('Host', () => {
  it.each([
    'localhost',
    'localhost:4000',
    'LOCALHOST:4000',
    'localhost.',
    'app.localhost:4000',
    '127.0.0.1',
    '127.0.0.1:4000',
    '127.0.0.1.:4000',
    '127.8.9.10:1',
    '[::1]',
    '[::1]:4000',
    '[0:0:0:0:0:0:0:1]:4000',
    '[::ffff:127.0.0.1]:4000',
  ])('%s is this machine', (host) => {
    expect(check({ host })).toBeNull();
  });

  it.each([
    'evil.com',
    'evil.com:4000',
    'localhost.evil.com',
    '127.0.0.1.evil.com',
    '127.0.0.1.nip.io:4000',
    'localhost@evil.com',
    'evil.com@localhost',
    'user:pass@localhost:4000',
    'localhost:4000@evil.com',
    'localhost:99999999',
    'localhost:abc',
    'localhost:',
    'localhost/x',
    'evil.com/.localhost',
    'evil.com?.localhost',
    'evil.com#.localhost',
    'evil.com\\.localhost',
    'evil.com%00.localhost',
    'notlocalhost',
    'localhost evil.com',
    '0.0.0.0',
    '[::]',
    '[::1%1]',
    '[::1',
    '::1',
    '192.168.1.5',
    '1.1.1.1:4000',
    '2130706433',
    '0x7f.1',
    '',
    '.',
    ':4000',
    '[fe80::1]',
    '[localhost]',
    'host.docker.internal:4000',
  ])('%j is refused', (host) => {
    expect(check({ host })).toBe('host_not_allowed');
  });

  it('must be there', () => {
    const message = new IncomingMessage(new Socket());
    expect(refusal(() => createCallerGuard(RULES).checkOrigin(message))).toBe('host_not_allowed');
  });

  it('may be the bound address, or one of allowed_hosts with or without a port', () => {
    expect(check({ host: '192.168.1.5:4000' }, { boundHost: '192.168.1.5' })).toBeNull();
    expect(check({ host: '[fe80::1]:4000' }, { boundHost: 'fe80::1' })).toBeNull();
    expect(check({ host: 'My.Tunnel.example' }, { allowedHosts: ['my.tunnel.example'] })).toBeNull();
    expect(check({ host: 'my.tunnel.example:8443' }, { allowedHosts: ['my.tunnel.example'] })).toBeNull();
    expect(check({ host: 'my.tunnel.example.evil.com' }, { allowedHosts: ['my.tunnel.example'] })).toBe(
      'host_not_allowed',
    );
    expect(check({ host: 'sub.my.tunnel.example' }, { allowedHosts: ['my.tunnel.example'] })).toBe('host_not_allowed');
  });
});

describe('Origin', () => {
  it.each([
    'http://localhost',
    'http://localhost:3000',
    'https://localhost:8443',
    'http://127.0.0.1:5173',
    'http://[::1]:3000',
    'http://app.localhost:3000',
    'app://obsidian.md',
    'vscode-webview://0abc-def',
    'tauri://localhost',
    'capacitor://localhost',
  ])('%s may call, whatever Sec-Fetch-Site says', (origin) => {
    for (const site of ['cross-site', 'same-site', 'same-origin', 'none'])
      expect(check({ origin, 'sec-fetch-site': site })).toBeNull();
    expect(check({ origin })).toBeNull();
  });

  it.each([
    'null',
    '',
    'https://evil.com',
    'http://localhost.evil.com',
    'http://127.0.0.1.evil.com',
    'http://localhost@evil.com',
    'http://evil.com@localhost',
    'http://evil.com:80@localhost',
    'http://evil.com?.localhost',
    'http://evil.com#.localhost',
    'http://evil.com\\.localhost',
    'http://evil.com/.localhost',
    'http://localhost:3000/',
    'http://localhost:3000, http://evil.com',
    'http://0.0.0.0:3000',
    'http://192.168.1.5',
    'file://',
    'ftp://localhost',
    'chrome-extension://abcdef',
    'app://obsidian.md.evil.com',
    'app://evil',
    'tauri://evil',
    'tauri://localhost.evil',
    'vscode-webview',
    'xvscode-webview://a',
    'https://app.obsidian.md',
    'javascript://localhost',
    'data:',
    'http://',
    'http://[::1',
    'http://[::2]',
  ])('%j is refused', (origin) => {
    expect(check({ origin })).toBe('origin_not_allowed');
    expect(check({ origin, 'sec-fetch-site': 'same-origin' })).toBe('origin_not_allowed');
  });

  it('may be one of allowed_origins, to the letter, or of a whole scheme', () => {
    const allowedOrigins = ['https://my.page.example', 'myapp://*'];
    expect(check({ origin: 'https://my.page.example' }, { allowedOrigins })).toBeNull();
    expect(check({ origin: 'myapp://anything' }, { allowedOrigins })).toBeNull();
    for (const origin of [
      'http://my.page.example',
      'https://my.page.example:444',
      'https://my.page.example.evil.com',
      'myapp:',
      'myappx://a',
    ]) {
      expect(check({ origin }, { allowedOrigins })).toBe('origin_not_allowed');
    }
  });

  it('is not needed, except where the browser says that another site asks', () => {
    expect(check({})).toBeNull();
    for (const site of ['same-origin', 'same-site', 'none']) expect(check({ 'sec-fetch-site': site })).toBeNull();
    expect(check({ 'sec-fetch-site': 'cross-site' })).toBe('origin_not_allowed');
  });

  it('of any kind is refused under `auth: open`', () => {
    for (const origin of ['http://localhost:3000', 'app://obsidian.md', 'https://evil.com', 'null']) {
      expect(
        check({ origin, authorization: `Bearer ${KEY}` }, { auth: 'open', allowedOrigins: ['https://evil.com'] }),
      ).toBe('origin_not_allowed');
    }
    expect(check({}, { auth: 'open' })).toBeNull();
  });

  it('does not make a foreign Host good', () => {
    expect(check({ host: 'evil.com', origin: 'http://localhost:3000' })).toBe('host_not_allowed');
  });
});

describe('keys', () => {
  const guard: CallerGuard = createCallerGuard(RULES);
  const who = (headers: Headers): string | null => guard.authenticate(request(headers)).keyId;

  it.each<[string, Headers]>([
    ['Bearer', { authorization: `Bearer ${KEY}` }],
    ['bearer in small letters, with more space', { authorization: `bearer   ${KEY} ` }],
    ['x-api-key', { 'x-api-key': KEY }],
    ['api-key', { 'api-key': KEY }],
    ['x-goog-api-key', { 'x-goog-api-key': KEY }],
    ['a key beside another scheme', { authorization: 'Basic dXNlcjpwYXNz', 'x-api-key': KEY }],
  ])('are taken from %s', (_what, headers) => {
    expect(who(headers)).toBe('k1');
  });

  it('are told apart', () => {
    expect(who({ authorization: 'Bearer sk-llmgw-other' })).toBe('k2');
  });

  it.each<[string, Headers]>([
    ['none', {}],
    ['an empty one', { authorization: 'Bearer ' }],
    ['a wrong one', { authorization: 'Bearer sk-llmgw-wrong' }],
    ['a longer one', { authorization: `Bearer ${KEY}x` }],
    ['a shorter one', { authorization: `Bearer ${KEY.slice(0, -1)}` }],
    ['another case', { authorization: `Bearer ${KEY.toUpperCase()}` }],
    ['the admin token', { authorization: 'Bearer admin-token' }],
    ['Basic', { authorization: `Basic ${KEY}` }],
    ['the key without a scheme', { authorization: KEY }],
    ['the name of a scheme', { authorization: 'Bearer' }],
  ])('are refused: %s', (_what, headers) => {
    expect(refusal(() => who(headers))).toBe('invalid_api_key');
    expect(refusal(() => who({ ...headers, origin: 'http://localhost:3000' }))).toBe('invalid_api_key');
  });

  it('are asked for with a sentence that says how to get one, and never repeated', () => {
    const wrong = { authorization: 'Bearer sk-llmgw-wrong' };
    expect(() => who(wrong)).toThrow(
      expect.objectContaining({ status: 401, hint: expect.stringContaining('llmgw key show') as string }),
    );
    expect(() => who(wrong)).not.toThrow(/sk-llmgw-wrong/);
  });

  it.each<[string, string, Headers, string]>([
    ['Anthropic', '/v1/messages', { 'x-api-key': KEY, authorization: 'Bearer sk-llmgw-other' }, 'k1'],
    ['Anthropic', '/v1/messages', { 'x-api-key': 'sk-llmgw-other', authorization: `Bearer ${KEY}` }, 'k2'],
    ['Anthropic', '/v1/models', { 'anthropic-version': '1', 'x-api-key': KEY, authorization: 'Bearer no' }, 'k1'],
    ['OpenAI', '/v1/responses', { 'x-api-key': KEY, authorization: 'Bearer sk-llmgw-other' }, 'k2'],
    ['OpenAI', '/v1/models', { 'api-key': KEY, 'x-api-key': 'sk-llmgw-other' }, 'k2'],
    ['Google', '/v1beta/models/m:generateContent', { 'x-goog-api-key': KEY, 'x-api-key': 'sk-llmgw-other' }, 'k1'],
    ['Google', `/v1beta/models/m:generateContent?key=${KEY}`, { authorization: 'Bearer sk-llmgw-other' }, 'k1'],
    ['Google', `/v1beta/models?key=${KEY}`, { 'x-goog-api-key': 'sk-llmgw-other' }, 'k2'],
    ['Ollama', '/api/chat', { 'x-goog-api-key': KEY, authorization: 'Bearer sk-llmgw-other' }, 'k2'],
  ])('of two the one in the place of the dialect counts: %s at %s, %j', (_dialect, url, headers, keyId) => {
    expect(guard.authenticate(request(headers, 'POST', url)).keyId).toBe(keyId);
  });

  it.each<[string, Headers]>([
    ['a real key of the vendor', { 'x-api-key': 'sk-ant-api03-x', authorization: `Bearer ${KEY}` }],
    ['the same, the other way round', { 'x-api-key': KEY, authorization: 'Bearer sk-ant-oat01-x' }],
    ['one of ours that is no more', { 'x-api-key': 'sk-llmgw-gone', authorization: `Bearer ${KEY}` }],
    ['an empty one', { 'x-api-key': '', authorization: `Bearer ${KEY}` }],
  ])('one that is right is enough beside %s', (_what, headers) => {
    for (const url of ['/v1/messages', '/v1/chat/completions', '/api/chat']) {
      expect(guard.authenticate(request(headers, 'POST', url)).keyId).toBe('k1');
    }
  });

  it('are refused where none of two is right', () => {
    const headers = { 'x-api-key': 'sk-ant-api03-x', authorization: 'Bearer sk-llmgw-gone' };
    expect(refusal(() => who(headers))).toBe('invalid_api_key');
  });

  it('are not asked of programs made for Ollama: the 401 says where they are to go', () => {
    const hintOf = (ollamaPort: number | null, url = '/api/tags'): unknown => {
      try {
        return createCallerGuard({ ...RULES, ollamaPort: () => ollamaPort }).authenticate(request({}, 'GET', url));
      } catch (error) {
        return error instanceof GatewayError ? error.hint : error;
      }
    };
    expect(hintOf(null)).toMatch(/set `ollama: \{port: 11436\}` in the config/);
    expect(hintOf(12_345)).toMatch(/http:\/\/127\.0\.0\.1:12345\.$/);
    expect(hintOf(12_345)).not.toMatch(/11436|config/);
    expect(hintOf(12_345, '/v1/models')).toMatch(/llmgw key show/);
  });

  it('may come with any content type', () => {
    expect(who({ authorization: `Bearer ${KEY}`, 'content-type': 'text/plain' })).toBe('k1');
  });
});

describe('auth: open', () => {
  const guard = createCallerGuard({ ...RULES, auth: 'open' });
  const who = (headers: Headers, method?: string): string | null => guard.authenticate(request(headers, method)).keyId;

  it('lets JSON in without a key, or with anybody else’s', () => {
    expect(who({ 'content-type': 'application/json' })).toBeNull();
    expect(who({ 'content-type': 'Application/JSON; charset=utf-8' })).toBeNull();
    expect(who({ 'content-type': 'application/json', authorization: 'Bearer ollama' })).toBeNull();
    expect(who({}, 'GET')).toBeNull();
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain; application/json',
    'application/jsonx',
    '',
  ])('refuses what a page can send without asking: %j', (type) => {
    const headers = type === '' ? {} : { 'content-type': type };
    expect(refusal(() => who(headers))).toBe('unsupported_media_type');
    expect(refusal(() => who({ ...headers, authorization: 'Bearer wrong' }))).toBe('unsupported_media_type');
  });

  it('says of a form that it takes a key', () => {
    expect(() => who({ 'content-type': 'multipart/form-data; boundary=x' })).toThrow(
      expect.objectContaining({ hint: expect.stringMatching(/form .*key too: `llmgw key show`/) as string }),
    );
  });

  it('refuses a key of ours that is no more, whatever lies beside it', () => {
    const headers = {
      'content-type': 'application/json',
      authorization: 'Bearer ollama',
      'x-api-key': 'sk-llmgw-gone',
    };
    expect(refusal(() => who(headers))).toBe('invalid_api_key');
  });

  it('still knows a key', () => {
    expect(who({ authorization: `Bearer ${KEY}`, 'content-type': 'text/plain' })).toBe('k1');
  });
});

describe('the admin token', () => {
  const guard = createCallerGuard({ ...RULES, auth: 'open' });

  it('is needed, also under `auth: open`; a client key is none', () => {
    expect(refusal(() => guard.checkAdmin(request({ authorization: 'Bearer admin-token' })))).toBeNull();
    for (const headers of [{}, { authorization: `Bearer ${KEY}` }, { authorization: 'Bearer admin-tokenx' }]) {
      expect(refusal(() => guard.checkAdmin(request(headers)))).toBe('admin_token_required');
    }
  });
});
