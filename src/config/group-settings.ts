import { plainGroup, USUAL_RESILIENCE } from '../canonical/model-group.ts';
import type { ConfiguredDeployment, ConfiguredPrice, GroupResilience, ModelGroup } from '../canonical/model-group.ts';
import type { AutoRule } from '../canonical/auto-rule.ts';
import type { DeploymentTerms, DeploymentTimeouts } from '../canonical/deployment.ts';
import type { z } from '../std/schema.ts';
import type { deployment } from './deployment-fields.ts';
import type { modelGroup } from './group-fields.ts';
import { byKind } from './resilience-fields.ts';
import { headersOf } from './sent-headers.ts';

type WrittenGroup = Exclude<z.output<typeof modelGroup>, string | readonly string[]>;
type WrittenRule = NonNullable<WrittenGroup['rules']>[number];
type WrittenDeployment = z.output<typeof deployment>;

/** What a name of the file stands for. A plain target or list is tried in its order. */
export function configuredGroup(name: string, written: z.output<typeof modelGroup>): ModelGroup {
  if (typeof written === 'string') return plainGroup(name, [written]);
  if (Array.isArray(written)) return plainGroup(name, written);
  const plain = plainGroup(name, written.targets ?? []);
  return {
    name,
    deployments: written.deployments?.map(configuredDeployment) ?? plain.deployments,
    rules: written.rules?.map(configuredRule) ?? [],
    strategy: written.strategy ?? (written.targets === undefined ? null : plain.strategy),
    resilience: saysResilience(written) ? resilienceOf(written) : USUAL_RESILIENCE,
    sticky: written.sticky ?? null,
    hedge: written.hedge ?? null,
    continueStreams: written.continue_streams ?? null,
    hidden: written.hidden ?? false,
    accessGroups: written.access_groups ?? [],
  };
}

/** What says nothing of it may be only another name of a group, whose own rules count then. */
function saysResilience(written: WrittenGroup): boolean {
  return RESILIENCE.some((key) => written[key] !== undefined);
}

const RESILIENCE = [
  'retries',
  'retry_policy',
  'retry_wait',
  'allowed_fails',
  'allowed_fails_policy',
  'cooldown',
  'fallbacks',
  'context_fallbacks',
  'content_fallbacks',
  'deadline',
] as const;

function resilienceOf(written: WrittenGroup): GroupResilience {
  const { retry_policy: retryPolicy, allowed_fails_policy: failsPolicy, cooldown } = written;
  return {
    retry: {
      retries: written.retries ?? null,
      byKind: retryPolicy === undefined ? null : byKind(retryPolicy),
      minWaitMs: written.retry_wait ?? null,
    },
    cooldown: {
      allowedFails: written.allowed_fails ?? null,
      byKind: failsPolicy === undefined ? null : byKind(failsPolicy),
      cooldownMs: cooldownMs(cooldown),
    },
    fallbacks: {
      general: written.fallbacks ?? null,
      contextWindow: written.context_fallbacks ?? null,
      contentPolicy: written.content_fallbacks ?? null,
    },
    deadlineMs: written.deadline ?? null,
  };
}

/** `off` is a time of 0; nothing said is `null`. */
function cooldownMs(written: number | null | undefined): number | null {
  return written === undefined ? null : (written ?? 0);
}

function configuredRule({ when, use }: WrittenRule): AutoRule {
  if (when === null || when === undefined || Object.keys(when).length === 0) return { when: null, use };
  return {
    when: {
      tokensOver: when.tokens_over ?? null,
      tokensUnder: when.tokens_under ?? null,
      tools: when.tools ?? null,
      images: when.images ?? null,
      words: when.words ?? [],
      effort: when.effort ?? null,
    },
    use,
  };
}

function configuredDeployment(written: WrittenDeployment): ConfiguredDeployment {
  return {
    id: written.id ?? null,
    target: written.target,
    terms: termsOf(written),
    price: written.price === undefined ? null : priceOf(written.price),
    priceAs: written.price_as ?? null,
    limits: { contextTokens: written.context ?? null, maxOutputTokens: written.max_output ?? null },
    capabilities: written.capabilities ?? null,
    mode: written.mode ?? null,
    params: written.params ?? {},
    drop: written.drop ?? [],
    body: written.body ?? {},
    headers: headersOf(written.headers),
    mock: written.mock ?? null,
  };
}

function termsOf(written: WrittenDeployment): DeploymentTerms {
  return {
    order: written.order ?? 1,
    weight: written.weight ?? null,
    requestsPerMinute: written.rpm ?? null,
    tokensPerMinute: written.tpm ?? null,
    maxParallel: written.max_parallel ?? null,
    tags: written.tags ?? [],
    region: written.region ?? null,
    retries: written.retries ?? null,
    timeouts: timeoutsOf(written.timeouts ?? {}),
    cooldown: { allowedFails: written.allowed_fails ?? null, cooldownMs: cooldownMs(written.cooldown) },
  };
}

function timeoutsOf(written: NonNullable<WrittenDeployment['timeouts']>): DeploymentTimeouts {
  return {
    connectMs: written.connect ?? null,
    firstByteMs: written.first_byte ?? null,
    streamFirstByteMs: written.stream_first_byte ?? null,
    idleMs: written.idle ?? null,
    totalMs: written.total ?? null,
  };
}

function priceOf(written: NonNullable<WrittenDeployment['price']>): ConfiguredPrice {
  if (typeof written === 'string') return { input: null, output: null, cachedInput: null, cacheWrite: null };
  return {
    input: written.input ?? null,
    output: written.output ?? null,
    cachedInput: written.cached_input ?? null,
    cacheWrite: written.cache_write ?? null,
  };
}
