import type { HealthBook } from './health-book.ts';
import { isOwnName } from './known-names.ts';
import { namedDeployments, namesAndWildcards } from './named-deployments.ts';
import type { NamedDeployment } from './named-deployments.ts';
import type { RouteTable } from './route-table.ts';
import { unreachable } from '../std/unreachable.ts';

/** How a deployment is, for a person. */
export interface ToldHealth {
  /**
   * `cooled`: it failed and is left alone until `untilMs`; `trial`: that time is over, and the next request tries it;
   * `down`: its server does not answer; `hindered`: it has no key, or its server wants one.
   */
  readonly state: 'open' | 'cooled' | 'trial' | 'down' | 'hindered';
  /** Why it is not `open`; `null`: it is. */
  readonly reason: string | null;
  /** UTC milliseconds. */
  readonly untilMs: number | null;
}

export interface HealthSurroundings {
  readonly table: RouteTable;
  readonly health: HealthBook;
  /** UTC milliseconds. */
  readonly now: number;
}

const NO_ANSWER = 'Its server does not answer.';
const NO_NETWORK = 'There is no network.';

/** By its last requests and by the free probes of its server; nobody is asked for it. */
export function healthOf(named: NamedDeployment, { table, health, now }: HealthSurroundings): ToldHealth {
  const { deployment, obstacle } = named;
  const { id, target } = deployment;
  const server = target.via.kind === 'network' ? table.servers.get(target.via.endpoint.provider)?.server : undefined;
  const problem = server?.problem ?? null;
  if (obstacle !== null) {
    return { state: server?.state === 'down' ? 'down' : 'hindered', reason: problem ?? obstacle, untilMs: null };
  }
  const availability = health.availability(deployment, now);
  const reason = health.stateOf(id).lastFailure?.message ?? NO_ANSWER;
  switch (availability.kind) {
    case 'open':
      return { state: 'open', reason: null, untilMs: null };
    case 'cooled':
      return { state: 'cooled', reason, untilMs: availability.untilMs };
    case 'trial':
      return { state: 'trial', reason, untilMs: null };
    case 'down':
      return { state: 'down', reason: problem ?? reason, untilMs: null };
    case 'offline':
      return { state: 'down', reason: NO_NETWORK, untilMs: null };
    default:
      return unreachable(availability);
  }
}

/**
 * The deployments of the config and of servers, and of providers' long lists those that have been used. Each stands
 * there once, under the first of its names.
 */
export function reportedDeployments(table: RouteTable, health: HealthBook): readonly NamedDeployment[] {
  const states = health.states();
  const isReported = (name: string): boolean =>
    isOwnName(table, name) || name.includes('*') || table.localModels.has(name) || states.has(name);
  const once = new Map<string, NamedDeployment>();
  for (const name of namesAndWildcards(table).filter(isReported)) {
    for (const one of namedDeployments(table, name)) {
      if (!once.has(one.deployment.id)) once.set(one.deployment.id, one);
    }
  }
  return [...once.values()];
}
