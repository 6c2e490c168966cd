import { unreachable } from '../std/unreachable.ts';
import type { Deployment } from './group.ts';
import type { DeploymentState } from './health-book.ts';
import { lackingCapability, misfitOf, windowOf } from './pre-call-checks.ts';
import { isOverRate, rateFreeAtMs, rateTrouble } from './rates.ts';
import { isInRegion } from './region.ts';
import type { Situation } from './situation.ts';
import { meetsTags, tagTrouble } from './tags.ts';

/** Why a deployment is left out of a choice; a later one says that it came further. */
export const REJECTION_CAUSES = [
  'tags',
  'region',
  'capability',
  'context',
  'rate',
  'parallel',
  'cooldown',
  'tried',
] as const;

export type RejectionCause = (typeof REJECTION_CAUSES)[number];

/** One that was left out. */
export interface LeftOut {
  readonly deployment: Deployment;
  readonly cause: RejectionCause;
}

export interface Rejection extends LeftOut {
  /** For a person: `it is not tagged pii`. Its subject is the deployment. */
  readonly why: string;
}

/** Which ones were tried before, and whether prompts may be too long, for as much as is known of that. */
export interface Bounds {
  /** Ids of those that this pass has tried. */
  readonly tried: ReadonlySet<string>;
  readonly anyLength: boolean;
}

/** What keeps the request from a deployment now; `null`: nothing. It makes nothing: it runs for each one of a group. */
export function obstacleBefore(deployment: Deployment, situation: Situation, bounds: Bounds): RejectionCause | null {
  const { group, asked, book, wish } = situation;
  const { id, target, terms } = deployment;
  if (wish !== null && !meetsTags(deployment, wish)) return 'tags';
  if (asked.region !== null && !isInRegion(asked.region, terms.region)) return 'region';
  if (group.preCallChecks) {
    const misfit = misfitOf(target, situation);
    if (misfit !== null && !(misfit === 'context' && bounds.anyLength)) return misfit;
  }
  if (bounds.tried.has(id)) return 'tried';
  const state = book.stateOf(id);
  if (isOverRate(deployment, state, situation)) return 'rate';
  if (terms.maxParallel !== null && state.inFlight >= terms.maxParallel) return 'parallel';
  return book.isOffline(target, asked.now) || isLeftAlone(state, asked.now) ? 'cooldown' : null;
}

/** Those that were left out with the reasons for a person, which take longer to write than a choice takes. */
export function inWords(leftOut: readonly LeftOut[], situation: Situation): readonly Rejection[] {
  return leftOut.map(({ deployment, cause }) => ({ deployment, cause, why: whyLeftOut(deployment, situation, cause) }));
}

/** The earliest time when this cause may be gone, in UTC milliseconds; `null`: nobody knows, or it never will. */
export function goneAtMs({ deployment, cause }: LeftOut, situation: Situation): number | null {
  switch (cause) {
    case 'rate':
      return rateFreeAtMs(deployment, situation);
    case 'cooldown': {
      const availability = situation.book.availability(deployment, situation.asked.now);
      return availability.kind === 'cooled' ? availability.untilMs : null;
    }
    case 'tags':
    case 'region':
    case 'capability':
    case 'context':
    case 'parallel':
    case 'tried':
      return null;
    default:
      return unreachable(cause);
  }
}

function isLeftAlone(state: DeploymentState, now: number): boolean {
  const { kind } = state.availability(now);
  switch (kind) {
    case 'open':
    case 'trial':
      return false;
    case 'cooled':
    case 'down':
    case 'offline':
      return true;
    default:
      return unreachable(kind);
  }
}

function whyLeftOut(deployment: Deployment, situation: Situation, cause: RejectionCause): string {
  const { asked, book, wish } = situation;
  const { id, target, terms } = deployment;
  switch (cause) {
    case 'tags':
      return wish === null ? 'its tags are not asked for' : tagTrouble(deployment, wish);
    case 'region':
      return terms.region === null
        ? `nobody says where it computes, and only ${asked.region ?? 'one region'} may`
        : `it computes in ${terms.region}, and only ${asked.region ?? 'one region'} may`;
    case 'capability':
      return lackingCapability(target, situation) === 'tools' ? 'it calls no tools' : 'it sees no images';
    case 'context':
      return `the prompt takes about ${situation.promptTokens} tokens, and it holds ${windowOf(target) ?? 0}`;
    case 'rate':
      return rateTrouble(deployment, situation);
    case 'parallel':
      return `it has ${book.stateOf(id).inFlight} requests under way, and may have ${terms.maxParallel ?? 0}`;
    case 'cooldown':
      return cooldownInWords(deployment, situation);
    case 'tried':
      return 'this request was tried there';
    default:
      return unreachable(cause);
  }
}

function cooldownInWords(deployment: Deployment, { book, asked }: Situation): string {
  const availability = book.availability(deployment, asked.now);
  if (availability.kind === 'offline') return 'there is no network';
  if (availability.kind === 'down') return 'its server does not answer';
  // What was heard of it since the choice was made.
  if (availability.kind !== 'cooled') return 'it was left alone';
  const failure = book.stateOf(deployment.id).lastFailure;
  const seconds = Math.max(1, Math.ceil((availability.untilMs - asked.now) / 1000));
  return `it is left alone for ${seconds} s${failure === null ? '' : ` after it failed: ${failure.message}`}`;
}
