import { describe, expect, it } from 'vitest';
import { picoUsd } from '../../src/canonical/money.ts';
import type { Cap } from '../../src/canonical/profile.ts';
import { createCaps } from '../../src/limits/caps.ts';
import type { Caps, CapsOptions } from '../../src/limits/caps.ts';
import type { AdmissionRequest } from '../../src/limits/limits.ts';
import { capOf, DOLLAR, PLAIN_PRICES, refusalOf, requestOf, targetOf } from './attempts.ts';

const NOON = Date.parse('2026-01-15T11:00Z');
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** What an attempt without a body may cost beside its output. */
const FRAME = 512n * 1_000_000n;
const CENT = DOLLAR / 100n;

interface Stage {
  readonly caps: Caps;
  /** Changed by tests as they go. */
  now: number;
  inForce: Map<string, Cap>;
  /** By profile; `null`: the ledger cannot be read. */
  ledger: Map<string, bigint> | null;
  /** The times since which the ledger was asked. */
  readonly asked: number[];
  /** An attempt whose output may cost so many millionths of a dollar. */
  admit(maxOutputTokens: number, changes?: Partial<AdmissionRequest>): ReturnType<Caps['admit']>;
}

function stageOf(cap: Cap | null, options: Partial<CapsOptions> = {}): Stage {
  const stage: Stage = {
    now: NOON,
    inForce: new Map(cap === null ? [] : [['prod', cap]]),
    ledger: new Map(),
    asked: [],
    admit: (maxOutputTokens, changes) => stage.caps.admit(requestOf({ at: stage.now, maxOutputTokens, ...changes })),
    caps: createCaps({
      caps: () => stage.inForce,
      prices: () => PLAIN_PRICES,
      spentSince: (profile, fromMs) => {
        stage.asked.push(fromMs);
        return stage.ledger === null ? null : (stage.ledger.get(profile) ?? 0n);
      },
      now: () => stage.now,
      timeZone: 'Europe/Berlin',
      ...options,
    }),
  };
  return stage;
}

function pico(dollars: number): ReturnType<typeof picoUsd> {
  return picoUsd(Math.round(dollars * 1e12));
}

describe('a cap', () => {
  it('is told as it was set, however small', () => {
    const stage = stageOf(capOf(0.000001));
    expect(refusalOf(() => stage.admit(300_000)).message).toContain('may cost $0.000001 a month');
  });

  it('lets through what fits with what is spent and what is in flight, and no more', () => {
    const stage = stageOf(capOf(1));
    stage.ledger?.set('prod', DOLLAR / 2n);
    const first = stage.admit(400_000);
    expect(stage.caps.status('prod')).toMatchObject({ spent: DOLLAR / 2n, reserved: 40n * CENT + FRAME });
    expect(refusalOf(() => stage.admit(100_000)).code).toBe('budget_exceeded');
    first.settle(pico(0.01), stage.now);
    expect(stage.caps.status('prod')).toMatchObject({ spent: 51n * CENT, reserved: 0n });
    stage.admit(480_000);
    expect(refusalOf(() => stage.admit(10_000)).code).toBe('budget_exceeded');
  });

  it('may be used up to the last pico-dollar', () => {
    const stage = stageOf({ amountPico: FRAME + 1_000_000n, period: 'day' });
    expect(refusalOf(() => stage.admit(2)).status).toBe(422);
    stage.admit(1).settle(picoUsd(Number(FRAME) + 1_000_000), stage.now);
    expect(refusalOf(() => stage.admit(0)).code).toBe('budget_exceeded');
  });

  it('of nothing lets through what costs nothing', () => {
    const free = { ...PLAIN_PRICES, priceOf: () => ({ costPico: picoUsd(0), priceVersion: 'free' }) };
    expect(() => stageOf(capOf(0), { prices: () => free }).admit(1_000_000)).not.toThrow();
    expect(refusalOf(() => stageOf(capOf(0)).admit(1)).code).toBe('budget_exceeded');
  });

  it('never counts for local models, the demo and other profiles', () => {
    const stage = stageOf(capOf(0));
    const local = stage.admit(1_000_000, { target: targetOf('local', null) });
    const demo = stage.admit(1_000_000, { target: { ...targetOf('cloud'), via: { kind: 'demo' } } });
    expect(local).toBe(demo);
    stage.admit(1_000_000, { profile: 'work' }).settle(pico(1), stage.now);
    expect(stage.asked).toEqual([]);
    expect(stage.caps.status('work')).toBeNull();
  });

  it('is kept as long as nobody knows a cost, until the period ends', () => {
    const stage = stageOf(capOf(1, 'day'));
    stage.admit(700_000).settle(null, stage.now);
    expect(stage.caps.status('prod')).toMatchObject({ spent: 0n, reserved: 70n * CENT + FRAME });
    expect(refusalOf(() => stage.admit(300_000)).message).toContain('is set aside for calls whose cost is not known');
    stage.now += DAY_MS;
    stage.admit(900_000);
  });

  it('gives back everything of a call that cost nothing', () => {
    const stage = stageOf(capOf(1));
    stage.admit(900_000).settle(picoUsd(0), stage.now);
    expect(stage.caps.status('prod')).toMatchObject({ spent: 0n, reserved: 0n });
  });

  it('refuses a paid model whose price is not known', () => {
    const stage = stageOf(capOf(50));
    for (const priceProvider of [null, 'unknown']) {
      const error = refusalOf(() => stage.admit(1, { target: targetOf('cloud', priceProvider) }));
      expect(error).toMatchObject({ code: 'price_unknown', status: 422, type: 'budget_exceeded', retryable: false });
      expect(`${error.message} ${error.hint ?? ''}`).toBe(
        'The price of `acme/large` is not known, so the cap of the profile `prod` ($50 a month) cannot be kept with ' +
          'it. Choose a model whose price is known, or a profile without a cap.',
      );
    }
    stage.inForce = new Map();
    expect(() => stage.admit(1, { target: targetOf('cloud', null) })).not.toThrow();
  });
});

