import type { Cap } from '../canonical/profile.ts';
import type { Settings } from '../config/settings.ts';
import { createCaps, type Caps } from '../limits/caps.ts';
import type { PriceBook } from '../pricing/price-book.ts';
import type { Logger } from '../std/log.ts';
import { knownSpending } from './known-spending.ts';

export interface ProfileCapsOptions {
  /** Those in force now. */
  readonly settings: () => Settings;
  readonly prices: () => PriceBook;
  /** The ledger's file. */
  readonly ledger: string;
  readonly logger: Logger;
}

/** The caps of the profiles, against what the ledger says was spent. */
export function profileCaps({ settings, prices, ledger, logger }: ProfileCapsOptions): Caps {
  let known: { readonly of: Settings; readonly caps: ReadonlyMap<string, Cap> } | null = null;
  return createCaps({
    caps: () => {
      const now = settings();
      if (known?.of !== now) known = { of: now, caps: capsOf(now) };
      return known.caps;
    },
    prices,
    spentSince: (profile, from) =>
      knownSpending({ ledger, profile, from, to: Number.MAX_SAFE_INTEGER }, (err) =>
        logger.error({ err, profile }, 'what was spent cannot be read, so no paid call is made in this profile'),
      ),
    now: Date.now,
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  });
}

function capsOf({ profiles }: Settings): ReadonlyMap<string, Cap> {
  return new Map(profiles.flatMap(({ name, cap }) => (cap === null ? [] : [[name, cap] as const])));
}
