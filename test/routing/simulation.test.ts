import { beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_RESILIENCE, NO_FALLBACKS } from '../../src/canonical/resilience.ts';
import type { ResiliencePolicy } from '../../src/canonical/resilience.ts';
import { STRATEGIES } from '../../src/canonical/strategy.ts';
import type { Strategy } from '../../src/canonical/strategy.ts';
import type { Deployment, Group } from '../../src/routing/group.ts';
import { dead, flaky, flapping, limited, stalling, steady } from '../helpers/behaviours.ts';
import { deployment, groupOf } from '../helpers/groups.ts';
import { simulate } from '../helpers/simulation.ts';
import type { Report } from '../helpers/simulation.ts';

const REQUESTS = 100_000;
/** Where one thing alone is looked at. */
const SOME = 15_000;
const PER_SECOND = 200;
const SECONDS = REQUESTS / PER_SECOND;

interface GroupMore extends Partial<ResiliencePolicy> {
  readonly fallbackTo?: readonly string[];
}

function group(name: string, strategy: Strategy, deployments: readonly Deployment[], more: GroupMore = {}): Group {
  const { fallbackTo = [], ...policy } = more;
  const fallbacks = { ...NO_FALLBACKS, general: fallbackTo };
  return groupOf(deployments, { name, strategy, resilience: { ...DEFAULT_RESILIENCE, fallbacks, ...policy } });
}

function share({ calls, answered, lost }: Report, id: string): number {
  return (calls.get(id) ?? 0) / (answered + lost);
}

describe.each(STRATEGIES)('%s, over deployments of which most are ill', (strategy) => {
  const behaviours = {
    gone: dead(),
    flaps: flapping(120, 60_000, 0.5),
    flakes: flaky(100, 0.2),
    stalls: stalling(100, 0.3, 2_000),
    limits: limited(100, 20),
    well: steady(150),
    better: steady(100),
  };
  const ids = Object.keys(behaviours);
  const ill = group(
    'chat',
    strategy,
    ids.map((id) => deployment(id)),
  );
  let report: Report;
  beforeAll(() => {
    report = simulate({ groups: [ill], behaviours, requests: REQUESTS, perSecond: PER_SECOND, seed: 7 });
  });

  it('answers every request: two of them can always', () => {
    expect(report).toMatchObject({ answered: REQUESTS, lost: 0 });
    expect([...report.broken]).toEqual([]);
  });

  it('calls none that is left alone, but for its trials', () => {
    const calls = report.calls.get('gone') ?? 0;
    expect(report.lastResorts).toBe(0);
    // 5, 10, 20, 40 and then 60 seconds between two trials; until it is known, those on their way reach it too.
    expect(calls).toBeLessThanOrEqual(SECONDS / 60 + 8);
    expect(calls - (report.trials.get('gone') ?? 0)).toBeLessThanOrEqual(4);
  });

  it('takes nobody longer than a few failures do', () => {
    expect(report.longestMs).toBeLessThan(6_000);
  });
});

describe('the share that each deployment gets', () => {
  const behaviours = { a: steady(50), b: steady(100), c: steady(200) };
  const plain = [deployment('a'), deployment('b'), deployment('c')];
  const price = (pico: number) => ({ inputPico: pico, outputPico: pico });

  it.each<[Strategy, string, readonly Deployment[], readonly number[], number]>([
    ['in-order', 'the first', plain, [1, 0, 0], 0],
    ['shuffle', 'the same', plain, [1 / 3, 1 / 3, 1 / 3], 0.015],
    [
      'shuffle',
      'by weight',
      [deployment('a', { weight: 9 }), deployment('b', { weight: 1 }), deployment('c')],
      [0.9, 0.1, 0],
      0.01,
    ],
    ['round-robin', 'the same', plain, [1 / 3, 1 / 3, 1 / 3], 0.001],
    ['least-busy', 'as fast as it is', plain, [4 / 7, 2 / 7, 1 / 7], 0.06],
    ['latency', 'nearly all to the fastest', plain, [1, 0, 0], 0.03],
    ['usage', 'the same', plain, [1 / 3, 1 / 3, 1 / 3], 0.02],
    [
      'usage',
      'by room',
      [
        deployment('a', { tokensPerMinute: 6e6 }),
        deployment('b', { tokensPerMinute: 3e6 }),
        deployment('c', { tokensPerMinute: 3e6 }),
      ],
      [1 / 2, 1 / 4, 1 / 4],
      0.02,
    ],
    [
      'cost',
      'the cheapest',
      [deployment('a', { price: price(5) }), deployment('b', { price: price(1) }), deployment('c')],
      [0, 1, 0],
      0,
    ],
    [
      'cost',
      'the next one where the cheapest has no room',
      [
        deployment('a', { price: price(5) }),
        deployment('b', { price: price(1), requestsPerMinute: 600 }),
        deployment('c'),
      ],
      [0.92, 0.08, 0],
      0.001,
    ],
    [
      'warm-first',
      'the warm one',
      [deployment('a', { isWarm: false }), deployment('b'), deployment('c', { isWarm: true })],
      [0, 0, 1],
      0,
    ],
  ])('%s: %s', (strategy, _, deployments, expected, tolerance) => {
    const healthy = group('chat', strategy, deployments);
    const report = simulate({ groups: [healthy], behaviours, requests: SOME, perSecond: PER_SECOND, seed: 3 });
    expect(report).toMatchObject({ answered: SOME, lost: 0 });
    expect([...report.broken]).toEqual([]);
    const shares = ['a', 'b', 'c'].map((id) => share(report, id));
    shares.forEach((value, index) => {
      expect(Math.abs(value - (expected[index] ?? 0)), `shares ${shares.join(' ')}`).toBeLessThanOrEqual(tolerance);
    });
  });

  it('shuffle: of the weights of those that are left', () => {
    const weighted = ['a', 'b', 'c'].map((id, index) => deployment(id, { weight: [90, 8, 2][index] ?? null }));
    const ill = { ...behaviours, a: dead() };
    const groups = [group('chat', 'shuffle', weighted)];
    const report = simulate({ groups, behaviours: ill, requests: SOME, perSecond: PER_SECOND, seed: 3 });
    expect(report.lost).toBe(0);
    expect(Math.abs(share(report, 'b') - 0.8)).toBeLessThan(0.02);
    expect(share(report, 'a')).toBeLessThan(0.002);
  });
});