describe('a refusal', () => {
  it('says what is capped, what is taken, when that ends, and what to do', () => {
    const stage = stageOf(capOf(1.5, 'week'));
    stage.ledger?.set('prod', 110n * CENT + 1n);
    const error = refusalOf(() => stage.admit(400_000));
    expect(error).toMatchObject({ code: 'budget_exceeded', status: 422, type: 'budget_exceeded', retryable: false });
    expect(error.message).toBe(
      'The profile `prod` may cost $1.50 a week: $1.1001 is spent, and this request to `acme/large` may cost up to ' +
        '$0.4006. A new week begins on 2026-01-19 00:00 (Europe/Berlin).',
    );
    expect(error.hint).toBe(
      'A smaller `max_tokens` may fit. Raise `cap` of the profile in the config, or choose another profile: ' +
        '`llmgw profile use NAME`.',
    );
  });

  it.each([
    ['in flight', (stage: Stage) => void stage.admit(800_000), 'It may fit when the requests in flight are done.'],
    ['spent', (stage: Stage) => void stage.ledger?.set('prod', 2n * DOLLAR), 'Raise `cap`'],
  ])('when it is %s says what helps', (_, prepare, beginning) => {
    const stage = stageOf(capOf(1));
    prepare(stage);
    expect(refusalOf(() => stage.admit(400_000)).hint).toMatch(new RegExp(`^${beginning.replace('.', '\\.')}`));
  });
});

describe('a period', () => {
  it.each([
    ['day', '2026-01-15T22:59:59.999Z', '2026-01-14T23:00Z', '2026-01-15T23:00Z'],
    ['week', '2026-01-18T22:59:59.999Z', '2026-01-11T23:00Z', '2026-01-18T23:00Z'],
    ['month', '2026-01-31T22:59:59.999Z', '2025-12-31T23:00Z', '2026-01-31T23:00Z'],
    // The clocks change on 29 March.
    ['day', '2026-03-29T21:59:59.999Z', '2026-03-28T23:00Z', '2026-03-29T22:00Z'],
    ['week', '2026-03-29T21:59:59.999Z', '2026-03-22T23:00Z', '2026-03-29T22:00Z'],
    ['month', '2026-03-31T21:59:59.999Z', '2026-02-28T23:00Z', '2026-03-31T22:00Z'],
  ] as const)('of a %s at %s begins at %s and ends at %s', (period, at, from, to) => {
    const stage = stageOf(capOf(1, period));
    stage.now = Date.parse(at);
    stage.admit(900_000).settle(pico(0.9), stage.now);
    expect(stage.asked).toEqual([Date.parse(from)]);
    expect(stage.caps.status('prod')?.resetsAt).toBe(Date.parse(to));
    expect(refusalOf(() => stage.admit(900_000)).code).toBe('budget_exceeded');
    stage.now++;
    expect(stage.now).toBe(Date.parse(to));
    expect(() => stage.admit(900_000)).not.toThrow();
    expect(stage.asked).toEqual([Date.parse(from), Date.parse(to)]);
  });

  it('that ended leaves what is still in flight to the next, where it is settled', () => {
    const stage = stageOf(capOf(1, 'day'));
    const late = stage.admit(900_000);
    stage.now += DAY_MS;
    expect(refusalOf(() => stage.admit(200_000)).code).toBe('budget_exceeded');
    late.settle(pico(0.5), stage.now);
    expect(stage.caps.status('prod')).toMatchObject({ spent: 50n * CENT, reserved: 0n });
  });

  it('is asked for again when the clock was put back', () => {
    const stage = stageOf(capOf(1, 'day'));
    stage.admit(0);
    stage.ledger?.set('prod', DOLLAR);
    stage.now -= DAY_MS;
    expect(refusalOf(() => stage.admit(0)).code).toBe('budget_exceeded');
  });
});

