import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/canonical/errors.ts';
import type { ErrorCode, GatewayErrorOptions } from '../../src/canonical/errors.ts';
import { DEFAULT_RESILIENCE, NO_FALLBACKS } from '../../src/canonical/resilience.ts';
import type { Fallbacks, ResiliencePolicy } from '../../src/canonical/resilience.ts';
import { UNKNOWN_LIMITS } from '../../src/canonical/target.ts';
import type { Asked } from '../../src/routing/asked.ts';
import { deploymentFailureOf } from '../../src/routing/failure-kind.ts';
import { othersBesideOne } from '../../src/routing/group.ts';
import type { Deployment, Group } from '../../src/routing/group.ts';
import { HealthBook } from '../../src/routing/health-book.ts';
import { NO_WISHES } from '../../src/routing/progress.ts';
import type { Wishes } from '../../src/routing/progress.ts';
import { firstStep, stepAfter, stepAfterWait, stepInsteadOfWaiting } from '../../src/routing/steps.ts';
import type { AttemptFailure, GiveUpStep, Step } from '../../src/routing/steps.ts';
import { askedFor, busy, cooled, deployment, groupOf, NOON } from '../helpers/groups.ts';

const GOOD = null;
/** What a deployment answers, each time; the last one also from then on. */
type Script = Readonly<Record<string, readonly (GatewayError | null)[]>>;

const answered = (status: number, more: GatewayErrorOptions = {}): GatewayError =>
  new GatewayError('upstream_error', `answered ${status}.`, { status, ...more });
const failed = (code: ErrorCode): GatewayError => new GatewayError(code, `${code}.`);

const OVERLOADED = answered(503);
const BAD_KEY = answered(401);
const MISSING = answered(404);
const LIMITED = answered(429, { retryAfter: '5' });
const BAD_REQUEST = answered(400);
const REFUSED = failed('upstream_refused');
const TIMEOUT = failed('upstream_first_byte_timeout');
const TOO_LONG = failed('context_length_exceeded');
const FILTERED = answered(400, { upstreamCode: 'content_filter' });

/** What is special about the request. */
type Wanted = Parameters<typeof askedFor>[0];

/** Groups, what their deployments answer, and a clock that jumps to where a step waits for. */
class Exchange {
  readonly book = new HealthBook();
  readonly #groups: ReadonlyMap<string, Group>;
  readonly #script: Script;
  readonly #asked: Wanted;
  readonly #asks = new Map<string, number>();
  now = NOON;
  /** What was done: `a` sent to deployment a, `+500` waited for half a second. */
  readonly log: string[] = [];

  constructor(groups: readonly Group[], script: Script, asked: Wanted = {}) {
    this.#groups = new Map(groups.map((group) => [group.name, group]));
    this.#script = script;
    this.#asked = asked;
  }

  asked(): Asked {
    return askedFor({ ...this.#asked, now: this.now });
  }

  groupOf = (name: string): Group | null => this.#groups.get(name) ?? null;

  /** Until it is answered or given up. */
  run(name: string, wishes: Partial<Wishes> = {}): GiveUpStep | 'answered' {
    const group = this.groupOf(name);
    if (group === null) throw new Error(`no group ${name}`);
    let step = firstStep(group, this.book, this.asked(), this.groupOf, { ...NO_WISHES, ...wishes });
    for (let count = 0; count < 200; count++) {
      if (step.kind === 'give_up') return step;
      const next: Step | null = step.kind === 'wait' ? this.#wait(step) : this.#send(step);
      if (next === null) return 'answered';
      step = next;
    }
    throw new Error('it goes on without end');
  }

  #wait(step: Extract<Step, { kind: 'wait' }>): Step {
    expect(step.untilMs).toBeGreaterThan(this.now);
    this.log.push(`${step.cause === 'room' ? 'room ' : ''}+${step.untilMs - this.now}`);
    this.now = step.untilMs;
    return stepAfterWait(step.progress, this.book, this.asked(), this.groupOf);
  }

  #send({ deployment: to, group, progress }: Extract<Step, { kind: 'attempt' }>): Step | null {
    this.log.push(to.id);
    const answers = this.#script[to.id] ?? [GOOD];
    const count = this.#asks.get(to.id) ?? 0;
    this.#asks.set(to.id, count + 1);
    const error = answers[Math.min(count, answers.length - 1)] ?? null;
    const call = this.book.began(to, 0, this.now);
    if (error === null) {
      this.book.succeeded(call, { durationMs: 1, outputTokens: 1, totalTokens: 1 }, this.now);
      return null;
    }
    const terms = { policy: group.resilience.cooldown, others: othersBesideOne(group) };
    this.book.failed(call, deploymentFailureOf(error, this.now), terms, this.now);
    return stepAfter(progress, failureOf(error), this.book, this.asked(), this.groupOf);
  }
}

