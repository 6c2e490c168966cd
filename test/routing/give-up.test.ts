import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/canonical/errors.ts';
import type { ErrorCode, GatewayErrorOptions } from '../../src/canonical/errors.ts';
import { UNKNOWN_LIMITS } from '../../src/canonical/target.ts';
import { whyGivenUp } from '../../src/routing/give-up.ts';
import type { Group } from '../../src/routing/group.ts';
import { HealthBook } from '../../src/routing/health-book.ts';
import { beginProgress, NO_WISHES, withFailure } from '../../src/routing/progress.ts';
import { firstStep } from '../../src/routing/steps.ts';
import { askedFor, busy, cooled, deployment, groupOf, NOON } from '../helpers/groups.ts';

const answered = (
  status: number,
  more: GatewayErrorOptions = {},
  message = `one answered ${status}: no.`,
): GatewayError => new GatewayError('upstream_error', message, { status, ...more });
const failed = (code: ErrorCode): GatewayError => new GatewayError(code, `${code}.`);

/** One failure after another, each at a deployment of its own. */
function afterAll(errors: readonly GatewayError[], now = NOON): GatewayError {
  let progress = beginProgress(groupOf([deployment('one')]), NO_WISHES, NOON);
  errors.forEach((error, index) => {
    progress = withFailure({ ...progress, current: deployment(`d${index}`) }, error, false, NOON);
  });
  return whyGivenUp(progress, now);
}

describe('an exchange that failed', () => {
  it('with its only attempt has the error of that', () => {
    const error = answered(503);
    expect(afterAll([error])).toBe(error);
  });

  it.each<[string, readonly GatewayError[], number]>([
    ['a wrong request, whoever is asked', [answered(400), failed('context_length_exceeded')], 400],
    ['a wrong request, as only one says', [answered(400), answered(503)], 503],
    ['a wrong key before all that passes', [answered(503), answered(401), answered(429)], 401],
    ['a missing model before a limit', [answered(429), answered(404)], 404],
    ['a limit before a late answer', [failed('upstream_first_byte_timeout'), answered(429)], 429],
    ['a late answer before a broken server', [answered(500), failed('upstream_connect_timeout')], 504],
    ['of equals the first', [answered(502), failed('upstream_refused')], 502],
  ])('tells of %s', (_, errors, status) => {
    expect(afterAll(errors).status).toBe(status);
  });

  it('lists every attempt, what is the same once, and keeps what clients key on', () => {
    const error = afterAll([
      answered(429, { upstreamType: 'tokens', upstreamCode: 'rate_limit_exceeded', param: 'model', hint: 'Wait.' }),
      failed('upstream_first_byte_timeout'),
    ]);
    expect(error.message).toBe('All 2 attempts failed: d0/m: one answered 429: no; d1/m: upstream_first_byte_timeout.');
    expect(error).toMatchObject({ type: 'tokens', wireCode: 'rate_limit_exceeded', param: 'model', hint: 'Wait.' });
    expect(error.cause).toBeInstanceOf(GatewayError);
  });

  it('does not say twice who failed', () => {
    const progress = beginProgress(groupOf([deployment('one')]), NO_WISHES, NOON);
    const once = withFailure({ ...progress, current: deployment('one') }, answered(503), false, NOON);
    const twice = withFailure({ ...once, current: deployment('one') }, answered(503), false, NOON);
    expect(whyGivenUp({ ...twice, unknownFallbacks: ['gone', 'lost'] }, NOON).message).toBe(
      'All 2 attempts failed: one/m: answered 503: no (2 times). Its fallbacks `gone`, `lost` are unknown.',
    );
  });

  it('says when the first of several limits has passed', () => {
    const limits = ['30', '12', undefined].map((retryAfter) =>
      answered(429, retryAfter === undefined ? {} : { retryAfter }),
    );
    expect(afterAll(limits, NOON + 2500).retryAfter).toBe('10');
    expect(afterAll(limits, NOON + 90_000).retryAfter).toBe('1');
    expect(afterAll([answered(429), answered(429)]).retryAfter).toBeNull();
  });

  it('is told of in a text of bounded length', () => {
    const errors = Array.from({ length: 40 }, () => answered(500, {}, 'x\n'.repeat(5000)));
    const { message } = afterAll(errors);
    expect(message.length).toBeLessThan(3000);
    expect(message).toContain('; and 32 more.');
  });
});

describe('an exchange for which nobody could be asked', () => {
  function refusal(group: Group, wanted: Parameters<typeof askedFor>[0] = {}, book = new HealthBook()): GatewayError {
    const step = firstStep(group, book, askedFor(wanted), () => null);
    if (step.kind !== 'give_up') throw new Error(`expected no ${step.kind}`);
    return step.error;
  }

  it('because of its tags', () => {
    const error = refusal(groupOf([deployment('one', { tags: ['eu'] })]), { tags: ['pii'] });
    expect(error).toMatchObject({ code: 'no_deployment_allowed', status: 403 });
    expect(error.message).toMatch(/^No deployment of `chat` can take the request: one: .*pii/);
  });

  it('because of its region', () => {
    const error = refusal(groupOf([deployment('one', { region: 'us' })]), { region: 'eu' });
    expect(error).toMatchObject({ code: 'no_deployment_allowed', status: 403 });
  });

  it('because nobody can do it', () => {
    const blind = deployment('one', { target: { capabilities: ['chat'] } });
    expect(refusal(groupOf([blind]), { needs: { vision: true } })).toMatchObject({
      code: 'unsupported_content',
      status: 400,
    });
  });

  it('because it is too long is asked of the one that holds most: the upstream counts for itself', () => {
    const small = deployment('one', { target: { limits: { ...UNKNOWN_LIMITS, contextTokens: 10 } } });
    const step = firstStep(groupOf([small]), new HealthBook(), askedFor({ needs: { contextTokens: 100 } }), () => null);
    expect(step).toMatchObject({ kind: 'attempt', deployment: { id: 'one' } });
  });

  it('because its deadline passed while it waited', () => {
    const slow = deployment('one', { maxParallel: 1 });
    const book = new HealthBook();
    busy(book, slow, 1);
    const group = groupOf([slow]);
    const late = { ...group, resilience: { ...group.resilience, deadlineMs: 0 } };
    expect(refusal(late, {}, book)).toMatchObject({ code: 'deployments_busy', status: 429 });
  });

  it('because what was asked last is left alone, and the deadline has passed', () => {
    const both = [deployment('one'), deployment('other')];
    const book = new HealthBook();
    for (const one of both) cooled(book, one, 8000);
    const group = groupOf(both);
    const late = { ...group, resilience: { ...group.resilience, deadlineMs: 0 } };
    expect(refusal(late, {}, book)).toMatchObject({ code: 'deployments_cooled', status: 503, retryAfter: '8' });
  });
});
