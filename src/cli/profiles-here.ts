import { DEV_PROFILE } from '../canonical/profile.ts';
import type { Profile } from '../canonical/profile.ts';
import { loadSettings } from '../config/load.ts';
import type { Settings } from '../config/settings.ts';
import { chooseProfile } from '../daemon/active-profile.ts';
import { describeProfiles, type CapUse } from '../daemon/describe-profiles.ts';
import { knownSpending } from '../daemon/known-spending.ts';
import type { ProfilesDocument } from '../daemon/status.ts';
import { ledgerPath } from '../ledger/ledger-path.ts';
import { capPeriodOf, type LocalTime } from '../limits/cap-period.ts';
import type { Places } from '../std/places.ts';

export interface ProfilesHere {
  readonly settings: Settings;
  readonly document: ProfilesDocument;
}

/** What is known of the profiles without a daemon: what the config says, and what the ledger has of their spending. */
export function profilesHere(places: Places, config: string | null, clock: LocalTime): ProfilesHere {
  const { settings } = loadSettings({ file: config, places, env: process.env });
  const active = chooseProfile({ asked: null, settings, places }) ?? {
    name: DEV_PROFILE,
    reason: 'until the first start, which takes prod when it finds no local chat model',
  };
  return { settings, document: describeProfiles(settings, active, (profile) => useOf(profile, places, clock)) };
}

function useOf({ name, cap }: Profile, places: Places, clock: LocalTime): CapUse | null {
  if (cap === null) return null;
  const { from, to } = capPeriodOf(cap.period, clock);
  const question = { ledger: ledgerPath(places), profile: name, from, to };
  // The profiles are shown all the same, with the spending unknown.
  return { spentPico: knownSpending(question, () => undefined), resetsAt: to };
}
