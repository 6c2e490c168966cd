import { describe, expect, it } from 'vitest';
import { NO_TIMEOUTS } from '../../src/canonical/deployment.ts';
import { limitsOfCall } from '../../src/gateway/call-limits.ts';
import type { LimitedCall } from '../../src/gateway/call-limits.ts';
import type { OwnLimits } from '../../src/upstream/upstream.ts';

const PLAIN: LimitedCall = {
  timeouts: NO_TIMEOUTS,
  stream: false,
  timeoutMs: null,
  streamTimeoutMs: null,
  remainingMs: 60_000,
};
const OWN = { connectMs: 1, firstByteMs: 2, streamFirstByteMs: 3, idleMs: 4, totalMs: 5 };

describe('the limits of one call', () => {
  it.each<[string, Partial<LimitedCall>, Partial<OwnLimits>]>([
    ['are those of all, but for the deadline', {}, { firstByteMs: null, totalMs: null, beginMs: 60_000 }],
    ['are those of its deployment', { timeouts: OWN }, { connectMs: 1, firstByteMs: 2, idleMs: 4, totalMs: 5 }],
    ['are those of a stream', { timeouts: OWN, stream: true }, { firstByteMs: 3, idleMs: 4, beginMs: 3 }],
    [
      'of a stream are those of any call, where it has none',
      { timeouts: { ...OWN, streamFirstByteMs: null }, stream: true },
      { firstByteMs: 2, beginMs: 60_000 },
    ],
    ['are those of the request', { timeouts: OWN, timeoutMs: 50 }, { totalMs: 50, firstByteMs: 2 }],
    [
      'of a stream are those of the request',
      { timeouts: OWN, stream: true, streamTimeoutMs: 40 },
      { firstByteMs: 40, idleMs: 40, beginMs: 40, totalMs: 5 },
    ],
    ['of a stream are not those of a whole answer', { streamTimeoutMs: 40 }, { firstByteMs: null, idleMs: null }],
    ['end with the deadline', { timeouts: OWN, stream: true, remainingMs: 2 }, { beginMs: 2 }],
    ['have not passed before the call began', { remainingMs: -5 }, { beginMs: 1 }],
  ])('%s', (_, call, expected) => {
    expect(limitsOfCall({ ...PLAIN, ...call })).toMatchObject(expected);
  });
});