function failureOf(error: GatewayError, more: Partial<AttemptFailure> = {}): AttemptFailure {
  return { error, committed: false, staleConnection: false, wasSent: true, ...more };
}

function group(name: string, ids: readonly (string | Deployment)[], more: Partial<ResiliencePolicy> = {}): Group {
  return groupOf(
    ids.map((id) => (typeof id === 'string' ? deployment(id) : id)),
    { name, resilience: { ...DEFAULT_RESILIENCE, ...more } },
  );
}

const fallbacks = (...general: string[]): { readonly fallbacks: Fallbacks } => ({
  fallbacks: { ...NO_FALLBACKS, general },
});
const retries = (count: number, byKind = {}, minWaitMs = 0): Pick<ResiliencePolicy, 'retry'> => ({
  retry: { retries: count, byKind, minWaitMs },
});

function trace(groups: readonly Group[], script: Script, wishes: Partial<Wishes> = {}): string {
  const exchange = new Exchange(groups, script);
  const end = exchange.run(groups[0]?.name ?? '', wishes);
  return [...exchange.log, end === 'answered' ? 'ok' : String(end.error.status)].join(' ');
}

describe('within a group', () => {
  it.each<[string, readonly (string | Deployment)[], Script, Partial<ResiliencePolicy>, string]>([
    ['an answer', ['a', 'b'], {}, {}, 'a ok'],
    ['another one at once', ['a', 'b'], { a: [OVERLOADED] }, {}, 'a b ok'],
    ['another one though nothing is retried', ['a', 'b'], { a: [OVERLOADED] }, retries(0), 'a b ok'],
    ['every other one', ['a', 'b', 'c', 'd'], all(['a', 'b', 'c'], TIMEOUT), retries(0), 'a b c d ok'],
    ['the only one again, later and later', ['a'], { a: [OVERLOADED, TIMEOUT, GOOD] }, {}, 'a +500 a +1000 a ok'],
    ['no more often than allowed', ['a'], { a: [OVERLOADED] }, {}, 'a +500 a +1000 a 503'],
    [
      'no longer than eight seconds',
      ['a'],
      { a: [OVERLOADED] },
      retries(6),
      'a +500 a +1000 a +2000 a +4000 a +8000 a +8000 a 503',
    ],
    ['not before the least time', ['a'], { a: [OVERLOADED, GOOD] }, retries(1, {}, 3000), 'a +3000 a ok'],
    ['not before it wants to be asked', ['a'], { a: [LIMITED, GOOD] }, {}, 'a +5000 a ok'],
    ['nor when that is too long', ['a'], { a: [answered(429, { retryAfter: '61.5' })] }, {}, 'a 429'],
    ['nor beyond the deadline', ['a'], { a: [LIMITED] }, { deadlineMs: 5000 }, 'a 429'],
    ['as often as the kind allows', ['a'], { a: [TIMEOUT] }, retries(0, { timeout: 1 }), 'a +500 a 504'],
    ['another kind as usual', ['a'], { a: [OVERLOADED] }, retries(0, { timeout: 1 }), 'a 503'],
    [
      'as often as it allows itself',
      [deployment('a', { retries: 1 })],
      { a: [TIMEOUT] },
      retries(5, { timeout: 3 }),
      'a +500 a 504',
    ],
    ['never again with a key that is wrong', ['a'], { a: [BAD_KEY] }, {}, 'a 401'],
    ['never again for a model that is not there', ['a'], { a: [MISSING] }, {}, 'a 404'],
    ['never again where nothing listens', ['a'], { a: [REFUSED] }, {}, 'a 503'],
    [
      'never again when the account is empty',
      ['a'],
      { a: [answered(429, { upstreamType: 'insufficient_quota' })] },
      {},
      'a 429',
    ],
    ['nobody else with a wrong request', ['a', 'b'], { a: [BAD_REQUEST] }, {}, 'a 400'],
    ['nobody else with a prompt that is too long', ['a', 'b'], { a: [TOO_LONG] }, {}, 'a 400'],
    [
      'a larger one with a prompt that is too long',
      [holding('a', 8), 'b', holding('c', 8), holding('d', 9)],
      { a: [TOO_LONG] },
      {},
      'a d ok',
    ],
    ['nobody else with content that is refused', ['a', 'b'], { a: [FILTERED] }, {}, 'a 400'],
    [
      'those that may do better, after a round of failures',
      ['a', 'b', 'c'],
      { a: [BAD_KEY], b: [OVERLOADED], c: [OVERLOADED, GOOD] },
      retries(2),
      'a b c +500 b c ok',
    ],
    [
      'the one that is back first',
      ['a', 'b'],
      { a: [LIMITED, GOOD], b: [answered(429, { retryAfter: '3' }), GOOD] },
      {},
      'a b +3000 b ok',
    ],
  ])('asks %s', (_, ids, script, more, expected) => {
    expect(trace([group('g', ids, more)], { ...script })).toBe(expected);
  });

  it('puts chance into its waits', () => {
    const exchange = new Exchange([group('g', ['a'])], { a: [OVERLOADED, LIMITED, GOOD] }, { random: () => 0.5 });
    exchange.run('g');
    expect(exchange.log).toEqual(['a', '+562.5', 'a', '+5375', 'a']);
  });

  it('asks a lower order level only when the one before it is used up', () => {
    const levels = [deployment('c', { order: 2 }), deployment('a'), deployment('b')];
    expect(trace([group('g', levels)], all(['a', 'b'], OVERLOADED))).toBe('a b c ok');
  });

  it('makes no more than forty attempts', () => {
    const ids = Array.from({ length: 60 }, (_, index) => `d${index}`);
    const exchange = new Exchange([group('g', ids)], all(ids, OVERLOADED));
    exchange.run('g');
    expect(exchange.log.filter((entry) => entry.startsWith('d'))).toHaveLength(40);
  });
});

