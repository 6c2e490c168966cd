import type { FailureKind } from '../canonical/resilience.ts';
import type { Group } from './group.ts';
import { visitNow, withVisit } from './progress.ts';
import type { FallbackTarget, Progress } from './progress.ts';

/** What a name means as a group; `null`: nothing. */
export type GroupOf = (name: string) => Group | null;

/** What a group is left for: a failure, or that none of it could be asked. */
export type LeftFor = FailureKind | 'general';

/** The fallbacks of the group that is left come before those that are still to be asked. */
export function withOwnFallbacks(progress: Progress, why: LeftFor): Progress {
  if (visitNow(progress).hasLeft) return progress;
  const left = withVisit(progress, { hasLeft: true });
  return { ...left, pending: [...ownFallbacks(progress, why), ...progress.pending] };
}

/** Whether anybody else can be asked after the present group. */
export function hasFallback(progress: Progress, kind: LeftFor, groupOf: GroupOf): boolean {
  if (progress.fallbacksAsked >= progress.maxFallbacks) return false;
  const { pending } = withOwnFallbacks(progress, kind);
  return pending.some(({ name }) => groupOf(name) !== null);
}

/** Where nobody could be chosen because no window is large enough, it is the request that is too long. */
export function reasonToLeave(progress: Progress): LeftFor {
  return visitNow(progress).nobody?.cause === 'context' ? 'context_window' : 'general';
}

function ownFallbacks({ group, wishes }: Progress, why: LeftFor): readonly FallbackTarget[] {
  if (wishes.disableFallbacks || wishes.fallbacks !== null) return [];
  const { general, contextWindow, contentPolicy } = group.resilience.fallbacks;
  const special = why === 'context_window' ? contextWindow : why === 'content_policy' ? contentPolicy : null;
  return (special ?? general).map((name) => ({ name, overrides: null }));
}
