import type { GatewayError } from '../canonical/errors.ts';
import type { RequestNeeds } from '../canonical/request-needs.ts';
import type { Asked } from '../routing/asked.ts';
import type { Deployment } from '../routing/group.ts';
import type { HealthBook } from '../routing/health-book.ts';
import { groupOf } from '../routing/plan.ts';
import type { RoutePlan, RouteTable } from '../routing/route-table.ts';
import { firstStep, stepAfter } from '../routing/steps.ts';

export interface NextSurroundings {
  readonly table: RouteTable;
  readonly needs: RequestNeeds;
  readonly book: HealthBook;
  /** UTC milliseconds. */
  readonly now: number;
  /** Why an attempt at a deployment would not be sent; `null`: it would be. */
  readonly refusalOf: (deployment: Deployment) => GatewayError | null;
}

/** Where a short request for a plan would be sent now. */
export type Next =
  /** `fallback`: the name by which it comes there; `null`: it is one of the group. */
  | { readonly kind: 'sent'; readonly deployment: Deployment; readonly fallback: string | null }
  /** All that could answer have no room now. */
  | { readonly kind: 'waits' }
  | { readonly kind: 'refused'; readonly error: GatewayError };

/** A request without tags, that goes on with nothing. By chance or turn, the next one may go to another. */
export function plainlyAsked(needs: RequestNeeds, now: number): Asked {
  return { needs: () => needs, stream: true, tags: [], region: null, stickTo: null, now, random: () => 0 };
}

/** By the steps of a request, each of which ends before anything is sent. Their number is bounded as a request's is. */
export function nextOf({ group }: RoutePlan, { table, needs, book, now, refusalOf }: NextSurroundings): Next {
  const asked = plainlyAsked(needs, now);
  const groupNamed = (name: string) => groupOf(table, name, () => needs);
  let firstRefusal: GatewayError | null = null;
  let step = firstStep(group, book, asked, groupNamed);
  while (step.kind === 'attempt') {
    const { deployment, fallback, progress } = step;
    const error = refusalOf(deployment);
    if (error === null) return { kind: 'sent', deployment, fallback: fallback?.name ?? null };
    firstRefusal ??= error;
    const failure = { error, committed: false, staleConnection: false, wasSent: false };
    step = stepAfter(progress, failure, book, asked, groupNamed);
  }
  return step.kind === 'wait' ? { kind: 'waits' } : { kind: 'refused', error: firstRefusal ?? step.error };
}
