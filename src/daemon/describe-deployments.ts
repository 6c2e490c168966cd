import type { ModelServer } from '../canonical/model.ts';
import type { RequestNeeds } from '../canonical/request-needs.ts';
import type { Deployment } from '../routing/group.ts';
import type { HealthBook } from '../routing/health-book.ts';
import type { RoutePlan, RouteTable } from '../routing/route-table.ts';
import { select } from '../routing/select.ts';
import { healthOf, reportedDeployments } from '../routing/told-health.ts';
import type { DeploymentHealth } from './deployment-health.ts';
import type { DeploymentEntry, DeploymentsDocument } from './deployments-document.ts';
import { plainlyAsked } from './describe-route-next.ts';
import type { RouteDeployment, RouteGroup, UnwellDeployment } from './status.ts';

/** Every deployment that is left alone now, in the order in which they were first asked. */
export function describeUnwell(
  health: DeploymentHealth,
  servers: readonly ModelServer[],
  now: number,
): readonly UnwellDeployment[] {
  const problems = new Map(servers.map(({ name, problem }) => [name, problem]));
  const unwell: UnwellDeployment[] = [];
  for (const [id, { isDown, cooledUntilMs, lastFailure }] of health.book.states()) {
    if (!isDown && cooledUntilMs === null) continue;
    const isCooled = cooledUntilMs !== null && now < cooledUntilMs;
    const where = health.whereIs(id);
    const problem = isDown ? (problems.get(where?.at ?? '') ?? null) : null;
    unwell.push({
      id,
      target: where?.target ?? null,
      state: isDown ? 'down' : isCooled ? 'cooled' : 'trial',
      reason: problem ?? lastFailure?.message ?? null,
      until: isCooled && !isDown ? new Date(cooledUntilMs).toISOString() : null,
    });
  }
  return unwell;
}

/** More are not told of: nobody reads them. */
const MOST_DEPLOYMENTS = 2000;

/** How the deployments of a profile are: which are well, which are left alone and why, and what they have to do. */
export function describeDeployments(table: RouteTable, health: HealthBook, now: number): DeploymentsDocument {
  const reported = reportedDeployments(table, health).slice(0, MOST_DEPLOYMENTS);
  return {
    v: 1,
    profile: table.profile,
    deployments: reported.map((named): DeploymentEntry => {
      const { id, target, terms } = named.deployment;
      const { state, reason, untilMs } = healthOf(named, { table, health, now });
      const known = health.stateOf(id);
      return {
        name: named.name,
        id,
        target: target.name,
        order: terms.order,
        weight: terms.weight,
        state,
        reason,
        until: untilMs === null ? null : new Date(untilMs).toISOString(),
        in_flight: known.inFlight,
        requests: known.requestsInMinute(now),
        requests_limit: terms.requestsPerMinute,
        tokens: known.tokensInMinute(now),
        tokens_limit: terms.tokensPerMinute,
        first_token_ms: known.firstTokenMs(now, named.group.options.latencyTtlMs),
      };
    }),
  };
}

export interface GroupSurroundings {
  readonly needs: RequestNeeds;
  readonly book: HealthBook;
  readonly now: number;
  /** The id of the deployment that a short request is sent to; `null`: it is none, or one of another group. */
  readonly next: string | null;
}

/** How a request without tags, that goes on with nothing, would be sent to one of a plan's group; nothing is sent. */
export function describeGroup({ group, rule }: RoutePlan, { needs, book, now, next }: GroupSurroundings): RouteGroup {
  const selection = select(group, new Set(), book, plainlyAsked(needs, now), { explain: true });
  const why = new Map(selection.rejections.map(({ deployment, why: reason }) => [deployment.id, reason]));
  const { general, contextWindow, contentPolicy } = group.resilience.fallbacks;
  return {
    name: group.name,
    strategy: group.strategy,
    rule,
    deployments: group.deployments.map((deployment) => ({
      ...describeOne(deployment, book, now),
      is_next: deployment.id === next,
      left_out: deployment.id === next ? null : (why.get(deployment.id) ?? null),
    })),
    fallbacks: { general, context_window: contextWindow, content_policy: contentPolicy },
  };
}

function describeOne(
  deployment: Deployment,
  book: HealthBook,
  now: number,
): Omit<RouteDeployment, 'is_next' | 'left_out'> {
  const { id, target, terms } = deployment;
  return {
    id,
    target: target.name,
    order: terms.order,
    weight: terms.weight,
    tags: terms.tags,
    region: terms.region,
    state: book.availability(deployment, now).kind,
    in_flight: book.stateOf(id).inFlight,
  };
}
