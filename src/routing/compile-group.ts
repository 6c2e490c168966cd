import { GatewayError } from '../canonical/errors.ts';
import { PLAIN_TERMS } from '../canonical/deployment.ts';
import { USUAL_RESILIENCE } from '../canonical/model-group.ts';
import type { ConfiguredDeployment } from '../canonical/model-group.ts';
import type { ResiliencePolicy } from '../canonical/resilience.ts';
import type { FallbackMap } from '../canonical/routing-defaults.ts';
import type { Target } from '../canonical/target.ts';
import type { Candidate } from './candidate.ts';
import { billingOf, comparablePrice } from './deployment-price.ts';
import type { Deployment, Group, RequestChanges } from './group.ts';
import type { Resolved } from './resolve.ts';
import type { RouteTable } from './route-table.ts';

/** What a group is made of besides those who were admitted to it. */
export interface GroupParts extends Omit<Resolved, 'candidates'> {
  /** As it was asked for. */
  readonly asked: string;
}

/** The group of a name. `admitted`: behind the wall, at least one; or why there is none. */
export function compileGroup(
  table: RouteTable,
  parts: GroupParts,
  admitted: readonly Candidate[] | GatewayError,
): Group {
  const { name, meaning, strategy } = parts;
  const { routing } = table;
  const settings = meaning?.group ?? null;
  return {
    name,
    ...(admitted instanceof GatewayError
      ? { deployments: [], absence: admitted }
      : { deployments: deploymentsOf(table, admitted), absence: null }),
    strategy,
    options: routing.latency,
    tagRules: routing.tags,
    resilience: resilienceOf(table, parts),
    preCallChecks: routing.preCallChecks,
    sticky: settings?.sticky ?? routing.sticky,
    hedge: settings?.hedge ?? routing.hedge,
    continueStreams: settings?.continueStreams ?? routing.continueStreams,
    queue: routing.queue,
    keepAliveMs: routing.keepAliveMs,
    accessGroups: settings?.accessGroups ?? [],
  };
}

/** Its targets as they are tried when nothing speaks against any: by order, then as in the file. */
export function targetsInOrder({ deployments }: Group): readonly Target[] {
  const sorted = deployments.toSorted((one, other) => one.terms.order - other.terms.order);
  return sorted.map(({ target }) => target);
}

function deploymentsOf(table: RouteTable, admitted: readonly Candidate[]): readonly Deployment[] {
  const orders = ordersOf(admitted);
  const taken = new Map<string, number>();
  return admitted.map((candidate, index) => {
    const { settings, target, isWarm } = candidate;
    const id = settings?.id ?? target.name;
    const times = (taken.get(id) ?? 0) + 1;
    taken.set(id, times);
    return {
      id: times === 1 ? id : `${id}#${times}`,
      target: settings === null ? target : withLimits(table, target, settings),
      terms: {
        ...(settings?.terms ?? PLAIN_TERMS),
        order: orders[index] ?? 1,
        maxParallel: settings?.terms.maxParallel ?? table.routing.maxParallel,
      },
      price: comparablePrice(table, target, settings),
      isWarm,
      mode: settings?.mode ?? null,
      changes: settings === null ? null : changesOf(settings),
      billing: settings === null ? null : billingOf(table, settings),
      ...(settings?.told === undefined ? {} : { told: settings.told }),
    };
  });
}

/**
 * From the orders of groups within groups those of one group. Of a name that the config does not have each place is a
 * level of its own: they are tried one after another.
 */
function ordersOf(admitted: readonly Candidate[]): readonly number[] {
  if (admitted.every(({ order }) => order.length === 0)) return admitted.map((_, index) => index + 1);
  const levels = [...new Map(admitted.map(({ order }) => [order.join(), order])).values()].sort(byLevel);
  const ranks = new Map(levels.map((order, index) => [order.join(), index + 1]));
  return admitted.map(({ order }) => ranks.get(order.join()) ?? 1);
}

function byLevel(one: readonly number[], other: readonly number[]): number {
  for (const [index, order] of one.entries()) {
    const difference = order - (other[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return one.length - other.length;
}

/** What the config says counts more than what the server or the price data says. */
function withLimits(table: RouteTable, target: Target, settings: ConfiguredDeployment): Target {
  const { limits, capabilities } = settings;
  const { contextTokens, maxOutputTokens, loadedContextTokens } = target.limits;
  return {
    ...target,
    limits: {
      contextTokens: limits.contextTokens ?? contextTokens ?? knownContext(table, target, settings),
      maxOutputTokens: limits.maxOutputTokens ?? maxOutputTokens,
      loadedContextTokens: limits.contextTokens === null || isOllama(target) ? loadedContextTokens : null,
    },
    capabilities: capabilities ?? target.capabilities,
  };
}

/** Ollama alone makes a loaded model's window larger when it is asked to, so that it stays of use to know it. */
function isOllama({ via }: Target): boolean {
  return via.kind === 'network' && via.endpoint.dialect === 'ollama';
}

/** By the list of its provider or the price data; of a local model only its server knows. */
function knownContext(table: RouteTable, target: Target, { priceAs }: ConfiguredDeployment): number | null {
  const name = priceAs ?? (target.locality === 'cloud' ? target.name : null);
  if (name === null) return null;
  const slash = name.indexOf('/');
  const named = slash < 0 ? undefined : table.providers.get(name.slice(0, slash));
  const provider = named ?? table.providers.get(table.makerOf(name) ?? '');
  return provider?.factsOf(named === undefined ? name : name.slice(slash + 1)).contextLength ?? null;
}

function changesOf({ params, drop, body, headers, mock }: ConfiguredDeployment): RequestChanges | null {
  const sizes = [Object.keys(params).length, drop.length, Object.keys(body).length, headers.size];
  if (mock === null && sizes.every((size) => size === 0)) return null;
  return { params, drop, body, headers, mock };
}

function resilienceOf(table: RouteTable, parts: GroupParts): ResiliencePolicy {
  const { routing } = table;
  const own = parts.meaning?.group.resilience ?? USUAL_RESILIENCE;
  return {
    retry: {
      retries: own.retry.retries ?? routing.retry.retries,
      byKind: own.retry.byKind ?? routing.retry.byKind,
      minWaitMs: own.retry.minWaitMs ?? routing.retry.minWaitMs,
    },
    cooldown: {
      allowedFails: own.cooldown.allowedFails ?? routing.cooldown.allowedFails,
      byKind: own.cooldown.byKind ?? routing.cooldown.byKind,
      cooldownMs: own.cooldown.cooldownMs ?? routing.cooldown.cooldownMs,
    },
    fallbacks: {
      general: own.fallbacks.general ?? chainOf(routing.fallbacks.general, parts) ?? [],
      contextWindow: own.fallbacks.contextWindow ?? chainOf(routing.fallbacks.contextWindow, parts),
      contentPolicy: own.fallbacks.contentPolicy ?? chainOf(routing.fallbacks.contentPolicy, parts),
    },
    maxFallbacks: routing.maxFallbacks,
    deadlineMs: own.deadlineMs ?? routing.deadlineMs,
  };
}

/** As the name was asked for, as its group is called, as the entry is written, or for all others. */
function chainOf(chains: FallbackMap, { asked, name, meaning }: GroupParts): readonly string[] | null {
  return chains.get(asked) ?? chains.get(name) ?? chains.get(meaning?.entry ?? name) ?? chains.get('*') ?? null;
}
