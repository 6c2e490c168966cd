import { describe, expect, it } from 'vitest';
import type { CooldownTerms } from '../../src/canonical/deployment.ts';
import { DEFAULT_RESILIENCE, FAILURE_KINDS } from '../../src/canonical/resilience.ts';
import type { CooldownPolicy, FailureKind } from '../../src/canonical/resilience.ts';
import { HealthBook } from '../../src/routing/health-book.ts';
import type { DeploymentFailure } from '../../src/routing/health-book.ts';
import { deployment, NOON } from '../helpers/groups.ts';

const BY_RULE = DEFAULT_RESILIENCE.cooldown;
const ANSWERED = { durationMs: 100, outputTokens: 10, totalTokens: 30 };

function failureOf(kind: FailureKind, more: Partial<DeploymentFailure> = {}): DeploymentFailure {
  return { kind, message: kind, isUnreachable: false, retryAfterMs: null, ...more };
}

/** One deployment of a group, and what happens to it. */
class Stage {
  readonly book = new HealthBook();
  readonly one;
  readonly #policy: CooldownPolicy;
  readonly #others: number;

  constructor({
    policy = BY_RULE,
    others = 1,
    cooldown = { allowedFails: null, cooldownMs: null },
  }: { policy?: CooldownPolicy; others?: number; cooldown?: CooldownTerms } = {}) {
    this.#policy = policy;
    this.#others = others;
    this.one = deployment('one', { cooldown });
  }

  fail(failure: DeploymentFailure, now = NOON): void {
    this.fails(this.book.began(this.one, 0, now), failure, now);
  }

