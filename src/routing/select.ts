import type { Asked } from './asked.ts';
import { othersBesideOne } from './group.ts';
import type { Deployment, Group } from './group.ts';
import type { HealthBook } from './health-book.ts';
import { windowOf } from './pre-call-checks.ts';
import { goneAtMs, inWords, obstacleBefore, REJECTION_CAUSES } from './rejection.ts';
import type { Bounds, LeftOut, Rejection, RejectionCause } from './rejection.ts';
import { isFilled, Situation } from './situation.ts';
import type { Candidates, Choice } from './situation.ts';
import { chooseBy } from './strategies/choose.ts';
import { isDefault, prefersDefault } from './tags.ts';

/** Who of a group answers, or why nobody does. */
export type Selection = Chosen | NothingChosen;

export interface Chosen extends Choice {
  readonly kind: 'chosen';
  /** Those that were left out: all of them where `explain` was asked for, else none. */
  readonly rejections: readonly Rejection[];
}

export interface NothingChosen {
  readonly kind: 'none';
  /** One for each deployment. */
  readonly leftOut: readonly LeftOut[];
  /** The same in words, which are found when they are asked for: they take longer than all else. */
  readonly rejections: readonly Rejection[];
  /** What stopped the one that came furthest; `tried` if only those are left that were tried in this pass. */
  readonly cause: RejectionCause;
  /** The earliest known time when one of them may answer, in UTC milliseconds; `null`: none is known. */
  readonly retryAtMs: number | null;
}

export interface SelectOptions {
  /** Nobody else will be asked: one that is left alone, or whose window looks too small, is better than none. */
  readonly lastResort?: boolean;
  /** Whether a choice tells who was left out and why; words take longer than the choice. */
  readonly explain?: boolean;
}

/**
 * Chooses the deployment of a group for one attempt. `tried`: ids of those that this pass has tried. Nothing is changed
 * or counted: whoever sends the request then tells the book (`began`, and `tookTurn` with the group's name).
 */
export function select(
  group: Group,
  tried: ReadonlySet<string>,
  book: HealthBook,
  asked: Asked,
  { lastResort = false, explain = false }: SelectOptions = {},
): Selection {
  const situation = new Situation(group, book, asked);
  const bounds: Bounds = { tried, anyLength: false };
  const leftOut: LeftOut[] = [];
  const able = ableOnes(situation, bounds, explain, leftOut);
  if (isFilled(able)) {
    const { deployment, reason } = chooseAmong(able, situation);
    return { kind: 'chosen', deployment, reason, rejections: explain ? inWords(leftOut, situation) : [] };
  }
  const cause = furthestOf(leftOut);
  const best = soonestBack(leftOut, situation, lastResort) ?? (lastResort ? roomiest(cause, situation, tried) : null);
  if (best !== null) {
    const { deployment, reason } = best;
    return { kind: 'chosen', deployment, reason, rejections: explain ? inWords(leftOut, situation) : [] };
  }
  return {
    kind: 'none',
    leftOut,
    get rejections() {
      return inWords(leftOut, situation);
    },
    cause,
    retryAtMs: earliestReturn(leftOut, situation),
  };
}

/** Those that can answer. `leftOut` gets all others where `all` is so, or there are only others. */
function ableOnes(situation: Situation, bounds: Bounds, all: boolean, leftOut: LeftOut[]): readonly Deployment[] {
  const able: Deployment[] = [];
  for (const deployment of situation.group.deployments) {
    const cause = obstacleBefore(deployment, situation, bounds);
    if (cause === null) able.push(deployment);
    else if (all || able.length === 0) leftOut.push({ deployment, cause });
  }
  return able;
}

function chooseAmong(able: Candidates, situation: Situation): Choice {
  const { boundTo = null } = situation.asked;
  const keeper = boundTo === null ? undefined : able.find(({ id }) => id === boundTo);
  if (keeper !== undefined) return { deployment: keeper, reason: 'keeps what the request goes on with' };
  const candidates = lowestOrder(prefersDefault(situation.wish) ? defaultsFirst(able) : able);
  const { group, asked } = situation;
  if (group.sticky && asked.stickTo !== null) {
    const { stickTo } = asked;
    const sticky = candidates.find(({ id }) => id === stickTo);
    if (sticky !== undefined) return { deployment: sticky, reason: 'answered this conversation before' };
  }
  return chooseBy(group.strategy, candidates, situation);
}

function defaultsFirst(able: Candidates): Candidates {
  if (!able.some(isDefault)) return able;
  const defaults = able.filter(isDefault);
  return isFilled(defaults) ? defaults : able;
}

function lowestOrder(able: Candidates): Candidates {
  let lowest = Infinity;
  let isMixed = false;
  for (const { terms } of able) {
    isMixed ||= lowest !== Infinity && terms.order !== lowest;
    lowest = Math.min(lowest, terms.order);
  }
  if (!isMixed) return able;
  const level = able.filter(({ terms }) => terms.order === lowest);
  return isFilled(level) ? level : able;
}

function furthestOf(leftOut: readonly LeftOut[]): RejectionCause {
  let furthest = -1;
  for (const { cause } of leftOut) furthest = Math.max(furthest, REJECTION_CAUSES.indexOf(cause));
  return REJECTION_CAUSES[furthest] ?? 'tried';
}

/**
 * The one that is left alone for the shortest time yet: asking it is better than asking nobody, and nobody is asked in
 * its place where it is alone. One whose server is known to be down comes last.
 */
function soonestBack(leftOut: readonly LeftOut[], situation: Situation, lastResort: boolean): Choice | null {
  const { group, asked } = situation;
  let best: { readonly deployment: Deployment; readonly untilMs: number } | null = null;
  for (const one of leftOut) {
    if (one.cause !== 'cooldown') continue;
    const untilMs = goneAtMs(one, situation);
    if (!lastResort && (untilMs === null || othersBesideOne(group) > 0)) continue;
    if (best === null || (untilMs ?? Infinity) < best.untilMs) {
      best = { deployment: one.deployment, untilMs: untilMs ?? Infinity };
    }
  }
  if (best === null) return null;
  const { deployment, untilMs } = best;
  if (untilMs === Infinity) {
    const isOffline = situation.book.availability(deployment, asked.now).kind === 'offline';
    const why = isOffline ? 'there was no network just now' : 'its server did not answer a probe';
    return { deployment, reason: `${why}, and nobody else is left` };
  }
  const seconds = Math.max(1, Math.ceil((untilMs - asked.now) / 1000));
  return { deployment, reason: `to be left alone for another ${seconds} s, and nobody else is left` };
}

/**
 * The one with the largest window, where all look too small: how long a prompt is was only guessed, and nobody is left
 * who may be asked in its place. The upstream counts for itself.
 */
function roomiest(cause: RejectionCause, situation: Situation, tried: ReadonlySet<string>): Choice | null {
  if (cause !== 'context') return null;
  let best: Deployment | null = null;
  for (const deployment of ableOnes(situation, { tried, anyLength: true }, false, [])) {
    if (best === null || (windowOf(deployment.target) ?? 0) > (windowOf(best.target) ?? 0)) best = deployment;
  }
  return best === null ? null : { deployment: best, reason: 'holds more than the others, if maybe not enough' };
}

function earliestReturn(leftOut: readonly LeftOut[], situation: Situation): number | null {
  let earliest = Infinity;
  for (const one of leftOut) earliest = Math.min(earliest, goneAtMs(one, situation) ?? Infinity);
  return earliest === Infinity ? null : earliest;
}