describe('a connection that had been closed', () => {
  const reset = failureOf(failed('upstream_reset'), { staleConnection: true });

  function first(more: Partial<ResiliencePolicy> = {}): [Exchange, Extract<Step, { kind: 'attempt' }>] {
    const only = group('g', ['a', 'b'], more);
    const exchange = new Exchange([only], {});
    const step = firstStep(only, exchange.book, exchange.asked(), exchange.groupOf);
    if (step.kind !== 'attempt') throw new Error('nobody is asked');
    return [exchange, step];
  }

  it('is no failure the first time, and one the second time', () => {
    const [exchange, step] = first();
    const resend = stepAfter(step.progress, reset, exchange.book, exchange.asked(), exchange.groupOf);
    expect(resend).toMatchObject({ kind: 'attempt', isResend: true, deployment: { id: 'a' } });
    const next = stepAfter(resend.progress, reset, exchange.book, exchange.asked(), exchange.groupOf);
    expect(next).toMatchObject({ kind: 'attempt', isResend: false, deployment: { id: 'b' } });
    expect(next.progress.failed).toHaveLength(1);
  });

  it('is not used again after the deadline', () => {
    const [exchange, step] = first({ deadlineMs: 1000 });
    exchange.now += 1000;
    const next = stepAfter(step.progress, reset, exchange.book, exchange.asked(), exchange.groupOf);
    expect(next.kind).toBe('give_up');
  });

  it('changes nothing once the client has seen something', () => {
    const [exchange, step] = first();
    const seen = { ...reset, committed: true };
    const next = stepAfter(step.progress, seen, exchange.book, exchange.asked(), exchange.groupOf);
    expect(next).toMatchObject({ kind: 'give_up', error: reset.error });
  });

  it('and what our own limits refuse is asked of another one, and of nobody twice', () => {
    const [exchange, step] = first();
    const refusal = failureOf(failed('price_unknown'), { wasSent: false });
    const next = stepAfter(step.progress, refusal, exchange.book, exchange.asked(), exchange.groupOf);
    expect(next).toMatchObject({ kind: 'attempt', deployment: { id: 'b' } });
    const last = stepAfter(next.progress, refusal, exchange.book, exchange.asked(), exchange.groupOf);
    expect(last).toMatchObject({ kind: 'give_up', error: { code: 'price_unknown' } });
  });
});

