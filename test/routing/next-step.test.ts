import { describe, expect, it } from 'vitest';
import { ERRORS, GatewayError } from '../../src/canonical/errors.ts';
import type { ErrorCode } from '../../src/canonical/errors.ts';
import { nextStepAfter } from '../../src/routing/next-step.ts';
import type { AttemptFailure, NextStep } from '../../src/routing/next-step.ts';

function step(error: GatewayError, more: Partial<AttemptFailure> = {}): NextStep {
  return nextStepAfter({
    error,
    staleConnection: false,
    resent: false,
    committed: false,
    targetsLeft: 1,
    canGrow: false,
    ...more,
  });
}

const reset = new GatewayError('upstream_reset', 'closed');

describe('nextStepAfter', () => {
  it.each<[string, Partial<AttemptFailure>, NextStep]>([
    ['a stale connection', { staleConnection: true }, 'resend'],
    ['a stale connection, no target left', { staleConnection: true, targetsLeft: 0 }, 'resend'],
    ['a stale connection after a resend', { staleConnection: true, resent: true }, 'next_target'],
    ['the same, no target left', { staleConnection: true, resent: true, targetsLeft: 0 }, 'give_up'],
    ['a failure', {}, 'next_target'],
    ['a failure, no target left', { targetsLeft: 0 }, 'give_up'],
    ['a failure that the client has seen', { committed: true }, 'give_up'],
    ['a stale connection that the client has seen', { committed: true, staleConnection: true }, 'give_up'],
  ])('after %s', (_what, more, expected) => {
    expect(step(reset, more)).toBe(expected);
  });

  it.each([
    [400, 'give_up'],
    [401, 'next_target'],
    [402, 'next_target'],
    [403, 'next_target'],
    [404, 'next_target'],
    [405, 'give_up'],
    [408, 'next_target'],
    [409, 'next_target'],
    [413, 'give_up'],
    [415, 'give_up'],
    [422, 'give_up'],
    [424, 'next_target'],
    [425, 'next_target'],
    [429, 'next_target'],
    [451, 'give_up'],
    [500, 'next_target'],
    [501, 'next_target'],
    [502, 'next_target'],
    [503, 'next_target'],
    [504, 'next_target'],
    [529, 'next_target'],
  ] as const)('an upstream that answers %i: %s', (status, expected) => {
    expect(step(new GatewayError('upstream_error', 'no', { status }))).toBe(expected);
  });

  it.each<[Partial<AttemptFailure>, NextStep]>([
    [{ canGrow: true }, 'resend'],
    [{ canGrow: true, resent: true }, 'give_up'],
    [{ canGrow: true, committed: true }, 'give_up'],
    [{ canGrow: false }, 'give_up'],
  ])('a prompt that is too long, with %j: %s', (more, expected) => {
    expect(step(new GatewayError('context_length_exceeded', 'too long'), more)).toBe(expected);
  });

  it('tries elsewhere after what the upstream is to blame for and that can be mended, and after nothing else', () => {
    const codes = (Object.keys(ERRORS) as ErrorCode[]).filter(
      (code) => step(new GatewayError(code, '')) === 'next_target',
    );
    expect(codes.sort()).toEqual([
      'upstream_connect_timeout',
      'upstream_error',
      'upstream_first_byte_timeout',
      'upstream_idle_timeout',
      'upstream_invalid_answer',
      'upstream_refused',
      'upstream_reset',
      'upstream_stream_truncated',
      'upstream_unreachable',
    ]);
  });
});
