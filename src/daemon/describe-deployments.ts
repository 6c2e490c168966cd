import type { RequestNeeds } from '../canonical/request-needs.ts';
import type { Deployment } from '../routing/group.ts';
import type { HealthBook } from '../routing/health-book.ts';
import type { RoutePlan } from '../routing/route-table.ts';
import { select } from '../routing/select.ts';
import type { DeploymentHealth } from './deployment-health.ts';
import type { RouteDeployment, RouteGroup, UnwellDeployment } from './status.ts';

/** Every deployment that is left alone now, in the order in which they were first asked. */
export function describeUnwell(health: DeploymentHealth, now: number): readonly UnwellDeployment[] {
  const unwell: UnwellDeployment[] = [];
  for (const [id, { isDown, cooledUntilMs, lastFailure }] of health.book.states()) {
    if (!isDown && cooledUntilMs === null) continue;
    const isCooled = cooledUntilMs !== null && now < cooledUntilMs;
    unwell.push({
      id,
      target: health.whereIs(id)?.target ?? null,
      state: isDown ? 'down' : isCooled ? 'cooled' : 'trial',
      reason: lastFailure?.message ?? null,
      until: isCooled && !isDown ? new Date(cooledUntilMs).toISOString() : null,
    });
  }
  return unwell;
}

export interface GroupSurroundings {
  readonly needs: RequestNeeds;
  readonly book: HealthBook;
  readonly now: number;
}

/** How a request without tags, that goes on with nothing, would be sent to one of a plan's group; nothing is sent. */
export function describeGroup({ group, rule }: RoutePlan, { needs, book, now }: GroupSurroundings): RouteGroup {
  const asked = { needs: () => needs, stream: true, tags: [], region: null, stickTo: null, now, random: () => 0 };
  const selection = select(group, new Set(), book, asked, { explain: true });
  const why = new Map(selection.rejections.map(({ deployment, why: reason }) => [deployment.id, reason]));
  const next = selection.kind === 'chosen' ? selection.deployment.id : null;
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
