import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from '../config/settings.ts';
import { writeFileAtomically } from '../std/atomic-write.ts';
import { isObject } from '../std/is-object.ts';
import type { Places } from '../std/places.ts';
import { errorCode } from './problem.ts';

/** The profile that was chosen, kept over a restart. */
export interface ProfileChoice {
  readonly name: string;
  /** `use`: somebody said so; `first_start`: by what was found at the very first start. */
  readonly by: 'use' | 'first_start';
  /** What the config's `profile:` said then: when it says something else later, that is the newer wish. */
  readonly configProfile: string | null;
}

/** Keeps a profile as the one to start in from now on. */
export function rememberProfile(
  places: Places,
  name: string,
  settings: Pick<Settings, 'profile'>,
  by: ProfileChoice['by'] = 'use',
): void {
  const choice: ProfileChoice = { name, by, configProfile: settings.profile };
  writeFileAtomically(choiceFile(places), `${JSON.stringify(choice)}\n`);
}

/** `null`: none was ever chosen, or the file is not understood: then it is chosen again. */
export function readProfileChoice(places: Places): ProfileChoice | null {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(choiceFile(places), 'utf8'));
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || error instanceof SyntaxError) return null;
    throw error;
  }
  if (!isObject(value)) return null;
  const { name, by, configProfile } = value;
  if (typeof name !== 'string' || (by !== 'use' && by !== 'first_start')) return null;
  return { name, by, configProfile: typeof configProfile === 'string' ? configProfile : null };
}

function choiceFile(places: Places): string {
  return join(places.data, 'profile.json');
}
