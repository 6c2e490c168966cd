import type { ConfiguredDeployment } from '../canonical/model-group.ts';
import type { Allowed } from '../canonical/profile.ts';
import type { Target } from '../canonical/target.ts';
import { unreachable } from '../std/unreachable.ts';
import { saysOnlyWhere } from './configured-deployment.ts';

/** A place that a name can mean, before the profile and what is possible now have their say. */
export interface Candidate {
  readonly target: Target;
  /** Why nothing can be sent there now, in a few words; `null`: something can. */
  readonly obstacle: string | null;
  /** A server that does not answer has proven nothing: what it runs, or relays to, is not known. */
  readonly unproven: boolean;
  /** Its server has the model in memory; `null`: it does not say, or there is no such thing. */
  readonly isWarm: boolean | null;
  /** What the config says of it; `null`: the config does not name it. */
  readonly settings: ConfiguredDeployment | null;
  /**
   * Of groups within groups the orders of all of them, the outermost first: lower ones are tried first. Empty: the
   * config does not name it.
   */
  readonly order: readonly number[];
}

/** One that no plan holds, and why, in a few words for a person. */
export interface PassedOver {
  readonly candidate: Candidate;
  readonly why: string;
  /** The profile's wall is before it; whatever else may be. */
  readonly walled: boolean;
}

/** Candidates told apart. */
export interface Settled {
  /** In the order in which they were named; of those about which nothing is said but where they are, none twice. */
  readonly admitted: readonly Candidate[];
  readonly passedOver: readonly PassedOver[];
}

/**
 * THE WALL. Every plan is made of what this lets through and of nothing else: whichever alias, list, server, stand-in
 * or wildcard named a target, it is judged here, by where it is and not by what it is called.
 */
export function settle(allow: Allowed, candidates: readonly Candidate[]): Settled {
  const admitted: Candidate[] = [];
  const names = new Set<string>();
  const passedOver = new Map<string, PassedOver>();
  for (const candidate of candidates) {
    const { target, obstacle, settings } = candidate;
    const wall = wallBefore(allow, candidate);
    const why = wall ?? obstacle;
    if (why === null) {
      // Two names of a list may mean the same: what has failed once is not tried again.
      if (!names.has(target.name) || !(settings === null || saysOnlyWhere(settings))) admitted.push(candidate);
      names.add(target.name);
    } else if (!passedOver.has(target.name)) {
      passedOver.set(target.name, { candidate, why, walled: wall !== null });
    }
  }
  return {
    admitted,
    passedOver: [...passedOver.values()].filter(({ candidate }) => !names.has(candidate.target.name)),
  };
}

/** What keeps a profile's requests from a target; `null`: nothing does. The built-in demo reaches nobody. */
function wallBefore(allow: Allowed, { target, unproven }: Candidate): string | null {
  if (allow === 'any' || target.via.kind === 'demo') return null;
  if (unproven) return `profile allows ${allow} only, and what does not answer is not known to be that`;
  return target.locality === allow ? null : `profile allows ${allow} only`;
}

/** Whether the wall lets something of this locality through, for lists of names. */
export function isAllowed(allow: Allowed, locality: Target['locality']): boolean {
  switch (allow) {
    case 'any':
      return true;
    case 'local':
    case 'cloud':
      return locality === allow;
    default:
      return unreachable(allow);
  }
}
