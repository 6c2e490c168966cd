import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/canonical/errors.ts';
import { failedBeside, hedgeAfterMs, hedgeStep, NO_HEDGE } from '../../src/routing/hedge.ts';
import type { HedgeRule } from '../../src/routing/hedge.ts';
import type { Group } from '../../src/routing/group.ts';
import { HealthBook } from '../../src/routing/health-book.ts';
import { firstStep, stepAfter } from '../../src/routing/steps.ts';
import type { AttemptStep } from '../../src/routing/steps.ts';
import { askedFor, cooled, deployment, groupOf, measured, NOON } from '../helpers/groups.ts';

const a = deployment('a');
const b = deployment('b');
const c = deployment('c');
const P95: HedgeRule = { kind: 'p95' };

describe('hedgeAfterMs', () => {
  function after(rule: HedgeRule, samples: readonly number[], stream = true, deployments = [a, b]): number | null {
    const book = new HealthBook();
    samples.forEach((ms, index) => measured(book, index % 2 === 0 ? a : b, ms));
    return hedgeAfterMs(rule, groupOf(deployments), book, { stream, now: NOON });
  }

  it.each<[string, HedgeRule, readonly number[], number | null]>([
    ['never when it is off', NO_HEDGE, [1, 2, 3, 4, 5, 6], null],
    ['at a fixed time, whatever is known', { kind: 'after', ms: 700 }, [], 700],
    ['not by four samples', P95, [10, 20, 30, 40], null],
    ['by the latest of five', P95, [50, 20, 30, 40, 10], 50],
    ['by the last but one of twenty', P95, Array.from({ length: 20 }, (_, index) => 100 - index), 99],
  ])('%s', (_, rule, samples, expected) => {
    expect(after(rule, samples)).toBe(expected);
  });

  it('measures streams only', () => {
    expect(after(P95, [1, 2, 3, 4, 5], false)).toBeNull();
    expect(after({ kind: 'after', ms: 9 }, [], false)).toBe(9);
  });

  it('is nothing where nobody else can be asked', () => {
    expect(after({ kind: 'after', ms: 9 }, [], true, [a])).toBeNull();
  });
});

describe('a hedged request', () => {
  const error = new GatewayError('upstream_error', 'no', { status: 503 });
  const failure = { error, committed: false, staleConnection: false, wasSent: true };

  function begun(group: Group, book: HealthBook): AttemptStep {
    const step = firstStep(group, book, askedFor(), () => null);
    if (step.kind !== 'attempt') throw new Error('nobody is asked');
    return step;
  }

  it('goes to another deployment that is well, and to none if there is no such', () => {
    const book = new HealthBook();
    cooled(book, b, 5000);
    const first = begun(groupOf([a, b, c]), book);
    expect(hedgeStep(first.progress, book, askedFor())?.deployment.id).toBe('c');
    cooled(book, c, 5000);
    expect(hedgeStep(first.progress, book, askedFor())).toBeNull();
  });

  it('is not sent after the deadline', () => {
    const first = begun(groupOf([a, b]), new HealthBook());
    const late = askedFor({ now: first.progress.deadlineAt });
    expect(hedgeStep(first.progress, new HealthBook(), late)).toBeNull();
  });

  it.each(['a', 'b'])('leads to a third one when both fail, %s first', (firstToFail) => {
    const book = new HealthBook();
    const first = begun(groupOf([a, b, c]), book);
    const second = hedgeStep(first.progress, book, askedFor());
    if (second === null) throw new Error('nobody else is asked');
    const [failed, running] = firstToFail === 'a' ? [a, b] : [b, a];
    const left = failedBeside(second.progress, { failed, running, error }, NOON);
    const next = stepAfter(left, failure, book, askedFor(), () => null);
    expect(next).toMatchObject({ kind: 'attempt', deployment: { id: 'c' } });
    expect(next.progress.failed.map(({ deployment: { id } }) => id)).toEqual([failed.id, running.id]);
  });
});