describe('fallbacks', () => {
  const dead = { a: [REFUSED] };

  it.each<[string, readonly Group[], Script, Partial<Wishes>, string]>([
    [
      'in order',
      [group('g', ['a'], fallbacks('x', 'y')), group('x', ['x1']), group('y', ['y1'])],
      { ...dead, x1: [MISSING] },
      {},
      'a x1 y1 ok',
    ],
    [
      'with retries of their own',
      [group('g', ['a'], fallbacks('x')), group('x', ['x1'], retries(1))],
      { ...dead, x1: [OVERLOADED] },
      {},
      'a x1 +500 x1 503',
    ],
    [
      'with fallbacks of their own, before the rest',
      [
        group('g', ['a'], fallbacks('x', 'y')),
        group('x', ['x1'], fallbacks('z')),
        group('y', ['y1']),
        group('z', ['z1']),
      ],
      { ...dead, x1: [REFUSED], z1: [REFUSED] },
      {},
      'a x1 z1 y1 ok',
    ],
    [
      'each once, though they name each other',
      [group('g', ['a'], fallbacks('x', 'x')), group('x', ['x1'], fallbacks('g'))],
      { ...dead, x1: [REFUSED] },
      {},
      'a x1 503',
    ],
    ['but not unknown ones', [group('g', ['a'], fallbacks('nothing', 'x')), group('x', ['x1'])], dead, {}, 'a x1 ok'],
    [
      'no more than allowed',
      [group('g', ['a'], { ...fallbacks('x', 'y'), maxFallbacks: 1 }), group('x', ['x1']), group('y', ['y1'])],
      { ...dead, x1: [REFUSED] },
      {},
      'a x1 503',
    ],
    [
      'none for a wrong request',
      [group('g', ['a'], fallbacks('x')), group('x', ['x1'])],
      { a: [BAD_REQUEST] },
      {},
      'a 400',
    ],
    [
      'the next one, when one finds the request wrong that was not asked for',
      [group('g', ['a'], fallbacks('x', 'y')), group('x', ['x1', 'x2']), group('y', ['y1'])],
      { ...dead, x1: [BAD_REQUEST] },
      {},
      'a x1 y1 ok',
    ],
    [
      'at once, when the wait would be long',
      [group('g', ['a'], fallbacks('x')), group('x', ['x1'])],
      { a: [answered(429, { retryAfter: '20' })] },
      {},
      'a x1 ok',
    ],
    [
      'after a short wait',
      [group('g', ['a'], { ...fallbacks('x'), ...retries(1) }), group('x', ['x1'])],
      { a: [LIMITED] },
      {},
      'a +5000 a x1 ok',
    ],
    [
      'those of the request alone',
      [group('g', ['a'], fallbacks('x')), group('x', ['x1']), group('y', ['y1'], fallbacks('x'))],
      { ...dead, y1: [REFUSED] },
      { fallbacks: [{ name: 'y', overrides: null }] },
      'a y1 503',
    ],
    [
      'none where the request wants none',
      [group('g', ['a'], fallbacks('x')), group('x', ['x1'])],
      dead,
      { disableFallbacks: true, fallbacks: [{ name: 'x', overrides: null }] },
      'a 503',
    ],
    [
      'for content',
      [
        group('g', ['a', 'b'], { fallbacks: { general: ['x'], contextWindow: null, contentPolicy: ['y'] } }),
        group('x', ['x1']),
        group('y', ['y1']),
      ],
      { a: [FILTERED] },
      {},
      'a y1 ok',
    ],
    [
      'the general ones for content, where there are no others',
      [group('g', ['a', 'b'], fallbacks('x')), group('x', ['x1'])],
      { a: [FILTERED] },
      {},
      'a x1 ok',
    ],
    [
      'for length',
      [
        group('g', ['a', 'b'], { fallbacks: { general: ['x'], contextWindow: ['y'], contentPolicy: null } }),
        group('x', ['x1']),
        group('y', ['y1']),
      ],
      { a: [TOO_LONG] },
      {},
      'a y1 ok',
    ],
    [
      'none for length, where the list is empty',
      [
        group('g', ['a', 'b'], { fallbacks: { general: ['x'], contextWindow: [], contentPolicy: null } }),
        group('x', ['x1']),
      ],
      { a: [TOO_LONG] },
      {},
      'a 400',
    ],
    [
      'itself: another one of the group',
      [group('g', ['a', 'b'], { fallbacks: { general: [], contextWindow: null, contentPolicy: ['g'] } })],
      { a: [FILTERED] },
      {},
      'a b ok',
    ],
    ['itself, where there is no other one', [group('g', ['a'], fallbacks('g'))], dead, {}, 'a 503'],
    [
      'not those that have failed already',
      [group('g', ['a'], fallbacks('x')), group('x', ['a', 'x1'])],
      dead,
      {},
      'a x1 ok',
    ],
  ])('are asked %s', (_, groups, script, wishes, expected) => {
    expect(trace(groups, script, wishes)).toBe(expected);
  });

  it('bring what they change with them', () => {
    const groups = [group('g', ['a']), group('x', ['x1'])];
    const exchange = new Exchange(groups, {});
    const wish = { name: 'x', overrides: { temperature: 0 } };
    const wishes = { ...NO_WISHES, fallbacks: [wish] };
    const step = firstStep(groups[0] ?? group('', []), exchange.book, exchange.asked(), exchange.groupOf, wishes);
    const next = stepAfter(step.progress, failureOf(REFUSED), exchange.book, exchange.asked(), exchange.groupOf);
    expect(next).toMatchObject({
      kind: 'attempt',
      fallback: wish,
      group: { name: 'x' },
      progress: { fallbacksAsked: 1 },
    });
  });

  it('are asked at once for a prompt that no window of the group holds', () => {
    const exchange = new Exchange(
      [
        group('g', [holding('a', 10)], { fallbacks: { general: ['x'], contextWindow: ['y'], contentPolicy: null } }),
        group('x', ['x1']),
        group('y', ['y1']),
      ],
      {},
      { needs: { contextTokens: 100 } },
    );
    expect([exchange.run('g'), exchange.log]).toEqual(['answered', ['y1']]);
  });

  it('hold what the request is tagged with, too', () => {
    const pii = (id: string): Deployment => deployment(id, { tags: ['pii'] });
    const groups = [group('g', [pii('a')], fallbacks('x', 'y')), group('x', ['x1']), group('y', [pii('y1')])];
    const exchange = new Exchange(groups, dead, { tags: ['pii'] });
    expect([exchange.run('g'), exchange.log]).toEqual(['answered', ['a', 'y1']]);
  });
});

