import { GatewayError } from '../../src/canonical/errors.ts';

/** How one call ends: after so many milliseconds, well or with an error. */
export interface Ended {
  readonly ms: number;
  readonly error: GatewayError | null;
}

/** What stands at a deployment's address in a simulation. Times are UTC milliseconds. */
export interface Behaviour {
  call(now: number, random: () => number): Ended;
  /** Whether every call that is sent within this time is answered. */
  isLiving(from: number, to: number): boolean;
}

export function steady(ms: number): Behaviour {
  return { call: (_, random) => ({ ms: around(ms, random), error: null }), isLiving: () => true };
}

/** Fails with 503 by chance. */
export function flaky(ms: number, share: number): Behaviour {
  return {
    call: (_, random) => ({ ms: around(ms, random), error: random() < share ? OVERLOADED : null }),
    isLiving: () => false,
  };
}

/** Hangs by chance, until the time limit of the call. */
export function stalling(ms: number, share: number, limitMs: number): Behaviour {
  return {
    call: (_, random) => (random() < share ? { ms: limitMs, error: LATE } : { ms: around(ms, random), error: null }),
    isLiving: () => false,
  };
}

export function dead(): Behaviour {
  return { call: () => ({ ms: 1, error: REFUSED }), isLiving: () => false };
}

/** Answers for the first part of each period, and is not there for the rest. */
export function flapping(ms: number, periodMs: number, upShare: number, phase = 0): Behaviour {
  const place = (now: number): number => (now + phase * periodMs) % periodMs;
  return {
    call: (now, random) =>
      place(now) < upShare * periodMs ? { ms: around(ms, random), error: null } : { ms: 1, error: REFUSED },
    isLiving: (from, to) => place(from) + (to - from) < upShare * periodMs,
  };
}

/** Answers so many calls of each second, and refuses further ones until the next but one. */
export function limited(ms: number, perSecond: number): Behaviour {
  let second = 0;
  let calls = 0;
  return {
    call: (now, random) => {
      const present = Math.floor(now / 1000);
      if (present !== second) [second, calls] = [present, 0];
      return ++calls > perSecond ? { ms: 5, error: LIMITED } : { ms: around(ms, random), error: null };
    },
    isLiving: () => false,
  };
}

function around(ms: number, random: () => number): number {
  return ms * (0.75 + random() / 2);
}

const OVERLOADED = new GatewayError('upstream_error', 'answered 503: overloaded.', { status: 503 });
const LIMITED = new GatewayError('upstream_error', 'answered 429: slow down.', { status: 429, retryAfter: '1' });
const LATE = new GatewayError('upstream_first_byte_timeout', 'did not begin to answer in time.');
const REFUSED = new GatewayError('upstream_refused', 'is not answering.');