describe('the config', () => {
  it('may raise and lower a cap, and nothing is forgotten', () => {
    const stage = stageOf(capOf(1));
    stage.admit(900_000).settle(pico(0.9), stage.now);
    stage.admit(50_000).settle(null, stage.now);
    stage.inForce = new Map([['prod', capOf(2)]]);
    stage.admit(1_000_000);
    stage.inForce = new Map([['prod', capOf(0.5)]]);
    expect(refusalOf(() => stage.admit(1)).code).toBe('budget_exceeded');
    expect(stage.asked).toHaveLength(1);
  });

  it('may change the period: the ledger is asked for what is in the other', () => {
    const stage = stageOf(capOf(1, 'day'));
    stage.admit(100_000).settle(pico(0.1), stage.now);
    stage.ledger?.set('prod', 95n * CENT);
    stage.inForce = new Map([['prod', capOf(1, 'month')]]);
    expect(refusalOf(() => stage.admit(100_000)).code).toBe('budget_exceeded');
    expect(stage.caps.status('prod')?.spent).toBe(95n * CENT);
  });

  it('may shorten the period: what nobody knows of the longer one stays until that ends', () => {
    const stage = stageOf(capOf(1, 'month'));
    stage.admit(500_000).settle(null, stage.now);
    stage.inForce = new Map([['prod', capOf(1, 'day')]]);
    stage.admit(100_000).settle(null, stage.now);
    stage.now += DAY_MS;
    expect(refusalOf(() => stage.admit(500_000)).code).toBe('budget_exceeded');
    stage.now = Date.parse('2026-01-31T23:00Z');
    stage.admit(900_000);
  });

  it('may bring a cap while attempts are in flight, for which the most they may cost is set aside then', () => {
    const stage = stageOf(null);
    const before = [stage.admit(300_000), stage.admit(500_000)];
    const other = stage.admit(1, { target: targetOf('cloud', 'unknown') });
    const [first, last] = [stage.admit(700_000), stage.admit(800_000)];
    first.settle(pico(0.001), stage.now);
    last.settle(pico(0.001), stage.now);
    stage.inForce = new Map([['prod', capOf(1)]]);
    expect(refusalOf(() => stage.admit(300_000)).message).toContain('is set aside for requests in flight');
    expect(stage.caps.status('prod')).toMatchObject({ spent: 0n, reserved: 80n * CENT + 2n * FRAME });
    stage.admit(100_000).settle(pico(0.1), stage.now);
    before[0]?.settle(pico(0.2), stage.now);
    before[1]?.settle(null, stage.now);
    other.settle(null, stage.now);
    expect(stage.caps.status('prod')).toMatchObject({ spent: 30n * CENT, reserved: 50n * CENT + FRAME });
  });

  it('may bring a cap of which an attempt in flight is the first to hear, when it ends', () => {
    const stage = stageOf(null);
    const [unknown, known] = [stage.admit(900_000), stage.admit(50_000)];
    stage.inForce = new Map([['prod', capOf(1)]]);
    unknown.settle(null, stage.now);
    expect(refusalOf(() => stage.admit(50_000)).code).toBe('budget_exceeded');
    known.settle(pico(0.05), stage.now);
    expect(stage.caps.status('prod')).toMatchObject({ spent: 5n * CENT, reserved: 90n * CENT + FRAME });
  });

  it('never has a body read for a cap that is not there', () => {
    const stage = stageOf(null);
    const unread = {
      get body(): Uint8Array {
        throw new Error('the body was read');
      },
    };
    const attempt = Object.defineProperties(requestOf(), Object.getOwnPropertyDescriptors(unread));
    stage.caps.admit(attempt).settle(pico(1), stage.now);
    stage.inForce = new Map([['prod', capOf(2)]]);
    // It ended: nothing is left of it to be weighed.
    expect(stage.caps.status('prod')).toMatchObject({ reserved: 0n });
  });

  it('may take a cap away for a while: what was spent meanwhile is in the ledger', () => {
    const stage = stageOf(capOf(1));
    stage.admit(100_000);
    stage.inForce = new Map();
    stage.admit(900_000).settle(pico(0.9), stage.now);
    stage.ledger?.set('prod', 90n * CENT);
    stage.inForce = new Map([['prod', capOf(1)]]);
    expect(stage.caps.status('prod')).toMatchObject({ spent: 90n * CENT, reserved: 10n * CENT + FRAME });
  });
});

describe('a ledger that cannot be read', () => {
  it('stops paid calls, is asked once a second, and lets them on when it can', () => {
    const stage = stageOf(capOf(1));
    stage.ledger = null;
    for (let step = 0; step < 10; step++) {
      expect(refusalOf(() => stage.admit(1))).toMatchObject({ code: 'ledger_unavailable', status: 503 });
      stage.now += 100;
    }
    expect(stage.caps.status('prod')).toMatchObject({ spent: null });
    expect(stage.asked).toHaveLength(2);
    stage.ledger = new Map([['prod', 5n]]);
    stage.now += 1_000;
    stage.admit(1);
    expect(stage.caps.status('prod')?.spent).toBe(5n);
  });
});
