import { inspect, format } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatUsd, picoUsd } from '../../src/canonical/money.ts';
import { Secret } from '../../src/std/secret.ts';
import { uuid7 } from '../../src/std/uuid7.ts';

describe('uuid7', () => {
  it('has the form, version and variant of RFC 9562 and the time in front', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 48 - 1 }), (nowMs) => {
        const id = uuid7(nowMs);
        expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        expect(parseInt(id.slice(0, 8) + id.slice(9, 13), 16)).toBe(nowMs);
      }),
    );
  });

  it('is never the same twice, also past the end of its pool of random bytes, and sorts by time', () => {
    const ids = Array.from({ length: 20_000 }, () => uuid7(1));
    expect(new Set(ids).size).toBe(ids.length);
    expect(uuid7(1_000) < uuid7(1_001)).toBe(true);
  });
});

describe('Secret', () => {
  const secret = new Secret('sk-very-secret');

  it.each<[string, () => string]>([
    ['a template', () => String(secret) + secret.toString()],
    ['concatenation', () => ['', secret].join('')],
    ['JSON', () => JSON.stringify({ secret, list: [secret] })],
    ['inspect', () => inspect({ secret }, { showHidden: true, depth: 5 })],
    ['inspect with custom inspection off', () => inspect(secret, { customInspect: false, showHidden: true })],
    ['format', () => format('%s %o %O %j', secret, secret, secret, { secret })],
    ['an error', () => String(new Error('failed', { cause: secret }).cause)],
    ['a copy of its members', () => JSON.stringify(Object.assign({}, secret))],
    ['a clone', () => inspect(structuredClone(Object.assign({}, secret)), { showHidden: true })],
  ])('is not shown by %s', (_what, show) => {
    expect(show()).not.toContain('very-secret');
  });

  it('is revealed only on request', () => {
    expect(secret.reveal()).toBe('sk-very-secret');
  });
});

describe('money', () => {
  it.each([
    [0n, '0'],
    [1n, '0.000000000001'],
    [37_500_000n, '0.0000375'],
    [1_000_000_000_000n, '1'],
    [12_500_000_000_000n, '12.5'],
    [9_200_000_000_000_000_001n, '9200000.000000000001'],
    [-1_500_000_000_000n, '-1.5'],
  ])('%i pico-dollars are %s', (pico, text) => {
    expect(formatUsd(pico)).toBe(text);
  });

  it('is written without loss and without an exponent', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }), (pico) => {
        const text = formatUsd(pico);
        expect(text).toMatch(/^(?:0|[1-9]\d*)(?:\.\d*[1-9])?$/);
        const [whole = '', fraction = ''] = text.split('.');
        expect(BigInt(whole + fraction.padEnd(12, '0'))).toBe(pico);
      }),
    );
  });

  it('is refused where it is no whole, safe, positive number', () => {
    for (const wrong of [-1, 0.5, NaN, Infinity, 2 ** 53]) expect(() => picoUsd(wrong)).toThrow(RangeError);
    expect(formatUsd(picoUsd(Number.MAX_SAFE_INTEGER))).toBe('9007.199254740991');
  });
});
