import type { CooldownPolicy, RetryPolicy } from './resilience.ts';
import type { Strategy } from './strategy.ts';

/** What holds for every group that does not say otherwise, and for the gateway as a whole. */
export interface RoutingDefaults {
  /** Of groups with deployments; a plain list of targets is tried in its order. */
  readonly strategy: Strategy;
  readonly retry: RetryPolicy;
  readonly cooldown: CooldownPolicy;
  readonly deadlineMs: number;
  /** How many groups may be asked after the first one. */
  readonly maxFallbacks: number;
  readonly fallbacks: FallbackTable;
  /** Whether deployments that cannot hold the prompt, or lack tools or vision, are left out before anything is sent. */
  readonly preCallChecks: boolean;
  readonly sticky: boolean;
  readonly latency: StrategyOptions;
  readonly tags: TagRules;
  /** Of each deployment that says nothing else; `null`: any number of requests at once. */
  readonly maxParallel: number | null;
  readonly queue: QueueRule;
  /** How often a client that waits for a stream is told that it is not forgotten; `null`: never. */
  readonly keepAliveMs: number | null;
  readonly hedge: HedgeRule;
  readonly continueStreams: boolean;
  /** How often deployments are probed, without cost; `null`: never. */
  readonly healthCheckIntervalMs: number | null;
}

/** Who is asked after whom, for groups that do not say it themselves: by the group's name, `*` for all others. */
export interface FallbackTable {
  readonly general: FallbackMap;
  readonly contextWindow: FallbackMap;
  readonly contentPolicy: FallbackMap;
}

export type FallbackMap = ReadonlyMap<string, readonly string[]>;

/** How many requests may wait for a deployment that has no room, and how long. */
export interface QueueRule {
  readonly max: number;
  readonly waitMs: number;
}

/** How requests with tags find a deployment. */
export interface TagRules {
  /** `any`: one tag in common is enough; `all`: the deployment must have every tag of the request. */
  readonly match: 'any' | 'all';
  /** Only tags of requests that begin with this count, and count without it; empty: all do. */
  readonly prefix: string;
  /**
   * Where nobody of a group is tagged as a request asks, the request is taken as one without tags: those tagged
   * `default` come first, else all may answer. Default: it is refused. What is required (`&`) or banned (`!`) is kept.
   */
  readonly failOpen: boolean;
}

/** The knobs of `latency`. */
export interface StrategyOptions {
  /** Deployments that are slower than the fastest by no more than this share of its time count as equally fast. */
  readonly latencyBuffer: number;
  /** How long a sample counts. */
  readonly latencyTtlMs: number;
}

/** When a second request is sent because the first token is late. */
export type HedgeRule =
  | { readonly kind: 'off' }
  /** Later than 95 of 100 answers of the group's deployments were. */
  | { readonly kind: 'p95' }
  | { readonly kind: 'after'; readonly ms: number };
