import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/canonical/errors.ts';
import { picoUsd } from '../../src/canonical/money.ts';
import type { Cap } from '../../src/canonical/profile.ts';
import { capPeriodOf } from '../../src/limits/cap-period.ts';
import { createCaps } from '../../src/limits/caps.ts';
import type { Admission } from '../../src/limits/limits.ts';
import { PLAIN_PRICES, requestOf } from './attempts.ts';

const HOUR_MS = 3_600_000;
const PICO_PER_TOKEN = 1_000_000n;
/** What a body of nothing may cost at most. */
const FRAME = 512n * PICO_PER_TOKEN;

type Step =
  | { readonly kind: 'admit'; readonly profile: string; readonly tokens: number }
  /** `part` of the worst cost; `null`: nobody knows. */
  | { readonly kind: 'settle'; readonly which: number; readonly part: number | null }
  | { readonly kind: 'wait'; readonly hours: number }
  | { readonly kind: 'restart' }
  | { readonly kind: 'cap'; readonly amount: number; readonly period: Cap['period'] };

const profiles = fc.constantFrom('prod', 'work');
const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('admit'), profile: profiles, tokens: fc.nat(3_000) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('settle'),
      which: fc.nat(20),
      part: fc.option(fc.oneof(fc.constant(0), fc.constant(1), fc.double({ min: 0, max: 1, noNaN: true }))),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait'), hours: fc.nat(40) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart') }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('cap'),
      amount: fc.nat(10_000),
      period: fc.constantFrom<Cap['period']>('day', 'week', 'month'),
    }),
  },
);

interface Flight {
  readonly profile: string;
  readonly worst: bigint;
  readonly admission: Admission;
}

/** What a person with pen and paper would know: every settled attempt, and all that are not. */
class World {
  now = Date.UTC(2026, 2, 28, 20);
  cap: Cap = { amountPico: 5_000n * PICO_PER_TOKEN, period: 'day' };
  flights: Flight[] = [];
  settled: { readonly profile: string; readonly at: number; readonly cost: bigint }[] = [];
  unknown: { readonly profile: string; readonly until: number; readonly worst: bigint }[] = [];
  caps = this.start();

  start() {
    return createCaps({
      caps: () =>
        new Map([
          ['prod', this.cap],
          ['work', this.cap],
        ]),
      prices: () => PLAIN_PRICES,
      spentSince: (profile, from) => this.spent(profile, from),
      now: () => this.now,
      timeZone: 'Europe/Berlin',
    });
  }

  get period() {
    return capPeriodOf(this.cap.period, { now: this.now, timeZone: 'Europe/Berlin' });
  }

  spent(profile: string, from: number): bigint {
    return this.settled.reduce((sum, row) => (row.profile === profile && row.at >= from ? sum + row.cost : sum), 0n);
  }

  taken(profile: string): bigint {
    const mine = (items: readonly { profile: string; worst: bigint }[]): bigint =>
      items.reduce((sum, item) => (item.profile === profile ? sum + item.worst : sum), 0n);
    return (
      this.spent(profile, this.period.from) +
      mine(this.flights) +
      mine(this.unknown.filter(({ until }) => this.now < until))
    );
  }

  take(step: Step): void {
    switch (step.kind) {
      case 'admit':
        this.admit(step.profile, step.tokens);
        return;
      case 'settle':
        this.settle(step.which, step.part);
        return;
      case 'wait':
        this.now += step.hours * HOUR_MS;
        return;
      case 'restart':
        // What was in flight is cut, and what nobody knew is nowhere.
        this.flights = [];
        this.unknown = [];
        this.caps = this.start();
        return;
      case 'cap':
        this.cap = { amountPico: BigInt(step.amount) * PICO_PER_TOKEN, period: step.period };
    }
  }

  admit(profile: string, tokens: number): void {
    const worst = FRAME + BigInt(tokens) * PICO_PER_TOKEN;
    const fits = this.taken(profile) + worst <= this.cap.amountPico;
    try {
      const admission = this.caps.admit(requestOf({ profile, at: this.now, maxOutputTokens: tokens }));
      expect(fits, 'let through though it does not fit').toBe(true);
      this.flights.push({ profile, worst, admission });
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      expect(fits, 'refused though it fits').toBe(false);
    }
  }

  settle(which: number, part: number | null): void {
    const [flight] = this.flights.splice(which % Math.max(1, this.flights.length), 1);
    if (flight === undefined) return;
    const { profile, worst } = flight;
    if (part === null) {
      flight.admission.settle(null, this.now);
      // One end for all of a profile, as the account has it: the latest.
      const until = Math.max(
        this.period.to,
        ...this.unknown.filter((one) => one.profile === profile && this.now < one.until).map((one) => one.until),
      );
      this.unknown = this.unknown.map((one) =>
        one.profile === profile && this.now < one.until ? { ...one, until } : one,
      );
      this.unknown.push({ profile, until, worst });
      return;
    }
    const cost = BigInt(Math.floor(Number(worst) * part));
    // The ledger has the row at the end of the turn.
    flight.admission.settle(picoUsd(Number(cost)), this.now);
    this.settled.push({ profile, at: this.now, cost });
  }
}

describe('caps under any interleaving', () => {
  it('refuse nothing that fits, and let nothing through that does not', () => {
    fc.assert(
      fc.property(fc.array(steps, { maxLength: 150, size: 'max' }), (taken) => {
        const world = new World();
        for (const step of taken) {
          world.take(step);
          for (const profile of ['prod', 'work']) {
            const standing = world.caps.status(profile);
            expect((standing?.spent ?? -1n) + (standing?.reserved ?? 0n)).toBe(world.taken(profile));
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  it('never let a profile cost more than its cap', () => {
    const fixed = steps.filter(({ kind }) => kind !== 'cap');
    fc.assert(
      fc.property(fc.array(fixed, { maxLength: 150, size: 'max' }), fc.nat(20_000), (taken, amount) => {
        const world = new World();
        world.cap = { amountPico: BigInt(amount) * PICO_PER_TOKEN, period: 'month' };
        for (const step of taken) {
          world.take(step);
          expect(world.spent('prod', world.period.from) <= world.cap.amountPico).toBe(true);
        }
      }),
      { numRuns: 100 },
    );
  });
});
