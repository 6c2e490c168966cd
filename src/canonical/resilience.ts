/**
 * Kinds of failure that policies tell apart. LiteLLM's names of exceptions map onto them: `TimeoutError`,
 * `RateLimitError`, `AuthenticationError`, `NotFoundError`, `BadRequestError`, `ContentPolicyViolationError`,
 * `ContextWindowExceededError`, `InternalServerError`, `ServiceUnavailableError`.
 */
export const FAILURE_KINDS = [
  'timeout',
  'rate_limit',
  'authentication',
  'not_found',
  'bad_request',
  'content_policy',
  'context_window',
  'unavailable',
  'server_error',
] as const;

export type FailureKind = (typeof FAILURE_KINDS)[number];

/** How many times a failed request is sent again to the same group, and how long is waited before. */
export interface RetryPolicy {
  /**
   * How often deployments that were asked before are sent to again, over all of the group. One that was not asked yet
   * is asked without that: whoever can answer is to be found.
   */
  readonly retries: number;
  /** Of single kinds of failure, where it differs. */
  readonly byKind: Partial<Record<FailureKind, number>>;
  /** The least time before the same deployment is asked again. */
  readonly minWaitMs: number;
}

/** When failing deployments of a group are left alone. */
export interface CooldownPolicy {
  /**
   * Failures within a minute; `null`: by rule: at once after a rate limit or a rejected credential, or when the server
   * cannot be reached, and after more than half of at least five calls of a minute failed. Never the only one of a
   * group.
   */
  readonly allowedFails: number | null;
  readonly byKind: Partial<Record<FailureKind, number>>;
  /** A `Retry-After` of the upstream counts more; 0: never cooled down. */
  readonly cooldownMs: number;
}

/** Who else is asked, when nobody of a group can answer; names of groups or models, in order. */
export interface Fallbacks {
  readonly general: readonly string[];
  /** For requests that are too long; `null`: the general ones are. */
  readonly contextWindow: readonly string[] | null;
  /** For requests that were refused for their content; `null`: the general ones are. */
  readonly contentPolicy: readonly string[] | null;
}

/** What is done when a deployment of a group does not answer. */
export interface ResiliencePolicy {
  readonly retry: RetryPolicy;
  readonly cooldown: CooldownPolicy;
  readonly fallbacks: Fallbacks;
  /** How many groups may be asked after the first one. */
  readonly maxFallbacks: number;
  /** From the request to its first byte of an answer, all attempts and waits together; nothing is begun after it. */
  readonly deadlineMs: number;
}

export const NO_FALLBACKS: Fallbacks = { general: [], contextWindow: null, contentPolicy: null };

/** Where nothing is configured. */
export const DEFAULT_RESILIENCE: ResiliencePolicy = {
  retry: { retries: 2, byKind: {}, minWaitMs: 0 },
  cooldown: { allowedFails: null, byKind: {}, cooldownMs: 5000 },
  fallbacks: NO_FALLBACKS,
  maxFallbacks: 5,
  deadlineMs: 600_000,
};
