import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomically } from '../std/atomic-write.ts';
import { isObject } from '../std/is-object.ts';
import type { Logger } from '../std/log.ts';
import type { ModelServer } from '../canonical/model.ts';
import { errorCode } from './problem.ts';

/** The ids of models that a local server has served, which outlive the server and the daemon. */
export interface LocalIds {
  all(): ReadonlySet<string>;
  /** Takes in what is served now. */
  see(servers: readonly ModelServer[]): void;
}

/** What was not served for so long is not on the machine any more. */
const KEPT_MS = 30 * 24 * 3_600_000;
/** A model in use is written down again at most this often. */
const FRESH_MS = 24 * 3_600_000;
const MAX_IDS = 5000;

/**
 * Remembers local models in `state/local-models.json`, so that a name that meant a local model never comes to mean a
 * cloud provider's because its server is not running yet.
 */
export function openLocalIds(stateFolder: string, logger: Logger, now: () => number = Date.now): LocalIds {
  const path = join(stateFolder, 'local-models.json');
  const seenAt = readSeen(path, now());
  let ids: ReadonlySet<string> = new Set(seenAt.keys());
  return {
    all: () => ids,
    see: (servers) => {
      const at = now();
      const served = servers.flatMap(({ models }) =>
        models.filter(({ locality }) => locality === 'local').map(({ id }) => id),
      );
      const stale = served.filter((id) => at - (seenAt.get(id) ?? 0) > FRESH_MS);
      if (stale.length === 0) return;
      for (const id of stale) {
        seenAt.delete(id);
        seenAt.set(id, at);
      }
      // The map is in the order of being seen: what goes first was not seen for the longest time.
      for (const id of seenAt.keys()) if (seenAt.size > MAX_IDS) seenAt.delete(id);
      ids = new Set(seenAt.keys());
      try {
        writeFileAtomically(path, JSON.stringify(Object.fromEntries(seenAt)));
      } catch (error) {
        logger.warn({ err: error }, 'the list of local models cannot be kept on disk');
      }
    },
  };
}

/** A file that is missing or not understood is begun anew: it is only a memory. */
function readSeen(path: string, at: number): Map<string, number> {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || error instanceof SyntaxError) return new Map();
    throw error;
  }
  if (!isObject(value)) return new Map();
  const entries = Object.entries(value).filter((entry): entry is [string, number] => typeof entry[1] === 'number');
  return new Map(entries.filter(([, seen]) => at - seen < KEPT_MS).sort((one, other) => one[1] - other[1]));
}
