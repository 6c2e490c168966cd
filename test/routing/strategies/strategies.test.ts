import { describe, expect, it } from 'vitest';
import type { Strategy } from '../../../src/canonical/strategy.ts';
import type { Asked } from '../../../src/routing/asked.ts';
import type { Deployment } from '../../../src/routing/group.ts';
import { HealthBook } from '../../../src/routing/health-book.ts';
import { select } from '../../../src/routing/select.ts';
import { askedFor, busy, cooled, deployment, groupOf, measured, NOON, seeded } from '../../helpers/groups.ts';

const NOBODY: ReadonlySet<string> = new Set();
const DRAWS = 20_000;

interface Draw {
  readonly strategy: Strategy;
  readonly deployments: readonly Deployment[];
  readonly book?: HealthBook;
  readonly asked?: Partial<Parameters<typeof askedFor>[0]>;
}

/** How often each one is chosen of many times that nothing has changed between. */
function counts({ strategy, deployments, book = new HealthBook(), asked }: Draw): ReadonlyMap<string, number> {
  const group = groupOf(deployments, { strategy });
  const request: Asked = askedFor({ ...asked, random: seeded(7) });
  const found = new Map(deployments.map(({ id }) => [id, 0]));
  for (let draw = 0; draw < DRAWS; draw++) {
    const selection = select(group, NOBODY, book, request);
    if (selection.kind === 'none') throw new Error('nobody was chosen');
    found.set(selection.deployment.id, (found.get(selection.deployment.id) ?? 0) + 1);
  }
  return found;
}

/**
 * That the counts may come from these shares: chi-square, at a level that the right shares miss once in ten thousand
 * seeds, and of a share of 0 not one.
 */
function expectShares(draw: Draw, shares: Readonly<Record<string, number>>): void {
  const found = counts(draw);
  const total = Object.values(shares).reduce((sum, share) => sum + share, 0);
  let chiSquare = 0;
  let freedom = -1;
  for (const [id, count] of found) {
    const expected = ((shares[id] ?? 0) / total) * DRAWS;
    if (expected === 0) expect([id, count]).toEqual([id, 0]);
    else chiSquare += (count - expected) ** 2 / expected;
    freedom += expected === 0 ? 0 : 1;
  }
  expect(chiSquare).toBeLessThan(CRITICAL[freedom] ?? 0);
}

/** Chi-square at 0.9999, by degrees of freedom. */
const CRITICAL = [Number.MIN_VALUE, 15.14, 18.43, 21.11, 23.52];

describe('shuffle', () => {
  const limited = (id: string, requestsPerMinute: number | null, tokensPerMinute: number | null = null) =>
    deployment(id, { requestsPerMinute, tokensPerMinute });
  const weighted = (id: string, weight: number | null) => deployment(id, { weight });

  it.each<[string, readonly Deployment[], Readonly<Record<string, number>>]>([
    ['nothing given: each the same', [deployment('a'), deployment('b'), deployment('c')], { a: 1, b: 1, c: 1 }],
    ['weights', [weighted('a', 90), weighted('b', 10)], { a: 9, b: 1 }],
    ['one without a weight beside others', [weighted('a', 1), weighted('b', null), weighted('c', 3)], { a: 1, c: 3 }],
    ['weights of 0 alone', [weighted('a', 0), weighted('b', 0)], { a: 1, b: 1 }],
    ['fractions', [weighted('a', 0.1), weighted('b', 0.2), weighted('c', 0)], { a: 1, b: 2 }],
    ['requests a minute', [limited('a', 900), limited('b', 100)], { a: 9, b: 1 }],
    ['tokens a minute', [limited('a', null, 30), limited('b', null, 10)], { a: 3, b: 1 }],
    ['requests before tokens', [limited('a', 30, 1), limited('b', 10, 9)], { a: 3, b: 1 }],
    ['a limit that not all have is no share', [limited('a', 900), limited('b', null)], { a: 1, b: 1 }],
  ])('%s', (_, deployments, shares) => {
    expectShares({ strategy: 'shuffle', deployments }, shares);
  });

  it('shares among those that are left', () => {
    const book = new HealthBook();
    const deployments = [weighted('a', 60), weighted('b', 30), weighted('c', 10)];
    for (const one of deployments.slice(0, 1)) cooled(book, one, 5000);
    expectShares({ strategy: 'shuffle', deployments, book }, { b: 3, c: 1 });
  });

  it('takes somebody for every number', () => {
    const deployments = [weighted('a', 0.1), weighted('b', 0.7), weighted('c', 0)];
    const group = groupOf(deployments, { strategy: 'shuffle' });
    const last = 1 - Number.EPSILON / 2;
    const ids = [0, 0.124, 0.126, last].map((number) => {
      const selection = select(group, NOBODY, new HealthBook(), askedFor({ random: () => number }));
      return selection.kind === 'chosen' ? selection.deployment.id : null;
    });
    expect(ids).toEqual(['a', 'a', 'b', 'b']);
  });
});

