import { DEFAULT_RESILIENCE } from '../canonical/resilience.ts';
import type { FallbackMap, RoutingDefaults } from '../canonical/routing-defaults.ts';
import { DEFAULT_STRATEGY_OPTIONS, DEFAULT_TAG_RULES } from '../routing/group.ts';
import { NO_HEDGE } from '../routing/hedge.ts';
import type { z } from '../std/schema.ts';
import { byKind } from './resilience-fields.ts';
import type { routing } from './routing-fields.ts';

const DEFAULT_QUEUE = { max: 100, waitMs: 30_000 };
const DEFAULT_HEALTH_CHECK_INTERVAL_MS = 30_000;

type Written = z.output<typeof routing>;

/** `routing:` of the file, every default filled in. */
export function routingDefaults(written: Written): RoutingDefaults {
  const { retry, cooldown } = DEFAULT_RESILIENCE;
  return {
    strategy: written.strategy ?? 'shuffle',
    retry: {
      retries: written.retries ?? retry.retries,
      byKind: byKind(written.retry_policy ?? {}),
      minWaitMs: written.retry_wait ?? retry.minWaitMs,
    },
    cooldown: {
      allowedFails: written.allowed_fails ?? cooldown.allowedFails,
      byKind: byKind(written.allowed_fails_policy ?? {}),
      cooldownMs: written.cooldown === undefined ? cooldown.cooldownMs : (written.cooldown ?? 0),
    },
    deadlineMs: written.deadline ?? DEFAULT_RESILIENCE.deadlineMs,
    maxFallbacks: written.max_fallbacks ?? DEFAULT_RESILIENCE.maxFallbacks,
    fallbacks: {
      general: fallbackMap(written.fallbacks),
      contextWindow: fallbackMap(written.context_fallbacks),
      contentPolicy: fallbackMap(written.content_fallbacks),
    },
    preCallChecks: written.pre_call_checks ?? true,
    sticky: written.sticky ?? true,
    latency: {
      latencyBuffer: written.latency?.buffer ?? DEFAULT_STRATEGY_OPTIONS.latencyBuffer,
      latencyTtlMs: written.latency?.ttl ?? DEFAULT_STRATEGY_OPTIONS.latencyTtlMs,
    },
    tags: {
      match: written.tags?.match ?? DEFAULT_TAG_RULES.match,
      prefix: written.tags?.prefix ?? DEFAULT_TAG_RULES.prefix,
      failOpen: written.tags?.fail_open ?? DEFAULT_TAG_RULES.failOpen,
    },
    maxParallel: written.max_parallel ?? null,
    queue: { max: written.queue?.max ?? DEFAULT_QUEUE.max, waitMs: written.queue?.wait ?? DEFAULT_QUEUE.waitMs },
    keepAliveMs: written.keep_alive ?? null,
    hedge: written.hedge ?? NO_HEDGE,
    continueStreams: written.continue_streams ?? false,
    healthCheckIntervalMs: orDefault(written.health_check_interval, DEFAULT_HEALTH_CHECK_INTERVAL_MS),
  };
}

/** `null` is what was said: never. */
function orDefault(written: number | null | undefined, usualMs: number): number | null {
  return written === undefined ? usualMs : written;
}

function fallbackMap(written: Written['fallbacks']): FallbackMap {
  return new Map(Object.entries(written ?? {}));
}
