import type { Settings } from '../config/settings.ts';
import { DEV_PROFILE, PROD_PROFILE } from '../canonical/profile.ts';
import type { Places } from '../std/places.ts';
import { readProfileChoice, rememberProfile } from './profile-choice.ts';

/** A profile and who chose it, in a few words for a person. */
export interface ChosenProfile {
  readonly name: string;
  readonly reason: string;
}

/** What decides in which profile the daemon is. */
export interface ProfileSources {
  /** `--profile`. */
  readonly asked: string | null;
  readonly settings: Settings;
  readonly places: Places;
}

/** The profile that requests are answered in which name none themselves. */
export class ActiveProfile {
  readonly #asked: string | null;
  readonly #places: Places;
  #settings: Settings;
  #chosen: ChosenProfile | null;

  constructor({ asked, settings, places }: ProfileSources) {
    this.#asked = asked;
    this.#places = places;
    this.#settings = settings;
    this.#chosen = chooseProfile({ asked, settings, places });
  }

  /** Until it is known, the one that spends nothing. */
  get chosen(): ChosenProfile {
    return this.#chosen ?? { name: DEV_PROFILE, reason: 'until the first look around is done' };
  }

  /** The first start chooses by what is found: until then requests should wait. */
  get isChosen(): boolean {
    return this.#chosen !== null;
  }

  /** Chooses at the very first start, for good. */
  chooseByFinding(hasLocalChatModel: boolean): void {
    if (this.#chosen !== null) return;
    const name = hasLocalChatModel ? DEV_PROFILE : PROD_PROFILE;
    this.#chosen = { name, reason: firstReason(name) };
    rememberProfile(this.#places, name, this.#settings, 'first_start');
  }

  /** The name must be one of the settings' profiles. */
  use(name: string): void {
    rememberProfile(this.#places, name, this.#settings);
    this.#chosen = { name, reason: USED };
  }

  /** A config that was changed may name another profile, or have lost the one that is in force. */
  follow(settings: Settings): void {
    const before = this.#settings;
    this.#settings = settings;
    if (this.#chosen === null) {
      if (settings.profile !== null) this.#chosen = { name: settings.profile, reason: CONFIGURED };
      return;
    }
    const isThere = isKnown(this.#chosen.name, settings);
    if (isThere && before.profile === settings.profile) return;
    if (isThere && (settings.profile === null || this.#asked !== null)) return;
    const name = settings.profile ?? DEV_PROFILE;
    this.#chosen = { name, reason: isThere ? CONFIGURED : `${this.#chosen.name} is no more in the config` };
    // The next start must come to the same.
    rememberProfile(this.#places, name, settings);
  }
}

const USED = 'chosen with `profile use`';
const CONFIGURED = 'chosen in the config';

/**
 * The profile to start in: the one asked for, the one that was used last unless the config names another since, the
 * config's, the one of the first start. `null`: this is the first start.
 */
export function chooseProfile({ asked, settings, places }: ProfileSources): ChosenProfile | null {
  if (asked !== null) return { name: asked, reason: 'chosen by --profile' };
  const remembered = readProfileChoice(places);
  const isCurrent = remembered !== null && isKnown(remembered.name, settings);
  const saysOtherwise = settings.profile !== null && settings.profile !== remembered?.configProfile;
  if (isCurrent && remembered.by === 'use' && !saysOtherwise) return { name: remembered.name, reason: USED };
  if (settings.profile !== null) return { name: settings.profile, reason: CONFIGURED };
  return isCurrent ? { name: remembered.name, reason: keptReason(remembered.name) } : null;
}

function isKnown(name: string, { profiles }: Settings): boolean {
  return profiles.some((profile) => profile.name === name);
}

function firstReason(name: string): string {
  return name === DEV_PROFILE ? 'a local chat model was found' : 'no local chat model was found';
}

function keptReason(name: string): string {
  return name === DEV_PROFILE
    ? 'a local chat model was found at the first start'
    : 'no local chat model was found at the first start';
}
