import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { STRATEGIES } from '../../src/canonical/strategy.ts';
import { UNKNOWN_LIMITS } from '../../src/canonical/target.ts';
import type { Deployment } from '../../src/routing/group.ts';
import { HealthBook } from '../../src/routing/health-book.ts';
import { select } from '../../src/routing/select.ts';
import { askedFor, busy, cooled, deployment, groupOf, measured, seeded } from '../helpers/groups.ts';

const TAGS = ['pii', 'eu', 'default'] as const;
const PROMPT_TOKENS = 1000;

/** A deployment, and what has become of it. */
const placed = fc.record({
  tags: fc.subarray([...TAGS]),
  region: fc.constantFrom(null, 'eu-central-1', 'us-east-1'),
  order: fc.constantFrom(1, 2),
  weight: fc.constantFrom(null, 0, 1, 9),
  requestsPerMinute: fc.constantFrom(null, 1, 100),
  tokensPerMinute: fc.constantFrom(null, 1500, 100_000),
  maxParallel: fc.constantFrom(null, 1, 4),
  contextTokens: fc.constantFrom(null, 500, 8000),
  calls: fc.nat(3),
  isCooled: fc.boolean(),
  isDown: fc.boolean(),
  isTried: fc.boolean(),
  ms: fc.constantFrom(null, 10, 500),
  price: fc.constantFrom(null, { inputPico: 1, outputPico: 2 }),
  isWarm: fc.constantFrom(null, true, false),
});

const wanted = fc.record({
  tags: fc.subarray(['pii', 'eu', '!eu', '&pii']),
  region: fc.constantFrom(null, 'eu'),
  stickTo: fc.constantFrom(null, '0', '1'),
  stream: fc.boolean(),
});

describe('select', () => {
  it.each(STRATEGIES)('by %s never takes one that may not answer, and misses none that may', (strategy) => {
    fc.assert(
      fc.property(fc.array(placed, { minLength: 2, maxLength: 6 }), wanted, fc.nat(), (places, wish, seed) => {
        const book = new HealthBook();
        const deployments = places.map((place, index) => settled(`${index}`, place, book));
        const tried = new Set(deployments.filter((_, index) => places[index]?.isTried).map(({ id }) => id));
        const group = groupOf(deployments, { strategy });
        const needs = { contextTokens: PROMPT_TOKENS };
        const selection = select(group, tried, book, askedFor({ ...wish, needs, random: seeded(seed) }));
        const able = places.flatMap((place, index) => (mayAnswer(place, wish) ? [{ ...place, id: `${index}` }] : []));
        if (selection.kind === 'none') {
          expect(able).toEqual([]);
          expect(selection.rejections).toHaveLength(places.length);
          return;
        }
        const chosen = able.find(({ id }) => id === selection.deployment.id);
        if (chosen === undefined) throw new Error(`chose ${selection.deployment.id}, which may not answer`);
        const takesDefaults =
          wish.tags.every((tag) => tag === '!eu') && able.some(({ tags }) => tags.includes('default'));
        const pool = takesDefaults ? able.filter(({ tags }) => tags.includes('default')) : able;
        expect(chosen.order).toBe(Math.min(...pool.map(({ order }) => order)));
        const isThere = pool.some(({ id, order }) => id === wish.stickTo && order === chosen.order);
        if (isThere) expect(chosen.id).toBe(wish.stickTo);
      }),
      { numRuns: 300 },
    );
  });
});

type Place = typeof placed extends fc.Arbitrary<infer Value> ? Value : never;
type Wish = typeof wanted extends fc.Arbitrary<infer Value> ? Value : never;

function settled(id: string, place: Place, book: HealthBook): Deployment {
  const { contextTokens, calls, isCooled, isDown, ms } = place;
  const made = deployment(id, { ...place, target: { limits: { ...UNKNOWN_LIMITS, contextTokens } } });
  busy(book, made, calls, PROMPT_TOKENS);
  if (ms !== null) measured(book, made, ms);
  if (isCooled) cooled(book, made, 5000);
  if (isDown) book.probed(id, false);
  return made;
}

/** What the issue says of who may answer, put as plainly as can be. Nobody is the only one of a group here. */
function mayAnswer(place: Place, { tags, region }: Wish): boolean {
  const plain = tags.filter((tag) => tag === 'pii' || tag === 'eu');
  const requests = place.calls + (place.ms === null ? 0 : 1) + (place.isCooled ? 1 : 0);
  const tokens = place.calls * PROMPT_TOKENS + (place.ms === null ? 0 : 1);
  const facts = [
    plain.length === 0 || plain.some((tag) => place.tags.some((own) => own === tag)),
    !tags.includes('&pii') || place.tags.includes('pii'),
    !tags.includes('!eu') || !place.tags.includes('eu'),
    region === null || place.region === 'eu-central-1',
    place.contextTokens === null || place.contextTokens >= PROMPT_TOKENS,
    place.requestsPerMinute === null || requests < place.requestsPerMinute,
    place.tokensPerMinute === null || tokens === 0 || tokens + PROMPT_TOKENS <= place.tokensPerMinute,
    place.maxParallel === null || place.calls < place.maxParallel,
    !place.isCooled && !place.isDown && !place.isTried,
  ];
  return facts.every((fact) => fact);
}