describe('those that are left alone', () => {
  const a = deployment('a');
  const b = deployment('b');

  it('are asked only when nobody else is left, the one that is back first before the others', () => {
    const exchange = new Exchange([group('g', [a, b], fallbacks('x')), group('x', ['x1'])], {
      x1: [REFUSED],
      b: [REFUSED],
    });
    cooled(exchange.book, a, 30_000);
    cooled(exchange.book, b, 10_000);
    expect([exchange.run('g'), exchange.log]).toEqual(['answered', ['x1', 'b', 'a']]);
  });

  it('are asked when their server is down, after all others', () => {
    const exchange = new Exchange([group('g', [a, b])], { b: [OVERLOADED] });
    exchange.book.probed('a', false);
    cooled(exchange.book, b, 10_000);
    expect([exchange.run('g'), exchange.log]).toEqual(['answered', ['b', 'a']]);
  });

  it('are not asked again and again where a fallback answers, though they are the only one of their group', () => {
    const groups = [group('g', [a], fallbacks('x')), group('x', ['x1'])];
    const exchange = new Exchange(groups, { a: [REFUSED] });
    expect([exchange.run('g'), exchange.log]).toEqual(['answered', ['a', 'x1']]);
    expect([exchange.run('g'), exchange.log]).toEqual(['answered', ['a', 'x1', 'x1']]);
    // Nobody is there to take the place of one that has no fallback, and no request may have none.
    const alone = new Exchange([group('g', [a])], { a: [REFUSED, GOOD] });
    expect(alone.run('g')).toMatchObject({ kind: 'give_up' });
    expect([alone.run('g'), alone.log]).toEqual(['answered', ['a', 'a']]);
    const unwished = new Exchange(groups, { a: [REFUSED, GOOD] });
    expect(unwished.run('g', { disableFallbacks: true })).toMatchObject({ kind: 'give_up' });
    expect([unwished.run('g', { disableFallbacks: true }), unwished.log]).toEqual(['answered', ['a', 'a']]);
  });

  it.each<[string, Partial<Wishes>, Script, number | null, string]>([
    [
      'where its fallback is dead',
      {},
      { a: [OVERLOADED, OVERLOADED, GOOD], x1: [REFUSED] },
      8000,
      'x1 a +500 a +1000 a',
    ],
    [
      'where none is wished for',
      { disableFallbacks: true },
      { a: [OVERLOADED, OVERLOADED, GOOD] },
      8000,
      'a +500 a +1000 a',
    ],
    ['if it failed before its fallback did', {}, { a: [OVERLOADED, GOOD], x1: [REFUSED] }, null, 'a x1 +500 a'],
    ['not before it wants to be asked', {}, { a: [LIMITED, GOOD], x1: [REFUSED] }, 8000, 'x1 a +5000 a'],
    ['the first of all that may do better', {}, { a: [LIMITED], x1: [OVERLOADED, GOOD] }, 8000, 'x1 +500 x1'],
  ])('are asked as often as others, %s', (_, wishes, script, cooledMs, expected) => {
    const failsOnce = { allowedFails: 0, byKind: {}, cooldownMs: 8000 };
    const groups = [group('g', [a], { ...fallbacks('x'), cooldown: failsOnce }), group('x', ['x1'])];
    const exchange = new Exchange(groups, script);
    if (cooledMs !== null) cooled(exchange.book, a, cooledMs);
    expect([exchange.run('g', wishes), exchange.log.join(' ')]).toEqual(['answered', expected]);
  });

  it.each<[string, number | null, string]>([
    ['each group’s for itself', 8000, 'x1 +500 x1 a +500 a +1000 a'],
    ['those before its fallback was asked too', null, 'a +500 a +1000 a x1 +500 x1'],
  ])('are given up when their retries are used up, %s', (_, cooledMs, expected) => {
    const groups = [group('g', [a], { ...fallbacks('x'), ...retries(2) }), group('x', ['x1'], retries(1))];
    const exchange = new Exchange(groups, { a: [OVERLOADED], x1: [OVERLOADED] });
    if (cooledMs !== null) cooled(exchange.book, a, cooledMs);
    expect(exchange.run('g')).toMatchObject({ kind: 'give_up' });
    expect(exchange.log.join(' ')).toBe(expected);
  });

  it('are not waited for without end where a retry finds no room', () => {
    const small = deployment('a', { maxParallel: 1 });
    const only = group('g', [small], fallbacks('x'));
    const exchange = new Exchange([only, group('x', [])], { a: [OVERLOADED] });
    cooled(exchange.book, small, 8000);
    const step = firstStep(only, exchange.book, exchange.asked(), exchange.groupOf);
    const wait = stepAfter(step.progress, failureOf(OVERLOADED), exchange.book, exchange.asked(), exchange.groupOf);
    expect([step.kind, wait]).toMatchObject(['attempt', { kind: 'wait', cause: 'backoff' }]);
    busy(exchange.book, small, 1);
    exchange.now += 500;
    const room = stepAfterWait(wait.progress, exchange.book, exchange.asked(), exchange.groupOf);
    expect(room).toMatchObject({ kind: 'wait', cause: 'room' });
    const end = stepInsteadOfWaiting(room.progress, exchange.book, exchange.asked(), exchange.groupOf);
    expect(end).toMatchObject({ kind: 'give_up', error: { status: 503 } });
  });

  it('are not waited for where a fallback answers, unless they say themselves how long', () => {
    const groups = [group('g', [a, b], fallbacks('x')), group('x', ['x1'])];
    const full = answered(429);
    const exchange = new Exchange(groups, { a: [full], b: [full] });
    expect([exchange.run('g'), exchange.log]).toEqual(['answered', ['a', 'b', 'x1']]);
  });

  it('are waited for by many, of whom one tries', () => {
    const both = group('g', [a, b], retries(1));
    const exchange = new Exchange([both], { a: [LIMITED, GOOD], b: [LIMITED] });
    let step = firstStep(both, exchange.book, exchange.asked(), exchange.groupOf);
    for (let failure = 0; failure < 2; failure++) {
      if (step.kind !== 'attempt') throw new Error('nobody is asked');
      cooled(exchange.book, step.deployment, 5000);
      step = stepAfter(step.progress, failureOf(LIMITED), exchange.book, exchange.asked(), exchange.groupOf);
    }
    expect(step).toMatchObject({ kind: 'wait', untilMs: NOON + 5000 });
    exchange.now += 5000;
    const trials = [exchange.book.began(a, 0, exchange.now), exchange.book.began(b, 0, exchange.now)];
    // Both trials last longer than one look, which uses up no retry.
    for (let look = 0; look < 3; look++) {
      step = stepAfterWait(step.progress, exchange.book, exchange.asked(), exchange.groupOf);
      expect(step).toMatchObject({ kind: 'wait', untilMs: exchange.now + 1000 });
      exchange.now += 1000;
    }
    for (const trial of trials) exchange.book.firstToken(trial, 3000, true, exchange.now);
    step = stepAfterWait(step.progress, exchange.book, exchange.asked(), exchange.groupOf);
    expect(step).toMatchObject({ kind: 'attempt', deployment: { id: 'a' } });
  });
});