describe.each(STRATEGIES)('%s, in times of need', (strategy) => {
  const two = [deployment('day'), deployment('night')];
  const world = { requests: 5_000, perSecond: 50, seed: 11 };

  it('asks fallbacks in order, and only when nobody of the group can answer', () => {
    const groups = [
      group('chat', strategy, two, { fallbackTo: ['second', 'third'] }),
      group('second', strategy, [deployment('spare')]),
      group('third', strategy, [deployment('last')]),
    ];
    const behaviours = {
      day: flapping(80, 20_000, 0.4),
      night: flapping(80, 30_000, 0.4, 0.5),
      spare: flapping(80, 40_000, 0.7),
      last: steady(80),
    };
    const report = simulate({ ...world, groups, behaviours });
    expect(report).toMatchObject({ lost: 0, lastResorts: 0 });
    expect([...report.broken]).toEqual([]);
    expect(Math.min(share(report, 'spare'), share(report, 'last'))).toBeGreaterThan(0.02);
  });

  it('loses nothing that somebody could have answered all the time', () => {
    const behaviours = { day: flapping(80, 20_000, 0.6), night: flapping(80, 20_000, 0.6, 0.5) };
    const report = simulate({ ...world, groups: [group('chat', strategy, two)], behaviours });
    expect([...report.broken]).toEqual([]);
    expect(report).toMatchObject({ lost: 0, wronged: 0 });
  });

  it('gives up when all are gone, and finds them when they are back', () => {
    const behaviours = { day: flapping(80, 20_000, 0.5), night: flapping(80, 20_000, 0.5) };
    const report = simulate({ ...world, groups: [group('chat', strategy, two)], behaviours });
    expect([...report.broken]).toEqual([]);
    expect(report.wronged).toBe(0);
    expect(report.answered / world.requests).toBeGreaterThan(0.4);
    expect(report.answered / world.requests).toBeLessThan(0.6);
  });

  it('keeps the limits of each, and lets requests wait until there is room', () => {
    const narrow = [
      deployment('day', { maxParallel: 3 }),
      deployment('night', { maxParallel: 3, requestsPerMinute: 300 }),
    ];
    const behaviours = { day: steady(60), night: steady(60) };
    const report = simulate({ ...world, groups: [group('chat', strategy, narrow)], behaviours });
    expect([...report.broken]).toEqual([]);
    expect(report).toMatchObject({ answered: world.requests, lost: 0 });
    expect(report.longestMs).toBeGreaterThan(100);
  });

  it('begins nothing after the deadline', () => {
    const behaviours = { day: stalling(80, 0.5, 700), night: stalling(80, 0.5, 700) };
    const hasty = group('chat', strategy, two, { deadlineMs: 2_000 });
    const report = simulate({ ...world, requests: 2_000, groups: [hasty], behaviours });
    expect([...report.broken]).toEqual([]);
    expect(report.answered).toBeGreaterThan(1_600);
    expect(report.longestMs).toBeLessThan(2_700);
  });
});
