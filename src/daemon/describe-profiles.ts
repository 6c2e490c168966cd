import { formatUsd } from '../canonical/money.ts';
import { standInText, type Profile } from '../canonical/profile.ts';
import type { Settings } from '../config/settings.ts';
import type { ChosenProfile } from './active-profile.ts';
import type { CapStatus, ProfileEntry, ProfilesDocument } from './status.ts';

/** What was spent of a cap in the period that runs, in pico-dollars, and when the next begins (UTC milliseconds). */
export interface CapUse {
  /** `null`: nobody can tell, no daemon runs or the ledger cannot be read. */
  readonly spentPico: bigint | null;
  readonly resetsAt: number;
}

/** Every profile that there is. `useOf`: of one that has a cap. */
export function describeProfiles(
  { profiles }: Settings,
  active: ChosenProfile,
  useOf: (profile: Profile) => CapUse | null,
): ProfilesDocument {
  return {
    v: 1,
    active: active.name,
    reason: active.reason,
    profiles: profiles.map((profile) => describeProfile(profile, useOf(profile))),
  };
}

function describeProfile(profile: Profile, use: CapUse | null): ProfileEntry {
  return {
    name: profile.name,
    built_in: profile.builtIn,
    allow: profile.allow,
    stand_in: standInText(profile.standIn),
    models: profile.aliases.map(({ name, targets }) => ({ name, targets })),
    credentials: Object.fromEntries(profile.credentials),
    cap: describeCap(profile, use),
  };
}

function describeCap({ cap }: Profile, use: CapUse | null): CapStatus | null {
  if (cap === null || use === null) return null;
  const spent = use.spentPico === null ? null : formatUsd(use.spentPico);
  return {
    amount_usd: formatUsd(cap.amountPico),
    period: cap.period,
    spent_usd: spent,
    resets_at: new Date(use.resetsAt).toISOString(),
  };
}