describe('round-robin', () => {
  it('takes one after the other, and begins again', () => {
    const book = new HealthBook();
    const group = groupOf([deployment('a'), deployment('b'), deployment('c')], { strategy: 'round-robin' });
    const ids = Array.from({ length: 7 }, () => {
      const selection = select(group, NOBODY, book, askedFor());
      book.tookTurn(group.name);
      return selection.kind === 'chosen' ? selection.deployment.id : '';
    });
    expect(ids.join('')).toBe('abcabca');
  });

  it('takes no turn by looking', () => {
    expectShares({ strategy: 'round-robin', deployments: [deployment('a'), deployment('b')] }, { a: 1 });
  });
});

describe('least-busy', () => {
  it('takes the one with the fewest under way, of several any', () => {
    const book = new HealthBook();
    const deployments = [deployment('a'), deployment('b'), deployment('c'), deployment('d')];
    for (const [index, one] of deployments.entries()) busy(book, one, [3, 1, 1, 2][index] ?? 0);
    expectShares({ strategy: 'least-busy', deployments, book }, { b: 1, c: 1 });
  });
});

describe('latency', () => {
  const fast = deployment('fast');
  const near = deployment('near');
  const slow = deployment('slow');
  const fresh = deployment('new');
  const deployments = [fast, near, slow, fresh];

  function measuredBook(): HealthBook {
    const book = new HealthBook();
    for (const [one, ms] of [
      [fast, 100],
      [near, 109],
      [slow, 200],
    ] as const)
      measured(book, one, ms);
    return book;
  }

  it('takes those within the buffer of the fastest', () => {
    expectShares(
      { strategy: 'latency', deployments: deployments.slice(0, 3), book: measuredBook() },
      { fast: 1, near: 1 },
    );
  });

  it('explores one that was never measured, with one request of ten at most', () => {
    expectShares({ strategy: 'latency', deployments, book: measuredBook() }, { fast: 45, near: 45, new: 10 });
  });

  it('explores several with the same tenth', () => {
    const others = [deployment('x'), deployment('y')];
    const all = [fast, slow, ...others];
    expectShares({ strategy: 'latency', deployments: all, book: measuredBook() }, { fast: 90, x: 5, y: 5 });
  });

  it('sends no second request to one that is not measured yet', () => {
    const book = measuredBook();
    busy(book, fresh, 1);
    expectShares({ strategy: 'latency', deployments, book }, { fast: 1, near: 1 });
  });

  it('shares by load where nothing is known, so that a start is no rush to one', () => {
    const book = new HealthBook();
    busy(book, fast, 1);
    expectShares({ strategy: 'latency', deployments: [fast, near, slow], book }, { near: 1, slow: 1 });
  });

  it('forgets old samples', () => {
    const later = { now: NOON + 3_600_000 };
    expectShares(
      { strategy: 'latency', deployments: [fast, near, slow], book: measuredBook(), asked: later },
      { fast: 1, near: 1, slow: 1 },
    );
  });

  it('goes by the time to the first token for streams, else by the time for a token', () => {
    const book = new HealthBook();
    // The one begins at once and is slow to go on; the other the other way round.
    for (const [one, firstMs, durationMs] of [
      [fast, 10, 10_000],
      [slow, 500, 1000],
    ] as const) {
      const call = book.began(one, 0, NOON - 1);
      book.firstToken(call, firstMs, true, NOON - 1);
      book.succeeded(call, { durationMs, outputTokens: 100, totalTokens: 100 }, NOON - 1);
    }
    const both = { strategy: 'latency', deployments: [fast, slow], book } as const;
    expectShares({ ...both, asked: { stream: true } }, { fast: 1 });
    expectShares({ ...both, asked: { stream: false } }, { slow: 1 });
  });
});

