import type { DeploymentTerms } from '../../src/canonical/deployment.ts';
import { PLAIN_TERMS } from '../../src/canonical/deployment.ts';
import { PLAIN_CHAT } from '../../src/canonical/request-needs.ts';
import type { RequestNeeds } from '../../src/canonical/request-needs.ts';
import { DEFAULT_RESILIENCE } from '../../src/canonical/resilience.ts';
import type { Target } from '../../src/canonical/target.ts';
import type { Asked } from '../../src/routing/asked.ts';
import { DEFAULT_STRATEGY_OPTIONS, DEFAULT_TAG_RULES } from '../../src/routing/group.ts';
import type { Deployment, Group } from '../../src/routing/group.ts';
import type { HealthBook } from '../../src/routing/health-book.ts';
import { cloudEndpoint, networkTarget } from './routes.ts';

/** 2026-11-21T12:00:00Z. */
export const NOON = Date.UTC(2026, 10, 21, 12);

interface DeploymentOf extends Partial<DeploymentTerms>, Partial<Pick<Deployment, 'price' | 'isWarm'>> {
  readonly target?: Partial<Target>;
}

export function deployment(
  id: string,
  { target, price = null, isWarm = null, ...terms }: DeploymentOf = {},
): Deployment {
  return {
    id,
    target: { ...networkTarget(cloudEndpoint(id)), ...target },
    terms: { ...PLAIN_TERMS, ...terms },
    price,
    isWarm,
    mode: null,
    changes: null,
    billing: null,
  };
}

export function groupOf(deployments: readonly Deployment[], more: Partial<Group> = {}): Group {
  return {
    name: 'chat',
    deployments,
    absence: null,
    strategy: 'in-order',
    options: DEFAULT_STRATEGY_OPTIONS,
    tagRules: DEFAULT_TAG_RULES,
    resilience: DEFAULT_RESILIENCE,
    preCallChecks: true,
    sticky: true,
    hedge: { kind: 'off' },
    continueStreams: false,
    queue: { max: 100, waitMs: 30_000 },
    keepAliveMs: 15_000,
    accessGroups: [],
    ...more,
  };
}

/** A short chat without wishes, at noon. */
export function askedFor({
  needs,
  ...more
}: Partial<Omit<Asked, 'needs'>> & { needs?: Partial<RequestNeeds> } = {}): Asked {
  const needed = { ...PLAIN_CHAT, ...needs };
  return {
    needs: () => needed,
    stream: true,
    tags: [],
    region: null,
    stickTo: null,
    now: NOON,
    random: () => 0,
    ...more,
  };
}

/** Numbers from 0 up to but not including 1, the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Puts so many calls under way, each with so many tokens of prompt. */
export function busy(book: HealthBook, of: Deployment, calls: number, promptTokens = 0, now = NOON): void {
  for (let call = 0; call < calls; call++) book.began(of, promptTokens, now);
}

/** Calls that have ended well, with that time to the first token, for an answer of one token. */
export function measured(book: HealthBook, of: Deployment, ms: number, now = NOON - 1000): void {
  const call = book.began(of, 0, now);
  book.firstToken(call, ms, true, now);
  book.succeeded(call, { durationMs: ms, outputTokens: 1, totalTokens: 1 }, now);
}

/** Leaves it alone from now on, for so long. */
export function cooled(book: HealthBook, of: Deployment, forMs: number, now = NOON): void {
  const failure = { kind: 'rate_limit', message: 'answered 429', isUnreachable: false, retryAfterMs: forMs } as const;
  book.failed(book.began(of, 0, now), failure, { policy: DEFAULT_RESILIENCE.cooldown, others: 1 }, now);
}