  fails(call: ReturnType<HealthBook['began']>, failure: DeploymentFailure, now: number): void {
    this.book.failed(call, failure, { policy: this.#policy, others: this.#others }, now);
  }

  answer(now = NOON): void {
    this.book.succeeded(this.book.began(this.one, 0, now), ANSWERED, now);
  }

  at(now: number): string {
    const availability = this.book.availability(this.one, now);
    return availability.kind === 'cooled' ? `cooled ${availability.untilMs - now}` : availability.kind;
  }
}

describe('when a deployment is cooled down', () => {
  it.each<[FailureKind, string]>([
    ['timeout', 'open'],
    ['rate_limit', 'cooled 5000'],
    ['authentication', 'cooled 5000'],
    ['not_found', 'cooled 5000'],
    ['bad_request', 'open'],
    ['content_policy', 'open'],
    ['context_window', 'open'],
    ['unavailable', 'open'],
    ['server_error', 'open'],
  ])('by rule, after one %s: %s', (kind, expected) => {
    const stage = new Stage();
    stage.fail(failureOf(kind));
    expect(stage.at(NOON)).toBe(expected);
  });

  it('by rule, when nobody listens', () => {
    const stage = new Stage();
    stage.fail(failureOf('unavailable', { isUnreachable: true }));
    expect(stage.at(NOON)).toBe('cooled 5000');
  });

  it('by rule, when more than half of five calls of a minute failed', () => {
    const stage = new Stage();
    times(2, () => stage.answer());
    times(2, () => stage.fail(failureOf('server_error')));
    expect(stage.at(NOON)).toBe('open');
    stage.fail(failureOf('server_error'));
    expect(stage.at(NOON)).toBe('cooled 5000');
  });

  it('by rule, not for failures that are a minute old', () => {
    const stage = new Stage();
    times(4, () => stage.fail(failureOf('server_error')));
    stage.fail(failureOf('server_error'), NOON + 62_000);
    expect(stage.at(NOON + 62_000)).toBe('open');
  });

  it.each(FAILURE_KINDS)('never the only one of its group, after %s', (kind) => {
    for (const policy of [BY_RULE, { ...BY_RULE, allowedFails: 0 }]) {
      const stage = new Stage({ others: 0, policy });
      for (let time = 0; time < 10; time++) stage.fail(failureOf(kind, { isUnreachable: true, retryAfterMs: 60_000 }));
      expect(stage.at(NOON)).toBe('open');
    }
  });

  it.each<[string, Partial<CooldownPolicy>, CooldownTerms, FailureKind, number | null]>([
    ['its group allows three', { allowedFails: 3 }, terms(null), 'server_error', 4],
    ['its group allows none', { allowedFails: 0 }, terms(null), 'timeout', 1],
    ['it allows one itself', { allowedFails: 3 }, terms(1), 'server_error', 2],
    ['a count is given, a rate limit is one failure', { allowedFails: 3 }, terms(null), 'rate_limit', 4],
    ['the kind allows one', { allowedFails: 9, byKind: { timeout: 1 } }, terms(null), 'timeout', 2],
    ['another kind allows one', { allowedFails: 2, byKind: { timeout: 1 } }, terms(null), 'server_error', 3],
    ['the kind allows more than the rule does', { byKind: { rate_limit: 2 } }, terms(null), 'rate_limit', 3],
    ['it is no fault of its own', { allowedFails: 0 }, terms(0), 'bad_request', null],
    ['somebody wants such faults counted', { byKind: { bad_request: 1 } }, terms(null), 'bad_request', 2],
    ['its group never does', { cooldownMs: 0 }, terms(0), 'rate_limit', null],
    ['it never does', { allowedFails: 0 }, { allowedFails: 0, cooldownMs: 0 }, 'rate_limit', null],
  ])('by count: %s', (_, policy, cooldown, kind, expected) => {
    const stage = new Stage({ policy: { ...BY_RULE, ...policy }, cooldown });
    let cooledAfter: number | null = null;
    for (let failures = 1; failures <= 20 && cooledAfter === null; failures++) {
      stage.fail(failureOf(kind, { retryAfterMs: 1000 }));
      if (stage.at(NOON) !== 'open') cooledAfter = failures;
    }
    expect(cooledAfter).toBe(expected);
  });

  it.each<[string, Partial<CooldownPolicy>, CooldownTerms, number | null, string]>([
    ['as its group says', { cooldownMs: 9000 }, terms(null), null, 'cooled 9000'],
    ['as it says itself', { cooldownMs: 9000 }, { allowedFails: null, cooldownMs: 2000 }, null, 'cooled 2000'],
    ['as the upstream says', {}, { allowedFails: null, cooldownMs: 2000 }, 30_000, 'cooled 30000'],
    ['an hour at most', {}, terms(null), 86_400_000, 'cooled 3600000'],
  ])('for how long: %s', (_, policy, cooldown, retryAfterMs, expected) => {
    const stage = new Stage({ policy: { ...BY_RULE, ...policy }, cooldown });
    stage.fail(failureOf('rate_limit', { retryAfterMs }));
    expect(stage.at(NOON)).toBe(expected);
  });

  it('never shorter because of what is heard later', () => {
    const stage = new Stage();
    const [one, other] = [stage.book.began(stage.one, 0, NOON), stage.book.began(stage.one, 0, NOON)];
    stage.fails(one, failureOf('rate_limit', { retryAfterMs: 30_000 }), NOON);
    stage.fails(other, failureOf('rate_limit', { retryAfterMs: 1_000 }), NOON + 100);
    expect(stage.at(NOON)).toBe('cooled 30000');
  });
});

describe('after a cooldown', () => {
  const after = NOON + 5_000;

  function cooledStage(): Stage {
    const stage = new Stage();
    stage.fail(failureOf('rate_limit'));
    return stage;
  }

  it('one request at a time may try', () => {
    const stage = cooledStage();
    expect(stage.at(after - 1)).toBe('cooled 1');
    expect(stage.at(after)).toBe('trial');
    const trial = stage.book.began(stage.one, 0, after);
    expect(stage.at(after)).toBe('cooled 1000');
    stage.book.succeeded(trial, ANSWERED, after + 10);
    expect(stage.at(after + 10)).toBe('open');
  });

  it('the first token of a trial is enough', () => {
    const stage = cooledStage();
    const trial = stage.book.began(stage.one, 0, after);
    stage.book.firstToken(trial, 200, true, after + 200);
    expect(stage.at(after + 200)).toBe('open');
  });

  it('a trial that is let go of leaves its place to another', () => {
    const stage = cooledStage();
    stage.book.released(stage.book.began(stage.one, 0, after));
    expect(stage.at(after)).toBe('trial');
  });

  it('a trial that never ends does not keep others out for ever', () => {
    const stage = cooledStage();
    stage.book.began(stage.one, 0, after);
    expect(stage.at(after + 59_999)).toBe('cooled 1000');
    expect(stage.at(after + 60_000)).toBe('trial');
  });

  it('a trial that is refused for its own fault shows that the deployment is well', () => {
    const stage = cooledStage();
    stage.fail(failureOf('bad_request'), after);
    expect(stage.at(after)).toBe('open');
  });

  it('trials that fail make it twice as long each time, up to a minute, until one is answered', () => {
    const stage = cooledStage();
    const lengths: number[] = [];
    let now = after;
    for (let trial = 0; trial < 6; trial++) {
      stage.fail(failureOf('server_error'), now);
      const length = (stage.book.stateOf('one').cooledUntilMs ?? 0) - now;
      lengths.push(length);
      now += length;
    }
    expect(lengths).toEqual([10_000, 20_000, 40_000, 60_000, 60_000, 60_000]);
    stage.answer(now);
    stage.fail(failureOf('rate_limit'), now);
    expect(stage.at(now)).toBe('cooled 5000');
  });

  it('an own cooldown that is longer than a minute is not made shorter by doubling', () => {
    const stage = new Stage({ cooldown: { allowedFails: null, cooldownMs: 90_000 } });
    stage.fail(failureOf('rate_limit'));
    stage.fail(failureOf('rate_limit'), NOON + 90_000);
    expect(stage.at(NOON + 90_000)).toBe('cooled 90000');
  });

  it('last resorts that fail begin it anew, and do not make it twice as long', () => {
    const stage = cooledStage();
    times(3, () => stage.fail(failureOf('server_error'), NOON + 1000));
    expect(stage.at(NOON + 1000)).toBe('cooled 5000');
  });

  it('a last resort that is answered ends it', () => {
    const stage = cooledStage();
    stage.answer(NOON + 1000);
    expect(stage.at(NOON + 1000)).toBe('open');
  });

  it('an answer to what was sent before says nothing', () => {
    const stage = new Stage();
    const before = stage.book.began(stage.one, 0, NOON);
    stage.fail(failureOf('rate_limit'));
    stage.book.succeeded(before, ANSWERED, NOON + 100);
    expect(stage.at(NOON + 100)).toBe('cooled 4900');
  });

  it('what it was cooled down for is not counted again', () => {
    const stage = new Stage({ policy: { ...BY_RULE, allowedFails: 2 } });
    times(3, () => stage.fail(failureOf('server_error')));
    stage.answer(after);
    times(2, () => stage.fail(failureOf('server_error'), after));
    expect(stage.at(after)).toBe('open');
  });
});

describe('a deployment that says itself when to ask again', () => {
  it('is not left alone for long because it has said so often', () => {
    const stage = new Stage();
    let now = NOON;
    for (let trial = 0; trial < 8; trial++, now += 1000) {
      stage.fail(failureOf('rate_limit', { retryAfterMs: 1000 }), now);
    }
    stage.fail(failureOf('server_error'), now);
    // Twice as long as it has failed until now, and not 5 s doubled eight times.
    expect(stage.at(now)).toBe('cooled 16000');
  });
});

describe('a deployment of two groups', () => {
  it('stays left alone for the one, though it may fail for the other where nobody else is', () => {
    const stage = new Stage();
    const lone = stage.book.began(stage.one, 0, NOON);
    stage.fail(failureOf('rate_limit'));
    const terms = { policy: BY_RULE, others: 0 };
    stage.book.failed(lone, failureOf('rate_limit'), terms, NOON + 1000);
    expect(stage.at(NOON + 1000)).toBe('cooled 4000');
    const after = NOON + 5000;
    const trial = stage.book.began(stage.one, 0, after);
    stage.book.failed(trial, failureOf('rate_limit'), terms, after);
    expect(stage.at(after)).toBe('trial');
  });
});

describe('what probes find', () => {
  it('a server that does not answer is down until it does', () => {
    const stage = new Stage({ others: 0 });
    stage.book.probed('one', false);
    expect(stage.at(NOON + 3_600_000)).toBe('down');
    stage.book.probed('one', true);
    expect(stage.at(NOON)).toBe('open');
  });

  it('an answer counts more than a probe', () => {
    const stage = new Stage();
    stage.book.probed('one', false);
    const call = stage.book.began(stage.one, 0, NOON);
    stage.book.firstToken(call, 5, true, NOON);
    expect(stage.at(NOON)).toBe('open');
  });

  it('a server that answers again is open at once if it could not be reached, and for no other reason', () => {
    const dead = new Stage();
    dead.fail(failureOf('unavailable', { isUnreachable: true }));
    dead.book.probed('one', true);
    expect(dead.at(NOON)).toBe('open');
    const limited = new Stage();
    limited.fail(failureOf('rate_limit'));
    limited.book.probed('one', true);
    expect(limited.at(NOON)).toBe('cooled 5000');
  });
});

describe('what is counted', () => {
  it('knows calls under way, however they end, and each of them once', () => {
    const stage = new Stage();
    const calls = [1, 2, 3].map(() => stage.book.began(stage.one, 10, NOON));
    expect(stage.book.stateOf('one').inFlight).toBe(3);
    times(2, () => {
      for (const [index, call] of calls.entries()) {
        if (index === 0) stage.book.released(call);
        else if (index === 1) stage.book.succeeded(call, ANSWERED, NOON);
        else stage.fails(call, failureOf('timeout'), NOON);
      }
    });
    const state = stage.book.stateOf('one');
    expect([state.inFlight, state.requestsInMinute(NOON), state.tokensInMinute(NOON)]).toEqual([0, 3, 50]);
    expect(state.lastFailure).toEqual({ kind: 'timeout', message: 'timeout', at: NOON });
  });

  it('measures streams by their first token and answers by their tokens, over the last ten', () => {
    const stage = new Stage();
    for (let index = 1; index <= 12; index++) {
      const call = stage.book.began(stage.one, 0, NOON);
      stage.book.firstToken(call, index * 100, true, NOON);
      stage.book.firstToken(call, 1e6, false, NOON);
      stage.book.succeeded(call, { durationMs: 1000, outputTokens: 10, totalTokens: null }, NOON);
    }
    const state = stage.book.stateOf('one');
    expect([state.firstTokenMs(NOON, 1000), state.msPerToken(NOON, 1000)]).toEqual([750, 100]);
    expect(state.firstTokenMs(NOON + 1001, 1000)).toBeNull();
    expect([...state.firstTokenSamples(NOON, 1000)].sort((a, b) => a - b)[0]).toBe(300);
  });

  it('keeps nothing of deployments that are no more, but settles their calls', () => {
    const stage = new Stage();
    const [idle, busy] = [deployment('idle'), stage.one];
    stage.book.released(stage.book.began(idle, 0, NOON));
    const call = stage.book.began(busy, 0, NOON);
    stage.book.retain(new Set());
    expect([...stage.book.states().keys()]).toEqual(['one']);
    stage.book.released(call);
    stage.book.retain(new Set());
    expect([...stage.book.states().keys()]).toEqual([]);
    expect(stage.book.stateOf('one').inFlight).toBe(0);
  });

  it('is bounded', () => {
    const book = new HealthBook();
    for (let index = 0; index < 10_100; index++) {
      book.released(book.began(deployment(`d${index}`), 0, NOON));
      book.tookTurn(`g${index}`);
    }
    expect(book.states().size).toBe(10_000);
    expect([book.turnOf('g0'), book.turnOf('g10099')]).toEqual([0, 1]);
  });
});

function times(count: number, act: () => void): void {
  for (let time = 0; time < count; time++) act();
}

function terms(allowedFails: number | null): CooldownTerms {
  return { allowedFails, cooldownMs: null };
}
