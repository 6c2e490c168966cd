import type { HealthBook } from '../../routing/health-book.ts';
import { isOwnName } from '../../routing/known-names.ts';
import type { NamedDeployment } from '../../routing/named-deployments.ts';
import type { RouteTable } from '../../routing/route-table.ts';
import { apiBaseOf, liteLlmModel, withoutSecrets } from './told-deployments.ts';
import type { Told } from './told-deployments.ts';

/** The answer of LiteLLM's `GET /health`. */
export interface HealthReport {
  readonly healthy_endpoints: readonly EndpointHealth[];
  readonly unhealthy_endpoints: readonly EndpointHealth[];
  readonly healthy_count: number;
  readonly unhealthy_count: number;
}

interface EndpointHealth {
  readonly model: string;
  readonly model_name: string;
  readonly model_id: string;
  readonly api_base: string | null;
  /** Of ours. `hindered`: it has no key, or its server does not answer or wants one. */
  readonly state: 'open' | 'cooled' | 'trial' | 'down' | 'hindered';
  /** Why it is not healthy. */
  readonly error?: string;
  /** When it is asked again, ISO 8601. */
  readonly cooldown_until?: string;
}

export interface HealthSurroundings extends Told {
  readonly health: HealthBook;
  /** UTC milliseconds. */
  readonly now: number;
}

/**
 * How the deployments are by their last requests and by the free probes of their servers; nobody is asked for it. Each
 * stands there once, whatever names it has.
 */
export function healthReport(named: readonly NamedDeployment[], around: HealthSurroundings): HealthReport {
  const once = new Map<string, NamedDeployment>();
  for (const one of named) if (!once.has(one.deployment.id)) once.set(one.deployment.id, one);
  const all = [...once.values()].map((one) => endpointHealth(one, around));
  const healthy = all.filter(({ state }) => state === 'open');
  const unhealthy = all.filter(({ state }) => state !== 'open');
  return {
    healthy_endpoints: healthy,
    unhealthy_endpoints: unhealthy,
    healthy_count: healthy.length,
    unhealthy_count: unhealthy.length,
  };
}

/**
 * Whether it is reported where no name is asked for: those of the config, the models of servers, and of providers'
 * long lists what has been used.
 */
export function isReported({ name, deployment }: NamedDeployment, table: RouteTable, health: HealthBook): boolean {
  const { locality, name: target } = deployment.target;
  if (isOwnName(table, name) || name.includes('*') || target !== name) return true;
  return locality === 'local' || health.states().has(deployment.id);
}

function endpointHealth(named: NamedDeployment, { table, words, health, now }: HealthSurroundings): EndpointHealth {
  const { deployment, name, obstacle } = named;
  const { id, target } = deployment;
  const server = target.via.kind === 'network' ? table.servers.get(target.via.endpoint.provider)?.server : undefined;
  const isSilent = server !== undefined && server.state !== 'ready';
  const availability = health.availability(deployment, now);
  const state = obstacle !== null ? 'hindered' : isSilent ? 'down' : availability.kind;
  const { lastFailure } = health.stateOf(id);
  const error = (isSilent ? server.problem : null) ?? obstacle ?? lastFailure?.message ?? 'its server does not answer';
  return {
    model: liteLlmModel(named, words),
    model_name: name,
    model_id: id,
    api_base: apiBaseOf(named),
    state,
    ...(state === 'open' ? {} : { error: withoutSecrets(error, named) }),
    ...(availability.kind === 'cooled' && state === 'cooled'
      ? { cooldown_until: new Date(availability.untilMs).toISOString() }
      : {}),
  };
}
