import type { DeploymentTerms, DeploymentTimeouts } from '../canonical/deployment.ts';
import type { ConfiguredDeployment } from '../canonical/model-group.ts';

/** Whether nothing is said of it that makes it another place than its target is by itself. */
export function saysOnlyWhere({ id, terms, price, params, drop, body, headers, mock }: ConfiguredDeployment): boolean {
  const { weight, requestsPerMinute, tokensPerMinute, maxParallel, tags, region } = terms;
  const single = [id, weight, requestsPerMinute, tokensPerMinute, maxParallel, region, price, mock];
  const sizes = [tags.length, Object.keys(params).length, drop.length, Object.keys(body).length, headers.size];
  return single.every((value) => value === null) && sizes.every((size) => size === 0);
}

/**
 * What it is known by at a place that would be called `place` without it: `free/openai/gpt-4o` where the entry `free`
 * says how much may be sent there. Its requests are counted by its id, and those of others are none of its limits.
 */
export function idAt(place: string, entry: string, { id, terms }: ConfiguredDeployment): string | null {
  const { requestsPerMinute, tokensPerMinute, maxParallel } = terms;
  const isLimited = requestsPerMinute !== null || tokensPerMinute !== null || maxParallel !== null;
  return id ?? (isLimited ? `${entry}/${place}` : null);
}

/** A deployment whose target is a group: what is said of it counts for each of that group that says nothing itself. */
export function within(outer: ConfiguredDeployment, inner: ConfiguredDeployment): ConfiguredDeployment {
  const told = outer.told ?? inner.told;
  return {
    id: outer.id ?? inner.id,
    target: inner.target,
    terms: termsWithin(outer.terms, inner.terms),
    price: outer.price ?? inner.price,
    priceAs: outer.priceAs ?? inner.priceAs,
    limits: {
      contextTokens: outer.limits.contextTokens ?? inner.limits.contextTokens,
      maxOutputTokens: outer.limits.maxOutputTokens ?? inner.limits.maxOutputTokens,
    },
    capabilities: outer.capabilities ?? inner.capabilities,
    mode: outer.mode ?? inner.mode,
    params: { ...inner.params, ...outer.params },
    drop: [...new Set([...inner.drop, ...outer.drop])],
    body: { ...inner.body, ...outer.body },
    headers: new Map([...inner.headers, ...outer.headers]),
    mock: outer.mock ?? inner.mock,
    ...(told === undefined ? {} : { told }),
  };
}

function termsWithin(outer: DeploymentTerms, inner: DeploymentTerms): DeploymentTerms {
  return {
    order: outer.order,
    weight: outer.weight ?? inner.weight,
    requestsPerMinute: outer.requestsPerMinute ?? inner.requestsPerMinute,
    tokensPerMinute: outer.tokensPerMinute ?? inner.tokensPerMinute,
    maxParallel: outer.maxParallel ?? inner.maxParallel,
    // What a place is allowed for is for its own group to say.
    tags: inner.tags.length > 0 ? inner.tags : outer.tags,
    region: inner.region ?? outer.region,
    retries: outer.retries ?? inner.retries,
    timeouts: timeoutsWithin(outer.timeouts, inner.timeouts),
    cooldown: {
      allowedFails: outer.cooldown.allowedFails ?? inner.cooldown.allowedFails,
      cooldownMs: outer.cooldown.cooldownMs ?? inner.cooldown.cooldownMs,
    },
  };
}

function timeoutsWithin(outer: DeploymentTimeouts, inner: DeploymentTimeouts): DeploymentTimeouts {
  return {
    connectMs: outer.connectMs ?? inner.connectMs,
    firstByteMs: outer.firstByteMs ?? inner.firstByteMs,
    streamFirstByteMs: outer.streamFirstByteMs ?? inner.streamFirstByteMs,
    idleMs: outer.idleMs ?? inner.idleMs,
    totalMs: outer.totalMs ?? inner.totalMs,
  };
}
