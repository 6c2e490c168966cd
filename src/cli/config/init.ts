import { chmodSync, constants, copyFileSync, existsSync, realpathSync } from 'node:fs';
import { STARTER_CONFIG } from '../../config/starter.ts';
import { Problem } from '../../daemon/problem.ts';
import { PRIVATE_FILE_MODE, writeFileAtomically } from '../../std/atomic-write.ts';
import { configFile, keepSchemaBeside } from './place.ts';

export interface Initialised {
  readonly file: string;
  /** Where the file that was there before is now; `null`: there was none. */
  readonly backup: string | null;
}

/** Writes the starter file, for its owner alone. Throws a `Problem` where there is a file, unless `force`. */
export function initConfig(file: string | undefined, force: boolean): Initialised {
  const { path, exists } = configFile(file);
  if (exists && !force) {
    throw new Problem('files', `${path} is there already, and is left as it is.`, {
      hint: '`--force` writes a new one and keeps the old one beside it.',
    });
  }
  // A link stays a link: people keep such files elsewhere.
  const real = exists ? realpathSync(path) : path;
  const backup = exists ? backUp(real) : null;
  writeFileAtomically(real, STARTER_CONFIG);
  keepSchemaBeside(path);
  return { file: path, backup };
}

/** A copy and not a rename, so that a daemon never sees the file missing. */
function backUp(path: string): string {
  const base = `${path}.bak`;
  let backup = base;
  for (let count = 2; existsSync(backup); count++) backup = `${base}${count}`;
  copyFileSync(path, backup, constants.COPYFILE_EXCL);
  chmodSync(backup, PRIVATE_FILE_MODE);
  return backup;
}
