import type { FallbackMap, RoutingDefaults } from '../canonical/routing-defaults.ts';
import { hedgeText, policyKeys } from './effective-groups.ts';
import type { EffectiveConfig } from './shown-values.ts';
import { formatDuration } from './units.ts';

/** `routing:` with all that it says or leaves unsaid. */
export function routingEntry(routing: RoutingDefaults): EffectiveConfig {
  const { latency, tags, queue, fallbacks } = routing;
  return {
    strategy: routing.strategy,
    ...policyKeys(routing.retry, routing.cooldown),
    deadline: formatDuration(routing.deadlineMs),
    max_fallbacks: routing.maxFallbacks,
    fallbacks: chainsEntry(fallbacks.general),
    context_fallbacks: chainsEntry(fallbacks.contextWindow),
    content_fallbacks: chainsEntry(fallbacks.contentPolicy),
    pre_call_checks: routing.preCallChecks,
    sticky: routing.sticky,
    latency: { buffer: latency.latencyBuffer, ttl: formatDuration(latency.latencyTtlMs) },
    tags: { match: tags.match, prefix: tags.prefix, fail_open: tags.failOpen },
    ...(routing.maxParallel === null ? {} : { max_parallel: routing.maxParallel }),
    queue: { max: queue.max, wait: formatDuration(queue.waitMs) },
    keep_alive: intervalText(routing.keepAliveMs),
    hedge: hedgeText(routing.hedge),
    continue_streams: routing.continueStreams,
    health_check_interval: intervalText(routing.healthCheckIntervalMs),
  };
}

function chainsEntry(chains: FallbackMap): EffectiveConfig {
  return Object.fromEntries(chains);
}

function intervalText(intervalMs: number | null): string {
  return intervalMs === null ? 'off' : formatDuration(intervalMs);
}
