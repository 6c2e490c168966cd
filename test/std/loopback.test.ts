import { describe, expect, it } from 'vitest';
import { isLoopbackHost } from '../../src/std/loopback.ts';

describe('isLoopbackHost', () => {
  it.each([
    'localhost',
    'LOCALHOST',
    'localhost.',
    'app.localhost',
    '127.0.0.1',
    '127.8.9.10',
    '::1',
    '[::1]',
    '0:0:0:0:0:0:0:1',
  ])('takes %s for this machine', (host) => expect(isLoopbackHost(host)).toBe(true));

  it.each([
    '',
    '0.0.0.0',
    '::',
    '192.168.1.5',
    '128.0.0.1',
    'localhost.example',
    'mylocalhost',
    '127.0.0.1.example',
    '127.0.0.1:80',
  ])('does not take %s for this machine only', (host) => expect(isLoopbackHost(host)).toBe(false));
});