describe('where everything is at its limits', () => {
  const small = deployment('small', { maxParallel: 1 });
  const slow = deployment('slow', { requestsPerMinute: 1 });

  it('others are asked first', () => {
    const exchange = new Exchange([group('g', [small], fallbacks('x')), group('x', ['x1'])], {});
    busy(exchange.book, small, 1);
    expect([exchange.run('g'), exchange.log]).toEqual(['answered', ['x1']]);
  });

  it('room is waited for until the minute has some', () => {
    const exchange = new Exchange([{ ...group('g', [slow]), queue: { max: 1, waitMs: 61_000 } }], {});
    busy(exchange.book, slow, 1);
    expect([exchange.run('g'), exchange.log]).toEqual(['answered', ['room +61000', 'slow']]);
  });

  it('and not where nobody may wait that long', () => {
    const exchange = new Exchange([{ ...group('g', [slow]), queue: { max: 1, waitMs: 60_999 } }], {});
    busy(exchange.book, slow, 1);
    expect(exchange.run('g')).toMatchObject({ error: { code: 'deployments_busy', retryAfter: '61' } });
    expect(exchange.log).toEqual([]);
  });

  it('room is waited for until a call has ended, or until the deadline', () => {
    const only = group('g', [small], { deadlineMs: 30_000 });
    const exchange = new Exchange([only], {});
    const call = exchange.book.began(small, 0, NOON);
    const step = firstStep(only, exchange.book, exchange.asked(), exchange.groupOf);
    expect(step).toMatchObject({ kind: 'wait', cause: 'room', untilMs: NOON + 30_000 });
    exchange.book.released(call);
    exchange.now += 10;
    const next = stepAfterWait(step.progress, exchange.book, exchange.asked(), exchange.groupOf);
    expect(next).toMatchObject({ kind: 'attempt', deployment: { id: 'small' } });
  });

  it('those that are left alone are not asked in place of those that only have no room', () => {
    const both = group('g', [small, 'other']);
    const exchange = new Exchange([both], {});
    busy(exchange.book, small, 1);
    cooled(exchange.book, deployment('other'), 5000);
    const step = firstStep(both, exchange.book, exchange.asked(), exchange.groupOf);
    expect(step).toMatchObject({ kind: 'wait', cause: 'room', untilMs: NOON + 5000 });
    const instead = stepInsteadOfWaiting(step.progress, exchange.book, exchange.asked(), exchange.groupOf);
    expect(instead).toMatchObject({ kind: 'attempt', deployment: { id: 'other' } });
  });

  it('a retry whose place was taken waits for it', () => {
    const exchange = new Exchange([group('g', [small], retries(1))], { small: [OVERLOADED, GOOD] });
    const only = exchange.groupOf('g') ?? group('', []);
    const step = firstStep(only, exchange.book, exchange.asked(), exchange.groupOf);
    const wait = stepAfter(step.progress, failureOf(OVERLOADED), exchange.book, exchange.asked(), exchange.groupOf);
    expect(wait).toMatchObject({ kind: 'wait', cause: 'backoff' });
    busy(exchange.book, small, 1);
    exchange.now += 500;
    const longer = stepAfterWait(wait.progress, exchange.book, exchange.asked(), exchange.groupOf);
    expect(longer).toMatchObject({ kind: 'wait', cause: 'room', untilMs: NOON + 600_000 });
  });

  it('an honest answer says so when nobody waits', () => {
    const only = group('g', [slow]);
    const exchange = new Exchange([only], {});
    busy(exchange.book, slow, 1);
    const step = firstStep(only, exchange.book, exchange.asked(), exchange.groupOf);
    const end = stepInsteadOfWaiting(step.progress, exchange.book, exchange.asked(), exchange.groupOf);
    expect(end).toMatchObject({ kind: 'give_up', error: { code: 'deployments_busy', status: 429, retryAfter: '61' } });
  });
});

function all(ids: readonly string[], error: GatewayError): Script {
  return Object.fromEntries(ids.map((id) => [id, [error]]));
}

function holding(id: string, contextTokens: number): Deployment {
  return deployment(id, { target: { limits: { ...UNKNOWN_LIMITS, contextTokens } } });
}
