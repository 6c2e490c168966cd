import type { GatewayError } from '../canonical/errors.ts';
import type { HedgeRule } from '../canonical/routing-defaults.ts';
import { unreachable } from '../std/unreachable.ts';
import type { Asked } from './asked.ts';
import { remedyOf } from './failure-kind.ts';
import type { Deployment, Group } from './group.ts';
import type { HealthBook } from './health-book.ts';
import { withFailure } from './progress.ts';
import type { Progress } from './progress.ts';
import { select } from './select.ts';
import type { AttemptStep } from './steps.ts';

export type { HedgeRule } from '../canonical/routing-defaults.ts';

export const NO_HEDGE: HedgeRule = { kind: 'off' };

const PERCENTILE = 0.95;
/** With fewer samples the latest one is chance. */
const FEWEST_SAMPLES = 5;

/**
 * How long the first token may take, from sending, before another deployment is asked too; `null`: it is waited for.
 * Only streams are measured: how long a whole answer takes depends on its length.
 */
export function hedgeAfterMs(
  rule: HedgeRule,
  group: Group,
  book: HealthBook,
  { stream, now }: { readonly stream: boolean; readonly now: number },
): number | null {
  // Nobody else is there to ask.
  if (group.deployments.length < 2) return null;
  switch (rule.kind) {
    case 'off':
      return null;
    case 'after':
      return rule.ms;
    case 'p95':
      return stream ? lateness(group, book, now) : null;
    default:
      return unreachable(rule);
  }
}

/**
 * The second request of a hedge: another deployment of the group that is well; `null`: there is none. Its progress
 * takes the place of the first one's. Whichever fails first goes to `failedBeside`, the other one to `stepAfter`.
 */
export function hedgeStep(progress: Progress, book: HealthBook, asked: Asked): AttemptStep | null {
  const { group, fallback, current, hopeless, deadlineAt } = progress;
  if (current === null || asked.now >= deadlineAt) return null;
  const tried = new Set([...progress.tried, current.id]);
  const selection = select(group, new Set([...tried, ...hopeless]), book, asked);
  if (selection.kind === 'none') return null;
  const { deployment, reason } = selection;
  const next = { ...progress, tried, current: deployment, isResent: false };
  return { kind: 'attempt', deployment, group, fallback, reason, isResend: false, progress: next };
}

/** One of two requests failed, and the other one is still under way. */
export function failedBeside(
  progress: Progress,
  {
    failed,
    running,
    error,
  }: { readonly failed: Deployment; readonly running: Deployment; readonly error: GatewayError },
  now: number,
): Progress {
  const isHopeless = remedyOf(error) !== 'again';
  return { ...withFailure({ ...progress, current: failed }, error, isHopeless, now), current: running };
}

function lateness({ deployments, options }: Group, book: HealthBook, now: number): number | null {
  const samples = deployments.flatMap(({ id }) => book.stateOf(id).firstTokenSamples(now, options.latencyTtlMs));
  if (samples.length < FEWEST_SAMPLES) return null;
  samples.sort((one, other) => one - other);
  // The nearest rank: a time that was measured, not one between two.
  return samples[Math.ceil(samples.length * PERCENTILE) - 1] ?? null;
}
