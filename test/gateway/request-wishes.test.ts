import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/canonical/errors.ts';
import type { JsonObject } from '../../src/canonical/parts.ts';
import { NO_REQUEST_WISHES, wishesOf, withoutWishes } from '../../src/gateway/request-wishes.ts';
import type { RequestWishes } from '../../src/gateway/request-wishes.ts';

const PLAIN: JsonObject = { model: 'm', messages: [], metadata: { team: 'a', tags: 'one,two' } };

describe('what a request says of its routing', () => {
  it.each<[string, JsonObject, readonly string[], Partial<RequestWishes>]>([
    ['nothing', {}, [], {}],
    [
      'names',
      { fallbacks: ['a', 'b'] },
      [],
      {
        fallbacks: [
          { name: 'a', overrides: null },
          { name: 'b', overrides: null },
        ],
      },
    ],
    ['a map of names', { fallbacks: [{ m: ['a'] }] }, [], { fallbacks: [{ name: 'a', overrides: null }] }],
    [
      'a request in part, which never says how it is answered',
      { fallbacks: [{ model: 'a', seed: 1, stream: true }] },
      [],
      { fallbacks: [{ name: 'a', overrides: { seed: 1 } }] },
    ],
    ['no fallbacks', { disable_fallbacks: true }, [], { disableFallbacks: true }],
    ['retries', { num_retries: 3 }, [], { retries: 3 }],
    ['retries in a header, which goes before', { num_retries: 3 }, ['X-LiteLLM-Num-Retries', '1'], { retries: 1 }],
    ['times', { timeout: 1.5, stream_timeout: '2' }, [], { timeoutMs: 1500, streamTimeoutMs: 2000 }],
    [
      'times in headers',
      {},
      ['x-llmgw-timeout', '3', 'x-litellm-stream-timeout', '4'],
      { timeoutMs: 3000, streamTimeoutMs: 4000 },
    ],
    [
      'tags of everywhere, each once',
      { tags: ['a', 'b'], metadata: { tags: ['c'] } },
      ['x-litellm-tags', 'a, d', 'x-llmgw-tags', 'e'],
      { tags: ['a', 'd', 'e', 'b', 'c'] },
    ],
    ['a region', {}, ['x-llmgw-region', 'eu'], { region: 'eu' }],
  ])('is %s', (_what, body, headers, expected) => {
    expect(wishesOf(headers, { ...PLAIN, ...body })).toEqual({ ...NO_REQUEST_WISHES, ...expected });
  });

  it.each<[JsonObject, readonly string[], string]>([
    [{ tags: 1 }, [], 'tags'],
    [{ tags: ['a', 1] }, [], 'tags'],
    [{ fallbacks: 'a' }, [], 'fallbacks'],
    [{ fallbacks: [1] }, [], 'fallbacks'],
    [{ disable_fallbacks: 'no' }, [], 'disable_fallbacks'],
    [{ num_retries: -1 }, [], 'num_retries'],
    [{ timeout: 0 }, [], 'timeout'],
    [{}, ['x-litellm-timeout', 'soon'], 'timeout'],
  ])('is refused where it cannot be read: %j %j', (body, headers, param) => {
    const read = (): unknown => wishesOf(headers, { ...PLAIN, ...body });
    expect(read).toThrow(GatewayError);
    expect(read).toThrow(expect.objectContaining({ code: 'invalid_body', param }) as Error);
  });
});

describe('a body without it', () => {
  it('is the same one where there is nothing', () => {
    expect(withoutWishes(PLAIN)).toBe(PLAIN);
  });

  it('has all else, and no empty metadata', () => {
    const said = { fallbacks: [], tags: ['a'], timeout: 1 };
    expect(withoutWishes({ model: 'm', ...said, metadata: { tags: ['a'] } })).toEqual({ model: 'm' });
    expect(withoutWishes({ model: 'm', metadata: { tags: ['a'], team: 'b' } })).toEqual({
      model: 'm',
      metadata: { team: 'b' },
    });
  });
});
