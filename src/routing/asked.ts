import type { RequestNeeds } from '../canonical/request-needs.ts';

/** What the choice of a deployment needs to know of a request. Time and chance are part of it: the choice is pure. */
export interface Asked {
  /** Worked out when something depends on it. */
  readonly needs: () => RequestNeeds;
  /** Whether the prompt surely takes no more tokens than these, which is known sooner. Absent: nobody knows. */
  readonly surelyTakesAtMost?: (tokens: number) => boolean;
  readonly stream: boolean;
  /** As the request, its key and its headers give them: `pii`, `!us`, `&hipaa`. */
  readonly tags: readonly string[];
  /** Only deployments of this region may answer (`eu` also means `eu-central-1`); `null`: any. */
  readonly region: string | null;
  /** The id of the deployment that answered this conversation before; `null`: none. */
  readonly stickTo: string | null;
  /** That of the deployment which keeps what the request goes on with: it comes before any order. Absent: none. */
  readonly boundTo?: string | null;
  /** UTC milliseconds. */
  readonly now: number;
  /** A number from 0 up to but not including 1. */
  readonly random: () => number;
}
