export const SPEND_GROUPS = ['model', 'provider', 'profile', 'key', 'client', 'day', 'hour'] as const;
export type SpendBy = (typeof SPEND_GROUPS)[number];

export interface SpendQuery {
  readonly by: SpendBy;
  /** UTC milliseconds of settlement, inclusive. */
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  readonly includeDemo: boolean;
  /** IANA name; default: the process's own. */
  readonly timeZone?: string;
}
