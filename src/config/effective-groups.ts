import type { AutoCondition, AutoRule } from '../canonical/auto-rule.ts';
import type { DeploymentTimeouts } from '../canonical/deployment.ts';
import type { ConfiguredDeployment, ConfiguredPrice, ModelGroup } from '../canonical/model-group.ts';
import type { CooldownPolicy, RetryPolicy } from '../canonical/resilience.ts';
import type { HedgeRule } from '../canonical/routing-defaults.ts';
import type { Overrides } from '../canonical/model-group.ts';
import { priceText } from './price-fields.ts';
import type { ConfigPath } from './problem.ts';
import type { EffectiveConfig, ShownValues } from './shown-values.ts';
import { formatDuration } from './units.ts';

/** What a name stands for, as short as the file can say it. */
export function groupEntry(group: ModelGroup, shown: ShownValues): unknown {
  const path = ['models', group.name];
  const more = groupKeys(group);
  const deployments = group.deployments.map((one, index) => {
    return deploymentEntry(one, [...path, 'deployments', index], shown);
  });
  if (group.rules.length > 0) return { rules: group.rules.map(ruleEntry), ...strategyKey(group), ...more };
  if (isPlainList(group, deployments)) {
    const targets = group.deployments.map(({ target }) => target);
    if (Object.keys(more).length > 0) return { targets, ...more };
    return targets.length === 1 ? targets[0] : targets;
  }
  return { deployments, ...strategyKey(group), ...more };
}

/** How retries and cooldowns are written, for a group and for all. */
export function policyKeys(retry: Overrides<RetryPolicy>, cooldown: Overrides<CooldownPolicy>): EffectiveConfig {
  return said({
    retries: retry.retries,
    retry_policy: retry.byKind,
    retry_wait: durationText(retry.minWaitMs),
    allowed_fails: cooldown.allowedFails,
    allowed_fails_policy: cooldown.byKind,
    cooldown: offOrText(cooldown.cooldownMs),
  });
}

export function hedgeText(hedge: HedgeRule): string {
  return hedge.kind === 'after' ? formatDuration(hedge.ms) : hedge.kind;
}

/** The short form takes plain names, each a level of its own. */
function isPlainList({ name, strategy, deployments }: ModelGroup, entries: readonly EffectiveConfig[]): boolean {
  if (strategy !== 'in-order' || !isPlainName(name)) return false;
  return deployments.every(({ target, terms }, index) => {
    const says = Object.keys(entries[index] ?? {}).filter((key) => key !== 'target' && key !== 'order');
    return says.length === 0 && terms.order === index + 1 && isPlainName(target) && target !== name;
  });
}

function isPlainName(name: string): boolean {
  return !/\s|\*.*\*/.test(name);
}

function strategyKey({ strategy }: ModelGroup): EffectiveConfig {
  return said({ strategy });
}

function groupKeys({ resilience, ...group }: ModelGroup): EffectiveConfig {
  const { retry, cooldown, fallbacks, deadlineMs } = resilience;
  return said({
    ...policyKeys(retry, cooldown),
    deadline: durationText(deadlineMs),
    hedge: group.hedge === null ? null : hedgeText(group.hedge),
    fallbacks: fallbacks.general,
    context_fallbacks: fallbacks.contextWindow,
    content_fallbacks: fallbacks.contentPolicy,
    sticky: group.sticky,
    continue_streams: group.continueStreams,
    hidden: group.hidden ? true : null,
    access_groups: unlessEmpty(group.accessGroups),
  });
}

function ruleEntry({ when, use }: AutoRule): EffectiveConfig {
  return when === null ? { use } : { when: conditionEntry(when), use };
}

function conditionEntry(when: AutoCondition): EffectiveConfig {
  return said({
    tokens_over: when.tokensOver,
    tokens_under: when.tokensUnder,
    tools: when.tools,
    images: when.images,
    words: unlessEmpty(when.words),
    effort: when.effort,
  });
}

function deploymentEntry(deployment: ConfiguredDeployment, path: ConfigPath, shown: ShownValues): EffectiveConfig {
  const { terms, limits, params, body, headers } = deployment;
  return said({
    target: deployment.target,
    id: deployment.id,
    order: terms.order === 1 ? null : terms.order,
    weight: terms.weight,
    rpm: terms.requestsPerMinute,
    tpm: terms.tokensPerMinute,
    max_parallel: terms.maxParallel,
    tags: unlessEmpty(terms.tags),
    region: terms.region,
    retries: terms.retries,
    timeouts: unlessNothing(timeoutsEntry(terms.timeouts)),
    allowed_fails: terms.cooldown.allowedFails,
    cooldown: offOrText(terms.cooldown.cooldownMs),
    price: deployment.price === null ? null : priceEntry(deployment.price),
    price_as: deployment.priceAs,
    context: limits.contextTokens,
    max_output: limits.maxOutputTokens,
    capabilities: deployment.capabilities,
    mode: deployment.mode,
    params: Object.keys(params).length === 0 ? null : shown.data([...path, 'params'], params),
    drop: unlessEmpty(deployment.drop),
    body: Object.keys(body).length === 0 ? null : shown.data([...path, 'body'], body),
    headers: headers.size === 0 ? null : shown.secrets([...path, 'headers'], headers),
    mock: deployment.mock === null ? null : shown.data([...path, 'mock'], deployment.mock),
  });
}

function timeoutsEntry(timeouts: DeploymentTimeouts): EffectiveConfig {
  return said({
    connect: durationText(timeouts.connectMs),
    first_byte: durationText(timeouts.firstByteMs),
    stream_first_byte: durationText(timeouts.streamFirstByteMs),
    idle: durationText(timeouts.idleMs),
    total: durationText(timeouts.totalMs),
  });
}

function priceEntry({ input, output, cachedInput, cacheWrite }: ConfiguredPrice): EffectiveConfig | string {
  const rates = { input, output, cached_input: cachedInput, cache_write: cacheWrite };
  if (Object.values(rates).every((rate) => rate === null)) return 'unknown';
  return said(
    Object.fromEntries(
      Object.entries(rates).map(([key, rate]) => [key, rate === null ? null : asNumber(priceText(rate))]),
    ),
  );
}

/** A number where that is the same, else the text. */
function asNumber(text: string): number | string {
  return String(Number(text)) === text ? Number(text) : text;
}

function durationText(durationMs: number | null): string | null {
  return durationMs === null ? null : formatDuration(durationMs);
}

function offOrText(durationMs: number | null): string | null {
  return durationMs === 0 ? 'off' : durationText(durationMs);
}

function unlessEmpty(texts: readonly string[]): readonly string[] | null {
  return texts.length === 0 ? null : texts;
}

function unlessNothing(entry: EffectiveConfig): EffectiveConfig | null {
  return Object.keys(entry).length === 0 ? null : entry;
}

/** Without what is `null`: nothing was said of it. */
function said(entry: EffectiveConfig): EffectiveConfig {
  return Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== null));
}