describe('usage', () => {
  it.each<[string, readonly [number | null, number | null, number, number][], string]>([
    [
      'the smallest share of requests',
      [
        [10, null, 5, 0],
        [100, null, 20, 0],
      ],
      'b',
    ],
    [
      'the smallest share of tokens',
      [
        [null, 10_000, 1, 5000],
        [null, 100_000, 1, 20_000],
      ],
      'b',
    ],
    [
      'the larger of both shares of one counts',
      [
        [100, 1000, 1, 800],
        [10, 100_000, 5, 0],
      ],
      'b',
    ],
    [
      'with the tokens of this request',
      [
        [null, 1000, 1, 1],
        [null, 100_000, 1, 60_000],
      ],
      'b',
    ],
    [
      'without limits the fewest tokens',
      [
        [null, null, 1, 500],
        [null, null, 4, 100],
      ],
      'b',
    ],
    [
      'where one has none: the fewest tokens',
      [
        [1000, null, 1, 500],
        [null, null, 4, 100],
      ],
      'b',
    ],
    [
      'without tokens the fewest requests',
      [
        [null, null, 3, 0],
        [null, null, 2, 0],
      ],
      'b',
    ],
  ])('%s', (_, loads, expected) => {
    const book = new HealthBook();
    const deployments = loads.map(([requestsPerMinute, tokensPerMinute, calls, tokens], index) => {
      const one = deployment('abc'.charAt(index), { requestsPerMinute, tokensPerMinute });
      busy(book, one, calls, tokens);
      return one;
    });
    const asked = { needs: { contextTokens: 900, answerTokens: 200 } };
    expectShares({ strategy: 'usage', deployments, book, asked }, { [expected]: 1 });
  });

  it('takes any of those that are used as much', () => {
    const deployments = [deployment('a', { requestsPerMinute: 9 }), deployment('b', { requestsPerMinute: 9 })];
    expectShares({ strategy: 'usage', deployments }, { a: 1, b: 1 });
  });
});

describe('cost', () => {
  const priced = (id: string, inputPico: number, outputPico: number) =>
    deployment(id, { price: { inputPico, outputPico } });
  const here = deployment('here', { target: { locality: 'local' } });
  const [cheapIn, cheapOut] = [priced('cheap-in', 1, 10), priced('cheap-out', 5, 5)];

  it.each<[string, readonly Deployment[], number, number, string]>([
    ['a long prompt', [cheapOut, cheapIn], 1000, 10, 'cheap-in'],
    ['a long answer', [cheapIn, cheapOut], 10, 1000, 'cheap-out'],
    ['what runs here is free', [cheapIn, here], 1000, 10, 'here'],
    ['what is priced at 0 is free', [cheapIn, priced('free', 0, 0)], 0, 0, 'free'],
    ['nothing is known of the request', [cheapIn, priced('dear', 50, 50)], 0, 0, 'cheap-in'],
    ['an unknown price is not cheap', [deployment('unknown'), priced('dear', 1e9, 1e9)], 1000, 10, 'dear'],
  ])('%s', (_, deployments, promptTokens, answerTokens, expected) => {
    const asked = { needs: { contextTokens: promptTokens + answerTokens, answerTokens } };
    expectShares({ strategy: 'cost', deployments, asked }, { [expected]: 1 });
  });

  it('takes the least busy of those that cost the same, known or not', () => {
    const book = new HealthBook();
    const alike = [priced('a', 2, 2), priced('b', 2, 2), priced('c', 2, 2)];
    for (const one of alike.slice(0, 1)) busy(book, one, 1);
    expectShares({ strategy: 'cost', deployments: alike, book }, { b: 1, c: 1 });
    const unknown = [deployment('a'), deployment('b'), deployment('c')];
    expectShares({ strategy: 'cost', deployments: unknown, book }, { b: 1, c: 1 });
  });
});

describe('warm-first', () => {
  const at = (id: string, isWarm: boolean | null) => deployment(id, { isWarm });

  it.each<[string, readonly (readonly [Deployment, number])[], Readonly<Record<string, number>>]>([
    [
      'the one that has it loaded, however busy',
      [
        [at('cold', false), 0],
        [at('warm', true), 9],
      ],
      { warm: 1 },
    ],
    [
      'of those the shortest queue',
      [
        [at('a', true), 2],
        [at('b', true), 1],
        [at('c', true), 1],
      ],
      { b: 1, c: 1 },
    ],
    [
      'without one, the one that needs not load',
      [
        [at('cold', false), 0],
        [at('cloud', null), 4],
      ],
      { cloud: 1 },
    ],
    [
      'all cold: the shortest queue',
      [
        [at('a', false), 1],
        [at('b', false), 0],
      ],
      { b: 1 },
    ],
  ])('%s', (_, loads, shares) => {
    const book = new HealthBook();
    for (const [one, calls] of loads) busy(book, one, calls);
    expectShares({ strategy: 'warm-first', deployments: loads.map(([one]) => one), book }, shares);
  });
});

describe('in-order', () => {
  it('takes the first, however busy', () => {
    const book = new HealthBook();
    const deployments = [deployment('a'), deployment('b')];
    for (const one of deployments.slice(0, 1)) busy(book, one, 50);
    expectShares({ strategy: 'in-order', deployments, book }, { a: 1 });
  });
});
