import { describe, expect, it } from 'vitest';
import type { Endpoint, WireAddress } from '../../src/canonical/target.ts';
import { Secret } from '../../src/std/secret.ts';
import { upstreamHeaders } from '../../src/upstream/request-headers.ts';
import { cloudEndpoint } from '../helpers/routes.ts';

function sent(
  headers: Record<string, string>,
  more: Partial<Endpoint> = {},
  at: Partial<WireAddress> | null = null,
  secretHeaders: ReadonlyMap<string, Secret> = new Map(),
): Record<string, string> {
  const endpoint = cloudEndpoint('acme', more);
  const list = upstreamHeaders({
    clientHeaders: Object.entries(headers).flat(),
    endpoint,
    address: at === null ? endpoint : { dialect: 'anthropic-messages', apiBase: endpoint.apiBase, ...at },
    passes: true,
    headers: {},
    secretHeaders,
  });
  const names = list.filter((_, index) => index % 2 === 0);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  return Object.fromEntries(names.map((name, index) => [name, list[index * 2 + 1] ?? '']));
}

const KEYLESS = { 'accept-encoding': 'identity', 'x-llmgw-hop': '1', 'content-type': 'application/json' };
const OURS = { ...KEYLESS, authorization: 'Bearer key-of-acme' };

describe('upstreamHeaders', () => {
  it('adds the credential, the content type and asks for an answer that can be read', () => {
    expect(sent({})).toEqual(OURS);
    expect(sent({ 'Accept-Encoding': 'gzip, br' })).toEqual(OURS);
  });

  it.each([
    'Connection',
    'Keep-Alive',
    'Proxy-Connection',
    'TE',
    'Trailer',
    'Transfer-Encoding',
    'Upgrade',
    'HTTP2-Settings',
    'Expect',
    'Host',
    'Content-Length',
    'Content-Encoding',
    'Origin',
    'Referer',
    'Cookie',
    'Cookie2',
    'Set-Cookie',
    'Forwarded',
    'X-Forwarded-For',
    'X-Forwarded-Host',
    'X-Forwarded',
    'X-LiteLLM-Tags',
    'X-LiteLLM-Timeout',
    'X-LiteLLM-Num-Retries',
    'X-LiteLLM-API-Key',
    'X-LiteLLM-Customer-Id',
    'LiteLLM-Changed-By',
    'Via',
    'X-Real-IP',
    'True-Client-IP',
    'CF-Connecting-IP',
    'Sec-Fetch-Site',
    'Sec-CH-UA',
    'Access-Control-Request-Method',
    'X-LLMGW-Profile',
    'x-llmgw-anything',
  ])('does not pass on %s', (name) => {
    expect(sent({ [name]: 'something' })).toEqual(OURS);
  });

  it.each([
    'Authorization',
    'X-Api-Key',
    'Api-Key',
    'ApiKey',
    'api_key',
    'X-Goog-Api-Key',
    'X-Auth-Token',
    'X-Access-Token',
    'X-LiteLLM-Api-Key',
    'X-LiteLLM-Key',
    'X-Goog-Iam-Authorization-Token',
    'X-Amz-Security-Token',
    'Ocp-Apim-Subscription-Key',
    'Proxy-Authorization',
    'CF-Access-Client-Secret',
    'CF-Aig-Authorization',
    'X-Portkey-Api-Key',
    'Helicone-Auth',
    'X-Functions-Key',
    'Private-Token',
    'X-Auth-Key',
    'X-Authorization',
    'X-My-Company-Secret',
    'X-JWT',
    'Password',
    'X-Csrf-Token',
    'X-Openrouter-Api-Key',
    'xai-api-key',
    'X-Master-Key',
  ])('passes on no credential: %s', (name) => {
    for (const spelled of [name, name.toLowerCase(), name.toUpperCase()]) {
      const headers = sent({ [spelled]: 'sk-of-the-client' });
      expect(headers).toEqual(OURS);
    }
  });

  it.each([
    'User-Agent',
    'Accept',
    'X-Stainless-Lang',
    'OpenAI-Beta',
    'OpenAI-Organization',
    'Idempotency-Key',
    'X-Title',
    'HTTP-Referer',
    'Anthropic-Beta',
    'X-Request-Id',
    'traceparent',
    'session_id',
    'X-Initiator',
    'X-Max-Tokens',
    'X-Author',
    'X-Keyboard',
  ])('passes on %s', (name) => {
    expect(sent({ [name]: 'kept as it is' })).toEqual({ ...OURS, [name.toLowerCase()]: 'kept as it is' });
  });

  it.each(['application/json; charset=utf-8', 'Application/JSON'])("keeps the client's content type: %s", (type) => {
    expect(sent({ 'Content-Type': type })['content-type']).toBe(type);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/jsonl', ''])(
    'calls the body JSON, as which it was read, where the client says "%s"',
    (type) => {
      expect(sent({ 'Content-Type': type })).toEqual(OURS);
    },
  );

  it.each(['X-Hop', 'keep-alive, X-Hop', 'close, x-hop ,x-other'])('drops what Connection: %s names', (connection) => {
    expect(sent({ Connection: connection, 'X-Hop': '1' })).toEqual(OURS);
  });

  it("puts the credential where the provider wants it, in place of the client's own", () => {
    const headers = sent(
      { 'X-Key-Of-Acme': 'the client', 'x-api-key': 'client' },
      {
        credentialHeader: { kind: 'header', name: 'x-key-of-acme' },
        credential: new Secret('ours'),
      },
    );
    expect(headers).toEqual({ ...KEYLESS, 'x-key-of-acme': 'ours' });
  });

  it('sends none where there is none, not even that of the client', () => {
    expect(sent({ Authorization: 'Bearer client' }, { credential: null })).toEqual(KEYLESS);
  });

  it('drops what any of several Connection headers names', () => {
    const several = { Connection: 'close', connection: 'X-One', CONNECTION: 'x-two, keep-alive' };
    expect(sent({ ...several, 'X-One': '1', 'X-Two': '2', 'X-Three': '3' })).toEqual({ ...OURS, 'x-three': '3' });
  });

  it("prefers the provider's further headers", () => {
    const extraHeaders = { 'x-team': 'ours' };
    expect(sent({ 'X-Team': 'theirs', constructor: 'x' }, { extraHeaders })).toEqual({
      ...OURS,
      ...extraHeaders,
      constructor: 'x',
    });
  });

  it('leaves the version of the dialect to the client whose body passes', () => {
    const extraHeaders = { 'anthropic-version': '2023-06-01' };
    expect(sent({ 'Anthropic-Version': '2027-01-01' }, { extraHeaders })['anthropic-version']).toBe('2027-01-01');
    expect(sent({}, { extraHeaders })['anthropic-version']).toBe('2023-06-01');
  });

  it('puts the credential where the address wants it, and what the address wants beside that of the endpoint', () => {
    const at: Partial<WireAddress> = {
      credentialHeader: { kind: 'header', name: 'x-api-key' },
      extraHeaders: { 'anthropic-version': '2023-06-01' },
    };
    const headers = sent({ 'X-Api-Key': 'client' }, { extraHeaders: { 'x-team': 'ours' } }, at);
    expect(headers).toEqual({
      ...KEYLESS,
      'x-team': 'ours',
      'anthropic-version': '2023-06-01',
      'x-api-key': 'key-of-acme',
    });
  });

  it('puts the credential as at the endpoint where the address does not say', () => {
    expect(sent({}, {}, {})).toEqual(OURS);
  });
});

describe('headers that the config gives', () => {
  const given = (values: Record<string, string>): ReadonlyMap<string, Secret> =>
    new Map(Object.entries(values).map(([name, value]) => [name, new Secret(value)]));

  it('go before the client and before the credential, each once', () => {
    const headers = given({ 'x-team': 'blue', authorization: 'Bearer given' });
    expect(sent({ 'X-Team': 'red', 'X-Other': '1' }, {}, null, headers)).toEqual({
      ...KEYLESS,
      'x-other': '1',
      'x-team': 'blue',
      authorization: 'Bearer given',
    });
  });

  it('say nothing of how the body comes', () => {
    expect(sent({}, {}, null, given({ 'content-length': '1', 'transfer-encoding': 'chunked' }))).toEqual(OURS);
  });
});
